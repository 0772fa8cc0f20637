import {
  type Binary,
  type BSONRegExp,
  type BSONSymbol,
  Decimal128,
  Double,
  Int32,
  type Long
} from '../../bson/index.ts'
import { type DecimalNumber, decimalOfDouble, finite, unpackDecimal } from '../query/decimal.ts'
import {
  type BSONDocument,
  type BSONNumber,
  type BSONValue,
  bsonTypes,
  encodeDocument,
  isDocument,
  isNumber,
  typeOf
} from '../query/index.ts'

/**
 * A text that two values share if and only if they are equal to the server: 1 as an int32, an int64, a double and a
 * decimal have the same. Strings count by the simple collation.
 */
export function valueKey(value: BSONValue): string {
  if (isNumber(value)) return `number ${numberKey(value)}`
  if (typeof value === 'string') return textKey(value)
  if (isDocument(value)) return documentKey(value)
  if (Array.isArray(value)) return `[${value.map(valueKey).join(',')}]`
  switch (typeOf(value)) {
    case bsonTypes.symbol:
      return textKey((value as BSONSymbol).value)
    case bsonTypes.binData: {
      const binary = value as Binary
      return `binary ${binary.sub_type} ${Buffer.from(binary.value()).toString('hex')}`
    }
    case bsonTypes.regex: {
      const { pattern, options } = value as BSONRegExp
      return `regex ${JSON.stringify([pattern, options])}`
    }
    default:
      // Equal values of the other types have equal bytes.
      return Buffer.from(encodeDocument(new Map([['', value]]))).toString('hex')
  }
}

function textKey(text: string): string {
  return JSON.stringify(text)
}

function documentKey(document: BSONDocument): string {
  return `{${Array.from(document, ([name, value]) => `${textKey(name)}:${valueKey(value)}`).join(',')}}`
}

function numberKey(value: BSONNumber): string {
  const number = exact(value)
  if (number.kind === 'nan') return 'nan'
  if (number.kind === 'infinite') return number.negative ? '-infinity' : 'infinity'
  if (number.coefficient === 0n) return '0'
  const digits = number.coefficient.toString()
  const significant = digits.replace(/0+$/, '')
  return `${number.negative ? '-' : ''}${significant}e${number.exponent + digits.length - significant.length}`
}

function exact(value: BSONNumber): DecimalNumber {
  if (value instanceof Decimal128) return unpackDecimal(value)
  if (value instanceof Int32) return finite(BigInt(value.value), 0)
  if (!(value instanceof Double)) return finite((value as Long).toBigInt(), 0)
  const double = value.value
  if (Number.isNaN(double)) return { kind: 'nan' }
  return Number.isFinite(double) ? decimalOfDouble(double) : { kind: 'infinite', negative: double < 0 }
}
