import { type DecodeOptions, type Document, Long } from '../bson/index.ts'
import { MongoClientClosedError, MongoServerError } from '../errors/index.ts'
import type { PinnedConnection } from '../pool/index.ts'
import type { CallersContext } from '../runtime/index.ts'
import type { Server } from '../topology/index.ts'
import type { Command } from './command.ts'
import type { Activities, Activity } from './activities.ts'
import { type AcceptBatch, type CursorBatch, getMoreCommand, killCursorsCommand } from './commands/reads.ts'
import type { OperationContext } from './context.ts'
import {
  type CursorKind,
  type CursorTimeoutMode,
  type CursorTimes,
  tellsServer,
  timeoutModeOf
} from './cursor_limits.ts'
import type { ExplicitSession } from './explicit_session.ts'
import { clientIsClosing, cursorClosed, nothingToRead, outOfTransaction } from './failures.ts'
import { Operation } from './operation.ts'
import type { OperationOptions, Settlement } from './operation_options.ts'
import { Pause, type PauseOwner } from './pause.ts'
import type { ServerSession } from './server_sessions.ts'

export interface CursorOptions extends CursorTimes {
  readonly batchSize?: number | undefined
  /** How many documents at most; 0: no limit. The server may go on beyond it, the cursor does not. */
  readonly limit?: number | undefined
  readonly comment?: unknown
  /** Whether `maxAwaitTimeMS` is sent although nobody knows that the server waits; default false. */
  readonly sendsAwaitTime?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** As an operation's, for all batches. */
  readonly decodeOptions?: DecodeOptions | undefined
  /** The caller's. Undefined: the cursor keeps that of its first command. */
  readonly session?: ExplicitSession | undefined
  /** Reads the replies after the first, where there is more to take from them than a batch. */
  readonly accept?: AcceptBatch | undefined
}

export interface FetchOptions {
  /** What began before the client was closing. */
  readonly partOf?: Activity | undefined
  /** Whether one reply is enough, even one without documents; default false. */
  readonly once?: boolean | undefined
  /** Since when the caller waits, if that is longer than this fetch: what is left of `timeoutMS` is counted from there. */
  readonly sinceMS?: number | undefined
  /** Of whoever waits: its operations begin in it. Undefined where nobody is told of them. */
  readonly context?: CallersContext | undefined
}

/** Who has asked for a batch. It is told once for each `fetch`, perhaps before that returns, and must not throw. */
export interface BatchReceiver {
  /** None at the end, or where one reply was enough. */
  received(documents: Document[]): void
  failed(reason: unknown): void
}

const cursorNotFound = 43

/**
 * Where a server answers at once that there is nothing new, it is asked again after a pause: this one at first, twice the
 * last one then. At its longest it is what a server waits by itself for a cursor that lets it wait.
 */
const pauseMSMin = 10
const pauseMSMax = 1_000

/**
 * The batches of one cursor. It stays with the server and the session of its first command, and tells the server to give
 * it up when it is closed early. Sources: the find, getMore and killCursors specification.
 */
export class BatchCursor implements Activity, Settlement<CursorBatch>, PauseOwner {
  activityPrevious: Activity | undefined = undefined
  activityNext: Activity | undefined = undefined
  activityList: Activities | undefined = undefined
  readonly #context: OperationContext
  readonly #first: Command<CursorBatch>
  readonly #options: CursorOptions
  readonly #registry: Set<BatchCursor>
  readonly #kind: CursorKind
  readonly #timeoutMode: CursorTimeoutMode
  #started = false
  #closed = false
  #killed = false
  /** The client shut down while the server had more: whoever reads on must not take it for the end. */
  #givenUp = false
  /** While a call is in progress. */
  #receiver: BatchReceiver | undefined
  /** What that call is part of: it began before the client was closing. */
  #partOf: Activity | undefined
  #once = false
  /** Who made that call. */
  #caller: CallersContext | undefined
  /** What that call is doing: one command, or a pause between two. */
  #operation: Operation<CursorBatch> | undefined
  #pause: Pause | undefined
  #pauseMS = 0
  #beganMS = 0
  #id: Long | undefined
  #namespace = ''
  #server: Server | undefined
  /** Behind a load balancer the connection that leads to it: its own, or that of its transaction. */
  #pin: PinnedConnection | undefined
  /** Not while the caller gives one. */
  #session: ServerSession | undefined
  /** The number of the transaction that it was opened in: it ends with that. */
  #transaction: bigint | undefined
  #returned = 0
  /** When the call has to be over, or the whole cursor. */
  #endsMS = Number.POSITIVE_INFINITY

  /** @throws MongoInvalidArgumentError for times that cannot be kept together. */
  constructor(
    context: OperationContext,
    registry: Set<BatchCursor>,
    first: Command<CursorBatch>,
    options: CursorOptions
  ) {
    this.#context = context
    this.#registry = registry
    this.#first = first
    this.#options = options
    this.#kind = options.kind ?? 'plain'
    this.#timeoutMode = timeoutModeOf(options)
    this.#timeBegins()
  }

  /** Whether it goes on behind the last document, for those to come. */
  get isTailable(): boolean {
    return this.#kind !== 'plain'
  }

  /** Whether the server was told to give it up. */
  get isKilled(): boolean {
    return this.#killed
  }

  /** The server may have more; false before the first batch as well. */
  get isOpen(): boolean {
    return this.#id !== undefined && !this.#id.isZero()
  }

  /** Whether there is nothing more to fetch. */
  get isExhausted(): boolean {
    return !this.#givenUp && (this.#closed || (this.#started && !this.isOpen))
  }

  get id(): Long | undefined {
    return this.#id
  }

  /** Idle cursors are given up when the client shuts down; one with a call in progress ends with that call. */
  get isIdle(): boolean {
    return this.isOpen && this.#receiver === undefined && !this.#context.activities.has(this)
  }

  /** Whether a connection is at hand by which its server can be told to give it up. */
  get canBeTold(): boolean {
    return this.#pin === undefined ? this.#server?.pool.hasIdle === true : this.#pin.isFree
  }

  /**
   * The next documents: a tailable cursor waits for some, unless it was to ask once. One call at a time.
   */
  fetch(receiver: BatchReceiver, options: FetchOptions): void {
    if (this.#givenUp) {
      receiver.failed(clientIsClosing())
      return
    }
    if (this.isExhausted) {
      receiver.received([])
      return
    }
    const { session } = this.#options
    if (this.#id !== undefined && session !== undefined && session.transaction.activeNumber !== this.#transaction) {
      receiver.failed(outOfTransaction(this.#namespace, this.#transaction !== undefined))
      return
    }
    this.#receiver = receiver
    this.#partOf = options.partOf
    this.#once = options.once === true
    this.#caller = options.context
    if (this.#timeoutMode === 'iteration') this.#timeBegins(options.sinceMS)
    this.#send()
  }

  #timeBegins(sinceMS?: number): void {
    const { timeoutMS } = this.#options
    if (timeoutMS === undefined || timeoutMS <= 0) return
    this.#beganMS = sinceMS ?? this.#context.runtime.clock.nowMS()
    this.#endsMS = this.#beganMS + timeoutMS
  }

  /** Also where a reply has come, or a pause has ended: outside the context of whoever waits. */
  #send(): void {
    const caller = this.#caller
    if (caller === undefined) this.#begin()
    else caller.run(() => this.#begin())
  }

  #begin(): void {
    if (this.#id === undefined) this.#transaction = this.#options.session?.transaction.activeNumber
    const operation = new Operation(this.#context, this.#command(), this.#operationOptions())
    this.#operation = operation
    operation.runFor(this)
  }

  succeeded(batch: CursorBatch): void {
    this.#operation = undefined
    this.#take(batch, this.#partOf)
    if (batch.documents.length > 0) this.#pauseMS = 0
    else if (!this.#once && this.isOpen && !this.#closed) {
      // An empty batch is not the end.
      if (this.#kind === 'tailable') this.#rest()
      else this.#send()
      return
    }
    this.#called()?.received(batch.documents)
  }

  failed(reason: unknown): void {
    this.#operation = undefined
    const partOf = this.#partOf
    const caller = this.#caller
    const receiver = this.#called()
    // It was closed meanwhile: who asked knows, and who closed it does the rest.
    if (receiver === undefined) return
    if (reason instanceof MongoClientClosedError) this.#givenUp = true
    else if (reason instanceof MongoServerError && reason.code === cursorNotFound) this.#forget()
    // The specification wants a connection of its own to stay with it until it is closed, whatever the error.
    else if (this.isOpen && this.#pin?.holder === 'cursor') this.#closed = true
    else if (this.isOpen) this.#closeFor(caller, partOf)
    receiver.failed(reason)
  }

  /** The call is over: whom to tell. */
  #called(): BatchReceiver | undefined {
    const receiver = this.#receiver
    this.#receiver = undefined
    this.#partOf = undefined
    this.#caller = undefined
    return receiver
  }

  // ───────────────────────── waiting for documents that are not there yet ─────────────────────────

  #rest(): void {
    const { signal } = this.#options
    if (signal?.aborted === true) this.failed(signal.reason)
    else if (this.#context.activities.closing) this.failed(clientIsClosing())
    else {
      this.#pauseMS = Math.min(Math.max(2 * this.#pauseMS, pauseMSMin), pauseMSMax)
      const leftMS = this.#endsMS - this.#context.runtime.clock.nowMS()
      // Towards the end of the time it looks again and again: what comes late is still found.
      const durationMS = Math.min(this.#pauseMS, Math.max(leftMS / 2, pauseMSMin), leftMS)
      this.#pause = new Pause(this.#context, durationMS, signal, this)
    }
  }

  rested(nowMS: number): void {
    this.#pause = undefined
    if (nowMS < this.#endsMS) this.#send()
    else {
      const { timeoutMS = 0 } = this.#options
      this.failed(nothingToRead(timeoutMS, nowMS - this.#beganMS, this.#namespace, this.#server?.address))
    }
  }

  aborted(reason: unknown): void {
    this.#pause = undefined
    this.failed(reason)
  }

  /** Ends a pause, or a command that only waits: its connection goes with it, for an answer may be long in coming. */
  #interrupt(reason: Error): void {
    if (this.#pause !== undefined) {
      this.#pause.end()
      this.aborted(reason)
    } else if (this.#kind === 'awaiting' && this.#id !== undefined) this.#operation?.aborted(reason)
  }

  /** The client ends: nobody can wait any longer. What is not waiting is left to end by itself. */
  stopWaiting(): void {
    this.#interrupt(clientIsClosing())
  }

  // ───────────────────────── the end ─────────────────────────

  /**
   * Tells the server to give the cursor up, if it still has it, within `timeoutMS`. Never fails: the server gives it up by
   * itself in time. Who waits for documents is told that there are none.
   */
  async close(partOf?: Activity, timeoutMS: number | undefined = this.#options.timeoutMS): Promise<void> {
    this.#closed = true
    if (this.#isWaiting) {
      const receiver = this.#called()
      this.#interrupt(cursorClosed())
      receiver?.received([])
    }
    // While the client is closing, the shutdown tells the server; it finds the cursor in the registry.
    if (this.#isRefused(partOf)) return
    // Whatever the cursor has used up: closing it has the whole time again.
    await this.#giveUp({ timeoutMS, partOf })
  }

  /** By itself, at the end of what was asked for. */
  #closeFor(caller: CallersContext | undefined, partOf: Activity | undefined): void {
    if (caller === undefined) void this.close(partOf)
    else caller.run(() => void this.close(partOf))
  }

  get #isWaiting(): boolean {
    if (this.#pause !== undefined) return true
    return this.#kind === 'awaiting' && this.#id !== undefined && this.#operation !== undefined
  }

  /** The shutdown's way to close it, within so many milliseconds: who goes on reading is told of it. */
  async giveUpWithin(timeoutMS: number, partOf: Activity): Promise<void> {
    this.#givenUp = !this.#closed
    await this.#giveUp({ timeoutMS, partOf })
  }

  #isRefused(partOf: Activity | undefined): boolean {
    const { activities } = this.#context
    return activities.closing && (partOf === undefined || !activities.has(partOf))
  }

  async #giveUp(options: Pick<OperationOptions, 'timeoutMS' | 'partOf'>): Promise<void> {
    const { collection, database } = this
    const canBeKilled = this.#canBeKilled
    const id = this.#id
    const server = this.#server
    const pin = this.#pin
    const cursorSession = this.#session
    const { session } = this.#options
    this.#registry.delete(this)
    if (this.#id !== undefined) this.#id = Long.ZERO
    this.#session = undefined
    if (canBeKilled && id !== undefined) {
      this.#killed = true
      const command = killCursorsCommand(database, collection, id)
      // One that has ended, or is in another transaction, is not for this any more: the server is told all the same.
      const own = session?.isFor(this.#transaction) === true ? session : undefined
      const all = { ...options, server, pin, session: own, cursorSession }
      const killed = new Operation(this.#context, command, all).run()
      // By then it is in use: it goes back behind that.
      this.letGo()
      await killed.catch(() => undefined)
    }
    this.letGo()
    this.#giveBack(cursorSession)
  }

  get database(): string {
    return this.#namespace.slice(0, this.#namespace.indexOf('.'))
  }

  /** What stands behind the first dot: it may have dots itself. */
  get collection(): string {
    return this.#namespace.slice(this.#namespace.indexOf('.') + 1)
  }

  #command(): Command<CursorBatch> {
    const { comment, batchSize, limit = 0, accept } = this.#options
    if (this.#id === undefined) return this.#first
    const left = Math.abs(limit) - this.#returned
    const size = limit === 0 ? batchSize : Math.min(batchSize ?? left, left)
    return getMoreCommand(
      this.database,
      this.collection,
      this.#id,
      size === 0 ? undefined : size,
      comment,
      this.#first.site,
      accept
    )
  }

  #operationOptions(): OperationOptions {
    const { signal, session, decodeOptions, maxAwaitTimeMS } = this.#options
    const { sendsAwaitTime = this.#kind === 'awaiting' } = this.#options
    const isFirst = this.#id === undefined
    const nowMS = this.#context.runtime.clock.nowMS()
    return {
      server: this.#server,
      pin: this.#pin,
      session,
      cursorSession: this.#session,
      signal,
      decodeOptions,
      timeoutMS:
        this.#endsMS === Number.POSITIVE_INFINITY ? this.#options.timeoutMS : Math.max(1, this.#endsMS - nowMS),
      serverIsUntold: isFirst && !tellsServer(this.#kind, this.#timeoutMode) ? true : undefined,
      maxAwaitTimeMS: isFirst || !sendsAwaitTime ? undefined : maxAwaitTimeMS,
      partOf: this.#partOf
    }
  }

  #take(batch: CursorBatch, partOf: Activity | undefined): void {
    this.#started = true
    this.#id = batch.id
    if (batch.namespace !== '') this.#namespace = batch.namespace
    this.#server ??= batch.server
    this.#pin ??= batch.pin
    // Until it is given up: what ends the client finds it here.
    if (this.isOpen) this.#registry.add(this)
    this.#session ??= batch.session
    const { documents } = batch
    const limit = Math.abs(this.#options.limit ?? 0)
    if (limit > 0 && this.#returned + documents.length >= limit) {
      documents.length = limit - this.#returned
      this.#returned = limit
      this.#closeFor(this.#caller, partOf)
      return
    }
    this.#returned += documents.length
    if (this.#closed) this.#closeFor(this.#caller, partOf)
    else if (!this.isOpen) this.#forget()
  }

  /** The server has no such cursor any more. */
  #forget(): void {
    const session = this.#session
    this.#started = true
    if (this.#id !== undefined) this.#id = Long.ZERO
    this.#session = undefined
    this.#registry.delete(this)
    this.letGo()
    this.#giveBack(session)
  }

  /** A connection that it has to itself goes back to the pool; its server is told nothing. Idempotent. */
  letGo(): void {
    const pin = this.#pin
    this.#pin = undefined
    pin?.release('cursor')
  }

  #giveBack(session: ServerSession | undefined): void {
    if (session === undefined) return
    const { sessions, topology, runtime } = this.#context
    sessions.giveBack(session, topology.description.logicalSessionTimeoutMinutes, runtime.clock.nowMS())
  }

  /** Asking for a server that is gone would only wait; a connection that is broken may have taken the cursor with it. */
  get #canBeKilled(): boolean {
    if (!this.isOpen) return false
    if (this.#pin !== undefined) return this.#pin.isWhole
    const server = this.#server
    return server !== undefined && this.#context.topology.servers.get(server.address) === server
  }
}
