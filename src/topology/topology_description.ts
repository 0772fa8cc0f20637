/** What the client knows of the whole deployment. Immutable. Source: the server discovery and monitoring specification. */
import type { ObjectId } from '../bson/index.ts'
import { incompatibility } from '../connection/index.ts'
import type { ReadPreference } from '../options/index.ts'
import { canSelect, readSelector, writeSelector } from './selection.ts'
import { isDataBearing, type ServerDescription, unknownServer } from './server_description.ts'

export type TopologyType =
  | 'Unknown'
  | 'Single'
  | 'Sharded'
  | 'ReplicaSetNoPrimary'
  | 'ReplicaSetWithPrimary'
  | 'LoadBalanced'

/** Why a server left the topology. Kept for people: an emptied topology has nobody left to ask. */
export interface Removal {
  readonly address: string
  readonly reason: string
}

export interface TopologyFields {
  readonly type: TopologyType
  /** By address; seeds first, then in the order in which they were discovered. */
  readonly servers: ReadonlyMap<string, ServerDescription>
  readonly setName: string | undefined
  /** With `maxElectionId`, the newest that any primary has reported: tells stale primaries. */
  readonly maxSetVersion: number | undefined
  readonly maxElectionId: ObjectId | undefined
  /** How many servers the client was told of, by its user or by DNS; decides what a standalone means. */
  readonly seedCount: number
  readonly heartbeatFrequencyMS: number
  readonly lastRemoval: Removal | undefined
}

export interface TopologySettings {
  /** `host:port`, or a path to a Unix socket. */
  readonly seeds: readonly string[]
  readonly directConnection: boolean
  readonly loadBalanced: boolean
  readonly replicaSet: string | undefined
  readonly heartbeatFrequencyMS: number
}

export class TopologyDescription implements TopologyFields {
  readonly type: TopologyType
  readonly servers: ReadonlyMap<string, ServerDescription>
  readonly setName: string | undefined
  readonly maxSetVersion: number | undefined
  readonly maxElectionId: ObjectId | undefined
  readonly seedCount: number
  readonly heartbeatFrequencyMS: number
  readonly lastRemoval: Removal | undefined
  /** False while a server speaks none of this client's wire versions: every operation fails with `compatibilityError`. */
  readonly compatible: boolean
  readonly compatibilityError: string | undefined
  /** The least of the data-bearing servers'; undefined as soon as one of them has none. */
  readonly logicalSessionTimeoutMinutes: number | undefined

  constructor(fields: TopologyFields) {
    this.type = fields.type
    this.servers = fields.servers
    this.setName = fields.setName
    this.maxSetVersion = fields.maxSetVersion
    this.maxElectionId = fields.maxElectionId
    this.seedCount = fields.seedCount
    this.heartbeatFrequencyMS = fields.heartbeatFrequencyMS
    this.lastRemoval = fields.lastRemoval
    this.compatibilityError = compatibilityErrorOf(fields.servers)
    this.compatible = this.compatibilityError === undefined
    this.logicalSessionTimeoutMinutes = sessionTimeoutOf(fields.servers)
    Object.freeze(this)
  }

  /** Whether a server fits the read preference now; without one, whether the primary is there. */
  hasReadableServer(readPreference: ReadPreference = primaryOnly): boolean {
    return canSelect(this, readSelector(readPreference))
  }

  hasWritableServer(): boolean {
    return canSelect(this, writeSelector)
  }
}

const primaryOnly: ReadPreference = { mode: 'primary', tags: [], maxStalenessSeconds: -1 }

/** Before the first check. The number of seeds never decides the type. */
export function initialTopology(settings: TopologySettings): TopologyDescription {
  const addresses = settings.seeds.map(seedAddress)
  return new TopologyDescription({
    ...nothingKnown,
    type: initialType(settings),
    servers: new Map(addresses.map(address => [address, unknownServer(address)])),
    setName: settings.replicaSet,
    seedCount: settings.seeds.length,
    heartbeatFrequencyMS: settings.heartbeatFrequencyMS
  })
}

/** Unknown and without servers: what comes before the first description in events, and after the last one. */
export function emptyTopology(heartbeatFrequencyMS: number): TopologyDescription {
  return new TopologyDescription({ ...nothingKnown, servers: new Map(), heartbeatFrequencyMS })
}

const nothingKnown: Omit<TopologyFields, 'servers' | 'heartbeatFrequencyMS'> = {
  type: 'Unknown',
  setName: undefined,
  maxSetVersion: undefined,
  maxElectionId: undefined,
  seedCount: 0,
  lastRemoval: undefined
}

function initialType(settings: TopologySettings): TopologyType {
  if (settings.directConnection) return 'Single'
  if (settings.loadBalanced) return 'LoadBalanced'
  return settings.replicaSet === undefined ? 'Unknown' : 'ReplicaSetNoPrimary'
}

/** Host names mean the same in either case; paths do not. */
function seedAddress(seed: string): string {
  return seed.includes('/') ? seed : seed.toLowerCase()
}

function compatibilityErrorOf(servers: ReadonlyMap<string, ServerDescription>): string | undefined {
  for (const server of servers.values()) {
    const problem = incompatibility(server.address, server)
    if (problem !== undefined) return problem
  }
  return undefined
}

function sessionTimeoutOf(servers: ReadonlyMap<string, ServerDescription>): number | undefined {
  let least: number | undefined
  for (const server of servers.values()) {
    if (!isDataBearing(server)) continue
    const minutes = server.logicalSessionTimeoutMinutes
    if (minutes === undefined) return undefined
    if (least === undefined || minutes < least) least = minutes
  }
  return least
}
