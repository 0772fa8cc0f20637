import { freshNonce, ScramClient, type ScramKeys } from '../../auth/index.ts'
import { Binary } from '../../bson/index.ts'
import type {
  ClientTLS,
  Runtime,
  Target,
  Timer,
  Transport,
  TransportError,
  TransportHandler
} from '../../runtime/index.ts'
import {
  FrameReader,
  Message,
  type MessageSink,
  MessageWriter,
  RequestIds,
  WireViolationError
} from '../../wire/index.ts'
import { Arguments } from '../arguments.ts'
import { CommandFailure } from '../failure.ts'
import { claimed } from '../process.ts'
import { type BSONDocument, type BSONValue, decodeDocument, isNumber } from '../query/index.ts'
import { fields, int32, writeElements } from '../reply.ts'
import { memberUser } from '../users.ts'

/** The other member cannot be reached, or does not answer. */
export class MemberUnreachable extends Error {
  override get name(): string {
    return 'MemberUnreachable'
  }
}

const readBufferBytes = 64 * 1024
const keepAliveInitialDelayMS = 120_000
const dialTimeoutMS = 10_000

/** What an error reply has of a write that failed, besides its code and its text. */
const detailNames = ['keyPattern', 'keyValue', 'errInfo']

function detailsOf(reply: BSONDocument): Readonly<Record<string, BSONValue>> {
  return Object.fromEntries([...reply].filter(([name]) => detailNames.includes(name)))
}

/** The member to connect to. */
export interface Peer {
  readonly target: Target
  readonly address: string
  readonly internalTLS: ClientTLS | undefined
}

interface Waiting {
  resolve(reply: BSONDocument | undefined): void
  reject(error: Error): void
}

/**
 * Connects as another member would, and goes again.
 * @throws {MemberUnreachable}
 */
export async function tryToReach(runtime: Runtime, peer: Peer): Promise<void> {
  const client = new InternalClient(runtime, peer)
  try {
    await client.introduce(undefined)
  } finally {
    await client.close()
  }
}

/** One member's connection to another: one command at a time. */
export class InternalClient implements TransportHandler, MessageSink {
  readonly #peer: string
  readonly #transport: Transport
  readonly #timer: Timer
  readonly #runtime: Runtime
  readonly #frames: FrameReader
  readonly #message: Message
  readonly #writer = new MessageWriter()
  readonly #requestIds = new RequestIds()
  readonly #whenClosed: Promise<void>
  #told: () => void = () => undefined
  #waiting: Waiting | undefined
  #closed = false

  constructor(runtime: Runtime, { target, address, internalTLS: tls }: Peer) {
    this.#runtime = runtime
    this.#peer = address
    this.#frames = new FrameReader(address)
    this.#message = new Message(address)
    this.#timer = runtime.timers.create(() => this.#fail('it has not answered in time'))
    this.#whenClosed = new Promise(resolve => {
      this.#told = resolve
    })
    this.#transport = runtime.network.connect(target, this, { readBufferBytes, keepAliveInitialDelayMS, tls })
  }

  /**
   * To be called first: waits for the connection, says hello, as a server does, and proves with the keys that it is a member.
   * @throws {MemberUnreachable}
   * @throws {CommandFailure}
   */
  async introduce(keys: ScramKeys | undefined): Promise<void> {
    await this.#answer(dialTimeoutMS)
    const { minWireVersion, maxWireVersion } = claimed
    const internalClient = fields({ minWireVersion: int32(minWireVersion), maxWireVersion: int32(maxWireVersion) })
    await this.command(fields<BSONValue>({ hello: int32(1), internalClient }), dialTimeoutMS)
    if (keys !== undefined) await this.#authenticate(keys)
  }

  async #authenticate(keys: ScramKeys): Promise<void> {
    const { cryptography, chance } = this.#runtime
    const { name, database, mechanism } = memberUser
    const scram = new ScramClient(mechanism, name, freshNonce(chance), cryptography)
    const say = async (command: Readonly<Record<string, BSONValue>>, payload: Uint8Array): Promise<Uint8Array> => {
      const body = fields<BSONValue>({ ...command, payload: new Binary(payload) })
      const answer = (await this.command(body, dialTimeoutMS, database)).get('payload')
      if (answer instanceof Binary) return answer.value()
      throw this.#unreachable('it answered without a payload')
    }
    const options = fields({ skipEmptyExchange: true })
    scram.challenged(await say({ saslStart: int32(1), mechanism, options }, scram.first))
    scram.verify(await say({ saslContinue: int32(1), conversationId: int32(1) }, scram.prove(keys)))
  }

  /**
   * Runs a command, against `admin` unless it says otherwise.
   * @throws {MemberUnreachable} when no answer comes within `timeoutMS`.
   * @throws {CommandFailure} for a reply that is an error.
   */
  async command(command: BSONDocument, timeoutMS: number, database = 'admin'): Promise<BSONDocument> {
    if (this.#closed) throw this.#unreachable('the connection is closed')
    const body = this.#writer.begin(this.#requestIds.next(), 0)
    writeElements(body, new Map([...command, ['$db', database]]))
    this.#writer.endBody()
    this.#transport.write(Uint8Array.from(this.#writer.finish()))
    const reply = await this.#answer(timeoutMS)
    if (reply === undefined) throw this.#unreachable('it answered nothing')
    const given = new Arguments('reply', reply)
    const ok = given.required('ok')
    if (isNumber(ok) && Number(ok.toString()) === 1) return reply
    throw new CommandFailure(given.whole('code') ?? 0, given.string('errmsg') ?? '', detailsOf(reply))
  }

  /** Resolves when the socket is closed. */
  close(): Promise<void> {
    this.#fail('the connection was closed')
    return this.#whenClosed
  }

  opened(): void {
    this.#settle()?.resolve(undefined)
  }

  received(buffer: Uint8Array, length: number): void {
    if (this.#closed) return
    try {
      this.#frames.feed(buffer, length, this)
    } catch (error) {
      if (!(error instanceof WireViolationError)) throw error
      this.#fail(error.message)
    }
  }

  message(bytes: Uint8Array, start: number, end: number): void {
    this.#message.readHeader(bytes, start, end)
    this.#message.readSections()
    const { documentStart, documentEnd } = this.#message
    this.#settle()?.resolve(decodeDocument(bytes.slice(documentStart, documentEnd)))
  }

  flushed(): void {}

  closed(error: TransportError | undefined): void {
    this.#fail(error?.message ?? 'it closed the connection')
    this.#told()
  }

  /** One thing is waited for at a time: the connection, or the reply. */
  #answer(timeoutMS: number): Promise<BSONDocument | undefined> {
    if (this.#closed) return Promise.reject(this.#unreachable('the connection is closed'))
    this.#timer.armAt(this.#runtime.clock.nowMS() + timeoutMS)
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  #settle(): Waiting | undefined {
    const waiting = this.#waiting
    this.#waiting = undefined
    this.#timer.disarm()
    return waiting
  }

  #fail(why: string): void {
    if (this.#closed) return
    this.#closed = true
    this.#frames.stop()
    this.#transport.destroy()
    this.#settle()?.reject(this.#unreachable(why))
  }

  #unreachable(why: string): MemberUnreachable {
    return new MemberUnreachable(`the member ${this.#peer} cannot be reached: ${why}`)
  }
}
