import { Decimal128, Double, Long } from '../../bson/index.ts'
import { CommandFailure } from '../failure.ts'
import type { BSONNumber } from '../query/index.ts'
import { doubleOf, integerOf, int64Max, int64Min, integerResult } from './numeric.ts'
import { numberOperand, type Operator, type Operators, strict } from './operator.ts'

type DoubleFunction = (value: number) => number

/** The functions of one double, and where they are defined. */
const functions: readonly (readonly [string, DoubleFunction, domain?: Domain])[] = [
  ['$sqrt', Math.sqrt, { code: 28714, has: value => value >= 0, text: 'value must be greater than or equal to 0' }],
  ['$exp', Math.exp],
  ['$ln', Math.log, { code: 28766, has: value => value > 0, text: 'value must be greater than 0' }],
  ['$log10', Math.log10, { code: 28761, has: value => value > 0, text: 'value must be greater than 0' }],
  ['$sin', Math.sin, finiteOnly()],
  ['$cos', Math.cos, finiteOnly()],
  ['$tan', Math.tan, finiteOnly()],
  ['$asin', Math.asin, between(-1, 1)],
  ['$acos', Math.acos, between(-1, 1)],
  ['$atan', Math.atan],
  ['$sinh', Math.sinh],
  ['$cosh', Math.cosh],
  ['$tanh', Math.tanh],
  ['$asinh', Math.asinh],
  ['$acosh', Math.acosh, between(1, Number.POSITIVE_INFINITY)],
  ['$atanh', Math.atanh, between(-1, 1)],
  ['$degreesToRadians', value => value * (Math.PI / 180)],
  ['$radiansToDegrees', value => value * (180 / Math.PI)]
]

interface Domain {
  readonly code: number
  readonly has: (value: number) => boolean
  readonly text: string
}

function between(least: number, most: number): Domain {
  return { code: 50989, has: value => value >= least && value <= most, text: `value must be in [${least}, ${most}]` }
}

function finiteOnly(): Domain {
  return { code: 50989, has: Number.isFinite, text: 'value must be finite' }
}

export const mathOperators: Operators = [
  ...functions.map(([name, apply, domain]): [string, Operator] => [name, ofDouble(name, apply, domain)]),
  ['$atan2', strict(2, 2, (y, x) => new Double(Math.atan2(double('$atan2', y, 51044), double('$atan2', x, 51045))))],
  ['$log', strict(2, 2, (value, base) => logarithm(double('$log', value, 28756), double('$log', base, 28757)))],
  ['$pow', strict(2, 2, (base, exponent) => power(number('$pow', base, 28762), number('$pow', exponent, 28763)))]
]

function ofDouble(name: string, apply: DoubleFunction, domain: Domain | undefined): Operator {
  return strict(1, 1, operand => {
    const value = double(name, operand, 28765)
    if (domain === undefined || Number.isNaN(value) || domain.has(value)) return new Double(apply(value))
    throw new CommandFailure(domain.code, `cannot apply ${name} to ${value}, ${domain.text}`)
  })
}

function number(name: string, value: Parameters<typeof numberOperand>[1], code: number): BSONNumber {
  const operand = numberOperand(name, value, code)
  if (!(operand instanceof Decimal128)) return operand
  throw new CommandFailure('NotImplemented', `${name} of a decimal is not supported by the embedded deployment`)
}

function double(name: string, value: Parameters<typeof numberOperand>[1], code: number): number {
  return doubleOf(number(name, value, code))
}

/** The quotient of the natural logarithms, as on the server. */
function logarithm(value: number, base: number): Double {
  if (value <= 0) throw new CommandFailure(28758, `$log's argument must be a positive number, but is ${value}`)
  if (base <= 0 || base === 1) {
    throw new CommandFailure(28759, `$log's base must be a positive number not equal to 1, but is ${base}`)
  }
  return new Double(Math.log(value) / Math.log(base))
}

/** An exact integer if both are integers and an int64 holds it, else a double. */
function power(base: BSONNumber, exponent: BSONNumber): BSONNumber {
  const whole = integerOf(base)
  const times = integerOf(exponent)
  if (doubleOf(base) === 0 && doubleOf(exponent) < 0) {
    throw new CommandFailure(28764, '$pow cannot take a base of 0 and a negative exponent')
  }
  if (whole === undefined || times === undefined) return new Double(doubleOf(base) ** doubleOf(exponent))
  const result = integerPower(whole, times)
  if (result === undefined) return new Double(doubleOf(base) ** doubleOf(exponent))
  return integerResult(result, base instanceof Long || exponent instanceof Long)
}

function integerPower(base: bigint, exponent: bigint): bigint | undefined {
  if (base === 1n || exponent === 0n) return 1n
  if (base === -1n) return exponent % 2n === 0n ? 1n : -1n
  if (exponent < 0n) return undefined
  if (base === 0n) return 0n
  // The 64th power of 2 is beyond an int64 already.
  if (exponent > 63n) return undefined
  const result = base ** exponent
  return result < int64Min || result > int64Max ? undefined : result
}
