import type { Document } from '../bson/index.ts'
import { MongoCursorExhaustedError, MongoInvalidArgumentError } from '../errors/index.ts'
import { BatchCursor, type Command, type CursorBatch, type CursorOptions } from '../operations/index.ts'
import type { ClientCore } from './core.ts'

/**
 * Documents as the server sends them, in batches. Nothing is sent before the first is asked for. Iterating it to the end,
 * leaving a loop early or `close` lets the server forget it.
 */
export abstract class AbstractCursor<TSchema> implements AsyncIterable<TSchema> {
  readonly #core: ClientCore
  #batches: BatchCursor | undefined
  #buffer: Document[] = []
  #next = 0
  #closed = false
  #transform: ((document: Document) => unknown) | undefined

  constructor(core: ClientCore) {
    this.#core = core
  }

  /** The command that opens it, from the options as they are when it is opened. */
  protected abstract open(): { readonly command: () => Command<CursorBatch>; readonly options: CursorOptions }

  /** For setters: what has been sent cannot be changed. */
  protected refuseOnceOpen(what: string): void {
    if (this.#batches !== undefined)
      throw new MongoInvalidArgumentError(`${what} cannot be changed once the cursor has been read; make a new cursor`)
  }

  get closed(): boolean {
    return this.#closed
  }

  /** How many documents have come and not been read. */
  bufferedCount(): number {
    return this.#buffer.length - this.#next
  }

  /** Takes documents that have come already, without asking the server. */
  readBufferedDocuments(count: number = this.bufferedCount()): TSchema[] {
    const end = Math.min(this.#next + count, this.#buffer.length)
    const documents = this.#buffer.slice(this.#next, end)
    this.#next = end
    return documents.map(document => this.#transformed(document))
  }

  /** The next document, or null at the end. */
  async next(): Promise<TSchema | null> {
    if (this.#closed && this.bufferedCount() === 0) return null
    while (this.bufferedCount() === 0) if (!(await this.#fetch())) return null
    return this.#take()
  }

  /** The next document that has come or comes with one reply; null if that brings none. */
  async tryNext(): Promise<TSchema | null> {
    if (this.bufferedCount() === 0 && !this.#closed) await this.#fetch()
    return this.bufferedCount() === 0 ? null : this.#take()
  }

  async hasNext(): Promise<boolean> {
    while (this.bufferedCount() === 0) if (!(await this.#fetch())) return false
    return true
  }

  /** All documents from here on. A shutdown of the client lets it finish. */
  async toArray(): Promise<TSchema[]> {
    const { activities } = this.#core.context
    const batches = this.#opened()
    const documents = this.readBufferedDocuments()
    if (batches.isExhausted || this.#closed) return documents
    if (!activities.closing) activities.enter(batches)
    try {
      while (!batches.isExhausted)
        for (const document of await batches.fetch(batches)) documents.push(this.#transformed(document))
    } finally {
      this.#closed = true
      activities.leave(batches)
    }
    return documents
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

  /** Lets the server forget it. What has come is not given any more. Never fails. */
  async close(): Promise<void> {
    this.#closed = true
    this.#buffer = []
    this.#next = 0
    await this.#batches?.close()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TSchema, void, undefined> {
    try {
      for (;;) {
        while (this.bufferedCount() > 0) yield this.#take()
        if (!(await this.#fetch())) return
      }
    } finally {
      await this.close()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
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

  /** Whether there may be more. */
  async #fetch(): Promise<boolean> {
    if (this.#closed) return false
    const batches = this.#opened()
    if (batches.isExhausted) {
      this.#closed = true
      return false
    }
    this.#buffer = await batches.fetch()
    this.#next = 0
    return true
  }

  #take(): TSchema {
    const document = this.#buffer[this.#next++]
    if (document === undefined) throw new MongoCursorExhaustedError('The cursor has no further document')
    return this.#transformed(document)
  }

  #transformed(document: Document): TSchema {
    return (this.#transform === undefined ? document : this.#transform(document)) as TSchema
  }
}
