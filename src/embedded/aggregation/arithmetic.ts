import { Decimal128, Double, Int32, Long } from '../../bson/index.ts'
import { badValue, CommandFailure } from '../failure.ts'
import { packDecimal, unpackDecimal } from '../query/decimal.ts'
import { type BSONNumber, type BSONValue, isNumber } from '../query/index.ts'
import { addNumbers, multiplyNumbers, truncatedInt64 } from '../query/numbers.ts'
import {
  decimalOf,
  divideDecimals,
  doubleOf,
  doubleOfDecimal,
  exactDecimalOfDouble,
  int64Min,
  integerOf,
  integerResult,
  isZeroNumber,
  type Rounding,
  remainderOfDecimals,
  roundDecimal
} from './numeric.ts'
import { int32Operand, isNullish, numberOperand, type Operators, strict, typeText } from './operator.ts'

/** More operands than any command holds. */
const operandsMax = Number.MAX_SAFE_INTEGER
const typeMismatch = 14

export const arithmeticOperators: Operators = [
  ['$add', strict(0, operandsMax, (...operands) => add(operands))],
  ['$subtract', strict(2, 2, (left, right) => subtract(left, right))],
  ['$multiply', strict(0, operandsMax, (...operands) => multiply(operands))],
  ['$divide', strict(2, 2, (left, right) => divide(left, right))],
  ['$mod', strict(2, 2, (left, right) => modulo(left, right))],
  ['$abs', strict(1, 1, value => absolute(numberOperand('$abs', value, 28765)))],
  ['$ceil', strict(1, 1, value => rounded(numberOperand('$ceil', value, 28765), 0, 'up'))],
  ['$floor', strict(1, 1, value => rounded(numberOperand('$floor', value, 28765), 0, 'down'))],
  ['$round', strict(1, 2, (value, place) => roundedAt('$round', value, place, 'half-even'))],
  ['$trunc', strict(1, 2, (value, place) => roundedAt('$trunc', value, place, 'towards-zero'))]
]

/** At most one of the operands may be a date; the others are milliseconds then. */
function add(operands: readonly BSONValue[]): BSONValue {
  let date: Date | undefined
  const numbers = operands.flatMap(operand => {
    if (!(operand instanceof Date)) return isNumber(operand) ? [operand] : refuse('$add', operand)
    if (date !== undefined) throw new CommandFailure(16612, 'only one date allowed in an $add expression')
    date = operand
    return []
  })
  const total = numbers.reduce(sumOf, new Int32(0))
  return date === undefined ? narrowed(total, numbers) : movedDate('$add', date, total)
}

function refuse(name: string, operand: BSONValue): never {
  throw new CommandFailure(typeMismatch, `${name} only supports numeric or date types, not ${typeText(operand)}`)
}

/** An int64 that overflows goes on as a double. */
function sumOf(left: BSONNumber, right: BSONNumber): BSONNumber {
  return addNumbers(left, right) ?? new Double(doubleOf(left) + doubleOf(right))
}

/** A total of int32s that was an int64 on its way is an int32 if it fits one in the end. */
function narrowed(total: BSONNumber, numbers: readonly BSONNumber[]): BSONNumber {
  if (!(total instanceof Long) || !numbers.every(number => number instanceof Int32)) return total
  return integerResult(total.toBigInt(), false)
}

function subtract(left: BSONValue, right: BSONValue): BSONValue {
  if (left instanceof Date && right instanceof Date) return Long.fromNumber(left.getTime() - right.getTime())
  if (left instanceof Date && isNumber(right)) return movedDate('$subtract', left, difference(new Int32(0), right))
  if (isNumber(left) && isNumber(right)) return difference(left, right)
  throw new CommandFailure(typeMismatch, `can't $subtract ${typeText(right)} from ${typeText(left)}`)
}

function difference(left: BSONNumber, right: BSONNumber): BSONNumber {
  const integers = integersOf(left, right)
  if (integers !== undefined) return integerResult(integers.left - integers.right, integers.wide)
  if (right instanceof Decimal128 || left instanceof Decimal128) {
    const subtrahend = decimalOf(right)
    const negated = subtrahend.kind === 'nan' ? subtrahend : { ...subtrahend, negative: !subtrahend.negative }
    return sumOf(left, packDecimal(negated))
  }
  return new Double(doubleOf(left) - doubleOf(right))
}

interface Integers {
  readonly left: bigint
  readonly right: bigint
  /** Whether one of them is an int64. */
  readonly wide: boolean
}

function integersOf(left: BSONNumber, right: BSONNumber): Integers | undefined {
  const a = integerOf(left)
  const b = integerOf(right)
  if (a === undefined || b === undefined) return undefined
  return { left: a, right: b, wide: left instanceof Long || right instanceof Long }
}

/** Milliseconds that are no whole number are rounded. */
function movedDate(name: string, date: Date, by: BSONNumber): Date {
  const milliseconds = truncatedInt64(rounded(by, 0, 'half-even'))
  const moved = new Date(milliseconds === undefined ? Number.NaN : Number(BigInt(date.getTime()) + milliseconds))
  if (!Number.isNaN(moved.getTime())) return moved
  throw new CommandFailure(
    'Overflow',
    `${name}: the date ${date.toISOString()} moved by ${by.toString()} ms is out of range`
  )
}

function multiply(operands: readonly BSONValue[]): BSONNumber {
  const numbers = operands.map(operand => numberOperand('$multiply', operand, typeMismatch))
  const product = numbers.reduce(
    (left, right) => multiplyNumbers(left, right) ?? new Double(doubleOf(left) * doubleOf(right)),
    new Int32(1)
  )
  return narrowed(product, numbers)
}

function divide(left: BSONValue, right: BSONValue): BSONNumber {
  if (!isNumber(left) || !isNumber(right)) {
    throw new CommandFailure(
      typeMismatch,
      `$divide only supports numeric types, not ${typeText(left)} and ${typeText(right)}`
    )
  }
  if (isZeroNumber(right)) throw badValue("can't $divide by zero")
  if (left instanceof Decimal128 || right instanceof Decimal128) {
    return packDecimal(divideDecimals(decimalOf(left), decimalOf(right)))
  }
  return new Double(doubleOf(left) / doubleOf(right))
}

function modulo(left: BSONValue, right: BSONValue): BSONNumber {
  if (!isNumber(left) || !isNumber(right)) {
    throw new CommandFailure(16611, `$mod only supports numeric types, not ${typeText(left)} and ${typeText(right)}`)
  }
  if (isZeroNumber(right)) throw new CommandFailure(16610, "can't $mod by zero")
  const integers = integersOf(left, right)
  if (integers !== undefined) return integerResult(integers.left % integers.right, integers.wide)
  if (left instanceof Decimal128 || right instanceof Decimal128) {
    return packDecimal(remainderOfDecimals(decimalOf(left), decimalOf(right)))
  }
  return new Double(doubleOf(left) % doubleOf(right))
}

function absolute(value: BSONNumber): BSONNumber {
  const integer = integerOf(value)
  if (integer === int64Min) throw new CommandFailure(28680, `can't take $abs of long long min, ${int64Min}`)
  if (integer !== undefined) return integer < 0n ? integerResult(-integer, value instanceof Long) : value
  if (value instanceof Decimal128) {
    const decimal = unpackDecimal(value)
    return decimal.kind === 'nan' ? value : packDecimal({ ...decimal, negative: false })
  }
  return new Double(Math.abs(doubleOf(value)))
}

const placeMin = -20
const placeMax = 100

function roundedAt(name: string, value: BSONValue, place: BSONValue | undefined, rounding: Rounding): BSONValue {
  const number = numberOperand(name, value, 51081)
  if (place === undefined) return rounded(number, 0, rounding)
  if (isNullish(place)) return null
  const digits = int32Operand(name, place, 51082)
  if (digits < placeMin || digits > placeMax) {
    throw new CommandFailure(
      51083,
      `cannot apply ${name} with precision value ${digits}, value must be in [${placeMin}, ${placeMax}]`
    )
  }
  return rounded(number, digits, rounding)
}

/** Of the type of the value; only an int32 that rounds beyond its range becomes an int64. */
function rounded(value: BSONNumber, place: number, rounding: Rounding): BSONNumber {
  const integer = integerOf(value)
  if (integer !== undefined && place >= 0) return value
  const number = value instanceof Double ? exactDecimalOfDouble(value.value) : decimalOf(value)
  if (number.kind !== 'finite') return value
  const result = roundDecimal(number, place, rounding)
  if (value instanceof Decimal128) return packDecimal(result)
  if (integer === undefined) return new Double(doubleOfDecimal(result))
  const whole = result.coefficient * 10n ** BigInt(result.exponent) * (result.negative ? -1n : 1n)
  const wide = integerResult(whole, value instanceof Long)
  if (!(wide instanceof Double)) return wide
  throw new CommandFailure(51080, `invalid conversion from a rounded value, ${whole}, to int64`)
}
