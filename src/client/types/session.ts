import type { ReadConcern, ReadPreferenceInput, ReadPreferenceMode, WriteConcernInput } from '../../options/index.ts'

/** How a session is. Source: the driver sessions specification. */
export interface ClientSessionOptions {
  /** Whether each operation sees what those before it have read and written, on whichever member; default true. */
  readonly causalConsistency?: boolean | undefined
  /** Not built yet: a client refuses it. */
  readonly snapshot?: boolean | undefined
  /** Taken and shown; transactions themselves are not built yet. */
  readonly defaultTransactionOptions?: TransactionOptions | undefined
}

/** How a transaction is. Source: the transactions specification. */
export interface TransactionOptions {
  readonly readConcern?: ReadConcern | string | undefined
  readonly writeConcern?: WriteConcernInput | undefined
  readonly readPreference?: ReadPreferenceMode | ReadPreferenceInput | undefined
  /** Milliseconds of the server's own work at the commit. */
  readonly maxCommitTimeMS?: number | undefined
}
