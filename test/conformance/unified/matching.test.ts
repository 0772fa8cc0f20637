import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { CaseError } from '../../../conformance/unified/case_error.ts'
import { Entities } from '../../../conformance/unified/entities.ts'
import { requireDocuments, requireMatch } from '../../../conformance/unified/matching.ts'
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  DBRef,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp
} from '../../../src/client/index.ts'

type Row = readonly [expected: unknown, actual: unknown]

const id = new ObjectId('0123456789abcdef01234567')
const entities = new Entities()
entities.add('known', { a: 1 })
entities.add('session', { id: { id: 7 } })

/** Whether `actual` is as expected: undefined, or what is wrong. */
function misfit(expected: unknown, actual: unknown, require: typeof requireMatch = requireMatch): string | undefined {
  try {
    require(expected, actual, 'it', entities)
    return undefined
  } catch (error) {
    assert.ok(error instanceof CaseError, 'only the case is to blame')
    return error.message
  }
}

function rules(name: string, fitting: readonly Row[], others: readonly (readonly [...Row, RegExp])[]): void {
  suite(name, () => {
    fitting.forEach(([expected, actual], index) => {
      test(`fits (${index + 1})`, () => assert.equal(misfit(expected, actual), undefined))
    })
    others.forEach(([expected, actual, problem], index) => {
      test(`does not fit (${index + 1})`, () => assert.match(misfit(expected, actual) ?? '', problem))
    })
  })
}

rules(
  'documents',
  [
    [{ a: 1 }, { b: 2, a: 1 }],
    [{ a: { b: 1, c: 2 } }, { a: { c: 2, b: 1 } }],
    [{ a: { b: 1 } }, { a: { b: 1, c: undefined } }],
    [[{ a: 1 }], [{ a: 1 }]],
    [null, null]
  ],
  [
    [{ a: 1, b: 2 }, { a: 1 }, /it\.b is missing/],
    [{ a: { b: 1 } }, { a: { b: 1, c: 2 } }, /it\.a has "c"/],
    [{ a: { b: 1 } }, { a: [] }, /it\.a is \[\], not/],
    [[{ a: 1 }], [{ a: 1, b: 2 }], /it\[0\] has "b"/],
    [[1], [1, 2], /2 elements, not 1/],
    [[1], { 0: 1 }, /not \[1\]/],
    [{ toString: 1 }, {}, /it\.toString is missing/],
    [null, undefined, /missing, not null/]
  ]
)

rules(
  'numbers of all types but decimals are the same if their values are',
  [
    [1, new Double(1)],
    [1, Long.ONE],
    [1, new Int32(1)],
    [1, 1n],
    [0, -0],
    [{ $numberLong: '9223372036854775807' }, Long.MAX_VALUE],
    [{ $numberDouble: 'NaN' }, NaN],
    [{ $numberDecimal: '1.0' }, Decimal128.fromString('1.0')]
  ],
  [
    [1, 1.5, /it is 1\.5, not 1/],
    [1, '1', /not 1/],
    [1, Decimal128.fromString('1'), /not 1/],
    [{ $numberLong: '9223372036854775807' }, Long.MAX_VALUE.subtract(1), /not/],
    [{ $numberDecimal: '1.0' }, Decimal128.fromString('1'), /not/],
    [1, new Timestamp({ t: 0, i: 1 }), /not 1/],
    [{ $numberInt: '1' }, true, /not 1/]
  ]
)

rules(
  'other types',
  [
    [{ $oid: '0123456789abcdef01234567' }, id],
    [{ $date: { $numberLong: '5' } }, new Date(5)],
    [{ $binary: { base64: 'AQI=', subType: '00' } }, new Binary(Buffer.from([1, 2]))],
    [{ $timestamp: { t: 1, i: 2 } }, new Timestamp({ t: 1, i: 2 })],
    ['a', 'a'],
    [true, true]
  ],
  [
    [{ $oid: '0123456789abcdef01234567' }, new ObjectId('0123456789abcdef01234568'), /not/],
    [{ $date: { $numberLong: '5' } }, 5, /not/],
    [{ $oid: '0123456789abcdef01234567' }, '0123456789abcdef01234567', /not/],
    ['a', 'b', /it is "b", not "a"/],
    [false, null, /not false/]
  ]
)

rules(
  '$$exists',
  [
    [{ a: { $$exists: true } }, { a: null }],
    [{ a: { $$exists: false } }, { b: 1 }],
    [{ a: { $$exists: false } }, { a: undefined }]
  ],
  [
    [{ a: { $$exists: true } }, {}, /it\.a is missing/],
    [{ a: { $$exists: false } }, { a: 1 }, /should not be there, and is 1/],
    [{ a: { $$exists: 1 } }, { a: 1 }, /takes true or false/]
  ]
)

const samples: readonly (readonly [type: string, ...values: unknown[]])[] = [
  ['double', 1.5, new Double(1)],
  ['string', ''],
  ['object', {}],
  ['array', []],
  ['binData', new Binary(), new Uint8Array()],
  ['objectId', id],
  ['bool', false],
  ['date', new Date()],
  ['null', null],
  ['regex', /a/, new BSONRegExp('a')],
  ['dbPointer', new DBRef('a', id)],
  ['javascript', new Code('1')],
  ['javascriptWithScope', new Code('1', {})],
  ['symbol', new BSONSymbol('a')],
  ['int', new Int32(1), 1],
  ['long', new Long(1), 1n, 2 ** 40],
  ['timestamp', new Timestamp({ t: 1, i: 1 })],
  ['decimal', Decimal128.fromString('1')],
  ['minKey', new MinKey()],
  ['maxKey', new MaxKey()]
]
const numeric = ['double', 'int', 'long']

suite('$$type', () => {
  for (const [type, ...values] of samples) {
    test(`knows ${type}, and takes no other type for it`, () => {
      for (const value of values) {
        assert.equal(misfit({ a: { $$type: type } }, { a: value }), undefined)
        assert.equal(misfit({ a: { $$type: ['bool', type] } }, { a: value }), undefined)
        for (const [other] of samples)
          if (other !== type && !(numeric.includes(other) && numeric.includes(type)))
            assert.match(misfit({ a: { $$type: other } }, { a: value }) ?? '', /not of type/, `${type} as ${other}`)
        const isNumber = [...numeric, 'decimal'].includes(type)
        assert.equal(misfit({ a: { $$type: 'number' } }, { a: value }) === undefined, isNumber)
      }
    })
  }

  test('takes no fraction for an integer, and nothing for what is not there', () => {
    assert.match(misfit({ a: { $$type: ['int', 'long'] } }, { a: 1.5 }) ?? '', /not of type int or long/)
    assert.match(misfit({ a: { $$type: 'int' } }, { a: 2 ** 40 }) ?? '', /not of type int/)
    for (const [type] of samples) assert.match(misfit({ a: { $$type: type } }, {}) ?? '', /not of type/)
  })

  test('refuses a type that is none', () => {
    for (const type of ['integer', 'toString', 7, ['int', 'integer']])
      assert.match(misfit({ a: { $$type: type } }, { a: '' }) ?? '', /knows no type/)
  })
})

rules(
  '$$unsetOrMatches',
  [
    [{ a: { $$unsetOrMatches: { b: 1 } } }, {}],
    [{ a: { $$unsetOrMatches: { b: 1 } } }, { a: { b: 1 } }],
    [{ $$unsetOrMatches: { b: 1 } }, undefined],
    [{ $$unsetOrMatches: { b: 1 } }, { b: 1, c: 2 }],
    [{ a: { $$unsetOrMatches: { b: { $$unsetOrMatches: 1 } } } }, { a: {} }]
  ],
  [
    [{ a: { $$unsetOrMatches: { b: 1 } } }, { a: { b: 2 } }, /it\.a\.b is 2/],
    [{ a: { $$unsetOrMatches: { b: 1 } } }, { a: { b: 1, c: 2 } }, /it\.a has "c"/],
    [{ a: { $$unsetOrMatches: 1 } }, { a: null }, /it\.a is null/]
  ]
)

rules(
  '$$matchesEntity',
  [
    [{ a: { $$matchesEntity: 'known' } }, { a: { a: 1 } }],
    [{ $$matchesEntity: 'known' }, { a: 1, b: 2 }]
  ],
  [
    [{ a: { $$matchesEntity: 'known' } }, { a: { a: 2 } }, /it\.a\.a is 2/],
    [{ a: { $$matchesEntity: 'unknown' } }, { a: 1 }, /there is no entity unknown/],
    [{ a: { $$matchesEntity: 1 } }, { a: 1 }, /the name of an entity/]
  ]
)

rules(
  '$$matchesHexBytes',
  [
    [{ $$matchesHexBytes: '00FF' }, new Uint8Array([0, 255])],
    [{ $$matchesHexBytes: '' }, new Binary()]
  ],
  [
    [{ $$matchesHexBytes: '00' }, new Uint8Array([0, 255]), /it is 00ff, not the bytes 00/],
    [{ $$matchesHexBytes: '00' }, '\0', /not the bytes/],
    [{ $$matchesHexBytes: '0' }, new Uint8Array(), /pairs of hexadecimal digits/],
    [{ $$matchesHexBytes: 1 }, new Uint8Array(), /pairs of hexadecimal digits/]
  ]
)

rules(
  '$$sessionLsid',
  [[{ lsid: { $$sessionLsid: 'session' } }, { lsid: { id: 7 } }]],
  [
    [{ lsid: { $$sessionLsid: 'session' } }, { lsid: { id: 8 } }, /it\.lsid\.id is 8/],
    [{ lsid: { $$sessionLsid: 'session' } }, {}, /it\.lsid is missing/],
    [{ lsid: { $$sessionLsid: 'known' } }, { lsid: 1 }, /is no session/],
    [{ lsid: { $$sessionLsid: 'other' } }, { lsid: 1 }, /there is no entity other/]
  ]
)

rules(
  '$$lte',
  [
    [{ a: { $$lte: 5 } }, { a: 5 }],
    [{ a: { $$lte: 5 } }, { a: Long.ONE }]
  ],
  [
    [{ a: { $$lte: 5 } }, { a: 5.5 }, /it\.a is 5\.5, more than 5/],
    [{ a: { $$lte: 5 } }, { a: '1' }, /more than 5/],
    [{ a: { $$lte: 5 } }, {}, /missing/],
    [{ a: { $$lte: '5' } }, { a: 1 }, /takes a number/]
  ]
)

rules(
  '$$matchAsDocument and $$matchAsRoot',
  [
    [{ a: { $$matchAsDocument: { b: 1 } } }, { a: '{ "b": { "$numberInt": "1" } }' }],
    [{ a: { $$matchAsRoot: { b: 1 } } }, { a: { b: 1, c: 2 } }],
    [{ a: { $$matchAsDocument: { $$matchAsRoot: { b: 1 } } } }, { a: '{ "b": 1, "c": 2 }' }]
  ],
  [
    [{ a: { $$matchAsDocument: { b: 1 } } }, { a: '{ "b": 1, "c": 2 }' }, /it\.a has "c"/],
    [{ a: { $$matchAsDocument: { b: 1 } } }, { a: '{ "b": ' }, /no document as text/],
    [{ a: { $$matchAsDocument: { b: 1 } } }, { a: { b: 1 } }, /not a document as text/],
    [{ a: { $$matchAsRoot: { b: 1 } } }, { a: { b: 2 } }, /it\.a\.b is 2/],
    [{ a: { $$matchAsRoot: { b: 1 } } }, {}, /missing/]
  ]
)

rules(
  'what looks like a special operator and is none',
  [[{ a: { $set: 1 } }, { a: { $set: 1 } }]],
  [
    [{ a: { $$other: 1 } }, { a: 1 }, /no special operator/],
    [{ a: { $$exists: true, b: 1 } }, { a: 1 }, /no special operator/],
    [{ a: { $$toString: 1 } }, { a: 1 }, /no special operator/]
  ]
)

suite('documents of a cursor', () => {
  test('may each have further fields, where the values of an array may not', () => {
    assert.equal(misfit([{ a: 1 }], [{ a: 1, b: 2 }], requireDocuments), undefined)
    assert.match(misfit([{ a: 1 }], [{ a: 1, b: 2 }]) ?? '', /has "b"/)
  })

  test('are counted', () => {
    assert.match(misfit([], [{ a: 1 }], requireDocuments) ?? '', /1 elements, not 0/)
    assert.match(misfit([{ a: 1 }], undefined, requireDocuments) ?? '', /missing/)
    assert.equal(misfit({ $$unsetOrMatches: [] }, undefined, requireDocuments), undefined)
  })
})
