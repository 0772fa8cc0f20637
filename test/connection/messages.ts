/** Messages as a server writes and reads them, for tests. */
import { type Document, encodeDocument } from '../../src/bson/index.ts'
import { Message, messageFlags, MessageWriter } from '../../src/wire/index.ts'

export interface ReplyHeader {
  readonly responseTo: number
  readonly requestId?: number
  readonly moreToCome?: boolean
}

/** A reply's bytes, `ok: 1` first. They are the caller's. */
export function replyBytes(header: ReplyHeader, document: Document = {}): Buffer {
  return messageBytes(header, { ok: 1, ...document })
}

export function messageBytes({ responseTo, requestId = 7, moreToCome = false }: ReplyHeader, body: Document): Buffer {
  const writer = new MessageWriter()
  const out = writer.begin(requestId, moreToCome ? messageFlags.moreToCome : 0, responseTo)
  const encoded = encodeDocument(body)
  out.append(encoded.subarray(4, encoded.length - 1))
  writer.endBody()
  return Buffer.from(writer.finish())
}

export interface ReadRequest {
  readonly requestId: number
  readonly flags: number
  readonly document: Document
}

export function readRequest(bytes: Uint8Array): ReadRequest {
  const message = new Message('client.test')
  message.read(bytes, 0, bytes.length)
  return {
    requestId: message.requestId,
    flags: message.flags,
    document: message.document({ promoteValues: false })
  }
}

/** What a server of MongoDB 8.0 answers to hello, as far as a connection looks. */
export const helloDocument: Document = {
  isWritablePrimary: true,
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  logicalSessionTimeoutMinutes: 30,
  connectionId: 42,
  minWireVersion: 0,
  maxWireVersion: 25,
  helloOk: true
}
