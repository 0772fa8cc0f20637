/** What the library decodes in the decoder's place: what is rare, what is malformed, and with it each error's message. */
import { BSON, type Document } from 'bson'
import { copyOf } from '../bytes.ts'
import { scanDocument, TooDeepError, valueEnd } from '../elements.ts'
import { documentDepthMax, levelBytesMin } from '../limits.ts'
import type { DecodeOptions } from './options.ts'

/** One for all that is left to the library: only who catches it sees it. */
const leaving = new Error('the outermost document is left to the library')

/** Ends the decoding of the outermost document: the library will do it, or say what is wrong with it. */
export function leaveToLibrary(): never {
  throw leaving
}

export function isLeftToLibrary(error: unknown): boolean {
  return error === leaving
}

/**
 * The document in `[start, end)`, of which nothing aliases `bytes`: the library's binary values are views of its input.
 * @throws {BSONError} the library's, or that it has too many levels.
 */
export function documentByLibrary(bytes: Uint8Array, start: number, end: number, options?: DecodeOptions): Document {
  const copy = copyOf(bytes, start, end)
  refuseTooDeep(copy, 0)
  return BSON.deserialize(copy, options)
}

/** A document within another, `levels` below the outermost; what the library cannot decode ends the outermost too. */
export function innerDocumentByLibrary(bytes: Uint8Array, start: number, end: number, levels: number): Document {
  return wholeByLibrary(copyOf(bytes, start, end), levels)
}

/** Bytes around a value that make a document of it: length, type, an empty key, and the end. */
const lengthBytes = 4
const wrappedValueAt = lengthBytes + 2

/** Where the value at `at` ends, within `[at, end)`. */
export function endOfValue(bytes: Uint8Array, type: number, at: number, end: number): number {
  try {
    return valueEnd(bytes, type, at, end)
  } catch {
    return leaveToLibrary()
  }
}

/** The value in `[start, end)`, of a document that is `levels` below the outermost. */
export function valueByLibrary(bytes: Uint8Array, type: number, start: number, end: number, levels: number): unknown {
  const wrapped = Buffer.alloc(wrappedValueAt + end - start + 1)
  wrapped.writeInt32LE(wrapped.length, 0)
  wrapped[lengthBytes] = type
  wrapped.set(bytes.subarray(start, end), wrappedValueAt)
  return wholeByLibrary(wrapped, levels)['']
}

/** The bytes are given away. */
function wholeByLibrary(bytes: Uint8Array, levels: number): Document {
  try {
    refuseTooDeep(bytes, levels)
    return BSON.deserialize(bytes)
  } catch {
    return leaveToLibrary()
  }
}

/** The library itself has no limit. Whatever else is wrong, it has the better words for. */
function refuseTooDeep(bytes: Uint8Array, levels: number): void {
  if (bytes.length < levelBytesMin * (documentDepthMax - levels)) return
  try {
    scanDocument(bytes, 0, bytes.length, levels)
  } catch (error) {
    if (error instanceof TooDeepError) throw error
  }
}
