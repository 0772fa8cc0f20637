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
  type BSONValue,
  bsonTypes,
  compareStrings,
  compareValues,
  encodeDocument,
  equalValues,
  OpaqueValue
} from '../../../src/embedded/query/index.ts'
import { bsonNumber, bsonValue, seeded } from './arbitraries.ts'
import { doc } from './documents.ts'

const decimal = (digits: string): Decimal128 => Decimal128.fromString(digits)
const long = (n: bigint): Long => Long.fromBigInt(n)
const sign = (n: number): number => Math.sign(n) + 0

/** Asserts that each value is below the next. */
function assertAscending(values: readonly BSONValue[]): void {
  for (const [left, a] of values.entries()) {
    for (const [right, b] of values.entries()) {
      assert.equal(sign(compareValues(a, b)), Math.sign(left - right), `${left} against ${right}`)
    }
  }
}

test('types stand in the order of the manual', () => {
  assertAscending([
    new MinKey(),
    new OpaqueValue(bsonTypes.undefined, new Uint8Array(0)),
    null,
    new Int32(5),
    'text',
    doc({ a: 1 }),
    [new Int32(1)],
    new Binary(new Uint8Array([1])),
    new ObjectId('0123456789abcdef01234567'),
    false,
    new Date(0),
    new Timestamp({ t: 1, i: 1 }),
    new BSONRegExp('a'),
    new OpaqueValue(bsonTypes.dbPointer, new Uint8Array(18)),
    new OpaqueValue(bsonTypes.javascript, new Uint8Array([2, 0, 0, 0, 0x78, 0])),
    new OpaqueValue(bsonTypes.javascriptWithScope, new Uint8Array([15, 0, 0, 0, 2, 0, 0, 0, 0x78, 0, 5, 0, 0, 0, 0])),
    new MaxKey()
  ])
})

test('numbers of all types are ordered by value, exactly', () => {
  assertAscending([
    new Double(NaN),
    new Double(-Infinity),
    decimal('-9E+6144'),
    new Double(-Number.MAX_VALUE),
    long(-(2n ** 63n)),
    long(-(2n ** 53n) - 1n),
    new Double(-(2 ** 53)),
    new Int32(-1),
    decimal('-1E-6176'),
    new Double(0),
    decimal('1E-6176'),
    new Double(5e-324),
    decimal('0.1'),
    new Double(0.1),
    new Double(2 ** 53),
    decimal('9007199254740992.5'),
    long(2n ** 53n + 1n),
    decimal('9007199254740993.5'),
    long(2n ** 63n - 1n),
    new Double(2 ** 63),
    decimal('9E+6144'),
    new Double(Infinity)
  ])
})

test('equal numbers are equal whatever their types', () => {
  const equal: BSONValue[][] = [
    [new Int32(1), long(1n), new Double(1), decimal('1'), decimal('1.000'), decimal('0.1E+1')],
    [new Int32(0), new Double(-0), decimal('-0'), decimal('0E+100'), long(0n)],
    [new Double(NaN), decimal('NaN')],
    [new Double(Infinity), decimal('Infinity')],
    [new Double(0.5), decimal('0.5')],
    [new Double(2 ** 63), decimal('9223372036854775808')]
  ]
  for (const group of equal) for (const a of group) for (const b of group) assert.equal(compareValues(a, b), 0)
  assert.ok(!equalValues(new Double(0.1), decimal('0.1')), 'the double is a little more than a tenth')
  assert.ok(!equalValues(long(2n ** 53n + 1n), new Double(2 ** 53)))
})

test('a Decimal128 of a non-canonical form counts as zero', () => {
  const long34 = new Uint8Array(16).fill(0xff)
  long34[15] = 0x6f
  assert.equal(compareValues(new Decimal128(long34), new Int32(0)), 0)
  const tooLarge = new Uint8Array(16).fill(0xff)
  tooLarge[14] = 0x41
  tooLarge[15] = 0x30
  assert.equal(compareValues(new Decimal128(tooLarge), new Int32(0)), 0)
})

test('the order is total: antisymmetric, transitive, and zero for a value and itself', () => {
  const laws = (values: fc.Arbitrary<BSONValue>): void =>
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        assert.equal(compareValues(a, a), 0)
        assert.equal(sign(compareValues(a, b)), -sign(compareValues(b, a)) + 0)
        if (compareValues(a, b) <= 0 && compareValues(b, c) <= 0) assert.ok(compareValues(a, c) <= 0)
        if (compareValues(a, b) === 0) assert.equal(sign(compareValues(a, c)), sign(compareValues(b, c)))
      }),
      { ...seeded, numRuns: 3000 }
    )
  laws(bsonNumber)
  laws(bsonValue)
})

test('strings are ordered as their UTF-8 bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      assert.equal(sign(compareStrings(a, b)), sign(Buffer.compare(Buffer.from(a), Buffer.from(b))))
    }),
    seeded
  )
  assert.ok(compareStrings('\uffff', '\u{1f600}') < 0, 'a code point beyond one unit is above all of one unit')
})

test('a symbol compares as the string that it is', () => {
  assert.equal(compareValues(new BSONSymbol('a'), 'a'), 0)
  assertAscending(['a', new BSONSymbol('b'), 'c'])
})

test('documents are compared field by field in order: type, then name, then value', () => {
  assertAscending([doc({}), doc({ z: 1 }), doc({ a: 'x' }), doc({ a: 'x', b: 1 }), doc({ a: 'y' }), doc({ b: 'a' })])
  assert.ok(!equalValues(doc({ x: 1, y: 2 }), doc({ y: 2, x: 1 })), 'the order of fields counts')
})

test('arrays are compared element by element, and a shorter one is less', () => {
  assertAscending([[], [new Int32(1)], [new Int32(1), null], [new Int32(2)], ['a']])
})

test('binaries are ordered by length, then subtype, then bytes', () => {
  const binary = (subtype: number, ...bytes: number[]): Binary => new Binary(new Uint8Array(bytes), subtype)
  assertAscending([binary(0), binary(128, 9), binary(0, 1, 1), binary(0, 1, 2), binary(4, 0, 0), binary(0, 0, 0, 0, 0)])
  assert.ok(compareValues(binary(2, 1), binary(0, 1, 1, 1, 1)) > 0, 'the old subtype counts its inner length')
})

test('timestamps are unsigned, and dates beyond the range of JavaScript have their place', () => {
  assertAscending([
    new Timestamp({ t: 1, i: 2 }),
    new Timestamp({ t: 1, i: 2 ** 32 - 1 }),
    new Timestamp({ t: 2 ** 32 - 1, i: 0 })
  ])
  const far = (high: number): OpaqueValue =>
    new OpaqueValue(bsonTypes.date, new Uint8Array([0, 0, 0, 0, 0, 0, 0, high]))
  assertAscending([far(0x80), new Date(-1), new Date(0), far(0x7f)])
})

test('identical bytes are equal values', () => {
  fc.assert(
    fc.property(bsonValue, bsonValue, (a, b) => {
      const same = Buffer.compare(encodeDocument(new Map([['v', a]])), encodeDocument(new Map([['v', b]]))) === 0
      if (same) assert.ok(equalValues(a, b))
    }),
    seeded
  )
})
