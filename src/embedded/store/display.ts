import { Binary, ObjectId } from '../../bson/index.ts'
import { type BSONDocument, type BSONValue, isDocument, isNumber, typeNameOf } from '../query/index.ts'

/** A value as the text of a duplicate key error shows it. */
export function displayValue(value: BSONValue): string {
  if (isDocument(value)) return displayDocument(value)
  if (Array.isArray(value)) return `[ ${value.map(displayValue).join(', ')} ]`
  if (typeof value === 'string') return JSON.stringify(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (isNumber(value)) return value.toString()
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`
  if (value instanceof Date) return `new Date(${value.getTime()})`
  if (value instanceof Binary)
    return `BinData(${value.sub_type}, ${Buffer.from(value.value()).toString('hex').toUpperCase()})`
  return typeNameOf(value)
}

export function displayDocument(document: BSONDocument): string {
  if (document.size === 0) return '{}'
  return `{ ${Array.from(document, ([name, value]) => `${name}: ${displayValue(value)}`).join(', ')} }`
}
