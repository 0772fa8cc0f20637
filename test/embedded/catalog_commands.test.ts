import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Document, Long } from '../../src/bson/index.ts'
import { withStandalone } from './bench.ts'
import { cursorId, int, long, numbered, ok } from './raw_client.ts'

describe('collections and databases', () => {
  test('are listed, dropped and made', () =>
    withStandalone(async ({ run, client }) => {
      assert.deepEqual(await run({ create: 'a' }), ok)
      await run({ insert: 'b', documents: [{ _id: 1 }] })
      const all = await run({ listCollections: 1 })
      assert.equal(all['cursor'].ns, 'test.$cmd.listCollections')
      assert.deepEqual(
        all['cursor'].firstBatch.map((each: Document) => each['name']),
        ['a', 'b']
      )
      assert.ok(all['cursor'].firstBatch[0].info.uuid)
      const named = await run({ listCollections: 1, filter: { name: 'b' }, nameOnly: true })
      assert.deepEqual(named['cursor'].firstBatch, [{ name: 'b', type: 'collection' }])
      const databases = await client.command('admin', { listDatabases: 1 })
      assert.deepEqual(databases, {
        databases: [{ name: 'test', sizeOnDisk: long(14), empty: false }],
        totalSize: long(14),
        totalSizeMb: long(0),
        ...ok
      })
      assert.deepEqual(await run({ drop: 'b' }), { nIndexesWas: int(1), ns: 'test.b', ...ok })
      assert.deepEqual(await run({ drop: 'b' }), ok)
      assert.deepEqual(await run({ dropDatabase: 1 }), { dropped: 'test', ...ok })
      assert.deepEqual((await client.command('admin', { listDatabases: 1, nameOnly: true }))['databases'], [])
    }))

  test('a list comes in batches where that is asked for', () =>
    withStandalone(async ({ run }) => {
      for (const name of ['a', 'b', 'c']) await run({ create: name })
      const first = await run({ listCollections: 1, nameOnly: true, cursor: { batchSize: 2 } })
      const rest = await run({ getMore: cursorId(first), collection: '$cmd.listCollections' })
      assert.deepEqual(rest['cursor'], {
        nextBatch: [{ name: 'c', type: 'collection' }],
        id: long(0),
        ns: 'test.$cmd.listCollections'
      })
    }))

  test('a collection is renamed with its documents and indexes, also into another database', () =>
    withStandalone(async ({ run, refused, client }) => {
      const rename = (renameCollection: string, to: string, more: Document = {}): Promise<Document> =>
        client.command('admin', { renameCollection, to, ...more })
      await run({ insert: 'a', documents: [{ _id: 1, n: 1 }] })
      await run({ createIndexes: 'a', indexes: [{ key: { n: 1 }, name: 'n_1', unique: true }] })
      assert.deepEqual(await rename('test.a', 'shop.b.c'), ok)
      assert.deepEqual((await run({ find: 'a' }))['cursor'].firstBatch, [])
      const found = await client.command('shop', { find: 'b.c' })
      assert.deepEqual(found['cursor'].firstBatch, [{ _id: int(1), n: int(1) }])
      const [error] = (await client.command('shop', { insert: 'b.c', documents: [{ _id: 2, n: 1 }] }))['writeErrors']
      assert.match(error.errmsg, /collection: shop\.b\.c index: n_1 /)
      assert.deepEqual((await run({ listCollections: 1 }))['cursor'].firstBatch, [])
      await refused({ renameCollection: 'test.a', to: 'test.b' }, 13, 'Unauthorized')
    }))

  test('a rename to a name that is taken drops the other one only if asked to', () =>
    withStandalone(async ({ run, refused, client }) => {
      const rename = (renameCollection: string, to: string, more: Document = {}): Promise<Document> =>
        client.command('admin', { renameCollection, to, ...more })
      await run({ insert: 'a', documents: [{ _id: 1 }, { _id: 2 }] })
      await run({ insert: 'b', documents: numbered(3) })
      const cursors = [
        cursorId(await run({ find: 'a', batchSize: 1 })),
        cursorId(await run({ find: 'b', batchSize: 1 }))
      ]
      const codes = []
      for (const [from, to] of [
        ['test.a', 'test.b'],
        ['test.c', 'test.b'],
        ['test.a', 'test.a'],
        ['test.a', 'test'],
        ['test.a', 'test.x$']
      ] as const)
        codes.push((await rename(from, to))['code'])
      assert.deepEqual(codes, [48, 26, 20, 73, 73].map(int))
      assert.deepEqual(await rename('test.a', 'test.b', { dropTarget: true }), ok)
      assert.deepEqual((await run({ count: 'b' }))['n'], int(2))
      assert.match(await refused({ getMore: cursors[0], collection: 'a' }, 175, 'QueryPlanKilled'), /renamed/)
      assert.match(await refused({ getMore: cursors[1], collection: 'b' }, 175, 'QueryPlanKilled'), /dropped/)
    }))

  test('a dropped collection takes its cursors with it', () =>
    withStandalone(async ({ run, refused }) => {
      await run({ insert: 'c', documents: numbered(3) })
      const id = cursorId(await run({ find: 'c', batchSize: 1 }))
      await run({ drop: 'c' })
      assert.match(await refused({ getMore: id, collection: 'c' }, 175, 'QueryPlanKilled'), /collection dropped\. UUID/)
      await refused({ getMore: id, collection: 'c' }, 43, 'CursorNotFound')
    }))

  test('options that are not built and names that cannot be are refused', () =>
    withStandalone(async ({ refused }) => {
      assert.match(
        await refused({ create: 'c', timeseries: { timeField: 'at' } }, 238, 'NotImplemented'),
        /create\.timeseries.*time series/
      )
      for (const name of ['.c', 'c.', '', 'a$b'])
        await refused({ insert: name, documents: [{}] }, 73, 'InvalidNamespace')
      await refused({ create: 'c'.repeat(256) }, 73, 'InvalidNamespace')
    }))
})

describe('indexes', () => {
  const unique = { key: { a: 1 }, name: 'a_1', unique: true }

  test('are made once, listed and dropped', () =>
    withStandalone(async ({ run, refused }) => {
      const made = { numIndexesBefore: int(1), numIndexesAfter: int(2), createdCollectionAutomatically: true }
      assert.deepEqual(await run({ createIndexes: 'c', indexes: [unique] }), { ...made, ...ok })
      const again = await run({ createIndexes: 'c', indexes: [unique, { key: { _id: 1 }, name: '_id_' }] })
      assert.equal(again['note'], 'all indexes already exist')
      assert.deepEqual((await run({ listIndexes: 'c' }))['cursor'].firstBatch, [
        { v: int(2), key: { _id: int(1) }, name: '_id_' },
        { v: int(2), key: { a: int(1) }, name: 'a_1', unique: true }
      ])
      assert.deepEqual(await run({ dropIndexes: 'c', index: 'a_1' }), { nIndexesWas: int(2), ...ok })
      await refused({ dropIndexes: 'c', index: 'a_1' }, 27, 'IndexNotFound')
      await refused({ dropIndexes: 'c', index: '_id_' }, 72, 'InvalidOptions')
      await refused({ listIndexes: 'none' }, 26, 'NamespaceNotFound')
    }))

  test('a unique one refuses a second document with a key, and cannot be made over two', () =>
    withStandalone(async ({ run, refused }) => {
      await run({ createIndexes: 'c', indexes: [unique] })
      await run({ insert: 'c', documents: [{ _id: 1, a: [1, 2] }] })
      const reply = await run({ insert: 'c', documents: [{ _id: 2, a: Long.fromNumber(2) }] })
      assert.deepEqual(reply['writeErrors'][0].keyValue, { a: long(2) })
      await run({ insert: 'd', documents: [{ _id: 1 }, { _id: 2, a: null }] })
      assert.match(
        await refused({ createIndexes: 'd', indexes: [unique] }, 11000, 'DuplicateKey'),
        /test\.d index: a_1/
      )
      assert.equal((await run({ listIndexes: 'd' }))['cursor'].firstBatch.length, 1)
    }))

  test('a sparse or partial unique one leaves documents out', () =>
    withStandalone(async ({ run, refused }) => {
      const none = { key: { b: 1 }, name: 'none', partialFilterExpression: null }
      await refused({ createIndexes: 'c', indexes: [none] }, 14, 'TypeMismatch')
      const partial = { key: { b: 1 }, name: 'b', unique: true, partialFilterExpression: { b: { $gt: 5 } } }
      await run({ createIndexes: 'c', indexes: [{ ...unique, sparse: true }, partial] })
      const documents = [
        { _id: 1, b: 1 },
        { _id: 2, b: 1 },
        { _id: 3, b: 6 }
      ]
      assert.deepEqual(await run({ insert: 'c', documents }), { n: int(3), ...ok })
      const reply = await run({ insert: 'c', documents: [{ _id: 4, b: 6 }] })
      assert.deepEqual(reply['writeErrors'][0].code, int(11000))
    }))

  test('of another key under one name, or another name for one key, are refused; so are kinds that are not built', () =>
    withStandalone(async ({ run, refused }) => {
      await run({ createIndexes: 'c', indexes: [unique] })
      await refused({ createIndexes: 'c', indexes: [{ ...unique, key: { b: 1 } }] }, 86, 'IndexKeySpecsConflict')
      await refused({ createIndexes: 'c', indexes: [{ ...unique, name: 'other' }] }, 85, 'IndexOptionsConflict')
      await refused({ createIndexes: 'c', indexes: [{ key: { a: 'text' }, name: 't' }] }, 238, 'NotImplemented')
      await refused({ createIndexes: 'c', indexes: [{ ...unique, expireAfterSeconds: 5 }] }, 238, 'NotImplemented')
    }))
})
