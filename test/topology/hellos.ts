/** Hello replies and topologies for tests. */
import { ObjectId } from '../../src/bson/index.ts'
import {
  applyServerDescription,
  initialTopology,
  type ServerDescription,
  serverDescriptionOf,
  type TopologyDescription,
  type TopologySettings,
  type TopologyUpdate
} from '../../src/topology/index.ts'

export type Hello = Record<string, unknown>

export const a = 'a:27017'
export const b = 'b:27017'
export const c = 'c:27017'
export const d = 'd:27017'

export function standalone(more: Hello = {}): Hello {
  return { ok: 1, isWritablePrimary: true, minWireVersion: 0, maxWireVersion: 21, ...more }
}

export function mongos(more: Hello = {}): Hello {
  return standalone({ msg: 'isdbgrid', ...more })
}

export function primary(hosts: readonly string[], more: Hello = {}): Hello {
  return standalone({ setName: 'rs', hosts, ...more })
}

export function secondary(hosts: readonly string[], more: Hello = {}): Hello {
  return primary(hosts, { isWritablePrimary: false, secondary: true, ...more })
}

export function ghost(): Hello {
  return standalone({ isWritablePrimary: false, isreplicaset: true })
}

/** An election id that sorts by its number. */
export function election(number: number): ObjectId {
  return new ObjectId(number.toString(16).padStart(24, '0'))
}

export function described(address: string, hello: unknown, nowMS: number = 0): ServerDescription {
  return serverDescriptionOf(address, hello, { nowMS, roundTripTimeMS: 5, minRoundTripTimeMS: 1 })
}

export function topologyOf(seeds: readonly string[], more: Partial<TopologySettings> = {}): TopologyDescription {
  const defaults = { directConnection: false, loadBalanced: false, replicaSet: undefined, heartbeatFrequencyMS: 10_000 }
  return initialTopology({ seeds, ...defaults, ...more })
}

export function apply(topology: TopologyDescription, address: string, hello: unknown): TopologyUpdate {
  return applyServerDescription(topology, described(address, hello))
}

/** The topology after some replies, each given as address and hello. */
export function after(
  topology: TopologyDescription,
  ...replies: readonly (readonly [string, unknown])[]
): TopologyDescription {
  return replies.reduce((known, [address, hello]) => apply(known, address, hello).next, topology)
}

/** Address → type, as plain data. */
export function typesOf(topology: TopologyDescription): Record<string, string> {
  return Object.fromEntries([...topology.servers].map(([address, server]) => [address, server.type]))
}

/** The same draws in every run. */
export function seededChance(seed: number): { fraction(): number } {
  let state = seed
  return {
    fraction() {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return (state >>> 0) / 2 ** 32
    }
  }
}
