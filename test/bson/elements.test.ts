import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BSON, BSONError, decodeDocument, documentEnd, ElementReader, keyBytes, Long } from '../../src/bson/index.ts'
import { scanDocument } from '../../src/bson/elements.ts'
import { anyDocument, everyType, nestedBytes } from './documents.ts'

fc.configureGlobal({ seed: 2_013 })

/** Bytes around the document, so that reading past its ends would be seen. */
function within(document: Uint8Array): Buffer {
  return Buffer.concat([Buffer.alloc(3, 0xee), document, Buffer.alloc(3, 0xee)])
}

test('a document of every type is walked to its end', () => {
  const bytes = BSON.serialize(everyType())
  assert.equal(scanDocument(within(bytes), 3, 3 + bytes.length), true)
})

test('a scan tells whether there is a binary value at any level', () => {
  const has = (document: object) => scanDocument(BSON.serialize(document), 0, BSON.serialize(document).length)
  assert.equal(has({ a: 1, b: { c: ['text'] } }), false)
  assert.equal(has({ a: 1, b: { c: [Buffer.from('bytes')] } }), true)
  assert.equal(has({ code: new BSON.Code('f', { scoped: Buffer.from('bytes') }) }), true)
})

test('200 levels are read and 201 refused, however many there are', () => {
  for (const levels of [1, 2, 199, 200]) assert.equal(scanDocument(nestedBytes(levels), 0, 7 * levels - 2), false)
  for (const levels of [201, 202, 1_000_000]) {
    assert.throws(() => scanDocument(nestedBytes(levels), 0, 7 * levels - 2), /nested deeper than 200 levels/)
  }
})

test("a document's length has to fit its room", () => {
  const bytes = within(BSON.serialize({ a: 1 }))
  for (const length of [-1, 0, 1, 4, 13, 14, 2 ** 31 - 1, -(2 ** 31)]) {
    bytes.writeInt32LE(length, 3)
    assert.throws(() => documentEnd(bytes, 3, 15), BSONError, `length ${length}`)
  }
  bytes.writeInt32LE(12, 3)
  assert.equal(documentEnd(bytes, 3, 15), 15)
  assert.throws(() => documentEnd(bytes, 11, 15), /4 bytes before the end/)
})

test('a document that is shorter than its room is refused where it has to fill it', () => {
  const bytes = within(BSON.serialize({ a: 1 }))
  assert.throws(() => scanDocument(bytes, 3, 16), BSONError)
  assert.throws(() => new ElementReader().enter(bytes, 3, 16), BSONError)
})

test('a document outside of the bytes is refused', () => {
  const bytes = BSON.serialize({ a: 1 })
  assert.throws(() => decodeDocument(bytes, 0, 100), /not within the 12/)
  assert.throws(() => decodeDocument(bytes, -1, 12), /not within the 12/)
})

test('each hostile length within a document is refused', () => {
  const shapes = {
    string: { v: 'text' },
    document: { v: { a: 1 } },
    array: { v: [1] },
    binary: { v: Buffer.from('1234') },
    code: { v: new BSON.Code('f') },
    symbol: { v: new BSON.BSONSymbol('s') },
    codeWithScope: { v: new BSON.Code('f', { a: 1 }) }
  }
  for (const [name, shape] of Object.entries(shapes)) {
    const valid = BSON.serialize(shape)
    for (const length of [-(2 ** 31), -1, 1000, 2 ** 31 - 1, valid.length]) {
      const bytes = Buffer.from(valid)
      bytes.writeInt32LE(length, 7)
      const pattern = new RegExp(`announces ${length} bytes`)
      assert.throws(() => scanDocument(bytes, 0, bytes.length), pattern, name)
    }
  }
})

test('a text without its end, an unknown type and a value cut short are refused', () => {
  const damaged = (change: (bytes: Buffer) => void, document: object) => {
    const bytes = Buffer.from(BSON.serialize(document))
    change(bytes)
    return () => scanDocument(bytes, 0, bytes.length)
  }
  assert.throws(
    damaged(bytes => bytes.fill(1, 5, bytes.length - 1), { a: 1 }),
    /no end within/
  )
  assert.throws(
    damaged(bytes => bytes.writeUInt8(0x20, 4), { a: 1 }),
    /type 32, which BSON does not have/
  )
  assert.throws(
    damaged(bytes => bytes.writeUInt8(0, 4), { a: 1 }),
    /type 0, which BSON does not have/
  )
  assert.throws(
    damaged(bytes => bytes.writeUInt8(0x13, 4), { a: 1 }),
    /reaches beyond/
  )
  assert.throws(
    damaged(bytes => bytes.writeUInt8(65, 13), { a: 'bc' }),
    /does not end with 0/
  )
  assert.throws(
    damaged(bytes => bytes.writeUInt8(0x0c, 4), { a: 'bc' }),
    /pointer at byte 7/
  )
})

test('a value that is one byte too long for its document is refused', () => {
  const whole = Buffer.from(BSON.serialize({ a: 1.5 }))
  const cut = whole.subarray(0, whole.length - 1)
  cut[cut.length - 1] = 0
  cut.writeInt32LE(cut.length, 0)
  assert.throws(() => scanDocument(cut, 0, cut.length), /value of type 1 at byte 7 reaches beyond/)
})

test('a length that leads back ends in an error, not in a loop', () => {
  const bytes = Buffer.from(BSON.serialize({ v: Buffer.from('1234') }))
  bytes.writeInt32LE(-8, 7)
  assert.throws(() => scanDocument(bytes, 0, bytes.length), /announces -8 bytes/)
})

test('a pointer, which the library no longer writes, is walked', () => {
  const text = Buffer.from('\x03\0\0\0ab\0')
  const element = Buffer.concat([Buffer.from('\x0ckey\0'), text, Buffer.alloc(12, 1)])
  const bytes = Buffer.concat([Buffer.from([element.length + 5, 0, 0, 0]), element, Buffer.from([0])])
  assert.equal(scanDocument(bytes, 0, bytes.length), false)
})

test('the reader finds the keys, in order, and compares them as bytes', () => {
  const bytes = within(BSON.serialize({ ok: 1, okay: 2, ö: 3 }))
  const reader = new ElementReader()
  reader.enter(bytes, 3, bytes.length - 3)
  assert.equal(reader.next(), true)
  assert.equal(reader.keyIs(keyBytes('ok')), true)
  assert.equal(reader.keyIs(keyBytes('okay')), false)
  assert.equal(reader.keyIs(keyBytes('oz')), false)
  assert.equal(reader.next(), true)
  assert.equal(reader.keyIs(keyBytes('ok')), false)
  assert.equal(reader.next(), true)
  assert.equal(reader.keyIs(keyBytes('ö')), true)
  assert.equal(reader.next(), false)
  assert.equal(reader.next(), false)
})

test('numbers are read from every type that can hold one', () => {
  const values = [
    [1.5, 1.5],
    [-7, -7],
    [Long.fromNumber(-(2 ** 40)), -(2 ** 40)],
    [Long.fromNumber(2 ** 33 - 1), 2 ** 33 - 1],
    [true, 1],
    [false, 0],
    ['1', undefined],
    [null, undefined]
  ]
  const reader = new ElementReader()
  for (const [value, expected] of values) {
    const bytes = BSON.serialize({ v: value })
    reader.enter(bytes, 0, bytes.length)
    reader.next()
    assert.equal(reader.number(), expected)
  }
})

test('damaged bytes end in an error of one kind, or decode within their bounds', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(anyDocument, damage, (document, places) => {
      const bytes = within(BSON.serialize(document))
      const length = bytes.length - 6
      for (const [place, byte] of places) bytes[3 + (place % length)] = byte
      try {
        scanDocument(bytes, 3, 3 + length)
      } catch (error) {
        assert.ok(error instanceof BSONError, String(error))
        return
      }
      const reader = new ElementReader()
      reader.enter(bytes, 3, 3 + length)
      while (reader.next()) assert.ok(reader.valueEnd <= 3 + length)
    }),
    { numRuns: 2000 }
  )
})
