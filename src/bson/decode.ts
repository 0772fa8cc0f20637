import { BSON, BSONError, type DeserializeOptions, type Document } from 'bson'
import { bufferOver, copyOf } from './bytes.ts'
import { elementType } from './element_type.ts'
import { documentEnd, ElementReader, scanDocument } from './elements.ts'

/** How values become JavaScript's: the library's options, without those that would hand out the bytes themselves. */
export type DecodeOptions = Pick<
  DeserializeOptions,
  'promoteBuffers' | 'promoteLongs' | 'promoteValues' | 'useBigInt64' | 'bsonRegExp' | 'validation'
>

/**
 * The document in `[start, start + length)`, decoded by the library. Nothing that is returned aliases `bytes`: the
 * library's binary values are views of its input, so a document that has one is copied before it is decoded.
 * @throws {BSONError} when the bytes are no document, or nested deeper than `documentDepthMax`.
 */
export function decodeDocument(bytes: Uint8Array, start: number, length: number, options?: DecodeOptions): Document {
  const end = start + length
  const hasBinary = scanDocument(bytes, start, end)
  return BSON.deserialize(hasBinary ? copyOf(bytes, start, end) : bufferOver(bytes, start, end), options)
}

/**
 * Appends the documents of the array in `[start, end)` to `into` and returns how many there were. Each is copied by
 * itself where that is needed, so that a small value that is kept does not keep the whole batch.
 * @throws {BSONError} as `decodeDocument`; `into` is then as it was.
 */
export function decodeBatch(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: Document[],
  options?: DecodeOptions
): number {
  const before = into.length
  try {
    batch.enter(bytes, start, end)
    while (batch.next()) {
      if (batch.type !== elementType.document) throw new BSONError(`a batch has a value of type ${batch.type}`)
      into.push(decodeDocument(bytes, batch.valueStart, batch.valueEnd - batch.valueStart, options))
    }
  } catch (error) {
    into.length = before
    throw error
  }
  return into.length - before
}

/** As `decodeBatch`, for documents that follow one another without an array around them. */
export function decodeSequence(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: Document[],
  options?: DecodeOptions
): number {
  const before = into.length
  try {
    for (let at = start; at < end; ) {
      const after = documentEnd(bytes, at, end)
      into.push(decodeDocument(bytes, at, after - at, options))
      at = after
    }
  } catch (error) {
    into.length = before
    throw error
  }
  return into.length - before
}

/** One for all: the library runs no code of the user's while it decodes. */
const batch = new ElementReader()
