import { type DocumentWriter, Double, Int32, Long } from '../bson/index.ts'
import { type BSONValue, encodeDocument } from './query/index.ts'

/** Documents that are bytes already, as an array of a reply: a cursor's batch. */
export class DocumentBatch {
  readonly documents: readonly Uint8Array[]

  constructor(documents: readonly Uint8Array[]) {
    this.documents = documents
  }
}

export type ReplyValue = BSONValue | Reply | DocumentBatch

/** What a command answers, field by field. Drivers are strict readers, so that each number says its BSON type. */
export type Reply = ReadonlyMap<string, ReplyValue>

export const empty: Reply = new Map()

/** The fields in the order in which they are written here. */
export function fields<Value extends ReplyValue>(values: Readonly<Record<string, Value>>): Map<string, Value> {
  return new Map(Object.entries(values))
}

export function int32(value: number): Int32 {
  return new Int32(value)
}

export function int64(value: bigint | number): Long {
  return Long.fromBigInt(BigInt(value))
}

export function double(value: number): Double {
  return new Double(value)
}

/** Writes the reply's elements into the document that is open. */
export function writeElements(out: DocumentWriter, reply: Reply): void {
  for (const [key, value] of reply) {
    if (value instanceof DocumentBatch) {
      out.beginArray(key)
      for (const [index, bytes] of value.documents.entries()) out.encodedDocument(String(index), bytes)
      out.endDocument()
    } else if (value instanceof Map) {
      out.beginDocument(key)
      writeElements(out, value)
      out.endDocument()
    } else {
      const bytes = encodeDocument(new Map([[key, value as BSONValue]]))
      out.append(bytes.subarray(4, bytes.length - 1))
    }
  }
}
