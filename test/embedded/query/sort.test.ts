import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Decimal128, Long, MaxKey, MinKey } from '../../../src/bson/index.ts'
import {
  type BSONDocument,
  compileSort,
  compareValues,
  distinctCandidates,
  documentKeys,
  splitPath
} from '../../../src/embedded/query/index.ts'
import { bsonDocument, seeded } from './arbitraries.ts'
import { assertFails, doc, type Fields, text, value } from './documents.ts'

function sorted(documents: readonly Fields[], by: Fields): string[] {
  return compileSort(doc(by))
    .sorted(documents.map(doc), document => document)
    .map(text)
}

/** Asserts that the sort leaves the documents in the order in which they are given here, from another one. */
function assertOrder(by: Fields, documents: readonly Fields[]): void {
  assert.deepEqual(
    sorted(documents.toReversed(), by),
    documents.map(document => text(doc(document)))
  )
}

test('documents are sorted by values across types, a missing field as null', () => {
  assertOrder({ a: 1 }, [
    { a: new MinKey() },
    { a: [] },
    { a: null },
    { a: 2 },
    { a: Decimal128.fromString('5') },
    { a: Long.fromNumber(9) },
    { a: 10 },
    { a: 'x' },
    { a: { b: 1 } },
    { a: true },
    { a: new MaxKey() }
  ])
  assert.deepEqual(
    sorted([{ a: null, n: 1 }, { n: 2 }, { a: null, n: 3 }], { a: 1 }),
    [{ a: null, n: 1 }, { n: 2 }, { a: null, n: 3 }].map(d => text(doc(d)))
  )
})

test('an array counts by its least element, descending by its greatest', () => {
  assertOrder({ a: 1 }, [{ a: [] }, { a: null }, { a: [5, 1] }, { a: 2 }, { a: [3, 9] }])
  assertOrder({ a: -1 }, [{ a: [3, 9] }, { a: [5, 1] }, { a: 2 }, { a: null }, { a: [] }])
  assertOrder({ a: -1 }, [{ a: [3, 1] }, { a: 2 }])
})

test('a path goes through arrays, and several paths through one array make keys element by element', () => {
  assertOrder({ 'a.b': 1 }, [{ a: [{ b: 3 }, { b: 1 }] }, { a: { b: 2 } }])
  assertOrder({ 'a.0': 1 }, [{ a: [1, 9] }, { a: [2, 0] }])
  const together = doc({
    a: [
      { b: 1, c: 9 },
      { b: 2, c: 1 }
    ]
  })
  assert.deepEqual(
    compileSort(doc({ 'a.b': 1, 'a.c': 1 }))
      .keyOf(together)
      .map(String),
    ['1', '9']
  )
  assert.deepEqual(
    compileSort(doc({ 'a.c': 1, 'a.b': 1 }))
      .keyOf(together)
      .map(String),
    ['1', '2']
  )
})

test('keys of several paths: one for each element of an array, undefined for two arrays', () => {
  const keys = (document: Fields, ...paths: string[]) =>
    documentKeys(doc(document), paths.map(splitPath))?.map(key =>
      text(new Map(key.map((part, index) => [String(index), part])))
    )
  const shown = (...parts: unknown[]): string => text(new Map(parts.map((part, index) => [String(index), value(part)])))
  assert.deepEqual(keys({ a: [1, 2], b: 3 }, 'a', 'b'), [shown(1, 3), shown(2, 3)])
  assert.deepEqual(keys({ a: [[1, 2]] }, 'a'), [shown([1, 2])])
  assert.deepEqual(keys({ a: [{ b: [1, 2] }, 5] }, 'a.b'), [shown(1), shown(2), shown(null)])
  assert.deepEqual(keys({ a: [] }, 'a.b'), [shown(null)])
  assert.deepEqual(keys({ a: 1 }, 'a.b', 'c'), [shown(null, null)])
  assert.deepEqual(keys({ a: [1, 2] }, 'a', 'a'), [shown(1, 1), shown(2, 2)])
  assert.equal(keys({ a: [1], b: [2] }, 'a', 'b'), undefined)
  assert.equal(keys({ a: [{ b: [1], c: [2] }] }, 'a.b', 'a.c'), undefined)
  assertFails(2, /different arrays/, () => sorted([{ a: [1], b: [2] }], { a: 1, b: 1 }))
})

test('directions are honoured in their order', () => {
  assertOrder({ a: 1, b: -1 }, [
    { a: 1, b: 2 },
    { a: 1, b: 1 },
    { a: 2, b: 9 }
  ])
})

test('a collation orders strings', () => {
  const strings = new Intl.Collator('en', { sensitivity: 'accent' }).compare
  const sort = compileSort(doc({ a: 1 }), strings)
  const names = sort.sorted(['b', 'A', 'B', 'a'], a => doc({ a }))
  assert.deepEqual(names, ['A', 'a', 'b', 'B'])
})

test('the sort is stable and in order', () => {
  fc.assert(
    fc.property(fc.array(bsonDocument, { maxLength: 8 }), fc.constantFrom(1, -1), (documents, direction) => {
      const items = documents.map((document, place) => ({ document, place }))
      const sort = compileSort(doc({ a: direction }))
      const result = sort.sorted(items, item => item.document)
      for (const [index, item] of result.entries()) {
        const next = result[index + 1]
        if (next === undefined) continue
        const difference = sort.compareKeys(sort.keyOf(item.document), sort.keyOf(next.document))
        assert.ok(difference < 0 || (difference === 0 && item.place < next.place))
      }
    }),
    seeded
  )
})

test('an ascending and a descending sort of plain values are each other’s reverse', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer(), { maxLength: 8 }), values => {
      const documents = values.map(a => ({ a }))
      assert.deepEqual(sorted(documents, { a: 1 }), sorted(documents, { a: -1 }).toReversed())
    }),
    seeded
  )
})

test('a sort that makes no sense is refused with the server’s code', () => {
  assertFails(15975, /ascending/, () => compileSort(doc({ a: 2 })))
  assertFails(15975, /ascending/, () => compileSort(doc({ a: 0.5 })))
  assertFails(15974, /not a number/, () => compileSort(doc({ a: 'x' })))
  assertFails(15974, /document as its direction/, () => compileSort(doc({ a: {} })))
  assertFails(238, /\$meta/, () => compileSort(doc({ a: { $meta: 'textScore' } })))
  assertFails(16410, /\$natural/, () => compileSort(doc({ $natural: 1 })))
  assertFails(40352, /empty/, () => compileSort(doc({ '': 1 })))
  assertFails(40353, /end with a dot/, () => compileSort(doc({ 'a.': 1 })))
  assertFails(16411, /null byte/, () => compileSort(new Map([['a\0b', true]])))
  assertFails(15998, /empty field name/, () => compileSort(doc({ 'a..b': 1 })))
})

test('distinct counts the elements of an array in its place', () => {
  const candidates = (document: Fields, path: string): BSONDocument =>
    new Map([['v', distinctCandidates(doc(document), path)]])
  const shown = (...values: unknown[]): string => text(doc({ v: values }))
  assert.equal(text(candidates({ a: [1, [2], 'x'] }, 'a')), shown(1, [2], 'x'))
  assert.equal(text(candidates({ a: [{ b: 1 }, { b: [2, 3] }, {}] }, 'a.b')), shown(1, 2, 3))
  assert.equal(text(candidates({}, 'a')), shown())
  assert.equal(text(candidates({ a: null }, 'a')), shown(null))
  assert.ok(compareValues(null, value(1)) < 0)
})
