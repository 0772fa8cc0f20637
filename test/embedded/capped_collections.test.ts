import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Document, Timestamp } from '../../src/bson/index.ts'
import { type Bench, withStandalone } from './bench.ts'
import { int, long, ok } from './raw_client.ts'
import { nearest, withReplicaSet } from './replica_bench.ts'

async function idsIn({ run }: Pick<Bench, 'run'>, collection = 'log'): Promise<number[]> {
  const reply = await run({ find: collection, batchSize: 1_000 })
  return reply['cursor'].firstBatch.map(({ _id }: Document) => Number(_id.$numberInt))
}

const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, index) => ({ _id: from + index }))

describe('capped collections', () => {
  test('keep the newest documents, as many as max says', () =>
    withStandalone(async bench => {
      await bench.run({ create: 'log', capped: true, size: 4096, max: 3 })
      await bench.run({ insert: 'log', documents: numbered(2) })
      assert.deepEqual(await idsIn(bench), [0, 1])
      await bench.run({ insert: 'log', documents: numbered(3, 2) })
      assert.deepEqual(await idsIn(bench), [2, 3, 4])
      // What went is free in the index of _id.
      assert.deepEqual((await bench.run({ insert: 'log', documents: [{ _id: 0 }] }))['n'], int(1))
      assert.deepEqual(await idsIn(bench), [3, 4, 0])
    }))

  test('keep as many bytes as size says, counted with what updates and deletes leave', () =>
    withStandalone(async bench => {
      await bench.run({ create: 'log', capped: true, size: 4096 })
      const text = (length: number) => 'x'.repeat(length)
      for (let _id = 0; _id < 4; _id++) await bench.run({ insert: 'log', documents: [{ _id, text: text(960) }] })
      assert.deepEqual(await idsIn(bench), [0, 1, 2, 3])
      await bench.run({ insert: 'log', documents: [{ _id: 4, text: text(960) }] })
      assert.deepEqual(await idsIn(bench), [1, 2, 3, 4])
      await bench.run({ delete: 'log', deletes: [{ q: { _id: 2 }, limit: 1 }] })
      await bench.run({ update: 'log', updates: [{ q: { _id: 3 }, u: { $set: { text: '' } } }] })
      for (const _id of [5, 6]) await bench.run({ insert: 'log', documents: [{ _id, text: text(800) }] })
      assert.deepEqual(await idsIn(bench), [1, 3, 4, 5, 6])
      await bench.run({ insert: 'log', documents: [{ _id: 7, text: text(4000) }] })
      assert.deepEqual(await idsIn(bench), [7])
    }))

  test('take no document that is larger than all that they hold', () =>
    withStandalone(async ({ run }) => {
      await run({ create: 'log', capped: true, size: 1 })
      const reply = await run({ insert: 'log', documents: [{ _id: 0, text: 'x'.repeat(5000) }] })
      assert.deepEqual(reply['n'], int(0))
      assert.deepEqual(reply['writeErrors'], [
        { index: int(0), code: int(2), errmsg: 'object to insert exceeds cappedMaxSize' }
      ])
    }))

  test('are listed with their options, the size as a server makes it', () =>
    withStandalone(async ({ run }) => {
      await run({ create: 'small', capped: true, size: 500 })
      await run({ create: 'log', capped: true, size: 5000, max: 3 })
      await run({ create: 'large', capped: true, size: 2 ** 33 })
      await run({ create: 'plain' })
      const reply = await run({ listCollections: 1 })
      const options = reply['cursor'].firstBatch.map((each: Document) => [each['name'], each['options']])
      assert.deepEqual(options, [
        ['small', { capped: true, size: int(4096) }],
        ['log', { capped: true, size: int(5120), max: int(3) }],
        ['large', { capped: true, size: long(2 ** 33) }],
        ['plain', {}]
      ])
    }))

  test('need a size, and a size needs them', () =>
    withStandalone(async ({ run, refused }) => {
      assert.match(await refused({ create: 'log', capped: true }, 72, 'InvalidOptions'), /'size' field is required/)
      for (const options of [{ size: 4096 }, { max: 3 }, { capped: false, size: 4096 }])
        assert.match(
          await refused({ create: 'log', ...options }, 72, 'InvalidOptions'),
          /'capped' field needs to be true/
        )
      assert.deepEqual(await run({ create: 'log', capped: false }), ok)
    }))

  test('are made twice with the same options only', () =>
    withStandalone(async ({ run, refused }) => {
      const create = { create: 'log', capped: true, size: 4000, max: 3 }
      assert.deepEqual(await run(create), ok)
      assert.deepEqual(await run({ ...create, size: 4096 }), ok)
      assert.match(await refused({ ...create, max: 4 }, 48, 'NamespaceExists'), /test\.log already exists.*max: 3/)
      await refused({ create: 'log' }, 48, 'NamespaceExists')
      await run({ create: 'plain' })
      await refused({ ...create, create: 'plain' }, 48, 'NamespaceExists')
    }))

  test('are the same on every member, on one that copies all data too, and after an election', () =>
    withReplicaSet(async ({ deployment, member, connect, primary, documentsOf, runtime }) => {
      const first = await primary()
      const client = await connect(member(first))
      const write = { w: 3 }
      await client.command('test', { create: 'c', capped: true, size: 4096, max: 2, writeConcern: write })
      await client.command('test', { insert: 'c', documents: numbered(3), writeConcern: write })
      const expected = [{ _id: int(1) }, { _id: int(2) }]
      for (const index of [0, 1, 2]) assert.deepEqual(await documentsOf(index), expected)
      await deployment.kill(first)
      const second = await primary()
      const next = await connect(member(second))
      await next.command('test', { insert: 'c', documents: numbered(2, 3), writeConcern: { w: 2 } })
      await deployment.restart(first)
      await runtime.sleep(1_000)
      for (const index of [0, 1, 2]) assert.deepEqual(await documentsOf(index), [{ _id: int(3) }, { _id: int(4) }])
      const listed = await (await connect(member(first))).command('test', { listCollections: 1, ...nearest })
      assert.deepEqual(listed['cursor'].firstBatch[0].options, { capped: true, size: int(4096), max: int(2) })
    }))

  test('cannot be read as they were: what has gone is not brought back to its place', () =>
    withReplicaSet(async ({ member, connect, primary }) => {
      const client = await connect(member(await primary()))
      await client.command('test', { create: 'c', capped: true, size: 4096, writeConcern: { w: 3 } })
      const readConcern = { level: 'snapshot' }
      for (const command of [
        { find: 'c', readConcern },
        { aggregate: 'c', pipeline: [], cursor: {}, readConcern },
        { distinct: 'c', key: '_id', readConcern }
      ])
        assert.equal((await client.command('test', command))['codeName'], 'SnapshotUnavailable')
    }))

  test('are made, filled and dropped beside snapshots of what was there before', () =>
    withReplicaSet(async ({ member, connect, primary }) => {
      const client = await connect(member(await primary()))
      await client.command('test', { insert: 'plain', documents: [{ _id: 0 }], writeConcern: { w: 3 } })
      const snapshot = async (readConcern: object): Promise<Document> =>
        client.command('test', { find: 'plain', readConcern: { level: 'snapshot', ...readConcern } })
      const { t, i } = (await snapshot({}))['cursor'].atClusterTime.$timestamp
      await client.command('test', { create: 'log', capped: true, size: 4096, max: 2 })
      await client.command('test', { insert: 'log', documents: numbered(5) })
      await client.command('test', { insert: 'plain', documents: [{ _id: 1 }] })
      await client.command('test', { drop: 'log' })
      const atClusterTime = new Timestamp({ t, i })
      assert.deepEqual((await snapshot({ atClusterTime }))['cursor'].firstBatch, [{ _id: int(0) }])
    }))
})
