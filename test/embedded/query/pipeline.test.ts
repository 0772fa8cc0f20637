import { test } from 'node:test'
import { Double, Long } from '../../../src/bson/index.ts'
import {
  type BSONDocument,
  type BSONValue,
  compileUpdate,
  type Expression,
  type QueryContext
} from '../../../src/embedded/query/index.ts'
import { assertFails, assertUpdated, doc, updateContext } from './documents.ts'

/** Stands in for the aggregation module: knows the names of fields, and `{ $literal: … }`. */
const context: QueryContext = {
  compileExpression: (expression: BSONValue): Expression => {
    if (typeof expression === 'string') return (document: BSONDocument) => document.get(expression.slice(1))
    return () => (expression instanceof Map ? expression.get('$literal') : expression)
  }
}

test('$set and $addFields write in place, append what is new, and add to documents rather than replace them', () => {
  assertUpdated({ _id: 1, a: 1, b: 2 }, [{ $set: { a: '$b', c: '$a' } }], { _id: 1, a: 2, b: 2, c: 1 }, { context })
  assertUpdated({ a: { x: 1 } }, [{ $addFields: { a: { y: 2 } } }], { a: { x: 1, y: 2 } }, { context })
  assertUpdated({ a: { x: 1 } }, [{ $set: { 'a.y': 2, 'n.m': 1 } }], { a: { x: 1, y: 2 }, n: { m: 1 } }, { context })
  assertUpdated({ a: [{ x: 1 }, 5] }, [{ $set: { 'a.y': 2 } }], { a: [{ x: 1, y: 2 }, { y: 2 }] }, { context })
  assertUpdated({ a: 5 }, [{ $set: { 'a.y': 2 } }], { a: { y: 2 } }, { context })
  assertUpdated({ a: { x: 1 } }, [{ $set: { a: {} } }], { a: {} }, { context })
  assertUpdated({ a: 1, b: 2 }, [{ $set: { a: '$missing' } }], { b: 2 }, { context })
  assertUpdated({ a: 1 }, [{ $set: { a: { $literal: '$x' } } }], { a: '$x' }, { context })
})

test('constants keep their types and need no evaluator', () => {
  assertUpdated({}, [{ $set: { a: Long.fromNumber(1), b: new Double(1), c: 'text', d: null, e: true } }], {
    a: Long.fromNumber(1),
    b: new Double(1),
    c: 'text',
    d: null,
    e: true
  })
  assertFails(238, /\$set of "a"/, () => compileUpdate([doc({ $set: { a: '$b' } })], updateContext))
})

test('stages run one after another, each on what the last one made', () => {
  assertUpdated(
    { _id: 1, a: 1 },
    [{ $set: { b: '$a' } }, { $set: { c: '$b' } }, { $unset: ['a', 'b'] }],
    { _id: 1, c: 1 },
    { context }
  )
  assertUpdated(
    { _id: 1, x: 1, y: 1, t: { u: 1 } },
    [{ $replaceRoot: { newRoot: '$t' } }, { $addFields: { foo: 1 } }],
    { _id: 1, u: 1, foo: 1 },
    { context }
  )
  assertUpdated({ _id: 1, t: { u: 1 } }, [{ $replaceWith: '$t' }], { _id: 1, u: 1 }, { context })
  assertUpdated({ _id: 1, x: 1, y: 1 }, [{ $project: { x: 1 } }], { _id: 1, x: 1 }, { context })
  assertUpdated({ _id: 1, x: 1, y: { z: 1, w: 2 } }, [{ $unset: 'y.z' }], { _id: 1, x: 1, y: { w: 2 } }, { context })
  assertUpdated({ _id: 1 }, [], { _id: 1 })
})

test('the _id survives a pipeline, and may not be changed by one', () => {
  assertUpdated({ _id: 1, a: 1 }, [{ $unset: '_id' }], { _id: 1, a: 1 })
  assertFails(66, /immutable/, () => compileUpdate([doc({ $set: { _id: 2 } })], updateContext).apply(doc({ _id: 1 })))
})

test('stages that an update may not have, and operands of a wrong form, are refused', () => {
  const refused: [object, number, RegExp][] = [
    [{ $match: {} }, 72, /\$match is not allowed to be used within an update/],
    [{ $x: 1 }, 40324, /Unrecognized pipeline stage name: '\$x'/],
    [{ $set: {}, $unset: 'a' }, 40323, /exactly one field/],
    [{}, 40323, /exactly one field/],
    [{ $set: 1 }, 40272, /must be an object, got int/],
    [{ $set: { $a: 1 } }, 16410, /\$a/],
    [{ $set: { a: 1, 'a.b': 1 } }, 31249, /path collision/],
    [{ $unset: [] }, 31119, /at least one field/],
    [{ $unset: [1] }, 31120, /takes strings/],
    [{ $project: 1 }, 15969, /must be an object/],
    [{ $replaceRoot: { x: 1 } }, 40231, /newRoot/]
  ]
  for (const [stage, code, message] of refused)
    assertFails(code, message, () => compileUpdate([doc(stage)], updateContext))
  assertFails(40228, /it gave int/, () => compileUpdate([doc({ $replaceWith: 5 })], updateContext).apply(doc({})))
  assertFails(40228, /it gave nothing/, () =>
    compileUpdate([doc({ $replaceWith: '$x' })], { ...updateContext, ...context }).apply(doc({}))
  )
  assertFails(9, /arrayFilters may not be specified with a pipeline/, () =>
    compileUpdate([], updateContext, { arrayFilters: [doc({ i: 1 })] })
  )
})
