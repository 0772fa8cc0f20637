/**
 * Libraries that query plain objects go wrong on BSON in known ways, most of them without a word. Each has its test here.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BSONRegExp, Decimal128, Double, Int32, Long, ObjectId, Timestamp, UUID } from '../../../src/bson/index.ts'
import {
  compileCollation,
  compileFilter,
  compileProjection,
  compileSort,
  compileUpdate,
  encodeDocument,
  upsertDocument
} from '../../../src/embedded/query/index.ts'
import {
  assertDocument,
  assertFails,
  assertUpdated,
  doc,
  matches,
  testId,
  testTimestamp,
  text,
  updateContext,
  updated
} from './documents.ts'

const numbers = [new Int32(1), Long.fromNumber(1), new Double(1), Decimal128.fromString('1.0')]

test('a filter by a number finds it in all four types of numbers, and by each of them', () => {
  for (const stored of numbers) {
    for (const asked of numbers) {
      assert.ok(matches({ a: asked }, { a: stored }))
      assert.ok(matches({ a: { $gte: asked } }, { a: stored }))
      assert.ok(!matches({ a: { $gt: asked } }, { a: stored }))
    }
  }
})

test('$inc changes a long, and refuses a string', () => {
  assertUpdated({ a: Long.fromNumber(1) }, { $inc: { a: 2 } }, { a: Long.fromNumber(3) })
  assertFails(14, /\$inc/, () => updated({ a: 'x' }, { $inc: { a: 1 } }))
})

test('numbers of different types are sorted by value', () => {
  const ascending = [new Double(2), Decimal128.fromString('5'), Long.fromNumber(9), new Int32(10), Long.fromNumber(100)]
  const documents = ascending.map(a => doc({ a }))
  const sorted = compileSort(doc({ a: 1 })).sorted(documents.toReversed(), document => document)
  assert.deepEqual(sorted.map(text), documents.map(text))
})

test('values of different types are sorted by the order of types, not by names of classes', () => {
  const values = [
    null,
    1,
    'x',
    { b: 1 },
    new UUID('00000000-0000-4000-8000-000000000000'),
    new ObjectId('0123456789abcdef01234567'),
    true,
    new Date(0),
    new Timestamp({ t: 1, i: 1 }),
    new BSONRegExp('x')
  ]
  const documents = values.map(a => doc({ a }))
  const sorted = compileSort(doc({ a: 1 })).sorted(documents.toReversed(), document => document)
  assert.deepEqual(sorted.map(text), documents.map(text))
})

test('a descending sort takes an array’s greatest element', () => {
  const sorted = compileSort(doc({ a: -1 })).sorted([doc({ a: 2 }), doc({ a: [3, 1] })], document => document)
  assert.deepEqual(sorted.map(text), [text(doc({ a: [3, 1] })), text(doc({ a: 2 }))])
})

test('$type tells an int from a double, and knows long, objectId, decimal and timestamp', () => {
  assert.ok(matches({ a: { $type: 'int' } }, { a: new Int32(1) }))
  assert.ok(!matches({ a: { $type: 'double' } }, { a: new Int32(1) }))
  assert.ok(matches({ a: { $type: 'long' } }, { a: Long.fromNumber(1) }))
  assert.ok(matches({ a: { $type: 'objectId' } }, { a: testId }))
  assert.ok(matches({ a: { $type: 'decimal' } }, { a: Decimal128.fromString('1') }))
  assert.ok(matches({ a: { $type: 'timestamp' } }, { a: testTimestamp }))
})

test('$gte of null finds absent fields, and null is found in an array’s documents', () => {
  assert.ok(matches({ a: { $gte: null } }, {}))
  assert.ok(matches({ 'a.b': null }, { a: [{ b: 1 }, {}] }))
})

test('documents with their fields in another order are not equal', () => {
  assert.ok(!matches({ a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } }))
})

test('a BSON regular expression in a filter matches strings', () => {
  assert.ok(matches({ a: new BSONRegExp('^p', 'i') }, { a: 'Ping' }))
})

test('a collation decides on equality in filters', () => {
  const strings = compileCollation(doc({ locale: 'en_US', strength: 2 }))
  assert.ok(matches({ a: 'ping' }, { a: 'PING' }, { strings }))
})

test('an upsert inserts, with $setOnInsert, and by a replacement', () => {
  const context = { newId: () => testId, timestamp: () => testTimestamp }
  const byOperators = compileUpdate(doc({ $setOnInsert: { b: 1 } }), updateContext)
  assertDocument(upsertDocument(doc({ a: 1 }), byOperators, context), { _id: testId, a: 1, b: 1 })
  const byReplacement = compileUpdate(doc({ b: 1 }), updateContext)
  assertDocument(upsertDocument(doc({ a: 1 }), byReplacement, context), { _id: testId, b: 1 })
})

test('$currentDate of type timestamp writes a timestamp', () => {
  assertUpdated({}, { $currentDate: { a: { $type: 'timestamp' } } }, { a: testTimestamp })
})

test('$push to what is no array is refused', () => {
  assertFails(2, /must be an array/, () => updated({ a: 1 }, { $push: { a: 1 } }))
})

test('neither an update nor a projection changes the document that it is given', () => {
  const stored = doc({ _id: 1, a: { b: [1] } })
  const bytes = encodeDocument(stored)
  const projected = compileProjection(doc({ 'a.b': 1 }))(stored)
  compileUpdate(doc({ $push: { 'a.b': 2 } }), updateContext).apply(projected)
  assert.deepEqual(encodeDocument(stored), bytes)
})

test('a filter whose only name is __proto__ matches what it says, not everything', () => {
  const filter = compileFilter(new Map([['__proto__', new Int32(1)]]))
  assert.ok(!filter(doc({ a: 1 })))
  assert.ok(filter(new Map([['__proto__', new Int32(1)]])))
})

test('updates and projections of __proto__ work as those of any other name', () => {
  const update = compileUpdate(new Map([['$set', new Map([['__proto__', new Int32(1)]])]]), updateContext)
  const { document } = update.apply(new Map())
  assert.deepEqual([...document.keys()], ['__proto__'])
  const projected = compileProjection(new Map([['__proto__', new Int32(1)]]))(document)
  assert.deepEqual([...projected.keys()], ['__proto__'])
})

test('an unknown operator is refused with BadValue', () => {
  assertFails(2, /unknown operator: \$x/, () => compileFilter(doc({ a: { $x: 1 } })))
})
