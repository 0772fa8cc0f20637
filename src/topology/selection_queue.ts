import type { Selector } from './selection.ts'
import type { Server } from './server.ts'

/** Somebody who needs a server. An operation implements it, so that waiting allocates nothing. */
export interface SelectionWaiter {
  selectPrevious: SelectionWaiter | undefined
  selectNext: SelectionWaiter | undefined
  /** The queue it stands in, or undefined. */
  selectQueue: SelectionQueue | undefined
  readonly selector: Selector
  /** Addresses where an earlier attempt failed. */
  readonly deprioritised: ReadonlySet<string>
  /** For whom the server is. Asked only while somebody listens. */
  readonly operationName: string
  /** Asked only while somebody listens. */
  readonly operationId: number | undefined
  /** How long it will wait from now on; undefined: without limit. Asked only while somebody listens. */
  readonly selectionLimitMS: number | undefined
  selected(server: Server): void
  unselected(error: Error): void
}

/** Those for whom no server is suitable now, in the order in which they came. Leaving from anywhere is O(1). */
export class SelectionQueue {
  size = 0
  #head: SelectionWaiter | undefined = undefined
  #tail: SelectionWaiter | undefined = undefined

  join(waiter: SelectionWaiter): void {
    waiter.selectQueue = this
    waiter.selectPrevious = this.#tail
    waiter.selectNext = undefined
    if (this.#tail === undefined) this.#head = waiter
    else this.#tail.selectNext = waiter
    this.#tail = waiter
    this.size++
  }

  leave(waiter: SelectionWaiter): void {
    if (waiter.selectPrevious === undefined) this.#head = waiter.selectNext
    else waiter.selectPrevious.selectNext = waiter.selectNext
    if (waiter.selectNext === undefined) this.#tail = waiter.selectPrevious
    else waiter.selectNext.selectPrevious = waiter.selectPrevious
    waiter.selectPrevious = undefined
    waiter.selectNext = undefined
    waiter.selectQueue = undefined
    this.size--
  }

  /** A copy: whoever is served acts at once, and may join again. */
  waiting(): SelectionWaiter[] {
    const waiters: SelectionWaiter[] = []
    for (let waiter = this.#head; waiter !== undefined; waiter = waiter.selectNext) waiters.push(waiter)
    return waiters
  }
}
