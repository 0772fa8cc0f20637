import { Binary, BSONRegExp, BSONSymbol, ObjectId, Timestamp } from '../../bson/index.ts'
import { decodeDocument } from './codec.ts'
import { compareNumbers } from './numbers.ts'
import { type BSONDocument, type BSONValue, bsonTypes, isDocument, isNumber, OpaqueValue, typeOf } from './values.ts'

/** Orders two strings: negative, zero or positive. A collation gives another one than the simple order. */
export type StringOrder = (left: string, right: string) => number

/**
 * The order of types in the manual ("comparison and sort order"). Types of one rank are compared by value with each
 * other: all numbers, and strings with symbols.
 */
const ranks: Readonly<Record<number, number>> = {
  [bsonTypes.minKey]: 0,
  [bsonTypes.undefined]: 1,
  [bsonTypes.null]: 2,
  [bsonTypes.double]: 3,
  [bsonTypes.int]: 3,
  [bsonTypes.long]: 3,
  [bsonTypes.decimal]: 3,
  [bsonTypes.string]: 4,
  [bsonTypes.symbol]: 4,
  [bsonTypes.object]: 5,
  [bsonTypes.array]: 6,
  [bsonTypes.binData]: 7,
  [bsonTypes.objectId]: 8,
  [bsonTypes.bool]: 9,
  [bsonTypes.date]: 10,
  [bsonTypes.timestamp]: 11,
  [bsonTypes.regex]: 12,
  [bsonTypes.dbPointer]: 13,
  [bsonTypes.javascript]: 14,
  [bsonTypes.javascriptWithScope]: 15,
  [bsonTypes.maxKey]: 16
}

/** Values are compared within one rank only by a range operator such as `$gt`. */
export function rankOf(value: BSONValue): number {
  return ranks[typeOf(value)] ?? 0
}

/** The total order of all BSON values. Zero means equal, which for numbers means of equal value, whatever their types. */
export function compareValues(left: BSONValue, right: BSONValue, strings: StringOrder = compareStrings): number {
  const leftType = typeOf(left)
  const rightType = typeOf(right)
  const ranked = (ranks[leftType] ?? 0) - (ranks[rightType] ?? 0)
  if (ranked !== 0) return ranked
  if (isNumber(left) && isNumber(right)) return compareNumbers(left, right)
  if (leftType === bsonTypes.string || leftType === bsonTypes.symbol) return strings(textOf(left), textOf(right))
  if (isDocument(left) && isDocument(right)) return compareDocuments(left, right, strings)
  if (Array.isArray(left) && Array.isArray(right)) return compareArrays(left, right, strings)
  return compareScalars(left, right, strings)
}

export function equalValues(left: BSONValue, right: BSONValue, strings: StringOrder = compareStrings): boolean {
  return compareValues(left, right, strings) === 0
}

/** The simple order: by code points, which is that of the UTF-8 bytes. JavaScript's own is by UTF-16 units. */
export function compareStrings(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index += 1) {
    const a = left.charCodeAt(index)
    const b = right.charCodeAt(index)
    if (a !== b) return placeOfUnit(a) - placeOfUnit(b)
  }
  return left.length - right.length
}

/** Surrogates stand for code points above all those of one unit, though as units they are below U+E000. */
function placeOfUnit(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

/** Field by field in order: first the types' rank, then the name, then the value; a document that ends first is less. */
function compareDocuments(left: BSONDocument, right: BSONDocument, strings: StringOrder): number {
  const others = right.entries()
  for (const [name, value] of left) {
    const other = others.next()
    if (other.done === true) return 1
    const [otherName, otherValue] = other.value
    const difference =
      rankOf(value) - rankOf(otherValue) || compareStrings(name, otherName) || compareValues(value, otherValue, strings)
    if (difference !== 0) return difference
  }
  return left.size - right.size
}

function compareArrays(left: readonly BSONValue[], right: readonly BSONValue[], strings: StringOrder): number {
  for (const [index, element] of left.entries()) {
    const other = right[index]
    if (other === undefined) return 1
    const difference = compareValues(element, other, strings)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

function compareScalars(left: BSONValue, right: BSONValue, strings: StringOrder): number {
  if (left instanceof Binary && right instanceof Binary) {
    return (
      payloadLength(left) - payloadLength(right) ||
      left.sub_type - right.sub_type ||
      compareBytes(left.value(), right.value())
    )
  }
  if (left instanceof ObjectId && right instanceof ObjectId) return compareBytes(left.id, right.id)
  if (typeof left === 'boolean') return Number(left) - Number(right)
  if (rankOf(left) === ranks[bsonTypes.date]) return compareIntegers(milliseconds(left), milliseconds(right))
  if (left instanceof Timestamp && right instanceof Timestamp) {
    return (
      left.getHighBitsUnsigned() - right.getHighBitsUnsigned() || left.getLowBitsUnsigned() - right.getLowBitsUnsigned()
    )
  }
  if (left instanceof BSONRegExp && right instanceof BSONRegExp) {
    return compareStrings(left.pattern, right.pattern) || compareStrings(left.options, right.options)
  }
  if (left instanceof OpaqueValue && right instanceof OpaqueValue) return compareOpaque(left, right, strings)
  return 0
}

/** The length that the binary's bytes begin with; the old subtype counts the copy of it, too. */
function payloadLength(binary: Binary): number {
  return binary.length() + (binary.sub_type === Binary.SUBTYPE_BYTE_ARRAY ? 4 : 0)
}

function milliseconds(value: BSONValue): bigint {
  if (value instanceof Date) return BigInt(value.getTime())
  return value instanceof OpaqueValue ? viewOf(value).getBigInt64(0, true) : 0n
}

function compareOpaque(left: OpaqueValue, right: OpaqueValue, strings: StringOrder): number {
  if (left.type === bsonTypes.javascript) return compareBytes(left.bytes.subarray(4), right.bytes.subarray(4))
  if (left.type !== bsonTypes.javascriptWithScope) {
    return left.bytes.length - right.bytes.length || compareBytes(left.bytes, right.bytes)
  }
  const [code, scope] = codeAndScope(left)
  const [otherCode, otherScope] = codeAndScope(right)
  return compareBytes(code, otherCode) || compareDocuments(scope, otherScope, strings)
}

/** The parts of code with scope: the total length, the length of the code, the code, the scope. */
function codeAndScope(value: OpaqueValue): [Uint8Array, BSONDocument] {
  const scopeAt = 8 + viewOf(value).getInt32(4, true)
  return [value.bytes.subarray(8, scopeAt), decodeDocument(value.bytes.subarray(scopeAt))]
}

function viewOf(value: OpaqueValue): DataView {
  return new DataView(value.bytes.buffer, value.bytes.byteOffset, value.bytes.byteLength)
}

function textOf(value: BSONValue): string {
  return value instanceof BSONSymbol ? value.value : typeof value === 'string' ? value : ''
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  for (const [index, byte] of left.entries()) {
    const difference = byte - (right[index] ?? -1)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

function compareIntegers(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0
}
