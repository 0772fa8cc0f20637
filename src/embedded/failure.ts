import type { BSONValue } from './query/values.ts'

/** The server's error table, as far as its codes are answered here or are likely to be asked for in a fail point. */
const failureCodes = {
  InternalError: 1,
  BadValue: 2,
  NoSuchKey: 4,
  GraphContainsCycle: 5,
  HostUnreachable: 6,
  HostNotFound: 7,
  UnknownError: 8,
  FailedToParse: 9,
  UserNotFound: 11,
  Unauthorized: 13,
  TypeMismatch: 14,
  Overflow: 15,
  InvalidLength: 16,
  ProtocolError: 17,
  AuthenticationFailed: 18,
  IllegalOperation: 20,
  InvalidBSON: 22,
  LockTimeout: 24,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  CannotBackfillArray: 34,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  NoMatchingDocument: 47,
  NamespaceExists: 48,
  MaxTimeMSExpired: 50,
  DollarPrefixedFieldName: 52,
  InvalidIdField: 53,
  NotSingleValueField: 54,
  EmptyFieldName: 56,
  CommandNotFound: 59,
  WriteConcernTimeout: 64,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  IndexAlreadyExists: 68,
  ShardNotFound: 70,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  NoReplicationEnabled: 76,
  UnknownReplWriteConcern: 79,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  NetworkTimeout: 89,
  ShutdownInProgress: 91,
  NotSecondary: 95,
  OperationFailed: 96,
  UnsatisfiableWriteConcern: 100,
  NotExactValueField: 111,
  WriteConflict: 112,
  CommandNotSupported: 115,
  ConflictingOperationInProgress: 117,
  DocumentValidationFailure: 121,
  NotAReplicaSet: 123,
  CommandFailed: 125,
  FailedToSatisfyReadPreference: 133,
  ReadConcernMajorityNotAvailableYet: 134,
  CappedPositionLost: 136,
  CursorInUse: 143,
  ExceededMemoryLimit: 146,
  MaxStalenessOutOfRange: 160,
  ViewDepthLimitExceeded: 165,
  CommandNotSupportedOnView: 166,
  OptionNotSupportedOnView: 167,
  InvalidPipelineOperator: 168,
  ConversionFailure: 241,
  StaleEpoch: 150,
  CannotIndexParallelArrays: 171,
  QueryPlanKilled: 175,
  ClientMetadataMissingField: 183,
  ClientMetadataAppNameTooLarge: 184,
  ClientMetadataDocumentTooLarge: 185,
  ClientMetadataCannotBeMutated: 186,
  PrimarySteppedDown: 189,
  InvalidIndexSpecificationOption: 197,
  ClusterTimeFailsRateLimiter: 205,
  NoSuchSession: 206,
  IllegalOpMsgFlag: 223,
  TransactionTooOld: 225,
  RetryChangeStream: 234,
  CursorKilled: 237,
  NotImplemented: 238,
  SnapshotTooOld: 239,
  SnapshotUnavailable: 246,
  NoSuchTransaction: 251,
  TransactionCommitted: 256,
  TransactionTooLarge: 257,
  InvalidResumeToken: 260,
  ExceededTimeLimit: 262,
  OperationNotSupportedInTransaction: 263,
  PreparedTransactionInProgress: 267,
  ChangeStreamFatalError: 280,
  ChangeStreamHistoryLost: 286,
  TransactionExceededLifetimeLimitSeconds: 290,
  NoQueryExecutionPlans: 291,
  ConnectionPoolExpired: 317,
  APIVersionError: 322,
  APIStrictError: 323,
  APIDeprecationError: 324,
  MechanismUnavailable: 334,
  APIMismatchError: 347,
  UnsupportedOpQueryCommand: 352,
  LoadBalancerSupportMismatch: 354,
  InternalTransactionNotSupported: 358,
  CannotConvertIndexToUnique: 359,
  ConnectionError: 384,
  ReauthenticationRequired: 391,
  ResourceExhausted: 402,
  MigrationBlockingOperationCoordinatorCleaningUp: 406,
  PooledConnectionAcquisitionExceededTimeLimit: 407,
  UpdatesStillPending: 412,
  AdmissionQueueOverflow: 433,
  RateLimitExceeded: 449,
  IngressRequestRateLimitExceeded: 462,
  SocketException: 9001,
  LegacyNotPrimary: 10058,
  NotWritablePrimary: 10107,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
  InterruptedAtShutdown: 11600,
  Interrupted: 11601,
  InterruptedDueToReplStateChange: 11602,
  MergeStageNoMatchingDocument: 13113,
  StaleConfig: 13388,
  NotPrimaryNoSecondaryOk: 13435,
  NotPrimaryOrSecondary: 13436,
  SearchNotEnabled: 31082,
  IDLFailedToParse: 40414,
  IDLUnknownField: 40415,
  NotARetryableWriteCommand: 50768
} as const

export type FailureName = keyof typeof failureCodes

const names: ReadonlyMap<number, string> = new Map(Object.entries(failureCodes).map(([name, code]) => [code, name]))

/** A number that stands in the table under no name is called `Location<number>`, as on the server. */
function codeNameOf(code: number): string {
  return names.get(code) ?? `Location${code}`
}

/**
 * A command, or one statement of it, cannot be carried out. The server turns it into a reply: `code`, `codeName`, the
 * message as `errmsg`, and `fields` beside them.
 */
export class CommandFailure extends Error {
  readonly code: number
  readonly codeName: string
  /** Further fields of the reply, such as `keyPattern` or `errInfo`. */
  readonly fields: Readonly<Record<string, BSONValue>>

  constructor(code: FailureName | number, message: string, fields: Readonly<Record<string, BSONValue>> = {}) {
    super(message)
    this.code = typeof code === 'number' ? code : failureCodes[code]
    this.codeName = codeNameOf(this.code)
    this.fields = fields
  }

  override get name(): string {
    return 'CommandFailure'
  }
}

/** What failed was the reading of a change stream: its labels say whether a client may resume it. */
export class ChangeStreamFailure extends CommandFailure {
  constructor({ code, message, fields }: CommandFailure) {
    super(code, message, fields)
  }

  override get name(): string {
    return 'ChangeStreamFailure'
  }
}

/** Runs `work`. What fails in it says first what was being done, as a server's messages do. */
export function during<Result>(what: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    throw new CommandFailure(error.code, `${what} :: caused by :: ${error.message}`, error.fields)
  }
}

/** The failure for arguments that make no sense, which most are. */
export function badValue(message: string): CommandFailure {
  return new CommandFailure('BadValue', message)
}
