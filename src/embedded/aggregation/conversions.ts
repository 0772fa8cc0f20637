import { Binary, BSONSymbol, Decimal128, Double, Int32, Long, ObjectId, Timestamp } from '../../bson/index.ts'
import { CommandFailure } from '../failure.ts'
import { packDecimal } from '../query/decimal.ts'
import {
  type BSONTypeName,
  type BSONValue,
  bsonTypes,
  isDocument,
  isNumber,
  isTruthy,
  typeNameOf
} from '../query/index.ts'
import { textOfNumber, truncatedInt64, wholeInt32 } from '../query/numbers.ts'
import { typeName } from '../query/values.ts'
import { parseDate } from './date_text.ts'
import { decimalOf, doubleOf } from './numeric.ts'
import {
  compileNamed,
  isNullish,
  lenient,
  namedOperands,
  type Operator,
  type Operators,
  strict,
  typeText
} from './operator.ts'

const conversionFailure = 241

type Conversion = (value: BSONValue) => BSONValue

/** By the name of the type that they convert to. */
const conversions: ReadonlyMap<string, Conversion> = new Map<string, Conversion>([
  ['string', toText],
  ['bool', value => isTruthy(value)],
  ['int', value => new Int32(Number(wholePart(value, 'int', -(2n ** 31n), 2n ** 31n - 1n)))],
  ['long', value => Long.fromBigInt(wholePart(value, 'long', -(2n ** 63n), 2n ** 63n - 1n))],
  ['double', toDouble],
  ['decimal', toDecimal],
  ['date', toDate],
  ['objectId', toObjectId]
])

const shorthands: readonly (readonly [string, BSONTypeName])[] = [
  ['$toString', 'string'],
  ['$toBool', 'bool'],
  ['$toInt', 'int'],
  ['$toLong', 'long'],
  ['$toDouble', 'double'],
  ['$toDecimal', 'decimal'],
  ['$toDate', 'date'],
  ['$toObjectId', 'objectId']
]

export const conversionOperators: Operators = [
  ...shorthands.map(([name, type]): [string, Operator] => [name, strict(1, 1, value => converted(value, type))]),
  ['$convert', convert],
  ['$type', lenient(1, 1, value => typeText(value))],
  ['$isNumber', lenient(1, 1, value => isNumber(value))]
]

function converted(value: BSONValue, type: BSONValue): BSONValue {
  const name = typeof type === 'string' ? type : isNumber(type) ? typeName(wholeInt32(type) ?? 0) : undefined
  if (name === undefined || !Object.hasOwn(bsonTypes, name)) {
    throw new CommandFailure(
      'BadValue',
      `$convert: there is no type ${typeof type === 'string' ? type : isNumber(type) ? type.toString() : typeText(type)}`
    )
  }
  const conversion = conversions.get(name)
  if (conversion !== undefined && typeNameOf(value) === name) return value
  if (conversion === undefined) throw unsupported(value, name)
  return conversion(value)
}

/** `onError` stands for what cannot be converted, `onNull` for what is null or missing. */
function convert(...[operand, compiler, name]: Parameters<Operator>): ReturnType<Operator> {
  const operands = namedOperands(operand, name, ['input', 'to'], ['onError', 'onNull'])
  const input = compileNamed(operands, 'input', compiler)
  const to = compileNamed(operands, 'to', compiler)
  const onError = compileNamed(operands, 'onError', compiler)
  const onNull = compileNamed(operands, 'onNull', compiler)
  return scope => {
    const value = input(scope)
    if (isNullish(value)) return operands.has('onNull') ? onNull(scope) : null
    const wanted = to(scope)
    const type = isDocument(wanted) ? wanted.get('type') : wanted
    if (isNullish(type)) return null
    try {
      return converted(value, type)
    } catch (error) {
      const isConversion = error instanceof CommandFailure && error.code === conversionFailure
      if (isConversion && operands.has('onError')) return onError(scope)
      throw error
    }
  }
}

function unsupported(value: BSONValue, type: string): CommandFailure {
  return new CommandFailure(conversionFailure, `Unsupported conversion from ${typeText(value)} to ${type} in $convert`)
}

function unreadable(text: string, type: string): CommandFailure {
  return new CommandFailure(conversionFailure, `Failed to parse ${type} '${text}' in $convert`)
}

function toText(value: BSONValue): BSONValue {
  if (value instanceof BSONSymbol) return value.value
  if (typeof value === 'boolean') return String(value)
  if (isNumber(value)) return textOfNumber(value)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof ObjectId) return value.toHexString()
  if (value instanceof Binary && value.sub_type === Binary.SUBTYPE_UUID) return value.toUUID().toString()
  throw unsupported(value, 'string')
}

/** Numbers are cut towards zero, and may not overflow; texts are whole numbers in base 10. */
function wholePart(value: BSONValue, type: 'int' | 'long', least: bigint, most: bigint): bigint {
  const whole = wholeOf(value, type)
  if (whole !== undefined && whole >= least && whole <= most) return whole
  const shown = isNumber(value) ? textOfNumber(value) : typeof value === 'string' ? value : typeText(value)
  throw new CommandFailure(conversionFailure, `Conversion would overflow target type ${type} in $convert: ${shown}`)
}

function wholeOf(value: BSONValue, type: 'int' | 'long'): bigint | undefined {
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (isNumber(value)) return truncatedInt64(value)
  if (value instanceof Date && type === 'long') return BigInt(value.getTime())
  if (typeof value !== 'string') throw unsupported(value, type)
  if (!/^[-+]?\d+$/.test(value)) throw unreadable(value, type)
  return BigInt(value.replace('+', ''))
}

const numberText = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/

function toDouble(value: BSONValue): BSONValue {
  if (typeof value === 'boolean') return new Double(value ? 1 : 0)
  if (value instanceof Date) return new Double(value.getTime())
  if (typeof value === 'string') {
    const special = /^[-+]?(?:inf(?:inity)?|nan)$/i.exec(value)
    if (special === null && !numberText.test(value)) throw unreadable(value, 'double')
    if (special === null) return new Double(Number(value))
    if (/nan$/i.test(value)) return new Double(Number.NaN)
    return new Double(value.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY)
  }
  if (!isNumber(value)) throw unsupported(value, 'double')
  const double = doubleOf(value)
  if (Number.isFinite(double) || !/\d/.test(value.toString())) return new Double(double)
  throw new CommandFailure(
    conversionFailure,
    `Conversion would overflow target type double in $convert: ${value.toString()}`
  )
}

function toDecimal(value: BSONValue): BSONValue {
  if (typeof value === 'boolean') return Decimal128.fromString(value ? '1' : '0')
  if (value instanceof Date) return Decimal128.fromString(String(value.getTime()))
  if (isNumber(value)) return packDecimal(decimalOf(value))
  if (typeof value !== 'string') throw unsupported(value, 'decimal')
  try {
    return Decimal128.fromStringWithRounding(value)
  } catch {
    throw unreadable(value, 'decimal')
  }
}

function toDate(value: BSONValue): BSONValue {
  if (value instanceof ObjectId) return value.getTimestamp()
  if (value instanceof Timestamp) return new Date(value.getHighBitsUnsigned() * 1000)
  if (typeof value === 'string') {
    const date = parseDate(value)
    if (date === undefined) throw unreadable(value, 'date')
    return date
  }
  // An int32 of milliseconds would be a day in January 1970: the server does not convert it.
  if (!isNumber(value) || value instanceof Int32) throw unsupported(value, 'date')
  const milliseconds = truncatedInt64(value)
  const date = new Date(milliseconds === undefined ? Number.NaN : Number(milliseconds))
  if (!Number.isNaN(date.getTime())) return date
  throw new CommandFailure(
    conversionFailure,
    `Conversion would overflow target type date in $convert: ${value.toString()}`
  )
}

function toObjectId(value: BSONValue): BSONValue {
  if (typeof value !== 'string') throw unsupported(value, 'objectId')
  if (!/^[0-9a-f]{24}$/i.test(value)) throw unreadable(value, 'objectId')
  return new ObjectId(value)
}
