/** How far secondaries lag behind, and how far they may. Sources: the max staleness and the server selection specification. */
import { MongoInvalidArgumentError } from '../errors/index.ts'
import type { ReadPreference } from '../options/index.ts'
import type { ServerDescription } from './server_description.ts'
import type { TopologyDescription } from './topology_description.ts'

/** An idle primary writes that often, so that its secondaries do not seem to lag. */
const idleWritePeriodMS = 10_000
const maxStalenessSecondsMin = 90
const noLimit = -1

/** Those that lag no more than the read preference allows. A secondary that does not tell its last write is not among them. */
export function freshEnough(
  candidates: readonly ServerDescription[],
  topology: TopologyDescription,
  readPreference: ReadPreference
): readonly ServerDescription[] {
  if (readPreference.maxStalenessSeconds === noLimit) return candidates
  const stalenessMaxMS = readPreference.maxStalenessSeconds * 1000
  const stalenessMS = stalenessIn(topology)
  return candidates.filter(server => stalenessMS(server) <= stalenessMaxMS)
}

/** What is wrong with the read preference's staleness in this topology: only a replica set has a least value. */
export function stalenessFault(topology: TopologyDescription, readPreference: ReadPreference): Error | undefined {
  const { maxStalenessSeconds, mode } = readPreference
  if (maxStalenessSeconds === noLimit) return undefined
  if (mode === 'primary') {
    return new MongoInvalidArgumentError(
      `maxStalenessSeconds ${maxStalenessSeconds} makes no sense with read preference "primary": choose another mode, or leave it out`
    )
  }
  if (topology.type !== 'ReplicaSetNoPrimary' && topology.type !== 'ReplicaSetWithPrimary') return undefined
  const leastSeconds = Math.max(maxStalenessSecondsMin, (topology.heartbeatFrequencyMS + idleWritePeriodMS) / 1000)
  if (maxStalenessSeconds >= leastSeconds) return undefined
  return new MongoInvalidArgumentError(
    `maxStalenessSeconds ${maxStalenessSeconds} is below ${leastSeconds}, the least that works in a replica set with heartbeatFrequencyMS ${topology.heartbeatFrequencyMS}; -1 means no limit`
  )
}

/**
 * Two clocks are compared with each other's help only: with a primary, how long ago each member wrote as of its own check;
 * without one, the members' last writes.
 */
function stalenessIn(topology: TopologyDescription): (server: ServerDescription) => number {
  const servers = [...topology.servers.values()]
  const primary = servers.find(server => server.type === 'RSPrimary')
  if (primary?.lastWriteDateMS !== undefined) {
    const primaryLagMS = primary.lastUpdateMS - primary.lastWriteDateMS
    return server =>
      estimate(server, write => server.lastUpdateMS - write - primaryLagMS + topology.heartbeatFrequencyMS)
  }
  const newestWriteMS = servers.reduce(
    (newest, server) => (server.type === 'RSSecondary' ? Math.max(newest, server.lastWriteDateMS ?? newest) : newest),
    Number.NEGATIVE_INFINITY
  )
  return server => estimate(server, write => newestWriteMS - write + topology.heartbeatFrequencyMS)
}

function estimate(server: ServerDescription, stalenessMS: (lastWriteMS: number) => number): number {
  if (server.type !== 'RSSecondary') return 0
  return server.lastWriteDateMS === undefined ? Number.POSITIVE_INFINITY : stalenessMS(server.lastWriteDateMS)
}
