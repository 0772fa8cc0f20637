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
