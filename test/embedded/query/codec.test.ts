import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BSON, Int32, Long } from '../../../src/bson/index.ts'
import {
  decodeDocument,
  decodingDepthMax,
  encodeDocument,
  fromObject,
  toObject
} from '../../../src/embedded/query/index.ts'
import { bsonDocument, seeded } from './arbitraries.ts'
import { assertFails } from './documents.ts'

const hex = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits.replaceAll(' ', ''), 'hex'))

test('a document of any types is read and written byte for byte', () => {
  fc.assert(
    fc.property(bsonDocument, document => {
      const bytes = encodeDocument(document)
      assert.deepEqual(encodeDocument(decodeDocument(bytes)), bytes)
    }),
    seeded
  )
})

test('the bytes are those that the library writes', () => {
  const fields = { a: 1, b: 1.5, c: Long.fromNumber(7), d: [true, null, { e: 'ü' }], f: new Date(5), g: /x/i }
  assert.deepEqual(encodeDocument(fromObject(fields)), new Uint8Array(BSON.serialize(fields)))
})

test('a number keeps its type', () => {
  const document = fromObject({ int: new Int32(1), long: Long.fromNumber(1), double: new BSON.Double(1) })
  assert.deepEqual([...document.values()].map(String), ['1', '1', '1'])
  assert.ok(document.get('int') instanceof Int32)
  assert.ok(document.get('long') instanceof Long)
  assert.ok(document.get('double') instanceof BSON.Double)
})

test('names that look like indices keep their places, and __proto__ is a name like any other', () => {
  const document = new Map<string, Int32>([
    ['z', new Int32(1)],
    ['7', new Int32(2)],
    ['__proto__', new Int32(3)],
    ['constructor', new Int32(4)]
  ])
  assert.deepEqual([...decodeDocument(encodeDocument(document)).keys()], ['z', '7', '__proto__', 'constructor'])
})

test('undefined, a DBPointer, code with scope and a date beyond JavaScript come back as they were', () => {
  for (const element of [
    '06 6100',
    '0c 6100 02000000 78 00 0102030405060708090a0b0c',
    '0f 6100 0f000000 02000000 7800 0500000000',
    '09 6100 ffffffffffffff7f',
    '0d 6100 02000000 7800'
  ]) {
    const body = hex(element)
    const bytes = new Uint8Array([body.length + 5, 0, 0, 0, ...body, 0])
    assert.deepEqual(encodeDocument(decodeDocument(bytes)), bytes)
  }
})

test('a byte order mark at the beginning of a string is kept', () => {
  assert.equal(decodeDocument(BSON.serialize({ a: '\ufeffx' })).get('a'), '\ufeffx')
})

test('nothing that was decoded aliases the bytes', () => {
  const bytes = BSON.serialize({
    b: new BSON.Binary(new Uint8Array([1, 2])),
    o: new BSON.ObjectId('0123456789abcdef01234567'),
    d: BSON.Decimal128.fromString('1')
  })
  const document = decodeDocument(bytes)
  const before = encodeDocument(document)
  bytes.fill(0)
  assert.deepEqual(encodeDocument(document), before)
})

test('malformed bytes are refused with InvalidBSON, wherever the fault is', () => {
  const whole = BSON.serialize({ a: 'text', b: { c: [1, new BSON.Binary(new Uint8Array(3), 2)] }, d: /x/ })
  for (let length = 0; length < whole.length; length += 1) {
    assertFails(22, /malformed BSON at byte/, () => decodeDocument(whole.subarray(0, length)))
  }
  assertFails(22, /no BSON type 32/, () => decodeDocument(hex('08000000 20 6100 00')))
  assertFails(22, /not UTF-8/, () => decodeDocument(hex('0e000000 02 6100 02000000 ff00 00')))
  assertFails(22, /"a" stands twice/, () => decodeDocument(hex('0b000000 0a6100 0a6100 00')))
  assertFails(22, /no options of a regular expression/, () => decodeDocument(hex('0c000000 0b 6100 7800 7a00 00')))
})

test('every change of one byte is read or refused, and never anything else', () => {
  const whole = BSON.serialize({ a: 'text', b: { c: [1, new BSON.Binary(new Uint8Array(3), 2)] }, d: /x/, e: 1.5 })
  fc.assert(
    fc.property(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 0, max: 255 }), (at, byte) => {
      const changed = Uint8Array.from(whole)
      changed[at] = byte
      try {
        decodeDocument(changed)
      } catch (error) {
        assert.equal((error as Error).name, 'CommandFailure')
      }
    }),
    { ...seeded, numRuns: 2000 }
  )
})

test('a document that nests deeper than the limit is refused by the limit’s name', () => {
  const nested = (levels: number): Uint8Array => {
    let document = new Map<string, never>()
    for (let level = 1; level < levels; level += 1) document = new Map([['a', document as never]])
    return encodeDocument(document)
  }
  assert.ok(decodeDocument(nested(decodingDepthMax)))
  assertFails(15, /decodingDepthMax/, () => decodeDocument(nested(decodingDepthMax + 1)))
})

test('plain objects pass over and back', () => {
  const fields = { a: 1, b: [{ c: 'x' }], d: null }
  assert.deepEqual(toObject(fromObject(fields)), fields)
})

test('a name with a null byte is refused, since its end would be there', () => {
  assertFails(2, /null byte: "a\\u0000b"/, () => encodeDocument(new Map([['a\0b', null]])))
})
