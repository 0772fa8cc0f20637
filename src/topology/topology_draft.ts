/** A topology description while one outcome is worked into it. Lives for one call. */
import type { ObjectId } from '../bson/index.ts'
import { MongoDriverError } from '../errors/index.ts'
import { type ServerDescription, unknownServer } from './server_description.ts'
import { type Removal, TopologyDescription, type TopologyType } from './topology_description.ts'

/** From MongoDB 6.0 on, the election counts more than the version of the configuration. */
const electionIdFirstSinceWireVersion = 17

export class TopologyDraft {
  readonly previous: TopologyDescription
  readonly servers: Map<string, ServerDescription>
  /** Addresses of primaries that a newer one has replaced. */
  readonly staleMarked: string[] = []
  type: TopologyType
  setName: string | undefined
  seedCount: number
  #maxSetVersion: number | undefined
  #maxElectionId: ObjectId | undefined
  #lastRemoval: Removal | undefined

  constructor(topology: TopologyDescription) {
    this.previous = topology
    this.servers = new Map(topology.servers)
    this.type = topology.type
    this.setName = topology.setName
    this.seedCount = topology.seedCount
    this.#maxSetVersion = topology.maxSetVersion
    this.#maxElectionId = topology.maxElectionId
    this.#lastRemoval = topology.lastRemoval
  }

  remove(address: string, reason: string): void {
    this.servers.delete(address)
    this.#lastRemoval = Object.freeze({ address, reason })
  }

  checkIfHasPrimary(): void {
    const hasPrimary = [...this.servers.values()].some(server => server.type === 'RSPrimary')
    this.type = hasPrimary ? 'ReplicaSetWithPrimary' : 'ReplicaSetNoPrimary'
  }

  markStale(old: ServerDescription, primary: ServerDescription): void {
    const error = new MongoDriverError(
      `primary marked stale due to discovery of newer primary: ${primary.address}, ${electionText(primary)}`
    )
    this.servers.set(old.address, unknownServer(old.address, error, old.lastUpdateMS))
    this.staleMarked.push(old.address)
  }

  /** Why a server that says it is primary has been succeeded by another; undefined if it has not. */
  stalenessOf(primary: ServerDescription): Error | undefined {
    const stale = electionIdFirst(primary) ? this.#electionIsOlder(primary) : this.#configurationIsOlder(primary)
    if (!stale) return undefined
    const newest = electionText({ electionId: this.#maxElectionId, setVersion: this.#maxSetVersion })
    return new MongoDriverError(
      `primary marked stale due to electionId/setVersion mismatch, ${electionText(primary)} is stale compared to ${newest}`
    )
  }

  /** Remembers the election of a primary that is not stale. The version of the configuration may go back since 6.0. */
  recordElection(primary: ServerDescription): void {
    const { electionId, setVersion } = primary
    if (electionIdFirst(primary)) {
      this.#maxElectionId = electionId
      this.#maxSetVersion = setVersion
      return
    }
    if (setVersion === undefined) return
    if (electionId !== undefined) this.#maxElectionId = electionId
    this.#maxSetVersion = Math.max(setVersion, this.#maxSetVersion ?? setVersion)
  }

  finished(): TopologyDescription {
    return new TopologyDescription({
      type: this.type,
      servers: this.servers,
      setName: this.setName,
      maxSetVersion: this.#maxSetVersion,
      maxElectionId: this.#maxElectionId,
      seedCount: this.seedCount,
      heartbeatFrequencyMS: this.previous.heartbeatFrequencyMS,
      lastRemoval: this.#lastRemoval
    })
  }

  #electionIsOlder({ electionId, setVersion }: ServerDescription): boolean {
    const order = compareElectionIds(electionId, this.#maxElectionId)
    return order < 0 || (order === 0 && compareNumbers(setVersion, this.#maxSetVersion) < 0)
  }

  #configurationIsOlder({ electionId, setVersion }: ServerDescription): boolean {
    if (electionId === undefined || setVersion === undefined) return false
    if (this.#maxElectionId === undefined || this.#maxSetVersion === undefined) return false
    if (setVersion !== this.#maxSetVersion) return setVersion < this.#maxSetVersion
    return compareElectionIds(electionId, this.#maxElectionId) < 0
  }
}

function electionIdFirst({ maxWireVersion }: ServerDescription): boolean {
  return (maxWireVersion ?? 0) >= electionIdFirstSinceWireVersion
}

function electionText({ electionId, setVersion }: Pick<ServerDescription, 'electionId' | 'setVersion'>): string {
  return `(electionId ${electionId?.toHexString() ?? 'none'}, setVersion ${setVersion ?? 'none'})`
}

/** Twelve bytes, most significant first, which hexadecimal digits keep in order. None is less than any. */
function compareElectionIds(a: ObjectId | undefined, b: ObjectId | undefined): number {
  const one = a?.toHexString() ?? ''
  const other = b?.toHexString() ?? ''
  if (one === other) return 0
  return one < other ? -1 : 1
}

function compareNumbers(a: number | undefined, b: number | undefined): number {
  if (a === b) return 0
  return a === undefined || (b !== undefined && a < b) ? -1 : 1
}
