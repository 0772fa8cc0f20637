import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Decimal128, Double, Int32, Long, Timestamp } from '../../../src/bson/index.ts'
import {
  arrayPaddingMax,
  type BSONValue,
  bsonTypes,
  compileFilter,
  compileUpdate,
  encodeDocument,
  nestingDepthMax,
  OpaqueValue
} from '../../../src/embedded/query/index.ts'
import { always, UpdateTree } from '../../../src/embedded/query/update_tree.ts'
import { bsonDocument, bsonValue, fieldName, seeded } from './arbitraries.ts'
import {
  assertDocument,
  assertFails,
  assertUpdated,
  doc,
  type Fields,
  testTime,
  testTimestamp,
  updateContext,
  updated
} from './documents.ts'

const decimal = (digits: string): Decimal128 => Decimal128.fromString(digits)
const long = (n: bigint): Long => Long.fromBigInt(n)

test('$set changes a field in its place, and appends a new one', () => {
  assertUpdated({ _id: 1, a: 1, b: 2 }, { $set: { a: 'x' } }, { _id: 1, a: 'x', b: 2 })
  assertUpdated({ _id: 1 }, { $set: { a: null } }, { _id: 1, a: null })
  assertUpdated({ _id: 1 }, { $set: { 'a.b.c': 1 } }, { _id: 1, a: { b: { c: 1 } } })
  assertUpdated({ a: { b: 1 } }, { $set: { 'a.c': 2 } }, { a: { b: 1, c: 2 } })
  assertUpdated({ a: [1, 2] }, { $set: { 'a.1': 9 } }, { a: [1, 9] })
  assertUpdated({ a: [1] }, { $set: { 'a.3': 9 } }, { a: [1, null, null, 9] })
  assertUpdated({ a: [{ b: 1 }] }, { $set: { 'a.0.b': 2 } }, { a: [{ b: 2 }] })
  assertUpdated({}, { $set: { 'a.0': 1 } }, { a: new Map([['0', 1]]) as unknown as Fields })
  assertUpdated({ r: { $id: 1 } }, { $set: { 'r.$id': 2 } }, { r: { $id: 2 } })
})

test('new fields come in the order of their names, numbers by value, whatever the operators', () => {
  assertUpdated({ _id: 1 }, { $set: { c: 1, a: 1 }, $inc: { b: 1 } }, { _id: 1, a: 1, b: 1, c: 1 })
  const update = doc({ $set: { 'a.10': 1, 'a.2': 1, 'a.x': 1 } })
  const { document } = compileUpdate(update, updateContext).apply(doc({}))
  const below = document.get('a')
  assert.ok(below instanceof Map)
  assert.deepEqual([...below.keys()], ['2', '10', 'x'])
})

test('$unset removes a field, and leaves a null in an array', () => {
  assertUpdated({ a: 1, b: 2 }, { $unset: { a: '', z: '' } }, { b: 2 })
  assertUpdated({ a: { b: 1, c: 2 } }, { $unset: { 'a.b': '' } }, { a: { c: 2 } })
  assertUpdated({ a: [1, 2] }, { $unset: { 'a.0': '', 'a.7': '' } }, { a: [null, 2] })
  assertUpdated({ a: 5 }, { $unset: { 'a.b': '', 'x.y': '' } }, { a: 5 })
  assertUpdated({ a: [1] }, { $unset: { 'a.b': '' } }, { a: [1] })
})

test('$inc and $mul keep to the rules of number types', () => {
  assertUpdated({ a: 1 }, { $inc: { a: 2, b: 3 } }, { a: 3, b: 3 })
  assertUpdated({ a: new Int32(2 ** 31 - 1) }, { $inc: { a: 1 } }, { a: long(2n ** 31n) })
  assertUpdated({ a: long(5n) }, { $inc: { a: 1 } }, { a: long(6n) })
  assertUpdated({ a: new Double(1) }, { $inc: { a: 1 } }, { a: new Double(2) })
  assertUpdated({ a: decimal('0.1') }, { $inc: { a: decimal('0.2') } }, { a: decimal('0.3') })
  assertUpdated({ a: 1 }, { $inc: { a: decimal('0.5') } }, { a: decimal('1.5') })
  assertUpdated({ a: 3 }, { $mul: { a: 2 } }, { a: 6 })
  assertUpdated({ a: long(2n ** 40n) }, { $mul: { a: 2 } }, { a: long(2n ** 41n) })
  assertUpdated(
    {},
    { $mul: { a: 2, b: long(2n), c: new Double(2.5), d: decimal('2') } },
    { a: 0, b: long(0n), c: new Double(0), d: decimal('0') }
  )
  assertFails(2, /9223372036854775807 of 'a' with 1: the result is beyond an int64/, () =>
    updated({ a: long(2n ** 63n - 1n) }, { $inc: { a: 1 } })
  )
  assertFails(2, /beyond an int64/, () => updated({ a: long(2n ** 62n) }, { $mul: { a: 2 } }))
  assertFails(14, /'a' is of type string/, () => updated({ a: 'x' }, { $inc: { a: 1 } }))
  assertFails(14, /'a' is of type null/, () => updated({ a: null }, { $mul: { a: 1 } }))
  assertFails(14, /non-numeric argument: a is of type string/, () => updated({}, { $inc: { a: 'x' } }))
})

test('$min and $max compare in the order of all values', () => {
  assertUpdated({ a: 5, b: 5 }, { $min: { a: 3, b: 7, c: 1 } }, { a: 3, b: 5, c: 1 })
  assertUpdated({ a: 5, b: 5 }, { $max: { a: 3, b: 7, c: 1 } }, { a: 5, b: 7, c: 1 })
  assertUpdated({ a: 5 }, { $max: { a: 'x' } }, { a: 'x' })
  assertUpdated({ a: 5 }, { $min: { a: null } }, { a: null })
  assertUpdated({ a: 1 }, { $min: { a: new Double(1) } }, { a: 1 })
  const strings = new Intl.Collator('en', { sensitivity: 'base' }).compare
  assertUpdated({ a: 'B' }, { $max: { a: 'b' } }, { a: 'B' }, { context: { strings } })
})

test('$rename moves a value; a field that is there already is replaced', () => {
  assertUpdated({ a: 1, b: 2 }, { $rename: { a: 'c' } }, { b: 2, c: 1 })
  assertUpdated({ a: 1, b: 2, c: 3 }, { $rename: { a: 'c' } }, { b: 2, c: 1 })
  assertUpdated({ a: { x: 1, y: 2 } }, { $rename: { 'a.x': 'b.z' } }, { a: { y: 2 }, b: { z: 1 } })
  assertUpdated({ a: { x: 1 } }, { $rename: { 'a.x': 'a.z' } }, { a: { z: 1 } })
  assertUpdated({ b: 1 }, { $rename: { a: 'b.c', 'x.y': 'z' } }, { b: 1 })
  assertFails(28, /of type int/, () => updated({ a: 1, b: 1 }, { $rename: { a: 'b.c' } }))
  assertFails(2, /source field of \$rename cannot be an array element/, () =>
    updated({ a: [{ b: 1 }] }, { $rename: { 'a.b': 'c' } })
  )
  assertFails(2, /destination field of \$rename cannot be an array element/, () =>
    updated({ a: [1], b: 1 }, { $rename: { b: 'a.0' } })
  )
  assertFails(2, /must differ/, () => updated({}, { $rename: { a: 'a' } }))
  assertFails(2, /must be a string: a has one of type int/, () => updated({}, { $rename: { a: 1 } }))
  assertFails(2, /source field for \$rename may not be dynamic/, () => updated({}, { $rename: { 'a.$': 'b' } }))
  assertFails(2, /destination field for \$rename may not be dynamic/, () => updated({}, { $rename: { a: 'b.$[]' } }))
  assertFails(40, /conflict at 'a'/, () => updated({}, { $rename: { a: 'b' }, $set: { a: 1 } }))
})

test('$currentDate writes the injected time as a date or a timestamp', () => {
  assertUpdated(
    {},
    { $currentDate: { a: true, b: { $type: 'date' }, c: { $type: 'timestamp' } } },
    { a: testTime, b: testTime, c: testTimestamp }
  )
  assertFails(2, /int is not valid for \$currentDate/, () => updated({}, { $currentDate: { a: 1 } }))
  assertFails(2, /required to be 'date' or 'timestamp'/, () => updated({}, { $currentDate: { a: { $type: 'x' } } }))
  assertFails(2, /only valid field/, () => updated({}, { $currentDate: { a: { x: 'date' } } }))
})

test('$setOnInsert does nothing to a document that is there', () => {
  assertUpdated({ a: 1 }, { $setOnInsert: { a: 2, b: 3 } }, { a: 1 })
  assertUpdated({ a: 1 }, { $setOnInsert: { 'a.b.c': 2 } }, { a: 1 })
})

test('$push puts values in, then sorts, then slices', () => {
  assertUpdated({ a: [1] }, { $push: { a: 2, b: 3 } }, { a: [1, 2], b: [3] })
  assertUpdated({ a: [1] }, { $push: { a: [2, 3] } }, { a: [1, [2, 3]] })
  assertUpdated({ a: [1] }, { $push: { a: { $each: [2, 3] } } }, { a: [1, 2, 3] })
  assertUpdated({ a: [1, 2] }, { $push: { a: { $each: [8, 9], $position: 1 } } }, { a: [1, 8, 9, 2] })
  assertUpdated({ a: [1, 2] }, { $push: { a: { $each: [8], $position: -1 } } }, { a: [1, 8, 2] })
  assertUpdated({ a: [1, 2] }, { $push: { a: { $each: [8], $position: 99 } } }, { a: [1, 2, 8] })
  assertUpdated({ a: [1, 2] }, { $push: { a: { $each: [8], $position: -99 } } }, { a: [8, 1, 2] })
  assertUpdated({ a: [3, 1] }, { $push: { a: { $each: [2], $sort: 1, $slice: 2 } } }, { a: [1, 2] })
  assertUpdated({ a: [3, 1] }, { $push: { a: { $each: [2], $slice: -2, $sort: -1 } } }, { a: [2, 1] })
  assertUpdated({ a: [3, 1] }, { $push: { a: { $each: [], $slice: 0 } } }, { a: [] })
  assertUpdated(
    { a: [{ b: 2 }, 5, { b: 1 }] },
    { $push: { a: { $each: [], $sort: { b: 1 } } } },
    { a: [5, { b: 1 }, { b: 2 }] }
  )
  assertUpdated({}, { $push: { a: { $each: [] } } }, { a: [] })
  assertUpdated({ a: [] }, { $push: { a: { x: 1, $slice: 2 } } }, { a: [{ x: 1, $slice: 2 }] })
  assertFails(2, /'a' must be an array but is of type int/, () => updated({ a: 1 }, { $push: { a: 1 } }))
  assertFails(2, /\$each in \$push must be an array/, () => updated({}, { $push: { a: { $each: 1 } } }))
  assertFails(2, /unrecognized clause in \$push of 'a': \$x/, () => updated({}, { $push: { a: { $each: [], $x: 1 } } }))
  assertFails(2, /\$slice in \$push must be a whole number/, () =>
    updated({}, { $push: { a: { $each: [], $slice: 1.5 } } })
  )
  assertFails(2, /\$sort of \$push/, () => updated({}, { $push: { a: { $each: [], $sort: 2 } } }))
  assertFails(2, /\$sort pattern of \$push is empty/, () => updated({}, { $push: { a: { $each: [], $sort: {} } } }))
})

test('$addToSet adds what is not there yet, by value across number types', () => {
  assertUpdated({ a: [1] }, { $addToSet: { a: 1, b: 2 } }, { a: [1], b: [2] })
  assertUpdated({ a: [1] }, { $addToSet: { a: long(1n) } }, { a: [1] })
  assertUpdated({ a: [1] }, { $addToSet: { a: { $each: [2, 2, 1, 3] } } }, { a: [1, 2, 3] })
  assertUpdated(
    { a: [{ x: 1, y: 2 }] },
    { $addToSet: { a: { y: 2, x: 1 } } },
    {
      a: [
        { x: 1, y: 2 },
        { y: 2, x: 1 }
      ]
    }
  )
  assertUpdated({ a: [] }, { $addToSet: { a: { x: 1, $each: [1] } } }, { a: [{ x: 1, $each: [1] }] })
  const strings = new Intl.Collator('en', { sensitivity: 'base' }).compare
  assertUpdated({ a: ['X'] }, { $addToSet: { a: 'x' } }, { a: ['X'] }, { context: { strings } })
  assertFails(2, /'a' must be an array/, () => updated({ a: 1 }, { $addToSet: { a: 1 } }))
  assertFails(14, /\$each in \$addToSet must be an array/, () => updated({}, { $addToSet: { a: { $each: 1 } } }))
  assertFails(2, /no fields besides \$each/, () => updated({}, { $addToSet: { a: { $each: [], $slice: 1 } } }))
})

test('$pop takes from either end', () => {
  assertUpdated({ a: [1, 2, 3], b: [1, 2], c: [] }, { $pop: { a: 1, b: -1, c: 1, d: 1 } }, { a: [1, 2], b: [2], c: [] })
  assertFails(9, /expects 1 or -1/, () => updated({}, { $pop: { a: 2 } }))
  assertFails(9, /expects 1 or -1/, () => updated({}, { $pop: { a: 'x' } }))
  assertFails(14, /'a' must be an array/, () => updated({ a: 1 }, { $pop: { a: 1 } }))
})

test('$pull removes elements by value, by operators or by a filter of documents', () => {
  assertUpdated({ a: [1, 2, 1, long(1n)] }, { $pull: { a: 1, z: 1 } }, { a: [2] })
  assertUpdated({ a: [1, 5, 9] }, { $pull: { a: { $gt: 1, $lt: 9 } } }, { a: [1, 9] })
  assertUpdated({ a: [1, 5, 9] }, { $pull: { a: { $in: [1, 9] } } }, { a: [5] })
  assertUpdated({ a: [{ b: 1, c: 1 }, { b: 2 }, 5] }, { $pull: { a: { b: 1 } } }, { a: [{ b: 2 }, 5] })
  assertUpdated({ a: [{ b: [1, 2] }] }, { $pull: { a: { b: { $elemMatch: { $gt: 1 } } } } }, { a: [] })
  assertUpdated({ a: [{ b: 1 }, { b: 2 }] }, { $pull: { a: { $or: [{ b: 1 }, { b: 2 }] } } }, { a: [] })
  assertUpdated({ a: ['xa', 'b'] }, { $pull: { a: /^x/ } }, { a: ['b'] })
  assertUpdated({ a: [[1, 5], [2]] }, { $pull: { a: { $gt: 4 } } }, { a: [[2]] })
  assertUpdated({ a: [[1, 2], [3]] }, { $pull: { a: [1, 2] } }, { a: [[3]] })
  assertFails(2, /'a' must be an array/, () => updated({ a: 1 }, { $pull: { a: 1 } }))
  assertUpdated({ a: [1, 2, { b: 1 }] }, { $pullAll: { a: [1, { b: 1 }], z: [1] } }, { a: [2] })
  assertFails(2, /\$pullAll requires an array argument but was given int/, () => updated({}, { $pullAll: { a: 1 } }))
})

test('$bit combines integers of 32 and 64 bits', () => {
  assertUpdated({ a: 13 }, { $bit: { a: { and: 10 } } }, { a: 8 })
  assertUpdated({ a: 3 }, { $bit: { a: { or: 5 } } }, { a: 7 })
  assertUpdated({ a: 1 }, { $bit: { a: { xor: 5 } } }, { a: 4 })
  assertUpdated({ a: 1 }, { $bit: { a: { or: 6, and: 5 } } }, { a: 5 })
  assertUpdated({ a: 1 }, { $bit: { a: { or: long(2n) } } }, { a: long(3n) })
  assertUpdated({ a: -1 }, { $bit: { a: { and: long(255n) } } }, { a: long(255n) })
  assertUpdated({}, { $bit: { a: { or: 4 } } }, { a: 4 })
  assertFails(2, /non-integral type: 'a' is of type double/, () => updated({ a: 1.5 }, { $bit: { a: { or: 1 } } }))
  assertFails(2, /not "nand"/, () => updated({}, { $bit: { a: { nand: 1 } } }))
  assertFails(2, /"or" of 'a' is of type double/, () => updated({}, { $bit: { a: { or: 1.5 } } }))
  assertFails(2, /at least one/, () => updated({}, { $bit: { a: {} } }))
  assertFails(2, /takes a document/, () => updated({}, { $bit: { a: 1 } }))
})

test('the positional operators reach the matched element, all elements, or those that an array filter matches', () => {
  assertUpdated({ a: [1, 2] }, { $set: { 'a.$': 9 } }, { a: [1, 9] }, { filter: { a: 2 } })
  assertUpdated(
    { a: [{ b: 1 }, { b: 2 }] },
    { $inc: { 'a.$.b': 5 } },
    { a: [{ b: 1 }, { b: 7 }] },
    { filter: { 'a.b': 2 } }
  )
  assertUpdated({ a: [1, 2] }, { $inc: { 'a.$[]': 1 } }, { a: [2, 3] })
  assertUpdated({ a: [1, 2] }, { $unset: { 'a.$[]': 1 } }, { a: [null, null] })
  assertUpdated({ a: [{ b: [1, 2] }, { b: [3] }] }, { $mul: { 'a.$[].b.$[]': 2 } }, { a: [{ b: [2, 4] }, { b: [6] }] })
  assertUpdated(
    { a: [1, 5, 9] },
    { $set: { 'a.$[big]': 0 } },
    { a: [1, 0, 0] },
    { arrayFilters: [{ big: { $gte: 5 } }] }
  )
  assertUpdated(
    { a: [{ b: 1 }, { b: 3 }] },
    { $set: { 'a.$[i].c': 1, 'a.$[j].c': 2 } },
    {
      a: [
        { b: 1, c: 2 },
        { b: 3, c: 1 }
      ]
    },
    { arrayFilters: [{ 'i.b': 3 }, { 'j.b': 1 }] }
  )
  assertUpdated(
    { a: [{ b: 1, c: 1 }] },
    { $set: { 'a.$[i].d': 1 } },
    { a: [{ b: 1, c: 1, d: 1 }] },
    { arrayFilters: [{ $and: [{ 'i.b': 1 }, { 'i.c': 1 }] }] }
  )
  assertUpdated(
    { a: [{}, {}] },
    { $set: { 'a.$.x': 1, 'a.1.y': 2 } },
    { a: [{}, { x: 1, y: 2 }] },
    { filter: { 'a.1': {} } }
  )
  assertUpdated({ a: [] }, { $set: { 'a.$[]': 1 } }, { a: [] })
})

test('a positional operator that has nothing to stand for is refused', () => {
  const refused: [Fields, Fields, number, RegExp, Fields[]?][] = [
    [{ a: [1] }, { $set: { 'a.$': 1 } }, 2, /did not find the match needed/],
    [{}, { $set: { '$.a': 1 } }, 2, /first position/],
    [{}, { $set: { '$[].a': 1 } }, 2, /first position/],
    [{}, { $set: { 'a.$.b.$': 1 } }, 2, /too many positional/],
    [{}, { $set: { 'a.$[i]': 1 } }, 2, /no array filter found for identifier 'i'/],
    [{}, { $set: { 'a.$[]': 1 } }, 2, /'a' must exist/],
    [{ a: 5 }, { $set: { 'a.$[]': 1 } }, 2, /'a', which is of type int/],
    [{}, { $set: { a: 1 } }, 9, /identifier 'i' was not used/, [{ i: 1 }]],
    [{}, { $set: { 'a.$[i]': 1 } }, 9, /multiple array filters/, [{ i: 1 }, { i: 2 }]],
    [{}, { $set: { 'a.$[i]': 1 } }, 9, /found 'i' and 'j'/, [{ i: 1, j: 1 }]],
    [{}, { $set: { 'a.$[I]': 1 } }, 2, /lowercase letter/, [{ I: 1 }]],
    [{}, { $set: { 'a.$[i]': 1 } }, 9, /needs a top-level field name/, [{}]],
    [{ a: [{}] }, { $set: { 'a.$[i].x': 1, 'a.$[j].x': 2 } }, 40, /conflict at 'a.0.x'/, [{ i: {} }, { j: {} }]]
  ]
  for (const [document, update, code, message, arrayFilters] of refused) {
    assertFails(code, message, () => updated(document, update, arrayFilters === undefined ? {} : { arrayFilters }))
  }
  assertFails(40, /conflict at 'a.0'/, () =>
    updated({ a: [1] }, { $set: { 'a.$': 1, 'a.0': 2 } }, { filter: { a: 1 } })
  )
})

test('an array filter is a document', () => {
  assertFails(14, /must be an object, not int/, () =>
    compileUpdate(doc({ $set: { 'a.$[i]': 1 } }), updateContext, { arrayFilters: [new Int32(1)] })
  )
})

test('two operators may not meet at one path', () => {
  for (const update of [
    { $set: { a: 1 }, $inc: { a: 1 } },
    { $set: { a: 1, 'a.b': 1 } },
    { $set: { 'a.b': 1, a: 1 } },
    { $set: { 'a.b.c': 1, 'a.b': 1 } },
    { $set: { 'a.$[]': 1, 'a.0': 1 } },
    { $set: { 'a.0': 1, 'a.$[]': 1 } }
  ]) {
    assertFails(40, /would create a conflict at 'a/, () => updated({}, update))
  }
})

test('a path that cannot be made is refused', () => {
  assertFails(28, /Cannot create field 'b' in 'a', which is of type int/, () =>
    updated({ a: 5 }, { $set: { 'a.b': 1 } })
  )
  assertFails(28, /Cannot create field 'b' in 'a', which is of type null/, () =>
    updated({ a: null }, { $inc: { 'a.b.c': 1 } })
  )
  assertFails(28, /Cannot create field 'b' in 'a', which is of type array/, () =>
    updated({ a: [1] }, { $push: { 'a.b': 1 } })
  )
  assertFails(56, /'a..b' contains an empty field name/, () => updated({}, { $set: { 'a..b': 1 } }))
  assertFails(56, /empty field name/, () => updated({}, { $set: { '': 1 } }))
  assertFails(52, /'\$x' in 'a.\$x' is not valid for storage/, () => updated({}, { $set: { 'a.$x': 1 } }))
})

test('an array grows by the limit and no further in one update', () => {
  const tree = new UpdateTree(new Map())
  tree.add(['a', String(arrayPaddingMax)], { creates: always, apply: () => true })
  const array: BSONValue[] = []
  tree.apply(new Map([['a', array]]), undefined, false)
  assert.equal(array.length, arrayPaddingMax + 1)
  assertFails(34, /arrayPaddingMax/, () => updated({ a: [] }, { $set: { [`a.${arrayPaddingMax + 1}`]: 1 } }))
})

test('a document may not nest deeper than the limit', () => {
  const path = Array.from({ length: nestingDepthMax - 1 }, () => 'a').join('.')
  assert.equal(updated({}, { $set: { [path]: {} } }).changed, true)
  assertFails(15, /nestingDepthMax/, () => updated({}, { $set: { [path]: { a: {} } } }))
})

test('_id never changes', () => {
  assertUpdated({ _id: 1, a: 1 }, { $set: { _id: 1, a: 2 } }, { _id: 1, a: 2 })
  assertFails(66, /immutable field '_id'/, () => updated({ _id: 1 }, { $set: { _id: 2 } }))
  assertFails(66, /immutable field '_id'/, () => updated({ _id: 1 }, { $unset: { _id: 1 } }))
  assertFails(66, /immutable field '_id'/, () => updated({ _id: { x: 1 } }, { $set: { '_id.x': 2 } }))
  assertFails(66, /immutable field '_id'/, () => updated({ _id: 1 }, { $rename: { _id: 'a' } }))
  assertFails(66, /immutable field '_id'/, () => updated({ _id: 1 }, { _id: 2, a: 1 }))
  assertFails(53, /cannot be of type array/, () => updated({}, { $set: { _id: [1] } }))
  const strings = new Intl.Collator('en', { sensitivity: 'base' }).compare
  assertFails(66, /immutable/, () => updated({ _id: 'a' }, { $set: { _id: 'A' } }, { context: { strings } }))
})

test('a replacement keeps the _id and nothing else', () => {
  assertUpdated({ _id: 1, a: 1, b: 2 }, { c: 3 }, { _id: 1, c: 3 })
  assertUpdated({ _id: 1, a: 1 }, { c: 3, _id: 1 }, { _id: 1, c: 3 })
  assertUpdated({ _id: 1, a: 1 }, {}, { _id: 1 })
  assertUpdated(
    { _id: 1 },
    { t: new Timestamp(0n), n: { t: new Timestamp(0n) } },
    { _id: 1, t: testTimestamp, n: { t: new Timestamp(0n) } }
  )
  assertUpdated({ _id: 1 }, { a: { $x: 1 } }, { _id: 1, a: { $x: 1 } })
  assertFails(9, /multi update is not supported/, () => updated({}, { a: 1 }, { multi: true }))
  assertFails(52, /'\$set' is not allowed/, () => updated({}, { a: 1, $set: { b: 1 } }))
  assertFails(9, /arrayFilters may not be specified with a replacement/, () =>
    updated({}, { a: 1 }, { arrayFilters: [{ i: 1 }] })
  )
})

test('operators of a wrong form are refused', () => {
  assertFails(9, /Unknown modifier: \$x/, () => updated({}, { $x: { a: 1 } }))
  assertFails(9, /Unknown modifier: b/, () => updated({}, { $set: { a: 1 }, b: 1 }))
  assertFails(9, /Unknown modifier: constructor/, () => updated({}, { $set: { a: 1 }, constructor: { a: 1 } }))
  assertFails(9, /\$set has a int/, () => updated({}, { $set: 5 }))
})

test('an update says whether it changed a byte', () => {
  const unchanged: [Fields, Fields][] = [
    [{ a: 1 }, { $set: { a: 1 } }],
    [{ a: 1 }, { $set: {} }],
    [{ a: 1 }, { $inc: { a: 0 } }],
    [{ a: 1 }, { $unset: { b: 1 } }],
    [{ a: 1 }, { $min: { a: 1 } }],
    [{ a: [1] }, { $addToSet: { a: 1 } }],
    [{ a: [1] }, { $pull: { a: 2 } }],
    [{ a: [] }, { $pop: { a: 1 } }],
    [{ a: 1 }, { $setOnInsert: { a: 2 } }],
    [{ _id: 1, a: 1 }, { a: 1 }]
  ]
  for (const [document, update] of unchanged)
    assert.equal(updated(document, update).changed, false, JSON.stringify(update))
  assert.equal(updated({ a: 1 }, { $set: { a: long(1n) } }).changed, true, 'another type is a change')
  assert.equal(
    updated({ a: { x: 1, y: 2 } }, { $set: { a: { y: 2, x: 1 } } }).changed,
    true,
    'another order is a change'
  )
})

test('the document that is given stays as it is', () => {
  const before = doc({ a: [{ b: 1 }], c: { d: 1 } })
  const bytes = encodeDocument(before)
  compileUpdate(doc({ $set: { 'a.0.b': 2, 'c.d': 3 }, $push: { e: 1 } }), updateContext).apply(before)
  assert.deepEqual(encodeDocument(before), bytes)
})

test('one compiled update serves many documents', () => {
  const update = compileUpdate(doc({ $set: { a: { n: 0 } }, $push: { 'b.c': { x: 1 } } }), updateContext)
  const first = update.apply(doc({}))
  compileUpdate(doc({ $inc: { 'a.n': 1 }, $set: { 'b.c.0.x': 9 } }), updateContext).apply(first.document)
  assertDocument(update.apply(doc({})).document, { a: { n: 0 }, b: { c: [{ x: 1 }] } })
})

test('names such as __proto__ and constructor are data', () => {
  const update = compileUpdate(
    new Map([
      [
        '$set',
        new Map([
          ['__proto__.polluted', new Int32(1)],
          ['constructor.prototype.polluted', new Int32(1)]
        ])
      ]
    ]),
    updateContext
  )
  const { document } = update.apply(new Map())
  assert.deepEqual([...document.keys()], ['__proto__', 'constructor'])
  assert.equal(Reflect.get({}, 'polluted'), undefined)
})

test('after $set of a value the field matches that value', () => {
  fc.assert(
    fc.property(
      bsonDocument,
      fc.array(fieldName, { minLength: 1, maxLength: 2 }),
      bsonValue,
      (document, names, value) => {
        if (value instanceof OpaqueValue && value.type === bsonTypes.undefined) return
        const path = names.join('.')
        const holder = document.get(names[0] ?? '')
        if (names.length > 1 && holder !== undefined && !(holder instanceof Map)) return
        const { document: after } = compileUpdate(new Map([['$set', new Map([[path, value]])]]), updateContext).apply(
          document
        )
        assert.ok(compileFilter(new Map([[path, new Map([['$eq', value]])]]))(after))
      }
    ),
    { ...seeded, numRuns: 1500 }
  )
})

test('fields that an update does not name keep their bytes and their order', () => {
  fc.assert(
    fc.property(bsonDocument, bsonValue, (document, value) => {
      const { document: after } = compileUpdate(new Map([['$set', new Map([['new', value]])]]), updateContext).apply(
        document
      )
      assert.equal([...after.keys()].at(-1), 'new')
      after.delete('new')
      assert.deepEqual(encodeDocument(after), encodeDocument(document))
    }),
    seeded
  )
})
