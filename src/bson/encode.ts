import { BSON, BSONError, type Document, type SerializeOptions } from 'bson'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import { scanDocument } from './elements.ts'
import { commandBytesMax, documentDepthMax, shallowBytesMax } from './limits.ts'

/** Takes encoded bytes, and copies them: they are lent for the call only. */
export interface ByteSink {
  append(bytes: Uint8Array): void
}

/**
 * The library writes into a buffer of its own and hands its bytes, as a whole, to the `set` of the array that it is
 * given. Overriding that saves an exact array for each document, and lets a sink grow when the size is known, without
 * running the getters of the user's document a second time.
 */
class LibraryTarget extends Uint8Array {
  sink: ByteSink | undefined

  override set(bytes: Uint8Array): void {
    if (bytes.length > commandBytesMax) throw tooLarge(bytes.length)
    if (bytes.length > shallowBytesMax) scanDocument(bytes, 0, bytes.length)
    this.sink?.append(bytes)
  }
}

const nothing = new Uint8Array(0)
const target = new LibraryTarget(0)
const skipUndefined: SerializeOptions = { ignoreUndefined: true }
const undefinedAsNull: SerializeOptions = { ignoreUndefined: false }

/**
 * Encodes a user's document by the library and appends it to `sink`. Getters and `toBSON` run here, once. An undefined
 * value is left out, or written as null with `ignoreUndefined` false.
 * @throws {MongoInvalidArgumentError} when there is no encoding: a cycle, more than `documentDepthMax` levels or
 * `commandBytesMax` bytes, a key with NUL, a value that only looks like a BSON type. It says where in the document.
 */
export function encodeInto(document: Document, sink: ByteSink, ignoreUndefined = true): void {
  if (target.sink !== undefined) {
    throw new MongoInvalidArgumentError(
      'a getter or toBSON() of a document that is being encoded began to encode another one; compute it beforehand'
    )
  }
  const options = ignoreUndefined ? skipUndefined : undefinedAsNull
  target.sink = sink
  try {
    BSON.serializeWithBufferAndIndex(document, target, options)
  } catch (error) {
    throw refusal(error, document, options)
  } finally {
    target.sink = undefined
  }
}

/** The document's bytes, which belong to the caller. */
export function encodeDocument(document: Document, ignoreUndefined = true): Uint8Array {
  const copy = new Copy()
  encodeInto(document, copy, ignoreUndefined)
  return copy.bytes
}

class Copy implements ByteSink {
  bytes: Uint8Array = nothing

  append(bytes: Uint8Array): void {
    this.bytes = Buffer.from(bytes)
  }
}

/** What to throw: an error that is the user's own (a getter's, say) stays as it is. */
function refusal(error: unknown, document: Document, options: SerializeOptions): unknown {
  if (isOutOfRoom(error)) return tooLarge(undefined, error)
  if (!(error instanceof BSONError)) return error
  const { path, cyclic } = placeOfFailure(document, options)
  const where = path.length === 0 ? '' : ` at ${JSON.stringify(path.join('.'))}`
  const why = cyclic ? 'it contains a cycle' : error.message
  return new MongoInvalidArgumentError(`the document cannot be encoded${where}: ${why}`, { cause: error })
}

/** The library's buffer holds 17 MiB; what writes beyond its end fails in one of these ways. */
function isOutOfRoom(error: unknown): boolean {
  if (!(error instanceof RangeError)) return false
  return (error as { code?: unknown }).code === 'ERR_OUT_OF_RANGE' || error.message === 'offset is out of bounds'
}

function tooLarge(bytes: number | undefined, cause?: unknown): MongoInvalidArgumentError {
  const size = bytes === undefined ? `more than ${commandBytesMax}` : bytes
  return new MongoInvalidArgumentError(
    `the document cannot be encoded: it takes ${size} bytes; a command's limit is ${commandBytesMax}`,
    { cause }
  )
}

/** Goes down to the value that cannot be encoded, by encoding the parts one by one. Only after a failure. */
function placeOfFailure(document: Document, options: SerializeOptions): { path: string[]; cyclic: boolean } {
  const path: string[] = []
  const above = new Set<unknown>()
  let value: unknown = document
  while (path.length < documentDepthMax) {
    if (above.has(value)) return { path, cyclic: true }
    above.add(value)
    const culprit = entriesOf(value).find(([key, part]) => !isEncodable({ [key]: part }, options))
    if (culprit === undefined) break
    path.push(culprit[0])
    value = culprit[1]
  }
  return { path, cyclic: false }
}

function entriesOf(value: unknown): [string, unknown][] {
  if (value instanceof Map) return [...value].map(([key, part]) => [String(key), part])
  return typeof value === 'object' && value !== null && !('_bsontype' in value) ? Object.entries(value) : []
}

function isEncodable(document: Document, options: SerializeOptions): boolean {
  try {
    BSON.serialize(document, options)
    return true
  } catch {
    return false
  }
}
