import type { DecodeOptions } from '../bson/index.ts'
import type { PinnedConnection } from '../pool/index.ts'
import type { Server } from '../topology/index.ts'
import type { Activity } from './activities.ts'
import type { ExplicitSession } from './explicit_session.ts'
import type { ServerSession } from './server_sessions.ts'

export interface OperationOptions {
  /** One limit for everything from the call to the result; 0: none. Undefined: the limits of each part apply. */
  readonly timeoutMS?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** How what the server replies is decoded; undefined: as the BSON library does by default. */
  readonly decodeOptions?: DecodeOptions | undefined
  /** Whether the server is told nothing of what is left of `timeoutMS`; default false. */
  readonly serverIsUntold?: boolean | undefined
  /**
   * Milliseconds that the server may wait for documents, or what is left of `timeoutMS` if that is less. Goes as `maxTimeMS`,
   * which means this where a server waits.
   */
  readonly maxAwaitTimeMS?: number | undefined
  /** The server that has the cursor: no selection. */
  readonly server?: Server | undefined
  /** The connection that alone leads to the cursor, behind a load balancer. */
  readonly pin?: PinnedConnection | undefined
  /** The caller's. Undefined: the operation has one for itself. */
  readonly session?: ExplicitSession | undefined
  /** Where the caller gave none, that of the cursor: not taken from the pool, and not given back. */
  readonly cursorSession?: ServerSession | undefined
  /** Part of something that began before: not refused while the client is closing. */
  readonly partOf?: Activity | undefined
}

/** Who is told how an operation ended, where a promise would be one too many. Neither of the two may throw. */
export interface Settlement<Result> {
  succeeded(result: Result): void
  failed(reason: unknown): void
}
