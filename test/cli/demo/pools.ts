import type { PoolRow } from '../../../src/client/index.ts'

/** A pool that nothing has happened in, but for what is given. */
export function poolRow(given: Partial<PoolRow>): PoolRow {
  return {
    address: '127.0.0.1:27017',
    serverType: 'RSPrimary',
    state: 'ready',
    draining: false,
    generation: 0,
    maxPoolSize: 20,
    minPoolSize: 1,
    maxConnecting: 3,
    total: 0,
    available: 0,
    pending: 0,
    checkedOut: 0,
    checkedOutByCursors: 0,
    checkedOutByTransactions: 0,
    waiting: 0,
    longestWaitMS: 0,
    lastClearCause: undefined,
    lastDialError: undefined,
    counters: {
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
    },
    ...given
  }
}
