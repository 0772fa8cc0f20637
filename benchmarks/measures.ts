/** What one run of a workload can tell of one side, with its unit. */
export interface Measures {
  /** User and system time of the client's process, garbage collection included. */
  cpuUS: number
  operationsPerSecond: number
  p50US: number
  p99US: number
  p999US: number
  /** Resident set of the process after the measured part. */
  rssMB: number
  /** Allocated on the heap. */
  bytes: number
  /** Made, those of the caller's own `await` included. */
  promises: number
  /** From the beginning to the end of what the workload does once. */
  elapsedMS: number
  /** Reachable on the heap for what the workload holds. */
  heldBytes: number
}

export type Measure = keyof Measures

/** `cpuUS`, `bytes` and `promises` are for an operation, or for the whole where a workload does one thing once. */
export type Measured = Partial<Measures>
