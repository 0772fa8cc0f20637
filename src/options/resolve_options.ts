import { MongoInvalidArgumentError } from '../errors/index.ts'
import { ClientOptionsData } from './client_options_data.ts'
import { conflictAmong, isGiven, partsReplacedBy } from './conflicts.ts'
import { type CredentialOptions, credentialsFrom } from './credentials.ts'
import { checkedOptions, type GivenOptions } from './given_options.ts'
import type { Host } from './hosts.ts'
import type { DefaultedName, OptionName, OptionRow } from './option_row.ts'
import { optionTable } from './option_table.ts'
import type { OptionValues } from './option_values.ts'
import { type ParsedOptions, parseOptions } from './parse_options.ts'
import { type ReadConcern, readConcernFrom } from './read_concern.ts'
import { type ReadPreference, readPreferenceFrom } from './read_preference.ts'
import { isSecret, type SecretName, type Secrets } from './secrets.ts'
import { type ServerApi, serverApiFrom } from './server_api.ts'
import { composedWriteConcern, type WriteConcern, writeConcernFrom } from './write_concern.ts'

/** Options that stand in a resolved object in another form: as part of a whole, or among the secrets. */
type Transformed =
  | 'readPreference'
  | 'readPreferenceTags'
  | 'maxStalenessSeconds'
  | 'readConcern'
  | 'readConcernLevel'
  | 'writeConcern'
  | 'w'
  | 'journal'
  | 'wtimeoutMS'
  | 'serverApi'
  | SecretName

type ResolvedValues = {
  readonly [Name in Exclude<OptionName, Transformed>]: Name extends DefaultedName
    ? Exclude<OptionValues[Name], undefined>
    : OptionValues[Name] | undefined
}

/** Checked, merged, filled with defaults and deeply frozen: what the rest of the driver reads. */
export interface ResolvedOptions extends ResolvedValues {
  /** Empty with `mongodb+srv`, until they have been looked up. */
  readonly hosts: readonly Host[]
  /** The name to look up, with `mongodb+srv`. */
  readonly srvHost: string | undefined
  readonly defaultDatabase: string | undefined
  readonly readPreference: ReadPreference
  /** `{}`: the server's default. */
  readonly readConcern: ReadConcern
  /** `{}`: the server's default. */
  readonly writeConcern: WriteConcern
  readonly serverApi: ServerApi | undefined
  readonly secrets: Secrets
  /** Options that the connection string names with values that cannot be used. */
  readonly unusable: readonly OptionName[]
  /** To be told to the user, once. */
  readonly warnings: readonly string[]
}

/**
 * Merges, checks and completes. An options object goes before the connection string; contradictions are looked for in the
 * merged result, so that one can mend the other. `others` are names in `overrides` that the caller takes care of itself.
 * @throws MongoParseError for a malformed connection string; MongoInvalidArgumentError for an unknown name, a wrong value or
 *   a contradiction.
 */
export function resolveOptions(
  source: string | ParsedOptions | ClientOptionsData,
  overrides: OptionValues = {},
  others: readonly string[] = []
): ResolvedOptions {
  const base = parsedFrom(source, others)
  const given = checkedOptions(overrides, others)
  const merged = {
    values: mergedValues(base.values, given),
    secrets: base.secrets.with(given.secrets),
    hostCount: base.hosts.length,
    srv: base.srvHost !== undefined,
    acknowledgementFromURI:
      typeof source === 'string' && given.values.w === undefined && given.values.journal === undefined
  }
  const conflict = conflictAmong(merged)
  if (conflict !== undefined) throw new MongoInvalidArgumentError(`The options contradict each other: ${conflict}`)
  const unusable = Object.freeze(base.unusable.filter(name => !isGiven(merged, name)))
  credentialsFrom({
    ...merged,
    defaultDatabase: base.defaultDatabase,
    propertiesUnusable: unusable.includes('authMechanismProperties')
  })
  return complete(merged.values, {
    hosts: base.hosts,
    srvHost: base.srvHost,
    defaultDatabase: base.defaultDatabase,
    secrets: merged.secrets,
    unusable,
    warnings: base.warnings
  })
}

/** Who the client authenticates as; undefined: nobody. They passed every check when the options were resolved. */
export function credentialsOf(options: ResolvedOptions): CredentialOptions | undefined {
  const { secrets, defaultDatabase, unusable } = options
  const propertiesUnusable = unusable.includes('authMechanismProperties')
  return credentialsFrom({ values: options, secrets, defaultDatabase, propertiesUnusable })
}

function parsedFrom(source: string | ParsedOptions | ClientOptionsData, others: readonly string[]): ParsedOptions {
  if (source instanceof ClientOptionsData) return source.snapshot(others)
  // What is neither goes to the parser, which says what it should have been.
  return typeof source === 'object' && source !== null ? source : parseOptions(source)
}

/** An object that stands for several options replaces what the connection string says of them. */
function mergedValues(base: Readonly<OptionValues>, { values }: GivenOptions): OptionValues {
  const replaced = Object.entries(values).flatMap(([name, value]) => {
    return partsReplacedBy(name as OptionName, value)
  })
  const kept = Object.entries(base).filter(([name]) => !(replaced as readonly string[]).includes(name))
  return { ...Object.fromEntries(kept), ...values }
}

type Rest = Pick<ResolvedOptions, 'hosts' | 'srvHost' | 'defaultDatabase' | 'secrets' | 'unusable' | 'warnings'>

function complete(given: OptionValues, rest: Rest): ResolvedOptions {
  const { readPreference, readPreferenceTags, maxStalenessSeconds, ...others } = given
  const { readConcern, readConcernLevel, writeConcern, w, journal, wtimeoutMS, ...values } = others
  const mode = readPreference ?? 'primary'
  const { driverInfo, compressors, serverApi, mongodbLogComponentSeverities: severities } = values
  return Object.freeze({
    ...({ ...defaults, tls: rest.srvHost !== undefined, ...values } as ResolvedValues),
    ...rest,
    // Copies: a later change of the user's own objects changes nothing here.
    driverInfo: driverInfo === undefined ? undefined : Object.freeze({ ...driverInfo }),
    compressors: compressors === undefined ? undefined : Object.freeze([...compressors]),
    serverApi: serverApi === undefined ? undefined : serverApiFrom(serverApi),
    mongodbLogComponentSeverities: severities === undefined ? undefined : Object.freeze({ ...severities }),
    readPreference: readPreferenceFrom(
      typeof mode === 'object' ? mode : { mode, tags: readPreferenceTags, maxStalenessSeconds }
    ),
    readConcern: readConcernFrom(readConcern ?? (readConcernLevel === undefined ? {} : { level: readConcernLevel })),
    writeConcern:
      writeConcern === undefined ? composedWriteConcern({ w, journal, wtimeoutMS }) : writeConcernFrom(writeConcern)
  })
}

const wholesAndParts = (Object.entries(optionTable) as [OptionName, OptionRow][]).flatMap(([name, row]) =>
  row.parts === undefined ? [] : [name, ...row.parts]
)

/** Undefined where there is none: every resolved object has the same fields. */
const defaults: Readonly<Record<string, unknown>> = Object.fromEntries(
  (Object.entries(optionTable) as [OptionName, OptionRow][])
    .filter(([name]) => !wholesAndParts.includes(name) && !isSecret(name))
    .map(([name, row]) => [name, row.default])
)

const poolOptionNames = ['maxPoolSize', 'minPoolSize', 'maxConnecting', 'maxIdleTimeMS', 'waitQueueTimeoutMS'] as const

export type PoolOptions = Pick<ResolvedOptions, (typeof poolOptionNames)[number]>

/** What a pool's first event tells: the pool options that are not the default. */
export function nonDefaultPoolOptions(options: PoolOptions): Readonly<Partial<PoolOptions>> {
  const changed = poolOptionNames.filter(name => options[name] !== optionTable[name].default)
  return Object.freeze(Object.fromEntries(changed.map(name => [name, options[name]])))
}
