import type { DeadlineEntry } from '../runtime/index.ts'
import type { Abortable } from './abort_watch.ts'
import type { OperationContext } from './context.ts'

export interface PauseOwner {
  /** The time is over. */
  rested(nowMS: number): void
  /** The signal was aborted. */
  aborted(reason: unknown): void
}

/** A while in which nothing happens, between two commands of a cursor. It tells its owner one thing, once. */
export class Pause implements DeadlineEntry, Abortable {
  deadlineMS = 0
  deadlinePrevious: DeadlineEntry | undefined = undefined
  deadlineNext: DeadlineEntry | undefined = undefined
  deadlineList: unknown = undefined
  readonly #context: Pick<OperationContext, 'deadlines' | 'aborts'>
  readonly #owner: PauseOwner
  readonly #signal: AbortSignal | undefined

  /** The signal has not been aborted yet. */
  constructor(
    context: Pick<OperationContext, 'deadlines' | 'aborts'>,
    durationMS: number,
    signal: AbortSignal | undefined,
    owner: PauseOwner
  ) {
    this.#context = context
    this.#owner = owner
    this.#signal = signal
    context.deadlines.add(this, durationMS)
    if (signal !== undefined) context.aborts.join(signal, this)
  }

  expired(nowMS: number): void {
    if (this.#signal !== undefined) this.#context.aborts.leave(this.#signal, this)
    this.#owner.rested(nowMS)
  }

  aborted(reason: unknown): void {
    this.end()
    this.#owner.aborted(reason)
  }

  /** The owner is told nothing. */
  end(): void {
    this.#context.deadlines.remove(this)
    if (this.#signal !== undefined) this.#context.aborts.leave(this.#signal, this)
  }
}
