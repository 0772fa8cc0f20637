import type { ConnectionPool, PooledConnection, Waiter } from '../../src/pool/index.ts'
import type { VirtualRuntime } from '../../src/runtime/virtual/index.ts'
import type { ToldEvent } from './cmap_case.ts'

/** The pool of a case, the world it lives in, and what it has told so far. */
export interface PoolUnderTest {
  readonly runtime: VirtualRuntime
  readonly pool: ConnectionPool
  readonly events: readonly ToldEvent[]
  /** Ends what the case does not: sockets and the server. */
  stop(): Promise<void>
}

/** A check-out as a promise: what an operation does with callbacks. */
export class PoolCheckOut implements Waiter {
  waitPrevious: Waiter['waitPrevious'] = undefined
  waitNext: Waiter['waitNext'] = undefined
  waitQueue: Waiter['waitQueue'] = undefined
  waitDial: Waiter['waitDial'] = undefined
  waitSinceMS = 0
  readonly label = 'checkOut'
  readonly promise: Promise<PooledConnection>
  granted: (slot: PooledConnection) => void = () => undefined
  refused: (error: Error) => void = () => undefined

  constructor(pool: ConnectionPool) {
    this.promise = new Promise((resolve, reject) => {
      this.granted = resolve
      this.refused = reject
    })
    const slot = pool.checkOut(this)
    if (slot !== undefined) this.granted(slot)
  }
}
