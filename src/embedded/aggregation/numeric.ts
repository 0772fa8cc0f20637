import { Decimal128, Double, Int32, Long } from '../../bson/index.ts'
import {
  type DecimalNumber,
  decimalOfDouble,
  decimalOfDoubleRounded,
  type FiniteDecimal,
  finite,
  isZero,
  unpackDecimal
} from '../query/decimal.ts'
import type { BSONNumber } from '../query/index.ts'

const int32Min = -(2n ** 31n)
const int32Max = 2n ** 31n - 1n
export const int64Min: bigint = -(2n ** 63n)
export const int64Max: bigint = 2n ** 63n - 1n

/** The value of an int32 or an int64; undefined for the other types. */
export function integerOf(value: BSONNumber): bigint | undefined {
  if (value instanceof Int32) return BigInt(value.value)
  return value instanceof Long ? value.toBigInt() : undefined
}

/** An int32 if it fits and none of the operands was wider, else an int64, else the nearest double. */
export function integerResult(value: bigint, wide: boolean): BSONNumber {
  if (!wide && value >= int32Min && value <= int32Max) return new Int32(Number(value))
  return value >= int64Min && value <= int64Max ? Long.fromBigInt(value) : new Double(Number(value))
}

/** The nearest double. */
export function doubleOf(value: BSONNumber): number {
  if (value instanceof Int32 || value instanceof Double) return value.value
  return Number(value.toString())
}

/** As an operand beside a decimal: doubles count with 15 digits, as the server converts them. */
export function decimalOf(value: BSONNumber): DecimalNumber {
  if (value instanceof Decimal128) return unpackDecimal(value)
  if (value instanceof Double) return decimalOfDoubleRounded(value.value)
  return finite(integerOf(value) ?? 0n, 0)
}

/** A double with all its digits, and no zeros behind them. */
export function exactDecimalOfDouble(value: number): DecimalNumber {
  if (Number.isNaN(value)) return { kind: 'nan' }
  if (!Number.isFinite(value)) return { kind: 'infinite', negative: value < 0 }
  return shortened(decimalOfDouble(value), 0)
}

/** Without zeros at the end, up to the exponent given. */
function shortened(number: FiniteDecimal, exponentMax: number): FiniteDecimal {
  if (number.coefficient === 0n) return { ...number, exponent: exponentMax }
  let { coefficient, exponent } = number
  while (exponent < exponentMax && coefficient % 10n === 0n) {
    coefficient /= 10n
    exponent += 1
  }
  return { ...number, coefficient, exponent }
}

/** How many digits a quotient is computed to: those of a decimal128, and some for rounding. */
const quotientDigits = 38

/** The quotient, exact or with a last digit that rounds the right way. The divisor is not zero. */
export function divideDecimals(left: DecimalNumber, right: DecimalNumber): DecimalNumber {
  if (left.kind === 'nan' || right.kind === 'nan') return { kind: 'nan' }
  const negative = left.negative !== right.negative
  if (left.kind === 'infinite') return right.kind === 'infinite' ? { kind: 'nan' } : { kind: 'infinite', negative }
  if (right.kind === 'infinite') return { kind: 'finite', negative, coefficient: 0n, exponent: 0 }
  const ideal = left.exponent - right.exponent
  const shift = Math.max(0, quotientDigits + digitsOf(right.coefficient) - digitsOf(left.coefficient))
  const dividend = left.coefficient * 10n ** BigInt(shift)
  const coefficient = dividend / right.coefficient
  const exponent = ideal - shift
  if (dividend % right.coefficient === 0n) return shortened({ kind: 'finite', negative, coefficient, exponent }, ideal)
  // The digit beyond what is kept decides nothing but which way a half goes.
  return { kind: 'finite', negative, coefficient: coefficient * 10n + 1n, exponent: exponent - 1 }
}

/** What is left of a division whose quotient is cut towards zero; it has the dividend's sign. The divisor is not zero. */
export function remainderOfDecimals(left: DecimalNumber, right: DecimalNumber): DecimalNumber {
  if (left.kind !== 'finite' || right.kind === 'nan') return { kind: 'nan' }
  if (right.kind === 'infinite') return left
  const exponent = Math.min(left.exponent, right.exponent)
  const dividend = left.coefficient * 10n ** BigInt(left.exponent - exponent)
  const divisor = right.coefficient * 10n ** BigInt(right.exponent - exponent)
  return { kind: 'finite', negative: left.negative, coefficient: dividend % divisor, exponent }
}

export type Rounding = 'half-even' | 'towards-zero' | 'up' | 'down'

/** Cuts a number to so many decimal places; negative ones are before the point. */
export function roundDecimal(number: FiniteDecimal, place: number, rounding: Rounding): FiniteDecimal {
  const dropped = -place - number.exponent
  if (dropped <= 0) return number
  const unit = 10n ** BigInt(dropped)
  const quotient = number.coefficient / unit
  const rest = number.coefficient % unit
  return {
    ...number,
    coefficient: quotient + (isAway(number, quotient, rest, unit, rounding) ? 1n : 0n),
    exponent: -place
  }
}

function isAway(
  { negative }: FiniteDecimal,
  quotient: bigint,
  rest: bigint,
  unit: bigint,
  rounding: Rounding
): boolean {
  switch (rounding) {
    case 'towards-zero':
      return false
    case 'up':
      return rest > 0n && !negative
    case 'down':
      return rest > 0n && negative
    case 'half-even':
      return rest * 2n > unit || (rest * 2n === unit && quotient % 2n === 1n)
  }
}

/** The nearest double; JavaScript reads decimal text without an error of its own. */
export function doubleOfDecimal(number: FiniteDecimal): number {
  return Number(`${number.negative ? '-' : ''}${number.coefficient}e${number.exponent}`)
}

export function isZeroNumber(value: BSONNumber): boolean {
  return value instanceof Decimal128 ? isZero(unpackDecimal(value)) : doubleOf(value) === 0
}

function digitsOf(coefficient: bigint): number {
  return coefficient.toString().length
}
