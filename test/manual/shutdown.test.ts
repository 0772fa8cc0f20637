import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startDeployment } from '../../src/embedded/index.ts'
import { many, roundTripsMS, withClient } from './bench.ts'

const slowFindMS = 1_000
const program = fileURLToPath(new URL('./exiting_program.js', import.meta.url))
const childMSMax = 30_000

describe('shutdown', () => {
  test('idle connections close at once, one in use when its operation has ended, and the operation succeeds', () =>
    withClient('standalone', {}, async bench => {
      const { client, deployment, runtime } = bench
      await Promise.all(many(3, bench.find))
      await runtime.sleep(roundTripsMS)
      const open = client.pools()[0]?.available ?? 0
      assert.equal(open, 3)
      await client.db('shop').collection<{ _id: number }>('orders').insertOne({ _id: 7 })
      bench.slowFinds(slowFindMS)
      const inProgress = bench.find()
      const ended = client.shutdown()
      await runtime.sleep(roundTripsMS)
      assert.equal(bench.count('connectionClosed'), open - 1)
      assert.equal(client.pools()[0]?.checkedOut, 1)
      assert.deepEqual(await inProgress, { _id: 7 })
      await ended
      assert.equal(bench.count('connectionClosed'), open)
      assert.ok(bench.told.every(event => !('reason' in event) || event.reason === 'poolClosed'))
      assert.deepEqual(client.connections(), [])
      await runtime.sleep(roundTripsMS)
      assert.equal(deployment.members[0]?.connections().current, 0)
    }))

  test('a process that exits without it leaves no socket open', async () => {
    const deployment = await startDeployment({ kind: 'standalone' })
    const [member] = deployment.members
    assert.ok(member !== undefined)
    try {
      await promisify(execFile)(process.execPath, [program, deployment.uri], { timeout: childMSMax })
      assert.ok(member.connections().created >= 2, 'the program used the deployment')
      // The process is gone; its sockets' ends are read in the next turns. One that stays open fails by the runner's limit.
      while (member.connections().current > 0) await setImmediate()
    } finally {
      await deployment.stop()
    }
  })
})
