import { Decimal128 } from '../../bson/index.ts'

/**
 * A decimal number taken apart: `coefficient * 10 ** exponent`, exactly. The coefficient is never negative; the sign
 * stands beside it, since -0 has one too.
 */
export interface FiniteDecimal {
  readonly kind: 'finite'
  readonly negative: boolean
  readonly coefficient: bigint
  readonly exponent: number
}

export type DecimalNumber =
  | FiniteDecimal
  | { readonly kind: 'infinite'; readonly negative: boolean }
  | { readonly kind: 'nan' }

/** IEEE 754-2008 decimal128: 34 digits, exponents of the last digit from -6176 to 6111. */
const digitsMax = 34
const exponentMin = -6176
const exponentMax = 6111
const coefficientMax = 10n ** BigInt(digitsMax) - 1n

const nan: DecimalNumber = { kind: 'nan' }

export function finite(coefficient: bigint, exponent: number): FiniteDecimal {
  const negative = coefficient < 0n
  return { kind: 'finite', negative, coefficient: negative ? -coefficient : coefficient, exponent }
}

export function unpackDecimal(value: Decimal128): DecimalNumber {
  const view = new DataView(value.bytes.buffer, value.bytes.byteOffset, 16)
  const high = view.getBigUint64(8, true)
  const negative = high >> 63n === 1n
  const combination = Number((high >> 58n) & 0x1fn)
  if (combination === 0x1f) return nan
  if (combination === 0x1e) return { kind: 'infinite', negative }
  // A coefficient of the long form is above the largest of 34 digits, and such ones count as zero.
  if (combination >= 0x18) {
    return { kind: 'finite', negative, coefficient: 0n, exponent: Number((high >> 47n) & 0x3fffn) + exponentMin }
  }
  const coefficient = ((high & 0x1_ffff_ffff_ffffn) << 64n) | view.getBigUint64(0, true)
  return {
    kind: 'finite',
    negative,
    coefficient: coefficient > coefficientMax ? 0n : coefficient,
    exponent: Number((high >> 49n) & 0x3fffn) + exponentMin
  }
}

/** The nearest Decimal128: rounded half to even at 34 digits, infinite above the range, nearer to zero below it. */
export function packDecimal(number: DecimalNumber): Decimal128 {
  if (number.kind === 'nan') return Decimal128.fromString('NaN')
  if (number.kind === 'infinite') return infinity(number.negative)
  const digits = digitsOf(number.coefficient)
  const dropped = Math.max(digits - digitsMax, exponentMin - number.exponent, 0)
  let { coefficient, exponent } = roundedHalfEven(number, dropped)
  if (coefficient > coefficientMax)
    ({ coefficient, exponent } = roundedHalfEven({ ...number, coefficient, exponent }, 1))
  if (exponent > exponentMax) {
    const room = digitsMax - digitsOf(coefficient)
    if (coefficient !== 0n && exponent - exponentMax > room) return infinity(number.negative)
    coefficient *= coefficient === 0n ? 1n : 10n ** BigInt(exponent - exponentMax)
    exponent = exponentMax
  }
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  const sign = number.negative ? 1n << 63n : 0n
  view.setBigUint64(0, coefficient & 0xffff_ffff_ffff_ffffn, true)
  view.setBigUint64(8, sign | (BigInt(exponent - exponentMin) << 49n) | (coefficient >> 64n), true)
  return new Decimal128(bytes)
}

export function addDecimals(left: DecimalNumber, right: DecimalNumber): DecimalNumber {
  if (left.kind === 'nan' || right.kind === 'nan') return nan
  if (left.kind === 'infinite') {
    return right.kind === 'infinite' && left.negative !== right.negative ? nan : left
  }
  if (right.kind === 'infinite') return right
  const exponent = Math.min(left.exponent, right.exponent)
  const sum = finite(scaled(left, exponent) + scaled(right, exponent), exponent)
  return sum.coefficient === 0n ? { ...sum, negative: left.negative && right.negative } : sum
}

export function multiplyDecimals(left: DecimalNumber, right: DecimalNumber): DecimalNumber {
  if (left.kind === 'nan' || right.kind === 'nan') return nan
  const negative = left.negative !== right.negative
  if (left.kind === 'finite' && right.kind === 'finite') {
    const coefficient = left.coefficient * right.coefficient
    return { kind: 'finite', negative, coefficient, exponent: left.exponent + right.exponent }
  }
  return isZero(left) || isZero(right) ? nan : { kind: 'infinite', negative }
}

/** Which of two finite numbers is the smaller, exactly. */
export function compareFinite(left: FiniteDecimal, right: FiniteDecimal): number {
  const leftSign = signOf(left)
  const rightSign = signOf(right)
  if (leftSign !== rightSign || leftSign === 0) return leftSign - rightSign
  return leftSign > 0 ? compareMagnitudes(left, right) : compareMagnitudes(right, left)
}

function compareMagnitudes(left: FiniteDecimal, right: FiniteDecimal): number {
  const places = digitsOf(left.coefficient) + left.exponent - (digitsOf(right.coefficient) + right.exponent)
  return places === 0 ? compareAligned(left, right) : places
}

/** Equal orders of magnitude, so the powers of ten stay as small as the numbers of digits. */
function compareAligned(left: FiniteDecimal, right: FiniteDecimal): number {
  const exponent = Math.min(left.exponent, right.exponent)
  const difference =
    left.coefficient * 10n ** BigInt(left.exponent - exponent) -
    right.coefficient * 10n ** BigInt(right.exponent - exponent)
  return difference > 0n ? 1 : difference < 0n ? -1 : 0
}

/** A finite double, exactly: every binary fraction is a decimal one. */
export function decimalOfDouble(value: number): FiniteDecimal {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const biased = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xf_ffff_ffff_ffffn
  const significand = biased === 0 ? fraction : fraction | (1n << 52n)
  const power = Math.max(biased, 1) - 1075
  const coefficient = power >= 0 ? significand << BigInt(power) : significand * 5n ** BigInt(-power)
  return { kind: 'finite', negative: bits >> 63n === 1n, coefficient, exponent: Math.min(power, 0) }
}

/** A double as the server turns it into a decimal: with 15 digits, zeros at the end included. */
export function decimalOfDoubleRounded(value: number): DecimalNumber {
  if (Number.isNaN(value)) return nan
  if (!Number.isFinite(value)) return { kind: 'infinite', negative: value < 0 }
  if (value === 0) return { kind: 'finite', negative: Object.is(value, -0), coefficient: 0n, exponent: 0 }
  const kept = 15
  const exact = decimalOfDouble(value)
  // A double's significand alone has more digits than are kept.
  const rounded = roundedHalfEven(exact, digitsOf(exact.coefficient) - kept)
  // 9.99… rounds up to one digit more, which is a zero.
  return digitsOf(rounded.coefficient) > kept ? roundedHalfEven(rounded, 1) : rounded
}

/** The whole part, cut towards zero; undefined for NaN and the infinities. */
export function truncatedDecimal(number: DecimalNumber): bigint | undefined {
  if (number.kind !== 'finite') return undefined
  const { coefficient, exponent, negative } = number
  const whole = exponent >= 0 ? coefficient * 10n ** BigInt(exponent) : coefficient / 10n ** BigInt(-exponent)
  return negative ? -whole : whole
}

export function isZero(number: DecimalNumber): boolean {
  return number.kind === 'finite' && number.coefficient === 0n
}

function infinity(negative: boolean): Decimal128 {
  return Decimal128.fromString(negative ? '-Infinity' : 'Infinity')
}

function signOf(number: FiniteDecimal): number {
  return number.coefficient === 0n ? 0 : number.negative ? -1 : 1
}

function scaled(number: FiniteDecimal, exponent: number): bigint {
  const coefficient = number.coefficient * 10n ** BigInt(number.exponent - exponent)
  return number.negative ? -coefficient : coefficient
}

function digitsOf(coefficient: bigint): number {
  return coefficient === 0n ? 0 : coefficient.toString().length
}

function roundedHalfEven(number: FiniteDecimal, dropped: number): FiniteDecimal {
  if (dropped === 0) return number
  const unit = 10n ** BigInt(dropped)
  const quotient = number.coefficient / unit
  const twice = (number.coefficient % unit) * 2n
  const up = twice > unit || (twice === unit && quotient % 2n === 1n)
  return { ...number, coefficient: up ? quotient + 1n : quotient, exponent: number.exponent + dropped }
}
