import type { BuiltOptionValues, LaterOptionValues, OptionValues } from './option_values.ts'

/** One row of the options table: what parsing, validation, the types and the reference page know of an option. */
export type OptionRow = RowCommon & Kind

export type OptionName = keyof OptionValues
export type BuiltName = keyof BuiltOptionValues
export type LaterName = keyof LaterOptionValues

/** Limit of every option that the URI options specification does not say to have 64 bits. */
export const int32Max = 2_147_483_647

/** What an option's type must look like in the table: the compiler refuses a row that says otherwise than the interface. */
export type RowOf<Name extends OptionName> = RowCommon &
  KindOf<Exclude<OptionValues[Name], undefined>> &
  (Name extends DefaultedName
    ? { readonly default: Exclude<OptionValues[Name], undefined> }
    : { readonly default?: never })

interface RowCommon {
  readonly group: Group
  /** One sentence, for the reference page and the editor. */
  readonly documentation: string
  /** Its name in a connection string, where letter case does not count; absent: only an options object can give it. */
  readonly uri?: string
  readonly aliases?: readonly string[]
  /** Names it had; they are read, in a connection string with a warning. */
  readonly deprecatedNames?: readonly string[]
  /** The option to use instead. */
  readonly deprecatedFor?: OptionName
  readonly default?: unknown
  /** The official driver's default, where ours differs. */
  readonly officialDefault?: number
  /** In a connection string more than once: a list, allowed when all are equal, or an error. Absent: a warning, the last counts. */
  readonly repetition?: 'list' | 'equal' | 'never'
  /** A value that cannot be used in a connection string is an error. Absent: a warning, and the option is ignored. */
  readonly unusable?: 'error'
  /** An object here stands for all of these, and replaces what the connection string says of them. */
  readonly parts?: readonly OptionName[]
  /** Not built yet: recognised and validated, then refused by name when a client is made. */
  readonly later?: Feature
}

export type Group =
  | 'Pools'
  | 'Servers'
  | 'Time limits'
  | 'Reads and writes'
  | 'Retries'
  | 'Identity and events'
  | 'TLS'
  | 'Authentication'
  | 'Compression'
  | 'Logging'
  | 'SRV'
  | 'Proxy'
  | 'BSON and other'

export type Feature = 'bson' | 'encryption'

type Kind =
  | BooleanKind
  | IntegerKind
  | StringKind
  | WKind
  | ListKind
  | TagSetsKind
  | PairsKind
  | ObjectKind
  | ReadPreferenceKind
  | AnyKind

export interface BooleanKind {
  readonly kind: 'boolean'
}

export interface IntegerKind {
  readonly kind: 'integer'
  readonly unit: 'ms' | 's' | 'connections' | 'hosts' | 'retries' | 'port' | 'level' | 'Unicode code points'
  readonly min: number
  readonly max: number
  /** What 0 means, where it does not mean itself. */
  readonly zero?: string
}

export interface StringKind {
  readonly kind: 'string'
  readonly choices?: readonly string[]
  /** Of UTF-8. */
  readonly bytesMax?: number
}

/** The `w` of a write concern: a number of members, or the name of a mode. */
export interface WKind {
  readonly kind: 'w'
}

export interface ListKind {
  readonly kind: 'list'
  readonly choices: readonly string[]
}

export interface TagSetsKind {
  readonly kind: 'tagSets'
}

export interface PairsKind {
  readonly kind: 'pairs'
}

export interface ObjectKind {
  readonly kind: 'object'
  /** What is wrong with a value, as the end of the sentence that begins with the option's name. */
  readonly problem: (value: unknown) => string | undefined
}

export interface ReadPreferenceKind {
  readonly kind: 'readPreference'
}

/** Of a feature that is not built yet: its builder decides. */
export interface AnyKind {
  readonly kind: 'any'
}

type KindOf<Value> = [unknown] extends [Value]
  ? AnyKind
  : [Value] extends [boolean]
    ? BooleanKind
    : [Value] extends [number]
      ? IntegerKind
      : [Value] extends [string]
        ? StringKind & (string extends Value ? object : { readonly choices: readonly Value[] })
        : [Value] extends [number | string]
          ? WKind
          : [Value] extends [readonly string[]]
            ? ListKind
            : [Value] extends [readonly object[]]
              ? TagSetsKind
              : PairsKind | ObjectKind | ReadPreferenceKind

/** Options that have a default: resolved options always have a value for them. */
export type DefaultedName =
  | 'maxPoolSize'
  | 'minPoolSize'
  | 'maxConnecting'
  | 'maxIdleTimeMS'
  | 'waitQueueTimeoutMS'
  | 'connectTimeoutMS'
  | 'socketTimeoutMS'
  | 'serverSelectionTimeoutMS'
  | 'localThresholdMS'
  | 'heartbeatFrequencyMS'
  | 'minHeartbeatFrequencyMS'
  | 'serverMonitoringMode'
  | 'directConnection'
  | 'loadBalanced'
  | 'readPreference'
  | 'maxStalenessSeconds'
  | 'retryReads'
  | 'retryWrites'
  | 'maxAdaptiveRetries'
  | 'enableOverloadRetargeting'
  | 'monitorCommands'
  | 'tls'
  | 'tlsInsecure'
  | 'tlsAllowInvalidCertificates'
  | 'tlsAllowInvalidHostnames'
  | 'tlsDisableOCSPEndpointCheck'
  | 'tlsDisableCertificateRevocationCheck'
  | 'zlibCompressionLevel'
  | 'srvMaxHosts'
  | 'srvServiceName'
  | 'proxyPort'
  | 'promoteValues'
  | 'promoteLongs'
  | 'promoteBuffers'
  | 'useBigInt64'
  | 'bsonRegExp'
  | 'ignoreUndefined'
  | 'serializeFunctions'
  | 'enableUtf8Validation'
  | 'raw'
  | 'forceServerObjectId'
