import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Decimal128, Double, Int32, Long, Timestamp } from '../../../src/bson/index.ts'
import { packDecimal, unpackDecimal } from '../../../src/embedded/query/decimal.ts'
import { addNumbers, multiplyNumbers, truncatedInt64, wholeInt64 } from '../../../src/embedded/query/numbers.ts'
import { type BSONNumber, bsonTypes, isTruthy, OpaqueValue } from '../../../src/embedded/query/index.ts'
import { seeded } from './arbitraries.ts'

const decimal = (digits: string): Decimal128 => Decimal128.fromString(digits)
const long = (n: bigint): Long => Long.fromBigInt(n)

function shown(number: BSONNumber | undefined): string {
  return number === undefined
    ? 'overflow'
    : `${number._bsontype} ${number instanceof Double ? number.value : number.toString()}`
}

test('integers keep the narrowest of their types that holds the result, and an int64 overflow has none', () => {
  const cases: [BSONNumber, BSONNumber, string, string][] = [
    [new Int32(1), new Int32(2), 'Int32 3', 'Int32 2'],
    [new Int32(2 ** 31 - 1), new Int32(2), 'Long 2147483649', 'Long 4294967294'],
    [new Int32(-(2 ** 31)), new Int32(-1), 'Long -2147483649', 'Long 2147483648'],
    [long(1n), new Int32(1), 'Long 2', 'Long 1'],
    [long(2n ** 53n), new Int32(1), 'Long 9007199254740993', 'Long 9007199254740992'],
    [long(2n ** 63n - 1n), new Int32(1), 'overflow', 'Long 9223372036854775807'],
    [long(-(2n ** 63n)), new Int32(-1), 'overflow', 'overflow'],
    [new Double(0.5), new Int32(1), 'Double 1.5', 'Double 0.5'],
    [new Double(1), long(2n ** 53n + 1n), 'Double 9007199254740992', 'Double 9007199254740992']
  ]
  for (const [left, right, sum, product] of cases) {
    assert.equal(shown(addNumbers(left, right)), sum)
    assert.equal(shown(addNumbers(right, left)), sum)
    assert.equal(shown(multiplyNumbers(left, right)), product)
    assert.equal(shown(multiplyNumbers(right, left)), product)
  }
})

test('one decimal makes the result a decimal, rounded half to even at 34 digits', () => {
  const nines = '9'.repeat(34)
  const sums: [BSONNumber, BSONNumber, string][] = [
    [decimal('0.1'), decimal('0.2'), '0.3'],
    [decimal('1.10'), new Int32(1), '2.10'],
    [decimal('1'), long(2n ** 63n - 1n), '9223372036854775808'],
    [decimal(nines), new Int32(1), '1.000000000000000000000000000000000E+34'],
    [decimal(nines), decimal('0.9'), '1.000000000000000000000000000000000E+34'],
    [decimal('1000000000000000000000000000000000'), decimal('0.5'), '1000000000000000000000000000000000'],
    [decimal('1000000000000000000000000000000001'), decimal('0.5'), '1000000000000000000000000000000002'],
    [decimal('1000000000000000000000000000000000'), decimal('0.51'), '1000000000000000000000000000000001'],
    [decimal('1E+6111'), decimal('-1E+6111'), '0E+6111'],
    [decimal('-0'), decimal('-0'), '-0'],
    [decimal('-0'), decimal('0'), '0'],
    [decimal('Infinity'), decimal('-Infinity'), 'NaN'],
    [decimal('Infinity'), new Int32(-1), 'Infinity'],
    [decimal('9.99999999999999899999999999999999E+6144'), decimal('9E+6144'), 'Infinity'],
    [decimal('1'), new Double(NaN), 'NaN'],
    [decimal('1'), new Double(-Infinity), '-Infinity']
  ]
  for (const [left, right, sum] of sums) {
    assert.equal(String(addNumbers(left, right)), sum)
    assert.equal(String(addNumbers(right, left)), sum)
  }
  const products: [BSONNumber, BSONNumber, string][] = [
    [decimal('1.5'), decimal('2'), '3.0'],
    [decimal('-1.5'), new Int32(0), '-0.0'],
    [decimal('1E-6176'), decimal('0.5'), '0E-6176'],
    [decimal('3E-6176'), decimal('0.5'), '2E-6176'],
    [decimal('1E+6111'), decimal('1E+33'), '1.000000000000000000000000000000000E+6144'],
    [decimal('1E+6111'), decimal('1E+34'), 'Infinity'],
    [decimal('NaN'), new Int32(2), 'NaN'],
    [decimal('0E+6111'), decimal('1E+10'), '0E+6111'],
    [decimal('Infinity'), new Int32(0), 'NaN'],
    [decimal('Infinity'), new Int32(-2), '-Infinity']
  ]
  for (const [left, right, product] of products) assert.equal(String(multiplyNumbers(left, right)), product)
})

test('a double that meets a decimal counts with 15 digits', () => {
  assert.equal(String(addNumbers(decimal('0'), new Double(2.5))), '2.50000000000000')
  assert.equal(String(addNumbers(decimal('0'), new Double(0.1))), '0.100000000000000')
  assert.equal(String(addNumbers(decimal('1'), new Double(-0))), '1')
  assert.equal(String(addNumbers(decimal('0E-20'), new Double(0.1 + 0.2))), '0.30000000000000000000')
  assert.equal(String(multiplyNumbers(decimal('1'), new Double(9.999999999999998))), '10.0000000000000')
  assert.equal(String(multiplyNumbers(decimal('1'), new Double(1e300))), '1.00000000000000E+300')
})

test('decimals agree with integers wherever those are exact', () => {
  const int = fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n })
  fc.assert(
    fc.property(int, int, (a, b) => {
      assert.equal(String(addNumbers(decimal(String(a)), decimal(String(b)))), String(a + b))
      assert.equal(BigInt(String(multiplyNumbers(decimal(String(a)), long(b))).replace(/^-0$/, '0')), a * b)
    }),
    seeded
  )
})

test('a decimal taken apart and put together is the same', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 34n - 1n }),
      fc.integer({ min: -6176, max: 6111 }),
      fc.boolean(),
      (c, e, negative) => {
        const packed = packDecimal({ kind: 'finite', negative, coefficient: c, exponent: e })
        assert.deepEqual(unpackDecimal(packed), { kind: 'finite', negative, coefficient: c, exponent: e })
      }
    ),
    seeded
  )
  for (const digits of ['NaN', 'Infinity', '-Infinity', '1E-6176', '-9.9E+6144']) {
    assert.equal(
      packDecimal(unpackDecimal(decimal(digits))).toString(),
      digits.replace('9.9E+6144', decimal('9.9E+6144').toString())
    )
  }
})

test('whole and truncated int64 are found in numbers of all types', () => {
  const cases: [BSONNumber, bigint | undefined, bigint | undefined][] = [
    [new Int32(-3), -3n, -3n],
    [long(2n ** 63n - 1n), 2n ** 63n - 1n, 2n ** 63n - 1n],
    [new Double(2.5), undefined, 2n],
    [new Double(-2.5), undefined, -2n],
    [new Double(2 ** 63), undefined, undefined],
    [new Double(NaN), undefined, undefined],
    [decimal('2.0'), 2n, 2n],
    [decimal('2E+3'), 2000n, 2000n],
    [decimal('-7.9'), undefined, -7n],
    [decimal('1E+6111'), undefined, undefined],
    [decimal('Infinity'), undefined, undefined]
  ]
  for (const [number, whole, truncated] of cases) {
    assert.equal(wholeInt64(number), whole)
    assert.equal(truncatedInt64(number), truncated)
  }
})

test('no, where a yes or no is wanted, is false, null, undefined and zero of any type', () => {
  const no = [
    false,
    null,
    new OpaqueValue(bsonTypes.undefined, new Uint8Array(0)),
    new Int32(0),
    long(0n),
    new Double(-0)
  ]
  for (const value of [...no, decimal('-0.00'), decimal('0E+3')]) assert.equal(isTruthy(value), false)
  const yes = [
    true,
    '',
    [],
    new Map(),
    new Int32(-1),
    long(2n ** 40n),
    new Double(NaN),
    decimal('NaN'),
    new Timestamp(0n)
  ]
  for (const value of [...yes, decimal('0.1'), new Date(0)]) assert.equal(isTruthy(value), true)
})
