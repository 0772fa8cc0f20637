import { pinLost } from './failures.ts'
import type { Withdrawal } from './port.ts'
import type { PinHolder, PooledConnection } from './slots.ts'
import { type Waiter, WaitQueue } from './wait_queue.ts'

/** Where an operation gets its connection from, and gives it back to. */
export interface ConnectionSource {
  /** One at once; else undefined, and one of `granted` and `refused` is called, perhaps before this returns. */
  checkOut(waiter: Waiter): PooledConnection | undefined
  checkIn(slot: PooledConnection, nowMS?: number): void
  /** The waiter gives up and is refused with `cause`. False: it has been served or refused before. */
  withdraw(waiter: Waiter, why: Withdrawal, cause: Error): boolean
}

/**
 * A connection that stays checked out from one operation to the next, since behind a load balancer it alone reaches the
 * backend that has a cursor or a transaction. To its pool it is one check-out, which lasts until the holder lets go; the
 * holder's operations get it here, one after the other, in the order in which they ask.
 * Source: the load balancers specification, "Connection Pinning".
 */
export class PinnedConnection implements ConnectionSource {
  readonly holder: PinHolder
  readonly #source: ConnectionSource
  readonly #slot: PooledConnection
  readonly #queue = new WaitQueue()
  /** Whether an operation runs on it: at first the one that it was checked out for. */
  #busy = true
  #serving = false
  #released = false

  /** `slot`: in use by an operation that got it from `source`, and will give it back here. */
  constructor(source: ConnectionSource, slot: PooledConnection, holder: PinHolder) {
    this.#source = source
    this.#slot = slot
    this.holder = holder
    slot.pinnedFor = holder
  }

  /** Whether nobody runs on it at the moment. */
  get isFree(): boolean {
    return !this.#busy
  }

  /** Whether it still leads to what its holder has there. */
  get isWhole(): boolean {
    return !this.#released && this.#slot.connection?.broken === undefined
  }

  checkOut(waiter: Waiter): PooledConnection | undefined {
    if (!this.isWhole) {
      waiter.refused(this.#lost(waiter))
      return undefined
    }
    if (!this.#busy) return this.#use(waiter)
    this.#queue.join(waiter)
    return undefined
  }

  checkIn(_slot: PooledConnection, nowMS?: number): void {
    this.#busy = false
    this.#serve(nowMS)
  }

  withdraw(waiter: Waiter, _why: Withdrawal, cause: Error): boolean {
    if (waiter.waitQueue !== this.#queue) return false
    this.#queue.leave(waiter)
    waiter.refused(cause)
    return true
  }

  /**
   * The holder needs it no more. It goes back to the pool once nobody runs on it and nobody who asked before waits for it.
   * Nothing happens when somebody else says so, or the second time.
   */
  release(holder: PinHolder): void {
    if (holder !== this.holder || this.#released) return
    this.#released = true
    this.#slot.pinnedFor = undefined
    if (!this.#busy) this.#serve()
  }

  /** Who is served may be done before `granted` returns: then this loop goes on, rather than another one within it. */
  #serve(nowMS?: number): void {
    if (this.#serving) return
    this.#serving = true
    try {
      for (let waiter = this.#queue.head; waiter !== undefined && !this.#busy; waiter = this.#queue.head) {
        this.#queue.leave(waiter)
        if (this.#slot.connection?.broken === undefined) waiter.granted(this.#use(waiter))
        else waiter.refused(this.#lost(waiter))
      }
    } finally {
      this.#serving = false
    }
    if (this.#released && !this.#busy) this.#source.checkIn(this.#slot, nowMS)
  }

  #use(waiter: Waiter): PooledConnection {
    this.#busy = true
    this.#slot.inUseFor = waiter.label
    return this.#slot
  }

  #lost({ label }: Waiter): Error {
    return pinLost(label, this.holder, this.#slot)
  }
}
