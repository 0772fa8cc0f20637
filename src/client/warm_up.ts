import type { PoolSnapshot } from '../pool/index.ts'
import { isDataBearing } from '../topology/index.ts'
import type { ClientCore } from './core.ts'

/** What a warm-up found, for each server that bears data. */
export interface WarmUpResult {
  readonly address: string
  /** Connections that are open now. */
  readonly connections: number
  readonly minPoolSize: number
  /** Why the last dial failed, where the minimum was not reached at the end. */
  readonly error: Error | undefined
}

const lookAgainMS = 10

/**
 * Waits until each pool of a server that bears data has `minPoolSize` connections, or until a dial of each pool that lacks
 * some has failed. Rejects with the signal's reason.
 */
export async function warmUp(core: ClientCore, signal: AbortSignal | undefined): Promise<WarmUpResult[]> {
  core.start()
  const { timers, clock } = core.runtime
  for (;;) {
    signal?.throwIfAborted()
    const pools = dataBearingPools(core)
    if (pools.length > 0 && pools.every(pool => isFull(pool) || pool.lastDialError !== undefined))
      return pools.map(pool => ({
        address: pool.address,
        connections: pool.available + pool.checkedOut,
        minPoolSize: pool.minPoolSize,
        error: isFull(pool) ? undefined : pool.lastDialError
      }))
    await new Promise<void>(resolve => {
      timers.create(resolve).armAt(clock.nowMS() + lookAgainMS)
    })
  }
}

function dataBearingPools(core: ClientCore): PoolSnapshot[] {
  const servers = [...core.topology.servers.values()]
  return servers.filter(({ description }) => isDataBearing(description)).map(({ pool }) => pool.snapshot())
}

function isFull({ available, checkedOut, minPoolSize }: PoolSnapshot): boolean {
  return available + checkedOut >= minPoolSize
}
