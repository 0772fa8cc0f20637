/** Which servers may run an operation. Source: the server selection specification. */
import { MongoCompatibilityError, MongoInvalidArgumentError } from '../errors/index.ts'
import type { ReadPreference, TagSet } from '../options/index.ts'
import type { ServerDescription } from './server_description.ts'
import { freshEnough, stalenessFault } from './staleness.ts'
import type { TopologyDescription } from './topology_description.ts'

/** What an operation wants of a server. */
export interface Selector {
  /** Selectors with one key select the same servers in one topology: what a cache of windows goes by. */
  readonly key: string
  /** Undefined: a write. */
  readonly readPreference: ReadPreference | undefined
  /** Whether a pipeline writes what it has read: the preference counts only where every server can do that. */
  readonly writes?: boolean
}

export const writeSelector: Selector = Object.freeze({ key: 'write', readPreference: undefined })

/** Read preferences are frozen, and one serves all operations of a collection: its selector is made once. */
const readSelectors = new WeakMap<ReadPreference, Selector>()

export function readSelector(readPreference: ReadPreference): Selector {
  const known = readSelectors.get(readPreference)
  if (known !== undefined) return known
  const { mode, maxStalenessSeconds, tags } = readPreference
  const selector = Object.freeze({ key: JSON.stringify([mode, maxStalenessSeconds, tags]), readPreference })
  readSelectors.set(readPreference, selector)
  return selector
}

const outputSelectors = new WeakMap<ReadPreference, Selector>()

/** Of a pipeline that ends in `$out` or `$merge`. */
export function outputSelector(readPreference: ReadPreference): Selector {
  const known = outputSelectors.get(readPreference)
  if (known !== undefined) return known
  const selector = Object.freeze({ key: `output ${readSelector(readPreference).key}`, readPreference, writes: true })
  outputSelectors.set(readPreference, selector)
  return selector
}

/** MongoDB 5.0. */
const outputWireVersionMin = 13

/**
 * Whether secondaries run pipelines that write, which they do from MongoDB 5.0 on. As long as an older server is among those
 * that are known, such a pipeline is for the primary, whatever the preference. Source: the CRUD specification.
 */
export function secondariesWrite({ type, servers }: TopologyDescription): boolean {
  if (type === 'LoadBalanced') return true
  for (const server of servers.values())
    if (server.type !== 'Unknown' && (server.maxWireVersion ?? 0) < outputWireVersionMin) return false
  return true
}

const nobody: ReadonlySet<string> = new Set()

/**
 * The servers that may run the operation, whatever their distance. Those at deprioritised addresses (where an earlier
 * attempt failed) are among them only if there is no other.
 *
 * Throws `MongoCompatibilityError` while a server of the topology is incompatible, and `MongoInvalidArgumentError` for a
 * read preference that contradicts itself or asks for less staleness than can be measured.
 */
export function suitableServers(
  topology: TopologyDescription,
  selector: Selector,
  deprioritised: ReadonlySet<string> = nobody
): readonly ServerDescription[] {
  const fault = selectionFault(topology, selector)
  if (fault !== undefined) throw fault
  const servers = [...topology.servers.values()]
  if (deprioritised.size === 0) return suitableAmong(servers, topology, selector)
  const others = servers.filter(server => !deprioritised.has(server.address))
  const suitable = suitableAmong(others, topology, selector)
  return suitable.length > 0 ? suitable : suitableAmong(servers, topology, selector)
}

/** Whether an operation with this selector would find a server at once. */
export function canSelect(topology: TopologyDescription, selector: Selector): boolean {
  return selectionFault(topology, selector) === undefined && suitableServers(topology, selector).length > 0
}

/** The suitable servers whose average round-trip time is at most `localThresholdMS` above the least. Both ends count. */
export function latencyWindow(
  suitable: readonly ServerDescription[],
  localThresholdMS: number
): readonly ServerDescription[] {
  if (suitable.length < 2) return suitable
  const leastMS = suitable.reduce((least, server) => Math.min(least, distanceMS(server)), Number.POSITIVE_INFINITY)
  return suitable.filter(server => distanceMS(server) <= leastMS + localThresholdMS)
}

/**
 * One of the window: of two distinct ones drawn by chance, the one with fewer operations in progress. Undefined if the
 * window is empty. Runs for every operation: `operationsOf` and `chance` are made once, nothing is allocated here.
 */
export function choose<Server>(
  window: readonly Server[],
  operationsOf: (server: Server) => number,
  chance: { fraction(): number }
): Server | undefined {
  const count = window.length
  if (count < 2) return window[0]
  const one = Math.floor(chance.fraction() * count)
  const draw = Math.floor(chance.fraction() * (count - 1))
  const first = window[one] as Server
  const second = window[draw < one ? draw : draw + 1] as Server
  return operationsOf(second) < operationsOf(first) ? second : first
}

function selectionFault(topology: TopologyDescription, selector: Selector): Error | undefined {
  if (topology.compatibilityError !== undefined) return new MongoCompatibilityError(topology.compatibilityError)
  const { readPreference } = selector
  if (readPreference === undefined) return undefined
  if (readPreference.mode === 'primary' && readPreference.tags.some(tags => Object.keys(tags).length > 0)) {
    return new MongoInvalidArgumentError(
      'tag sets make no sense with read preference "primary", since there is one primary: choose another mode, or leave them out'
    )
  }
  return stalenessFault(topology, readPreference)
}

function suitableAmong(
  servers: readonly ServerDescription[],
  topology: TopologyDescription,
  selector: Selector
): readonly ServerDescription[] {
  switch (topology.type) {
    case 'Unknown':
      return []
    case 'LoadBalanced':
      return servers
    case 'Single':
      return servers.filter(server => server.type !== 'Unknown')
    case 'Sharded':
      return servers.filter(server => server.type === 'Mongos')
    case 'ReplicaSetNoPrimary':
    case 'ReplicaSetWithPrimary':
      return selector.readPreference === undefined || (selector.writes === true && !secondariesWrite(topology))
        ? primaryAmong(servers)
        : readableAmong(servers, topology, selector.readPreference)
  }
}

function readableAmong(
  servers: readonly ServerDescription[],
  topology: TopologyDescription,
  readPreference: ReadPreference
): readonly ServerDescription[] {
  switch (readPreference.mode) {
    case 'primary':
      return primaryAmong(servers)
    case 'primaryPreferred':
      return firstNonEmpty(primaryAmong(servers), () => fittingSecondaries(servers, topology, readPreference))
    case 'secondary':
      return fittingSecondaries(servers, topology, readPreference)
    case 'secondaryPreferred':
      return firstNonEmpty(fittingSecondaries(servers, topology, readPreference), () => primaryAmong(servers))
    case 'nearest':
      return fitting(servers.filter(holdsData), topology, readPreference)
  }
}

function firstNonEmpty<Item>(preferred: readonly Item[], otherwise: () => readonly Item[]): readonly Item[] {
  return preferred.length > 0 ? preferred : otherwise()
}

function primaryAmong(servers: readonly ServerDescription[]): readonly ServerDescription[] {
  return servers.filter(server => server.type === 'RSPrimary')
}

function holdsData(server: ServerDescription): boolean {
  return server.type === 'RSPrimary' || server.type === 'RSSecondary'
}

function fittingSecondaries(
  servers: readonly ServerDescription[],
  topology: TopologyDescription,
  readPreference: ReadPreference
): readonly ServerDescription[] {
  const secondaries = servers.filter(server => server.type === 'RSSecondary')
  return fitting(secondaries, topology, readPreference)
}

/** Staleness before tags: a tag set that only stale servers have must not hide the next one. */
function fitting(
  candidates: readonly ServerDescription[],
  topology: TopologyDescription,
  readPreference: ReadPreference
): readonly ServerDescription[] {
  const fresh = freshEnough(candidates, topology, readPreference)
  if (readPreference.tags.length === 0) return fresh
  for (const tags of readPreference.tags) {
    const tagged = fresh.filter(server => hasTags(server, tags))
    if (tagged.length > 0) return tagged
  }
  return []
}

function hasTags(server: ServerDescription, wanted: TagSet): boolean {
  return Object.entries(wanted).every(
    ([name, value]) => Object.hasOwn(server.tags, name) && server.tags[name] === value
  )
}

/** A server that has not been measured is as far as can be. */
function distanceMS(server: ServerDescription): number {
  return server.roundTripTimeMS ?? Number.POSITIVE_INFINITY
}
