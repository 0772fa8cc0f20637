import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type BSONDocument,
  compileFilter,
  compileProjection,
  encodeDocument,
  type Expression,
  type MatchPosition,
  type ProjectionPlace
} from '../../../src/embedded/query/index.ts'
import { bsonDocument, fieldName, seeded } from './arbitraries.ts'
import { assertDocument, assertFails, doc, type Fields, value } from './documents.ts'

function assertProjected(projection: Fields, document: Fields, expected: Fields, filter?: Fields): void {
  const found: MatchPosition = {}
  if (filter !== undefined) assert.ok(compileFilter(doc(filter))(doc(document), found))
  assertDocument(compileProjection(doc(projection))(doc(document), found), expected)
}

/** Stands in for the aggregation module: knows "$name" and `{ $sum: […] }` of nothing but its place. */
const compileExpression = (expression: unknown): Expression => {
  if (typeof expression === 'string') return document => document.get(expression.slice(1))
  return () => value('computed')
}

function assertComputed(projection: Fields, document: Fields, expected: Fields, place: ProjectionPlace = 'find'): void {
  assertDocument(compileProjection(doc(projection), { compileExpression }, place)(doc(document)), expected)
}

const whole = { _id: 1, a: 1, b: { c: 2, d: 3 }, e: [{ f: 1, g: 2 }, 5, [{ f: 3 }]] }

test('an inclusion keeps the named fields in the document’s order, and _id unless it is excluded', () => {
  assertProjected({}, whole, whole)
  assertProjected({ b: 1, a: true }, whole, { _id: 1, a: 1, b: { c: 2, d: 3 } })
  assertProjected({ a: 1, _id: 0 }, whole, { a: 1 })
  assertProjected({ _id: 1 }, whole, { _id: 1 })
  assertProjected({ _id: 1, a: 1 }, whole, { _id: 1, a: 1 })
  assertProjected({ z: 1 }, whole, { _id: 1 })
  assertProjected({ a: 0.5 }, whole, { _id: 1, a: 1 })
})

test('an exclusion drops the named fields and keeps all others', () => {
  assertProjected({ b: 0, e: false }, whole, { _id: 1, a: 1 })
  assertProjected({ _id: 0 }, whole, { a: 1, b: { c: 2, d: 3 }, e: [{ f: 1, g: 2 }, 5, [{ f: 3 }]] })
  assertProjected({ a: 0, _id: 1 }, { _id: 1, a: 1, b: 2 }, { _id: 1, b: 2 })
  assertProjected({ a: 0, _id: 0 }, { _id: 1, a: 1, b: 2 }, { b: 2 })
})

test('paths go into documents and through arrays', () => {
  assertProjected({ 'b.c': 1 }, whole, { _id: 1, b: { c: 2 } })
  assertProjected({ b: { c: 1 } }, whole, { _id: 1, b: { c: 2 } })
  assertProjected({ 'b.c': 0 }, { _id: 1, b: { c: 2, d: 3 } }, { _id: 1, b: { d: 3 } })
  assertProjected({ 'e.f': 1 }, whole, { _id: 1, e: [{ f: 1 }, [{ f: 3 }]] })
  assertProjected({ 'e.f': 0 }, { _id: 1, e: whole.e }, { _id: 1, e: [{ g: 2 }, 5, [{}]] })
  assertProjected({ 'a.x': 1 }, whole, { _id: 1 })
  assertProjected({ 'a.x': 0 }, { _id: 1, a: 1 }, { _id: 1, a: 1 })
  assertProjected({ 'b.x': 1 }, whole, { _id: 1, b: {} })
  assertProjected({ '_id.x': 1 }, { _id: { x: 1, y: 2 }, a: 1 }, { _id: { x: 1 } })
})

test('$slice cuts an array, and by itself keeps all other fields', () => {
  const document = { _id: 1, a: [1, 2, 3, 4], b: 2 }
  assertProjected({ a: { $slice: 2 } }, document, { _id: 1, a: [1, 2], b: 2 })
  assertProjected({ a: { $slice: -1 } }, document, { _id: 1, a: [4], b: 2 })
  assertProjected({ a: { $slice: 0 } }, document, { _id: 1, a: [], b: 2 })
  assertProjected({ a: { $slice: [1, 2] } }, document, { _id: 1, a: [2, 3], b: 2 })
  assertProjected({ a: { $slice: [-3, 2] } }, document, { _id: 1, a: [2, 3], b: 2 })
  assertProjected({ a: { $slice: [-9, 2] } }, document, { _id: 1, a: [1, 2], b: 2 })
  assertProjected({ a: { $slice: [9, 2] } }, document, { _id: 1, a: [], b: 2 })
  assertProjected({ a: { $slice: 1 }, b: 1 }, document, { _id: 1, a: [1], b: 2 })
  assertProjected({ a: { $slice: 1 }, b: 0 }, document, { _id: 1, a: [1] })
  assertProjected({ b: { $slice: 1 } }, document, document)
  assertProjected({ 'x.a': { $slice: 1 } }, { x: [{ a: [1, 2] }, { a: [3, 4] }] }, { x: [{ a: [1] }, { a: [3] }] })
})

test('$elemMatch keeps the first element that matches, or drops the field', () => {
  const document = {
    _id: 1,
    a: [
      { b: 1, c: 1 },
      { b: 2, c: 2 },
      { b: 2, c: 3 }
    ],
    z: 1
  }
  assertProjected({ a: { $elemMatch: { b: 2 } } }, document, { _id: 1, a: [{ b: 2, c: 2 }] })
  assertProjected({ a: { $elemMatch: { b: 9 } } }, document, { _id: 1 })
  assertProjected({ a: { $elemMatch: { b: 2 } }, z: 1 }, document, { _id: 1, a: [{ b: 2, c: 2 }], z: 1 })
  assertProjected({ z: { $elemMatch: { b: 2 } } }, document, { _id: 1 })
  assertProjected({ a: { $elemMatch: { $gt: 1 } } }, { a: [1, 2, 3] }, { a: [2] })
})

test('the positional operator keeps the element that the filter matched', () => {
  const document = { _id: 1, a: [{ b: 1 }, { b: 2 }], z: [11, 12] }
  assertProjected({ 'a.$': 1 }, document, { _id: 1, a: [{ b: 2 }] }, { 'a.b': 2 })
  assertProjected({ 'a.$': 1 }, document, { _id: 1, a: [{ b: 2 }] }, { a: { $elemMatch: { b: 2 } } })
  assertProjected({ 'a.$': 1, z: 1 }, document, { _id: 1, a: [{ b: 2 }], z: [11, 12] }, { 'a.b': 2 })
  assertProjected({ 'a.$': 1 }, document, { _id: 1, a: [{ b: 2 }] }, { z: 12 })
  assertProjected({ a: { $slice: 1 }, 'z.$': 1 }, document, { _id: 1, a: [{ b: 1 }], z: [12] }, { z: 12 })
  assertProjected({ 'x.a.$': 1 }, { x: { a: [1, 2, 3] } }, { x: { a: [3] } }, { 'x.a': 3 })
  assertProjected({ 'x.a.$': 1 }, { x: [{ a: [7, 8] }, { a: [9, 1] }] }, { x: [{ a: [9, 1] }] }, { 'x.a': 9 })
  assertProjected({ 'q.$': 1 }, { q: 5, a: [1] }, { q: 5 }, { a: 1 })
  assertFails(51246, /found no matching element/, () => compileProjection(doc({ 'a.$': 1 }))(doc(document)))
  assertFails(51247, /array of 1 elements/, () => compileProjection(doc({ 'a.$': 1 }))(doc({ a: [1] }), { index: 3 }))
})

test('computed fields come last, in the order of the projection, and see the whole document', () => {
  assertComputed({ x: '$b', a: 1, y: { $sum: [1] } }, { _id: 1, b: 5, a: 2 }, { _id: 1, a: 2, x: 5, y: 'computed' })
  assertComputed({ b: '$a' }, { _id: 1, b: 5, a: 2 }, { _id: 1, b: 2 })
  assertComputed({ 'n.x': '$a' }, { _id: 1, a: 2 }, { _id: 1, n: { x: 2 } })
  assertComputed({ 'n.x': '$a' }, { a: 2, n: [{ y: 1 }, 3] }, { n: [{ x: 2 }, { x: 2 }] })
  assertComputed({ x: '$missing' }, { _id: 1, a: 2 }, { _id: 1 })
  assertComputed({ x: 'constant', _id: '$a' }, { _id: 1, a: 2 }, { x: 'constant', _id: 2 })
  assertComputed({ x: null }, { _id: 1 }, { _id: 1, x: null })
  assertComputed({ a: { $slice: ['$a', 1] } }, { _id: 1, a: [1] }, { _id: 1, a: 'computed' }, 'stage')
  assertFails(238, /projection of "x"/, () => compileProjection(doc({ x: '$a' })))
})

test('what cannot be in one projection is refused with the server’s code', () => {
  const refused: [Fields, number, RegExp][] = [
    [{ a: 0, b: 1 }, 31253, /Cannot do inclusion on field b in exclusion projection/],
    [{ a: 1, b: 0 }, 31254, /Cannot do exclusion on field b in inclusion projection/],
    [{ a: 1, 'a.b': 1 }, 31249, /path collision at a.b remaining portion b/],
    [{ 'a.b': 1, a: 1 }, 31250, /path collision at a/],
    [{ a: {} }, 51270, /empty sub-projection/],
    [{ a: 0, b: { $sum: 1 } }, 31252, /exclusion projection/],
    [{ a: { $slice: 'x' } }, 31273, /\$slice only supports/],
    [{ a: { $slice: [1] } }, 31272, /\[skip, limit\]/],
    [{ a: { $slice: [1, 2, 3] } }, 31272, /\[skip, limit\]/],
    [{ a: { $slice: ['x', 1] } }, 31257, /skip argument/],
    [{ a: { $slice: [1, 'x'] } }, 31258, /limit argument/],
    [{ a: { $slice: [1, 0] } }, 31259, /must be positive/],
    [{ a: { $elemMatch: 1 } }, 31274, /object required/],
    [{ 'a.b': { $elemMatch: {} } }, 31275, /nested field/],
    [{ 'a.$': 1, b: { $elemMatch: {} } }, 31255, /positional operator and \$elemMatch/],
    [{ b: { $elemMatch: {} }, 'a.$': 1 }, 31256, /positional operator and \$elemMatch/],
    [{ 'a.$': 1, 'b.$': 1 }, 31276, /more than one positional/],
    [{ 'a.$.$': 1 }, 31287, /twice/],
    [{ 'a.$.b': 1 }, 31394, /only at the end/],
    [{ $: 1 }, 31394, /only at the end/],
    [{ 'a.$': 0 }, 31395, /exclusion/],
    [{ 'a.$': 'x' }, 31271, /expression or a literal/],
    [{ a: { $meta: 'textScore' } }, 238, /\$meta/],
    [{ $a: 1 }, 16410, /\$a/],
    [{ 'a.': 1 }, 40353, /end with a dot/]
  ]
  for (const [projection, code, message] of refused)
    assertFails(code, message, () => compileProjection(doc(projection)))
  assertFails(51272, /at least one field/, () => compileProjection(doc({}), {}, 'stage'))
})

test('a projection keeps the bytes of what it keeps, and leaves the document alone', () => {
  fc.assert(
    fc.property(bsonDocument, fieldName, (document, name) => {
      const before = encodeDocument(document)
      const kept = compileProjection(new Map([[name, true]]))(document)
      const dropped = compileProjection(new Map([[name, false]]))(document)
      const without = (omit: boolean): BSONDocument =>
        new Map([...document].filter(([field]) => (field === name) !== omit))
      assert.deepEqual(encodeDocument(kept), encodeDocument(without(false)))
      assert.deepEqual(encodeDocument(dropped), encodeDocument(without(true)))
      assert.deepEqual(encodeDocument(document), before)
    }),
    seeded
  )
})
