import { MongoInvalidArgumentError } from '../errors/index.ts'
import { Fifo } from './fifo.ts'
import type { EventsLost, StreamOptions } from './hub.ts'

const highWaterMarkDefault = 1000

interface Reader<Item> {
  resolve(result: IteratorResult<Item, undefined>): void
  reject(reason: unknown): void
}

/**
 * Events as an async iterator, with a bounded buffer between the hub that pushes and a reader that takes its time. What
 * is lost is always the oldest, so the report of it always stands before what is buffered.
 */
export class EventStream<Event> implements AsyncIterableIterator<Event | EventsLost, undefined> {
  readonly #highWaterMark: number
  readonly #signal: AbortSignal | undefined
  readonly #leave: () => void
  readonly #abortListener = (): void => this.abort()
  readonly #buffer = new Fifo<Event>()
  readonly #readers = new Fifo<Reader<Event | EventsLost>>()
  #lost = 0
  /** False once nothing is taken in any more; what is buffered can still be read. */
  #open = true
  #failure: { readonly reason: unknown } | undefined

  /** `leave` is called when the stream takes no more events; a second call must do no harm. */
  constructor(options: StreamOptions, leave: () => void) {
    this.#highWaterMark = checkedHighWaterMark(options.highWaterMark)
    this.#signal = options.signal
    this.#leave = leave
    this.#signal?.addEventListener('abort', this.#abortListener)
  }

  push(event: Event): void {
    if (!this.#open) return
    const reader = this.#readers.shift()
    if (reader !== undefined) return reader.resolve({ done: false, value: event })
    if (this.#buffer.size === this.#highWaterMark) {
      this.#buffer.shift()
      this.#lost += 1
    }
    this.#buffer.push(event)
  }

  /** No more events; what is buffered is read first. */
  end(): void {
    this.#open = false
    this.#signal?.removeEventListener('abort', this.#abortListener)
    this.#leave()
    for (let reader = this.#readers.shift(); reader !== undefined; reader = this.#readers.shift())
      reader.resolve({ done: true, value: undefined })
  }

  /** Ends at once by the signal's reason: every pending `next()` rejects with it, or else the next one does, once. */
  abort(): void {
    const reason: unknown = this.#signal?.reason
    this.#discard()
    if (this.#readers.size === 0) this.#failure = { reason }
    for (let reader = this.#readers.shift(); reader !== undefined; reader = this.#readers.shift()) reader.reject(reason)
    this.end()
  }

  next(): Promise<IteratorResult<Event | EventsLost, undefined>> {
    const failure = this.#failure
    if (failure !== undefined) {
      this.#failure = undefined
      return Promise.reject(failure.reason)
    }
    if (this.#lost > 0) {
      const lost: EventsLost = Object.freeze({ kind: 'eventsLost', count: this.#lost })
      this.#lost = 0
      return Promise.resolve({ done: false, value: lost })
    }
    if (this.#buffer.size > 0) return Promise.resolve({ done: false, value: this.#buffer.shift() as Event })
    if (!this.#open) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }))
  }

  /** Unsubscribes; a loop that is left by `break`, `return` or an error calls it. */
  return(): Promise<IteratorResult<Event | EventsLost, undefined>> {
    this.#discard()
    this.#failure = undefined
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #discard(): void {
    this.#buffer.clear()
    this.#lost = 0
  }
}

function checkedHighWaterMark(value: number = highWaterMarkDefault): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new MongoInvalidArgumentError(
    `highWaterMark is ${String(value)}; it is the number of unread events that are kept, an integer from 1 (default ${highWaterMarkDefault})`
  )
}
