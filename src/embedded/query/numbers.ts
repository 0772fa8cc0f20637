import { Decimal128, Double, Int32, Long } from '../../bson/index.ts'
import {
  addDecimals,
  compareFinite,
  type DecimalNumber,
  decimalOfDouble,
  decimalOfDoubleRounded,
  finite,
  multiplyDecimals,
  packDecimal,
  truncatedDecimal,
  unpackDecimal
} from './decimal.ts'
import type { BSONNumber } from './values.ts'

const int32Min = -(2n ** 31n)
const int32Max = 2n ** 31n - 1n
const int64Min = -(2n ** 63n)
const int64Max = 2n ** 63n - 1n

/** Orders numbers of all four types by value, exactly. NaN is equal to itself and below all others; -0 equals 0. */
export function compareNumbers(left: BSONNumber, right: BSONNumber): number {
  if (left instanceof Decimal128 || right instanceof Decimal128) {
    return compareDecimals(exactDecimal(left), exactDecimal(right))
  }
  const a = primitiveOf(left)
  const b = primitiveOf(right)
  // JavaScript compares a bigint with a number by value, without rounding either.
  if (a < b) return -1
  if (a > b) return 1
  return Number(Number.isNaN(b)) - Number(Number.isNaN(a))
}

function primitiveOf(value: Int32 | Double | Long): number | bigint {
  return value instanceof Long ? value.toBigInt() : value.value
}

function compareDecimals(left: DecimalNumber, right: DecimalNumber): number {
  if (left.kind === 'finite' && right.kind === 'finite') return compareFinite(left, right)
  return placeOf(left) - placeOf(right)
}

/** Where a kind of number stands: NaN, -Infinity, the finite ones, Infinity. */
function placeOf(number: DecimalNumber): number {
  if (number.kind === 'nan') return -2
  if (number.kind === 'infinite') return number.negative ? -1 : 1
  return 0
}

function exactDecimal(value: BSONNumber): DecimalNumber {
  if (value instanceof Decimal128) return unpackDecimal(value)
  if (value instanceof Long) return finite(value.toBigInt(), 0)
  if (value instanceof Int32) return finite(BigInt(value.value), 0)
  if (Number.isNaN(value.value)) return { kind: 'nan' }
  if (!Number.isFinite(value.value)) return { kind: 'infinite', negative: value.value < 0 }
  return decimalOfDouble(value.value)
}

/**
 * The sum with the server's rules of type: any decimal makes a decimal, else any double a double, else an int32 that
 * overflows becomes an int64. Undefined where an int64 overflows.
 */
export function addNumbers(left: BSONNumber, right: BSONNumber): BSONNumber | undefined {
  return combine(left, right, { decimals: addDecimals, doubles: (a, b) => a + b, integers: (a, b) => a + b })
}

/** The product, with the rules of `addNumbers`. */
export function multiplyNumbers(left: BSONNumber, right: BSONNumber): BSONNumber | undefined {
  return combine(left, right, { decimals: multiplyDecimals, doubles: (a, b) => a * b, integers: (a, b) => a * b })
}

interface Arithmetic {
  decimals(left: DecimalNumber, right: DecimalNumber): DecimalNumber
  doubles(left: number, right: number): number
  integers(left: bigint, right: bigint): bigint
}

function combine(left: BSONNumber, right: BSONNumber, arithmetic: Arithmetic): BSONNumber | undefined {
  if (left instanceof Decimal128 || right instanceof Decimal128) {
    return packDecimal(arithmetic.decimals(operandDecimal(left), operandDecimal(right)))
  }
  if (left instanceof Double || right instanceof Double) {
    return new Double(arithmetic.doubles(Number(primitiveOf(left)), Number(primitiveOf(right))))
  }
  const result = arithmetic.integers(BigInt(primitiveOf(left)), BigInt(primitiveOf(right)))
  if (result < int64Min || result > int64Max) return undefined
  const wide = left instanceof Long || right instanceof Long || result < int32Min || result > int32Max
  return wide ? Long.fromBigInt(result) : new Int32(Number(result))
}

function operandDecimal(value: BSONNumber): DecimalNumber {
  return value instanceof Double ? decimalOfDoubleRounded(value.value) : exactDecimal(value)
}

/** The value as an int64, if it is whole and in range. */
export function wholeInt64(value: BSONNumber): bigint | undefined {
  const truncated = truncatedInt64(value)
  if (truncated === undefined) return undefined
  const whole = compareDecimals(exactDecimal(value), finite(truncated, 0)) === 0
  return whole ? truncated : undefined
}

/** The value cut towards zero as an int64; undefined for NaN, the infinities and what is out of range. */
export function truncatedInt64(value: BSONNumber): bigint | undefined {
  const truncated = truncatedDecimal(exactDecimal(value))
  return truncated === undefined || truncated < int64Min || truncated > int64Max ? undefined : truncated
}

/** The value as an int32, if it is whole and in range. */
export function wholeInt32(value: BSONNumber): number | undefined {
  const whole = wholeInt64(value)
  return whole === undefined || whole < int32Min || whole > int32Max ? undefined : Number(whole)
}

/** The value of a number as text for messages. */
export function textOfNumber(value: BSONNumber): string {
  return value instanceof Int32 || value instanceof Double ? String(value.value) : value.toString()
}
