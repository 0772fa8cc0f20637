import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BSON, commandBytesMax, type Document, encodeDocument } from '../../src/bson/index.ts'
import { MongoInvalidArgumentError } from '../../src/errors/index.ts'
import { anyDocument, everyType } from './documents.ts'

fc.configureGlobal({ seed: 2_013 })

function refused(pattern: RegExp) {
  return (error: unknown) => error instanceof MongoInvalidArgumentError && pattern.test(error.message)
}

function nested(levels: number): Document {
  // The empty key makes the smallest levels there are.
  let document = {}
  for (let level = 1; level < levels; level++) document = { '': document }
  return document
}

test('documents are encoded as the library encodes them', () => {
  assert.deepEqual(encodeDocument(everyType()), BSON.serialize(everyType()))
  fc.assert(fc.property(anyDocument, document => assert.deepEqual(encodeDocument(document), BSON.serialize(document))))
})

test('the bytes belong to the caller: a later document does not change them', () => {
  const first = encodeDocument({ a: 'first' })
  encodeDocument({ a: 'later' })
  assert.deepEqual(BSON.deserialize(first), { a: 'first' })
})

test('undefined is left out, or written as null if wanted', () => {
  assert.deepEqual(BSON.deserialize(encodeDocument({ a: undefined, b: [undefined] })), { b: [null] })
  assert.deepEqual(BSON.deserialize(encodeDocument({ a: undefined }, false)), { a: null })
})

test('a Map keeps the order of keys that look like integers', () => {
  const map = new Map<string, unknown>([
    ['b', 1],
    ['0', 2]
  ])
  assert.equal(Buffer.from(encodeDocument(map as Document)).indexOf('b') < 7, true)
})

test('getters and toBSON run exactly once', () => {
  let calls = 0
  const filler = 'x'.repeat(100_000)
  encodeDocument({
    get counted() {
      calls++
      return filler
    },
    other: { toBSON: () => ({ calls: ++calls }) }
  })
  assert.equal(calls, 2)
})

test("an error of the user's own getter stays what it is", () => {
  const own = new Error('own')
  const document = {
    get broken(): never {
      throw own
    }
  }
  assert.throws(() => encodeDocument(document), own)
  assert.deepEqual(encodeDocument({}), BSON.serialize({}))
})

test('a cycle is refused, and the error says where', () => {
  const document: Document = { list: [{ fine: 1 }, {}] }
  document['list'][1].back = document
  assert.throws(() => encodeDocument(document), refused(/at "list\.1\.back": it contains a cycle/))
})

test('the same object twice is no cycle', () => {
  const shared = { a: 1 }
  assert.deepEqual(BSON.deserialize(encodeDocument({ b: shared, c: shared })), { b: { a: 1 }, c: { a: 1 } })
})

test('a key with NUL is refused at any level, and the error says where', () => {
  assert.throws(() => encodeDocument({ a: { 'b\0c': 1 } }), refused(/at "a\.b\\u0000c".*null bytes/))
})

test('what only looks like a BSON type is refused, at the root too', () => {
  const forged = JSON.parse('{"_bsontype": "ObjectId", "id": "0123456789ab"}')
  assert.throws(() => encodeDocument({ filter: { _id: forged } }), refused(/at "filter\._id"/))
  assert.throws(() => encodeDocument(forged), refused(/cannot be encoded/))
})

test('200 levels are encoded and 201 refused', () => {
  for (const levels of [1, 199, 200]) assert.equal(encodeDocument(nested(levels)).length, 7 * levels - 2)
  for (const levels of [201, 100_000]) {
    assert.throws(() => encodeDocument(nested(levels)), refused(/nested deeper than 200 levels/))
  }
})

test('a document is refused beyond the largest command, and taken at exactly that', () => {
  // Length, type, "s", its end, length of the text, its end, end of the document.
  const around = 4 + 1 + 2 + 4 + 1 + 1
  assert.equal(encodeDocument({ s: 'x'.repeat(commandBytesMax - around) }).length, commandBytesMax)
  assert.throws(() => encodeDocument({ s: 'x'.repeat(commandBytesMax - around + 1) }), refused(/16793601 bytes/))
})

test('documents that overflow the buffer of the library are refused, never cut', () => {
  const huge: Document[] = [
    { s: 'x'.repeat(20_000_000) },
    { s: 'é'.repeat(10_000_000) },
    { s: Array(20).fill('x'.repeat(1_000_000)) },
    { s: Array(2_000_000).fill(1) },
    { s: Buffer.alloc(20_000_000) }
  ]
  for (const document of huge) {
    assert.throws(() => encodeDocument(document), refused(/a command's limit is 16793600/))
  }
})

test('a document whose getter encodes another one is refused, since the library has one buffer', () => {
  const document = {
    before: 1,
    get inner() {
      return encodeDocument({ a: 1 })
    }
  }
  assert.throws(() => encodeDocument(document), refused(/began to encode another/))
  assert.deepEqual(encodeDocument({ a: 1 }), BSON.serialize({ a: 1 }))
})
