import { BSONError, type Document } from 'bson'
import { forgetValues, outermostDocument } from './decoding/documents.ts'
import { closeInput, openInput } from './decoding/input.ts'
import { documentByLibrary, isLeftToLibrary } from './decoding/library.ts'
import { areDefaults, type DecodeOptions } from './decoding/options.ts'
import type { DecodeSite } from './decoding/sites.ts'
import { int32At } from './bytes.ts'
import { elementType } from './element_type.ts'
import { documentEnd, expectWhole, keyEnd } from './elements.ts'

/**
 * The document in `[start, start + length)`, as the library decodes it: the same values, and the same errors. Nothing
 * that is returned aliases `bytes`. What documents of `site` have in common is learned, and makes decoding them faster.
 * @throws {BSONError} when the bytes are no document, or nested deeper than `documentDepthMax`.
 */
export function decodeDocument(
  bytes: Uint8Array,
  start: number,
  length: number,
  options?: DecodeOptions,
  site?: DecodeSite
): Document {
  const end = start + length
  if (start < 0 || end > bytes.length) {
    throw new BSONError(`bytes ${start} to ${end} are not within the ${bytes.length} there are`)
  }
  openInput(bytes, end)
  try {
    return document(bytes, start, end, options, site)
  } finally {
    forgetValues()
    closeInput()
  }
}

/**
 * Appends the documents of the array in `[start, end)` to `into` and returns how many there were.
 * @throws {BSONError} as `decodeDocument`; `into` is then as it was.
 */
export function decodeBatch(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: Document[],
  options?: DecodeOptions,
  site?: DecodeSite
): number {
  const before = into.length
  try {
    expectWhole(bytes, start, end)
    openInput(bytes, end)
    const last = end - 1
    for (let at = start + 4; at < last; ) {
      const type = bytes[at] as number
      if (type !== elementType.document) throw new BSONError(`a batch has a value of type ${type}`)
      // Arrays are read by position: what their keys say is of no interest.
      const valueStart = keyEnd(bytes, at + 1, last) + 1
      at = documentEnd(bytes, valueStart, last)
      into.push(document(bytes, valueStart, at, options, site))
    }
  } catch (error) {
    into.length = before
    throw error
  } finally {
    forgetValues()
    closeInput()
  }
  return into.length - before
}

/** As `decodeBatch`, for documents that follow one another without an array around them. */
export function decodeSequence(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: Document[],
  options?: DecodeOptions,
  site?: DecodeSite
): number {
  const before = into.length
  try {
    openInput(bytes, end)
    for (let at = start; at < end; ) {
      const after = documentEnd(bytes, at, end)
      into.push(document(bytes, at, after, options, site))
      at = after
    }
  } catch (error) {
    into.length = before
    throw error
  } finally {
    forgetValues()
    closeInput()
  }
  return into.length - before
}

/** Bytes of the smallest document: its length and its end. */
const documentBytesMin = 5

function document(
  bytes: Uint8Array,
  start: number,
  end: number,
  options: DecodeOptions | undefined,
  site: DecodeSite | undefined
): Document {
  const foreign = options !== undefined && !areDefaults(options)
  if (foreign || end - start < documentBytesMin || int32At(bytes, start) !== end - start) {
    return documentByLibrary(bytes, start, end, options)
  }
  try {
    return outermostDocument(site, bytes.byteOffset + start, bytes.byteOffset + end)
  } catch (error) {
    if (isLeftToLibrary(error)) return documentByLibrary(bytes, start, end, options)
    throw error
  }
}
