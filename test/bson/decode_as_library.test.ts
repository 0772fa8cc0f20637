import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  BSON,
  decodeBatch,
  type DecodeOptions,
  DecodeSites,
  decodeSequence,
  type Document
} from '../../src/bson/index.ts'
import { loadFillCopies } from '../../src/bson/decoding/fills.ts'
import { assertAsLibrary, difference, lent, tight } from './library.ts'
import { anyRawDocument, documentOf } from './raw_documents.ts'

const seed = 7_341

test('documents of every type, with odd keys, decode as the library decodes them', () => {
  fc.assert(
    fc.property(anyRawDocument, bytes => assertAsLibrary(bytes)),
    { seed, numRuns: 1500 }
  )
})

test('a document decodes the same when its site knows it already', () => {
  fc.assert(
    fc.property(anyRawDocument, bytes => {
      const site = new DecodeSites().siteFor('find shop.orders')
      for (let i = 0; i < 3; i++) assertAsLibrary(bytes, site)
    }),
    { seed, numRuns: 700 }
  )
})

test('documents decode the same at a site that knows ever more of others', () => {
  const site = new DecodeSites().siteFor('find shop.orders')
  fc.assert(
    fc.property(anyRawDocument, bytes => assertAsLibrary(bytes, site)),
    { seed: seed + 1, numRuns: 1500 }
  )
})

test('documents decode the same when their shapes have fill copies', async () => {
  await loadFillCopies()
  fc.assert(
    fc.property(anyRawDocument, bytes => {
      const site = new DecodeSites().siteFor('find shop.orders')
      const into: Document[] = []
      const many = Buffer.concat(Array.from({ length: 210 }, () => bytes))
      try {
        decodeSequence(many, 0, many.length, into, undefined, site)
      } catch {}
      assertAsLibrary(bytes, site)
    }),
    { seed: seed + 2, numRuns: 60 }
  )
})

const someOptions: fc.Arbitrary<DecodeOptions> = fc.record(
  {
    promoteBuffers: fc.boolean(),
    promoteLongs: fc.boolean(),
    promoteValues: fc.boolean(),
    useBigInt64: fc.boolean(),
    bsonRegExp: fc.boolean(),
    raw: fc.boolean(),
    fieldsAsRaw: fc.constantFrom({}, { a: true, abc: true }),
    validation: fc.constantFrom({ utf8: true }, { utf8: false }, { utf8: { a: true as const } })
  },
  { requiredKeys: [] }
)

test('every option does what it does in the library, and nothing aliases the bytes with any', () => {
  const site = new DecodeSites().siteFor('find shop.orders')
  fc.assert(
    fc.property(anyRawDocument, someOptions, (bytes, options) => assertAsLibrary(bytes, site, options)),
    { seed: seed + 3, numRuns: 1000 }
  )
})

test('batches and sequences decode as their documents do', () => {
  const site = new DecodeSites().siteFor('find shop.orders')
  const decodable = anyRawDocument.filter(bytes => {
    try {
      return BSON.deserialize(bytes) !== undefined
    } catch {
      return false
    }
  })
  fc.assert(
    fc.property(fc.array(decodable, { maxLength: 5 }), list => {
      const expected = list.map(bytes => BSON.deserialize(Buffer.from(bytes)))
      const array = lent(documentOf(list.map((bytes, index) => Buffer.concat([Buffer.from(`\x03${index}\0`), bytes]))))
      const row = lent(Buffer.concat(list))
      const batch: Document[] = []
      decodeBatch(array.bytes, array.start, array.bytes.length - 10, batch, undefined, site)
      assert.equal(difference(batch, expected, ''), undefined)
      const sequence: Document[] = []
      decodeSequence(row.bytes, row.start, row.bytes.length - 10, sequence, undefined, site)
      assert.equal(difference(sequence, expected, ''), undefined)
    }),
    { seed: seed + 4, numRuns: 300 }
  )
})

test('texts of every length around the limits decode right, wherever a character is not in ASCII', () => {
  const site = new DecodeSites().siteFor('find shop.orders')
  for (let length = 0; length <= 15; length++) {
    const texts = [
      ...Array.from({ length }, (_, at) => `${'x'.repeat(at)}ü${'x'.repeat(length - at)}`),
      'x'.repeat(length)
    ]
    for (const text of texts) assertAsLibrary(BSON.serialize({ ü: text, b: [text, text] }), site)
  }
})

test('keys that differ in one character are told apart, wherever it is', () => {
  const site = new DecodeSites().siteFor('find shop.orders')
  for (let length = 1; length <= 40; length++) {
    const key = 'k'.repeat(length)
    for (let i = 0; i < 3; i++) assertAsLibrary(BSON.serialize({ [key]: i }), site)
    for (let at = 0; at < length; at++) {
      assertAsLibrary(BSON.serialize({ [`${key.slice(0, at)}x${key.slice(at + 1)}`]: at, [key]: at }), site)
    }
  }
})

test('documents decode the same when their memory ends with them', () => {
  const site = new DecodeSites().siteFor('find shop.orders')
  for (const value of [1, null, 'text', [1, 2], { a: 1 }, true]) {
    for (let length = 1; length <= 20; length++) {
      const bytes = BSON.serialize({ ['k'.repeat(length)]: value })
      for (let i = 0; i < 3; i++) assertAsLibrary(bytes, site, undefined, tight)
    }
  }
  fc.assert(
    fc.property(anyRawDocument, bytes => {
      for (let i = 0; i < 2; i++) assertAsLibrary(bytes, site, undefined, tight)
    }),
    { seed: seed + 5, numRuns: 300 }
  )
})
