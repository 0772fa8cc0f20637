import { test } from 'node:test'
import { Timestamp } from '../../../src/bson/index.ts'
import {
  type BSONDocument,
  compileUpdate,
  prepareForInsert,
  upsertDocument
} from '../../../src/embedded/query/index.ts'
import { assertDocument, assertFails, doc, type Fields, testId, testTimestamp, updateContext } from './documents.ts'

const insertContext = { newId: () => testId, timestamp: () => testTimestamp }

function upserted(filter: Fields, update: Fields | Fields[]): BSONDocument {
  const compiled = compileUpdate(Array.isArray(update) ? update.map(doc) : doc(update), updateContext)
  return upsertDocument(doc(filter), compiled, insertContext)
}

test('the document has _id first, the filter’s exact fields in their order, then the update’s', () => {
  assertDocument(upserted({ x: 1, a: 2 }, { $set: { c: 4, b: 3 } }), { _id: testId, x: 1, a: 2, b: 3, c: 4 })
  assertDocument(upserted({ x: 1, _id: 7 }, { $set: { a: 1 } }), { _id: 7, x: 1, a: 1 })
  assertDocument(upserted({ a: 1 }, { $inc: { a: 5 } }), { _id: testId, a: 6 })
  assertDocument(upserted({ 'a.b': 1, 'a.c': 2 }, { $set: { 'a.d': 3 } }), { _id: testId, a: { b: 1, c: 2, d: 3 } })
  assertDocument(upserted({ '_id.x': 1, '_id.y': 2 }, { $set: { a: 1 } }), { _id: { x: 1, y: 2 }, a: 1 })
})

test('a field is exact by a value, $eq, $and, a single $or, or a list of one', () => {
  assertDocument(
    upserted({ a: { $eq: 1 }, b: { $gt: 2 }, c: /x/, d: { $in: [4] }, e: { $all: [5] } }, { $set: { z: 1 } }),
    { _id: testId, a: 1, d: 4, e: 5, z: 1 }
  )
  assertDocument(upserted({ $and: [{ a: 1 }, { $or: [{ b: 2 }] }], $nor: [{ c: 3 }] }, { $set: {} }), {
    _id: testId,
    a: 1,
    b: 2
  })
  assertDocument(upserted({ $or: [{ a: 1 }, { a: 2 }], b: { $in: [1, 2] }, c: { $ne: 1 } }, { $set: {} }), {
    _id: testId
  })
  assertDocument(upserted({ a: { $in: [/x/] }, b: { $all: [{ $elemMatch: { c: 1 } }] } }, { $set: {} }), {
    _id: testId
  })
  assertDocument(upserted({ a: { b: 1 } }, { $set: {} }), { _id: testId, a: { b: 1 } })
})

test('two exact values of one field are refused', () => {
  assertFails(54, /path 'a' is matched twice/, () => upserted({ $and: [{ a: 1 }, { a: 2 }] }, { $set: {} }))
  assertFails(54, /both paths 'a' and 'a.b' are matched/, () => upserted({ a: {}, 'a.b': 1 }, { $set: {} }))
})

test('$setOnInsert takes part, and may give the _id', () => {
  assertDocument(upserted({ a: 1 }, { $setOnInsert: { b: 2, _id: 5 }, $set: { c: 3 } }), { _id: 5, a: 1, b: 2, c: 3 })
})

test('the update may give an _id only where the filter gives none, or the same', () => {
  assertDocument(upserted({ a: 1 }, { $set: { _id: 5 } }), { _id: 5, a: 1 })
  assertDocument(upserted({ _id: 5 }, { $set: { _id: 5 } }), { _id: 5 })
  assertFails(66, /immutable/, () => upserted({ _id: 1 }, { $set: { _id: 2 } }))
  assertFails(66, /immutable/, () => upserted({ _id: 1 }, { _id: 2 }))
  assertFails(2, /cannot be of type array/, () => upserted({}, { _id: [1] }))
})

test('of a replacement the filter gives the _id alone', () => {
  assertDocument(upserted({ _id: 3, a: 1 }, { b: 2 }), { _id: 3, b: 2 })
  assertDocument(upserted({ a: 1 }, { b: 2, _id: 4 }), { _id: 4, b: 2 })
  assertDocument(upserted({ _id: { $gt: 3 } }, { b: 2 }), { _id: testId, b: 2 })
  assertFails(111, /"_id.x"/, () => upserted({ '_id.x': 1 }, { b: 2 }))
})

test('a pipeline works on the filter’s exact fields', () => {
  assertDocument(upserted({ _id: 1, a: 2 }, [{ $set: { b: 3 } }, { $unset: 'a' }]), { _id: 1, b: 3 })
})

test('an insert puts _id first, makes one, fills empty timestamps, and refuses what no collection stores', () => {
  const prepared = (fields: Fields): BSONDocument => prepareForInsert(doc(fields), insertContext)
  assertDocument(prepared({ a: 1, _id: 2 }), { _id: 2, a: 1 })
  assertDocument(prepared({ a: 1 }), { _id: testId, a: 1 })
  assertDocument(prepared({ _id: null }), { _id: null })
  assertDocument(prepared({ _id: new Timestamp(0n), a: new Timestamp(0n) }), {
    _id: new Timestamp(0n),
    a: testTimestamp
  })
  assertFails(2, /type array/, () => prepared({ _id: [] }))
  assertFails(2, /type regex/, () => prepared({ _id: /x/ }))
  assertFails(52, /\$x is not valid for storage/, () => prepared({ _id: { $x: 1 } }))
})
