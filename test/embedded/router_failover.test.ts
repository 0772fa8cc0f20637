/** What of a shard shows through its routers when it loses its primary, and what does not. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BSON, type Document, Long } from '../../src/bson/index.ts'
import { codeOf, insert, withCluster } from './cluster_bench.ts'
import { cursorId, int } from './raw_client.ts'
import { electionMS } from './replica_bench.ts'
import { failureOf, idsOf, outside, succeeds, transient, Txn } from './transaction_bench.ts'
import { Watch } from './watching.ts'

const lsid = { id: new BSON.UUID('00000000000000000000000000000007') }

describe('while the shard has no primary', () => {
  test('a write waits for the next one, through any router', () =>
    withCluster(async ({ deployment, first, second, runtime, primary }) => {
      await insert(first, [1])
      const beganMS = runtime.clock.nowMS()
      await deployment.kill(0)
      const replies = await Promise.all([insert(first, [2]), insert(second, [3])])
      for (const reply of replies) succeeds(reply)
      assert.ok(runtime.clock.nowMS() - beganMS >= electionMS)
      assert.notEqual(await primary(), 0)
      assert.deepEqual(await outside(first), [1, 2, 3])
    }))

  test('who may read from secondaries does, and everybody else is told in the end that there is none', () =>
    withCluster(async ({ deployment, first, run, runtime }) => {
      await insert(first, [1])
      await deployment.kill(0)
      await deployment.kill(1)
      const $readPreference = { mode: 'secondaryPreferred' }
      assert.deepEqual(idsOf(await run({ find: 'c', $readPreference })), [1])
      const beganMS = runtime.clock.nowMS()
      const refused = await insert(first, [2])
      assert.deepEqual([codeOf(refused), refused['errorLabels']], [133, undefined])
      assert.match(String(refused['errmsg']), /mode: "primary" \} in the shard rs0 within 15000 ms/)
      assert.equal(Math.round((runtime.clock.nowMS() - beganMS) / 1000), 15)
      const limited = await run({ find: 'c', maxTimeMS: 50 })
      assert.deepEqual([codeOf(limited), String(limited['errmsg']).includes('50 ms')], [50, true])
    }))

  test('a client that goes is waited for no longer', () =>
    withCluster(async ({ deployment, router, connect, runtime }) => {
      await deployment.kill(0)
      await deployment.kill(1)
      const leaving = await connect(router(0))
      const armed = runtime.timersArmed()
      leaving.send({ find: 'c', $db: 'test' })
      await runtime.sleep(5)
      assert.equal(runtime.timersArmed(), armed + 1)
      leaving.close()
      await runtime.sleep(5)
      assert.equal(runtime.timersArmed(), armed)
    }))

  test('a router answers for itself', () =>
    withCluster(async ({ deployment, first }) => {
      await deployment.kill(0)
      await deployment.kill(1)
      assert.equal((await first.command('admin', { hello: 1 }))['isWritablePrimary'], true)
      assert.equal((await first.command('admin', { ping: 1 }))['ok'].$numberDouble, '1.0')
    }))
})

describe('a member that goes while it is asked', () => {
  /** The primary holds commands up for long enough to be killed meanwhile. */
  const blocked = (...failCommands: string[]): Document => ({
    configureFailPoint: 'failCommand',
    mode: { times: failCommands.length },
    data: { failCommands, failInternalCommands: true, blockConnection: true, blockTimeMS: 60_000 }
  })

  test('is asked no more: the router repeats reads and numbered writes at the next primary', () =>
    withCluster(async ({ deployment, first, second, member, runtime }) => {
      await insert(first, [1])
      member(0).configureFailPoint(blocked('find', 'insert'))
      const read = outside(first)
      const write = insert(second, [2], { lsid, txnNumber: Long.ONE })
      await runtime.sleep(5)
      await deployment.kill(0)
      const [found] = await Promise.all([read, write])
      assert.equal(found[0], 1)
      succeeds(await write)
      assert.deepEqual(await outside(first), [1, 2])
    }))

  test('makes a write without a number fail as at a host that cannot be reached, with no label', () =>
    withCluster(async ({ deployment, first, member, runtime }) => {
      member(0).configureFailPoint(blocked('insert'))
      const write = insert(first, [1])
      await runtime.sleep(5)
      await deployment.kill(0)
      const reply = await write
      assert.deepEqual([codeOf(reply), reply['errorLabels'], reply['topologyVersion']], [6, undefined, undefined])
      assert.ok(String(reply['errmsg']).includes(member(0).address), String(reply['errmsg']))
    }))

  test('ends a transaction, which may be tried again', () =>
    withCluster(async ({ deployment, first }) => {
      await insert(first, [1])
      const transaction = new Txn(first, 1)
      succeeds(await transaction.insert(2))
      await deployment.kill(0)
      assert.deepEqual(failureOf(await transaction.insert(3)).labels, transient)
      const again = new Txn(first, 1, 2)
      succeeds(await again.insert(2))
      succeeds(await again.commit())
      assert.deepEqual(await outside(first), [1, 2])
    }))

  test('takes its cursors with it', () =>
    withCluster(async ({ deployment, first, router }) => {
      await insert(first, [1, 2, 3])
      const id = cursorId(await first.command('test', { find: 'c', batchSize: 1 }))
      await deployment.kill(0)
      assert.equal(codeOf(await first.command('test', { getMore: id, collection: 'c' })), 6)
      assert.equal(router(0).openCursors(), 0)
    }))
})

describe('a step-down of the shard', () => {
  test('is none of the router: its errors are of a host that cannot be reached, and say nothing of a state', () =>
    withCluster(async ({ deployment, first, member, runtime }) => {
      const data = { failCommands: ['insert'], failInternalCommands: true, blockConnection: true, blockTimeMS: 60_000 }
      member(0).configureFailPoint({ configureFailPoint: 'failCommand', mode: { times: 1 }, data })
      const write = insert(first, [1])
      await runtime.sleep(5)
      await deployment.stepDown()
      const reply = await write
      assert.deepEqual([codeOf(reply), reply['codeName'], reply['topologyVersion']], [6, 'HostUnreachable', undefined])
    }))

  test('does not end a change stream, which is read on from the member that has it', () =>
    withCluster(async ({ deployment, first, second, primary }) => {
      const watch = await Watch.open(first)
      await insert(second, [1])
      assert.deepEqual(
        (await watch.more()).map(({ documentKey }) => documentKey),
        [{ _id: 1 }]
      )
      await deployment.stepDown()
      await primary()
      await insert(second, [2])
      assert.deepEqual(
        (await watch.more(1000)).map(({ documentKey }) => documentKey),
        [{ _id: 2 }]
      )
    }))

  test('of which a write concern hears is told with the write', () =>
    withCluster(async ({ deployment, first, member, runtime }) => {
      for (const index of [1, 2]) member(index).replicationDelayMS = 60_000
      const write = insert(first, [1])
      await runtime.sleep(5)
      await deployment.kill(1)
      await deployment.kill(2)
      const { writeConcernError, n } = await write
      assert.deepEqual([writeConcernError.code, writeConcernError.codeName, n], [int(6), 'HostUnreachable', int(1)])
    }))
})

describe('a router that is killed', () => {
  test('closes its connections, and is dialled again where it was when it is restarted, with nothing of before', () =>
    withCluster(async ({ deployment, first, second, router, connect }) => {
      await insert(first, [1, 2])
      const id = cursorId(await first.command('test', { find: 'c', batchSize: 1 }))
      router(0).configureFailPoint({
        configureFailPoint: 'failCommand',
        mode: 'alwaysOn',
        data: { failCommands: ['ping'], errorCode: 8 }
      })
      const { address } = router(0)
      await deployment.killRouter(0)
      await first.ended
      await assert.rejects(connect(router(0)), /the dial failed/)
      assert.deepEqual(await outside(second), [1, 2])
      await deployment.restartRouter(0)
      await deployment.restartRouter(0)
      assert.equal(router(0).address, address)
      const again = await connect(router(0))
      assert.equal((await again.command('admin', { ping: 1 }))['ok'].$numberDouble, '1.0')
      assert.equal(codeOf(await again.command('test', { getMore: id, collection: 'c' })), 43)
    }))

  test('is one of those that there are', () =>
    withCluster(async ({ deployment }) => {
      await assert.rejects(deployment.killRouter(2), /killRouter: there is no router 2; there are 2/)
      await assert.rejects(deployment.restartRouter(-1), /there is no router -1/)
      await assert.rejects(deployment.kill(3), /kill: there is no member 3; there are 3/)
    }))
})
