import type { Timestamp } from '../../bson/index.ts'
import type { ReadConcern, ReadPreferenceInput, ReadPreferenceMode, WriteConcernInput } from '../../options/index.ts'

/** How a session is. Source: the driver sessions specification. */
export interface ClientSessionOptions {
  /**
   * Whether each operation sees what those before it have read and written, on whichever member; default true unless
   * `snapshot` is.
   */
  readonly causalConsistency?: boolean | undefined
  /**
   * Whether all reads see the data as it was at one time, which the first of them sets; default false. For `find`, `aggregate`,
   * `distinct` and what is made of them, on replica sets and sharded clusters from MongoDB 5.0 on.
   */
  readonly snapshot?: boolean | undefined
  /** That time, such as the `snapshotTime` of another snapshot session. */
  readonly snapshotTime?: Timestamp | undefined
  /** How its transactions are where they do not say otherwise. */
  readonly defaultTransactionOptions?: TransactionOptions | undefined
  /**
   * Milliseconds for each of `commitTransaction`, `abortTransaction`, `withTransaction` and `endSession`; 0: no limit. Default:
   * the client's `timeoutMS`.
   */
  readonly defaultTimeoutMS?: number | undefined
}

/** How a transaction is: what is left out is the session's `defaultTransactionOptions`, then the client's. Source: the transactions specification. */
export interface TransactionOptions {
  /** How settled the data must be that it reads. */
  readonly readConcern?: ReadConcern | string | undefined
  /** What must have happened to all of its writes before the commit is acknowledged. Not `w: 0`. */
  readonly writeConcern?: WriteConcernInput | undefined
  /** Of all its reads, whatever their collections say. Servers have transactions on the primary alone. */
  readonly readPreference?: ReadPreferenceMode | ReadPreferenceInput | undefined
  /** Milliseconds of the server's own work at the commit; not sent where timeoutMS counts. */
  readonly maxCommitTimeMS?: number | undefined
}

export interface WithTransactionOptions extends TransactionOptions {
  /** Milliseconds for the whole, all attempts included; 0: no limit. Default: the session's `defaultTimeoutMS`. */
  readonly timeoutMS?: number | undefined
}

/** Of what ends a transaction or a session. */
export interface EndTransactionOptions {
  /** Milliseconds for the whole; 0: no limit. Default: the session's `defaultTimeoutMS`. */
  readonly timeoutMS?: number | undefined
}
