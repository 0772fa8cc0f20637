import { Fifo, isThenable, messageOf } from '../events/index.ts'
import type { Runtime } from '../runtime/index.ts'
import { messagesDropped } from './messages.ts'
import { type LogRecord, type LogSink, recordOf } from './record.ts'

/** How many records wait for a sink that takes its time. */
export const recordsWaitingMax = 10_000

/**
 * Hands records to a sink, which is the user's code: one after the other, and whatever it does nothing else is disturbed.
 * While a promise of the sink is pending, records wait; of too many the oldest are dropped, counted, and told of in their
 * place.
 */
export class LogOutlet {
  readonly #sink: LogSink
  readonly #runtime: Pick<Runtime, 'clock' | 'warn'>
  readonly #waiting = new Fifo<LogRecord>()
  /** While the sink is called, or its promise is pending. */
  #busy = false
  #droppedCount = 0
  #reported = false

  constructor(sink: LogSink, runtime: Pick<Runtime, 'clock' | 'warn'>) {
    this.#sink = sink
    this.#runtime = runtime
  }

  push(record: LogRecord): void {
    if (this.#waiting.size === recordsWaitingMax) {
      this.#waiting.shift()
      this.#droppedCount++
    }
    this.#waiting.push(record)
    this.#pour()
  }

  #pour(): void {
    while (!this.#busy) {
      const record = this.#next()
      if (record === undefined) return
      this.#busy = true
      const pending = this.#write(record)
      if (pending === undefined) this.#busy = false
      else void pending.then(() => this.#written())
    }
  }

  #next(): LogRecord | undefined {
    const count = this.#droppedCount
    if (count === 0) return this.#waiting.shift()
    this.#droppedCount = 0
    return recordOf(messagesDropped(count, recordsWaitingMax), this.#runtime.clock.epochMS())
  }

  #written(): void {
    this.#busy = false
    this.#pour()
  }

  /** Undefined: done. The promise never rejects. */
  #write(record: LogRecord): Promise<unknown> | undefined {
    try {
      const result = this.#sink.write(record)
      if (!isThenable(result)) return undefined
      return Promise.resolve(result).catch((thrown: unknown) => this.#report(thrown))
    } catch (thrown) {
      this.#report(thrown)
      return undefined
    }
  }

  #report(thrown: unknown): void {
    if (this.#reported) return
    this.#reported = true
    this.#runtime.warn(
      `mongodbLogPath: writing a log message failed: ${messageOf(thrown)}. Everything else went on; further failures of it are not reported.`,
      'CENOTE_LOG_FAILED'
    )
  }
}
