import { MongoDriverError, MongoError, type MongoErrorOptions } from './base.ts'

/** The connection failed: refused, reset, closed, or out of time. */
export class MongoNetworkError extends MongoError {}

/** The connection failed because the peer did not answer in time. */
export class MongoNetworkTimeoutError extends MongoNetworkError {}

/**
 * What a pool looked like at one moment: the figures in a time-out's text. Times are milliseconds.
 * `pending + available + inUse` is the number of connections.
 */
export interface PoolCondition {
  /** `host:port` */
  readonly address: string
  readonly state: 'paused' | 'ready' | 'closed'
  readonly generation: number
  /** 0: no limit. */
  readonly maxPoolSize: number
  readonly maxConnecting: number
  readonly inUse: number
  /** Connections in use by command name. */
  readonly inUseBy: Readonly<Record<string, number>>
  /** Whether a load balancer was declared: then open cursors and transactions have a connection each to themselves. */
  readonly loadBalanced: boolean
  /** Connections in use that open cursors have to themselves; 0 without a load balancer. */
  readonly inUseByCursors: number
  /** The same of transactions. */
  readonly inUseByTransactions: number
  /** How long the longest check-out has lasted; undefined when nothing is in use. */
  readonly oldestInUseMS: number | undefined
  readonly available: number
  readonly pending: number
  /** Check-outs in the queue, the failed one included. */
  readonly waiting: number
  readonly waitedMS: number
  /** Why the last dial failed, if no later one succeeded. */
  readonly lastDialError: Error | undefined
}

/** A check-out waited longer than `waitQueueTimeoutMS`. `pool` has every figure of the text. */
export class MongoWaitQueueTimeoutError extends MongoDriverError {
  readonly address: string
  readonly pool: PoolCondition

  constructor(message: string, pool: PoolCondition) {
    super(message)
    this.address = pool.address
    this.pool = pool
  }
}

/** The pool was cleared, or has not become ready since. The operation was never sent: a retry is safe. */
export class MongoPoolClearedError extends MongoNetworkError {
  readonly address: string

  constructor(message: string, address: string, options?: MongoErrorOptions) {
    super(message, options)
    this.address = address
  }
}

/** A check-out from a pool that was closed. */
export class MongoPoolClosedError extends MongoDriverError {
  readonly address: string

  constructor(message: string, address: string) {
    super(message)
    this.address = address
  }
}

/** No server fit the read preference, or the write, in time. `reason` is the topology's description at that moment. */
export class MongoServerSelectionError extends MongoError {
  readonly reason: unknown

  constructor(message: string, reason: unknown, options?: MongoErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}
