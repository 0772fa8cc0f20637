/** The text of a selection time-out: what was wanted, what each server said last, and the likely cause. */
import {
  MongoNetworkTimeoutError,
  MongoServerError,
  MongoServerSelectionError,
  MongoUnexpectedServerResponseError
} from '../errors/index.ts'
import { transportErrorOf } from './error_facts.ts'
import { canSelect, type Selector } from './selection.ts'
import type { ServerDescription } from './server_description.ts'
import type { TopologyDescription } from './topology_description.ts'

const serversListedMax = 20
const errorCharactersMax = 300
/** Begins the sentence that shows what the topology's description says. */
const topologyBegins = 'Topology: '

export interface SelectionTimeout {
  readonly topology: TopologyDescription
  readonly selector: Selector
  readonly waitedMS: number
  readonly nowMS: number
  /** The name whose SRV record was still being looked up. */
  readonly lookedUp?: string | undefined
}

/** `reason` is the topology description; `cause` is what a server's last check failed with, if one did. */
export function selectionError(timeout: SelectionTimeout): MongoServerSelectionError {
  const { topology, selector, waitedMS, nowMS, lookedUp } = timeout
  const servers = [...topology.servers.values()]
  const listed = servers.slice(0, serversListedMax).map(server => `${server.address}: ${stateOf(server, nowMS)}`)
  if (servers.length > listed.length) listed.push(`and ${servers.length - listed.length} more`)
  const message = [
    `Server selection timed out after ${Math.round(waitedMS)} ms: no server is suitable for ${wantedBy(selector)}.`,
    lookedUp === undefined ? likelyCause(topology, selector) : lookupCause(lookedUp),
    `${topologyBegins}${topology.type}${setNameOf(topology)}, ${listed.length === 0 ? 'without servers' : listed.join('; ')}`
  ]
  const cause = servers.find(server => server.error !== undefined)?.error
  const text = message.filter(sentence => sentence !== undefined).join(' ')
  return new MongoServerSelectionError(
    /[.?]$/.test(text) ? text : `${text}.`,
    topology,
    cause === undefined ? {} : { cause }
  )
}

/** The text of the error without the topology, for where that stands beside it. */
export function withoutTopology({ message }: MongoServerSelectionError): string {
  const at = message.indexOf(` ${topologyBegins}`)
  return at === -1 ? message : message.slice(0, at)
}

function wantedBy({ readPreference, writes }: Selector): string {
  if (readPreference === undefined) return 'a write'
  const { mode, tags, maxStalenessSeconds } = readPreference
  const tagText = tags.length === 0 ? '' : `, tag sets ${JSON.stringify(tags)}`
  const stalenessText = maxStalenessSeconds === -1 ? '' : `, maxStalenessSeconds ${maxStalenessSeconds}`
  const what = writes === true ? 'a pipeline that writes,' : 'a read'
  return `${what} with read preference "${mode}"${tagText}${stalenessText}`
}

function setNameOf({ setName }: TopologyDescription): string {
  return setName === undefined ? '' : ` of set "${plain(setName)}"`
}

function stateOf(server: ServerDescription, nowMS: number): string {
  if (server.lastUpdateMS === Number.NEGATIVE_INFINITY) return `${server.type}, not checked yet`
  const age = `${server.type} since a check or an error ${Math.round(nowMS - server.lastUpdateMS)} ms ago`
  if (server.error !== undefined) return `${age}: ${errorText(server.error)}`
  const roundTrip = server.roundTripTimeMS === undefined ? '' : `, round trip ${server.roundTripTimeMS.toFixed(1)} ms`
  const tags = Object.keys(server.tags).length === 0 ? '' : `, tags ${plain(JSON.stringify(server.tags))}`
  return `${age}${roundTrip}${tags}`
}

function errorText(error: Error): string {
  const code = (error instanceof MongoServerError ? error.code : transportErrorOf(error)?.code)?.toString()
  const text = plain(error.message)
  return code === undefined || text.includes(code) ? text : `${text} (${code})`
}

/** A server's text is cut, cannot forge lines of a log, and shows no credentials should it quote a connection string. */
function plain(text: string): string {
  const line = text.replace(/\/\/[^\s/@]*@/g, '//…@').replace(/\p{C}+/gu, ' ')
  return line.length <= errorCharactersMax ? line : `${line.slice(0, errorCharactersMax)}…`
}

function lookupCause(srvHost: string): string {
  return `The SRV and TXT records of ${srvHost} have not been found yet: does a DNS server answer?`
}

function likelyCause(topology: TopologyDescription, selector: Selector): string | undefined {
  const servers = [...topology.servers.values()]
  if (servers.length === 0) return emptiedCause(topology)
  if (servers.every(server => server.type === 'Unknown')) return unknownCause(servers)
  if (topology.type === 'ReplicaSetNoPrimary' || topology.type === 'ReplicaSetWithPrimary') {
    return replicaSetCause(topology, selector)
  }
  return undefined
}

function emptiedCause({ lastRemoval }: TopologyDescription): string | undefined {
  if (lastRemoval === undefined) return 'The client was given no server.'
  return `No server is left: ${lastRemoval.address} was the last to be removed, because ${plain(lastRemoval.reason)}.`
}

/** Said only if all servers agree: a mixture of failures has no one cause. */
function unknownCause(servers: readonly ServerDescription[]): string | undefined {
  if (servers.every(server => server.error === undefined)) {
    return 'No check of any server has ended yet: is the time-out shorter than the network needs?'
  }
  const causes = new Set(servers.map(server => (server.error === undefined ? undefined : causeOf(server.error))))
  return causes.size === 1 ? [...causes][0] : undefined
}

function causeOf(error: Error): string | undefined {
  if (error instanceof MongoServerError) {
    return error.code === 18 ? 'Authentication failed: are user, password and authSource right?' : undefined
  }
  if (error instanceof MongoUnexpectedServerResponseError) {
    return 'What answered did not speak the protocol of MongoDB: are host and port right?'
  }
  const transport = transportErrorOf(error)
  if (transport?.code === 'ECONNREFUSED') {
    return 'Every server refused the connection: is mongod running, and is the port right?'
  }
  switch (transport?.stage) {
    case 'lookup':
      return 'No host name could be resolved: are the names right, also those in the configuration of the replica set?'
    case 'certificate':
      return 'No certificate was accepted: do the CA and the host names fit?'
    case 'tls-io':
      return 'Every TLS handshake broke off: do the servers speak TLS, and do they ask for a client certificate?'
    case 'proxy':
      return 'The proxy did not connect: are its address and its credentials right?'
    case 'open':
      return 'Every server closed the connection: do the servers ask for TLS?'
    case 'connect':
    case undefined:
      return error instanceof MongoNetworkTimeoutError || transport?.code === 'ETIMEDOUT'
        ? 'No server answered in time: does a firewall or an IP access list keep this client out?'
        : undefined
  }
}

function replicaSetCause(topology: TopologyDescription, { readPreference }: Selector): string | undefined {
  if (readPreference === undefined || readPreference.mode === 'primary') {
    return 'The replica set has no primary that this client knows: it may be electing one, or the primary cannot be reached.'
  }
  const anyMember = { key: '', readPreference: { ...readPreference, tags: [], maxStalenessSeconds: -1 } }
  return canSelect(topology, anyMember)
    ? 'Members of the right kind are there, but none passes the tag sets and maxStalenessSeconds.'
    : undefined
}
