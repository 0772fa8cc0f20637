import type { PooledConnection } from './slots.ts'
import type { Waiter } from './wait_queue.ts'

/**
 * What waiters and interrupted operations are told once a step of the machine is over, in the order in which the machine
 * decided it. Being told makes them act, and so begin further steps; what those add is told after what stands here.
 */
export class Settlements {
  /** Parallel columns rather than objects: waiting is on the way of every operation of a busy service. */
  readonly #whom: (Waiter | undefined)[] = []
  readonly #connections: (PooledConnection | undefined)[] = []
  readonly #errors: (Error | undefined)[] = []
  #running = false

  grant(waiter: Waiter, slot: PooledConnection): void {
    this.#add(waiter, slot, undefined)
  }

  refuse(waiter: Waiter, error: Error): void {
    this.#add(waiter, undefined, error)
  }

  interrupt(slot: PooledConnection, error: Error): void {
    this.#add(undefined, slot, error)
  }

  run(): void {
    if (this.#running || this.#whom.length === 0) return
    this.#running = true
    const faults: unknown[] = []
    for (let index = 0; index < this.#whom.length; index++) {
      try {
        this.#settle(this.#whom[index], this.#connections[index], this.#errors[index])
      } catch (fault) {
        // A fault in one operation must not leave the others behind it waiting for ever.
        faults.push(fault)
      }
    }
    this.#whom.length = 0
    this.#connections.length = 0
    this.#errors.length = 0
    this.#running = false
    if (faults.length > 0) throw faults[0]
  }

  #settle(waiter: Waiter | undefined, slot: PooledConnection | undefined, error: Error | undefined): void {
    if (waiter === undefined) {
      if (error !== undefined) slot?.connection?.abandon(error)
    } else if (error !== undefined) waiter.refused(error)
    else if (slot !== undefined) waiter.granted(slot)
  }

  #add(waiter: Waiter | undefined, slot: PooledConnection | undefined, error: Error | undefined): void {
    this.#whom.push(waiter)
    this.#connections.push(slot)
    this.#errors.push(error)
  }
}
