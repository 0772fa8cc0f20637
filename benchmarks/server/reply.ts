import {
  Binary,
  type Document,
  Double,
  encodeDocument,
  Int32,
  Long,
  ObjectId,
  Timestamp
} from '../../src/bson/index.ts'

export const replicaSetName = 'canned'

/** Of every cluster time that is told; the increment grows by one with each reply. */
export const clusterSeconds = 1_900_000_000

export const clusterSignature: Document = {
  hash: new Binary(Buffer.alloc(20, 0x5a)),
  keyId: Long.fromString('7500000000000000001')
}

export const electionId: ObjectId = new ObjectId('7fffffff0000000000000001')

/** The time that stands in the prepared replies until one is sent. */
const placeholder = Timestamp.fromBits(0x0eadbeef, clusterSeconds)
const placeholderBytes = valueBytes(placeholder)

/** Stands for the identifier of a cursor until a reply is sent. */
export const cursorPlaceholder: Long = Long.fromBits(0x5ca1ab1e, 0x0c0ffee0)
const cursorPlaceholderBytes = valueBytes(cursorPlaceholder)

/** A reply whose bytes are made once; what changes is written into it each time. */
export interface PreparedReply {
  readonly bytes: Buffer
  /** Where the increment of a time stands. */
  readonly timeOffsets: readonly number[]
  /** Where the identifier of a cursor stands. */
  readonly cursorIdOffset: number | undefined
}

/** As a replica set replies: with a signed cluster time and the time of the operation. */
export function preparedReply(fields: Document, legacy = false): PreparedReply {
  const document = encodeDocument({
    ...fields,
    $clusterTime: { clusterTime: placeholder, signature: clusterSignature },
    operationTime: placeholder
  })
  const bytes = legacy ? legacyReply(document) : message(document)
  const [cursorIdOffset] = offsetsOf(bytes, cursorPlaceholderBytes)
  return { bytes, timeOffsets: offsetsOf(bytes, placeholderBytes), cursorIdOffset }
}

/** `OP_MSG`, one section. */
function message(document: Uint8Array): Buffer {
  return framed(2013, Buffer.alloc(5), document)
}

/** `OP_REPLY`, one document, with the flag that all servers set. */
function legacyReply(document: Uint8Array): Buffer {
  const head = Buffer.alloc(20)
  head.writeInt32LE(8, 0)
  head.writeInt32LE(1, 16)
  return framed(1, head, document)
}

function framed(opCode: number, head: Buffer, document: Uint8Array): Buffer {
  const header = Buffer.alloc(16)
  header.writeInt32LE(header.length + head.length + document.length, 0)
  header.writeInt32LE(opCode, 12)
  return Buffer.concat([header, head, document])
}

/** The eight bytes of a value that has eight. */
function valueBytes(value: Long | Timestamp): Buffer {
  return Buffer.from(encodeDocument({ '': value })).subarray(6, 14)
}

function offsetsOf(bytes: Buffer, part: Uint8Array): number[] {
  const offsets: number[] = []
  for (let at = bytes.indexOf(part); at >= 0; at = bytes.indexOf(part, at + 1)) offsets.push(at)
  return offsets
}

/** What the primary of a set of one member says of itself, MongoDB 8.2. */
export function primaryHello(address: string): Document {
  return {
    helloOk: true,
    topologyVersion: { processId: new ObjectId('650000000000000000000001'), counter: Long.fromNumber(6) },
    hosts: [address],
    setName: replicaSetName,
    setVersion: new Int32(1),
    isWritablePrimary: true,
    ismaster: true,
    secondary: false,
    primary: address,
    me: address,
    electionId,
    maxBsonObjectSize: new Int32(16_777_216),
    maxMessageSizeBytes: new Int32(48_000_000),
    maxWriteBatchSize: new Int32(100_000),
    localTime: new Date(clusterSeconds * 1000),
    logicalSessionTimeoutMinutes: new Int32(30),
    connectionId: new Int32(1),
    minWireVersion: new Int32(0),
    maxWireVersion: new Int32(27),
    readOnly: false,
    ok: new Double(1)
  }
}
