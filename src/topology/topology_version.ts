/** How fresh a server's word is: servers count their state changes. Source: the server discovery and monitoring specification. */
import { documentField, fieldOf, Int32, Long, ObjectId, type UntrustedDocument } from '../bson/index.ts'

export interface TopologyVersion {
  /** New with each start of the server process. */
  readonly processId: ObjectId
  /** 64 bits, compared exactly and sent back as it came. */
  readonly counter: Long
}

/** The `topologyVersion` of a hello reply or of an error, or undefined when it is absent or malformed. */
export function topologyVersionOf(reply: UntrustedDocument): TopologyVersion | undefined {
  const version = documentField(reply, 'topologyVersion')
  if (version === undefined) return undefined
  const processId = fieldOf(version, 'processId')
  const counter = longOf(fieldOf(version, 'counter'))
  if (!(processId instanceof ObjectId) || counter === undefined) return undefined
  return Object.freeze({ processId, counter })
}

/** A description is dropped only if what we know is newer: an equal one brings a new round-trip time. */
export function descriptionIsStale(
  current: TopologyVersion | undefined,
  incoming: TopologyVersion | undefined
): boolean {
  return orderOf(current, incoming) > 0
}

/** An error is dropped if we know as much already: every state change has a version of its own. */
export function errorIsStale(current: TopologyVersion | undefined, incoming: TopologyVersion | undefined): boolean {
  return orderOf(current, incoming) >= 0
}

export function sameTopologyVersion(a: TopologyVersion | undefined, b: TopologyVersion | undefined): boolean {
  return a === b || orderOf(a, b) === 0
}

/** Negative: `incoming` is newer, as it is taken to be when the two cannot be compared. */
function orderOf(current: TopologyVersion | undefined, incoming: TopologyVersion | undefined): number {
  if (current === undefined || incoming === undefined) return -1
  return current.processId.equals(incoming.processId) ? current.counter.compare(incoming.counter) : -1
}

function longOf(value: unknown): Long | undefined {
  if (value instanceof Long) return value
  if (typeof value === 'bigint') return value === BigInt.asIntN(64, value) ? Long.fromBigInt(value) : undefined
  if (value instanceof Int32) return Long.fromInt(value.value)
  return typeof value === 'number' && Number.isSafeInteger(value) ? Long.fromNumber(value) : undefined
}
