/** `$out` in the embedded deployment, and what it has in common with `$merge`: where they can stand, who waits, who is told. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BSON, type Document, Long } from '../../src/bson/index.ts'
import { withStandalone } from './bench.ts'
import { aggregate, contents, merge, withSource, written } from './output_bench.ts'
import { cursorId, int, long } from './raw_client.ts'
import { nearest, withReplicaSet } from './replica_bench.ts'
import { outside, succeeds, Txn, withOne } from './transaction_bench.ts'
import { types, Watch, withPrimary } from './watching.ts'

describe('$out', () => {
  test('makes the collection, and gives nothing', () =>
    withSource(async bench => {
      await written(bench, { $match: { a: { $gt: 1 } } }, { $out: 'target' })
      assert.deepEqual(await contents(bench), [
        { _id: 2, a: 2 },
        { _id: 3, a: 3 }
      ])
      await written(bench, { $match: { a: 9 } }, { $out: 'target' })
      assert.deepEqual(await contents(bench), [])
      const { cursor } = await bench.run({ listCollections: 1, nameOnly: true })
      const names = cursor.firstBatch.map(({ name }: Document) => String(name)) as string[]
      assert.deepEqual(names.toSorted(), ['c', 'target'])
    }))

  test('writes to the collection that it reads, and gives documents without an _id one', () =>
    withSource(async bench => {
      await written(bench, { $project: { _id: 0, a: 1 } }, { $limit: 1 }, { $out: 'c' })
      const [only, ...others] = await contents(bench, 'c')
      assert.deepEqual([only?.['a'], only?.['_id'] instanceof BSON.ObjectId, others], [1, true, []])
    }))

  test('replaces what is there; indexes and options stay', () =>
    withSource(async bench => {
      const { run } = bench
      await run({ create: 'target', changeStreamPreAndPostImages: { enabled: true } })
      await run({ createIndexes: 'target', indexes: [{ key: { a: 1 }, name: 'a_1', unique: true }] })
      await run({ insert: 'target', documents: [{ _id: 9, a: 1 }] })
      const open = await run({ find: 'target', batchSize: 0 })
      await written(bench, { $out: { db: 'test', coll: 'target' } })
      assert.equal((await contents(bench)).length, 3)
      const { cursor } = await run({ listIndexes: 'target' })
      assert.deepEqual(
        cursor.firstBatch.map(({ name }: Document) => name),
        ['_id_', 'a_1']
      )
      const listed = await run({ listCollections: 1, filter: { name: 'target' } })
      assert.deepEqual(listed['cursor'].firstBatch[0].options, { changeStreamPreAndPostImages: { enabled: true } })
      const again = await run({ insert: 'target', documents: [{ _id: 4, a: 3 }] })
      assert.deepEqual(again['writeErrors'][0].code, int(11_000))
      await bench.refused({ getMore: cursorId(open), collection: 'target' }, 175, 'QueryPlanKilled')
    }))

  test('leaves all as it was when a document cannot be inserted', () =>
    withSource(async bench => {
      const { run, refused } = bench
      await run({ createIndexes: 'target', indexes: [{ key: { b: 1 }, name: 'b_1', unique: true }] })
      await run({ insert: 'target', documents: [{ _id: 9, b: 1 }] })
      const text = await refused(aggregate({ $set: { b: 1 } }, { $out: 'target' }), 11_000, 'DuplicateKey')
      assert.match(text, /^Executor error during aggregate command on namespace: test\.c :: caused by :: E11000/)
      assert.deepEqual(await contents(bench), [{ _id: 9, b: 1 }])
      const { cursor } = await run({ listCollections: 1, nameOnly: true })
      assert.equal(cursor.firstBatch.length, 2)
    }))

  test('goes to another database', () =>
    withSource(async bench => {
      await written(bench, { $out: { db: 'other', coll: 'target' } })
      const { n } = await bench.client.command('other', { count: 'target' })
      assert.deepEqual([n, await contents(bench)], [int(3), []])
    }))

  const refusals: readonly [unknown, number, string][] = [
    [1, 16990, 'Location16990'],
    [{ coll: 'x' }, 40414, 'IDLFailedToParse'],
    [{ db: 'x', coll: 'y', more: 1 }, 40415, 'IDLUnknownField'],
    [{ db: 'x', coll: 'y', timeseries: {} }, 238, 'NotImplemented'],
    [{ db: 'a b', coll: 'y' }, 73, 'InvalidNamespace'],
    ['', 73, 'InvalidNamespace'],
    ['a$b', 73, 'InvalidNamespace'],
    ['system.views', 17385, 'Location17385'],
    [{ db: 'admin', coll: 'x' }, 31321, 'Location31321']
  ]
  for (const [operand, code, name] of refusals)
    test(`refuses ${JSON.stringify(operand)}`, () =>
      withStandalone(async ({ refused }) => {
        await refused(aggregate({ $out: operand }), code, name)
      }))

  test('refuses a capped collection', () =>
    withSource(async ({ run, refused }) => {
      await run({ create: 'target', capped: true, size: 4096 })
      await refused(aggregate({ $out: 'target' }), 17152, 'Location17152')
    }))
})

describe('a stage that writes', () => {
  const inside: readonly [string, Document, number][] = [
    ['$facet', { $facet: { x: [{ $out: 'y' }] } }, 40600],
    ['$lookup', { $lookup: { from: 'c', as: 'x', pipeline: [merge()] } }, 51047],
    ['$unionWith', { $unionWith: { coll: 'c', pipeline: [{ $out: 'y' }] } }, 31441],
    ['the middle of $lookup', { $lookup: { from: 'c', as: 'x', pipeline: [merge(), { $match: {} }] } }, 40601]
  ]
  for (const [where, stage, code] of inside)
    test(`is refused within ${where}`, () =>
      withStandalone(async ({ refused }) => {
        await refused(aggregate(stage), code, `Location${code}`)
      }))

  test('is refused before another one', () =>
    withStandalone(async ({ refused }) => {
      for (const stage of [{ $out: 'x' }, merge()])
        assert.match(await refused(aggregate(stage, { $match: {} }), 40601, 'Location40601'), /final stage/)
      await refused(aggregate({ $out: 'x', $match: {} }), 40323, 'Location40323')
    }))

  test('is refused in a change stream', () =>
    withPrimary(async ({ client }) => {
      const reply = await client.command('test', aggregate({ $changeStream: {} }, { $out: 'x' }))
      assert.equal(reply['codeName'], 'IllegalOperation')
    }))

  test('is refused in a transaction', () =>
    withOne(async raw => {
      for (const stage of [{ $out: 'x' }, merge()]) {
        const reply = await new Txn(raw, 1).command(aggregate(stage))
        assert.equal(reply['codeName'], 'OperationNotSupportedInTransaction')
      }
    }))

  test('is refused with the read concern linearizable, and as a retryable write', () =>
    withPrimary(async ({ client }) => {
      for (const stage of [{ $out: 'x' }, merge()]) {
        const command = { ...aggregate(stage), readConcern: { level: 'linearizable' } }
        assert.equal((await client.command('test', command))['codeName'], 'InvalidOptions')
        const lsid = { id: new BSON.UUID('00112233445566778899aabbccddeeff') }
        const numbered = { ...aggregate(stage), lsid, txnNumber: Long.fromNumber(1) }
        assert.equal((await client.command('test', numbered))['codeName'], 'NotARetryableWriteCommand')
      }
    }))

  test('waits for its write concern, and is on all members then', () =>
    withReplicaSet(async ({ member, connect, documentsOf, runtime }) => {
      const raw = await connect(member(0))
      await raw.command('test', { insert: 'c', documents: [{ _id: 1 }] })
      for (const stage of [{ $out: 'x' }, merge()]) {
        const reply = await raw.command('test', { ...aggregate(stage), writeConcern: { w: 3 } })
        assert.equal(reply['writeConcernError'], undefined)
      }
      for (const index of [0, 1, 2])
        assert.deepEqual(
          [await documentsOf(index, 'x'), await documentsOf(index, 'target')],
          [[{ _id: int(1) }], [{ _id: int(1) }]]
        )
      member(1).replicationDelayMS = 60_000
      const beganMS = runtime.clock.nowMS()
      const late = await raw.command('test', { ...aggregate(merge()), writeConcern: { w: 3, wtimeout: 50 } })
      assert.equal(late['writeConcernError'], undefined, 'nothing was changed, and nothing is waited for')
      const changed = aggregate({ $set: { a: 1 } }, merge())
      const reply = await raw.command('test', { ...changed, writeConcern: { w: 3, wtimeout: 50 } })
      assert.deepEqual(reply['writeConcernError'].code, int(64))
      assert.ok(runtime.clock.nowMS() - beganMS >= 50)
    }))

  test('reads as of a snapshot, and writes to what is there now', () =>
    withPrimary(async ({ client, run }) => {
      await run({ insert: 'c', documents: [{ _id: 1 }] })
      const command = { ...aggregate(merge()), readConcern: { level: 'snapshot' } }
      assert.equal((await client.command('test', command))['ok'].$numberDouble, '1.0')
      assert.deepEqual((await client.command('test', { count: 'target' }))['n'], int(1))
    }))

  test('is told to change streams: what is merged as writes, what is replaced as a collection that gets the name', () =>
    withPrimary(async ({ client, run }) => {
      await run({ insert: 'c', documents: [{ _id: 1 }, { _id: 2 }] })
      await run({ insert: 'x', documents: [{ _id: 2, b: 1 }] })
      const merged = await Watch.open(client, {}, { aggregate: 'x' })
      await run(aggregate({ $set: { a: 1 } }, { $merge: 'x' }))
      assert.deepEqual(types(await merged.more()), ['insert', 'update'])
      await run(aggregate({ $out: 'x' }))
      const events = await merged.more()
      assert.deepEqual(types(events), ['rename', 'invalidate'])
      assert.deepEqual(
        [events[0]?.['to'], String(events[0]?.['ns'].coll).startsWith('tmp.agg_out.')],
        [{ db: 'test', coll: 'x' }, true]
      )
    }))

  test('waits for a transaction that writes to what it replaces', () =>
    withOne(async raw => {
      await raw.command('test', { create: 'other' })
      const txn = new Txn(raw, 1)
      succeeds(await txn.command({ insert: 'other', documents: [{ _id: 'of the transaction' }] }))
      const waited = await raw.command('test', { ...aggregate({ $out: 'other' }), maxTimeMS: 50 })
      assert.equal(waited['codeName'], 'MaxTimeMSExpired')
      const { cursor } = await raw.command('test', { listCollections: 1, nameOnly: true })
      assert.equal(cursor.firstBatch.length, 2)
      succeeds(await txn.commit())
      const replaced = await raw.command('test', aggregate({ $out: 'other' }))
      assert.equal(replaced['ok'].$numberDouble, '1.0')
      assert.deepEqual(await outside(raw, 'other'), await outside(raw))
    }))
})

describe('a stage that writes, on a secondary', () => {
  test('reads there, and the primary writes', () =>
    withReplicaSet(async ({ member, connect, documentsOf }) => {
      const [primary, secondary] = [await connect(member(0)), await connect(member(1))]
      await primary.command('test', { insert: 'c', documents: [{ _id: 1, a: '$x' }], writeConcern: { w: 3 } })
      member(1).replicationDelayMS = 60_000
      await primary.command('test', { insert: 'c', documents: [{ _id: 2 }] })
      for (const stage of [{ $out: 'x' }, merge({ whenMatched: [{ $set: { b: '$$more' } }] })]) {
        const command = { ...aggregate(stage), ...nearest, let: { more: 1 }, writeConcern: { w: 1 } }
        const { cursor, ok } = await secondary.command('test', command)
        assert.deepEqual([cursor, ok.$numberDouble], [{ firstBatch: [], id: long(0), ns: 'test.c' }, '1.0'])
      }
      const expected = [{ _id: int(1), a: '$x' }]
      assert.deepEqual([await documentsOf(0, 'x'), await documentsOf(0, 'target')], [expected, expected])
      assert.deepEqual(await documentsOf(1, 'x'), [])
    }))

  test('is answered with what the primary says: errors, their keys, and those of write concerns', () =>
    withReplicaSet(async ({ member, connect }) => {
      const secondary = await connect(member(1))
      await (await connect(member(0))).command('test', { insert: 'c', documents: [{ _id: 1 }], writeConcern: { w: 3 } })
      const onSecondary = (stage: Document, more: Document = {}): Promise<Document> =>
        secondary.command('test', { ...aggregate(stage), ...nearest, ...more })
      const failed = await onSecondary({ $merge: { into: 'c', whenMatched: 'fail' } })
      assert.deepEqual([failed['code'], failed['keyValue']], [int(11_000), { _id: int(1) }])
      assert.deepEqual((await onSecondary(merge({ on: 'a' })))['code'], int(51183))
      const concern = await onSecondary({ $out: 'x' }, { writeConcern: { w: 'nobody' } })
      assert.deepEqual([concern['ok'].$numberDouble, concern['writeConcernError'].code], ['1.0', int(79)])
    }))

  test('that has more than one command takes is told so', () =>
    withReplicaSet(async ({ member, connect }) => {
      const secondary = await connect(member(1))
      const text = 'x'.repeat(9_000_000)
      await (await connect(member(0))).command('test', { insert: 'c', documents: [{ text }], writeConcern: { w: 3 } })
      const twice = aggregate({ $unionWith: 'c' }, { $out: 'x' })
      const reply = await secondary.command('test', { ...twice, ...nearest })
      assert.equal(reply['codeName'], 'BSONObjectTooLarge')
      assert.match(String(reply['errmsg']), /run the pipeline on the primary/)
    }))

  test('fails while there is no primary, and when the primary goes away in the middle', () =>
    withReplicaSet(async ({ deployment, member, connect, runtime }) => {
      const secondary = await connect(member(1))
      await (await connect(member(0))).command('test', { insert: 'c', documents: [{ _id: 1 }], writeConcern: { w: 3 } })
      member(1).replicationDelayMS = 60_000
      const command = { ...aggregate({ $out: 'x' }), ...nearest, writeConcern: { w: 3 } }
      const waiting = secondary.command('test', command)
      await runtime.sleep(20)
      await deployment.kill(0)
      assert.equal((await waiting)['codeName'], 'HostUnreachable')
      await deployment.kill(2)
      assert.equal((await secondary.command('test', command))['codeName'], 'PrimarySteppedDown')
    }))

  test('leaves no connection behind when its client goes away', () =>
    withReplicaSet(async ({ member, connect, runtime }) => {
      const secondary = await connect(member(1))
      await (await connect(member(0))).command('test', { insert: 'c', documents: [{ _id: 1 }], writeConcern: { w: 3 } })
      member(1).replicationDelayMS = 60_000
      const open = (): number => runtime.network.transports().length
      const before = open()
      secondary.send({ ...aggregate({ $out: 'x' }), ...nearest, writeConcern: { w: 3 }, $db: 'test' })
      await runtime.sleep(20)
      const during = open()
      assert.ok(during > before)
      secondary.close()
      await runtime.sleep(20)
      assert.ok(open() < before, `${before}, ${during} and ${open()} ends of connections`)
    }))
})

describe('$documents', () => {
  test('brings the documents that it says', () =>
    withStandalone(async ({ run }) => {
      const stage = { $documents: [{ a: 1 }, { a: { $add: [1, 1] } }] }
      const { cursor } = await run({ aggregate: 1, pipeline: [stage, { $match: { a: 2 } }], cursor: {} })
      assert.deepEqual(cursor, { firstBatch: [{ a: int(2) }], id: long(0), ns: 'test.$cmd.aggregate' })
    }))

  const refusals: readonly [string, Document, number, string][] = [
    ['over a collection', { aggregate: 'c', pipeline: [{ $documents: [] }] }, 73, 'InvalidNamespace'],
    ['behind another stage', { aggregate: 1, pipeline: [{ $match: {} }, { $documents: [] }] }, 40602, 'Location40602'],
    ['that are no array', { aggregate: 1, pipeline: [{ $documents: 'x' }] }, 5858203, 'Location5858203'],
    ['that are no objects', { aggregate: 1, pipeline: [{ $documents: [{ a: 1 }, 2] }] }, 40228, 'Location40228'],
    ['in $facet', { aggregate: 'c', pipeline: [{ $facet: { a: [{ $documents: [] }] } }] }, 40600, 'Location40600'],
    [
      'in $unionWith over a collection',
      { aggregate: 'c', pipeline: [{ $unionWith: { coll: 'd', pipeline: [{ $documents: [] }] } }] },
      73,
      'InvalidNamespace'
    ]
  ]
  for (const [where, command, code, name] of refusals)
    test(`is refused ${where}`, () =>
      withStandalone(async ({ refused }) => {
        await refused({ ...command, cursor: {} }, code, name)
      }))
})
