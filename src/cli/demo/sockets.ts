import type { MongoClient } from '../../client/index.ts'
import type { Deployment } from '../../embedded/index.ts'
import type { Runtime } from '../../runtime/index.ts'
import { pause } from './pause.ts'

/** The client's sockets of one server at one moment. */
export interface ServerSockets {
  readonly address: string
  /** As the server counts them, where it can be asked: now, and all that were ever opened. */
  readonly byServer: { readonly open: number; readonly opened: number } | undefined
  /** As the client counts them. */
  readonly pool: number
  readonly monitoring: number
}

export function socketsNow(client: MongoClient, deployment: Deployment | undefined): ServerSockets[] {
  const rows = client.connections()
  const addresses = new Set([
    ...(deployment?.members.map(({ address }) => address) ?? client.pools().map(({ address }) => address)),
    ...rows.map(({ address }) => address)
  ])
  return Array.from(addresses, address => {
    const counted = deployment?.members.find(member => member.address === address)?.connections()
    const ofServer = rows.filter(row => row.address === address)
    const pool = ofServer.filter(({ purpose }) => purpose === 'pool').length
    return {
      address,
      byServer: counted === undefined ? undefined : { open: counted.current, opened: counted.created },
      pool,
      monitoring: ofServer.length - pool
    }
  })
}

/** Servers notice a moment later that a client has closed its sockets. */
const noticeMSMax = 2_000
const lookAgainMS = 5

/** Address → sockets that are open once the client has ended, as its servers count them, or else the client. */
export async function socketsLeft(
  client: MongoClient,
  deployment: Deployment | undefined,
  runtime: Runtime
): Promise<Map<string, number>> {
  const { clock } = runtime
  const untilMS = clock.nowMS() + noticeMSMax
  for (;;) {
    const left = new Map(
      socketsNow(client, deployment).map(row => [row.address, row.byServer?.open ?? row.pool + row.monitoring])
    )
    if ([...left.values()].every(count => count === 0) || clock.nowMS() >= untilMS) return left
    await pause(runtime, lookAgainMS)
  }
}
