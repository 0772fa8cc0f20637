import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  BSON,
  BSONError,
  decodeBatch,
  decodeDocument,
  decodeSequence,
  type Document,
  ObjectId
} from '../../src/bson/index.ts'
import { anyDocument, everyType, nestedBytes } from './documents.ts'

fc.configureGlobal({ seed: 2_013 })

/** As the runtime lends it: not a `Buffer`, and not at the beginning of its memory. */
function lent(bytes: Uint8Array): Uint8Array {
  const memory = new Uint8Array(bytes.length + 100)
  memory.set(bytes, 60)
  return memory.subarray(50, bytes.length + 70)
}

test('nothing that is decoded aliases the bytes: they are overwritten and every type stays', () => {
  const encoded = BSON.serialize(everyType())
  for (const options of [undefined, { promoteBuffers: true }, { promoteValues: false }, { bsonRegExp: true }]) {
    const bytes = lent(encoded)
    const document = decodeDocument(bytes, 10, encoded.length, options)
    bytes.fill(0xdd)
    assert.deepStrictEqual(document, BSON.deserialize(encoded, options))
  }
})

test('no binary value shares memory with the bytes', () => {
  const encoded = BSON.serialize({ a: Buffer.from('binary'), b: new BSON.UUID('01234567-89ab-4def-8123-456789abcdef') })
  const bytes = lent(encoded)
  const document = decodeDocument(bytes, 10, encoded.length)
  assert.notEqual(document['a'].buffer.buffer, bytes.buffer)
  assert.notEqual(document['b'].buffer.buffer, bytes.buffer)
})

test('documents decode as the library decodes them', () => {
  fc.assert(
    fc.property(anyDocument, document => {
      const encoded = BSON.serialize(document)
      const decoded = decodeDocument(lent(encoded), 10, encoded.length)
      assert.deepStrictEqual(decoded, BSON.deserialize(encoded))
      assert.deepStrictEqual(Object.keys(decoded), Object.keys(BSON.deserialize(encoded)))
    })
  )
})

test('a key __proto__ is a field and pollutes nothing', () => {
  const encoded = BSON.serialize(JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "toString": 2}'))
  const document = decodeDocument(encoded, 0, encoded.length)
  assert.equal(Object.getPrototypeOf(document), Object.prototype)
  assert.deepEqual(Object.keys(document), ['__proto__', 'constructor', 'toString'])
  assert.equal(({} as Document)['polluted'], undefined)
})

test('too many levels are refused before anything is made of them', () => {
  const bytes = nestedBytes(1_000_000)
  assert.throws(() => decodeDocument(bytes, 0, bytes.length), /nested deeper/)
})

test('a batch is appended to what is there, and its length returned', () => {
  const array = BSON.serialize({ 0: { a: 1 }, 1: { b: Buffer.from('x') } })
  const bytes = lent(array)
  const into: Document[] = [{ first: true }]
  assert.equal(decodeBatch(bytes, 10, 10 + array.length, into), 2)
  bytes.fill(0xdd)
  assert.deepStrictEqual(into, [{ first: true }, { a: 1 }, { b: new BSON.Binary(Buffer.from('x')) }])
})

test('an empty batch appends nothing', () => {
  const into: Document[] = []
  assert.equal(decodeBatch(BSON.serialize({}), 0, 5, into), 0)
  assert.deepEqual(into, [])
})

test('a batch that breaks in the middle appends nothing', () => {
  const array = Buffer.from(BSON.serialize({ 0: { a: 1 }, 1: { a: 'text' } }))
  array[array.lastIndexOf('text')] = 0xff
  const into: Document[] = [{ first: true }]
  assert.throws(() => decodeBatch(array, 0, array.length, into), BSONError)
  assert.deepEqual(into, [{ first: true }])
})

test('a batch of anything but documents is refused', () => {
  const array = BSON.serialize({ 0: 1 })
  assert.throws(() => decodeBatch(array, 0, array.length, []), /value of type 16/)
})

test('documents in a row are decoded up to the end, and none if one breaks', () => {
  const row = Buffer.concat([BSON.serialize({ a: 1 }), BSON.serialize({ b: 2 })])
  const into: Document[] = []
  assert.equal(decodeSequence(row, 0, row.length, into), 2)
  assert.deepEqual(into, [{ a: 1 }, { b: 2 }])
  assert.throws(() => decodeSequence(row, 0, row.length - 1, into), BSONError)
  assert.equal(into.length, 2)
})

test('the library copies the bytes of an identifier, so that one array can serve for all', () => {
  const lent = new Uint8Array(12).fill(1)
  const first = new ObjectId(lent)
  lent.fill(2)
  const second = new ObjectId(lent)
  assert.equal(first.toHexString(), '01'.repeat(12))
  assert.equal(second.toHexString(), '02'.repeat(12))
  const ids = [first, second]
  const bytes = BSON.serialize({ ids })
  assert.deepStrictEqual(decodeDocument(bytes, 0, bytes.length), { ids })
})
