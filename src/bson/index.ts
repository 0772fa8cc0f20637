export {
  Binary,
  BSON,
  BSONError,
  BSONRegExp,
  BSONSymbol,
  BSONType,
  Code,
  DBRef,
  Decimal128,
  type Document,
  Double,
  EJSON,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID
} from 'bson'
export { copyOf, int32At, keyBytes, textAt } from './bytes.ts'
export { decodeBatch, decodeDocument, decodeSequence } from './decode.ts'
export { type DecodeOptions, uncheckedErrors, uncheckedResults, uncheckedText } from './decoding/options.ts'
export { type DecodeSite, DecodeSites } from './decoding/sites.ts'
export { DocumentWriter, prepareElements } from './document_writer.ts'
export { elementType } from './element_type.ts'
export { documentEnd, ElementReader } from './elements.ts'
export { encodeDocument, encodeElements } from './encode.ts'
export {
  EncodedDocument,
  EncodedDocumentArray,
  EncodedDocumentList,
  type EncodedDocuments
} from './encoded_documents.ts'
export { ObjectIds, uuidFrom } from './identifiers.ts'
export { giveBackBuffer, takeBuffer } from './large_buffers.ts'
export { commandBytesMax, documentDepthMax, writerBytesMax } from './limits.ts'
export {
  asDocument,
  documentField,
  fieldOf,
  flagField,
  integerField,
  textField,
  type UntrustedDocument
} from './untrusted_fields.ts'
