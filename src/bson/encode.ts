import type { Document, ObjectId } from 'bson'
import { borrowWriter, returnWriter } from './document_writer.ts'

/**
 * The document's bytes, which belong to the caller. Getters and `toBSON` run here, once. An undefined value is left out,
 * or written as null with `ignoreUndefined` false. If an `id` is given it is written as `_id`, before the other fields.
 * @throws {MongoInvalidArgumentError} when there is no encoding: a cycle, more than `documentDepthMax` levels or
 * `commandBytesMax` bytes, a key with NUL, a value that only looks like a BSON type. It says where in the document.
 */
export function encodeDocument(document: Document, ignoreUndefined = true, id?: ObjectId): Uint8Array {
  const writer = borrowWriter()
  writer.documentFrom(document, ignoreUndefined, id)
  const bytes = writer.take()
  returnWriter(writer)
  return bytes
}

/** As `encodeDocument`, without the document's length and end: elements that stand among those of a command. */
export function encodeElements(document: Document, ignoreUndefined: boolean): Uint8Array {
  const writer = borrowWriter()
  writer.documentFrom(document, ignoreUndefined)
  const elements = writer.takeElements()
  returnWriter(writer)
  return elements
}
