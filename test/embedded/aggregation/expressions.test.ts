/* oxlint-disable unicorn/no-thenable -- `then` is a field of $cond and $switch */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BSONRegExp, Decimal128, Double, Int32, Long } from '../../../src/bson/index.ts'
import { rangeElementsMax } from '../../../src/embedded/aggregation/index.ts'
import {
  type BSONDocument,
  bsonTypes,
  compileCollation,
  fromObject,
  OpaqueValue
} from '../../../src/embedded/query/index.ts'
import { assertFails, doc } from '../query/documents.ts'
import { aggregationNow, assertEvaluates, assertTable, evaluated } from './running.ts'

const int = (n: number) => new Int32(n)
const long = (n: bigint | number) => Long.fromBigInt(BigInt(n))

test('a field path goes through documents and arrays, and numbers in it are only names', () => {
  const document = { a: { b: 1, 0: 'zero' }, l: [{ b: 1 }, { c: 2 }, 5, { b: [3] }, [{ b: 4 }]] }
  assertTable(
    [
      ['$a.b', 1],
      ['$a.0', 'zero'],
      ['$l.b', [1, [3]]],
      ['$l.0', []],
      ['$l.0.b', []],
      ['$missing', undefined],
      ['$a.b.c', undefined],
      ['text', 'text'],
      [
        ['$a.b', '$missing'],
        [1, null]
      ],
      [
        { x: '$a.b', y: '$missing', z: { w: 1 } },
        { x: 1, z: { w: 1 } }
      ],
      [{}, {}]
    ],
    document
  )
})

test('$$ROOT and $$CURRENT are the document, $$REMOVE nothing, $$NOW one time for the command', () => {
  assertTable(
    [
      ['$$ROOT', { a: { b: 1 } }],
      ['$$CURRENT.a.b', 1],
      ['$$REMOVE', undefined],
      ['$$NOW', aggregationNow]
    ],
    { a: { b: 1 } }
  )
})

test('malformed references and expressions are refused by the server’s codes', () => {
  assertFails(16872, /by itself/, () => evaluated('$'))
  assertFails(17276, /undefined variable: x/, () => evaluated('$$x'))
  assertFails(17276, /undefined variable: USER_ROLES/, () => evaluated('$$USER_ROLES'))
  assertFails(15998, /empty field name/, () => evaluated('$a..b'))
  assertFails(40353, /must not end/, () => evaluated('$a.'))
  assertFails(16410, /\$b/, () => evaluated('$a.$b'))
  assertFails(15983, /exactly one field/, () => evaluated({ $add: [1], $abs: 1 }))
  assertFails(16410, /\$abs/, () => evaluated({ a: 1, $abs: 1 }))
  assertFails(16412, /a\.b/, () => evaluated({ 'a.b': 1 }))
  assertFails(16020, /\$cmp takes exactly 2 arguments\. 1 were/, () => evaluated({ $cmp: [1] }))
  assertFails(28667, /at least 2 arguments, and at most 3/, () => evaluated({ $slice: [[1]] }))
})

test('an operator that is not built is refused by name', () => {
  for (const name of [
    '$foo',
    '$function',
    '$accumulator',
    '$where',
    '$meta',
    '$dateTrunc',
    '$rand',
    '$__proto__',
    '$toString2'
  ]) {
    assertFails(168, new RegExp(`Unrecognized expression '\\${name}'`), () => evaluated({ [name]: 1 }))
  }
})

test('comparisons go by the order of BSON values: numbers by value, a missing value below null', () => {
  assertTable([
    [{ $eq: [1, long(1)] }, true],
    [{ $eq: [1, Decimal128.fromString('1.00')] }, true],
    [
      {
        $eq: [
          { x: 1, y: 2 },
          { y: 2, x: 1 }
        ]
      },
      false
    ],
    [{ $ne: [1, 'a'] }, true],
    [{ $cmp: [long(2n ** 53n + 1n), new Double(2 ** 53)] }, int(1)],
    [{ $cmp: ['a', 1] }, int(1)],
    [{ $gt: [long(100), 10] }, true],
    [{ $gte: [2, new Double(2)] }, true],
    [{ $lt: ['$missing', null] }, true],
    [{ $lte: [null, '$missing'] }, false],
    [{ $eq: ['$missing', null] }, false],
    [{ $eq: ['$missing', '$other'] }, true]
  ])
})

test('strings in expressions compare by the collation that the command gives', () => {
  const strings = compileCollation(doc({ locale: 'en_US', strength: 2 }))
  assert.ok(strings !== undefined)
  for (const expression of [{ $eq: ['a', 'A'] }, { $in: ['a', ['B', 'A']] }, { $setEquals: [['a'], ['A', 'a']] }]) {
    assert.equal(evaluated(expression, {}, { strings }), true)
    assert.equal(evaluated(expression), false)
  }
})

test('logic takes the truth of any value, and stops where the answer is known', () => {
  assertTable([
    [{ $and: [] }, true],
    [{ $or: [] }, false],
    [{ $and: [1, 'a', {}, []] }, true],
    [{ $and: [1, null] }, false],
    [{ $or: [long(0), new Double(0), Decimal128.fromString('0.0'), '$missing', false] }, false],
    [{ $or: [long(1)] }, true],
    [{ $and: [false, { $divide: [1, 0] }] }, false],
    [{ $or: [true, { $divide: [1, 0] }] }, true],
    [{ $not: [0] }, true],
    [{ $not: '$missing' }, true],
    [{ $cond: { if: long(1), then: 'yes', else: { $divide: [1, 0] } } }, 'yes'],
    [{ $cond: [0, 1, '$missing'] }, undefined],
    [{ $ifNull: ['$missing', null, 5] }, 5],
    [{ $ifNull: [null, '$missing'] }, undefined],
    [
      {
        $switch: {
          branches: [
            { case: false, then: 1 },
            { case: true, then: 2 }
          ]
        }
      },
      2
    ],
    [{ $switch: { branches: [{ case: false, then: 1 }], default: 3 } }, 3]
  ])
  assertFails(40066, /no default/, () => evaluated({ $switch: { branches: [{ case: false, then: 1 }] } }))
  assertFails(40068, /at least one/, () => evaluated({ $switch: { branches: [] } }))
  assertFails(40061, /array/, () => evaluated({ $switch: { branches: 1 } }))
  assertFails(9, /"otherwise"/, () => evaluated({ $cond: { if: 1, then: 1, otherwise: 2 } }))
  assertFails(9, /lacks its argument "else"/, () => evaluated({ $cond: { if: 1, then: 1 } }))
  assertFails(1257300, /two arguments/, () => evaluated({ $ifNull: [1] }))
})

test('$ifNull passes over the type undefined as over null', () => {
  const document: BSONDocument = new Map([['u', new OpaqueValue(bsonTypes.undefined, new Uint8Array(0))]])
  assert.equal(evaluated({ $ifNull: ['$u', 'rest'] }, document), 'rest')
})

test('$literal is taken as it is', () => {
  assertTable(
    [
      [{ $literal: '$a' }, '$a'],
      [{ $literal: { $add: [1, 2] } }, { $add: [1, 2] }]
    ],
    { a: 1 }
  )
})

test('$let binds variables side by side, around its own expression alone', () => {
  assertTable(
    [
      [{ $let: { vars: { x: '$a', y: 2 }, in: { $add: ['$$x', '$$y'] } } }, int(3)],
      [{ $let: { vars: { x: 1 }, in: { $let: { vars: { x: 2, y: '$$x' }, in: ['$$x', '$$y'] } } } }, [2, 1]],
      [{ $let: { vars: { x: '$missing' }, in: { $type: '$$x' } } }, 'missing'],
      [{ $let: { vars: { x: '$$ROOT' }, in: '$$x.a' } }, 1]
    ],
    { a: 1 }
  )
  assertFails(17276, /: x/, () => evaluated({ $let: { vars: { x: 1, y: '$$x' }, in: '$$y' } }))
  assertFails(9, /'Big' is no name/, () => evaluated({ $let: { vars: { Big: 1 }, in: 1 } }))
  assertFails(16876, /object/, () => evaluated({ $let: { vars: 1, in: 1 } }))
})

test('the variables of the command are evaluated once, without a document', () => {
  assert.deepEqual(evaluated('$$x', {}, { variables: { x: 5 } }), int(5))
  assert.deepEqual(evaluated('$$sum', { a: 1 }, { variables: { sum: { $add: [1, 2] }, a: '$a' } }), int(3))
  assert.equal(evaluated('$$a', { a: 1 }, { variables: { a: '$a' } }), undefined)
  assert.deepEqual(evaluated('$$d.e', {}, { variables: { d: { e: 1 } } }), int(1))
})

test('arrays are measured, cut, joined and looked through', () => {
  assertTable(
    [
      [{ $size: '$a' }, int(3)],
      [{ $isArray: '$a' }, true],
      [{ $isArray: ['a'] }, false],
      [{ $arrayElemAt: ['$a', 0] }, 1],
      [{ $arrayElemAt: ['$a', long(-1)] }, 'x'],
      [{ $arrayElemAt: ['$a', 9] }, undefined],
      [{ $arrayElemAt: [null, 9] }, null],
      [{ $first: '$a' }, 1],
      [{ $last: '$a' }, 'x'],
      [{ $first: { $literal: [] } }, undefined],
      [{ $concatArrays: ['$a', [9]] }, [1, long(2), 'x', 9]],
      [{ $concatArrays: ['$a', null] }, null],
      [{ $reverseArray: '$a' }, ['x', long(2), 1]],
      [{ $slice: ['$a', 2] }, [1, long(2)]],
      [{ $slice: ['$a', -1] }, ['x']],
      [{ $slice: ['$a', 1, 1] }, [long(2)]],
      [{ $slice: ['$a', -9, 1] }, [1]],
      [{ $slice: ['$a', -2, 1] }, [long(2)]],
      [{ $range: [0, 3] }, [0, 1, 2]],
      [{ $range: [5, 0, -2] }, [5, 3, 1]],
      [{ $range: [1, 1] }, []],
      [{ $in: [2, '$a'] }, true],
      [{ $in: [new Double(1), '$a'] }, true],
      [{ $in: ['$missing', '$a'] }, false],
      [{ $indexOfArray: ['$a', 2] }, int(1)],
      [{ $indexOfArray: ['$a', 1, 1] }, int(-1)],
      [{ $indexOfArray: ['$a', 'x', 0, 2] }, int(-1)],
      [{ $indexOfArray: [null, 1] }, null]
    ],
    { a: [1, long(2), 'x'] }
  )
  assertFails(17124, /missing/, () => evaluated({ $size: '$missing' }))
  assertFails(40081, /string/, () => evaluated({ $in: [1, 'x'] }))
  assertFails(28664, /string/, () => evaluated({ $concatArrays: ['x'] }))
  assertFails(28690, /int32/, () => evaluated({ $arrayElemAt: [[1], 0.5] }))
  assertFails(28729, /positive/, () => evaluated({ $slice: [[1], 0, 0] }))
  assertFails(34449, /zero/, () => evaluated({ $range: [0, 1, 0] }))
  assertFails(40097, /-1/, () => evaluated({ $indexOfArray: [[1], 1, -1] }))
})

test('$range refuses more elements than its limit, by the limit’s name', () => {
  assertFails(146, /rangeElementsMax/, () => evaluated({ $range: [0, rangeElementsMax + 1] }))
})

test('$map, $filter and $reduce see each element, and the variables around', () => {
  assertTable(
    [
      [{ $map: { input: '$a', in: { $multiply: ['$$this', '$k'] } } }, [int(2), long(4)]],
      [{ $map: { input: '$a', as: 'x', in: '$missing' } }, [null, null]],
      [{ $map: { input: null, in: 1 } }, null],
      [{ $filter: { input: '$a', cond: { $gt: ['$$this', 1] } } }, [long(2)]],
      [{ $filter: { input: [1, 2, 3], as: 'n', cond: true, limit: 2 } }, [1, 2]],
      [{ $reduce: { input: '$a', initialValue: 10, in: { $add: ['$$value', '$$this'] } } }, long(13)],
      [{ $reduce: { input: [], initialValue: 'start', in: 1 } }, 'start'],
      [{ $map: { input: [1], as: 'x', in: { $map: { input: [2], as: 'y', in: ['$$x', '$$y'] } } } }, [[[1, 2]]]]
    ],
    { a: [1, long(2)], k: 2 }
  )
  assertFails(16883, /string/, () => evaluated({ $map: { input: 'x', in: 1 } }))
  assertFails(28651, /string/, () => evaluated({ $filter: { input: 'x', cond: 1 } }))
  assertFails(40080, /string/, () => evaluated({ $reduce: { input: 'x', initialValue: 1, in: 1 } }))
  assertFails(327392, /0/, () => evaluated({ $filter: { input: [1], cond: 1, limit: 0 } }))
})

test('$sortArray orders by BSON values, or by fields', () => {
  assertTable(
    [
      [{ $sortArray: { input: '$n', sortBy: 1 } }, [2, Decimal128.fromString('5'), long(9), 10, long(100)]],
      [{ $sortArray: { input: [1, 'a', null], sortBy: -1 } }, ['a', 1, null]],
      [{ $sortArray: { input: [{ a: 2 }, { a: 1 }, 5], sortBy: { a: 1 } } }, [5, { a: 1 }, { a: 2 }]]
    ],
    { n: [10, long(9), 2, long(100), Decimal128.fromString('5')] }
  )
  assertFails(2942503, /int/, () => evaluated({ $sortArray: { input: [], sortBy: 2 } }))
})

test('sets take numbers of all types for equal by value', () => {
  assertTable([
    [
      {
        $setUnion: [
          [1, 2],
          [long(2), 3]
        ]
      },
      [1, 2, 3]
    ],
    [{ $setIntersection: [[1, 1, 2], [new Double(1)]] }, [1]],
    [{ $setDifference: [[1, 2, 2], [long(1)]] }, [2]],
    [
      {
        $setIsSubset: [
          [1, 1],
          [long(1), 2]
        ]
      },
      true
    ],
    [
      {
        $setEquals: [
          [1, 2, 1],
          [2, long(1)]
        ]
      },
      true
    ],
    [{ $setEquals: [[1], [1, 2]] }, false],
    [{ $setUnion: [[1], null] }, null],
    [{ $anyElementTrue: [[0, long(1)]] }, true],
    [{ $allElementsTrue: [[1, null]] }, false]
  ])
  assertFails(17044, /null/, () => evaluated({ $setEquals: [[1], null] }))
  assertFails(17043, /int/, () => evaluated({ $setUnion: [1] }))
})

test('objects are merged, taken apart and put together', () => {
  assertTable(
    [
      [{ $mergeObjects: ['$o', { b: 9, c: 3 }, null] }, { a: 1, b: 9, c: 3 }],
      [{ $mergeObjects: '$list' }, { x: 1, y: 2 }],
      [
        { $objectToArray: '$o' },
        [
          { k: 'a', v: 1 },
          { k: 'b', v: 2 }
        ]
      ],
      [
        {
          $arrayToObject: {
            $literal: [
              { k: 'a', v: 1 },
              { k: 'a', v: 2 }
            ]
          }
        },
        { a: 2 }
      ],
      [{ $arrayToObject: { $literal: [['a', long(1)]] } }, { a: long(1) }],
      [{ $getField: 'a.b' }, 'dotted'],
      [{ $getField: { field: 'a', input: '$o' } }, 1],
      [{ $getField: { field: { $literal: '$price' }, input: '$$ROOT' } }, 7],
      [{ $getField: { field: 'a', input: 5 } }, undefined],
      [{ $setField: { field: 'x.y', input: '$o', value: 1 } }, { a: 1, b: 2, 'x.y': 1 }],
      [{ $setField: { field: 'a', input: '$o', value: '$$REMOVE' } }, { b: 2 }],
      [{ $unsetField: { field: 'a', input: '$o' } }, { b: 2 }]
    ],
    { o: { a: 1, b: 2 }, list: [{ x: 1 }, { y: 2 }], 'a.b': 'dotted', $price: 7 }
  )
  assertFails(40400, /int/, () => evaluated({ $mergeObjects: [1] }))
  assertFails(40390, /int/, () => evaluated({ $objectToArray: 1 }))
  assertFails(40392, /object/, () => evaluated({ $arrayToObject: { $literal: [{ k: 'a' }] } }))
  assertFails(40394, /int/, () => evaluated({ $arrayToObject: { $literal: [[1, 2]] } }))
  assertFails(3041704, /int/, () => evaluated({ $getField: 1 }))
  assertFails(4161105, /int/, () => evaluated({ $unsetField: { field: 'a', input: 1 } }))
})

test('__proto__ and constructor are field names like any other, and change no prototype', () => {
  const document = fromObject(JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2, "l": [{"__proto__": 3}]}'))
  assert.deepEqual(evaluated('$__proto__.polluted', document), int(1))
  assert.deepEqual(evaluated('$constructor', document), int(2))
  assert.deepEqual(evaluated('$l.__proto__', document), [int(3)])
  assert.equal(evaluated('$__proto__', {}), undefined)
  assert.equal(evaluated('$constructor', {}), undefined)
  assert.equal(evaluated('$toString', {}), undefined)
  assert.deepEqual(evaluated({ $arrayToObject: { $literal: [['__proto__', 1]] } }), new Map([['__proto__', int(1)]]))
  assert.deepEqual(
    evaluated({ $setField: { field: '__proto__', input: {}, value: 1 } }),
    new Map([['__proto__', int(1)]])
  )
  assert.deepEqual(evaluated({ $mergeObjects: ['$$ROOT', {}] }, document), document)
  assertFails(17276, /__proto__/, () => evaluated('$$__proto__'))
  assertFails(17276, /constructor/, () => evaluated('$$constructor'))
  assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false)
})

test('$regexMatch looks for a pattern in a string', () => {
  assertEvaluates({ $regexMatch: { input: 'Hello', regex: new BSONRegExp('^h', 'i') } }, true)
  assertEvaluates({ $regexMatch: { input: 'Hello', regex: '^h' } }, false)
  assertEvaluates({ $regexMatch: { input: 'Hello', regex: '^h', options: 'i' } }, true)
  assertEvaluates({ $regexMatch: { input: null, regex: 'a' } }, false)
  assertFails(51107, /both/, () =>
    evaluated({ $regexMatch: { input: 'a', regex: new BSONRegExp('a', 'i'), options: 'm' } })
  )
  assertFails(51104, /int/, () => evaluated({ $regexMatch: { input: 1, regex: 'a' } }))
})
