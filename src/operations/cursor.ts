import type { Document, Long } from '../bson/index.ts'
import { MongoClientClosedError, MongoServerError } from '../errors/index.ts'
import type { Server } from '../topology/index.ts'
import type { Command } from './command.ts'
import { type CursorBatch, getMoreCommand, killCursorsCommand } from './commands/reads.ts'
import type { OperationContext } from './context.ts'
import { clientIsClosing } from './failures.ts'
import { Operation, type OperationOptions } from './operation.ts'
import type { ServerSession } from './server_sessions.ts'

export interface CursorOptions {
  readonly batchSize?: number | undefined
  /** How many documents at most; 0: no limit. The server may go on beyond it, the cursor does not. */
  readonly limit?: number | undefined
  readonly comment?: unknown
  readonly timeoutMS?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const cursorNotFound = 43

/**
 * The batches of one cursor. It stays with the server and the session of its first command, and tells the server to give
 * it up when it is closed early. Sources: the find, getMore and killCursors specification.
 */
export class BatchCursor {
  readonly #context: OperationContext
  readonly #first: () => Command<CursorBatch>
  readonly #options: CursorOptions
  readonly #registry: Set<BatchCursor>
  #started = false
  #closed = false
  /** The client shut down while the server had more: whoever reads on must not take it for the end. */
  #givenUp = false
  /** A call is in progress. */
  #fetching = false
  #id: Long | undefined
  #namespace = ''
  #server: Server | undefined
  #session: ServerSession | undefined
  #returned = 0
  /** One deadline for all batches. */
  readonly #endsMS: number

  constructor(
    context: OperationContext,
    registry: Set<BatchCursor>,
    first: () => Command<CursorBatch>,
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
    return this.isOpen && !this.#fetching && !this.#context.activities.has(this)
  }

  get server(): Server | undefined {
    return this.#server
  }

  /** The next batch, perhaps empty. `partOf`: what began before the client was closing. */
  async fetch(partOf?: object): Promise<Document[]> {
    if (this.#givenUp) throw clientIsClosing()
    if (this.isExhausted) return []
    this.#fetching = true
    try {
      const operation = new Operation(this.#context, this.#command(), this.#operationOptions(partOf))
      return this.#received(await operation.run(), partOf)
    } catch (error) {
      if (error instanceof MongoClientClosedError) this.#givenUp = true
      else if (error instanceof MongoServerError && error.code === cursorNotFound) this.#forget()
      else if (this.isOpen) void this.close(partOf)
      throw error
    } finally {
      this.#fetching = false
    }
  }

  /** Tells the server to give the cursor up, if it still has it. Never fails: the server gives it up by itself in time. */
  async close(partOf?: object): Promise<void> {
    this.#closed = true
    // While the client is closing, the shutdown tells the server; it finds the cursor in the registry.
    if (this.#isRefused(partOf)) return
    await this.#giveUp({ partOf })
  }

  /** The shutdown's way to close it, within so many milliseconds: who goes on reading is told of it. */
  async giveUpWithin(timeoutMS: number, partOf: object): Promise<void> {
    this.#givenUp = !this.#closed
    await this.#giveUp({ timeoutMS, partOf })
  }

  #isRefused(partOf: object | undefined): boolean {
    const { activities } = this.#context
    return activities.closing && (partOf === undefined || !activities.has(partOf))
  }

  async #giveUp(options: Pick<OperationOptions, 'timeoutMS' | 'partOf'>): Promise<void> {
    const { isOpen, collection, database } = this
    const id = this.#id
    const server = this.#server
    const session = this.#session
    this.#registry.delete(this)
    this.#id = undefined
    this.#session = undefined
    if (isOpen && id !== undefined && server !== undefined && this.#isKnown(server)) {
      const command = killCursorsCommand(database, collection, id)
      await new Operation(this.#context, command, { ...options, server, session }).run().catch(() => undefined)
    }
    this.#giveBack(session)
  }

  get database(): string {
    return this.#namespace.slice(0, this.#namespace.indexOf('.'))
  }

  /** What stands behind the first dot: it may have dots itself. */
  get collection(): string {
    return this.#namespace.slice(this.#namespace.indexOf('.') + 1)
  }

  #command(): Command<CursorBatch> {
    const { comment, batchSize, limit = 0 } = this.#options
    if (this.#id === undefined) return this.#first()
    const left = Math.abs(limit) - this.#returned
    const size = limit === 0 ? batchSize : Math.min(batchSize ?? left, left)
    return getMoreCommand(this.database, this.collection, this.#id, size === 0 ? undefined : size, comment)
  }

  #operationOptions(partOf: object | undefined): OperationOptions {
    const { signal } = this.#options
    const nowMS = this.#context.runtime.clock.nowMS()
    const timeoutMS = this.#endsMS === Number.POSITIVE_INFINITY ? undefined : Math.max(1, this.#endsMS - nowMS)
    return { server: this.#server, session: this.#session, signal, timeoutMS, partOf }
  }

  #received(batch: CursorBatch, partOf: object | undefined): Document[] {
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
      return documents
    }
    this.#returned += documents.length
    if (this.isOpen && !this.#closed) this.#registry.add(this)
    else if (this.#closed) void this.close(partOf)
    else this.#forget()
    return documents
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
