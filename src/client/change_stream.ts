import type { Document } from '../bson/index.ts'
import { MongoAPIError, MongoInvalidArgumentError, MongoOperationTimeoutError } from '../errors/index.ts'
import { EventHub } from '../events/index.ts'
import {
  aggregateCommand,
  type ChangeStreamOpening,
  type ChangeStreamSetup,
  ExplicitSession,
  ResumingCursor,
  type StartingPoint
} from '../operations/index.ts'
import type { Readable } from '../runtime/index.ts'
import type { AggregatePlace } from './aggregation_cursor.ts'
import { ChangeReader, isClosedError, more } from './change_reader.ts'
import { explicitSessionOf } from './client_session.ts'
import type { ClientCore } from './core.ts'
import { refuseUnsupported } from './cursor_changes.ts'
import { CursorIterator } from './cursor_iterator.ts'
import { MongoDBNamespace } from './cursor_namespace.ts'
import { type CursorStreamOptions, streamOf } from './cursor_stream.ts'
import { HubEmitter } from './emitter.ts'
import { decodeOptionsOf, serverLimit } from './targets.ts'
import type { ChangeStreamDocument, ChangeStreamOptions, OperationOptions, ResumeToken } from './types/index.ts'

/** What is watched. */
export interface WatchedPlace extends AggregatePlace {
  /** Whether it is all databases; default false. */
  readonly ofCluster?: boolean
}

export interface ChangeStreamEvents<TChange> {
  /** The server has opened the stream, or has opened it again. */
  init: ChangeStreamOpening
  change: TChange
  resumeTokenChanged: ResumeToken
  error: Error
  /** The server has told the last event. */
  end: undefined
  close: undefined
}

const channels = {
  init: undefined,
  change: undefined,
  resumeTokenChanged: undefined,
  error: undefined,
  end: undefined,
  close: undefined
}

/**
 * What is changed in a collection, a database or a deployment, event by event. It goes on by itself behind a failure that
 * allows it. Nothing is sent before it is read, opened by `open()` or listened to by `on('change')`; what is changed before that
 * is not told. Read it in one of two ways: by its methods, loops and streams, or by listeners.
 *
 * Ends when what is watched is gone (`invalidate`), with an error that does not let it go on, or by `close`. The read concern
 * is `majority`, or none. Prefer it to a pipeline with `$changeStream`, which does not go on by itself.
 * Source: the change streams specification.
 */
export class ChangeStream<TSchema extends Document = Document, TChange extends Document = ChangeStreamDocument<TSchema>>
  extends HubEmitter<ChangeStreamEvents<TChange>>
  implements AsyncIterable<TChange>
{
  /** Behind the stage that watches; a copy of the one that was given. */
  readonly pipeline: readonly Document[]
  readonly options: ChangeStreamOptions
  readonly #core: ClientCore
  readonly #place: WatchedPlace
  readonly #hub: EventHub<ChangeStreamEvents<TChange>>
  readonly #cursor: ResumingCursor
  readonly #reader: ChangeReader
  /** The caller's, or its own: all of its cursors have the same. */
  readonly #session: ExplicitSession
  #readBy: 'calls' | 'listeners' | undefined
  #isFlowing = false
  #hasEnded = false

  constructor(core: ClientCore, place: WatchedPlace, pipeline: readonly Document[], options: ChangeStreamOptions) {
    const hub = new EventHub<ChangeStreamEvents<TChange>>({ runtime: core.runtime, channels })
    super(hub, Object.keys(channels))
    refuseUnsupported(options)
    if ('explain' in options && options.explain !== undefined)
      throw new MongoInvalidArgumentError(
        'a change stream cannot be explained: explain the pipeline of an aggregate instead'
      )
    this.#core = core
    this.#hub = hub
    this.#place = place
    this.pipeline = [...pipeline]
    this.options = { ...options }
    this.#session =
      explicitSessionOf(options.session) ??
      new ExplicitSession(core.context, core.sessions, { causal: false, snapshot: false })
    this.#cursor = new ResumingCursor(core.context, core.cursors, this.#setup(), {
      opened: opening => this.#tellLater('init', opening),
      tokenChanged: token => this.#tellLater('resumeTokenChanged', token)
    })
    this.#reader = new ChangeReader(this.#cursor, () => this.#ended())
  }

  get namespace(): MongoDBNamespace {
    const { database, collection } = this.#place
    return new MongoDBNamespace(database, collection === 1 ? undefined : collection)
  }

  /**
   * Behind the event that was read last, or where the server has got to without one: as `resumeAfter` it lets another stream
   * go on there. Undefined: nothing is known yet. To store each, read it after every `tryNext`, or listen to `resumeTokenChanged`.
   */
  get resumeToken(): ResumeToken {
    return this.#cursor.resumeToken
  }

  /** Whether it has ended, and all that had come was read; or `close` was called. */
  get closed(): boolean {
    return this.#reader.isAtEnd()
  }

  /** How many events have come and not been read. */
  bufferedCount(): number {
    return this.#reader.count
  }

  /** Takes events that have come already, without asking the server. */
  readBufferedDocuments(count: number = this.bufferedCount()): TChange[] {
    this.#calls()
    return Array.from({ length: Math.min(count, this.bufferedCount()) }, () => this.#reader.take() as TChange)
  }

  /** Resolves when the server has the stream: what is changed from then on will be told. */
  async open(): Promise<this> {
    const opened = (answered: boolean): true | typeof more => {
      if (answered) return true
      if (this.#reader.isAtEnd()) throw isClosedError()
      return more
    }
    this.#core.start()
    await this.#reader.read(opened, 'opened')
    return this
  }

  /**
   * The next event, however long it takes; `timeoutMS` limits each call. After its time-out the stream can be read on.
   * @throws {MongoAPIError} when the stream has ended, before the call or while it waited.
   */
  next(): Promise<TChange> {
    return this.#read(() => {
      if (this.#reader.count > 0) return this.#reader.take() as TChange
      if (this.#reader.isAtEnd()) throw isClosedError()
      return more
    })
  }

  /** The next event that has come or comes with one answer; null if that brings none. */
  tryNext(): Promise<TChange | null> {
    return this.#read(answered => {
      if (this.#reader.count > 0) return this.#reader.take() as TChange
      if (this.#reader.isAtEnd()) throw isClosedError()
      return answered ? null : more
    }, 'answer')
  }

  /** Whether there is a next event: waits for one. False once the stream has ended. */
  hasNext(): Promise<boolean> {
    return this.#read(() => this.#lookForAny())
  }

  /** To the end of the stream; leaving the loop closes it. */
  [Symbol.asyncIterator](): AsyncGenerator<TChange, void, undefined> {
    return new CursorIterator<TChange>(
      () => this.#read(() => this.#step()),
      () => this.close()
    )
  }

  /** A stream of the events that come from here on, which resumes as this one does; destroying it closes this one. */
  stream(options: CursorStreamOptions<TChange> = {}): Readable & AsyncIterable<TChange> {
    if (this.closed) throw isClosedError()
    this.#calls()
    return streamOf(this.#core.runtime, this, options)
  }

  /** Lets the server forget it, within `timeoutMS` if that is given. Who waits for an event is told that it is closed. Never fails. */
  async close(options: Pick<OperationOptions, 'timeoutMS'> = {}): Promise<void> {
    await this.#reader.close(options.timeoutMS)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  // ───────────────────────── reading ─────────────────────────

  #setup(): ChangeStreamSetup {
    const { batchSize, comment, signal, timeoutMode, maxAwaitTimeMS } = this.options
    const { resumeAfter, startAfter, startAtOperationTime } = this.options
    const { timeoutMS = this.#core.options.timeoutMS } = this.#place
    const decodeOptions = decodeOptionsOf(this.#place)
    const times = { timeoutMS, timeoutMode, maxAwaitTimeMS }
    return {
      start: { resumeAfter, startAfter, startAtOperationTime },
      options: { ...times, batchSize, comment, signal, decodeOptions, session: this.#session },
      command: (start, accept) => {
        const site = this.#core.decodeSites.siteFor(`changes ${this.namespace.toString()}`)
        const stages = [{ $changeStream: this.#stage(start) }, ...this.pipeline]
        const place = { ...this.#place, purpose: 'watch' } as const
        return aggregateCommand(place, stages, batchSize, this.#further(), site, accept)
      }
    }
  }

  #stage(start: StartingPoint): Document {
    const { fullDocument, fullDocumentBeforeChange, showExpandedEvents } = this.options
    const allChangesForCluster = this.#place.ofCluster === true ? true : undefined
    const fields = { allChangesForCluster, fullDocument, fullDocumentBeforeChange, showExpandedEvents, ...start }
    return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  }

  #further(): Readonly<Record<string, unknown>> {
    const { allowDiskUse, bypassDocumentValidation, hint, collation, let: variables, comment } = this.options
    const maxTimeMS = serverLimit(this.#place, this.options.maxTimeMS)
    return { allowDiskUse, bypassDocumentValidation, hint, collation, let: variables, comment, maxTimeMS }
  }

  #read<Found>(
    look: (answered: boolean) => Found | typeof more,
    until: 'answer' | 'events' = 'events'
  ): Promise<Found> {
    try {
      this.#calls()
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)))
    }
    this.#core.start()
    return this.#reader.read(look, until)
  }

  #lookForAny(): boolean | typeof more {
    return this.#reader.count > 0 || (this.#reader.isAtEnd() ? false : more)
  }

  #step(): IteratorResult<TChange, void> | typeof more {
    if (this.#reader.count > 0) return { done: false, value: this.#reader.take() as TChange }
    return this.#reader.isAtEnd() ? { done: true, value: undefined } : more
  }

  #calls(): void {
    if (this.#readBy === 'listeners')
      throw new MongoAPIError('the change stream tells its events to listeners: it cannot be read by calls as well')
    this.#readBy = 'calls'
  }

  // ───────────────────────── listeners ─────────────────────────

  protected override willListen(kind: string | symbol): void {
    if (kind !== 'change') return
    if (this.#readBy === 'calls')
      throw new MongoAPIError('the change stream is read by calls: it cannot tell its events to listeners as well')
    this.#readBy = 'listeners'
    // Only then does the listener stand among the others.
    void Promise.resolve().then(() => this.#flow())
  }

  /** As long as somebody listens: an event that nobody would be told is not taken. */
  async #flow(): Promise<void> {
    if (this.#isFlowing || this.#hasEnded) return
    this.#isFlowing = true
    this.#core.start()
    try {
      while (this.listenerCount('change') > 0 && (await this.#has()))
        if (this.listenerCount('change') > 0) this.#hub.emit('change', this.#reader.take() as TChange)
    } catch (error) {
      this.#tellError(error)
    } finally {
      this.#isFlowing = false
      if (this.#hasEnded) this.#tellEnd()
    }
  }

  /** A time-out is told, and is not the end. */
  async #has(): Promise<boolean> {
    for (;;) {
      try {
        return await this.#reader.read(() => this.#lookForAny(), 'events')
      } catch (error) {
        if (!(error instanceof MongoOperationTimeoutError)) throw error
        this.#tellError(error)
      }
    }
  }

  /** One that nobody listens to is raised where the process sees it, as it is of any `EventEmitter`. */
  #tellError(error: unknown): void {
    if (this.listenerCount('error') === 0) throw error
    this.#hub.emit('error', error instanceof Error ? error : new Error(String(error), { cause: error }))
  }

  /** Where a reply is read no user's code may run: he may close the stream. */
  #tellLater<Kind extends 'init' | 'resumeTokenChanged'>(kind: Kind, event: ChangeStreamEvents<TChange>[Kind]): void {
    if (this.#hub.wanted[kind]) void Promise.resolve().then(() => this.#hub.emit(kind, event))
  }

  #ended(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    if (this.options.session === undefined || this.options.session === null)
      this.#session.end(this.#core.runtime.clock.nowMS())
    // Who tells events tells first what is left, and why it is the end.
    if (!this.#isFlowing) void Promise.resolve().then(() => this.#tellEnd())
  }

  #tellEnd(): void {
    if (this.#cursor.hasRunOut) this.#hub.emit('end', undefined)
    this.#hub.emit('close', undefined)
  }
}
