/** What the client knows of one server. Immutable. Source: the server discovery and monitoring specification. */
import type { ObjectId } from '../bson/index.ts'
import { hostOf } from '../options/index.ts'
import { sameTopologyVersion, type TopologyVersion } from './topology_version.ts'

export type ServerType =
  | 'Unknown'
  | 'Standalone'
  | 'Mongos'
  | 'RSPrimary'
  | 'RSSecondary'
  | 'RSArbiter'
  | 'RSOther'
  | 'RSGhost'
  | 'LoadBalancer'

export interface ServerDescription {
  /** `host:port` as the client dials it, which need not be what the server calls itself (`me`). */
  readonly address: string
  /** Of the address; a path to a Unix socket stands here whole. */
  readonly host: string
  /** Of the address; undefined of a Unix socket. */
  readonly port: number | undefined
  readonly type: ServerType
  /** Why the server is Unknown. Undefined: not checked yet, or the last check went well. */
  readonly error: Error | undefined
  /** Average; undefined while the server is Unknown. */
  readonly roundTripTimeMS: number | undefined
  /** Least of the last ten samples, 0 with fewer than two; undefined while the server is Unknown. */
  readonly minRoundTripTimeMS: number | undefined
  /** The primary's clock at the last write that this member has, in milliseconds since 1970. */
  readonly lastWriteDateMS: number | undefined
  /** Opaque position in the oplog. */
  readonly opTime: unknown
  /** Undefined while no hello reply has told. */
  readonly minWireVersion: number | undefined
  readonly maxWireVersion: number | undefined
  /** The server's own idea of its address, in lower case. */
  readonly me: string | undefined
  /** Members of the replica set by this server's configuration, in lower case. */
  readonly hosts: readonly string[]
  readonly passives: readonly string[]
  readonly arbiters: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  readonly setName: string | undefined
  readonly setVersion: number | undefined
  readonly electionId: ObjectId | undefined
  /** Who the server thinks is primary. */
  readonly primary: string | undefined
  /** Monotonic time of the last check or error; `-Infinity` before the first. */
  readonly lastUpdateMS: number
  readonly logicalSessionTimeoutMinutes: number | undefined
  readonly topologyVersion: TopologyVersion | undefined
  /** Whether the server knows the command `hello`. */
  readonly helloOk: boolean
}

type Learned = Omit<ServerDescription, 'address' | 'host' | 'port'>

const nothingKnown: Learned = {
  type: 'Unknown',
  error: undefined,
  roundTripTimeMS: undefined,
  minRoundTripTimeMS: undefined,
  lastWriteDateMS: undefined,
  opTime: undefined,
  minWireVersion: undefined,
  maxWireVersion: undefined,
  me: undefined,
  hosts: Object.freeze([]),
  passives: Object.freeze([]),
  arbiters: Object.freeze([]),
  tags: Object.freeze({}),
  setName: undefined,
  setVersion: undefined,
  electionId: undefined,
  primary: undefined,
  lastUpdateMS: Number.NEGATIVE_INFINITY,
  logicalSessionTimeoutMinutes: undefined,
  topologyVersion: undefined,
  helloOk: false
}

/** Every description has the same fields in the same order, whichever are known. */
export function describeServer(address: string, known: Partial<Learned>): ServerDescription {
  return Object.freeze({ address, ...placeOf(address), ...nothingKnown, ...known })
}

function placeOf(address: string): Pick<ServerDescription, 'host' | 'port'> {
  const host = hostOf(address)
  return 'socketPath' in host ? { host: host.socketPath, port: undefined } : { host: host.host, port: host.port }
}

/** A server that has not been checked, or whose last check or operation failed. */
export function unknownServer(
  address: string,
  error?: Error,
  lastUpdateMS?: number,
  topologyVersion?: TopologyVersion
): ServerDescription {
  return describeServer(address, { error, topologyVersion, lastUpdateMS: lastUpdateMS ?? nothingKnown.lastUpdateMS })
}

/** A load balancer is never checked: this is all that is ever known of it. */
export function loadBalancer(address: string): ServerDescription {
  return describeServer(address, { type: 'LoadBalancer' })
}

/** Whether the server can give an application data. */
export function isDataBearing(server: ServerDescription): boolean {
  switch (server.type) {
    case 'Mongos':
    case 'RSPrimary':
    case 'RSSecondary':
    case 'Standalone':
    case 'LoadBalancer':
      return true
    case 'RSArbiter':
    case 'RSOther':
    case 'RSGhost':
    case 'Unknown':
      return false
  }
}

/**
 * The specification's equality, on which events depend: round-trip times, the last write and the time of the check do not
 * count. Errors are equal when they are of one class and say the same, since each failed check makes a new one.
 */
export function sameServerDescription(a: ServerDescription, b: ServerDescription): boolean {
  return (
    a === b ||
    (a.address === b.address &&
      a.type === b.type &&
      a.minWireVersion === b.minWireVersion &&
      a.maxWireVersion === b.maxWireVersion &&
      a.me === b.me &&
      a.setName === b.setName &&
      a.setVersion === b.setVersion &&
      a.primary === b.primary &&
      a.logicalSessionTimeoutMinutes === b.logicalSessionTimeoutMinutes &&
      sameError(a.error, b.error) &&
      sameObjectId(a.electionId, b.electionId) &&
      sameTopologyVersion(a.topologyVersion, b.topologyVersion) &&
      sameAddresses(a.hosts, b.hosts) &&
      sameAddresses(a.passives, b.passives) &&
      sameAddresses(a.arbiters, b.arbiters) &&
      sameTags(a.tags, b.tags))
  )
}

function sameError(a: Error | undefined, b: Error | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.name === b.name && a.message === b.message)
}

function sameObjectId(a: ObjectId | undefined, b: ObjectId | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.equals(b))
}

/** They are sets: the order in which a server lists its members means nothing. */
function sameAddresses(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && (a.every((address, at) => b[at] === address) || sameSet(new Set(a), new Set(b)))
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every(address => b.has(address))
}

function sameTags(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every(name => Object.hasOwn(b, name) && a[name] === b[name])
}
