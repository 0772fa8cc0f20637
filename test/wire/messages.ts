import { BSON, type Document } from '../../src/bson/index.ts'
import { crc32c } from '../../src/wire/crc32c.ts'

export const peer = 'db1.example:27017'

interface MessageParts {
  flags?: number
  requestId?: number
  responseTo?: number
  opCode?: number
}

/** A message put together by hand, so that reader and writer are not only tested against each other. */
export function messageOf(
  sections: readonly Uint8Array[],
  { flags = 0, requestId = 7, responseTo = 3, opCode = 2013 }: MessageParts = {}
): Buffer {
  const header = Buffer.alloc(20)
  const message = Buffer.concat([header, ...sections, Buffer.alloc(flags & 1 ? 4 : 0)])
  message.writeInt32LE(message.length, 0)
  message.writeInt32LE(requestId, 4)
  message.writeInt32LE(responseTo, 8)
  message.writeInt32LE(opCode, 12)
  message.writeUInt32LE(flags, 16)
  if (flags & 1) message.writeInt32LE(crc32c(message, 0, message.length - 4), message.length - 4)
  return message
}

export function body(document: Document): Buffer {
  return Buffer.concat([Buffer.from([0]), BSON.serialize(document)])
}

export function sequence(identifier: string, documents: readonly Document[]): Buffer {
  const content = Buffer.concat([
    Buffer.from(`${identifier}\0`),
    ...documents.map(document => BSON.serialize(document))
  ])
  const size = Buffer.alloc(4)
  size.writeInt32LE(content.length + 4)
  return Buffer.concat([Buffer.from([1]), size, content])
}

/** A cursor's reply as a replica set member gives it, signature included. */
export function cursorReply(batch: readonly Document[], id: BSON.Long = BSON.Long.ZERO): Document {
  return {
    cursor: { firstBatch: batch, id, ns: 'shop.orders' },
    ok: new BSON.Double(1),
    $clusterTime: {
      clusterTime: new BSON.Timestamp({ t: 4_000_000_000, i: 3 }),
      signature: { hash: new BSON.Binary(Buffer.alloc(20, 9)), keyId: BSON.Long.fromString('7500000000000000001') }
    },
    operationTime: new BSON.Timestamp({ t: 4_000_000_000, i: 2 })
  }
}
