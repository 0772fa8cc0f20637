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

/** Encoded documents are no Buffers. */
function sameBytes(actual: Uint8Array, expected: Uint8Array): void {
  assert.deepEqual(Buffer.from(actual), Buffer.from(expected))
}

function nested(levels: number): Document {
  // The empty key makes the smallest levels there are.
  let document = {}
  for (let level = 1; level < levels; level++) document = { '': document }
  return document
}

test('documents are encoded as the library encodes them', () => {
  sameBytes(encodeDocument(everyType()), BSON.serialize(everyType()))
  fc.assert(fc.property(anyDocument, document => sameBytes(encodeDocument(document), BSON.serialize(document))))
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

test('within a reference undefined is left out always, and in a scope as around it', () => {
  const inner = { kept: 1, left: undefined, deep: { left: undefined, list: [undefined] } }
  const id = new BSON.ObjectId('0123456789abcdef01234567')
  const document = {
    reference: new BSON.DBRef('things', id, undefined, inner),
    scope: new BSON.Code('f()', inner),
    behind: undefined
  }
  for (const ignoreUndefined of [true, false]) {
    sameBytes(encodeDocument(document, ignoreUndefined), BSON.serialize(document, { ignoreUndefined }))
  }
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
  sameBytes(encodeDocument({}), BSON.serialize({}))
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
    assert.throws(
      () => encodeDocument(document),
      refused(/it takes more than 16793600 bytes; a command's limit is 16793600/)
    )
  }
})

test('a getter may encode other documents, and what is around it is as if it had not', () => {
  const inner: Uint8Array[] = []
  const document = (encodes: boolean): Document => ({
    before: 'x'.repeat(40),
    get first() {
      if (encodes) inner.push(encodeDocument({ a: [1, /r/], long: 'y'.repeat(100_000) }), encodeDocument({ b: 1 }))
      return { c: 1 }
    },
    between: [1, 2],
    last: {
      toBSON() {
        if (encodes) inner.push(encodeDocument(this.again))
        return 'done'
      },
      again: {
        get deeper() {
          return encodes ? encodeDocument({ z: 1 }).length : 12
        }
      }
    }
  })
  for (let round = 0; round < 3; round++) sameBytes(encodeDocument(document(true)), BSON.serialize(document(false)))
  for (const bytes of inner.slice(0, 2)) sameBytes(bytes, inner[inner.indexOf(bytes) + 3] as Uint8Array)
  assert.deepEqual(BSON.deserialize(inner[1] as Uint8Array), { b: 1 })
  assert.deepEqual(BSON.deserialize(inner[2] as Uint8Array), { deeper: 12 })
})

test('after a getter that throws, at any level, the next documents are whole', () => {
  const own = new Error('own')
  for (let level = 0; level < 30; level++) {
    let document: Document = {
      a: 'a',
      get broken(): never {
        throw own
      }
    }
    for (let above = 0; above < level; above++) document = { list: [1, document] }
    assert.throws(() => encodeDocument(document), own)
    sameBytes(encodeDocument(everyType()), BSON.serialize(everyType()))
  }
})

test('a document stays as it was encoded, whatever is encoded later and whatever becomes of the values', () => {
  const given = Buffer.alloc(3000, 7)
  const values = {
    bytes: given,
    binary: new BSON.Binary(given),
    small: Uint8Array.of(1, 2, 3),
    id: new BSON.ObjectId()
  }
  const expected = BSON.serialize(values)
  const encoded = [encodeDocument(values), encodeDocument({ small: values.small })]
  given.fill(0)
  values.small.fill(0)
  for (let later = 0; later < 1000; later++) encodeDocument({ later, text: 'x'.repeat(later) })
  sameBytes(encoded[0] as Uint8Array, expected)
  assert.deepEqual(BSON.deserialize(encoded[1] as Uint8Array, { promoteBuffers: true })['small'], Buffer.of(1, 2, 3))
})

test('an enumerable property of all objects is not written, and toBSON of all texts is asked', () => {
  const prototypes: object[] = [Object.prototype, String.prototype, Number.prototype, Boolean.prototype]
  const document = (): Document => ({ s: 'text', n: 1, b: true, d: { e: [1, 'x'] }, u: undefined })
  for (const prototype of prototypes) {
    for (const [key, value] of [
      ['foreign', 1],
      [
        'toBSON',
        function (this: unknown) {
          return `<${String(this)}>`
        }
      ]
    ] as const) {
      Object.defineProperty(prototype, key, { value, enumerable: true, configurable: true })
      try {
        let expected: unknown
        try {
          expected = BSON.serialize(document(), { ignoreUndefined: false })
        } catch (error) {
          expected = error
        }
        if (expected instanceof Error) assert.throws(() => encodeDocument(document(), false), MongoInvalidArgumentError)
        else sameBytes(encodeDocument(document(), false), expected as Uint8Array)
      } finally {
        Reflect.deleteProperty(prototype, key)
      }
    }
  }
})

test('a getter that throws during the search for the place of a failure does not hide the failure', () => {
  const document = new Map([
    [
      'a\0b',
      {
        get broken(): never {
          throw new Error('own')
        }
      }
    ]
  ])
  assert.throws(() => encodeDocument(document), refused(/must not contain null bytes/))
})

test('user code that runs inside the library may not encode what needs the library, since that has one buffer', () => {
  class Expression extends RegExp {
    override get source(): string {
      return String(encodeDocument({ inner: /x/ }).length)
    }
  }
  assert.throws(() => encodeDocument({ outer: new Expression('y') }), refused(/began to encode another/))
  sameBytes(encodeDocument({ r: /x/ }), BSON.serialize({ r: /x/ }))
})

test('objects with very many keys are encoded as the library encodes them, whatever the keys are', () => {
  for (const count of [511, 512, 513, 700]) {
    const document: Document = {}
    for (let index = 0; index < count; index++) document[`key${index}${'x'.repeat(index % 40)}`] = index
    document['Schlüssel'] = 'ä'
    document[''] = { '\u20ac': [1] }
    document['gone'] = undefined
    for (const ignoreUndefined of [true, false]) {
      sameBytes(encodeDocument(document, ignoreUndefined), BSON.serialize(document, { ignoreUndefined }))
    }
    document['with\0NUL'] = 1
    assert.throws(() => encodeDocument(document), refused(/at "with\\u0000NUL": key with/))
  }
})
