/** What a client means for the end of the process that it is in. */
import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Deployment, startDeployment } from '../../src/embedded/index.ts'

const program = fileURLToPath(new URL('./process_program.js', import.meta.url))
const endsWithinMS = 1_000

interface Resources {
  readonly before: readonly string[]
  readonly after: readonly string[]
  /** Of the client, at the end. */
  readonly sockets: number
}

describe('the end of the process', () => {
  let deployment: Deployment

  before(async () => {
    deployment = await startDeployment({ kind: 'replicaSet' })
  })
  after(() => deployment.stop())

  function script(end: string): ChildProcessWithoutNullStreams {
    const child = spawn(process.execPath, ['--enable-source-maps', program, deployment.uri, end])
    child.stderr.pipe(process.stderr)
    return child
  }

  async function resourcesOf(child: ChildProcessWithoutNullStreams): Promise<Resources> {
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
    return JSON.parse(String(chunk)) as Resources
  }

  function sockets(): number {
    return deployment.members.reduce((sum, member) => sum + member.connections().current, 0)
  }

  for (const end of ['shutdown', 'close'])
    test(`after ${end}() nothing of the client is left, and the process ends by itself`, async () => {
      const child = script(end)
      const exited = once(child, 'exit')
      const resources = await resourcesOf(child)
      assert.deepEqual(resources.after, resources.before)
      const result = await Promise.race([exited, sleep(endsWithinMS, 'the process still runs', { ref: false })])
      assert.deepEqual(result, [0, null])
      while (sockets() > 0) await sleep(1)
    })

  test('without one the process goes on; when it is killed the servers see its sockets close', async () => {
    const child = script('nothing')
    const exited = once(child, 'exit')
    const resources = await resourcesOf(child)
    // Every socket counts, a pool's too: none is `unref`ed.
    assert.ok(resources.sockets > 6, `${resources.sockets} sockets`)
    const keepAlive = resources.after.filter(resource => resource === 'TCPSocketWrap')
    assert.equal(keepAlive.length, resources.sockets)
    assert.equal(await Promise.race([exited, sleep(endsWithinMS, 'the process still runs')]), 'the process still runs')
    assert.ok(sockets() > 6, `${sockets()} sockets`)
    child.kill('SIGKILL')
    assert.deepEqual(await exited, [null, 'SIGKILL'])
    while (sockets() > 0) await sleep(1)
  })
})
