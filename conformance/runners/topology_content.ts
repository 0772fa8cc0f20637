/** Topologies as the selection suites write them down, made into descriptions by the driver's own reading of hellos. */
import { EJSON, Long } from '../../src/bson/index.ts'
import type { ReadPreference, ReadPreferenceMode } from '../../src/options/index.ts'
import {
  initialTopology,
  loadBalancer,
  type ServerDescription,
  serverDescriptionOf,
  TopologyDescription,
  type TopologyType,
  unknownServer
} from '../../src/topology/index.ts'
import { type Fields, fieldsOf, listOf, numberOf, objectOf, textOf } from './content.ts'

const typeMarks: Readonly<Record<string, Fields>> = {
  Standalone: {},
  Mongos: { msg: 'isdbgrid' },
  RSPrimary: { setName: 'rs', isWritablePrimary: true },
  RSSecondary: { setName: 'rs', secondary: true },
  RSArbiter: { setName: 'rs', arbiterOnly: true },
  RSOther: { setName: 'rs' },
  RSGhost: { isreplicaset: true }
}

/** The suites' wire version where a file gives none: any that is supported. */
const anyWireVersion = 21
const heartbeatFrequencyDefaultMS = 10_000

export function topologyOf(
  value: unknown,
  heartbeatFrequencyMS: number = heartbeatFrequencyDefaultMS
): TopologyDescription {
  const content = fieldsOf(value, 'topology_description', ['type', 'servers'])
  const servers = listOf(content['servers'], 'topology_description.servers').map(serverOf)
  const seeds = servers.map(server => server.address)
  const start = { seeds, directConnection: false, loadBalanced: false, replicaSet: undefined, heartbeatFrequencyMS }
  const { setName, maxSetVersion, maxElectionId, seedCount, lastRemoval } = initialTopology(start)
  return new TopologyDescription({
    type: topologyTypeOf(content['type']),
    servers: new Map(servers.map(server => [server.address, server])),
    setName,
    maxSetVersion,
    maxElectionId,
    seedCount,
    heartbeatFrequencyMS,
    lastRemoval
  })
}

export function addressesOf(value: unknown, where: string): Set<string> {
  return new Set(listOf(value, where).map(server => textOf(objectOf(server, where)['address'], where)))
}

const modes: readonly ReadPreferenceMode[] = [
  'primary',
  'primaryPreferred',
  'secondary',
  'secondaryPreferred',
  'nearest'
]

/** The suites write modes with a capital; an absent read preference is primary. */
export function readPreferenceOf(value: unknown): ReadPreference {
  const content = fieldsOf(value ?? {}, 'read_preference', ['mode', 'tag_sets', 'maxStalenessSeconds'])
  const name = textOf(content['mode'] ?? 'Primary', 'read_preference.mode')
  const mode = modes.find(known => known === name.charAt(0).toLowerCase() + name.slice(1))
  if (mode === undefined) throw new Error(`read_preference.mode "${name}" is unknown`)
  return {
    mode,
    tags: listOf(content['tag_sets'] ?? [], 'read_preference.tag_sets') as ReadPreference['tags'],
    maxStalenessSeconds: numberOf(content['maxStalenessSeconds'] ?? -1, 'read_preference.maxStalenessSeconds')
  }
}

const topologyTypes: readonly TopologyType[] = [
  'Unknown',
  'Single',
  'Sharded',
  'ReplicaSetNoPrimary',
  'ReplicaSetWithPrimary',
  'LoadBalanced'
]

function topologyTypeOf(value: unknown): TopologyType {
  const type = topologyTypes.find(known => known === value)
  if (type === undefined) throw new Error(`topology_description.type "${String(value)}" is unknown`)
  return type
}

const serverFields = ['address', 'avg_rtt_ms', 'lastUpdateTime', 'lastWrite', 'maxWireVersion', 'tags', 'type']

function serverOf(value: unknown): ServerDescription {
  const content = fieldsOf(value, 'server', serverFields)
  const address = textOf(content['address'], 'server.address')
  const type = textOf(content['type'], 'server.type')
  if (type === 'Unknown' || type === 'PossiblePrimary') return unknownServer(address)
  if (type === 'LoadBalancer') return loadBalancer(address)
  const marks = typeMarks[type]
  if (marks === undefined) throw new Error(`server.type "${type}" is unknown`)
  const hello = {
    ok: 1,
    ...marks,
    maxWireVersion: content['maxWireVersion'] ?? anyWireVersion,
    tags: content['tags'] ?? {},
    lastWrite: lastWriteOf(content['lastWrite'])
  }
  return serverDescriptionOf(address, hello, {
    nowMS: numberOf(content['lastUpdateTime'] ?? 0, 'server.lastUpdateTime'),
    roundTripTimeMS: numberOf(content['avg_rtt_ms'], 'server.avg_rtt_ms'),
    minRoundTripTimeMS: 0
  })
}

/** The files give milliseconds as a 64-bit number; a server sends a date. */
function lastWriteOf(value: unknown): unknown {
  if (value === undefined) return undefined
  const content = EJSON.deserialize(fieldsOf(value, 'server.lastWrite', ['lastWriteDate']), { relaxed: false })
  const date: unknown = content['lastWriteDate']
  if (!(date instanceof Long)) throw new Error('server.lastWrite.lastWriteDate is not a 64-bit number')
  return { lastWriteDate: new Date(date.toNumber()) }
}
