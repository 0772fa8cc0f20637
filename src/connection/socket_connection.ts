import { fieldOf, int32At, type ObjectId } from '../bson/index.ts'
import { MongoRuntimeError } from '../errors/index.ts'
import type {
  ClientTLS,
  Network,
  SOCKS5Proxy,
  Target,
  Transport,
  TransportError,
  TransportHandler
} from '../runtime/index.ts'
import {
  commonCompressors,
  compressed,
  Correlation,
  decompressed,
  FrameReader,
  headerBytes,
  isCompressed,
  Message,
  messageFlags,
  type MessageSink,
  MessageWriter,
  Reply,
  replySlackBytes,
  type RequestIds,
  type WireCompressor,
  WireViolationError
} from '../wire/index.ts'
import type { Connection, ConnectionPurpose, EstablishRequest, Exchange } from './connection.ts'
import {
  brokenBefore,
  brokenByFault,
  closedByClient,
  connectionName,
  networkFailure,
  secondExchange,
  unaskedBytes,
  unaskedStream
} from './failures.ts'
import { type ConnectionLimits, type HelloReply, helloReplyOf, limitsOf } from './hello_reply.ts'
import type { SocketActivity, SocketLedger } from './socket_ledger.ts'

/** Holds most replies whole, so that they are read in place; a larger one is put together by the frame reader. */
export const readBufferBytes: number = 16 * 1024

/** After so much silence the operating system probes whether the peer is still there. */
export const keepAliveInitialDelayMS = 120_000

export interface SocketSetup {
  readonly network: Network
  readonly target: Target
  readonly address: string
  readonly tls: ClientTLS | undefined
  readonly proxy: SOCKS5Proxy | undefined
  readonly requestIds: RequestIds
  /** Offered to the server, in order of preference. */
  readonly compressors: readonly WireCompressor[]
  readonly serverApi?: Uint8Array | undefined
  readonly ledger?: SocketLedger | undefined
}

/** Until the hello has come: the assumed limits, and a server that has told nothing. */
const untold: HelloReply = helloReplyOf({})
const assumedLimits: ConnectionLimits = limitsOf(untold)

const openingActivities: Readonly<Record<Transport['stage'], SocketActivity>> = {
  connect: 'opening',
  proxy: 'waiting for the proxy',
  'tls-io': 'starting TLS',
  open: 'opening'
}

/**
 * A socket, from the dial on: bytes to messages, and one exchange at a time. It is in one of three states: free, running
 * an exchange, or broken for good; `#break` is the only way into the last.
 */
export class SocketConnection implements Connection, TransportHandler, MessageSink {
  readonly id: number
  readonly address: string
  readonly purpose: ConnectionPurpose
  readonly serverApi: Uint8Array | undefined
  hello: HelloReply = untold
  limits: ConnectionLimits = assumedLimits
  helloDurationMS = 0
  serviceId: ObjectId | undefined = undefined
  /** From the reply to the hello until the server has accepted the user. */
  authenticating = false
  /** Called once, when the socket is open. */
  onOpened: (() => void) | undefined = undefined
  onBroken: ((error: Error) => void) | undefined = undefined

  readonly #transport: Transport
  readonly #requestIds: RequestIds
  readonly #ledger: SocketLedger | undefined
  readonly #tls: ClientTLS | undefined
  readonly #reader: FrameReader
  readonly #correlation: Correlation
  readonly #message: Message
  readonly #reply: Reply
  #writer: MessageWriter = new MessageWriter()
  /** What replies may be compressed by: until the hello has come, all that the server was offered. */
  #compressors: readonly WireCompressor[]
  /** What commands are compressed by; undefined until the hello has come. */
  #compressor: WireCompressor | undefined
  #opened = false
  #broken: Error | undefined
  #exchange: Exchange | undefined
  /** Of the exchange that runs, or ran last. */
  #wrote = false
  #streamAllowed = false
  /** Bytes that have come and belong to no message that was read. */
  #unreadBytes = 0

  constructor(setup: SocketSetup, { id, purpose }: EstablishRequest) {
    const { network, target, address, tls, proxy, requestIds, compressors, ledger } = setup
    this.id = id
    this.address = address
    this.purpose = purpose
    this.serverApi = setup.serverApi
    this.#requestIds = requestIds
    this.#compressors = compressors
    this.#reader = new FrameReader(address)
    this.#correlation = new Correlation(address)
    this.#message = new Message(address)
    this.#reply = new Reply(address, this.#message)
    this.#tls = tls
    this.#ledger = ledger
    ledger?.dialled(this)
    this.#transport = network.connect(target, this, { readBufferBytes, keepAliveInitialDelayMS, tls, proxy })
  }

  get broken(): Error | undefined {
    return this.#broken
  }

  get name(): string {
    return connectionName(this.purpose, this.id, this.address)
  }

  get activity(): SocketActivity {
    if (this.#broken !== undefined) return 'closing'
    if (!this.#opened) return openingActivities[this.#transport.stage]
    if (this.hello === untold) return 'shaking hands'
    if (this.authenticating) return 'authenticating'
    if (this.#exchange === undefined) return 'idle'
    return this.#exchange.expectsReply ? 'waiting for a reply' : 'sending'
  }

  shookHands(hello: HelloReply, durationMS: number, serviceId: ObjectId | undefined): void {
    this.hello = hello
    this.limits = limitsOf(hello)
    this.helloDurationMS = durationMS
    this.serviceId = serviceId
    this.#reader.messageBytesMax = this.limits.messageBytesMax + replySlackBytes
    this.#compressors = commonCompressors(this.#compressors, fieldOf(hello.document, 'compression'))
    this.#compressor = this.#compressors[0]
  }

  start(exchange: Exchange): void {
    if (this.#exchange !== undefined) throw secondExchange(this.name)
    if (this.#broken !== undefined) {
      exchange.failed(brokenBefore(this.name, this.#broken), false, this)
      return
    }
    // The last command's bytes may still be read, though its reply has come: their buffer stays as it is.
    if (this.#transport.unflushedBytes > 0) this.#writer = new MessageWriter()
    const requestId = this.#requestIds.next()
    this.#exchange = exchange
    this.#wrote = false
    let bytes: Uint8Array
    try {
      bytes = exchange.write(this.#writer, requestId, this)
    } catch (thrown) {
      this.#unwritten(exchange, thrown)
      return
    }
    // What `write` runs may be a user's getter, and that may have abandoned the connection.
    if (this.#exchange === exchange) this.#send(exchange, bytes, requestId)
  }

  abandon(error: Error): void {
    this.#break(error)?.failed(error, this.#wrote, this)
  }

  close(): void {
    this.abandon(closedByClient(this.name, this.activity))
  }

  setRef(on: boolean): void {
    this.#transport.setRef(on)
  }

  opened(): void {
    this.#opened = true
    this.onOpened?.()
  }

  received(buffer: Uint8Array, length: number): void {
    if (this.#exchange?.expectsReply !== true) {
      this.#fail(unaskedBytes(this.name, this.address, length))
      return
    }
    this.#unreadBytes += length
    try {
      this.#reader.feed(buffer, length, this)
    } catch (error) {
      if (!(error instanceof WireViolationError)) throw error
      this.#fail(error)
    } finally {
      this.#reply.release()
    }
  }

  /** One whole message, from the frame reader. */
  message(bytes: Uint8Array, start: number, end: number): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    this.#unreadBytes -= end - start
    if (isCompressed(bytes, start) && this.#compressors.length > 0) this.#readCompressed(bytes, start, end)
    else this.#message.read(bytes, start, end)
    this.#reply.scan()
    const { requestId, responseTo, moreToCome } = this.#message
    this.#correlation.accept(responseTo, requestId, moreToCome)
    if (moreToCome) {
      if (!this.#streamAllowed) throw unaskedStream(this.name, this.address)
      this.#deliver(exchange)
      return
    }
    this.#exchange = undefined
    if (this.#unreadBytes === 0) this.#deliver(exchange)
    else this.#deliverLast(exchange, unaskedBytes(this.name, this.address, this.#unreadBytes))
  }

  #readCompressed(bytes: Uint8Array, start: number, end: number): void {
    const { messageBytesMax } = this.#reader
    const { message } = decompressed(bytes, start, end, this.#compressors, this.address, messageBytesMax)
    this.#message.read(message, 0, message.length)
  }

  /** What is answered needs no other sign that it was sent. */
  get wantsFlushed(): boolean {
    return this.#exchange?.expectsReply !== true
  }

  flushed(): void {
    const exchange = this.#exchange
    if (exchange === undefined || exchange.expectsReply) return
    this.#exchange = undefined
    exchange.sent(this)
  }

  closed(error: TransportError | undefined): void {
    this.#ledger?.closed(this)
    this.#fail(networkFailure(this.name, this.address, this.activity, error, this.#tls))
  }

  #send(exchange: Exchange, bytes: Uint8Array, requestId: number): void {
    const compressor = this.#compressor
    let sent = bytes
    if (compressor !== undefined) {
      try {
        sent = compressed(bytes, compressor, this.limits.messageBytesMax)
      } catch (thrown) {
        this.#unwritten(exchange, thrown)
        return
      }
    }
    if (exchange.expectsReply) {
      this.#correlation.expect(requestId)
      this.#streamAllowed = (int32At(bytes, headerBytes) & messageFlags.exhaustAllowed) !== 0
    }
    this.#wrote = true
    this.#transport.write(sent)
  }

  #unwritten(exchange: Exchange, thrown: unknown): void {
    if (this.#exchange !== exchange) return
    this.#exchange = undefined
    const error =
      thrown instanceof Error ? thrown : new MongoRuntimeError(`A command could not be written: ${String(thrown)}`)
    exchange.failed(error, false, this)
  }

  #deliver(exchange: Exchange): void {
    try {
      exchange.replied(this.#reply, this)
    } catch (fault) {
      this.#replyRefused(exchange, fault)
    }
  }

  /** The reply is the one that was asked for; what came with it is not, and nothing after it can be trusted. */
  #deliverLast(exchange: Exchange, surplus: WireViolationError): void {
    this.#break(surplus)
    this.#deliver(exchange)
    this.onBroken?.(surplus)
  }

  #replyRefused(exchange: Exchange, fault: unknown): void {
    // While replies stream it still runs, unless `replied` has abandoned it, which it was told of then.
    const told = this.#message.moreToCome && this.#exchange !== exchange
    if (this.#exchange === exchange) this.#exchange = undefined
    if (!(fault instanceof WireViolationError)) {
      this.#fail(brokenByFault(this.name, fault))
      throw fault
    }
    const follower = this.#break(fault)
    if (!told) exchange.failed(fault, true, this)
    // `replied` had begun another exchange before it threw.
    follower?.failed(brokenByFault(this.name, fault), true, this)
  }

  /** The connection's own finding; whoever runs an exchange is told, else whoever keeps the connection. */
  #fail(error: Error): void {
    if (this.#broken !== undefined) return
    const exchange = this.#break(error)
    if (exchange !== undefined) exchange.failed(error, this.#wrote, this)
    else this.onBroken?.(error)
  }

  /** For good, and at once: what has come or comes later is read no more. Returns the exchange that ran. */
  #break(error: Error): Exchange | undefined {
    if (this.#broken !== undefined) return undefined
    const exchange = this.#exchange
    this.#exchange = undefined
    this.#broken = error
    this.#reader.stop()
    this.#transport.destroy()
    return exchange
  }
}
