import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BSON, Decimal128, type Document, Double, Int32, Long, ObjectId } from '../../src/bson/index.ts'
import { withStandalone } from './bench.ts'
import { cursorId, double, int, long, numbered, ok } from './raw_client.ts'

/** The ids of a cursor reply's batch, in order. */
function ids(reply: Document): unknown[] {
  const cursor = reply['cursor'] as Document
  return (cursor['firstBatch'] ?? cursor['nextBatch']).map((document: Document) => Object.values(document['_id'])[0])
}

test('a pipeline with a stage that no server has fails an update command as a whole, whatever its other statements', () =>
  withStandalone(async ({ run }) => {
    await run({ insert: 'c', documents: [{ _id: 1 }] })
    for (const [stage, code] of [
      [{ $nothing: 1 }, 40324],
      [{}, 40323]
    ] as const) {
      const updates = [
        { q: { _id: 1 }, u: { $set: { a: 1 } } },
        { q: { _id: 1 }, u: [stage] }
      ]
      const reply = await run({ update: 'c', updates })
      assert.deepEqual([reply['ok'], reply['code']], [double(0), int(code)])
    }
    const { firstBatch } = (await run({ find: 'c' }))['cursor']
    assert.deepEqual(firstBatch, [{ _id: int(1) }])
  }))

describe('insert', () => {
  test('answers with the number of documents, and they are found as they were, in order', () =>
    withStandalone(async ({ client, run }) => {
      const documents = [
        { _id: 1, a: new Double(1), b: Long.fromNumber(2) },
        { _id: 'x', '7': 1, a: [null, { c: new Decimal128('1.10') }] }
      ]
      const sequence = { identifier: 'documents', documents }
      assert.deepEqual(await client.command('test', { insert: 'c' }, { sequence }), { n: int(2), ...ok })
      const found = await run({ find: 'c' })
      assert.deepEqual(found, {
        cursor: {
          firstBatch: [
            { _id: int(1), a: double(1), b: long(2) },
            { _id: 'x', '7': int(1), a: [null, { c: { $numberDecimal: '1.10' } }] }
          ],
          id: long(0),
          ns: 'test.c'
        },
        ...ok
      })
    }))

  test('makes an _id where there is none, and puts it first', () =>
    withStandalone(async ({ run }) => {
      await run({ insert: 'c', documents: [{ a: 1 }, { a: 2, _id: 5 }] })
      const { firstBatch } = (await run({ find: 'c' }))['cursor']
      assert.deepEqual(Object.keys(firstBatch[0]), ['_id', 'a'])
      assert.ok(firstBatch[0]._id.$oid)
      assert.deepEqual(Object.keys(firstBatch[1]), ['_id', 'a'])
    }))

  test('of a key that is there is refused with the key, and ends an ordered command but no unordered one', () =>
    withStandalone(async ({ run }) => {
      await run({ insert: 'c', documents: [{ _id: 1 }] })
      const documents = [{ _id: 0 }, { _id: new Double(1) }, { _id: 2 }]
      const duplicate = {
        index: int(1),
        code: int(11000),
        keyPattern: { _id: int(1) },
        keyValue: { _id: double(1) },
        errmsg: 'E11000 duplicate key error collection: test.c index: _id_ dup key: { _id: 1 }'
      }
      assert.deepEqual(await run({ insert: 'c', documents }), { n: int(1), writeErrors: [duplicate], ...ok })
      documents[0] = { _id: 3 }
      const unordered = await run({ insert: 'c', documents, ordered: false })
      assert.deepEqual(unordered, { n: int(2), writeErrors: [duplicate], ...ok })
    }))

  test('holds 1 to be the same _id as an int32, an int64, a double and a decimal', () =>
    withStandalone(async ({ run }) => {
      await run({ insert: 'c', documents: [{ _id: new Int32(1) }] })
      for (const _id of [Long.fromNumber(1), new Double(1), new Decimal128('1.0')]) {
        assert.equal((await run({ insert: 'c', documents: [{ _id }] }))['writeErrors'].length, 1)
        assert.deepEqual(ids(await run({ find: 'c', filter: { _id } })), ['1'])
      }
    }))

  test('of no document, or of an _id that cannot be, is refused', () =>
    withStandalone(async ({ run, refused }) => {
      await refused({ insert: 'c', documents: [] }, 16, 'InvalidLength')
      const reply = await run({ insert: 'c', documents: [{ _id: [1] }] })
      assert.deepEqual(reply['writeErrors'][0].code, int(2))
    }))

  test('of a document above 16 MiB is a write error that tells the figures', () =>
    withStandalone(async ({ run }) => {
      const reply = await run({ insert: 'c', documents: [{ _id: 1, a: 'a'.repeat(16 * 1024 * 1024) }] })
      assert.deepEqual(reply['writeErrors'][0].code, int(10334))
      assert.match(reply['writeErrors'][0].errmsg, /16777\d{3} bytes; at most 16777216/)
    }))
})

describe('find', () => {
  test('filters, sorts, skips, limits and projects', () =>
    withStandalone(async ({ run }) => {
      const documents = [3, 1, 2, 5, 4].map(_id => ({ _id, a: { b: _id % 2 }, c: 'c' }))
      await run({ insert: 'c', documents })
      assert.deepEqual(ids(await run({ find: 'c', filter: { 'a.b': 1 } })), ['3', '1', '5'])
      assert.deepEqual(ids(await run({ find: 'c', sort: { 'a.b': -1, _id: 1 }, skip: 1, limit: 3 })), ['3', '5', '2'])
      assert.deepEqual(ids(await run({ find: 'c', sort: { $natural: -1 }, limit: 2 })), ['4', '5'])
      const projected = await run({ find: 'c', filter: { _id: 5 }, projection: { 'a.b': 1 } })
      assert.deepEqual(projected['cursor'].firstBatch, [{ _id: int(5), a: { b: int(1) } }])
    }))

  test('of a missing collection is an empty cursor', () =>
    withStandalone(async ({ run }) => {
      assert.deepEqual(await run({ find: 'none' }), { cursor: { firstBatch: [], id: long(0), ns: 'test.none' }, ...ok })
    }))

  test('gives 101 documents first, then all that fit; the cursor closes when it is asked past its end', () =>
    withStandalone(async ({ run, member }) => {
      await run({ insert: 'c', documents: numbered(500) })
      const first = await run({ find: 'c' })
      assert.equal(ids(first).length, 101)
      assert.ok(cursorId(first).greaterThan(Long.ZERO))
      assert.equal(member.openCursors(), 1)
      const rest = await run({ getMore: cursorId(first), collection: 'c' })
      assert.equal(ids(rest).length, 399)
      assert.deepEqual(rest['cursor'].id, long(0))
      assert.equal(member.openCursors(), 0)
    }))

  test('with a batch that ends exactly at the last document keeps its cursor until it is asked once more', () =>
    withStandalone(async ({ run }) => {
      await run({ insert: 'c', documents: numbered(4) })
      const first = await run({ find: 'c', batchSize: 2 })
      const second = await run({ getMore: cursorId(first), collection: 'c', batchSize: 2 })
      assert.deepEqual(second['cursor'].id, first['cursor'].id)
      const third = await run({ getMore: cursorId(first), collection: 'c', batchSize: 2 })
      assert.deepEqual(third['cursor'], { nextBatch: [], id: long(0), ns: 'test.c' })
    }))

  test('with batchSize 0 opens a cursor and gives nothing yet; with singleBatch it opens none', () =>
    withStandalone(async ({ run }) => {
      await run({ insert: 'c', documents: numbered(3) })
      const opened = await run({ find: 'c', batchSize: 0 })
      assert.deepEqual(ids(opened), [])
      assert.ok(!cursorId(opened).isZero())
      const single = await run({ find: 'c', batchSize: 2, singleBatch: true })
      assert.deepEqual([ids(single).length, single['cursor'].id], [2, long(0)])
    }))

  test('never fills a batch beyond 16 MiB, and one document always fits', () =>
    withStandalone(async ({ run }) => {
      const a = 'a'.repeat(6 * 1024 * 1024)
      for (let _id = 0; _id < 4; _id++) await run({ insert: 'c', documents: [{ _id, a }] })
      const first = await run({ find: 'c' })
      assert.deepEqual(ids(first), ['0', '1'])
      assert.deepEqual(ids(await run({ getMore: cursorId(first), collection: 'c' })), ['2', '3'])
    }))

  test('with a hint follows the index, and refuses one that is not there', () =>
    withStandalone(async ({ run, refused }) => {
      await run({
        insert: 'c',
        documents: [
          { _id: 1, a: 2 },
          { _id: 2, a: 1 }
        ]
      })
      await run({ createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'a_1' }] })
      for (const hint of ['a_1', { a: 1 }]) assert.deepEqual(ids(await run({ find: 'c', hint })), ['2', '1'])
      for (const others of [{}, { sort: { a: 1 } }, { filter: { _id: 1 } }])
        assert.match(
          await refused({ find: 'c', hint: 'b_1', ...others }, 2, 'BadValue'),
          /^error processing query: .*caused by :: hint provided does not correspond to an existing index$/
        )
    }))

  test('takes a collation for its filter and its sort', () =>
    withStandalone(async ({ run }) => {
      await run({ insert: 'c', documents: [{ _id: 'a' }, { _id: 'A' }, { _id: 'b' }] })
      const collation = { locale: 'en', strength: 2 }
      assert.deepEqual((await run({ find: 'c', filter: { _id: 'a' }, collation }))['cursor'].firstBatch.length, 2)
      assert.deepEqual((await run({ find: 'c', filter: { _id: 'a' } }))['cursor'].firstBatch.length, 1)
    }))

  test('a cursor of one session is refused to another, and killed with its session', () =>
    withStandalone(async ({ run, refused, member }) => {
      const lsid = { id: new BSON.UUID('00112233445566778899aabbccddeeff') }
      await run({ insert: 'c', documents: numbered(5) })
      const id = cursorId(await run({ find: 'c', batchSize: 2, lsid }))
      await refused({ getMore: id, collection: 'c' }, 50737, 'Location50737')
      const other = { id: new BSON.UUID('ffffffffffffffffffffffffffffffff') }
      await refused({ getMore: id, collection: 'c', lsid: other }, 50738, 'Location50738')
      assert.deepEqual(ids(await run({ getMore: id, collection: 'c', batchSize: 1, lsid })), ['2'])
      assert.deepEqual(member.sessions(), ['00112233445566778899aabbccddeeff', 'f'.repeat(32)])
      assert.deepEqual(await run({ endSessions: [lsid] }), ok)
      assert.deepEqual(member.sessions(), ['f'.repeat(32)])
      assert.equal(member.openCursors(), 0)
    }))

  test('cursor ids are positive int64, and most are beyond what a double holds', () =>
    withStandalone(async ({ run }) => {
      await run({ insert: 'c', documents: numbered(3) })
      const drawn: bigint[] = []
      for (let i = 0; i < 8; i++) drawn.push(cursorId(await run({ find: 'c', batchSize: 1 })).toBigInt())
      assert.ok(drawn.every(id => id > 0n && id < 2n ** 63n))
      assert.ok(drawn.some(id => id > 2n ** 53n))
      assert.equal(new Set(drawn).size, drawn.length)
    }))

  test('getMore of a cursor that is not there, of another namespace, or with a maxTimeMS is refused', () =>
    withStandalone(async ({ run, refused }) => {
      await refused({ getMore: Long.fromNumber(7), collection: 'c' }, 43, 'CursorNotFound')
      await run({ insert: 'c', documents: numbered(3) })
      const id = cursorId(await run({ find: 'c', batchSize: 1 }))
      await refused({ getMore: id, collection: 'other' }, 13, 'Unauthorized')
      await refused({ getMore: id, collection: 'c', maxTimeMS: 5 }, 2, 'BadValue')
      await refused({ getMore: id, collection: 'c', batchSize: -1 }, 51024, 'Location51024')
    }))

  test('killCursors tells which cursors were there', () =>
    withStandalone(async ({ run }) => {
      await run({ insert: 'c', documents: numbered(3) })
      const id = cursorId(await run({ find: 'c', batchSize: 1 }))
      assert.deepEqual(await run({ killCursors: 'c', cursors: [id, Long.fromNumber(7)] }), {
        cursorsKilled: [long(id.toString())],
        cursorsNotFound: [long(7)],
        cursorsAlive: [],
        cursorsUnknown: [],
        ...ok
      })
    }))
})

describe('update', () => {
  test('tells what matched and what it changed, and keeps types and the order of documents', () =>
    withStandalone(async ({ run }) => {
      await run({
        insert: 'c',
        documents: [
          { _id: 1, n: Long.fromNumber(1) },
          { _id: 2, n: new Double(1) },
          { _id: 3, n: 5 }
        ]
      })
      const updates = [{ q: { n: 1 }, u: { $inc: { n: 1 } }, multi: true }]
      assert.deepEqual(await run({ update: 'c', updates }), { n: int(2), nModified: int(2), ...ok })
      const unchanged = await run({ update: 'c', updates: [{ q: { _id: 3 }, u: { $set: { n: 5 } } }] })
      assert.deepEqual(unchanged, { n: int(1), nModified: int(0), ...ok })
      assert.deepEqual((await run({ find: 'c' }))['cursor'].firstBatch, [
        { _id: int(1), n: long(2) },
        { _id: int(2), n: double(2) },
        { _id: int(3), n: int(5) }
      ])
    }))

  test('upserts, and tells the _id by the index of its statement', () =>
    withStandalone(async ({ run }) => {
      const updates = [
        { q: { _id: 1 }, u: { $set: { a: 1 } } },
        { q: { _id: 2, b: 3 }, u: { $set: { a: 1 }, $setOnInsert: { c: 2 } }, upsert: true }
      ]
      const upserted = [{ index: int(1), _id: int(2) }]
      assert.deepEqual(await run({ update: 'c', updates }), { n: int(1), nModified: int(0), upserted, ...ok })
      assert.deepEqual((await run({ find: 'c' }))['cursor'].firstBatch, [
        { _id: int(2), b: int(3), a: int(1), c: int(2) }
      ])
      const replaced = await run({ update: 'c', updates: [{ q: {}, u: { z: 1 } }] })
      assert.deepEqual(replaced, { n: int(1), nModified: int(1), ...ok })
      assert.deepEqual((await run({ find: 'c' }))['cursor'].firstBatch, [{ _id: int(2), z: int(1) }])
    }))

  test('of one document takes the first in the order of its sort', () =>
    withStandalone(async ({ run }) => {
      await run({ insert: 'c', documents: numbered(3) })
      await run({ update: 'c', updates: [{ q: {}, u: { $set: { a: 1 } }, sort: { _id: -1 } }] })
      assert.deepEqual(ids(await run({ find: 'c', filter: { a: 1 } })), ['2'])
    }))

  test('that breaks a unique index, the _id or its own grammar is a write error', () =>
    withStandalone(async ({ run }) => {
      await run({
        insert: 'c',
        documents: [
          { _id: 1, a: 1 },
          { _id: 2, a: 2 }
        ]
      })
      await run({ createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'a', unique: true }] })
      for (const [u, code] of [
        [{ $set: { a: 2 } }, 11000],
        [{ $set: { _id: 9 } }, 66],
        [{ $nothing: { a: 1 } }, 9]
      ] as const) {
        const reply = await run({ update: 'c', updates: [{ q: { _id: 1 }, u }] })
        assert.deepEqual(reply['writeErrors'][0].code, int(code))
        assert.deepEqual(reply['n'], int(0))
      }
    }))

  test('with a statement that makes no sense fails as a whole, before anything is written', () =>
    withStandalone(async ({ run, refused }) => {
      const good = { q: { _id: 1 }, u: { $set: { a: 1 } }, upsert: true }
      await refused({ update: 'c', updates: [good, { ...good, c: { x: 1 } }] }, 238, 'NotImplemented')
      await refused({ update: 'c', updates: [good, { u: {} }] }, 40414, 'IDLFailedToParse')
      await refused({ update: 'c', updates: [good, { ...good, multi: true, sort: { a: 1 } }] }, 9, 'FailedToParse')
      assert.deepEqual(await run({ count: 'c' }), { n: int(0), ...ok })
    }))
})

describe('delete', () => {
  test('takes one or all, and gives their keys free', () =>
    withStandalone(async ({ run }) => {
      await run({ insert: 'c', documents: numbered(5) })
      assert.deepEqual(await run({ delete: 'c', deletes: [{ q: { _id: { $gt: 1 } }, limit: 1 }] }), {
        n: int(1),
        ...ok
      })
      assert.deepEqual(ids(await run({ find: 'c' })), ['0', '1', '3', '4'])
      assert.deepEqual(await run({ delete: 'c', deletes: [{ q: {}, limit: 0 }] }), { n: int(4), ...ok })
      assert.deepEqual(await run({ insert: 'c', documents: [{ _id: 3 }] }), { n: int(1), ...ok })
    }))

  test('with another limit is refused', () =>
    withStandalone(async ({ refused }) => {
      await refused({ delete: 'c', deletes: [{ q: {}, limit: 2 }] }, 9, 'FailedToParse')
      await refused({ delete: 'c', deletes: [{ q: {} }] }, 40414, 'IDLFailedToParse')
    }))
})

describe('findAndModify', () => {
  test('gives the document as it was or as it is, and says what happened', () =>
    withStandalone(async ({ run }) => {
      await run({ insert: 'c', documents: [{ _id: 1, a: 1 }] })
      const command = { findAndModify: 'c', query: { _id: 1 }, update: { $inc: { a: 1 } } }
      const lastErrorObject = { n: int(1), updatedExisting: true }
      assert.deepEqual(await run(command), { lastErrorObject, value: { _id: int(1), a: int(1) }, ...ok })
      assert.deepEqual(await run({ ...command, new: true, fields: { _id: 0 } }), {
        lastErrorObject,
        value: { a: int(3) },
        ...ok
      })
      const removed = await run({ findAndModify: 'c', query: { a: 3 }, remove: true })
      assert.deepEqual(removed, { lastErrorObject: { n: int(1) }, value: { _id: int(1), a: int(3) }, ...ok })
      const nothing = await run(command)
      assert.deepEqual(nothing, { lastErrorObject: { n: int(0), updatedExisting: false }, value: null, ...ok })
      const upserted = await run({ ...command, upsert: true, new: true })
      assert.deepEqual(upserted, {
        lastErrorObject: { n: int(1), updatedExisting: false, upserted: int(1) },
        value: { _id: int(1), a: int(1) },
        ...ok
      })
    }))

  test('of a key that is there fails as a whole, with the key', () =>
    withStandalone(async ({ run }) => {
      await run({
        insert: 'c',
        documents: [
          { _id: 1, a: 1 },
          { _id: 2, a: 2 }
        ]
      })
      await run({ createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'a', unique: true }] })
      const reply = await run({ findAndModify: 'c', query: { _id: 1 }, update: { $set: { a: 2 } } })
      assert.deepEqual(
        [reply['ok'], reply['code'], reply['codeName'], reply['keyPattern'], reply['keyValue']],
        [double(0), int(11000), 'DuplicateKey', { a: int(1) }, { a: int(2) }]
      )
    }))

  test('that says remove and update, or neither, is refused', () =>
    withStandalone(async ({ refused }) => {
      await refused({ findAndModify: 'c', remove: true, update: { $set: { a: 1 } } }, 9, 'FailedToParse')
      await refused({ findAndModify: 'c' }, 9, 'FailedToParse')
    }))
})

describe('count, distinct and aggregate', () => {
  test('count takes a query, a skip and a limit; a missing collection counts 0', () =>
    withStandalone(async ({ run }) => {
      await run({ insert: 'c', documents: numbered(10) })
      assert.deepEqual(await run({ count: 'c' }), { n: int(10), ...ok })
      assert.deepEqual(await run({ count: 'c', query: { _id: { $lt: 8 } }, skip: 2, limit: 5 }), { n: int(5), ...ok })
      assert.deepEqual(await run({ count: 'none' }), { n: int(0), ...ok })
    }))

  test('distinct tells values once, whatever their number type, and those within arrays', () =>
    withStandalone(async ({ run }) => {
      await run({ insert: 'c', documents: [{ a: 1 }, { a: new Double(1) }, { a: ['x', 1] }, { b: 1 }] })
      assert.deepEqual((await run({ distinct: 'c', key: 'a' }))['values'].length, 2)
    }))

  test('a deployment evaluates pipelines', () =>
    withStandalone(async ({ run }) => {
      await run({ insert: 'c', documents: [{ a: 1 }, { a: 2 }, { a: 2 }] })
      const pipeline = [{ $match: { a: 2 } }, { $group: { _id: 1, n: { $sum: 1 } } }]
      const reply = await run({ aggregate: 'c', pipeline, cursor: {} })
      assert.deepEqual(reply['cursor'].firstBatch, [{ _id: int(1), n: int(2) }])
    }))
})

test('generated identifiers come from the seed', async () => {
  const seen: unknown[] = []
  for (let i = 0; i < 2; i++) {
    await withStandalone(async ({ run }) => {
      await run({ insert: 'c', documents: [{ a: 1 }] })
      seen.push(ids(await run({ find: 'c' }))[0])
    }, 7)
  }
  assert.ok(ObjectId.isValid(String(seen[0])))
  assert.equal(seen[0], seen[1])
})

test('$listLocalSessions shows the sessions that commands carried', () =>
  withStandalone(async ({ run }) => {
    const id = new BSON.UUID('00112233445566778899aabbccddeeff')
    await run({ ping: 1, lsid: { id } })
    const reply = await run({ aggregate: 1, pipeline: [{ $listLocalSessions: {} }], cursor: {} })
    const found = reply['cursor'].firstBatch.map((each: Document) => each['_id'].id.$binary.base64 as string)
    assert.deepEqual(found, [Buffer.from(id.toHexString(false), 'hex').toString('base64')])
  }))
