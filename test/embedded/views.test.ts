/** Views of the embedded deployment: what they show, who may do what with them, and `$collStats`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Document, EJSON } from '../../src/bson/index.ts'
import { viewDepthMax } from '../../src/embedded/views.ts'
import { type Bench, withStandalone } from './bench.ts'
import { cursorId, int, long } from './raw_client.ts'
import { nearest, withReplicaSet } from './replica_bench.ts'
import { failureOf, succeeds, Txn, withOne } from './transaction_bench.ts'
import { Watch, withPrimary } from './watching.ts'

const big = [{ $match: { a: { $gt: 1 } } }]

/** A collection `c` with the documents 1 to 3, and the view `v` of those above 1. */
function withView(act: (bench: Bench) => Promise<void>): Promise<void> {
  return withStandalone(async bench => {
    const documents = [1, 2, 3].map(_id => ({ _id, a: _id, list: [_id, _id] }))
    await bench.run({ insert: 'c', documents })
    succeeds(await bench.run({ create: 'v', viewOn: 'c', pipeline: big }))
    await act(bench)
  })
}

function documentsIn({ cursor }: Document): Document[] {
  return (EJSON.deserialize({ all: cursor.firstBatch ?? cursor.nextBatch }) as { all: Document[] }).all
}

const ids = (reply: Document): unknown[] => documentsIn(succeeds(reply)).map(({ _id }) => _id as unknown)

describe('a view', () => {
  test('is read by find, with all that a find has', () =>
    withView(async ({ run }) => {
      assert.deepEqual(ids(await run({ find: 'v' })), [2, 3])
      assert.deepEqual(ids(await run({ find: 'v', filter: { _id: 1 } })), [])
      assert.deepEqual(ids(await run({ find: 'v', filter: { _id: 3 } })), [3])
      const sorted = await run({ find: 'v', sort: { _id: -1 }, limit: 1, projection: { a: 1 } })
      assert.deepEqual(documentsIn(sorted), [{ _id: 3, a: 3 }])
      const first = await run({ find: 'v', batchSize: 1 })
      assert.equal(first['cursor'].ns, 'test.v')
      assert.deepEqual(ids(await run({ getMore: cursorId(first), collection: 'v' })), [3])
    }))

  test('is read by count, distinct and aggregate, joined and united with', () =>
    withView(async ({ run }) => {
      assert.deepEqual((await run({ count: 'v' }))['n'], int(2))
      assert.deepEqual((await run({ count: 'v', query: { a: 3 } }))['n'], int(1))
      assert.deepEqual((await run({ distinct: 'v', key: 'a' }))['values'], [int(2), int(3)])
      const aggregate = (name: string, ...pipeline: Document[]): Promise<Document> =>
        run({ aggregate: name, pipeline, cursor: {} })
      assert.deepEqual(ids(await aggregate('v', { $sort: { _id: -1 } })), [3, 2])
      const lookup = { from: 'v', localField: 'a', foreignField: 'a', as: 'own' }
      const joined = documentsIn(await aggregate('c', { $lookup: lookup }, { $project: { n: { $size: '$own' } } }))
      assert.deepEqual(joined, [
        { _id: 1, n: 0 },
        { _id: 2, n: 1 },
        { _id: 3, n: 1 }
      ])
      assert.deepEqual(ids(await aggregate('c', { $unionWith: 'v' })), [1, 2, 3, 2, 3])
    }))

  test('shows what is there when it is read, of a collection that may come later', () =>
    withStandalone(async ({ run }) => {
      succeeds(await run({ create: 'v', viewOn: 'later' }))
      assert.deepEqual(ids(await run({ find: 'v' })), [])
      await run({ insert: 'later', documents: [{ _id: 1 }] })
      assert.deepEqual(ids(await run({ find: 'v' })), [1])
    }))

  test('may show several documents with one _id, or none', () =>
    withView(async ({ run }) => {
      await run({ create: 'each', viewOn: 'v', pipeline: [{ $unwind: '$list' }] })
      assert.deepEqual(ids(await run({ find: 'each', filter: { _id: 2 } })), [2, 2])
      await run({ create: 'nameless', viewOn: 'v', pipeline: [{ $project: { _id: 0, a: 1 } }] })
      assert.deepEqual(documentsIn(await run({ find: 'nameless' })), [{ a: 2 }, { a: 3 }])
    }))

  test('sees no variables of who reads it, who sees them in what it shows', () =>
    withView(async ({ run }) => {
      const command = { find: 'v', filter: { $expr: { $eq: ['$a', '$$x'] } }, let: { x: 3 } }
      assert.deepEqual(ids(await run(command)), [3])
    }))

  test('is listed, dropped and made another one', () =>
    withView(async ({ run, refused }) => {
      const listed = await run({ listCollections: 1, filter: { type: 'view' } })
      const options = { viewOn: 'c', pipeline: [{ $match: { a: { $gt: int(1) } } }] }
      assert.deepEqual(listed['cursor'].firstBatch, [{ name: 'v', type: 'view', options, info: { readOnly: true } }])
      const named = await run({ listCollections: 1, nameOnly: true })
      assert.deepEqual(named['cursor'].firstBatch, [
        { name: 'c', type: 'collection' },
        { name: 'v', type: 'view' }
      ])
      succeeds(await run({ create: 'v', viewOn: 'c', pipeline: big }))
      await refused({ create: 'v' }, 48, 'NamespaceExists')
      succeeds(await run({ collMod: 'v', viewOn: 'c', pipeline: [{ $match: { a: 1 } }] }))
      assert.deepEqual(ids(await run({ find: 'v' })), [1])
      const { nIndexesWas, ns } = succeeds(await run({ drop: 'v' }))
      assert.deepEqual([nIndexesWas, ns], [undefined, 'test.v'])
      assert.deepEqual((await run({ count: 'c' }))['n'], int(3))
    }))

  const statements: readonly Document[] = [
    { insert: 'v', documents: [{ _id: 9 }] },
    { update: 'v', updates: [{ q: {}, u: { $set: { a: 1 } } }] },
    { update: 'v', updates: [{ q: { _id: 9 }, u: { $set: { a: 1 } }, upsert: true }] },
    { delete: 'v', deletes: [{ q: {}, limit: 0 }] }
  ]
  for (const command of statements)
    test(`cannot be written to: ${JSON.stringify(command)}`, () =>
      withView(async bench => {
        const [error] = (await bench.run(command))['writeErrors']
        assert.deepEqual(error.code, int(166))
        assert.match(error.errmsg, /test\.v is a view, not a collection/)
        assert.deepEqual((await bench.run({ count: 'c' }))['n'], int(3))
      }))

  const refusals: readonly Document[] = [
    { findAndModify: 'v', query: {}, remove: true },
    { findAndModify: 'v', query: { _id: 9 }, update: { a: 1 }, upsert: true },
    { createIndexes: 'v', indexes: [{ key: { a: 1 }, name: 'a' }] },
    { listIndexes: 'v' },
    { dropIndexes: 'v', index: '*' },
    { aggregate: 'c', pipeline: [{ $out: 'v' }], cursor: {} },
    { aggregate: 'c', pipeline: [{ $merge: 'v' }], cursor: {} },
    { aggregate: 'v', pipeline: [{ $collStats: { count: {} } }], cursor: {} }
  ]
  for (const command of refusals)
    test(`is refused to ${JSON.stringify(command)}`, () =>
      withView(async ({ refused }) => {
        await refused(command, 166, 'CommandNotSupportedOnView')
      }))

  test('cannot be renamed, given another collation, followed or explained', () =>
    withView(async ({ client, refused }) => {
      const renamed = await client.command('admin', { renameCollection: 'test.v', to: 'test.w' })
      assert.equal(renamed['codeName'], 'CommandNotSupportedOnView')
      const onto = await client.command('admin', { renameCollection: 'test.c', to: 'test.v', dropTarget: true })
      assert.equal(onto['codeName'], 'CommandNotSupportedOnView')
      const collation = { locale: 'en', strength: 2 }
      await refused({ find: 'v', collation }, 167, 'OptionNotSupportedOnView')
      for (const option of ['tailable', 'showRecordId', 'returnKey'])
        await refused({ find: 'v', [option]: true }, 168, 'InvalidPipelineOperator')
      await refused({ explain: { find: 'v' } }, 238, 'NotImplemented')
    }))

  const wrong: readonly [Document, number, string][] = [
    [{ pipeline: [] }, 72, 'InvalidOptions'],
    [{ viewOn: 'c', capped: true, size: 4096 }, 72, 'InvalidOptions'],
    [{ viewOn: 'c', changeStreamPreAndPostImages: { enabled: true } }, 72, 'InvalidOptions'],
    [{ viewOn: '', pipeline: [] }, 73, 'InvalidNamespace'],
    [{ viewOn: 'c', pipeline: [1] }, 14, 'TypeMismatch'],
    [{ viewOn: 'c', pipeline: [{ $nope: 1 }] }, 40324, 'Location40324'],
    [{ viewOn: 'c', pipeline: [{ $out: 'x' }] }, 167, 'OptionNotSupportedOnView'],
    [{ viewOn: 'w' }, 5, 'GraphContainsCycle'],
    [{ viewOn: 'c', collation: { locale: 'en' } }, 238, 'NotImplemented']
  ]
  for (const [options, code, name] of wrong)
    test(`is not made of ${JSON.stringify(options)}`, () =>
      withStandalone(async ({ refused, run }) => {
        await refused({ create: 'w', ...options }, code, name)
        assert.deepEqual((await run({ listCollections: 1 }))['cursor'].firstBatch, [])
      }))

  test('is changed as a view alone, and a collection as a collection', () =>
    withView(async ({ refused }) => {
      await refused({ collMod: 'c', viewOn: 'x', pipeline: [] }, 72, 'InvalidOptions')
      await refused({ collMod: 'v', changeStreamPreAndPostImages: { enabled: true } }, 72, 'InvalidOptions')
      await refused({ collMod: 'v', viewOn: 'v', pipeline: [] }, 5, 'GraphContainsCycle')
    }))

  test(`stands on up to ${viewDepthMax} others, by its pipeline too`, () =>
    withStandalone(async ({ run, refused }) => {
      await run({ insert: 'v0', documents: [{ _id: 1 }] })
      for (let depth = 1; depth <= viewDepthMax; depth++)
        succeeds(await run({ create: `v${depth}`, viewOn: `v${depth - 1}` }))
      assert.deepEqual(ids(await run({ find: `v${viewDepthMax}` })), [1])
      await refused({ create: 'more', viewOn: `v${viewDepthMax}` }, 165, 'ViewDepthLimitExceeded')
      await run({ create: 'a', viewOn: 'v0', pipeline: [{ $unionWith: 'b' }] })
      await run({ create: 'b', viewOn: 'v0', pipeline: [{ $unionWith: 'a' }] })
      await refused({ find: 'a' }, 165, 'ViewDepthLimitExceeded')
    }))

  test('is on all members, and is read as of a snapshot', () =>
    withReplicaSet(async ({ member, connect, runtime }) => {
      const raw = await connect(member(0))
      await raw.command('test', {
        insert: 'c',
        documents: [
          { _id: 1, a: 1 },
          { _id: 2, a: 2 }
        ]
      })
      const { operationTime } = await raw.command('test', { create: 'v', viewOn: 'c', pipeline: big })
      await raw.command('test', { collMod: 'v', viewOn: 'c', pipeline: [] })
      await runtime.sleep(50)
      const secondary = await connect(member(1))
      assert.deepEqual(ids(await secondary.command('test', { find: 'v', ...nearest })), [1, 2])
      const atClusterTime = EJSON.deserialize({ t: operationTime }) as { t: unknown }
      const readConcern = { level: 'snapshot', atClusterTime: atClusterTime.t }
      assert.deepEqual(ids(await secondary.command('test', { find: 'v', readConcern, ...nearest })), [2])
    }))

  test('is read in transactions, and not made in one', () =>
    withOne(async raw => {
      succeeds(await raw.command('test', { create: 'v', viewOn: 'c', pipeline: [{ $match: { _id: { $gt: 1 } } }] }))
      const txn = new Txn(raw, 1)
      succeeds(await txn.insert(3))
      assert.deepEqual(await txn.ids('v'), [2, 3])
      succeeds(await txn.commit())
      assert.equal(failureOf(await new Txn(raw, 2).command({ create: 'w', viewOn: 'c' })).code, 263)
    }))

  test('is told to change streams when it is made, and cannot be watched', () =>
    withPrimary(async ({ client, run }) => {
      const watch = await Watch.open(client, { showExpandedEvents: true }, { aggregate: 1 })
      await run({ create: 'v', viewOn: 'c', pipeline: [] })
      const [event] = await watch.more()
      assert.equal(event?.['operationType'], 'create')
      assert.deepEqual(event?.['operationDescription'], { viewOn: 'c', pipeline: [] })
      assert.equal(event?.['collectionUUID'], undefined)
      const reply = await client.command('test', { aggregate: 'v', pipeline: [{ $changeStream: {} }], cursor: {} })
      assert.equal(reply['codeName'], 'CommandNotSupportedOnView')
    }))
})

describe('$collStats', () => {
  const statistics = (more: Document, ...behind: Document[]): Document => ({
    aggregate: 'c',
    pipeline: [{ $collStats: more }, ...behind],
    cursor: {}
  })

  test('counts, and tells what is stored', () =>
    withView(async ({ run, member }) => {
      await run({ createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'a' }] })
      const [told] = succeeds(await run(statistics({ count: {}, storageStats: { scale: 10 } })))['cursor'].firstBatch
      const { localTime, ...others } = told
      assert.ok(localTime.$date)
      const storageStats = {
        size: int(13),
        count: int(3),
        avgObjSize: int(46),
        nindexes: int(2),
        capped: false,
        scaleFactor: int(10)
      }
      assert.deepEqual(others, { ns: 'test.c', host: member.address, storageStats, count: long(3) })
    }))

  test('of a capped collection tells its limits', () =>
    withStandalone(async ({ run }) => {
      await run({ create: 'c', capped: true, size: 5000, max: 7 })
      const shape = { $project: { _id: 0, s: '$storageStats' } }
      const [{ s }] = succeeds(await run(statistics({ storageStats: {} }, shape)))['cursor'].firstBatch
      assert.deepEqual(
        [s.capped, s.maxSize, s.max, s.count, s.avgObjSize],
        [true, int(5120), int(7), int(0), undefined]
      )
    }))

  const refusals: readonly [Document, number, string][] = [
    [statistics({ latencyStats: {} }), 238, 'NotImplemented'],
    [statistics({ count: 1 }), 40480, 'Location40480'],
    [statistics({ storageStats: 1 }), 40279, 'Location40279'],
    [statistics({ storageStats: { scale: 0 } }), 40279, 'Location40279'],
    [statistics({ other: {} }), 40415, 'IDLUnknownField'],
    [{ aggregate: 'none', pipeline: [{ $collStats: {} }], cursor: {} }, 26, 'NamespaceNotFound'],
    [{ aggregate: 1, pipeline: [{ $collStats: {} }], cursor: {} }, 73, 'InvalidNamespace'],
    [{ aggregate: 'c', pipeline: [{ $match: {} }, { $collStats: {} }], cursor: {} }, 40602, 'Location40602'],
    [
      { aggregate: 'c', pipeline: [{ $unionWith: { coll: 'c', pipeline: [{ $collStats: {} }] } }], cursor: {} },
      238,
      'NotImplemented'
    ]
  ]
  for (const [command, code, name] of refusals)
    test(`refuses ${JSON.stringify(command['pipeline'])} of ${JSON.stringify(command['aggregate'])}`, () =>
      withView(async ({ refused }) => {
        await refused(command, code, name)
      }))

  test('is stable where it counts alone', () =>
    withView(async ({ run, refused }) => {
      const strict = { apiVersion: '1', apiStrict: true }
      succeeds(await run({ ...statistics({ count: {} }), ...strict }))
      await refused({ ...statistics({ storageStats: {} }), ...strict }, 323, 'APIStrictError')
    }))
})
