/**
 * How one outcome changes the topology: the specification's table of server type by topology type, and its actions.
 * Source: the server discovery and monitoring specification.
 */
import { MongoDriverError } from '../errors/index.ts'
import {
  isDataBearing,
  sameServerDescription,
  type ServerDescription,
  type ServerType,
  unknownServer
} from './server_description.ts'
import { TopologyDraft } from './topology_draft.ts'
import type { TopologyDescription, TopologyType } from './topology_description.ts'
import { descriptionIsStale } from './topology_version.ts'

/** How many servers a topology may grow to on the word of members that are not primary. */
export const discoveredServersMax = 1000

export interface DescriptionChange {
  readonly previous: ServerDescription
  readonly next: ServerDescription
}

/** What a shell has to do, in this order: descriptions, pools and monitors in one step, then events. */
export interface TopologyUpdate {
  readonly previous: TopologyDescription
  /** `previous` itself if the outcome was ignored. */
  readonly next: TopologyDescription
  /** Whether a topology description changed event is due: a new round-trip time alone is no change. */
  readonly changed: boolean
  /** Server description changed events, in order. */
  readonly descriptionChanges: readonly DescriptionChange[]
  readonly serversAdded: readonly string[]
  readonly serversRemoved: readonly string[]
  /** Primaries that turned out to be stale. They are checked at once; their pools are not cleared. */
  readonly serversToCheck: readonly string[]
  /** The server's pool becomes ready (again). */
  readonly poolReady: boolean
}

/** Applies the outcome of a check, or the Unknown that an error left. An outcome that came too late changes nothing. */
export function applyServerDescription(topology: TopologyDescription, outcome: ServerDescription): TopologyUpdate {
  const current = topology.servers.get(outcome.address)
  if (current === undefined || current === outcome) return unchanged(topology)
  if (descriptionIsStale(current.topologyVersion, outcome.topologyVersion)) return unchanged(topology)
  const draft = new TopologyDraft(topology)
  const server = topology.type === 'Single' ? withWantedSetName(topology, outcome) : outcome
  draft.servers.set(server.address, server)
  actions[topology.type][server.type](draft, server)
  return updateFrom(draft, server)
}

/**
 * Applies what a poll of the SRV record found. Servers still listed stay as they are. With `srvMaxHosts` above 0 new ones
 * are drawn by chance for the places that became free. An empty list, or a topology that is no longer polled, changes
 * nothing. Source: the specification of polling SRV records for mongos discovery.
 */
export function applySrvHosts(
  topology: TopologyDescription,
  listed: readonly string[],
  srvMaxHosts: number,
  chance: { fraction(): number }
): TopologyUpdate {
  if (!isPolled(topology) || listed.length === 0) return unchanged(topology)
  const hosts = new Set(listed.map(host => host.toLowerCase()))
  const draft = new TopologyDraft(topology)
  for (const address of topology.servers.keys()) {
    if (!hosts.has(address)) draft.remove(address, 'its SRV record no longer lists it')
  }
  const fresh = [...hosts].filter(host => !draft.servers.has(host))
  const places = srvMaxHosts === 0 ? fresh.length : Math.max(0, srvMaxHosts - draft.servers.size)
  for (const host of chooseHosts(fresh, places, chance)) draft.servers.set(host, unknownServer(host))
  draft.seedCount = draft.servers.size
  const update = updateFrom(draft, undefined)
  return update.changed || draft.seedCount !== topology.seedCount ? update : unchanged(topology)
}

/** Whether an SRV record goes on deciding what servers there are. Once it does not, it never will again. */
export function isPolled({ type }: TopologyDescription): boolean {
  return type === 'Unknown' || type === 'Sharded'
}

/** `count` of the hosts, each equally likely; all of them, in their order, if there are no more. */
export function chooseHosts<Host>(
  hosts: readonly Host[],
  count: number,
  chance: { fraction(): number }
): readonly Host[] {
  if (hosts.length <= count) return hosts
  const shuffled = [...hosts]
  for (let place = 0; place < count; place++) {
    const other = place + Math.floor(chance.fraction() * (shuffled.length - place))
    const moved = shuffled[place] as Host
    shuffled[place] = shuffled[other] as Host
    shuffled[other] = moved
  }
  return shuffled.slice(0, count)
}

type Action = (draft: TopologyDraft, server: ServerDescription) => void

const keep: Action = () => {}
const checkIfHasPrimary: Action = draft => draft.checkIfHasPrimary()

/** Server type by topology type; every action runs after the server's description was replaced. */
const actions: Readonly<Record<TopologyType, Readonly<Record<ServerType, Action>>>> = {
  Single: everyType(keep),
  LoadBalanced: everyType(keep),
  Unknown: {
    ...everyType(keep),
    Standalone: updateUnknownWithStandalone,
    Mongos: draft => {
      draft.type = 'Sharded'
    },
    RSPrimary: updateFromPrimary,
    RSSecondary: updateWithoutPrimary,
    RSArbiter: updateWithoutPrimary,
    RSOther: updateWithoutPrimary
  },
  Sharded: { ...everyType(removeForeigner), Unknown: keep, Mongos: keep },
  ReplicaSetNoPrimary: {
    ...everyType(keep),
    Standalone: removeForeigner,
    Mongos: removeForeigner,
    RSPrimary: updateFromPrimary,
    RSSecondary: updateWithoutPrimary,
    RSArbiter: updateWithoutPrimary,
    RSOther: updateWithoutPrimary
  },
  ReplicaSetWithPrimary: {
    ...everyType(checkIfHasPrimary),
    Standalone: removeForeigner,
    Mongos: removeForeigner,
    RSPrimary: updateFromPrimary,
    RSSecondary: updateWithPrimaryFromMember,
    RSArbiter: updateWithPrimaryFromMember,
    RSOther: updateWithPrimaryFromMember
  }
}

function everyType(action: Action): Record<ServerType, Action> {
  return {
    Unknown: action,
    Standalone: action,
    Mongos: action,
    RSPrimary: action,
    RSSecondary: action,
    RSArbiter: action,
    RSOther: action,
    RSGhost: action,
    LoadBalancer: action
  }
}

/** A client that was given a set's name and one address must not talk to another set there. */
function withWantedSetName(topology: TopologyDescription, server: ServerDescription): ServerDescription {
  if (topology.setName === undefined || server.type === 'Unknown' || server.setName === topology.setName) return server
  const error = new MongoDriverError(
    `${server.address} ${foundSet(server)}, not of "${topology.setName}" as was asked for`
  )
  return unknownServer(server.address, error, server.lastUpdateMS)
}

function foundSet(server: ServerDescription): string {
  return server.setName === undefined
    ? 'is no member of a replica set'
    : `is a member of replica set "${server.setName}"`
}

/** The number of seeds decides, not that of servers: with several, somebody restarted a member as a standalone. */
function updateUnknownWithStandalone(draft: TopologyDraft, server: ServerDescription): void {
  if (draft.seedCount === 1) draft.type = 'Single'
  else draft.remove(server.address, 'it is a standalone server, and the client was given several addresses')
}

function removeForeigner(draft: TopologyDraft, server: ServerDescription): void {
  const wanted = draft.type === 'Sharded' ? 'a sharded cluster' : 'a replica set'
  draft.remove(server.address, `it is of type ${server.type}, in ${wanted}`)
  if (draft.type === 'ReplicaSetWithPrimary') draft.checkIfHasPrimary()
}

function updateFromPrimary(draft: TopologyDraft, primary: ServerDescription): void {
  if (!adoptSetName(draft, primary)) return draft.checkIfHasPrimary()
  const staleness = draft.stalenessOf(primary)
  if (staleness !== undefined) {
    draft.servers.set(primary.address, unknownServer(primary.address, staleness, primary.lastUpdateMS))
    return draft.checkIfHasPrimary()
  }
  draft.recordElection(primary)
  for (const other of draft.servers.values()) {
    if (other.type === 'RSPrimary' && other.address !== primary.address) draft.markStale(other, primary)
  }
  const members = membersOf(primary)
  addServers(draft, members)
  for (const address of draft.servers.keys()) {
    if (!members.has(address)) draft.remove(address, `the primary ${primary.address} does not list it as a member`)
  }
  draft.checkIfHasPrimary()
}

function updateWithoutPrimary(draft: TopologyDraft, member: ServerDescription): void {
  draft.type = 'ReplicaSetNoPrimary'
  if (!adoptSetName(draft, member)) return
  const newcomers = [...membersOf(member)].filter(address => !draft.servers.has(address))
  const size = draft.servers.size + newcomers.length
  if (size > discoveredServersMax) {
    const error = new MongoDriverError(
      `${member.address} lists members that would make ${size} servers, above the limit of ${discoveredServersMax} (discoveredServersMax): its hello was ignored`
    )
    draft.servers.set(member.address, unknownServer(member.address, error, member.lastUpdateMS))
    return
  }
  addServers(draft, newcomers)
  removeIfMisnamed(draft, member)
}

function updateWithPrimaryFromMember(draft: TopologyDraft, member: ServerDescription): void {
  if (adoptSetName(draft, member)) removeIfMisnamed(draft, member)
  draft.checkIfHasPrimary()
}

/** False if the server belongs to another set; it has been removed then. */
function adoptSetName(draft: TopologyDraft, server: ServerDescription): boolean {
  draft.setName ??= server.setName
  if (draft.setName === server.setName) return true
  draft.remove(server.address, `it ${foundSet(server)}, not of "${draft.setName}"`)
  return false
}

/** A member is reached by the name that its set knows it by, or not at all: its primary would list that one only. */
function removeIfMisnamed(draft: TopologyDraft, member: ServerDescription): void {
  if (member.me === undefined || member.me === member.address) return
  draft.remove(member.address, `it calls itself ${member.me}`)
}

function membersOf(server: ServerDescription): Set<string> {
  return new Set([...server.hosts, ...server.passives, ...server.arbiters])
}

function addServers(draft: TopologyDraft, addresses: Iterable<string>): void {
  for (const address of addresses) {
    if (!draft.servers.has(address)) draft.servers.set(address, unknownServer(address))
  }
}

function unchanged(topology: TopologyDescription): TopologyUpdate {
  return {
    previous: topology,
    next: topology,
    changed: false,
    descriptionChanges: [],
    serversAdded: [],
    serversRemoved: [],
    serversToCheck: [],
    poolReady: false
  }
}

/** `outcome` is told even if its server was removed by it: people want to see what the server said. */
function updateFrom(draft: TopologyDraft, outcome: ServerDescription | undefined): TopologyUpdate {
  const { previous } = draft
  const next = draft.finished()
  const descriptionChanges: DescriptionChange[] = []
  const tell = (before: ServerDescription | undefined, after: ServerDescription | undefined): void => {
    if (before === undefined || after === undefined || sameServerDescription(before, after)) return
    descriptionChanges.push(Object.freeze({ previous: before, next: after }))
  }
  if (outcome !== undefined) {
    tell(previous.servers.get(outcome.address), next.servers.get(outcome.address) ?? outcome)
  }
  for (const server of next.servers.values()) {
    if (server.address !== outcome?.address) tell(previous.servers.get(server.address), server)
  }
  const serversAdded = [...next.servers.keys()].filter(address => !previous.servers.has(address))
  const serversRemoved = [...previous.servers.keys()].filter(address => !next.servers.has(address))
  const membership = serversAdded.length + serversRemoved.length
  const now = outcome === undefined ? undefined : next.servers.get(outcome.address)
  return {
    previous,
    next,
    changed: next.type !== previous.type || descriptionChanges.length > 0 || membership > 0,
    descriptionChanges,
    serversAdded,
    serversRemoved,
    serversToCheck: draft.staleMarked.filter(address => next.servers.has(address)),
    poolReady: now !== undefined && (isDataBearing(now) || (next.type === 'Single' && now.type !== 'Unknown'))
  }
}
