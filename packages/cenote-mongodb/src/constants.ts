/** The words that options and descriptions are made of, as the objects that the official driver has of them. */
import type { ReadPreferenceMode as Mode, ServerType as TypeOfServer, TopologyType as TypeOfTopology } from 'cenote'

type Words<Word extends string> = { readonly [Each in Word]: Each }

export type ReadPreferenceMode = Mode
export const ReadPreferenceMode: Words<ReadPreferenceMode> = Object.freeze({
  primary: 'primary',
  primaryPreferred: 'primaryPreferred',
  secondary: 'secondary',
  secondaryPreferred: 'secondaryPreferred',
  nearest: 'nearest'
})

export type ReadConcernLevel = 'local' | 'majority' | 'linearizable' | 'available' | 'snapshot'
export const ReadConcernLevel: Words<ReadConcernLevel> = Object.freeze({
  local: 'local',
  majority: 'majority',
  linearizable: 'linearizable',
  available: 'available',
  snapshot: 'snapshot'
})

export type ServerType = TypeOfServer
/** All types that cenote tells apart: there is no `PossiblePrimary`, which is a seed that has not been checked. */
export const ServerType: Words<ServerType> = Object.freeze({
  Standalone: 'Standalone',
  Mongos: 'Mongos',
  RSPrimary: 'RSPrimary',
  RSSecondary: 'RSSecondary',
  RSArbiter: 'RSArbiter',
  RSOther: 'RSOther',
  RSGhost: 'RSGhost',
  Unknown: 'Unknown',
  LoadBalancer: 'LoadBalancer'
})

export type TopologyType = TypeOfTopology
export const TopologyType: Words<TopologyType> = Object.freeze({
  Single: 'Single',
  ReplicaSetNoPrimary: 'ReplicaSetNoPrimary',
  ReplicaSetWithPrimary: 'ReplicaSetWithPrimary',
  Sharded: 'Sharded',
  Unknown: 'Unknown',
  LoadBalanced: 'LoadBalanced'
})

/** Labels that an error of cenote can have. */
export type MongoErrorLabel =
  | 'RetryableWriteError'
  | 'TransientTransactionError'
  | 'UnknownTransactionCommitResult'
  | 'ResumableChangeStreamError'
  | 'NoWritesPerformed'
  | 'RetryableError'
  | 'SystemOverloadedError'
export const MongoErrorLabel: Words<MongoErrorLabel> = Object.freeze({
  RetryableWriteError: 'RetryableWriteError',
  TransientTransactionError: 'TransientTransactionError',
  UnknownTransactionCommitResult: 'UnknownTransactionCommitResult',
  ResumableChangeStreamError: 'ResumableChangeStreamError',
  NoWritesPerformed: 'NoWritesPerformed',
  RetryableError: 'RetryableError',
  SystemOverloadedError: 'SystemOverloadedError'
})

/** Kind → the option's word for it, of those that are built. */
export const AuthMechanism: {
  readonly MONGODB_PLAIN: 'PLAIN'
  readonly MONGODB_SCRAM_SHA1: 'SCRAM-SHA-1'
  readonly MONGODB_SCRAM_SHA256: 'SCRAM-SHA-256'
  readonly MONGODB_X509: 'MONGODB-X509'
} = Object.freeze({
  MONGODB_PLAIN: 'PLAIN',
  MONGODB_SCRAM_SHA1: 'SCRAM-SHA-1',
  MONGODB_SCRAM_SHA256: 'SCRAM-SHA-256',
  MONGODB_X509: 'MONGODB-X509'
})

/** Name → its number in a compressed message. */
export const Compressor: { readonly none: 0; readonly snappy: 1; readonly zlib: 2; readonly zstd: 3 } = Object.freeze({
  none: 0,
  snappy: 1,
  zlib: 2,
  zstd: 3
})
