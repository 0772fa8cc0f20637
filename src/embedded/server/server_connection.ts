import type { Runtime, Timer, Transport, TransportHandler } from '../../runtime/index.ts'
import {
  commonCompressors,
  compressed,
  decompressed,
  defaultMessageBytesMax,
  FrameReader,
  isCompressed,
  Message,
  type MessageSink,
  MessageWriter,
  opCode,
  RequestIds,
  type WireCompressor,
  WireViolationError
} from '../../wire/index.ts'
import { type Caller, type ClientFacts, ConnectionEnded } from '../caller.ts'
import { type Dispatcher, refusal } from '../dispatcher.ts'
import { CommandFailure } from '../failure.ts'
import { Login } from '../login.ts'
import type { Reply } from '../reply.ts'
import type { Incoming } from './incoming.ts'
import { readOpMessage, writeOpMessage } from './op_message.ts'
import { readOpQuery, writeOpReply } from './op_query.ts'

/** Commands that wait for their turn may have so many bytes; beyond it nothing more is read until some are answered. */
export const queuedBytesMax: number = 1024 * 1024

export interface ServerConnectionOwner {
  readonly runtime: Pick<Runtime, 'clock' | 'timers' | 'warn'>
  readonly dispatcher: Dispatcher
  readonly throughLoadBalancer: boolean
  /** What clients may agree on. */
  readonly compressors: readonly WireCompressor[]
  /** The client has said who it is. */
  introduced(client: ClientFacts): void
  /** The client is another member. */
  isInternal(): void
  /** The socket is closed. */
  ended(): void
}

/** What a server can tell of a connection: who only says hello, and goes on to, is a monitor. */
export type ConnectionPurpose = 'pool' | 'monitor' | 'unknown'

/** One client's socket. Its commands are answered one at a time, in the order in which they came. */
export class ServerConnection implements Caller, TransportHandler, MessageSink {
  readonly id: number
  readonly peer: string
  client: ClientFacts | undefined
  internal = false
  helloCount = 0
  readonly login: Login = new Login()
  readonly #owner: ServerConnectionOwner
  readonly #transport: Transport
  readonly #frames: FrameReader
  readonly #message: Message
  readonly #writer = new MessageWriter()
  readonly #replyIds = new RequestIds()
  readonly #queue: Incoming[] = []
  /** Agreed on, in the client's order. */
  #compressors: readonly WireCompressor[] = []
  #queuedBytes = 0
  #commandCount = 0
  #serving = false
  #ended = false
  #resumeAfterFlush: (() => void) | undefined
  #endPause: (() => void) | undefined

  constructor(id: number, peer: string, transport: Transport, owner: ServerConnectionOwner) {
    this.id = id
    this.peer = peer
    this.#transport = transport
    this.#owner = owner
    this.#frames = new FrameReader(peer, defaultMessageBytesMax)
    this.#message = new Message(peer)
  }

  get purpose(): ConnectionPurpose {
    if (this.#commandCount > this.helloCount) return 'pool'
    return this.helloCount > 1 ? 'monitor' : 'unknown'
  }

  get throughLoadBalancer(): boolean {
    return this.#owner.throughLoadBalancer
  }

  get certificateSubject(): string | undefined {
    return this.#transport.peerSubject
  }

  /** Cuts the client off. What its command waits for ends at once; what has not begun never does. */
  close(): void {
    this.#queue.length = 0
    this.#transport.destroy()
    this.#end()
  }

  opened(): void {}

  received(buffer: Uint8Array, length: number): void {
    if (this.#ended) return
    try {
      this.#frames.feed(buffer, length, this)
    } catch (error) {
      if (!(error instanceof WireViolationError)) throw error
      this.close()
    } finally {
      this.#message.release()
    }
  }

  message(bytes: Uint8Array, start: number, end: number): void {
    if (isCompressed(bytes, start) && this.#compressors.length > 0) {
      const { message, by } = decompressed(bytes, start, end, this.#compressors, this.peer, defaultMessageBytesMax)
      this.#take(message, 0, message.length, by)
    } else {
      this.#take(bytes, start, end, undefined)
    }
  }

  #take(bytes: Uint8Array, start: number, end: number, compressor: WireCompressor | undefined): void {
    this.#message.readHeader(bytes, start, end)
    const isQuery = this.#message.opCode === opCode.query
    const incoming = isQuery
      ? readOpQuery(this.#message, compressor, this.peer)
      : readOpMessage(this.#message, compressor)
    this.#queue.push(incoming)
    this.#queuedBytes += incoming.bytes
    if (this.#queuedBytes > queuedBytesMax) this.#transport.pause()
    if (!this.#serving) void this.#serve()
  }

  flushed(): void {
    this.#resumeAfterFlush?.()
  }

  closed(): void {
    this.#end()
    this.#owner.ended()
  }

  helloReceived(client: ClientFacts | undefined, internal: boolean): void {
    this.helloCount++
    if (internal && !this.internal) {
      this.internal = true
      this.#owner.isInternal()
    }
    if (client === undefined) return
    this.client = client
    this.#owner.introduced(client)
  }

  agreeOnCompressors(offered: readonly unknown[]): readonly string[] {
    const common = commonCompressors(this.#owner.compressors, offered)
    this.#compressors = common.toSorted((one, other) => offered.indexOf(one.name) - offered.indexOf(other.name))
    return this.#compressors.map(({ name }) => name)
  }

  pause(durationMS: number, subscribe?: (wake: () => void) => () => void): Promise<void> {
    if (this.#ended) return Promise.reject(gone())
    const { clock, timers } = this.#owner.runtime
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        timer.disarm()
        unsubscribe?.()
        this.#endPause = undefined
        settle()
      }
      const timer: Timer = timers.create(() => finish(resolve))
      timer.armAt(clock.nowMS() + durationMS)
      const unsubscribe = subscribe?.(() => finish(resolve))
      this.#endPause = () => finish(() => reject(gone()))
    })
  }

  async #serve(): Promise<void> {
    this.#serving = true
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        await this.#answer(next)
        this.#queuedBytes -= next.bytes
        if (this.#queuedBytes <= queuedBytesMax) this.#transport.resume()
      }
    } catch (error) {
      if (!(error instanceof ConnectionEnded)) this.#warn(error)
      this.close()
    } finally {
      this.#serving = false
    }
  }

  /** Answers once, or, where replies may stream, until the client is gone or the command ends the stream. */
  async #answer(incoming: Incoming): Promise<void> {
    const { command, requestId, answer, exhaustAllowed } = incoming
    this.#commandCount++
    if (command instanceof CommandFailure) {
      if (answer !== 'none') await this.#send(incoming, refusal(command), requestId, false)
      return
    }
    let request = command
    let responseTo = requestId
    for (;;) {
      const { reply, following } = await this.#owner.dispatcher.answer(request, this)
      if (answer === 'none') return
      const streams: boolean = exhaustAllowed && following !== undefined
      responseTo = await this.#send(incoming, reply, responseTo, streams)
      if (!streams || following === undefined) return
      request = { ...request, body: following }
    }
  }

  /** As the message that it answers was sent. Returns the number of the reply, which the next one of a stream answers. */
  async #send(
    { answer, compressor }: Incoming,
    reply: Reply,
    responseTo: number,
    moreToCome: boolean
  ): Promise<number> {
    await this.#allFlushed()
    const replyId = this.#replyIds.next()
    const bytes =
      answer === 'query'
        ? writeOpReply(this.#writer, reply, replyId, responseTo)
        : writeOpMessage(this.#writer, reply, replyId, responseTo, moreToCome)
    this.#transport.write(compressor === undefined ? bytes : compressed(bytes, compressor, defaultMessageBytesMax))
    return replyId
  }

  /** The writer has one buffer, and a client that does not read gets nothing more: one reply is on its way at a time. */
  async #allFlushed(): Promise<void> {
    while (!this.#ended && this.#transport.unflushedBytes > 0) {
      await new Promise<void>(resolve => {
        this.#resumeAfterFlush = resolve
      })
    }
    if (this.#ended) throw gone()
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#frames.stop()
    this.#endPause?.()
    this.#resumeAfterFlush?.()
  }

  #warn(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error)
    this.#owner.runtime.warn(
      `the embedded deployment closed the connection ${this.id} of ${this.peer}, whose reply failed: ${why}`,
      'CENOTE_EMBEDDED_REPLY_FAILED'
    )
  }
}

function gone(): ConnectionEnded {
  return new ConnectionEnded('the client is gone')
}
