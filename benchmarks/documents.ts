/**
 * The documents that are read and written: made here, the same on every machine. Without the BSON library, so that a
 * process that is measured loads what its driver loads and nothing else.
 */
export interface PlainDocument {
  [name: string]: unknown
}

/** Makes an identifier of 24 hexadecimal digits, of the driver's own type. */
export type MakeId = new (hexadecimal: string) => object

const texts = 7
const numbers = 6

/** 267 bytes as BSON: an identifier, seven texts of eight characters and six int32, each under a name of eight. */
export function smallDocument(index: number, ObjectId: MakeId): PlainDocument {
  return { _id: identifier(index, ObjectId), ...withoutIdentifier(index) }
}

/** What a program would insert: the driver makes the `_id`. */
export function withoutIdentifier(index: number): PlainDocument {
  const document: PlainDocument = {}
  for (let field = 0; field < texts; field++) document[`textual${field}`] = text(index * texts + field)
  for (let field = 0; field < numbers; field++) document[`numeral${field}`] = index * numbers + field
  return document
}

export function smallDocuments(count: number, ObjectId: MakeId): PlainDocument[] {
  return Array.from({ length: count }, (_, index) => smallDocument(index, ObjectId))
}

const partsOfLargeDocument = 10_000

/** 2.8 MB as BSON: an array of small documents. */
export function largeDocument(index: number, ObjectId: MakeId): PlainDocument {
  return { _id: identifier(index, ObjectId), parts: smallDocuments(partsOfLargeDocument, ObjectId) }
}

/** By number, so that every run sends and gets the same bytes. */
export function identifier(index: number, ObjectId: MakeId): object {
  return new ObjectId(`65000000${index.toString(16).padStart(16, '0')}`)
}

function text(index: number): string {
  // An odd multiplier: no text comes twice, and neighbours differ in most characters.
  return ((index * 0x9e_37_79_b1) >>> 0).toString(16).padStart(8, '0')
}
