import type { Document } from 'bson'
import { borrowWriter, returnWriter } from './document_writer.ts'

/**
 * The document's bytes, which belong to the caller. Getters and `toBSON` run here, once. An undefined value is left out,
 * or written as null with `ignoreUndefined` false.
 * @throws {MongoInvalidArgumentError} when there is no encoding: a cycle, more than `documentDepthMax` levels or
 * `commandBytesMax` bytes, a key with NUL, a value that only looks like a BSON type. It says where in the document.
 */
export function encodeDocument(document: Document, ignoreUndefined = true): Uint8Array {
  const writer = borrowWriter()
  writer.documentFrom(document, ignoreUndefined)
  const bytes = writer.take()
  returnWriter(writer)
  return bytes
}
