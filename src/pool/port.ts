import type { ObjectId } from '../bson/index.ts'
import type { PooledConnection } from './slots.ts'
import type { Waiter } from './wait_queue.ts'

/** Why a connection was closed, in the words of the connection pooling specification. */
export type CloseReason = 'stale' | 'idle' | 'error' | 'poolClosed'

/** Why a check-out failed, in the words of the connection pooling specification. */
export type CheckOutFailure = 'timeout' | 'connectionError' | 'poolClosed'

/** Why a waiter leaves before it is served. */
export type Withdrawal = 'aborted' | 'deadline'

/** Who clears, with what cause, and how far it goes, is decided in one place above the pool. */
export interface Clear {
  readonly cause: Error
  /** Operations on connections of an older generation end now (a monitor's check ran out of time). */
  readonly interruptInUse: boolean
  /** Behind a load balancer only: clears one backend's connections and pauses nothing. */
  readonly serviceId?: ObjectId
}

/**
 * Everything the machine causes. Calls come in the order in which they are to be told. None may call the machine back:
 * whoever implements it settles waiters and interrupted operations after the step.
 */
export interface PoolPort {
  poolReady(): void
  poolCleared(clear: Clear): void
  poolClosed(): void
  checkOutStarted(): void
  connectionReady(slot: PooledConnection, durationMS: number): void
  checkedIn(slot: PooledConnection): void
  /** Handed out at once, to the caller of `checkOut`. */
  checkedOut(slot: PooledConnection): void
  /** Tells the creation and begins to establish. */
  dial(slot: PooledConnection): void
  /** Tells the close, and ends the socket or the dial. */
  drop(slot: PooledConnection, reason: CloseReason, error: Error | undefined): void
  /** Tells the check-out; the waiter gets the connection after the step. */
  serve(waiter: Waiter, slot: PooledConnection, waitedMS: number): void
  /** Tells the failure; the waiter gets the same error after the step. */
  fail(waiter: Waiter, failure: CheckOutFailure, cause: Error | undefined, waitedMS: number): void
  /** The operation on this connection, which was dropped just now, fails after the step. */
  interrupt(slot: PooledConnection, cause: Error | undefined): void
  /** Replaces the time of the next `woke`. `Infinity`: nothing can expire. */
  arm(atMS: number): void
}
