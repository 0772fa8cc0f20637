import type { DriverInfo } from './driver_info.ts'
import type { LogComponentSeverities } from './logging_options.ts'
import type { ReadConcern } from './read_concern.ts'
import type { ReadPreferenceInput, ReadPreferenceMode, TagSet } from './read_preference.ts'
import type { ServerApi, ServerApiVersion } from './server_api.ts'
import type { WriteConcernInput } from './write_concern.ts'

/** Every option by the official driver's name. Undefined is the same as not given. */
export interface OptionValues extends BuiltOptionValues, LaterOptionValues {}

/** Options that work. */
export interface BuiltOptionValues
  extends TLSOptionValues,
    CompressionOptionValues,
    LoggingOptionValues,
    SRVOptionValues,
    ProxyOptionValues {
  /** Connections that a pool has at most: those that are dialled, idle and in use together. */
  maxPoolSize?: number | undefined
  /** Connections that the pool of a data-bearing server keeps open while it is ready. */
  minPoolSize?: number | undefined
  /** Connections that a pool dials at the same time. */
  maxConnecting?: number | undefined
  /** How long a connection may be idle before it is closed. */
  maxIdleTimeMS?: number | undefined
  /** How long a check-out may wait for a connection, a dial included. */
  waitQueueTimeoutMS?: number | undefined
  /** How long one operation may take with all that it needs: selection, check-out, every attempt. */
  timeoutMS?: number | undefined
  /** How long a dial may take over TCP, TLS and the whole handshake, and how long the look-up of a seed list. */
  connectTimeoutMS?: number | undefined
  /** How long an operation may wait for bytes on its connection. */
  socketTimeoutMS?: number | undefined
  /** How long an operation may wait for a server that fits it. */
  serverSelectionTimeoutMS?: number | undefined
  /** Name of the replica set; servers of another are not used. */
  replicaSet?: string | undefined
  /** Use the one host as it is, without discovering others. */
  directConnection?: boolean | undefined
  /** The host is a load balancer for the whole deployment. */
  loadBalanced?: boolean | undefined
  /** How much slower than the fastest suitable server another may be and still be chosen. */
  localThresholdMS?: number | undefined
  /** Time between two checks of a server. */
  heartbeatFrequencyMS?: number | undefined
  /** Least time between two checks of a server when operations wait; for tests. */
  minHeartbeatFrequencyMS?: number | undefined
  /** How servers are monitored: by streamed answers, by polling, or whichever suits the environment. */
  serverMonitoringMode?: 'auto' | 'stream' | 'poll' | undefined
  /** Which members of a replica set serve reads: a mode, or an object with mode, tags and maxStalenessSeconds. */
  readPreference?: ReadPreferenceMode | ReadPreferenceInput | undefined
  /** Tags that a server must have to serve reads: sets in the order in which they are tried. */
  readPreferenceTags?: readonly TagSet[] | undefined
  /** How far behind the primary a secondary may be and still serve reads; -1: no limit. */
  maxStalenessSeconds?: number | undefined
  /** Read concern of all operations that do not say their own. */
  readConcern?: ReadConcern | string | undefined
  /** Level of the read concern, such as local or majority. */
  readConcernLevel?: string | undefined
  /** Write concern of all operations that do not say their own. */
  writeConcern?: WriteConcernInput | undefined
  /** How many members must have a write before it is acknowledged: a number, majority, or the name of a mode. */
  w?: number | string | undefined
  /** Whether a write must be in the journal before it is acknowledged. */
  journal?: boolean | undefined
  /** How long the server may wait for the write concern. */
  wtimeoutMS?: number | undefined
  /** Retry reads once after an error that a retry may cure. */
  retryReads?: boolean | undefined
  /** Retry writes once after an error that a retry may cure. */
  retryWrites?: boolean | undefined
  /** Retries of an operation that an overloaded server refuses. */
  maxAdaptiveRetries?: number | undefined
  /** Whether a retry avoids the server that said it is overloaded. */
  enableOverloadRetargeting?: boolean | undefined
  /** Name of the application, which the server shows in its logs and statistics. */
  appName?: string | undefined
  /** Name, version and platform of a library built upon this one, for the handshake. */
  driverInfo?: DriverInfo | undefined
  /** Version of the Stable API that servers must keep to, and how strictly. */
  serverApi?: ServerApi | ServerApiVersion | undefined
  /** Accepted for users of the official driver; command events are made whenever somebody listens. */
  monitorCommands?: boolean | undefined
  /** Refuse replies with text that is not UTF-8; false: tell it with U+FFFD in the place of what cannot be read. */
  enableUtf8Validation?: boolean | undefined
  /** User name and password, in place of the connection string's. */
  auth?: { readonly username?: string | undefined; readonly password?: string | undefined } | undefined
  /** Authentication mechanism, such as SCRAM-SHA-256. */
  authMechanism?: string | undefined
  /** Properties of the mechanism; in a connection string a value has no comma. */
  authMechanismProperties?: Readonly<Record<string, unknown>> | undefined
  /** Database that knows the user. */
  authSource?: string | undefined
}

export interface TLSOptionValues {
  /** Encrypt connections; true for mongodb+srv. */
  tls?: boolean | undefined
  /** File of the certificate authorities to trust, in place of those that come with Node.js. */
  tlsCAFile?: string | undefined
  /** File with the authorities' lists of certificates that were revoked. */
  tlsCRLFile?: string | undefined
  /** File of the client's certificate and private key. */
  tlsCertificateKeyFile?: string | undefined
  /** Password of the private key in tlsCertificateKeyFile. */
  tlsCertificateKeyFilePassword?: string | undefined
  /** Check neither certificates nor host names. */
  tlsInsecure?: boolean | undefined
  /** Do not check certificates. */
  tlsAllowInvalidCertificates?: boolean | undefined
  /** Do not check that a certificate is for the host. */
  tlsAllowInvalidHostnames?: boolean | undefined
  /** Accepted: cenote never asks a certificate's status endpoint whether it was revoked. */
  tlsDisableOCSPEndpointCheck?: boolean | undefined
  /** Accepted: cenote checks whether a certificate was revoked only by the lists in tlsCRLFile. */
  tlsDisableCertificateRevocationCheck?: boolean | undefined
}

export interface CompressionOptionValues {
  /** Compressors to offer, in order of preference. */
  compressors?: readonly ('snappy' | 'zlib' | 'zstd' | 'none')[] | undefined
  /** Level of zlib: -1 its default, 0 none, 1 fastest, 9 smallest. */
  zlibCompressionLevel?: number | undefined
}

export interface LoggingOptionValues {
  /** The least grave messages that are logged, by component; goes before the environment. */
  mongodbLogComponentSeverities?: LogComponentSeverities | undefined
  /** How much of a document a message shows; 1000 where the environment does not say otherwise. */
  mongodbLogMaxDocumentLength?: number | undefined
}

export interface SRVOptionValues {
  /** Hosts of an SRV answer that are used, chosen at random. */
  srvMaxHosts?: number | undefined
  /** Service name of the SRV record. */
  srvServiceName?: string | undefined
}

export interface ProxyOptionValues {
  /** Host of a SOCKS5 proxy, through which every server is reached. */
  proxyHost?: string | undefined
  /** Port of the proxy. */
  proxyPort?: number | undefined
  /** User name for the proxy. */
  proxyUsername?: string | undefined
  /** Password for the proxy. */
  proxyPassword?: string | undefined
}

/** Options of what is not built yet. */
export interface LaterOptionValues {
  /** Give numbers, binary data and the like as values of JavaScript where they fit. */
  promoteValues?: boolean | undefined
  /** Give 64-bit integers as numbers where they are exact. */
  promoteLongs?: boolean | undefined
  /** Give binary data as buffers. */
  promoteBuffers?: boolean | undefined
  /** Give 64-bit integers as bigint. */
  useBigInt64?: boolean | undefined
  /** Give regular expressions as BSONRegExp. */
  bsonRegExp?: boolean | undefined
  /** Leave out fields that are undefined instead of writing null. */
  ignoreUndefined?: boolean | undefined
  /** Write functions as code. */
  serializeFunctions?: boolean | undefined
  /** Give documents as bytes. */
  raw?: boolean | undefined
  /** Let the server make the _id of an inserted document. */
  forceServerObjectId?: boolean | undefined
  /** Makes the _id of inserted documents. */
  pkFactory?: unknown
  /** Client-side field level encryption. */
  autoEncryption?: unknown
}
