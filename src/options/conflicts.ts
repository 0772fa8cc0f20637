import type { OptionName, OptionRow } from './option_row.ts'
import { optionTable } from './option_table.ts'
import type { OptionValues } from './option_values.ts'
import { primaryProblem } from './read_preference.ts'
import { isSecret, type Secrets } from './secrets.ts'
import { unacknowledgedProblem } from './write_concern.ts'

/** Everything that was given, merged, without defaults. */
export interface MergedOptions {
  readonly hostCount: number
  readonly srv: boolean
  readonly values: Readonly<OptionValues>
  readonly secrets: Secrets
  /** Whether `w` and `journal` stand as a connection string has them. */
  readonly acknowledgementFromURI: boolean
}

/** Says why the given options do not go together, or nothing. */
type ConflictRule = (given: MergedOptions) => string | undefined

/** The first contradiction among options, in words. Sources: the URI options, load balancer, SOCKS5 and selection specifications. */
export function conflictAmong(given: MergedOptions): string | undefined {
  for (const rule of rules) {
    const conflict = rule(given)
    if (conflict !== undefined) return conflict
  }
  return undefined
}

/** Whether an option was given at all, secret or not. */
export function isGiven(given: Pick<MergedOptions, 'values' | 'secrets'>, name: OptionName): boolean {
  return isSecret(name) ? given.secrets.has(name) : given.values[name] !== undefined
}

/** They weaken the same check in different measure: even with the same values nobody can know what was meant. */
const exclusive: readonly (readonly [OptionName, OptionName])[] = [
  ['tlsInsecure', 'tlsAllowInvalidCertificates'],
  ['tlsInsecure', 'tlsAllowInvalidHostnames'],
  ['tlsInsecure', 'tlsDisableOCSPEndpointCheck'],
  ['tlsInsecure', 'tlsDisableCertificateRevocationCheck'],
  ['tlsAllowInvalidCertificates', 'tlsDisableOCSPEndpointCheck'],
  ['tlsAllowInvalidCertificates', 'tlsDisableCertificateRevocationCheck'],
  ['tlsDisableOCSPEndpointCheck', 'tlsDisableCertificateRevocationCheck']
]

const exclusivePairs: readonly ConflictRule[] = exclusive.map(
  ([one, other]) =>
    given =>
      isGiven(given, one) && isGiven(given, other)
        ? `${one} and ${other} cannot be given together, whatever their values; give one`
        : undefined
)

/** Option → what it needs beside it. */
const needs: readonly (readonly [OptionName, OptionName])[] = [
  ['proxyPort', 'proxyHost'],
  ['proxyUsername', 'proxyHost'],
  ['proxyPassword', 'proxyHost'],
  ['proxyUsername', 'proxyPassword'],
  ['proxyPassword', 'proxyUsername']
]

const companions: readonly ConflictRule[] = needs.map(
  ([option, other]) =>
    given =>
      isGiven(given, option) && !isGiven(given, other)
        ? `${option} is given without ${other}; give both or neither`
        : undefined
)

function directConnection({ values, hostCount, srv }: MergedOptions): string | undefined {
  if (values.directConnection !== true) return undefined
  if (srv)
    return 'directConnection true cannot be used with mongodb+srv://, which may stand for several hosts; name the one host'
  return hostCount > 1 ? `directConnection true takes one host; there are ${hostCount}` : undefined
}

function loadBalanced({ values, hostCount }: MergedOptions): string | undefined {
  if (values.loadBalanced !== true) return undefined
  if (hostCount > 1) return `loadBalanced true takes one host, the load balancer; there are ${hostCount}`
  if (values.replicaSet !== undefined)
    return `loadBalanced true cannot be used with replicaSet ${JSON.stringify(values.replicaSet)}; leave one of them out`
  if (values.directConnection === true) return 'loadBalanced true cannot be used with directConnection true; choose one'
  return srvLimit(values, 'loadBalanced true')
}

function srv({ values, srv: isSRV }: MergedOptions): string | undefined {
  if (!isSRV && values.srvMaxHosts !== undefined) return 'srvMaxHosts is for mongodb+srv:// alone; leave it out'
  if (!isSRV && values.srvServiceName !== undefined) return 'srvServiceName is for mongodb+srv:// alone; leave it out'
  return values.replicaSet === undefined
    ? undefined
    : srvLimit(values, `replicaSet ${JSON.stringify(values.replicaSet)}`)
}

function srvLimit({ srvMaxHosts = 0 }: OptionValues, other: string): string | undefined {
  return srvMaxHosts > 0 ? `srvMaxHosts ${srvMaxHosts} cannot be used with ${other}; leave one of them out` : undefined
}

function poolSizes({ values }: MergedOptions): string | undefined {
  const { minPoolSize = optionTable.minPoolSize.default, maxPoolSize = optionTable.maxPoolSize.default } = values
  if (maxPoolSize === 0 || minPoolSize <= maxPoolSize) return undefined
  const which = values.maxPoolSize === undefined ? `${maxPoolSize}, ${defaultInWords('maxPoolSize')}` : `${maxPoolSize}`
  return `minPoolSize ${minPoolSize} is above maxPoolSize ${which}. Raise maxPoolSize or lower minPoolSize`
}

function defaultInWords(name: OptionName): string {
  const { officialDefault }: OptionRow = optionTable[name]
  return `cenote's default${officialDefault === undefined ? '' : `; the official driver's is ${officialDefault}`}`
}

/** The options that a value stands for as well: a read preference given as a mode alone stands for none. */
export function partsReplacedBy(name: OptionName, value: unknown): readonly OptionName[] {
  const row: OptionRow = optionTable[name]
  const whole = value !== undefined && (row.kind !== 'readPreference' || typeof value === 'object')
  return whole ? (row.parts ?? []) : []
}

function wholeAndPart({ values }: MergedOptions): string | undefined {
  for (const name of ['readPreference', 'readConcern', 'writeConcern'] as const) {
    const part = partsReplacedBy(name, values[name]).find(option => values[option] !== undefined)
    if (part !== undefined) return `${name} is given whole, and ${part} beside it; put all into ${name}`
  }
  return undefined
}

function readPreference({ values }: MergedOptions): string | undefined {
  if (typeof values.readPreference === 'object') return undefined
  const mode = values.readPreference ?? 'primary'
  const problem = primaryProblem({
    mode,
    tags: values.readPreferenceTags,
    maxStalenessSeconds: values.maxStalenessSeconds
  })
  return problem === undefined ? undefined : `the read preference ${problem}`
}

/** A connection string that asks for both has been warned of: the specification's cases have it so. */
function writeConcern({ values, acknowledgementFromURI }: MergedOptions): string | undefined {
  if (acknowledgementFromURI) return undefined
  const problem = unacknowledgedProblem(values.w, values.journal)
  return problem === undefined ? undefined : `the write concern ${problem}`
}

const rules: readonly ConflictRule[] = [
  ...exclusivePairs,
  ...companions,
  wholeAndPart,
  directConnection,
  loadBalanced,
  srv,
  poolSizes,
  readPreference,
  writeConcern
]
