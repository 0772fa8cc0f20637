import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp
} from '../../../src/bson/index.ts'
import {
  type BSONDocument,
  bsonTypes,
  compileFilter,
  filterDepthMax,
  type MatchPosition,
  OpaqueValue
} from '../../../src/embedded/query/index.ts'
import { bsonValue, seeded } from './arbitraries.ts'
import { assertFails, doc, type Fields, matches } from './documents.ts'

/** Each row: a filter, documents that it matches, documents that it does not. */
type Row = [filter: Fields, yes: Fields[], no: Fields[]]

function assertTable(rows: readonly Row[]): void {
  for (const [filter, yes, no] of rows) {
    for (const document of yes) assert.ok(matches(filter, document), `${show(filter)} should match ${show(document)}`)
    for (const document of no)
      assert.ok(!matches(filter, document), `${show(filter)} should not match ${show(document)}`)
  }
}

function show(fields: Fields): string {
  return JSON.stringify(fields, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
}

test('equality is by value across the types of numbers, and by order of fields in documents', () => {
  assertTable([
    [
      { a: 1 },
      [{ a: 1 }, { a: new Double(1) }, { a: Long.fromNumber(1) }, { a: Decimal128.fromString('1.0') }],
      [{ a: 2 }, { a: '1' }, { a: true }]
    ],
    [
      { a: { x: 1, y: 2 } },
      [{ a: { x: 1, y: 2 } }],
      [{ a: { y: 2, x: 1 } }, { a: { x: 1 } }, { a: { x: 1, y: 2, z: 3 } }]
    ],
    [{ a: {} }, [{ a: {} }, { a: [{}] }], [{ a: { b: 1 } }, {}]],
    [{ a: { $eq: NaN } }, [{ a: NaN }, { a: Decimal128.fromString('NaN') }], [{ a: 1 }]],
    [{ a: -0 }, [{ a: 0 }, { a: Decimal128.fromString('0.00') }], []],
    [
      { a: new ObjectId('0123456789abcdef01234567') },
      [{ a: new ObjectId('0123456789abcdef01234567') }],
      [{ a: '0123456789abcdef01234567' }]
    ],
    [{ a: { $ref: 'c', $id: 1 } }, [{ a: { $ref: 'c', $id: 1 } }], [{ a: { $ref: 'd', $id: 1 } }]]
  ])
})

test('null matches a missing field, and undefined does not', () => {
  assertTable([
    [{ a: null }, [{}, { a: null }, { a: [1, null] }], [{ a: 0 }, { a: [] }]],
    [{ a: { $ne: null } }, [{ a: 0 }, { a: [] }], [{}, { a: null }, { a: [null] }]],
    [{ a: { $gte: null } }, [{}, { a: null }], [{ a: 1 }]],
    [{ a: { $lte: null } }, [{}, { a: null }], [{ a: 1 }]],
    [{ a: { $gt: null } }, [], [{}, { a: null }, { a: 1 }]],
    [{ a: { $in: [null] } }, [{}, { a: null }], [{ a: 1 }]],
    [
      { 'a.b': null },
      [{}, { a: 5 }, { a: {} }, { a: [{ b: 1 }, {}] }, { a: [{ b: null }] }],
      [{ a: { b: 1 } }, { a: [{ b: 1 }] }, { a: [] }, { a: [1] }]
    ]
  ])
  const undefinedValue = new OpaqueValue(bsonTypes.undefined, new Uint8Array(0))
  assert.equal(compileFilter(doc({ a: null }))(new Map([['a', undefinedValue]])), false)
  assertFails(2, /\$eq cannot compare to undefined/, () => compileFilter(new Map([['a', undefinedValue]])))
  assertFails(2, /\$gt cannot compare to undefined/, () =>
    compileFilter(new Map([['a', new Map([['$gt', undefinedValue]])]]))
  )
})

test('a range holds values of its own type only', () => {
  assertTable([
    [
      { a: { $gt: 5 } },
      [{ a: 6 }, { a: Long.fromBigInt(2n ** 60n) }, { a: Decimal128.fromString('5.1') }, { a: Infinity }],
      [{ a: 5 }, { a: 'x' }, { a: NaN }, { a: true }, {}, { a: { b: 9 } }]
    ],
    [{ a: { $lt: 5 } }, [{ a: 4.5 }, { a: -Infinity }], [{ a: NaN }, { a: null }, { a: '1' }]],
    [{ a: { $lte: NaN } }, [{ a: NaN }], [{ a: 1 }]],
    [{ a: { $lt: NaN } }, [], [{ a: NaN }, { a: 1 }]],
    [{ a: { $gte: 'b' } }, [{ a: 'b' }, { a: 'c' }, { a: new BSONSymbol('c') }], [{ a: 'a' }, { a: 9 }]],
    [{ a: { $gt: new Date(5) } }, [{ a: new Date(6) }], [{ a: new Date(5) }, { a: new Timestamp({ t: 9, i: 9 }) }]],
    [{ a: { $gt: { b: 1 } } }, [{ a: { b: 2 } }, { a: { c: 1 } }, { a: { b: 1, c: 1 } }], [{ a: { a: 9 } }, { a: 2 }]],
    [{ a: { $gte: [2] } }, [{ a: [2] }, { a: [3] }, { a: [2, 1] }], [{ a: [1, 9] }, { a: 3 }]],
    [{ a: { $gt: false } }, [{ a: true }], [{ a: false }, { a: 1 }]],
    [{ a: { $gt: new MinKey() } }, [{ a: 1 }, { a: null }, { a: new MaxKey() }], [{ a: new MinKey() }]],
    [{ a: { $lt: new MaxKey() } }, [{ a: 1 }, { a: new MinKey() }], [{ a: new MaxKey() }]],
    [{ a: { $gte: new MaxKey() } }, [{ a: new MaxKey() }], [{ a: 1 }]],
    [{ a: { $gt: 1, $lt: 3 } }, [{ a: 2 }, { a: [0, 5] }], [{ a: 1 }, { a: 3 }]]
  ])
})

test('an array matches by an element or as a whole', () => {
  assertTable([
    [{ a: 1 }, [{ a: [3, 1] }], [{ a: [[1]] }, { a: [] }]],
    [{ a: [1, 2] }, [{ a: [1, 2] }, { a: [[1, 2], 3] }], [{ a: [2, 1] }, { a: 1 }]],
    [{ a: { $ne: 1 } }, [{ a: [2] }, {}], [{ a: [1, 2] }]],
    [{ a: { $in: [1, 'x'] } }, [{ a: 1 }, { a: ['x'] }], [{ a: 2 }, {}]],
    [{ a: { $in: [[1]] } }, [{ a: [1] }, { a: [[1]] }], [{ a: 1 }]],
    [{ a: { $in: [] } }, [], [{ a: 1 }, {}]],
    [{ a: { $nin: [1, null] } }, [{ a: 2 }], [{ a: [1] }, {}]],
    [{ a: { $in: [/^x/] } }, [{ a: 'xy' }], [{ a: 'y' }]]
  ])
})

test('a path goes through documents and arrays, and a number in it is an index or a name', () => {
  assertTable([
    [
      { 'a.b': 1 },
      [{ a: { b: 1 } }, { a: [{ b: 2 }, { b: 1 }] }, { a: { b: [1] } }, { a: [{ b: [2, 1] }] }],
      [{ a: [[{ b: 1 }]] }, { a: 1 }]
    ],
    [{ 'a.0': 1 }, [{ a: [1, 2] }, { a: { 0: 1 } }, { a: [{ 0: 1 }] }], [{ a: [2, 1] }, { a: [[1]] }]],
    [{ 'a.1.b': 1 }, [{ a: [0, { b: 1 }] }, { a: { 1: { b: 1 } } }], [{ a: [{ b: 1 }] }]],
    [{ 'a.0.b': 1 }, [{ a: [{ b: 1 }] }, { a: [[{ b: 1 }]] }], [{ a: [{ b: 2 }, { b: 1 }] }]],
    [{ 'a.00': 1 }, [{ a: { '00': 1 } }], [{ a: [1] }]],
    [{ 'a.b.c': 1 }, [{ a: [{ b: [{ c: 1 }] }] }], [{ a: { b: 1 } }]]
  ])
})

test('$and, $or and $nor combine filters, and $not turns one round', () => {
  assertTable([
    [{ $and: [{ a: 1 }, { b: 2 }] }, [{ a: 1, b: 2 }], [{ a: 1 }]],
    [{ $or: [{ a: 1 }, { b: 2 }] }, [{ a: 1 }, { b: 2 }], [{ a: 2 }]],
    [{ $nor: [{ a: 1 }, { b: 2 }] }, [{ a: 2 }, {}], [{ a: 1 }, { b: 2 }]],
    [{ a: { $not: { $gt: 5 } } }, [{ a: 5 }, {}, { a: 'x' }], [{ a: 6 }, { a: [1, 6] }]],
    [{ a: { $not: /x/ } }, [{ a: 'y' }, {}], [{ a: 'x' }]],
    [{ a: { $not: { $regex: 'X', $options: 'i' } } }, [{ a: 'y' }], [{ a: 'x' }]],
    [{ a: 1, $comment: 'why' }, [{ a: 1 }], [{ a: 2 }]],
    [{}, [{}, { a: 1 }], []]
  ])
})

test('$exists asks for the field, $size for the length, $mod for the remainder', () => {
  assertTable([
    [{ a: { $exists: true } }, [{ a: null }, { a: [] }], [{}]],
    [{ a: { $exists: false } }, [{}], [{ a: null }]],
    [{ a: { $exists: 0 } }, [{}], [{ a: 1 }]],
    [{ 'a.b': { $exists: true } }, [{ a: [{}, { b: 1 }] }], [{ a: [{}] }, { a: [] }]],
    [{ a: { $size: 2 } }, [{ a: [1, 2] }], [{ a: [1] }, { a: 2 }, {}, { a: [[1, 2]] }]],
    [{ a: { $size: Long.fromNumber(0) } }, [{ a: [] }], [{}]],
    [
      { a: { $mod: [4, 1] } },
      [{ a: 5 }, { a: 5.9 }, { a: Long.fromNumber(9) }, { a: Decimal128.fromString('1') }, { a: [2, 5] }],
      [{ a: 4 }, { a: 'x' }, { a: NaN }, { a: Infinity }, {}]
    ],
    [{ a: { $mod: [4.7, -1] } }, [{ a: -5 }], [{ a: 5 }]]
  ])
})

test('$type tells every type by its alias and by its number', () => {
  const samples: [string, number, unknown][] = [
    ['double', 1, new Double(1)],
    ['string', 2, 'x'],
    ['object', 3, {}],
    ['binData', 5, new Binary(new Uint8Array(1))],
    ['objectId', 7, new ObjectId('0123456789abcdef01234567')],
    ['bool', 8, true],
    ['date', 9, new Date(0)],
    ['null', 10, null],
    ['regex', 11, new BSONRegExp('a')],
    ['symbol', 14, new BSONSymbol('a')],
    ['int', 16, new Int32(1)],
    ['timestamp', 17, new Timestamp({ t: 1, i: 1 })],
    ['long', 18, Long.fromNumber(1)],
    ['decimal', 19, Decimal128.fromString('1')],
    ['minKey', -1, new MinKey()],
    ['maxKey', 127, new MaxKey()]
  ]
  for (const [alias, number, wanted] of samples) {
    for (const [other, , candidate] of samples) {
      assert.equal(matches({ a: { $type: alias } }, { a: candidate }), alias === other)
      assert.equal(matches({ a: { $type: number } }, { a: candidate }), alias === other)
      assert.equal(matches({ a: { $type: [alias, 'array'] } }, { a: [candidate] }), true)
      assert.equal(
        matches({ a: { $type: 'number' } }, { a: wanted }),
        ['int', 'long', 'double', 'decimal'].includes(alias)
      )
    }
  }
  assertTable([[{ a: { $type: 'array' } }, [{ a: [] }, { a: [[1]] }], [{ a: 1 }, {}]]])
})

test('$all wants each value somewhere in the field, $elemMatch one element that meets all', () => {
  assertTable([
    [{ a: { $all: [1, 2] } }, [{ a: [2, 1, 3] }], [{ a: [1] }, { a: 1 }]],
    [{ a: { $all: [1] } }, [{ a: 1 }], [{ a: 2 }]],
    [{ a: { $all: [] } }, [], [{ a: [] }, {}]],
    [{ a: { $all: [/^x/, 'y'] } }, [{ a: ['xz', 'y'] }], [{ a: ['y'] }]],
    [{ a: { $all: [[1, 2]] } }, [{ a: [1, 2] }, { a: [[1, 2]] }], [{ a: [1] }]],
    [
      { a: { $all: [{ $elemMatch: { b: 1 } }, { $elemMatch: { b: 2 } }] } },
      [{ a: [{ b: 1 }, { b: 2 }] }],
      [{ a: [{ b: 1 }] }]
    ],
    [
      { a: { $elemMatch: { b: 1, c: 2 } } },
      [{ a: [{ b: 1, c: 2 }] }],
      [{ a: [{ b: 1 }, { c: 2 }] }, { a: { b: 1, c: 2 } }]
    ],
    [{ a: { $elemMatch: { $gt: 1, $lt: 3 } } }, [{ a: [5, 2] }], [{ a: [0, 5] }, { a: 2 }, { a: [[2]] }]],
    [{ a: { $elemMatch: { $or: [{ b: 1 }, { b: 2 }] } } }, [{ a: [{ b: 2 }] }], [{ a: [{ b: 3 }] }]],
    [{ a: { $elemMatch: { $elemMatch: { $gt: 1 } } } }, [{ a: [[2]] }], [{ a: [2] }]],
    [{ a: { $elemMatch: { 0: 1 } } }, [{ a: [[1]] }], [{ a: [1] }]],
    [{ a: { $elemMatch: { $not: { $gt: 1 } } } }, [{ a: [2, 0] }], [{ a: [2] }]],
    [{ a: { $elemMatch: {} } }, [{ a: [{}] }], [{ a: [1] }]]
  ])
})

test('the bit operators look at whole numbers, the sign beyond their highest bit, and at binaries', () => {
  assertTable([
    [
      { a: { $bitsAllSet: [1, 2] } },
      [{ a: 6 }, { a: 7 }, { a: Long.fromNumber(6) }, { a: 6.0 }, { a: -1 }],
      [{ a: 2 }, { a: 6.5 }, { a: 'x' }, {}]
    ],
    [{ a: { $bitsAnySet: 6 } }, [{ a: 2 }, { a: 4 }], [{ a: 1 }, { a: 8 }]],
    [{ a: { $bitsAllClear: 6 } }, [{ a: 1 }, { a: 8 }], [{ a: 2 }]],
    [{ a: { $bitsAnyClear: 6 } }, [{ a: 2 }], [{ a: 6 }]],
    [{ a: { $bitsAllSet: [64] } }, [{ a: -1 }], [{ a: 1 }]],
    [
      { a: { $bitsAllSet: new Binary(new Uint8Array([0, 1])) } },
      [{ a: 256 }, { a: new Binary(new Uint8Array([0, 1])) }],
      [{ a: 1 }]
    ],
    [{ a: { $bitsAllClear: [9] } }, [{ a: new Binary(new Uint8Array([1])) }], []]
  ])
})

test('$regex takes a pattern with options, or a regular expression', () => {
  assertTable([
    [
      { a: /^x/i },
      [{ a: 'Xy' }, { a: ['y', 'x'] }, { a: new BSONSymbol('x') }, { a: new BSONRegExp('^x', 'i') }],
      [{ a: 'yx' }, { a: 1 }, { a: new BSONRegExp('^x') }]
    ],
    [{ a: { $regex: '^x', $options: 'i' } }, [{ a: 'X' }], [{ a: 'yx' }]],
    [{ a: { $options: 'i', $regex: '^x' } }, [{ a: 'X' }], []],
    [{ a: { $regex: /^x/, $options: 'i' } }, [{ a: 'X' }], []],
    [{ a: { $eq: new BSONRegExp('x') } }, [{ a: new BSONRegExp('x') }], [{ a: 'x' }]]
  ])
})

test('$expr asks the injected evaluator, and is refused without one', () => {
  const compileExpression = () => (document: ReadonlyMap<string, unknown>) => document.has('b')
  assert.ok(matches({ $expr: 'any' }, {}), 'a constant string is true')
  assert.ok(matches({ $expr: { $any: 1 } }, { b: 1 }, { compileExpression }))
  assert.ok(!matches({ $expr: { $any: 1 } }, {}, { compileExpression }))
  assertFails(238, /\$expr/, () => compileFilter(doc({ $expr: { $gt: ['$a', 1] } })))
})

test('a collation decides on equality, ranges and lists', () => {
  const strings = new Intl.Collator('en', { sensitivity: 'base' }).compare
  assert.ok(matches({ a: 'ping' }, { a: 'PING' }, { strings }))
  assert.ok(matches({ a: { $in: ['ping'] } }, { a: 'PING' }, { strings }))
  assert.ok(!matches({ a: { $ne: 'ping' } }, { a: 'PING' }, { strings }))
  assert.ok(!matches({ a: { $lt: 'ping' } }, { a: 'PING' }, { strings }))
  assert.ok(matches({ a: { b: ['x'] } }, { a: { b: ['X'] } }, { strings }), 'inside of documents and arrays, too')
})

test('operators that are lacking or unknown are refused by name when the filter is compiled', () => {
  const refused: [Fields, number, RegExp][] = [
    [{ a: { $unsupported: 1 } }, 2, /unknown operator: \$unsupported/],
    [{ $unsupported: 1 }, 2, /unknown top level operator: \$unsupported/],
    [{ a: { $gt: 1, b: 2 } }, 2, /unknown operator: b/],
    [{ $where: 'true' }, 2, /\$where is not supported/],
    [{ $text: { $search: 'x' } }, 27, /\$text is not supported/],
    [{ a: { $near: [0, 0] } }, 291, /\$near is not supported/],
    [{ a: { $geoWithin: {} } }, 238, /\$geoWithin is not supported/],
    [{ $jsonSchema: {} }, 238, /\$jsonSchema is not supported/],
    [{ a: { $elemMatch: { $where: 'x' } } }, 2, /\$where is not supported/]
  ]
  for (const [filter, code, message] of refused) assertFails(code, message, () => compileFilter(doc(filter)))
})

test('operands that make no sense are refused with the server’s code', () => {
  const refused: [Fields, number, RegExp][] = [
    [{ $and: [] }, 2, /\$and must be a nonempty array/],
    [{ $or: {} }, 2, /\$or must be a nonempty array/],
    [{ $nor: [1] }, 2, /entries of \$nor need to be full objects/],
    [{ a: { $in: 1 } }, 2, /\$in needs an array/],
    [{ a: { $nin: 1 } }, 2, /\$nin needs an array/],
    [{ a: { $in: [{ $gt: 1 }] } }, 2, /cannot nest \$ under \$in/],
    [{ a: { $ne: /x/ } }, 2, /regular expression as the argument of \$ne/],
    [{ a: { $gt: /x/ } }, 2, /regular expression as the argument of \$gt/],
    [{ a: { $not: 1 } }, 2, /\$not needs/],
    [{ a: { $not: {} } }, 2, /\$not cannot be empty/],
    [{ a: { $not: { b: 1 } } }, 2, /unknown operator: b/],
    [{ a: { $all: 1 } }, 2, /\$all needs an array/],
    [{ a: { $all: [{ $gt: 1 }] } }, 2, /no \$ expressions in \$all/],
    [{ a: { $all: [{ $elemMatch: {} }, 1] } }, 2, /\$elemMatch for each/],
    [{ a: { $elemMatch: 1 } }, 2, /\$elemMatch needs an object/],
    [{ a: { $elemMatch: { $expr: true } } }, 2, /\$expr can only be applied to the top-level/],
    [{ a: { $size: -1 } }, 2, /\$size/],
    [{ a: { $size: 1.5 } }, 2, /\$size/],
    [{ a: { $mod: 1 } }, 2, /malformed mod/],
    [{ a: { $mod: [1] } }, 2, /not enough/],
    [{ a: { $mod: [1, 2, 3] } }, 2, /too many/],
    [{ a: { $mod: [0, 1] } }, 2, /divisor cannot be 0/],
    [{ a: { $mod: ['x', 1] } }, 2, /divisor is not a number/],
    [{ a: { $mod: [1, NaN] } }, 2, /remainder is not a number/],
    [{ a: { $type: 'thing' } }, 2, /unknown type name alias: thing/],
    [{ a: { $type: 'constructor' } }, 2, /unknown type name alias: constructor/],
    [{ a: { $type: 20 } }, 2, /invalid numerical type code: 20/],
    [{ a: { $type: [] } }, 9, /at least one type/],
    [{ a: { $type: true } }, 14, /a number or a string/],
    [{ a: { $options: 'i' } }, 2, /\$options needs a \$regex/],
    [{ a: { $regex: 1 } }, 2, /\$regex has to be a string/],
    [{ a: { $regex: 'x', $options: 1 } }, 2, /\$options has to be a string/],
    [{ a: { $regex: /x/i, $options: 'm' } }, 51075, /both \$regex and \$options/],
    [{ a: { $bitsAllSet: -1 } }, 2, /mask/],
    [{ a: { $bitsAllSet: 'x' } }, 2, /\$bitsAllSet takes/],
    [{ a: { $bitsAllSet: [-1] } }, 2, /bit positions/]
  ]
  for (const [filter, code, message] of refused) assertFails(code, message, () => compileFilter(doc(filter)))
})

test('a filter that nests deeper than the limit is refused by the limit’s name', () => {
  const nested = (levels: number): BSONDocument => {
    let filter = doc({ a: 1 })
    for (let level = 2; level <= levels; level += 1) filter = new Map([['$and', [filter]]])
    return filter
  }
  assert.ok(compileFilter(nested(filterDepthMax)))
  assertFails(2, /filterDepthMax/, () => compileFilter(nested(filterDepthMax + 1)))
})

test('names such as __proto__ and constructor are data', () => {
  const proto = (n: number): ReadonlyMap<string, Int32> => new Map([['__proto__', new Int32(n)]])
  assert.ok(compileFilter(new Map(proto(1)))(new Map(proto(1))))
  assert.ok(!compileFilter(new Map(proto(1)))(new Map(proto(2))))
  assert.ok(!compileFilter(new Map(proto(1)))(new Map()))
  assertTable([
    [{ constructor: null }, [{}], [{ constructor: 1 }]],
    [{ 'toString.name': { $exists: true } }, [], [{}]]
  ])
})

test('a match records the index in the outermost array that the path went through', () => {
  const positions: [Fields, Fields, number | undefined][] = [
    [{ a: 2 }, { a: [1, 2, 3] }, 1],
    [{ 'a.b': 2 }, { a: [{ b: 1 }, { b: [9, 2] }] }, 1],
    [{ a: { $elemMatch: { $gt: 1 } } }, { a: [0, 1, 2] }, 2],
    [{ 'a.b': { $elemMatch: { c: 1 } } }, { a: [{}, { b: [{}, {}, { c: 1 }] }] }, 1],
    [{ 'a.1': 5 }, { a: [1, 5] }, 1],
    [{ a: { $in: [3] }, b: 1 }, { a: [1, 2, 3], b: 1 }, 2],
    [{ $and: [{ a: 2 }] }, { a: [1, 2] }, 1],
    [{ a: 1, c: 5 }, { a: [0, 1], c: [3, 4, 5] }, 2],
    [{ $or: [{ a: 2 }] }, { a: [1, 2] }, undefined],
    [{ a: { $ne: 5 } }, { a: [1, 2] }, undefined],
    [{ a: 1 }, { a: 1 }, undefined]
  ]
  for (const [filter, document, index] of positions) {
    const found: MatchPosition = {}
    assert.ok(compileFilter(doc(filter))(doc(document), found), show(filter))
    assert.equal(found.index, index, show(filter))
  }
})

test('every value matches itself, and a filter and its negation divide all documents', () => {
  fc.assert(
    fc.property(bsonValue, bsonValue, fc.constantFrom('$eq', '$gt', '$gte', '$lt', '$lte'), (a, b, operator) => {
      if (
        (a instanceof OpaqueValue && a.type === bsonTypes.undefined) ||
        (b instanceof OpaqueValue && b.type === bsonTypes.undefined)
      )
        return
      const document = new Map([['f', b]])
      assert.ok(compileFilter(new Map([['f', new Map([['$eq', a]])]]))(new Map([['f', a]])))
      if (operator !== '$eq' && a instanceof BSONRegExp) return
      const test = new Map([[operator, a]])
      const yes = compileFilter(new Map([['f', test]]))(document)
      const no = compileFilter(new Map([['f', new Map([['$not', test]])]]))(document)
      assert.notEqual(yes, no)
    }),
    { ...seeded, numRuns: 1500 }
  )
})
