import { readPreferenceFrom } from '../options/index.ts'
import type { PoolSnapshot } from '../pool/index.ts'
import { isDataBearing } from '../topology/index.ts'
import type { ClientCore } from './core.ts'
import { waitForServer } from './wait_for_server.ts'

/** What a warm-up found, for each server that bears data. */
export interface WarmUpResult {
  readonly address: string
  /** Connections that are open now. */
  readonly connections: number
  readonly minPoolSize: number
  /** Why the last dial failed, where the minimum was not reached at the end. */
  readonly error: Error | undefined
}

const anyServer = readPreferenceFrom('nearest')

/** What can change the answer. */
const telling = ['connectionReady', 'connectionClosed', 'connectionPoolClosed', 'serverDescriptionChanged'] as const

/**
 * Waits until each pool of a server that bears data has `minPoolSize` connections, or until a dial of each pool that lacks
 * some has failed. Rejects with the signal's reason, or when no server bears data within `serverSelectionTimeoutMS`.
 */
export async function warmUp(core: ClientCore, signal: AbortSignal | undefined): Promise<WarmUpResult[]> {
  for (;;) {
    await waitForServer(core, anyServer, signal)
    const pools = dataBearingPools(core)
    if (pools.every(pool => isFull(pool) || pool.lastDialError !== undefined))
      return pools.map(pool => ({
        address: pool.address,
        connections: pool.available + pool.checkedOut,
        minPoolSize: pool.minPoolSize,
        error: isFull(pool) ? undefined : pool.lastDialError
      }))
    await nextChange(core, signal)
  }
}

function nextChange({ hub }: ClientCore, signal: AbortSignal | undefined): Promise<void> {
  return new Promise(resolve => {
    const happened = (): void => {
      for (const end of ends) end()
      signal?.removeEventListener('abort', happened)
      resolve()
    }
    const ends = telling.map(kind => hub.subscribe(kind, happened))
    signal?.addEventListener('abort', happened)
  })
}

function dataBearingPools(core: ClientCore): PoolSnapshot[] {
  const servers = [...core.topology.servers.values()]
  return servers.filter(({ description }) => isDataBearing(description)).map(({ pool }) => pool.snapshot())
}

function isFull({ available, checkedOut, minPoolSize }: PoolSnapshot): boolean {
  return available + checkedOut >= minPoolSize
}
