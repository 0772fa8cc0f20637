import { driverInfoProblem } from './driver_info.ts'
import { compressionOptions } from './compression_options.ts'
import { laterOptions } from './later_options.ts'
import { loggingOptions } from './logging_options.ts'
import { type BuiltName, int32Max, type OptionName, type RowOf } from './option_row.ts'
import type {
  CompressionOptionValues,
  LoggingOptionValues,
  ProxyOptionValues,
  SRVOptionValues,
  TLSOptionValues
} from './option_values.ts'
import { readConcernProblem } from './read_concern.ts'
import { proxyOptions } from './proxy_options.ts'
import { srvOptions } from './srv_options.ts'
import { serverApiProblem } from './server_api.ts'
import { tlsOptions } from './tls_options.ts'
import { writeConcernProblem } from './write_concern.ts'

/** User name and password as an object; an error must not show them. */
function credentialsProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'must be an object with username and password'
  const fits = ([key, part]: [string, unknown]): boolean =>
    (key === 'username' || key === 'password') && (part === undefined || typeof part === 'string')
  return Object.entries(value).every(fits)
    ? undefined
    : 'must have a username and a password, both strings, and nothing else'
}

/** The options that work, each in one place: parsing, validation and the reference page read it, the types are held to it. */
const builtOptions: {
  readonly [Name in Exclude<
    BuiltName,
    | keyof TLSOptionValues
    | keyof CompressionOptionValues
    | keyof LoggingOptionValues
    | keyof SRVOptionValues
    | keyof ProxyOptionValues
  >]: RowOf<Name>
} = {
  maxPoolSize: {
    uri: 'maxPoolSize',
    group: 'Pools',
    documentation: 'Connections that a pool has at most: those that are dialled, idle and in use together.',
    kind: 'integer',
    unit: 'connections',
    min: 0,
    max: int32Max,
    zero: 'no limit',
    default: 10,
    officialDefault: 100
  },
  minPoolSize: {
    uri: 'minPoolSize',
    group: 'Pools',
    documentation: 'Connections that the pool of a data-bearing server keeps open while it is ready.',
    kind: 'integer',
    unit: 'connections',
    min: 0,
    max: int32Max,
    zero: 'no minimum',
    default: 0
  },
  maxConnecting: {
    uri: 'maxConnecting',
    group: 'Pools',
    documentation: 'Connections that a pool dials at the same time.',
    kind: 'integer',
    unit: 'connections',
    min: 1,
    max: int32Max,
    default: 2
  },
  maxIdleTimeMS: {
    uri: 'maxIdleTimeMS',
    group: 'Pools',
    documentation: 'How long a connection may be idle before it is closed.',
    kind: 'integer',
    unit: 'ms',
    min: 0,
    max: int32Max,
    zero: 'no limit',
    default: 0
  },
  waitQueueTimeoutMS: {
    uri: 'waitQueueTimeoutMS',
    group: 'Pools',
    documentation: 'How long a check-out may wait for a connection, a dial included.',
    kind: 'integer',
    unit: 'ms',
    min: 0,
    max: int32Max,
    zero: 'no limit',
    default: 0,
    deprecatedFor: 'timeoutMS'
  },
  timeoutMS: {
    uri: 'timeoutMS',
    group: 'Time limits',
    documentation: 'How long one operation may take with all that it needs: selection, check-out, every attempt.',
    kind: 'integer',
    unit: 'ms',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    zero: 'no limit'
  },
  connectTimeoutMS: {
    uri: 'connectTimeoutMS',
    group: 'Time limits',
    documentation:
      'How long a dial may take over TCP, TLS and the whole handshake, and how long the look-up of a seed list.',
    kind: 'integer',
    unit: 'ms',
    min: 0,
    max: int32Max,
    zero: 'no limit',
    default: 10_000,
    officialDefault: 30_000
  },
  socketTimeoutMS: {
    uri: 'socketTimeoutMS',
    group: 'Time limits',
    documentation: 'How long an operation may wait for bytes on its connection.',
    kind: 'integer',
    unit: 'ms',
    min: 0,
    max: int32Max,
    zero: 'no limit',
    default: 0,
    deprecatedFor: 'timeoutMS'
  },
  serverSelectionTimeoutMS: {
    uri: 'serverSelectionTimeoutMS',
    group: 'Time limits',
    documentation: 'How long an operation may wait for a server that fits it.',
    kind: 'integer',
    unit: 'ms',
    min: 0,
    max: int32Max,
    zero: 'no limit',
    default: 30_000
  },
  replicaSet: {
    uri: 'replicaSet',
    group: 'Servers',
    documentation: 'Name of the replica set; servers of another are not used.',
    kind: 'string'
  },
  directConnection: {
    uri: 'directConnection',
    group: 'Servers',
    documentation: 'Use the one host as it is, without discovering others.',
    kind: 'boolean',
    default: false
  },
  loadBalanced: {
    uri: 'loadBalanced',
    group: 'Servers',
    documentation: 'The host is a load balancer for the whole deployment.',
    kind: 'boolean',
    default: false
  },
  localThresholdMS: {
    uri: 'localThresholdMS',
    group: 'Servers',
    documentation: 'How much slower than the fastest suitable server another may be and still be chosen.',
    kind: 'integer',
    unit: 'ms',
    min: 0,
    max: int32Max,
    zero: 'only the fastest',
    default: 15
  },
  heartbeatFrequencyMS: {
    uri: 'heartbeatFrequencyMS',
    group: 'Servers',
    documentation: 'Time between two checks of a server.',
    kind: 'integer',
    unit: 'ms',
    min: 500,
    max: int32Max,
    default: 10_000
  },
  minHeartbeatFrequencyMS: {
    group: 'Servers',
    documentation: 'Least time between two checks of a server when operations wait; for tests.',
    kind: 'integer',
    unit: 'ms',
    min: 1,
    max: int32Max,
    default: 500
  },
  serverMonitoringMode: {
    uri: 'serverMonitoringMode',
    group: 'Servers',
    documentation: 'How servers are monitored: by streamed answers, by polling, or whichever suits the environment.',
    kind: 'string',
    choices: ['auto', 'stream', 'poll'],
    default: 'auto'
  },
  readPreference: {
    uri: 'readPreference',
    group: 'Reads and writes',
    documentation:
      'Which members of a replica set serve reads: a mode, or an object with mode, tags and maxStalenessSeconds.',
    kind: 'readPreference',
    default: 'primary',
    parts: ['readPreferenceTags', 'maxStalenessSeconds']
  },
  readPreferenceTags: {
    uri: 'readPreferenceTags',
    group: 'Reads and writes',
    documentation: 'Tags that a server must have to serve reads: sets in the order in which they are tried.',
    kind: 'tagSets',
    repetition: 'list'
  },
  maxStalenessSeconds: {
    uri: 'maxStalenessSeconds',
    group: 'Reads and writes',
    documentation: 'How far behind the primary a secondary may be and still serve reads; -1: no limit.',
    kind: 'integer',
    unit: 's',
    min: -1,
    max: int32Max,
    default: -1
  },
  readConcern: {
    group: 'Reads and writes',
    documentation: 'Read concern of all operations that do not say their own.',
    kind: 'object',
    problem: readConcernProblem,
    parts: ['readConcernLevel']
  },
  readConcernLevel: {
    uri: 'readConcernLevel',
    group: 'Reads and writes',
    documentation: 'Level of the read concern, such as local or majority.',
    kind: 'string'
  },
  writeConcern: {
    group: 'Reads and writes',
    documentation: 'Write concern of all operations that do not say their own.',
    kind: 'object',
    problem: writeConcernProblem,
    parts: ['w', 'journal', 'wtimeoutMS']
  },
  w: {
    uri: 'w',
    group: 'Reads and writes',
    documentation:
      'How many members must have a write before it is acknowledged: a number, majority, or the name of a mode.',
    kind: 'w',
    unusable: 'error'
  },
  journal: {
    uri: 'journal',
    group: 'Reads and writes',
    documentation: 'Whether a write must be in the journal before it is acknowledged.',
    kind: 'boolean',
    deprecatedNames: ['j']
  },
  wtimeoutMS: {
    group: 'Reads and writes',
    documentation: 'How long the server may wait for the write concern.',
    uri: 'wTimeoutMS',
    kind: 'integer',
    unit: 'ms',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    zero: 'no limit',
    aliases: ['wTimeoutMS'],
    deprecatedNames: ['wtimeout'],
    deprecatedFor: 'timeoutMS'
  },
  retryReads: {
    uri: 'retryReads',
    group: 'Retries',
    documentation: 'Retry reads once after an error that a retry may cure.',
    kind: 'boolean',
    default: true
  },
  retryWrites: {
    uri: 'retryWrites',
    group: 'Retries',
    documentation: 'Retry writes once after an error that a retry may cure.',
    kind: 'boolean',
    default: true
  },
  maxAdaptiveRetries: {
    uri: 'maxAdaptiveRetries',
    group: 'Retries',
    documentation: 'Retries of an operation that an overloaded server refuses.',
    kind: 'integer',
    unit: 'retries',
    min: 0,
    max: int32Max,
    default: 2
  },
  enableOverloadRetargeting: {
    uri: 'enableOverloadRetargeting',
    group: 'Retries',
    documentation: 'Whether a retry avoids the server that said it is overloaded.',
    kind: 'boolean',
    default: false
  },
  appName: {
    group: 'Identity and events',
    documentation: 'Name of the application, which the server shows in its logs and statistics.',
    uri: 'appname',
    kind: 'string',
    bytesMax: 128,
    aliases: ['appname']
  },
  driverInfo: {
    group: 'Identity and events',
    documentation: 'Name, version and platform of a library built upon this one, for the handshake.',
    kind: 'object',
    problem: driverInfoProblem
  },
  serverApi: {
    group: 'Servers',
    documentation: 'Version of the Stable API that servers must keep to, and how strictly.',
    kind: 'object',
    problem: serverApiProblem
  },
  monitorCommands: {
    group: 'Identity and events',
    documentation: 'Accepted for users of the official driver; command events are made whenever somebody listens.',
    kind: 'boolean',
    default: false
  },
  enableUtf8Validation: {
    group: 'BSON and other',
    documentation:
      'Refuse replies with text that is not UTF-8; false: tell it with U+FFFD in the place of what cannot be read.',
    kind: 'boolean',
    default: true
  },
  auth: {
    group: 'Authentication',
    documentation: "User name and password, in place of the connection string's.",
    kind: 'object',
    problem: credentialsProblem
  },
  authMechanism: {
    uri: 'authMechanism',
    group: 'Authentication',
    documentation: 'Authentication mechanism, such as SCRAM-SHA-256.',
    kind: 'string'
  },
  authMechanismProperties: {
    uri: 'authMechanismProperties',
    group: 'Authentication',
    documentation: 'Properties of the mechanism; in a connection string a value has no comma.',
    kind: 'pairs'
  },
  authSource: {
    uri: 'authSource',
    group: 'Authentication',
    documentation: 'Database that knows the user.',
    kind: 'string',
    unusable: 'error'
  }
}

/** Every option that cenote knows, in the order of the reference page. */
export const optionTable: { readonly [Name in OptionName]: RowOf<Name> } = {
  ...builtOptions,
  ...tlsOptions,
  ...compressionOptions,
  ...loggingOptions,
  ...srvOptions,
  ...proxyOptions,
  ...laterOptions
}
