import { ClientOptions, MongoClient } from '../../client/index.ts'
import type { Runtime } from '../../runtime/index.ts'

/** A deployment that cannot be reached is given up after so long, whatever its connection string says. */
export const reachMSMax = 6_000

const advice = 'Start that deployment or mend MONGODB_URI; without MONGODB_URI the demo runs on a set of its own.'

/**
 * Resolves when the deployment of `MONGODB_URI` has a server for the demo, or when `stop` is aborted. Opens no connection of
 * a pool.
 * @throws {Error} that says why it has none, and what to do.
 */
export async function reach(uri: string, runtime: Runtime, stop: AbortSignal): Promise<void> {
  let client: MongoClient | undefined
  try {
    const options = ClientOptions.parse(uri)
    const givenMS = options.serverSelectionTimeoutMS ?? 0
    options.serverSelectionTimeoutMS = givenMS > 0 ? Math.min(givenMS, reachMSMax) : reachMSMax
    // The demo's own client tells the same warnings, where they can be seen.
    options.runtime = { ...runtime, warn: () => undefined }
    client = new MongoClient(options)
    await client.connect({ signal: stop })
  } catch (error) {
    if (stop.aborted) return
    const message = error instanceof Error ? error.message : String(error)
    throw new Error(`MONGODB_URI: ${message}\n${advice}`, { cause: error })
  } finally {
    await client?.close()
  }
}
