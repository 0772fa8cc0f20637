import type { CheckOutFailure, CloseReason } from './port.ts'

/** What has happened in a pool since it was made. They only grow. */
export interface PoolCounters {
  connectionsCreated: number
  connectionsReady: number
  connectionsClosed: Record<CloseReason, number>
  checkOutsStarted: number
  /** Served by an idle connection, without waiting. */
  checkedOutAtOnce: number
  checkedOutAfterWait: number
  checkOutsFailed: Record<CheckOutFailure, number>
  /** Of the failed ones with reason `connectionError`: those that the caller's signal ended. */
  checkOutsAborted: number
  checkedIn: number
  /** Time that check-outs waited, whether they were served or failed. */
  waitedMS: number
  /** How often the pool was cleared while it was ready. */
  cleared: number
}

export function newCounters(): PoolCounters {
  return {
    connectionsCreated: 0,
    connectionsReady: 0,
    connectionsClosed: { stale: 0, idle: 0, error: 0, poolClosed: 0 },
    checkOutsStarted: 0,
    checkedOutAtOnce: 0,
    checkedOutAfterWait: 0,
    checkOutsFailed: { timeout: 0, connectionError: 0, poolClosed: 0 },
    checkOutsAborted: 0,
    checkedIn: 0,
    waitedMS: 0,
    cleared: 0
  }
}
