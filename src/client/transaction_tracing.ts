import type { ClientTracer, ExplicitSession } from '../operations/index.ts'

/** The spans of a session's transactions: one for each of them, and one for all tries of a `withTransaction`. */
export class TransactionTracing {
  readonly #tracer: ClientTracer | undefined
  readonly #session: ExplicitSession
  /** What the next transaction is, or this one: a try of a `withTransaction`, whose first one begins its span. */
  #trial: 'none' | 'first' | 'begun' = 'none'

  constructor(tracer: ClientTracer | undefined, session: ExplicitSession) {
    this.#tracer = tracer
    this.#session = session
  }

  /** A transaction has begun. */
  begun(): void {
    if (this.#trial === 'begun') return
    if (this.#trial === 'first') this.#trial = 'begun'
    this.#session.transactionTrace = this.#tracer?.transactionBegins()
  }

  /** It has ended. `failure`: why it could not be committed. */
  ended(failure?: { readonly reason: unknown }): void {
    if (this.#trial !== 'begun') this.#session.transactionTrace?.ended(failure)
  }

  /** What all tries of a `withTransaction` come to. */
  async trials<Result>(work: () => Promise<Result>): Promise<Result> {
    // Within another one of the same session it will be refused.
    if (this.#trial !== 'none') return work()
    this.#trial = 'first'
    try {
      const result = await work()
      this.#trialsEnded()
      return result
    } catch (reason) {
      this.#trialsEnded({ reason })
      throw reason
    }
  }

  #trialsEnded(failure?: { readonly reason: unknown }): void {
    const hasBegun = this.#trial === 'begun'
    this.#trial = 'none'
    if (hasBegun) this.ended(failure)
  }
}
