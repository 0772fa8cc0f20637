import type { ConnectionPurpose, SocketActivity } from '../connection/index.ts'
import type { Membership, PinHolder } from '../pool/index.ts'
import type { ClientCore } from './core.ts'

/** One socket of a client at one moment. */
export interface ConnectionRow {
  /** `host:port` of the server. */
  readonly address: string
  readonly purpose: ConnectionPurpose
  /** What the socket is doing: a monitor's waits for a reply nearly all the time, that being how it learns of changes. */
  readonly activity: SocketActivity
  /** Of a pool's connection: its number there, from 1. */
  readonly connectionId: number | undefined
  /** Since the dial began. */
  readonly ageMS: number
  /** Of a pool's connection: where it stands. */
  readonly state: Membership | undefined
  /** While in use: the command, and how long. */
  readonly inUseFor: string | undefined
  readonly inUseMS: number | undefined
  /** While in use behind a load balancer: what has it to itself from one command to the next. */
  readonly pinnedFor: PinHolder | undefined
}

export function connectionRows({ sockets, topology }: ClientCore): ConnectionRow[] {
  const pooled = new Map(
    [...topology.servers.values()].flatMap(({ address, pool }) =>
      pool.connections().map(row => [`${address} ${row.connectionId}`, row] as const)
    )
  )
  return sockets.list().map(({ id, address, purpose, activity, ageMS }) => {
    const row = purpose === 'pool' ? pooled.get(`${address} ${id}`) : undefined
    return {
      address,
      purpose,
      activity,
      connectionId: purpose === 'pool' ? id : undefined,
      ageMS,
      state: purpose === 'pool' ? (row?.state ?? 'closed') : undefined,
      inUseFor: row?.inUseFor,
      inUseMS: row?.inUseMS,
      pinnedFor: row?.pinnedFor
    }
  })
}
