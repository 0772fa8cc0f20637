import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Document } from '../../src/bson/index.ts'
import { refusal, set, types, Watch, withPrimary } from './watching.ts'

describe('events of documents', () => {
  test('tell of inserts, updates, replacements and deletes, in the fields of a server', () =>
    withPrimary(async ({ client, run }) => {
      const watch = await Watch.open(client)
      await run({ insert: 'c', documents: [{ _id: 1, a: 1 }] })
      await run(set({ $set: { a: 2 } }))
      await run(set({ b: 3 }))
      await run({ delete: 'c', deletes: [{ q: { _id: 1 }, limit: 1 }] })
      const events = await watch.more()
      const ns = { db: 'test', coll: 'c' }
      const documentKey = { _id: 1 }
      const updateDescription = { updatedFields: { a: 2 }, removedFields: [], truncatedArrays: [] }
      const told = events.map(({ _id, clusterTime, wallTime, ...rest }) => {
        assert.ok(wallTime instanceof Date && typeof _id._data === 'string' && clusterTime !== undefined)
        return rest
      })
      assert.deepEqual(told, [
        { operationType: 'insert', fullDocument: { _id: 1, a: 1 }, ns, documentKey },
        { operationType: 'update', ns, documentKey, updateDescription },
        { operationType: 'replace', fullDocument: { _id: 1, b: 3 }, ns, documentKey },
        { operationType: 'delete', ns, documentKey }
      ])
      const tokens = events.map(({ _id }) => String(_id._data))
      assert.deepEqual([...tokens].sort(), tokens)
      assert.ok(String(watch.answer.token['_data']) > String(tokens.at(-1)))
    }))

  const rows: readonly (readonly [what: string, before: Document, update: Document | Document[], told: Document])[] = [
    ['a value that is set', { a: 1 }, { $set: { a: 2 } }, { updatedFields: { a: 2 } }],
    [
      'a document that is set, as a whole',
      { a: { b: 1, c: 2 } },
      { $set: { a: { b: 1, c: 3 } } },
      { updatedFields: { a: { b: 1, c: 3 } } }
    ],
    [
      'the same by a pipeline, by its parts',
      { a: { b: 1, c: 2 } },
      [{ $set: { a: { b: 1, c: 3 } } }],
      { updatedFields: { 'a.c': 3 } }
    ],
    ['a part of a document', { a: { b: 1, c: 2 } }, { $inc: { 'a.b': 1 } }, { updatedFields: { 'a.b': 2 } }],
    ['what was not there', {}, { $set: { 'a.b': 1 } }, { updatedFields: { a: { b: 1 } } }],
    ['what is removed', { a: 1, b: { c: 1, d: 2 } }, { $unset: { a: 1, 'b.c': 1 } }, { removedFields: ['a', 'b.c'] }],
    ['what is renamed', { a: 1 }, { $rename: { a: 'z' } }, { updatedFields: { z: 1 }, removedFields: ['a'] }],
    ['an element that is pushed', { a: [1, 2] }, { $push: { a: 3 } }, { updatedFields: { 'a.2': 3 } }],
    ['an element that is set', { a: [{ b: 1 }] }, { $set: { 'a.0.b': 2 } }, { updatedFields: { 'a.0.b': 2 } }],
    [
      'an array that becomes shorter',
      { a: [1, 2, 3] },
      { $pop: { a: 1 } },
      { truncatedArrays: [{ field: 'a', newSize: 2 }] }
    ],
    ['an array that is set, as a whole', { a: [1, 2, 3] }, { $set: { a: [1] } }, { updatedFields: { a: [1] } }],
    ['a type that changes', { a: 1 }, [{ $set: { a: { $toDouble: '$a' } } }], { updatedFields: { a: 1 } }],
    [
      'a path that can be read in two ways',
      { a: { '1': 1 } },
      { $set: { 'a.1': 2 } },
      { updatedFields: { 'a.1': 2 }, disambiguatedPaths: { 'a.1': ['a', '1'] } }
    ],
    [
      'one with a place in an array',
      { a: [{ '1': 1 }] },
      { $set: { 'a.0.1': 2 } },
      { updatedFields: { 'a.0.1': 2 }, disambiguatedPaths: { 'a.0.1': ['a', 0, '1'] } }
    ]
  ]
  for (const [what, before, update, told] of rows)
    test(`tell of ${what}`, () =>
      withPrimary(async ({ client, run }) => {
        await run({ insert: 'c', documents: [{ _id: 1, ...before }] })
        const watch = await Watch.open(client, { showExpandedEvents: true })
        await run(set(update))
        const [event, ...others] = await watch.more()
        assert.deepEqual(others, [])
        const nothing = { updatedFields: {}, removedFields: [], truncatedArrays: [] }
        assert.deepEqual(event?.['updateDescription'], { ...nothing, ...told })
      }))

  test('are none of an update that changes nothing, and none of what makes room in a capped collection', () =>
    withPrimary(async ({ client, run }) => {
      await run({ create: 'log', capped: true, size: 4096, max: 1 })
      await run({ insert: 'c', documents: [{ _id: 1, a: 1 }] })
      const watch = await Watch.open(client, {}, { aggregate: 1 })
      await run(set({ $set: { a: 1 } }))
      await run({ insert: 'log', documents: [{ _id: 1 }, { _id: 2 }] })
      assert.deepEqual(types(await watch.more()), ['insert', 'insert'])
    }))

  test('look the document up as it is by then, and have null for one that is gone or of another collection', () =>
    withPrimary(async ({ client, run }) => {
      await run({ insert: 'c', documents: [{ _id: 1 }, { _id: 2 }] })
      const watch = await Watch.open(client, { fullDocument: 'updateLookup' })
      await run(set({ $set: { a: 1 } }))
      await run(set({ $set: { a: 2 } }))
      await run(set({ $set: { a: 1 } }, { _id: 2 }))
      await run({ delete: 'c', deletes: [{ q: { _id: 2 }, limit: 1 }] })
      const found = (await watch.more()).slice(0, 3).map(({ fullDocument }) => fullDocument as unknown)
      assert.deepEqual(found, [{ _id: 1, a: 2 }, { _id: 1, a: 2 }, null])
      await run(set({ $set: { a: 3 } }))
      await run({ drop: 'c' })
      await run({ insert: 'c', documents: [{ _id: 1 }] })
      const [event] = await watch.more()
      assert.equal(event?.['fullDocument'], null)
    }))
})

describe('images of documents before and after a change', () => {
  const images = { changeStreamPreAndPostImages: { enabled: true } }
  const wanted = { fullDocument: 'whenAvailable', fullDocumentBeforeChange: 'whenAvailable' }

  test('come with events of collections that keep them', () =>
    withPrimary(async ({ client, run }) => {
      await run({ create: 'c', ...images })
      await run({ insert: 'c', documents: [{ _id: 1, a: 1 }] })
      const watch = await Watch.open(client, { fullDocument: 'required', fullDocumentBeforeChange: 'required' })
      await run(set({ $set: { a: 2 } }))
      await run(set({ a: 3 }))
      await run({ delete: 'c', deletes: [{ q: {}, limit: 0 }] })
      const told = (await watch.more()).map(({ fullDocument = 'none', fullDocumentBeforeChange }) => [
        fullDocumentBeforeChange?.a,
        fullDocument.a
      ])
      assert.deepEqual(told, [
        [1, 2],
        [2, 3],
        [3, undefined]
      ])
    }))

  test('are kept from collMod on, told by listCollections, and survive an election', () =>
    withPrimary(
      async ({ client, run, deployment, connect, primary }) => {
        await run({ insert: 'c', documents: [{ _id: 1, a: 1 }] })
        const watch = await Watch.open(client, wanted)
        await run(set({ $set: { a: 2 } }))
        await run({ collMod: 'c', ...images })
        await run(set({ $set: { a: 3 } }))
        const listed = await run({ listCollections: 1 })
        assert.deepEqual(listed['cursor'].firstBatch[0].options, images)
        const [before, after] = await watch.more()
        assert.deepEqual([before?.['fullDocument'], before?.['fullDocumentBeforeChange']], [null, null])
        assert.deepEqual([after?.['fullDocument'].a, after?.['fullDocumentBeforeChange'].a], [3, 2])
        const old = await primary()
        await deployment.stepDown()
        const now = await primary()
        assert.notEqual(now, old)
        const next = await connect(deployment.members[now])
        const resumed = await Watch.open(next, { ...wanted, resumeAfter: before?.['_id'] })
        assert.deepEqual(resumed.answer.events, [after])
      },
      { members: 3 }
    ))

  test('that are required and were not kept end the stream', () =>
    withPrimary(async ({ client, run }) => {
      await run({ insert: 'c', documents: [{ _id: 1 }] })
      for (const option of ['fullDocument', 'fullDocumentBeforeChange']) {
        const watch = await Watch.open(client, { [option]: 'required' })
        await run(set({ $inc: { a: 1 } }))
        const { errmsg } = await watch.refused(47)
        assert.match(errmsg, /-image was not found for event/)
        await watch.refused(43)
      }
    }))

  test('cannot be had of what is not there, and collMod changes nothing else', () =>
    withPrimary(async ({ client, run }) => {
      refusal(await client.command('test', { collMod: 'c', ...images }), 26)
      await run({ create: 'c' })
      refusal(await client.command('test', { collMod: 'c', timeseries: {} }), 238)
      refusal(await client.command('test', { create: 'd', changeStreamPreAndPostImages: {} }), 40414)
      await run({ collMod: 'c', ...images })
      await run({ collMod: 'c', changeStreamPreAndPostImages: { enabled: false } })
      assert.deepEqual((await run({ listCollections: 1 }))['cursor'].firstBatch[0].options, {})
    }))
})

describe('events of collections and databases', () => {
  test('a collection that is dropped or renamed invalidates its stream', () =>
    withPrimary(async ({ client, run, member }) => {
      for (const [end, type] of [
        [() => run({ drop: 'c' }), 'drop'],
        [() => client.command('admin', { renameCollection: 'test.c', to: 'test.d' }), 'rename'],
        [() => run({ dropDatabase: 1 }), 'drop']
      ] as const) {
        await run({ insert: 'c', documents: [{ _id: 1 }] })
        const watch = await Watch.open(client)
        await end()
        assert.deepEqual(types(await watch.more()), [type, 'invalidate'])
        assert.ok(watch.answer.id.isZero())
        assert.equal(member(0).openCursors(), 0)
      }
    }))

  test('so does another one that takes its name', () =>
    withPrimary(async ({ client, run }) => {
      await run({ create: 'c' })
      await run({ create: 'd' })
      const watch = await Watch.open(client, { showExpandedEvents: true })
      await client.command('admin', { renameCollection: 'test.d', to: 'test.c', dropTarget: true })
      const [rename, invalidate] = await watch.more()
      assert.deepEqual([rename?.['operationType'], invalidate?.['operationType']], ['rename', 'invalidate'])
      assert.deepEqual(rename?.['operationDescription'].to, { db: 'test', coll: 'c' })
      assert.ok(rename?.['operationDescription'].dropTarget !== undefined)
    }))

  test('a database that is dropped invalidates its stream, and a deployment has no end', () =>
    withPrimary(async ({ client, run }) => {
      await run({ insert: 'c', documents: [{ _id: 1 }] })
      const database = await Watch.open(client, {}, { aggregate: 1 })
      const all = await Watch.open(client, { allChangesForCluster: true }, { aggregate: 1, database: 'admin' })
      await run({ dropDatabase: 1 })
      await client.command('other', { insert: 'c', documents: [{ _id: 1 }] })
      await client.command('config', { insert: 'c', documents: [{ _id: 1 }] })
      assert.deepEqual(types(await database.more()), ['drop', 'dropDatabase', 'invalidate'])
      assert.deepEqual(types(await all.more()), ['drop', 'dropDatabase', 'insert'])
      assert.equal(all.answer.ns, 'admin.$cmd.aggregate')
      assert.deepEqual(all.answer.events.at(-2)?.['ns'], { db: 'test' })
    }))

  test('with showExpandedEvents tell of what else the oplog has, with the UUID of the collection', () =>
    withPrimary(async ({ client, run }) => {
      const watch = await Watch.open(client, { showExpandedEvents: true }, { aggregate: 1 })
      const plain = await Watch.open(client, {}, { aggregate: 1 })
      const definition = { v: 2, key: { a: 1 }, name: 'a_1' }
      await run({ create: 'c', changeStreamPreAndPostImages: { enabled: true } })
      await run({ createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'a_1' }] })
      await run({ dropIndexes: 'c', index: 'a_1' })
      await run({ collMod: 'c', changeStreamPreAndPostImages: { enabled: false } })
      await run({ insert: 'c', documents: [{ _id: 1 }] })
      const events = await watch.more()
      assert.deepEqual(types(events), ['create', 'createIndexes', 'dropIndexes', 'modify', 'insert'])
      assert.equal(new Set(events.map(({ collectionUUID }) => String(collectionUUID))).size, 1)
      const [create, made, dropped] = events.map(({ operationDescription }) => operationDescription as Document)
      assert.deepEqual(create?.['changeStreamPreAndPostImages'], { enabled: true })
      assert.deepEqual([made, dropped], [{ indexes: [definition] }, { indexes: [definition] }])
      assert.deepEqual(types(await plain.more()), ['insert'])
    }))
})
