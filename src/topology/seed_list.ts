/** What the SRV and TXT records of a `mongodb+srv` name mean. Sources: the specifications of initial DNS seedlist discovery and of polling SRV records for mongos discovery. */
import { MongoAPIError, MongoParseError, MongoRuntimeError } from '../errors/index.ts'
import { addressOf, type NetworkHost } from '../options/index.ts'
import type { DNSError, SRVRecord, TXTRecord } from '../runtime/index.ts'

/**
 * A program's own judgement of a host that an SRV record lists, which it gets in lower case and without a dot at the end. Only
 * true accepts it; it may be asked more than once. Source: initial DNS seedlist discovery.
 */
export type SRVHostValidator = (host: string) => boolean

/** What is looked up, and by which rule its answer is judged. */
export interface SeedListName {
  /** Of the connection string, in lower case. */
  readonly srvHost: string
  readonly srvServiceName: string
  /** In place of the rule that hosts lie in the domain of `srvHost`. */
  readonly srvHostValidator?: SRVHostValidator | undefined
}

/** How many hosts an SRV answer may list. */
export const seedListHostsMax = 1000

const portMax = 65_535
const rescanMSMin = 60_000
const quotedNamesMax = 5
const quotedCharsMax = 100

/** Letters, digits, hyphens and underscores between dots: nothing else that a DNS server says becomes an address. */
const hostName = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/

export function srvNameOf({ srvHost, srvServiceName }: SeedListName): string {
  return `_${srvServiceName}._tcp.${srvHost}`
}

interface ListedHosts {
  readonly hosts: readonly NetworkHost[]
  /** Targets that nothing may connect to, as the DNS has them. */
  readonly refused: readonly string[]
  /** The first thing that the validator threw. */
  readonly thrown: Error | undefined
}

/**
 * Divides what an SRV answer lists: hosts of the domain of the name that was looked up, each once, and others. Nobody who
 * answers for a name can so lead a client, and its password, elsewhere. With a validator it is that which says so.
 */
function listedHosts(records: readonly SRVRecord[], { srvHost, srvHostValidator }: SeedListName): ListedHosts {
  const ending = `.${domainOf(srvHost)}`
  let thrown: Error | undefined
  const accepts = (host: string): boolean => {
    if (srvHostValidator === undefined) return host.endsWith(ending)
    try {
      return srvHostValidator(host) === true
    } catch (error) {
      thrown ??= error instanceof Error ? error : new Error(String(error))
      return false
    }
  }
  const hosts = new Map<string, NetworkHost>()
  const refused: string[] = []
  for (const { name, port } of records) {
    const host = name.toLowerCase().replace(/\.$/, '')
    const usable = hostName.test(host) && port >= 1 && port <= portMax && accepts(host)
    if (usable) hosts.set(`${host}:${port}`, { host, port })
    else refused.push(`${name}:${port}`)
  }
  return { hosts: [...hosts.values()], refused, thrown }
}

/** What hosts must end with, behind a dot: the name without its first part; of one or two parts, which are all domain, the whole. */
export function domainOf(srvHost: string): string {
  const parts = srvHost.split('.')
  return parts.length < 3 ? srvHost : parts.slice(1).join('.')
}

/**
 * The hosts of an answer that a client is to begin with.
 * @throws MongoRuntimeError where there are none, or too many; MongoAPIError for hosts that may not be used, with what
 *   a validator threw as its cause.
 */
export function seedHosts(records: readonly SRVRecord[], name: SeedListName): readonly NetworkHost[] {
  if (records.length === 0) throw noRecords(name, 'the answer is empty')
  if (records.length > seedListHostsMax) throw new MongoRuntimeError(tooManyHosts(name, records.length))
  const listed = listedHosts(records, name)
  const { hosts, refused, thrown } = listed
  if (refused.length > 0) throw new MongoAPIError(unusable(name, listed), thrown === undefined ? {} : { cause: thrown })
  return hosts
}

/** What a later look-up says: the addresses to keep or to add, none where it changes nothing, and what people should know. */
export function rescanned(
  outcome: LookupOutcome,
  name: SeedListName
): { readonly addresses: readonly string[]; readonly problem: string | undefined } {
  const unchanged = (problem: string) => ({ addresses: [], problem: `${problem}. The servers stay as they are` })
  if ('error' in outcome) return unchanged(lookupFailure(name, outcome).message)
  if (outcome.srv.length > seedListHostsMax) return unchanged(tooManyHosts(name, outcome.srv.length))
  const listed = listedHosts(outcome.srv, name)
  const { hosts, refused } = listed
  const problem = refused.length === 0 ? undefined : unusable(name, listed)
  if (hosts.length === 0) return unchanged(problem ?? noRecords(name, 'the answer is empty').message)
  return {
    addresses: hosts.map(addressOf),
    problem: problem === undefined ? undefined : `${problem}. They are ignored`
  }
}

/**
 * The text of the TXT record; undefined where there is none.
 * @throws MongoParseError when there are several.
 */
export function txtTextOf(records: readonly TXTRecord[], srvHost: string): string | undefined {
  if (records.length > 1)
    throw new MongoParseError(
      `mongodb+srv: ${srvHost} has ${records.length} TXT records, and one is allowed; put all options into one, as name=value&name=value`
    )
  return records[0]?.join('')
}

function tooManyHosts(name: SeedListName, count: number): string {
  return `mongodb+srv: the SRV record of ${srvNameOf(name)} lists ${count} hosts, above the limit of ${seedListHostsMax} (seedListHostsMax)`
}

/** Targets come from whoever answers: they are cut, and cannot forge lines of a log. */
function unusable(name: SeedListName, { refused, thrown }: ListedHosts): string {
  const shown = refused.slice(0, quotedNamesMax).map(target => JSON.stringify(cut(target)))
  const more = refused.length > shown.length ? ` and ${refused.length - shown.length} more` : ''
  const lists = `mongodb+srv: the SRV record of ${srvNameOf(name)} lists`
  const what = `${shown.join(', ')}${more}`
  if (name.srvHostValidator === undefined)
    return `${lists} what is no host of its domain with a port: ${what}; each must end with ".${domainOf(name.srvHost)}"`
  const threw = thrown === undefined ? '' : `; it threw "${cut(thrown.message)}"`
  return `${lists} what is no host with a port that srvHostValidator accepts: ${what}${threw}`
}

function cut(text: string): string {
  const line = text.replace(/\p{C}/gu, ' ')
  return line.length <= quotedCharsMax ? line : `${line.slice(0, quotedCharsMax)}…`
}

/** `limitMS`: the look-up was given up after so long. */
export interface FailedLookup {
  readonly type: 'SRV' | 'TXT'
  readonly error: DNSError | { readonly limitMS: number }
}

export interface FoundRecords {
  readonly srv: readonly SRVRecord[]
  /** Empty where it was not asked for. */
  readonly txt: readonly TXTRecord[]
}

export type LookupOutcome = FoundRecords | FailedLookup

/** What a failed look-up means to somebody who waits for it: what was asked, what came of it, and what may help. */
export function lookupFailure(name: SeedListName, { type, error }: FailedLookup): MongoRuntimeError {
  const asked = type === 'SRV' ? srvNameOf(name) : name.srvHost
  if ('limitMS' in error)
    return new MongoRuntimeError(
      `mongodb+srv: looking up the ${type} record of ${asked} did not end within connectTimeoutMS (${error.limitMS} ms); check that a DNS server answers`
    )
  if (error.saysNone)
    return noRecords(name, error.code === 'ENOTFOUND' ? 'there is no such name' : 'the name has none', error)
  const code = error.code === undefined || error.message.includes(error.code) ? '' : ` (${error.code})`
  return withCode(
    new MongoRuntimeError(`mongodb+srv: looking up the ${type} record of ${asked} failed: ${error.message}${code}`, {
      cause: error
    }),
    error
  )
}

function noRecords(name: SeedListName, why: string, error?: DNSError): MongoRuntimeError {
  return withCode(
    new MongoRuntimeError(
      `mongodb+srv: no SRV record was found for ${srvNameOf(name)}: ${why}; check the host of the connection string`,
      error === undefined ? {} : { cause: error }
    ),
    error
  )
}

function withCode(failure: MongoRuntimeError, error: DNSError | undefined): MongoRuntimeError {
  if (error?.code !== undefined) failure.code = error.code
  return failure
}

/** How long after a scan the next one comes. The time to live of the records counts where the resolver tells it. */
export function rescanDelayMS(
  scan: { readonly foundHosts: boolean; readonly records: readonly SRVRecord[] },
  heartbeatFrequencyMS: number
): number {
  if (!scan.foundHosts) return heartbeatFrequencyMS
  const lifetimesMS = scan.records.flatMap(({ ttl }) => (ttl === undefined ? [] : [ttl * 1000]))
  return lifetimesMS.length === 0 ? rescanMSMin : Math.max(rescanMSMin, Math.min(...lifetimesMS))
}
