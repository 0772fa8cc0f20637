import type { Document } from '../bson/index.ts'
import { MongoAPIError, MongoChangeStreamError } from '../errors/index.ts'
import { type BatchReceiver, rejectedForCaller, type Until } from '../operations/index.ts'
import type { CallersContext } from '../runtime/index.ts'

/** What a look finds when events have to be fetched first. */
export const more: unique symbol = Symbol('more')

/** Where events come from. */
export interface ChangeSource {
  readonly isExhausted: boolean
  callersContext(): CallersContext | undefined
  fetch(receiver: BatchReceiver, until: Until, context: CallersContext | undefined): void
  returned(id: unknown, isLast: boolean): void
  close(timeoutMS?: number): Promise<void>
}

/** Somebody who reads: served at once if that can be, else in turn. */
interface Reader {
  /** Takes what it wants. Runs none of the user's code, for it may be called where a reply has come. */
  readonly look: (answered: boolean) => unknown
  readonly until: Until
  readonly context: CallersContext | undefined
  readonly resolve: (value: unknown) => void
}

/**
 * The events of one batch, and who waits for more of them: one fetch at a time, and none before the last batch was taken, so
 * that no more than a batch is held.
 */
export class ChangeReader implements BatchReceiver {
  readonly #cursor: ChangeSource
  /** Told once, when nothing more will be read. */
  readonly #ended: () => void
  readonly #readers: Reader[] = []
  #buffer: Document[] = []
  #next = 0
  #isClosed = false

  constructor(cursor: ChangeSource, ended: () => void) {
    this.#cursor = cursor
    this.#ended = ended
  }

  /** Whether nothing more will be read. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  get count(): number {
    return this.#buffer.length - this.#next
  }

  /** The next event that has come, of which there has to be one. @throws {MongoChangeStreamError} when it has no token. */
  take(): Document {
    const event = this.#buffer[this.#next++] as Document
    const token: unknown = event['_id']
    if (token === undefined || token === null) {
      void this.close()
      throw new MongoChangeStreamError(
        'an event came without a resume token, behind which the stream could be resumed: keep _id in the pipeline as it is'
      )
    }
    this.#cursor.returned(token, this.count === 0)
    return event
  }

  /**
   * What `look` finds, after as many fetches as it takes. It is told whether a fetch has been answered for it.
   */
  read<Found>(look: (answered: boolean) => Found | typeof more, until: Until): Promise<Found> {
    let found: Found | typeof more = more
    try {
      if (this.#readers.length === 0) found = look(false)
    } catch (error) {
      return rejectedForCaller(error)
    }
    if (found !== more) return Promise.resolve(found)
    return new Promise<Found>(resolve => {
      const context = this.#cursor.callersContext()
      const reader: Reader = { look, until, context, resolve: resolve as (value: unknown) => void }
      this.#readers.push(reader)
      if (this.#readers.length === 1) this.#cursor.fetch(this, until, context)
    })
  }

  /** Whether there is nothing to fetch any more. Once there is not, the stream counts as closed. */
  isAtEnd(): boolean {
    if (!this.#isClosed && this.count === 0 && this.#cursor.isExhausted) this.#end()
    return this.#isClosed
  }

  received(documents: Document[]): void {
    if (!this.#isClosed && documents.length > 0) {
      this.#buffer = documents
      this.#next = 0
    }
    this.#serve(true)
  }

  /** Told to who caused the fetch; the others look for themselves what is left. */
  failed(reason: unknown): void {
    const reader = this.#readers.shift()
    if (this.#cursor.isExhausted) this.#end()
    reader?.resolve(rejectedForCaller(reason))
    this.#serve(false)
  }

  /** What has come is not given any more. Who waits is served at once what a look finds then. */
  async close(timeoutMS?: number): Promise<void> {
    this.#buffer = []
    this.#next = 0
    this.#isClosed = true
    const closed = this.#cursor.close(timeoutMS)
    this.#serve(false)
    await closed
    this.#end()
  }

  #end(): void {
    this.#isClosed = true
    this.#ended()
  }

  #serve(answered: boolean): void {
    let first = answered
    for (let reader = this.#readers.shift(); reader !== undefined; reader = this.#readers.shift()) {
      let found: unknown
      try {
        found = reader.look(first)
      } catch (error) {
        found = rejectedForCaller(error)
      }
      first = false
      if (found === more) {
        this.#readers.unshift(reader)
        this.#cursor.fetch(this, reader.until, reader.context)
        return
      }
      reader.resolve(found)
    }
  }
}

export function isClosedError(): MongoAPIError {
  return new MongoAPIError(
    'The change stream is closed: watch again, with the resumeToken that it had as resumeAfter, to go on behind it'
  )
}
