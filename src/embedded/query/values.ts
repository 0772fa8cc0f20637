import {
  type Binary,
  type BSONRegExp,
  type BSONSymbol,
  Decimal128,
  Double,
  Int32,
  type Long,
  type MaxKey,
  type MinKey,
  type ObjectId,
  type Timestamp
} from '../../bson/index.ts'
import { isZero, unpackDecimal } from './decimal.ts'

/**
 * A document as these modules see it. A map, not an object: an object moves keys such as "7" to the front, and
 * `__proto__` is no ordinary key of it.
 */
export type BSONDocument = Map<string, BSONValue>

/**
 * A value that keeps its BSON type: numbers stand in the library's classes, so that an int32 stays one. `undefined` is
 * never a value; functions that look values up return it for a missing field.
 */
export type BSONValue =
  | BSONDocument
  | BSONValue[]
  | string
  | boolean
  | null
  | Date
  | BSONNumber
  | ObjectId
  | Binary
  | BSONRegExp
  | BSONSymbol
  | Timestamp
  | MinKey
  | MaxKey
  | OpaqueValue

export type BSONNumber = Int32 | Long | Double | Decimal128

/**
 * A value that no class of the library holds whole, kept as its bytes: undefined, a DBPointer, code with and without a
 * scope, and a date outside the range of JavaScript's.
 */
export class OpaqueValue {
  readonly type: number
  readonly bytes: Uint8Array

  constructor(type: number, bytes: Uint8Array) {
    this.type = type
    this.bytes = bytes
  }
}

/** Type numbers of the BSON specification, by the aliases that `$type` takes. */
export const bsonTypes = {
  double: 1,
  string: 2,
  object: 3,
  array: 4,
  binData: 5,
  undefined: 6,
  objectId: 7,
  bool: 8,
  date: 9,
  null: 10,
  regex: 11,
  dbPointer: 12,
  javascript: 13,
  symbol: 14,
  javascriptWithScope: 15,
  int: 16,
  timestamp: 17,
  long: 18,
  decimal: 19,
  minKey: -1,
  maxKey: 127
} as const

export type BSONTypeName = keyof typeof bsonTypes

const typeNames: ReadonlyMap<number, BSONTypeName> = new Map(
  Object.entries(bsonTypes).map(([name, type]) => [type, name as BSONTypeName])
)

export function typeOf(value: BSONValue): number {
  if (typeof value === 'string') return bsonTypes.string
  if (value === null) return bsonTypes.null
  if (typeof value === 'boolean') return bsonTypes.bool
  if (value instanceof Map) return bsonTypes.object
  if (Array.isArray(value)) return bsonTypes.array
  if (value instanceof Date) return bsonTypes.date
  if (value instanceof OpaqueValue) return value.type
  return libraryTypes[value._bsontype]
}

const libraryTypes = {
  Double: bsonTypes.double,
  Binary: bsonTypes.binData,
  ObjectId: bsonTypes.objectId,
  BSONRegExp: bsonTypes.regex,
  BSONSymbol: bsonTypes.symbol,
  Int32: bsonTypes.int,
  Timestamp: bsonTypes.timestamp,
  Long: bsonTypes.long,
  Decimal128: bsonTypes.decimal,
  MinKey: bsonTypes.minKey,
  MaxKey: bsonTypes.maxKey
} as const

/** The alias of the value's type, as error messages name it. */
export function typeNameOf(value: BSONValue): BSONTypeName {
  return typeNames.get(typeOf(value)) ?? 'undefined'
}

export function typeName(type: number): BSONTypeName | undefined {
  return typeNames.get(type)
}

export function isDocument(value: BSONValue | undefined): value is BSONDocument {
  return value instanceof Map
}

const numberTypes: ReadonlySet<number> = new Set([bsonTypes.double, bsonTypes.int, bsonTypes.long, bsonTypes.decimal])

export function isNumber(value: BSONValue | undefined): value is BSONNumber {
  return value !== undefined && numberTypes.has(typeOf(value))
}

/** Whether a value counts as yes where a command wants a yes or no: all but false, null, undefined and zero. */
export function isTruthy(value: BSONValue): boolean {
  if (typeof value === 'boolean') return value
  if (value === null) return false
  if (value instanceof OpaqueValue) return value.type !== bsonTypes.undefined
  if (value instanceof Int32 || value instanceof Double) return value.value !== 0
  if (value instanceof Decimal128) return !isZero(unpackDecimal(value))
  if (isNumber(value)) return !value.isZero()
  return true
}

/** A deep copy of what can be changed in place: documents and arrays. Other values are never changed, and are shared. */
export function copyValue(value: BSONValue): BSONValue {
  if (Array.isArray(value)) return value.map(copyValue)
  return isDocument(value) ? copyDocument(value) : value
}

export function copyDocument(document: BSONDocument): BSONDocument {
  return new Map(Array.from(document, ([name, value]) => [name, copyValue(value)]))
}

/** An array as a document: its elements under their indices. */
export function arrayAsDocument(array: readonly BSONValue[]): BSONDocument {
  return new Map(array.map((element, index) => [String(index), element]))
}
