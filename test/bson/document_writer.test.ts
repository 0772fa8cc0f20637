import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  BSON,
  Code,
  type Document,
  DocumentWriter,
  Long,
  ObjectId,
  prepareElements,
  Timestamp
} from '../../src/bson/index.ts'
import { MongoInvalidArgumentError } from '../../src/errors/index.ts'
import { anyDocument } from './documents.ts'

fc.configureGlobal({ seed: 2_013 })

function written(write: (writer: DocumentWriter) => void): Uint8Array {
  const writer = new DocumentWriter()
  writer.beginDocument()
  write(writer)
  writer.endDocument()
  return writer.written()
}

test('each element is written as the library writes it', () => {
  const id = new ObjectId('0123456789abcdef01234567')
  const long = Long.fromString('-1234567890123')
  const timestamp = new Timestamp({ t: 4_000_000_000, i: 4_000_000_001 })
  const bytes = written(out => {
    out.double('double', 2.5)
    out.string('string', 'grüß dich, 🌍')
    out.binary('binary', Buffer.from('bytes'), 4)
    out.objectId('id', id)
    out.boolean('true', true)
    out.boolean('false', false)
    out.null('null')
    out.int32('int32', -5)
    out.int64('int64', -(2n ** 63n))
    out.long('long', long)
    out.timestamp('timestamp', timestamp)
    out.number('integer', 7)
    out.number('large', 2 ** 31)
    out.number('negative zero', -0)
    out.document('document', { a: { b: 1 } })
    out.encodedDocument('encoded', BSON.serialize({ c: 1 }))
    out.beginDocument('begun')
    out.beginArray('array')
    out.int32('0', 1)
    out.endDocument()
    out.endDocument()
    out.int32('schlüssel', 1)
  })
  assert.deepEqual(
    bytes,
    BSON.serialize({
      double: 2.5,
      string: 'grüß dich, 🌍',
      binary: new BSON.Binary(Buffer.from('bytes'), 4),
      id,
      true: true,
      false: false,
      null: null,
      int32: -5,
      int64: -(2n ** 63n),
      long,
      timestamp,
      integer: 7,
      large: 2 ** 31,
      'negative zero': -0,
      document: { a: { b: 1 } },
      encoded: { c: 1 },
      begun: { array: [1] },
      schlüssel: 1
    })
  )
})

test('documents written value by value equal the library, whatever is in them', () => {
  const writer = new DocumentWriter()
  fc.assert(
    fc.property(anyDocument, document => {
      writer.reset()
      writer.beginDocument()
      for (const [key, value] of Object.entries(document)) writer.value(key, value)
      writer.endDocument()
      assert.deepEqual(writer.written(), BSON.serialize(document))
    })
  )
})

test('a whole document by the library stands behind what was written before', () => {
  const writer = new DocumentWriter()
  writer.bareInt32(7)
  writer.documentFrom({ a: undefined, b: new Code('f') }, false)
  assert.deepEqual(
    writer.written().subarray(4),
    BSON.serialize({ a: undefined, b: new Code('f') }, { ignoreUndefined: false })
  )
})

test('an undefined value is left out, or null if wanted', () => {
  const bytes = written(out => {
    out.value('a', undefined)
    out.value('b', undefined, false)
  })
  assert.deepEqual(BSON.deserialize(bytes), { b: null })
})

test('texts of every length, in every script, survive the growth of the buffer', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 600 }), { maxLength: 12 }), texts => {
      const document: Document = {}
      texts.forEach((text, index) => (document[`text${index}`] = text))
      const bytes = written(out => texts.forEach((text, index) => out.string(`text${index}`, text)))
      assert.deepEqual(bytes, BSON.serialize(document))
    })
  )
})

test('a key with NUL is refused, wherever it stands in it', () => {
  for (const key of ['\0', 'a\0', 'ü\0b', 'a\0ü']) {
    assert.throws(() => written(out => out.int32(key, 1)), MongoInvalidArgumentError)
  }
})

test('the key of a user is named in the error when its value cannot be encoded', () => {
  const list: unknown[] = []
  list.push(list)
  assert.throws(() => written(out => out.value('pipeline', list)), /at "pipeline\.0": it contains a cycle/)
})

test('a writer is taken up to its limit and refuses the next byte, with both figures', () => {
  const writer = new DocumentWriter(5000)
  writer.append(Buffer.alloc(5000))
  assert.equal(writer.length, 5000)
  assert.throws(() => writer.byte(0), /would take 5001 bytes or more; the limit is 5000/)
})

test('the buffer of a large message is given up, that of a small one used again', () => {
  const writer = new DocumentWriter()
  writer.append(Buffer.alloc(60 * 1024))
  const kept = writer.written().buffer
  writer.reset()
  assert.equal(writer.written().buffer, kept)
  writer.append(Buffer.alloc(70 * 1024))
  writer.reset()
  assert.ok(writer.written().buffer.byteLength <= 2 * 1024)
  assert.equal(writer.length, 0)
})

test('what was written for a large message stays as it is after a reset', () => {
  const writer = new DocumentWriter()
  writer.append(Buffer.alloc(100_000, 7))
  const view = writer.written()
  writer.reset()
  writer.append(Buffer.alloc(1000, 1))
  assert.ok(view.every(byte => byte === 7))
})

test('more than 200 open documents are refused', () => {
  const writer = new DocumentWriter()
  writer.beginDocument()
  for (let level = 2; level <= 200; level++) writer.beginDocument('d')
  assert.throws(() => writer.beginDocument('d'), /nested deeper than 200/)
})

test('prepared elements are bytes of their own that any document can begin with', () => {
  const prefix = prepareElements(out => {
    out.int32('ping', 1)
    out.string('$db', 'admin')
  })
  const bytes = written(out => {
    out.append(prefix)
    out.boolean('more', true)
  })
  assert.deepEqual(BSON.deserialize(bytes), { ping: 1, $db: 'admin', more: true })
})

test('what is taken stays as it is: in place while it is short, as a copy of its length when it is long', () => {
  const writer = new DocumentWriter(undefined, 4096)
  const taken = [10, 1000, 4096, 4097, 5000, 100_000, 10].map(length => {
    writer.append(Buffer.alloc(length, length % 251))
    return [length, writer.take()] as const
  })
  assert.equal(writer.length, 0)
  writer.append(Buffer.alloc(60_000, 255))
  for (const [length, bytes] of taken) {
    assert.equal(bytes.length, length)
    assert.ok(bytes.every(byte => byte === length % 251))
    // Who keeps a few bytes keeps no large buffer.
    assert.ok(bytes.buffer.byteLength <= Math.max(length, 64 * 1024 + 1024))
  }
  assert.equal(taken[0]?.[1].buffer, taken[1]?.[1].buffer)
})

test('a writer with a larger buffer than is shared gives copies only', () => {
  const writer = new DocumentWriter(undefined, 1024, 1024 * 1024)
  writer.append(Buffer.alloc(500_000))
  const kept = writer.written().buffer
  writer.reset()
  assert.equal(writer.written().buffer, kept)
  writer.append(Buffer.of(1, 2, 3))
  assert.equal(writer.take().buffer.byteLength, 3)
})
