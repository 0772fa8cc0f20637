import type { PooledConnection } from './slots.ts'

/**
 * Somebody who waits for a connection: an operation implements it, so that waiting allocates nothing. The fields whose
 * names begin with `wait` are the queue's.
 */
export interface Waiter {
  waitPrevious: Waiter | undefined
  waitNext: Waiter | undefined
  /** The queue it stands in, or undefined. */
  waitQueue: WaitQueue | undefined
  /** The dial whose failure it will be told. */
  waitDial: PooledConnection | undefined
  waitSinceMS: number
  /** The command's name, for people: errors, snapshots, lists of connections. */
  readonly label: string
  granted(slot: PooledConnection): void
  refused(error: Error): void
}

/**
 * First come, first served; leaving from anywhere is O(1).
 *
 * It also says who is told when a dial fails. Dials belong to the pool and serve whoever is first, but with k dials
 * pending, each of the first k waiters owns one. `#frontier` is the first waiter without a dial: all before it own one,
 * none after it does. Dials are spare only while every waiter owns one.
 */
export class WaitQueue {
  head: Waiter | undefined = undefined
  size = 0
  #tail: Waiter | undefined = undefined
  #frontier: Waiter | undefined = undefined
  readonly #spare = new Set<PooledConnection>()

  /** Dials that no waiter owns. */
  get spareDials(): ReadonlySet<PooledConnection> {
    return this.#spare
  }

  join(waiter: Waiter): void {
    waiter.waitQueue = this
    waiter.waitPrevious = this.#tail
    waiter.waitNext = undefined
    if (this.#tail === undefined) this.head = waiter
    else this.#tail.waitNext = waiter
    this.#tail = waiter
    this.size++
    this.#frontier ??= waiter
    if (this.#spare.size === 0) return
    const [dial] = this.#spare
    if (dial === undefined) return
    this.#spare.delete(dial)
    this.dialStarted(dial)
  }

  /** The waiter's dial passes to the first waiter without one, or becomes spare. */
  leave(waiter: Waiter): void {
    if (this.#frontier === waiter) this.#frontier = waiter.waitNext
    if (waiter.waitPrevious === undefined) this.head = waiter.waitNext
    else waiter.waitPrevious.waitNext = waiter.waitNext
    if (waiter.waitNext === undefined) this.#tail = waiter.waitPrevious
    else waiter.waitNext.waitPrevious = waiter.waitPrevious
    waiter.waitPrevious = undefined
    waiter.waitNext = undefined
    waiter.waitQueue = undefined
    this.size--
    const dial = waiter.waitDial
    if (dial !== undefined) {
      waiter.waitDial = undefined
      this.dialStarted(dial)
    }
  }

  /** The first waiter without a dial owns this one. */
  dialStarted(dial: PooledConnection): void {
    const waiter = this.#frontier
    dial.owner = waiter
    if (waiter === undefined) this.#spare.add(dial)
    else {
      waiter.waitDial = dial
      this.#frontier = waiter.waitNext
    }
  }

  /**
   * The dial has landed: the first waiter leaves and is returned. If another one owned the dial, it takes over the dial
   * that the first one owned, so that the first waiters go on owning the dials that are left.
   */
  dialLanded(dial: PooledConnection): Waiter | undefined {
    const owner = this.#release(dial)
    const first = this.head
    if (first === undefined) return undefined
    if (owner !== undefined && owner !== first && first.waitDial !== undefined) {
      owner.waitDial = first.waitDial
      owner.waitDial.owner = owner
      first.waitDial = undefined
    }
    this.leave(first)
    return first
  }

  /** The dial has failed: its owner leaves and is returned, if it has one. */
  dialFailed(dial: PooledConnection): Waiter | undefined {
    const owner = this.#release(dial)
    if (owner !== undefined) this.leave(owner)
    return owner
  }

  /** The pool ends the dial: its owner, if it has one, stays and owns none. Only for when no waiter is to be dialled for. */
  dialEnded(dial: PooledConnection): void {
    this.#release(dial)
  }

  #release(dial: PooledConnection): Waiter | undefined {
    const owner = dial.owner
    if (owner === undefined) this.#spare.delete(dial)
    else {
      dial.owner = undefined
      owner.waitDial = undefined
    }
    return owner
  }
}
