import { BSON, BSONError, type Document } from 'bson'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import { KeyWithNul, OutOfRoom } from './element_writer.ts'
import { scanDocument } from './elements.ts'
import { documentByLibrary } from './library.ts'
import { commandBytesMax, documentDepthMax } from './limits.ts'
import { TooDeep } from './value_writer.ts'

/** What to throw when a document could not be encoded: an error that is the user's own (a getter's, say) stays as it is. */
export function encodingFailure(error: unknown, document: Document, ignoreUndefined: boolean): unknown {
  if (error instanceof TooDeep) return depthFailure(document, ignoreUndefined)
  if (error instanceof OutOfRoom || isOutOfRoom(error)) return tooLarge(undefined, error)
  if (error instanceof KeyWithNul) return refusal(new BSONError(nulMessage(error.key)), document, ignoreUndefined)
  return error instanceof BSONError ? refusal(error, document, ignoreUndefined) : error
}

export function tooLarge(bytes: number | undefined, cause?: unknown): MongoInvalidArgumentError {
  const size = bytes === undefined ? `more than ${commandBytesMax}` : bytes
  return new MongoInvalidArgumentError(
    `the document cannot be encoded: it takes ${size} bytes; a command's limit is ${commandBytesMax}`,
    { cause }
  )
}

/** It may be deep because of a cycle that a getter or `toBSON` makes, and other things may be wrong with it. */
function depthFailure(document: Document, ignoreUndefined: boolean): unknown {
  try {
    const bytes = documentByLibrary(document, ignoreUndefined)
    if (bytes.length > commandBytesMax) return tooLarge(bytes.length)
    scanDocument(bytes, 0, bytes.length)
    return refusal(
      new BSONError(`documents are nested deeper than ${documentDepthMax} levels`),
      document,
      ignoreUndefined
    )
  } catch (error) {
    return encodingFailure(error, document, ignoreUndefined)
  }
}

function refusal(error: BSONError, document: Document, ignoreUndefined: boolean): MongoInvalidArgumentError {
  const { path, cyclic } = placeOfFailure(document, ignoreUndefined)
  const where = path.length === 0 ? '' : ` at ${JSON.stringify(path.join('.'))}`
  const why = cyclic ? 'it contains a cycle' : error.message
  return new MongoInvalidArgumentError(`the document cannot be encoded${where}: ${why}`, { cause: error })
}

/** The library's words. */
function nulMessage(key: string): string {
  return `key ${key} must not contain null bytes`
}

/** The library's buffer holds 17 MiB; what writes beyond its end fails in one of these ways. */
function isOutOfRoom(error: unknown): boolean {
  if (!(error instanceof RangeError)) return false
  return (error as { code?: unknown }).code === 'ERR_OUT_OF_RANGE' || error.message === 'offset is out of bounds'
}

/** Goes down to the value that cannot be encoded, by encoding the parts one by one. Only after a failure. */
function placeOfFailure(document: Document, ignoreUndefined: boolean): { path: string[]; cyclic: boolean } {
  const path: string[] = []
  const above = new Set<unknown>()
  let value: unknown = document
  while (path.length < documentDepthMax) {
    if (above.has(value)) return { path, cyclic: true }
    above.add(value)
    const culprit = entriesOf(value).find(([key, part]) => !isEncodable({ [key]: part }, ignoreUndefined))
    if (culprit === undefined) break
    path.push(culprit[0])
    value = culprit[1]
  }
  return { path, cyclic: false }
}

function entriesOf(value: unknown): [string, unknown][] {
  try {
    if (value instanceof Map) return [...value].map(([key, part]) => [String(key), part])
    return typeof value === 'object' && value !== null && !('_bsontype' in value) ? Object.entries(value) : []
  } catch {
    // A getter that throws: what is told is the failure that was found first.
    return []
  }
}

function isEncodable(document: Document, ignoreUndefined: boolean): boolean {
  try {
    BSON.serialize(document, { ignoreUndefined })
    return true
  } catch {
    return false
  }
}
