/**
 * A server that looks like the primary of a replica set, with its answers made beforehand: it costs a client the same each
 * time and runs in a process of its own. As a program it tells its port, then, for each message from its parent, what it
 * has received so far.
 */
import { createServer, type Socket } from 'node:net'
import { Binary, type Document, encodeDocument, Long, ObjectId, Timestamp } from '../../src/bson/index.ts'
import { FrameReader, Message, MessageWriter } from '../../src/wire/index.ts'
import { manyDocuments, manyName } from './many.ts'

/** What came for one command of one database. */
export interface Received {
  commands: number
  /** With an `lsid` that is a UUID. */
  withSession: number
  /**
   * With a `$clusterTime` that has the signature it was told with, is no earlier than the last one told on its connection,
   * and was told at all.
   */
  withClusterTime: number
  /** With a `txnNumber` that was not used in its session before. */
  withTxnNumber: number
  /** How many sessions they came with. */
  sessions: number
}

/** By `database.command`. */
export type Report = Readonly<Record<string, Received>>

export const replicaSetName = 'canned'

const seconds = 1_900_000_000
const signature: Document = {
  hash: new Binary(Buffer.alloc(20, 0x5a)),
  keyId: Long.fromString('7500000000000000001')
}
const signatureBytes = Buffer.from(encodeDocument(signature))

/** The time that stands in the prepared replies until one is sent. */
const placeholder = Timestamp.fromBits(0x0eadbeef, seconds)
const placeholderBytes = Buffer.from(encodeDocument({ '': placeholder })).subarray(6, 14)

const document = { _id: 1, name: 'a'.repeat(200), count: 7, price: 1.5, tags: ['red', 'green'] }
const documentNamespace = 'measured.orders'

const many = Array.from({ length: manyDocuments }, (_, _id) => ({ _id, name: 'a'.repeat(20), count: _id % 7 }))

/** A reply whose bytes are made once; what changes is written into it each time. */
class PreparedReply {
  readonly #bytes: Buffer
  readonly #times: readonly number[]

  constructor(fields: Document) {
    const writer = new MessageWriter()
    const clusterTime = { clusterTime: placeholder, signature }
    writer
      .begin(0)
      .append(encodeDocument({ ...fields, $clusterTime: clusterTime, operationTime: placeholder }).subarray(4, -1))
    writer.endBody()
    this.#bytes = Buffer.from(writer.finish())
    this.#times = offsetsOf(this.#bytes, placeholderBytes)
  }

  bytesFor(responseTo: number, increment: number): Buffer {
    const bytes = Buffer.from(this.#bytes)
    bytes.writeInt32LE(increment, 4)
    bytes.writeInt32LE(responseTo, 8)
    for (const offset of this.#times) bytes.writeUInt32LE(increment, offset)
    return bytes
  }
}

function offsetsOf(bytes: Buffer, part: Uint8Array): number[] {
  const offsets: number[] = []
  for (let at = bytes.indexOf(part); at >= 0; at = bytes.indexOf(part, at + 1)) offsets.push(at)
  return offsets
}

class CannedServer {
  readonly #replies: ReadonlyMap<string, PreparedReply>
  readonly #received = new Map<string, Received & { readonly ids: Set<string>; readonly numbers: Set<string> }>()
  /** Of the time that was told last; each reply tells a later one, as on a server that others write to. */
  #increment = 0

  constructor(port: number) {
    const hello = new PreparedReply(primaryHello(`127.0.0.1:${port}`))
    const cursor = { firstBatch: [document], id: Long.ZERO, ns: documentNamespace }
    const ok = new PreparedReply({ ok: 1 })
    this.#replies = new Map([
      ['hello', hello],
      ['isMaster', hello],
      ['ping', ok],
      ['endSessions', ok],
      ['insert', new PreparedReply({ n: 1, ok: 1 })],
      ['find', new PreparedReply({ cursor, ok: 1 })],
      [`find ${manyName}`, new PreparedReply({ cursor: { ...cursor, firstBatch: many }, ok: 1 })]
    ])
  }

  accept(socket: Socket): void {
    const peer = `the client on port ${socket.remotePort}`
    const frames = new FrameReader(peer)
    const message = new Message(peer)
    let toldHere = 0
    const sink = {
      message: (bytes: Uint8Array, start: number, end: number): void => {
        message.read(bytes, start, end)
        const command = message.document({ promoteValues: false })
        this.#count(command, toldHere)
        const [name = ''] = Object.keys(command)
        const reply = this.#replies.get(`${name} ${command[name]}`) ?? this.#replies.get(name)
        if (reply === undefined) throw new Error(`no reply to ${name} was prepared`)
        // The member's state never changes, so a hello that waits for a change is not answered. A client stands that for
        // heartbeatFrequencyMS + connectTimeoutMS, which no run takes.
        if ('topologyVersion' in command) return
        toldHere = ++this.#increment
        socket.write(reply.bytesFor(message.requestId, toldHere))
      }
    }
    socket.setNoDelay(true)
    socket.on('data', chunk => frames.feed(chunk, chunk.length, sink))
    socket.on('error', () => socket.destroy())
  }

  report(): Report {
    return Object.fromEntries(
      Array.from(this.#received, ([key, { ids, numbers, ...received }]) => [
        key,
        { ...received, sessions: ids.size, withTxnNumber: numbers.size }
      ])
    )
  }

  #count(command: Document, toldHere: number): void {
    const key = `${String(command['$db'])}.${Object.keys(command)[0]}`
    const counts = { commands: 0, withSession: 0, withClusterTime: 0, withTxnNumber: 0, sessions: 0 }
    const received = this.#received.get(key) ?? { ...counts, ids: new Set<string>(), numbers: new Set<string>() }
    this.#received.set(key, received)
    received.commands++
    const session: unknown = command['lsid']?.id
    if (session instanceof Binary && session.sub_type === Binary.SUBTYPE_UUID && session.length() === 16) {
      const id = session.toString('hex')
      received.withSession++
      received.ids.add(id)
      if (command['txnNumber'] instanceof Long) received.numbers.add(`${id} ${command['txnNumber'].toString()}`)
    }
    if (this.#wasTold(command['$clusterTime'], toldHere)) received.withClusterTime++
  }

  #wasTold(given: Document | undefined, toldHere: number): boolean {
    const time: unknown = given?.['clusterTime']
    if (given === undefined || !(time instanceof Timestamp) || time.t !== seconds) return false
    if (time.i < Math.max(1, toldHere) || time.i > this.#increment) return false
    return signatureBytes.equals(encodeDocument(given['signature'] as Document))
  }
}

function primaryHello(address: string): Document {
  return {
    helloOk: true,
    topologyVersion: { processId: new ObjectId('650000000000000000000001'), counter: Long.fromNumber(6) },
    hosts: [address],
    setName: replicaSetName,
    setVersion: 1,
    isWritablePrimary: true,
    secondary: false,
    primary: address,
    me: address,
    electionId: new ObjectId('7fffffff0000000000000001'),
    maxBsonObjectSize: 16_777_216,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 100_000,
    localTime: new Date(seconds * 1000),
    logicalSessionTimeoutMinutes: 30,
    connectionId: 1,
    minWireVersion: 0,
    maxWireVersion: 27,
    readOnly: false,
    ok: 1
  }
}

const listener = createServer()
listener.listen(0, '127.0.0.1', () => {
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const server = new CannedServer(address.port)
  listener.on('connection', socket => server.accept(socket))
  process.on('message', () => process.send?.(server.report()))
  process.on('disconnect', () => process.exit())
  process.send?.(address.port)
})
