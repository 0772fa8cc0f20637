import type { Document, Long } from '../bson/index.ts'
import { MongoCursorInUseError } from '../errors/index.ts'
import {
  type Activity,
  BatchCursor,
  type BatchReceiver,
  type Command,
  type CursorBatch,
  type CursorOptions,
  type FetchOptions,
  rejectedForCaller
} from '../operations/index.ts'
import type { Readable } from '../runtime/index.ts'
import type { ClientCore } from './core.ts'
import { type ChangeableOptions, optionOfFlag } from './cursor_changes.ts'
import { CursorIterator } from './cursor_iterator.ts'
import type { MongoDBNamespace } from './cursor_namespace.ts'
import { type CursorStreamOptions, streamOf } from './cursor_stream.ts'
import type { CursorFlag, OperationOptions } from './types/index.ts'

/** What a look finds when documents have to be fetched first. */
const more: unique symbol = Symbol('more')

interface ReadingOptions {
  readonly once?: boolean
  readonly throughShutdown?: boolean
  readonly closesAfterFailure?: boolean
}

const usualReading: ReadingOptions = {}
const loopReading: ReadingOptions = { closesAfterFailure: true }
const wholeReading: ReadingOptions = { throughShutdown: true, closesAfterFailure: true }

/** Somebody who reads: served at once if that can be, else in turn. */
interface Reader extends FetchOptions {
  /** Takes what it wants from the buffer. Runs none of the user's code, for it may be called where a reply has come. */
  readonly look: () => unknown
  readonly resolve: (value: unknown) => void
  /** What its fetches are part of. */
  readonly partOf: Activity | undefined
  readonly once: boolean
  /** Whether it goes on to the end by itself, so that nobody is left who would close the cursor. */
  readonly closesAfterFailure: boolean
}

/**
 * Documents as the server sends them, in batches. Nothing is sent before the first is asked for. Iterating it to the end,
 * leaving a loop early or `close` lets the server forget it. A tailable cursor has no end of its own: `next`, `hasNext` and
 * loops wait until a document comes, the server ends the cursor, or it is closed; `toArray` does not come back before.
 */
export abstract class AbstractCursor<TSchema> implements AsyncIterable<TSchema>, BatchReceiver {
  readonly #core: ClientCore
  #batches: BatchCursor | undefined
  #buffer: Document[] = []
  #next = 0
  #closed = false
  #transform: ((document: Document) => unknown) | undefined
  /** Those who wait for the fetch in progress; it is the first one's. */
  readonly #readers: Reader[] = []

  constructor(core: ClientCore) {
    this.#core = core
  }

  /** The command that opens it, from the options as they are when it is opened. */
  protected abstract open(): { readonly command: Command<CursorBatch>; readonly options: CursorOptions }

  /** Changes options before it is opened; what its command does not take is refused. */
  protected abstract change(options: ChangeableOptions): this

  /** One that has not been read, with the options as they are now and without what documents are mapped to. */
  abstract clone(): AbstractCursor<unknown>

  abstract get namespace(): MongoDBNamespace

  /** For setters: what has been sent cannot be changed. */
  protected refuseOnceOpen(what: string): void {
    if (this.#batches === undefined) return
    throw new MongoCursorInUseError(
      `${what} cannot be changed once the cursor has been read; change a clone() of it, or rewind() it first`
    )
  }

  /** Whether nothing more comes, and all that has come was read; or `close` was called. */
  get closed(): boolean {
    return this.#closed
  }

  /** Whether the server was told to give the cursor up. */
  get killed(): boolean {
    return this.#batches?.isKilled === true
  }

  /** The server's number of the cursor: undefined until the first reply; zero once the server does not have it any more. */
  get id(): Long | undefined {
    return this.#batches?.id
  }

  get loadBalanced(): boolean {
    return this.#core.options.loadBalanced
  }

  /** Documents in each of the server's replies. */
  batchSize(batchSize: number): this {
    return this.change({ batchSize })
  }

  /** Milliseconds of the server's own work; 0: no limit. */
  maxTimeMS(maxTimeMS: number): this {
    return this.change({ maxTimeMS })
  }

  withReadPreference(readPreference: NonNullable<ChangeableOptions['readPreference']>): this {
    return this.change({ readPreference })
  }

  withReadConcern(readConcern: NonNullable<ChangeableOptions['readConcern']>): this {
    return this.change({ readConcern })
  }

  addCursorFlag(flag: CursorFlag, value: boolean): this {
    return this.change(optionOfFlag(flag, value))
  }

  /** How many documents have come and not been read. */
  bufferedCount(): number {
    return this.#buffer.length - this.#next
  }

  /** Takes documents that have come already, without asking the server. */
  readBufferedDocuments(count: number = this.bufferedCount()): TSchema[] {
    return this.#transformedAll(this.#takeUpTo(count))
  }

  /** The next document, or null at the end. */
  next(): Promise<TSchema | null> {
    return this.#read(this.#lookForNext, this.#finishDocument)
  }

  /** The next document that has come or comes with one reply; null if that brings none. */
  tryNext(): Promise<TSchema | null> {
    let asked = false
    const look = (): Document | null | typeof more => {
      const found = this.#lookForNext()
      if (found !== more || asked) return found === more ? null : found
      asked = true
      return more
    }
    return this.#read(look, this.#finishDocument, { once: true })
  }

  hasNext(): Promise<boolean> {
    return this.#read(
      () => this.bufferedCount() > 0 || (this.#isAtEnd() ? false : more),
      has => has
    )
  }

  /** All documents from here on. A shutdown of the client lets it finish. */
  toArray(): Promise<TSchema[]> {
    let all: Document[] | undefined
    const look = (): Document[] | typeof more => {
      const documents = this.#takeUpTo(this.bufferedCount())
      // Not by spreading: a batch may have more documents than a call takes arguments.
      if (all === undefined) all = documents
      else for (const document of documents) all.push(document)
      return this.#isAtEnd() ? all : more
    }
    return this.#read(look, documents => this.#transformedAll(documents), wholeReading)
  }

  /** Calls `work` with each document; returning false ends it early. */
  async forEach(work: (document: TSchema) => unknown): Promise<void> {
    for await (const document of this) if (work(document) === false) return
  }

  /** The same documents, each put through `transform` when it is read. */
  map<Mapped>(transform: (document: TSchema) => Mapped): AbstractCursor<Mapped> {
    this.refuseOnceOpen('what documents are mapped to')
    const earlier = this.#transform
    this.#transform = document => transform((earlier === undefined ? document : earlier(document)) as TSchema)
    return this as unknown as AbstractCursor<Mapped>
  }

  /**
   * A stream of the documents that come from here on. It asks as it is read, and holds no more than it was told; destroying
   * it closes the cursor.
   */
  stream(options: CursorStreamOptions<TSchema> = {}): Readable & AsyncIterable<TSchema> {
    return streamOf(this.#core.runtime, this, options)
  }

  /** To the state before it was read, with the same options: reading it again asks the server again. */
  rewind(): void {
    if (this.#readers.length > 0)
      throw new MongoCursorInUseError('the cursor cannot be rewound while it is read; wait for what reads from it')
    void this.#batches?.close()
    this.#batches = undefined
    this.#closed = false
    this.#buffer = []
    this.#next = 0
  }

  /**
   * Lets the server forget it, within `timeoutMS` if that is given. What has come is not given any more, and who waits for
   * documents is told that there are none. Never fails.
   */
  async close(options: Pick<OperationOptions, 'timeoutMS'> = {}): Promise<void> {
    this.#closed = true
    this.#buffer = []
    this.#next = 0
    await this.#batches?.close(undefined, options.timeoutMS)
  }

  [Symbol.asyncIterator](): AsyncGenerator<TSchema, void, undefined> {
    return this.#iterated(this.#lookForNext, document => this.#transformed(document))
  }

  /**
   * The documents as they come, an array for each reply that has some: what is left of a batch that was begun first. The
   * cheapest way through many documents.
   */
  batches(): AsyncGenerator<TSchema[], void, undefined> {
    const look = (): Document[] | null | typeof more =>
      this.bufferedCount() > 0 ? this.#takeUpTo(this.bufferedCount()) : this.#isAtEnd() ? null : more
    return this.#iterated(look, documents => this.#transformedAll(documents))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** A loop does not end what it reads from when that fails: here it has to end, should the user's `map` have thrown. */
  #iterated<Found, Item>(
    look: () => Found | null | typeof more,
    make: (found: Found) => Item
  ): AsyncGenerator<Item, void, undefined> {
    const finish = (found: Found | null): IteratorResult<Item, void> => {
      if (found === null) return { done: true, value: undefined }
      try {
        return { done: false, value: make(found) }
      } catch (error) {
        void this.close()
        throw error
      }
    }
    return new CursorIterator(
      () => this.#read(look, finish, loopReading),
      () => this.close()
    )
  }

  // ───────────────────────── reading ─────────────────────────

  /**
   * What `look` finds, after as many fetches as it takes, made into what is promised by `finish`, which may run the user's
   * `map`: therefore in the caller's own turn, never where a reply is read. `once`: one reply is enough. `throughShutdown`:
   * a client that shuts down lets it go on to the end, where there is one. `closesAfterFailure`:
   * a cursor that is still open then.
   */
  #read<Found, Value>(
    look: () => Found | typeof more,
    finish: (found: Found) => Value,
    reading: ReadingOptions = usualReading
  ): Promise<Value> {
    try {
      const found = this.#readers.length === 0 ? look() : more
      if (found !== more) return Promise.resolve(finish(found))
      const { throughShutdown = false } = reading
      const batches = this.#opened()
      const partOf = throughShutdown && !batches.isTailable ? batches : undefined
      if (this.#transform !== undefined) return this.#fetched<Found>(look, partOf, reading).then(finish)
      const lookLater = (): Value | typeof more => {
        const later = look()
        return later === more ? more : finish(later)
      }
      return this.#fetched<Value>(lookLater, partOf, reading)
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #fetched<Value>(
    look: () => Value | typeof more,
    partOf: Activity | undefined,
    { once = false, closesAfterFailure = false }: ReadingOptions
  ): Promise<Value> {
    return new Promise<Value>(resolve => {
      const context = this.#core.context.commandMonitor.callersContext()
      const reader: Reader = {
        look,
        resolve: resolve as (value: unknown) => void,
        partOf,
        once,
        closesAfterFailure,
        context
      }
      this.#readers.push(reader)
      if (this.#readers.length === 1) this.#fetchFor(reader)
    })
  }

  #fetchFor(reader: Reader): void {
    const { activities } = this.#core.context
    if (reader.partOf !== undefined && !activities.closing) activities.enter(reader.partOf)
    this.#opened().fetch(this, reader)
  }

  received(documents: Document[]): void {
    if (!this.#closed) {
      this.#buffer = documents
      this.#next = 0
    }
    this.#serveReaders()
  }

  /** Told to who caused the fetch; the others look for themselves what is left. */
  failed(reason: unknown): void {
    const reader = this.#leave()
    if (reader?.closesAfterFailure === true && this.#batches?.isOpen === true) void this.#batches.close()
    reader?.resolve(rejectedForCaller(reason))
    this.#serveReaders()
  }

  #serveReaders(): void {
    for (let reader = this.#readers[0]; reader !== undefined; reader = this.#readers[0]) {
      const found = reader.look()
      if (found === more) {
        this.#fetchFor(reader)
        return
      }
      this.#leave()?.resolve(found)
    }
  }

  #leave(): Reader | undefined {
    const reader = this.#readers.shift()
    if (reader?.partOf !== undefined) this.#core.context.activities.leave(reader.partOf)
    return reader
  }

  #opened(): BatchCursor {
    if (this.#batches === undefined) {
      const { command, options } = this.open()
      this.#core.start()
      const { timeoutMS = this.#core.options.timeoutMS } = options
      this.#batches = new BatchCursor(this.#core.context, this.#core.cursors, command, { ...options, timeoutMS })
    }
    return this.#batches
  }

  /** Whether there is nothing more to fetch. Once there is not, the cursor counts as closed. */
  #isAtEnd(): boolean {
    if (this.#batches?.isExhausted === true) this.#closed = true
    return this.#closed
  }

  readonly #lookForNext = (): Document | null | typeof more => {
    if (this.#next < this.#buffer.length) return this.#buffer[this.#next++] as Document
    return this.#isAtEnd() ? null : more
  }

  readonly #finishDocument = (found: Document | null): TSchema | null =>
    found === null ? null : this.#transformed(found)

  #takeUpTo(count: number): Document[] {
    const buffer = this.#buffer
    const end = Math.min(this.#next + count, buffer.length)
    const whole = this.#next === 0 && end === buffer.length
    const documents = whole ? buffer : buffer.slice(this.#next, end)
    if (whole) {
      this.#buffer = []
      this.#next = 0
    } else this.#next = end
    return documents
  }

  #transformed(document: Document): TSchema {
    return (this.#transform === undefined ? document : this.#transform(document)) as TSchema
  }

  #transformedAll(documents: Document[]): TSchema[] {
    const transform = this.#transform
    return (transform === undefined ? documents : documents.map(document => transform(document))) as TSchema[]
  }
}
