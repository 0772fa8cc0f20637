import assert from 'node:assert/strict'
import { test } from 'node:test'
import { differing } from '../../interop/differing.ts'

test('equal values differ in nothing, in whatever order their fields stand', () => {
  assert.deepEqual(differing({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 }), {})
})

test('a difference is named by its path, with both values', () => {
  const one = { ok: 1, cursor: { batch: [{ _id: 1 }, { _id: 2, a: -0 }] } }
  const other = { ok: 1, cursor: { batch: [{ _id: 1 }, { _id: 3, a: 0 }] } }
  assert.deepEqual(differing(one, other), { 'cursor.batch.1._id': [2, 3], 'cursor.batch.1.a': [-0, 0] })
})

test('a field that one side has not is named', () => {
  assert.deepEqual(differing({ a: null, b: [1, 2] }, { c: { d: 1 } }), {
    a: [null, '(none)'],
    b: ['(array of 2)', '(none)'],
    c: ['(none)', '(document)']
  })
})

test('arrays of different lengths differ as wholes, as an array and a document do', () => {
  assert.deepEqual(differing({ a: [1, 2], b: [] }, { a: [2], b: {} }), {
    a: ['(array of 2)', '(array of 1)'],
    b: ['(array of 0)', '(document)']
  })
})

test('values that are no documents differ at the path that was given', () => {
  assert.deepEqual(differing(1, '1', 'n'), { n: [1, '1'] })
})
