import assert from 'node:assert/strict'
import {
  decodeDocument,
  type Document,
  DocumentWriter,
  EJSON,
  encodeDocument,
  EncodedDocumentList,
  int32At,
  Long
} from '../../src/bson/index.ts'
import type { ClientTLS, Runtime, Transport, TransportHandler } from '../../src/runtime/index.ts'
import {
  decompressed,
  FrameReader,
  isCompressed,
  Message,
  type MessageSink,
  MessageWriter,
  opCode,
  type WireCompressor
} from '../../src/wire/index.ts'

export interface RawReply {
  readonly requestId: number
  readonly responseTo: number
  readonly opCode: number
  readonly moreToCome: boolean
  readonly compressedBy: string | undefined
  /** In the canonical form of Extended JSON, in which every type shows. */
  readonly document: Document
}

export interface SendOptions {
  readonly requestId?: number
  readonly flags?: number
  /** Documents of a section of kind 1. */
  readonly sequence?: { readonly identifier: string; readonly documents: readonly Document[] }
}

/** Speaks the wire protocol and judges nothing: what it is told to send it sends, what comes it keeps in order. */
export class RawClient implements TransportHandler, MessageSink {
  readonly #transport: Transport
  readonly #frames = new FrameReader('the member')
  readonly #message = new Message('the member')
  readonly #replies: RawReply[] = []
  readonly #waiting: { resolve(reply: RawReply): void; reject(error: Error): void }[] = []
  #opened: () => void = () => undefined
  #lastRequestId = 1000
  /** What replies may be compressed by. */
  compressors: readonly WireCompressor[] = []
  #closed = false
  readonly ended: Promise<void>
  #end: () => void = () => undefined

  static async connect(runtime: Runtime, server: { readonly address: string }, tls?: ClientTLS): Promise<RawClient> {
    const client = new RawClient(runtime, server.address, tls)
    await new Promise<void>((resolve, reject) => {
      client.#opened = resolve
      void client.ended.then(() => reject(new Error('the dial failed')))
    })
    return client
  }

  private constructor(runtime: Runtime, address: string, tls: ClientTLS | undefined) {
    const [host = '', port = ''] = address.split(/:(?=\d+$)/)
    this.ended = new Promise(resolve => {
      this.#end = resolve
    })
    const options = { readBufferBytes: 64 * 1024, keepAliveInitialDelayMS: 0, tls }
    this.#transport = runtime.network.connect({ kind: 'tcp', host, port: Number(port) }, this, options)
  }

  get isClosed(): boolean {
    return this.#closed
  }

  get unread(): number {
    return this.#replies.length
  }

  close(): void {
    this.#transport.destroy()
  }

  /** A command and its reply. */
  async command(database: string, command: Document, options: SendOptions = {}): Promise<Document> {
    this.send({ ...command, $db: database }, options)
    return (await this.reply()).document
  }

  send(command: Document, { requestId = ++this.#lastRequestId, flags = 0, sequence }: SendOptions = {}): number {
    const writer = new MessageWriter()
    const body = writer.begin(requestId, flags)
    body.append(encodeDocument(command).subarray(4, -1))
    writer.endBody()
    if (sequence !== undefined) {
      const documents = new EncodedDocumentList()
      for (const document of sequence.documents) documents.add(document, true)
      writer.sequence(sequence.identifier, documents.finish(), 0, Infinity, Infinity)
    }
    this.sendBytes(Uint8Array.from(writer.finish()))
    return requestId
  }

  sendQuery(collection: string, query: Document, flags = 4, requestId = ++this.#lastRequestId): number {
    const out = new DocumentWriter()
    for (const number of [0, requestId, 0, opCode.query, flags]) out.bareInt32(number)
    out.cstring(collection)
    for (const number of [0, -1]) out.bareInt32(number)
    out.append(encodeDocument(query))
    out.patchInt32(0, out.length)
    this.sendBytes(Uint8Array.from(out.written()))
    return requestId
  }

  sendBytes(bytes: Uint8Array): void {
    this.#transport.write(bytes)
  }

  reply(): Promise<RawReply> {
    const ready = this.#replies.shift()
    if (ready !== undefined) return Promise.resolve(ready)
    if (this.#closed) return Promise.reject(new Error('the connection is closed'))
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  opened(): void {
    this.#opened()
  }

  received(buffer: Uint8Array, length: number): void {
    this.#frames.feed(buffer, length, this)
  }

  message(bytes: Uint8Array, start: number, end: number): void {
    if (!isCompressed(bytes, start)) return this.#take(bytes, start, end, undefined)
    const { message, by } = decompressed(bytes, start, end, this.compressors, 'the member', 48_000_000)
    this.#take(message, 0, message.length, by.name)
  }

  #take(bytes: Uint8Array, start: number, end: number, compressedBy: string | undefined): void {
    this.#message.readHeader(bytes, start, end)
    const { requestId, responseTo } = this.#message
    const isReply = this.#message.opCode === opCode.reply
    if (!isReply) this.#message.readSections()
    const at = isReply ? start + 36 : this.#message.documentStart
    if (isReply)
      assert.deepEqual(
        [0, 1, 2, 3, 4].map(i => int32At(bytes, start + 16 + 4 * i)),
        [8, 0, 0, 0, 1]
      )
    const document = decodeDocument(bytes, at, int32At(bytes, at), { promoteValues: false })
    const reply: RawReply = {
      requestId,
      responseTo,
      opCode: this.#message.opCode,
      moreToCome: !isReply && this.#message.moreToCome,
      compressedBy,
      document: canonical(document)
    }
    const waiter = this.#waiting.shift()
    if (waiter === undefined) this.#replies.push(reply)
    else waiter.resolve(reply)
  }

  flushed(): void {}

  closed(): void {
    this.#closed = true
    for (const waiter of this.#waiting.splice(0)) waiter.reject(new Error('the connection is closed'))
    this.#end()
  }
}

export function canonical(document: Document): Document {
  return EJSON.serialize(document, { relaxed: false })
}

/** What a value looks like in a reply, from what the library would make of it. */
export function int(value: number): Document {
  return { $numberInt: String(value) }
}

export function long(value: number | bigint | string): Document {
  return { $numberLong: String(value) }
}

export function double(value: number): Document {
  return { $numberDouble: Number.isInteger(value) ? value.toFixed(1) : String(value) }
}

export const ok: Document = { ok: double(1) }

/** The id of the cursor in a reply, as the next command sends it. */
export function cursorId(reply: Document): Long {
  return Long.fromString((reply['cursor'] as Document)['id'].$numberLong)
}

/** Documents with the first whole numbers as their `_id`. */
export function numbered(count: number): Document[] {
  return Array.from({ length: count }, (_, index) => ({ _id: index }))
}

export { messageFlags } from '../../src/wire/index.ts'
