import type { ConnectionPool } from '../pool/index.ts'
import type { ServerDescription } from './server_description.ts'

/** What watches one server; made and driven by the topology. */
export interface ServerMonitor {
  start(): void
  /** Ends for good, whatever it is doing. A check in progress is told as failed. */
  stop(): void
  /** Checks soon: never sooner than the least time between checks. Requests during a check are served by that check. */
  requestCheck(): void
  /** The socket is as good as dead: ends the check in progress, and waits like after one that failed. */
  cancelCheck(): void
}

/** Whom a monitor tells. Each call is one step: descriptions, pools and events change together. */
export interface MonitorOwner {
  /** `roundTripTimeMS`: averages over the samples so far, undefined while there are none. */
  checkSucceeded(reply: unknown, roundTripTimeMS: number | undefined, minRoundTripTimeMS: number | undefined): void
  /** Whether the server is asked once more, at once. */
  checkFailed(error: Error): { readonly retryAtOnce: boolean }
  roundTripMeasured(roundTripTimeMS: number, minRoundTripTimeMS: number): void
}

/** One server of the topology, with its pool and its monitor. */
export class Server {
  readonly address: string
  readonly pool: ConnectionPool
  /** None behind a load balancer. */
  readonly monitor: ServerMonitor | undefined
  description: ServerDescription
  /** Operations between their selection of this server and their end. Raised by the topology, lowered by the operation. */
  operationCount = 0

  constructor(description: ServerDescription, pool: ConnectionPool, monitor: ServerMonitor | undefined) {
    this.address = description.address
    this.description = description
    this.pool = pool
    this.monitor = monitor
  }
}
