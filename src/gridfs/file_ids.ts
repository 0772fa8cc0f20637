import { BSONRegExp, EJSON } from '../bson/index.ts'
import { MongoInvalidArgumentError } from '../errors/index.ts'

/** @throws {MongoInvalidArgumentError} */
export function checkFileId(id: unknown): void {
  // Undefined is sent as null, and null is found where there is no such field at all.
  if (id === undefined)
    throw new MongoInvalidArgumentError('the id of a file is wanted, and it is undefined: give the _id of its document')
}

/** @throws {MongoInvalidArgumentError} for what a query would not take for a name. */
export function checkFilename(filename: unknown): void {
  if (typeof filename !== 'string')
    throw new MongoInvalidArgumentError(`a file's name is a string, not ${shown(filename)}`)
}

/**
 * Matches this identifier and nothing else. With `$eq` where a query would take the value for more than itself: an expression
 * for what it matches, a document for operators. Source: the GridFS specification, which has it everywhere, while its cases
 * want plain identifiers as they are; servers take both for the same.
 */
export function equalTo(id: unknown): unknown {
  return isPlainValue(id) ? id : { $eq: id }
}

function isPlainValue(id: unknown): boolean {
  if (typeof id !== 'object' || id === null) return true
  if (id instanceof RegExp || id instanceof BSONRegExp) return false
  return '_bsontype' in id || id instanceof Date || id instanceof Uint8Array
}

/** As text for messages, cut where it is long. */
export function shown(value: unknown): string {
  const text = asText(value)
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text
}

/** Characters. */
const shownMax = 200

function asText(value: unknown): string {
  if (value === undefined || typeof value === 'bigint') return String(value)
  try {
    return EJSON.stringify(value, { relaxed: true })
  } catch {
    return `a value of type ${typeof value} that cannot be shown`
  }
}
