import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { int, ok } from './raw_client.ts'
import { nearest, withoutTimes, withReplicaSet } from './replica_bench.ts'

const insert = { insert: 'c', documents: [{ _id: 1 }] }

describe('a write', () => {
  test('without a write concern waits for a majority, and not for a member that is late', () =>
    withReplicaSet(async ({ member, connect, runtime, documentsOf }) => {
      member(1).replicationDelayMS = 300
      member(2).replicationDelayMS = 5000
      const raw = await connect(member(0))
      const beganMS = runtime.clock.nowMS()
      assert.deepEqual(withoutTimes(await raw.command('test', insert)), { n: int(1), ...ok })
      const tookMS = runtime.clock.nowMS() - beganMS
      assert.ok(tookMS >= 300 && tookMS < 350, `${tookMS}`)
      assert.deepEqual(await Promise.all([0, 1, 2].map(async index => (await documentsOf(index)).length)), [1, 1, 0])
    }))

  test('with w: 1 waits for nobody, and with w: 3 for all', () =>
    withReplicaSet(async ({ member, connect, runtime }) => {
      member(2).replicationDelayMS = 1000
      const raw = await connect(member(0))
      const tookMS = async (w: number, _id: number): Promise<number> => {
        const beganMS = runtime.clock.nowMS()
        await raw.command('test', { ...insert, documents: [{ _id }], writeConcern: { w } })
        return runtime.clock.nowMS() - beganMS
      }
      assert.ok((await tookMS(1, 1)) < 5)
      assert.ok((await tookMS(3, 2)) >= 1000)
    }))

  test('that too few have in time stands, and its reply says so', () =>
    withReplicaSet(async ({ member, connect, documentsOf }) => {
      member(1).replicationDelayMS = 10_000
      const writeConcern = { w: 3, wtimeout: 50 }
      const reply = await (await connect(member(0))).command('test', { ...insert, writeConcern })
      assert.deepEqual([reply['ok'], reply['n']], [ok['ok'], int(1)])
      assert.deepEqual(reply['writeConcernError'], {
        code: int(64),
        codeName: 'WriteConcernTimeout',
        errmsg: 'waiting for replication timed out',
        errInfo: { wtimeout: true, writeConcern: { w: int(3), wtimeout: int(50) } }
      })
      assert.equal((await documentsOf(0)).length, 1)
    }))

  test('with a concern that the set cannot meet stands, and its reply says so', () =>
    withReplicaSet(async ({ member, connect, documentsOf }) => {
      const raw = await connect(member(0))
      const few = await raw.command('test', { ...insert, writeConcern: { w: 4 } })
      assert.deepEqual(few['writeConcernError'].codeName, 'UnsatisfiableWriteConcern')
      const command = { ...insert, documents: [{ _id: 2 }], writeConcern: { w: 'east' } }
      const unknown = await raw.command('test', command)
      assert.deepEqual(unknown['writeConcernError'].code, int(79))
      assert.equal((await documentsOf(0)).length, 2)
    }))

  test('that waits at a step-down ends with 189 and the new state, and the connection stays open', () =>
    withReplicaSet(async ({ deployment, member, connect, runtime, primary }) => {
      member(2).replicationDelayMS = 60_000
      const raw = await connect(member(0))
      raw.send({ ...insert, writeConcern: { w: 3 }, $db: 'test' })
      await runtime.sleep(50)
      await deployment.stepDown()
      const { document } = await raw.reply()
      assert.deepEqual([document['ok'], document['writeConcernError'].code], [ok['ok'], int(189)])
      assert.ok('topologyVersion' in document)
      assert.equal((await raw.command('admin', { hello: 1 }))['secondary'], true)
      assert.equal(await primary(), 1)
    }))

  test('that a fail point holds up at a step-down is interrupted, and nothing is written', () =>
    withReplicaSet(async ({ deployment, member, connect, runtime, documentsOf }) => {
      const raw = await connect(member(0))
      const data = { failCommands: ['insert'], blockConnection: true, blockTimeMS: 5000 }
      member(0).configureFailPoint({ configureFailPoint: 'failCommand', mode: 'alwaysOn', data })
      raw.send({ ...insert, $db: 'test' })
      await runtime.sleep(5)
      await deployment.stepDown()
      const { document } = await raw.reply()
      assert.deepEqual([document['code'], document['codeName']], [int(11602), 'InterruptedDueToReplStateChange'])
      assert.deepEqual(await documentsOf(0), [])
    }))
})

describe('a read', () => {
  test('of a delayed secondary returns the old document, until the delay is over or taken away', () =>
    withReplicaSet(async ({ member, connect, runtime, documentsOf }) => {
      const raw = await connect(member(0))
      await raw.command('test', { ...insert, writeConcern: { w: 3 } })
      for (const index of [1, 2]) member(index).replicationDelayMS = 60_000
      const updates = [{ q: { _id: 1 }, u: { $set: { a: 2 } } }]
      await raw.command('test', { update: 'c', updates, writeConcern: { w: 1 } })
      await runtime.sleep(1000)
      assert.deepEqual(await documentsOf(1), [{ _id: int(1) }])
      member(1).replicationDelayMS = 0
      await runtime.sleep(20)
      assert.deepEqual(await documentsOf(1), [{ _id: int(1), a: int(2) }])
      assert.deepEqual(await documentsOf(2), [{ _id: int(1) }])
      await runtime.sleep(60_000)
      assert.deepEqual(await documentsOf(2), [{ _id: int(1), a: int(2) }])
    }))

  test('with the level majority waits for what only the primary has', () =>
    withReplicaSet(async ({ member, connect, runtime }) => {
      for (const index of [1, 2]) member(index).replicationDelayMS = 400
      const raw = await connect(member(0))
      await raw.command('test', { ...insert, writeConcern: { w: 1 } })
      const beganMS = runtime.clock.nowMS()
      const local = await raw.command('test', { find: 'c', readConcern: { level: 'local' } })
      assert.equal(local['cursor'].firstBatch.length, 1)
      assert.ok(runtime.clock.nowMS() - beganMS < 5)
      await raw.command('test', { find: 'c', readConcern: { level: 'majority' } })
      assert.ok(runtime.clock.nowMS() - beganMS > 390)
    }))

  test('with the level majority on a secondary ends as soon as it hears of the majority', () =>
    withReplicaSet(async ({ member, connect, runtime }) => {
      await (await connect(member(0))).command('test', { ...insert, writeConcern: { w: 3 } })
      const secondary = await connect(member(1))
      const beganMS = runtime.clock.nowMS()
      const read = { find: 'c', readConcern: { level: 'majority' }, ...nearest }
      assert.equal((await secondary.command('test', read))['cursor'].firstBatch.length, 1)
      assert.ok(runtime.clock.nowMS() - beganMS < 10)
      const { lastWrite } = await secondary.command('admin', { hello: 1 })
      assert.deepEqual(lastWrite.majorityOpTime, lastWrite.opTime)
    }))

  test('linearizable is refused by name', () =>
    withReplicaSet(async ({ member, connect }) => {
      const raw = await connect(member(0))
      const reply = await raw.command('test', { find: 'c', readConcern: { level: 'linearizable' } })
      assert.deepEqual([reply['codeName'], String(reply['errmsg']).includes('linearizable')], ['NotImplemented', true])
    }))
})

test('the catalogue is replicated: collections, indexes, and their end', () =>
  withReplicaSet(async ({ member, connect }) => {
    const raw = await connect(member(0))
    const indexes = [{ key: { a: 1 }, name: 'a_1', unique: true }]
    const w = { writeConcern: { w: 3 } }
    await raw.command('test', { createIndexes: 'c', indexes, ...w })
    await raw.command('test', { create: 'd', ...w })
    const secondary = await connect(member(2))
    const names = async (command: object, field: string): Promise<string[]> => {
      const reply = await secondary.command('test', { ...command, ...nearest })
      return reply['cursor'].firstBatch.map((each: Record<string, string>) => each[field])
    }
    assert.deepEqual(await names({ listIndexes: 'c' }, 'name'), ['_id_', 'a_1'])
    assert.deepEqual(await names({ listCollections: 1 }, 'name'), ['c', 'd'])
    const uuids = await Promise.all(
      [raw, secondary].map(async each => {
        const reply = await each.command('test', { listCollections: 1, ...nearest })
        return reply['cursor'].firstBatch[0].info.uuid
      })
    )
    assert.deepEqual(uuids[0], uuids[1])
    await raw.command('test', { dropIndexes: 'c', index: 'a_1', ...w })
    assert.deepEqual(await names({ listIndexes: 'c' }, 'name'), ['_id_'])
    await raw.command('admin', { renameCollection: 'test.c', to: 'test.d', dropTarget: true, ...w })
    assert.deepEqual(await names({ listCollections: 1 }, 'name'), ['d'])
    await raw.command('test', { dropDatabase: 1, ...w })
    assert.deepEqual(await names({ listCollections: 1 }, 'name'), [])
  }))
