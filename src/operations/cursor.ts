import type { Document, Long } from '../bson/index.ts'
import { MongoClientClosedError, MongoServerError } from '../errors/index.ts'
import type { Server } from '../topology/index.ts'
import type { Command } from './command.ts'
import type { Activities, Activity } from './activities.ts'
import { type CursorBatch, getMoreCommand, killCursorsCommand } from './commands/reads.ts'
import type { OperationContext } from './context.ts'
import type { ExplicitSession } from './explicit_session.ts'
import { clientIsClosing } from './failures.ts'
import { Operation } from './operation.ts'
import type { OperationOptions, Settlement } from './operation_options.ts'
import type { ServerSession } from './server_sessions.ts'

export interface CursorOptions {
  readonly batchSize?: number | undefined
  /** How many documents at most; 0: no limit. The server may go on beyond it, the cursor does not. */
  readonly limit?: number | undefined
  readonly comment?: unknown
  /** Milliseconds that the server waits for documents in each further batch, where it waits at all. */
  readonly maxAwaitTimeMS?: number | undefined
  readonly timeoutMS?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** The caller's. Undefined: the cursor keeps that of its first command. */
  readonly session?: ExplicitSession | undefined
}

/** Who has asked for a batch. It is told once for each `fetch`, perhaps before that returns, and must not throw. */
export interface BatchReceiver {
  /** Perhaps none. */
  received(documents: Document[]): void
  failed(reason: unknown): void
}

const cursorNotFound = 43

/**
 * The batches of one cursor. It stays with the server and the session of its first command, and tells the server to give
 * it up when it is closed early. Sources: the find, getMore and killCursors specification.
 */
export class BatchCursor implements Activity, Settlement<CursorBatch> {
  activityPrevious: Activity | undefined = undefined
  activityNext: Activity | undefined = undefined
  activityList: Activities | undefined = undefined
  readonly #context: OperationContext
  readonly #first: Command<CursorBatch>
  readonly #options: CursorOptions
  readonly #registry: Set<BatchCursor>
  #started = false
  #closed = false
  /** The client shut down while the server had more: whoever reads on must not take it for the end. */
  #givenUp = false
  /** While a call is in progress. */
  #receiver: BatchReceiver | undefined
  /** What that call is part of: it began before the client was closing. */
  #partOf: Activity | undefined
  #id: Long | undefined
  #namespace = ''
  #server: Server | undefined
  /** Not while the caller gives one. */
  #session: ServerSession | undefined
  #returned = 0
  /** One deadline for all batches. */
  readonly #endsMS: number

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
    const { timeoutMS } = options
    this.#endsMS =
      timeoutMS !== undefined && timeoutMS > 0 ? context.runtime.clock.nowMS() + timeoutMS : Number.POSITIVE_INFINITY
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

  get server(): Server | undefined {
    return this.#server
  }

  /** The next batch, one at a time. `partOf`: what began before the client was closing. */
  fetch(receiver: BatchReceiver, partOf?: Activity): void {
    if (this.#givenUp) {
      receiver.failed(clientIsClosing())
      return
    }
    if (this.isExhausted) {
      receiver.received([])
      return
    }
    this.#receiver = receiver
    this.#partOf = partOf
    new Operation(this.#context, this.#command(), this.#operationOptions(partOf)).runFor(this)
  }

  succeeded(batch: CursorBatch): void {
    this.#take(batch, this.#partOf)
    this.#called()?.received(batch.documents)
  }

  failed(reason: unknown): void {
    if (reason instanceof MongoClientClosedError) this.#givenUp = true
    else if (reason instanceof MongoServerError && reason.code === cursorNotFound) this.#forget()
    else if (this.isOpen) void this.close(this.#partOf)
    this.#called()?.failed(reason)
  }

  /** The call is over: whom to tell. */
  #called(): BatchReceiver | undefined {
    const receiver = this.#receiver
    this.#receiver = undefined
    this.#partOf = undefined
    return receiver
  }

  /** Tells the server to give the cursor up, if it still has it. Never fails: the server gives it up by itself in time. */
  async close(partOf?: Activity): Promise<void> {
    this.#closed = true
    // While the client is closing, the shutdown tells the server; it finds the cursor in the registry.
    if (this.#isRefused(partOf)) return
    // Whatever the cursor has used up: closing it has the whole time again.
    await this.#giveUp({ timeoutMS: this.#options.timeoutMS, partOf })
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
    const { isOpen, collection, database } = this
    const id = this.#id
    const server = this.#server
    const cursorSession = this.#session
    const { session } = this.#options
    this.#registry.delete(this)
    this.#id = undefined
    this.#session = undefined
    if (isOpen && id !== undefined && server !== undefined && this.#isKnown(server)) {
      const command = killCursorsCommand(database, collection, id)
      // One that has ended is no longer the caller's: the server is told all the same.
      const own = session?.hasEnded === true ? undefined : session
      const all = { ...options, server, session: own, cursorSession }
      await new Operation(this.#context, command, all).run().catch(() => undefined)
    }
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
    const { comment, batchSize, limit = 0, maxAwaitTimeMS } = this.#options
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
      maxAwaitTimeMS
    )
  }

  #operationOptions(partOf: Activity | undefined): OperationOptions {
    const { signal, session } = this.#options
    const nowMS = this.#context.runtime.clock.nowMS()
    const timeoutMS =
      this.#endsMS === Number.POSITIVE_INFINITY ? this.#options.timeoutMS : Math.max(1, this.#endsMS - nowMS)
    return { server: this.#server, session, cursorSession: this.#session, signal, timeoutMS, partOf }
  }

  #take(batch: CursorBatch, partOf: Activity | undefined): void {
    this.#started = true
    this.#id = batch.id
    if (batch.namespace !== '') this.#namespace = batch.namespace
    this.#server ??= batch.server
    this.#session ??= batch.session
    const { documents } = batch
    const limit = Math.abs(this.#options.limit ?? 0)
    if (limit > 0 && this.#returned + documents.length >= limit) {
      documents.length = limit - this.#returned
      this.#returned = limit
      void this.close(partOf)
      return
    }
    this.#returned += documents.length
    if (this.isOpen && !this.#closed) this.#registry.add(this)
    else if (this.#closed) void this.close(partOf)
    else this.#forget()
  }

  /** The server has no such cursor any more. */
  #forget(): void {
    const session = this.#session
    this.#started = true
    this.#id = undefined
    this.#session = undefined
    this.#registry.delete(this)
    this.#giveBack(session)
  }

  #giveBack(session: ServerSession | undefined): void {
    if (session === undefined) return
    const { sessions, topology, runtime } = this.#context
    sessions.giveBack(session, topology.description.logicalSessionTimeoutMinutes, runtime.clock.nowMS())
  }

  /** Asking for a server that is gone would only wait. */
  #isKnown(server: Server): boolean {
    return this.#context.topology.servers.get(server.address) === server
  }
}
