import { documentField, fieldOf, Timestamp } from '../bson/index.ts'
import type { Connection } from '../connection/index.ts'
import {
  MongoCompatibilityError,
  MongoExpiredSessionError,
  MongoInvalidArgumentError,
  MongoTransactionError
} from '../errors/index.ts'
import { isDefaultReadConcern, type ReadConcern } from '../options/index.ts'
import type { Reply } from '../wire/index.ts'
import type { Activity } from './activities.ts'
import { ClusterTime } from './cluster_time.ts'
import type { Command } from './command.ts'
import type { OperationContext } from './context.ts'
import type { TransactionTrace } from './operation_tracer.ts'
import { hasSessions, type ServerSession } from './server_sessions.ts'
import { SessionTransaction, type TransactionSettings } from './session_transaction.ts'

/** What the operations of a session see. */
export interface SessionConsistency {
  /** Each of them what those before it have read and written. */
  readonly causal: boolean
  /** All of them the data as it was at one time, which the first of them sets. */
  readonly snapshot: boolean
  /** Sets it before. */
  readonly snapshotTime?: Timestamp | undefined
}

/** A server session at one moment. */
export type ServerSessionState = Pick<ServerSession, 'id' | 'txnNumber' | 'dirty'>

/** MongoDB 5.0: the first that reads snapshots outside transactions. */
const snapshotWireVersion = 13

/**
 * A session that the caller gives to operations, where others have one for themselves each. It takes a server session when it
 * first needs one. Sources: the driver sessions and the causal consistency specification.
 */
export class ExplicitSession {
  /** The highest that this session has seen; it may be ahead of the client's, and is sent with this session alone. */
  readonly clusterTime: ClusterTime = new ClusterTime()
  readonly transaction: SessionTransaction = new SessionTransaction()
  readonly #consistency: SessionConsistency
  readonly #context: OperationContext
  /** Of the client: those that have a server session. */
  readonly #registry: Set<ExplicitSession>
  #operationTime: Timestamp | undefined
  #snapshotTime: Timestamp | undefined
  #serverSession: ServerSession | undefined
  /** How it was when it was given back: by now it may be another's. */
  #last: ServerSessionState | undefined
  /** Whose commands carry the server session now: nobody else gets it before they are done. */
  readonly #users = new Set<object>()
  /** When all that runs in it has to be over, on the Runtime's clock; undefined: its operations have limits of their own. */
  endsMS: number | undefined = undefined
  /** What all that runs in it is part of; undefined: its operations are begun one by one. */
  partOf: Activity | undefined = undefined
  /** Of its transaction, or of the last one; undefined: it is not traced. */
  transactionTrace: TransactionTrace | undefined = undefined
  #ended = false

  constructor(context: OperationContext, registry: Set<ExplicitSession>, consistency: SessionConsistency) {
    this.#context = context
    this.#registry = registry
    this.#consistency = consistency
    this.#snapshotTime = consistency.snapshotTime
  }

  get hasEnded(): boolean {
    return this.#ended
  }

  /** Whether a command can still have it that is about what was done in that transaction, or in none, without ending anything. */
  isFor(transaction: bigint | undefined): boolean {
    const { state, activeNumber } = this.transaction
    if (this.#ended || activeNumber !== transaction) return false
    return transaction !== undefined || state === 'no transaction'
  }

  /** What is left of the time for all that runs in it, in milliseconds, at least 1; undefined: nothing limits it. */
  get timeLeftMS(): number | undefined {
    if (this.endsMS === undefined) return undefined
    return Math.max(1, this.endsMS - this.#context.runtime.clock.nowMS())
  }

  /** The latest that a reply has told; undefined before, and where servers tell none. */
  get operationTime(): Timestamp | undefined {
    return this.#operationTime
  }

  /** What a snapshot session reads at; undefined before its first read. */
  get snapshotTime(): Timestamp | undefined {
    return this.#snapshotTime
  }

  /** Undefined before its first use; after the end, as it was then. */
  get serverSession(): ServerSessionState | undefined {
    return this.#serverSession ?? this.#last
  }

  /** Why an operation of a client cannot have this session, or undefined. */
  refusalOf(
    context: OperationContext,
    { name: command, acknowledged, readPreference }: Command<unknown>
  ): Error | undefined {
    if (context !== this.#context)
      return new MongoInvalidArgumentError(
        `the session of ${command} was started by another client; start one with this client's startSession`
      )
    if (this.#ended)
      return new MongoExpiredSessionError(`the session of ${command} has ended; start another one with startSession`)
    if (this.transaction.isActive && readPreference !== undefined && readPreference.mode !== 'primary')
      return new MongoTransactionError(
        `read preference in a transaction must be primary: ${command} would have ${readPreference.mode}, from its own options, ` +
          "the transaction's, the session's defaultTransactionOptions or the client's"
      )
    if (!acknowledged)
      return new MongoInvalidArgumentError(
        `${command} with write concern w 0 cannot have a session: nobody would know when it is done; leave one of the two out`
      )
    return undefined
  }

  /**
   * The server session for a command that is about to be written.
   * @throws {MongoCompatibilityError} where the connection's server has no sessions.
   */
  use(user: object, connection: Connection, nowMS: number): ServerSession {
    if (!hasSessions(connection))
      throw new MongoCompatibilityError(
        `${connection.address} does not support sessions; run the operation without one`
      )
    this.#users.add(user)
    return this.take(nowMS)
  }

  /** The user's operation is over. */
  leave(user: object, nowMS: number): void {
    this.#users.delete(user)
    if (this.#ended) this.#giveBack(nowMS)
  }

  /** The server session, from now on this session's own. */
  take(nowMS: number): ServerSession {
    const { sessions, topology } = this.#context
    this.#registry.add(this)
    this.#serverSession ??= sessions.take(topology.description.logicalSessionTimeoutMinutes, nowMS)
    return this.#serverSession
  }

  /** Its own cluster time, or the client's. */
  laterOf(clusterTime: ClusterTime): ClusterTime {
    return this.clusterTime.isLaterThan(clusterTime) ? this.clusterTime : clusterTime
  }

  /** Takes the times of a reply, an error's too. */
  advance(reply: Reply): void {
    this.clusterTime.advance(reply)
    this.transaction.replied(reply)
    const time = reply.operationTime()
    if (time !== undefined) this.advanceOperationTime(time)
    if (this.#consistency.snapshot && this.#snapshotTime === undefined && reply.ok) this.#takeSnapshotTime(reply)
  }

  /** Once for each such session: the reply is decoded for it. */
  #takeSnapshotTime(reply: Reply): void {
    const document = reply.document()
    const time = fieldOf(documentField(document, 'cursor') ?? document, 'atClusterTime')
    if (time instanceof Timestamp) this.#snapshotTime = time
  }

  /** Nothing happens unless it is later. */
  advanceOperationTime(time: Timestamp): void {
    if (this.#operationTime === undefined || time.greaterThan(this.#operationTime)) this.#operationTime = time
  }

  /**
   * What such a command has to say in its read concern; undefined: nothing.
   * @throws {MongoCompatibilityError} where the connection's server reads no snapshots.
   */
  readConcernOf(operation: { readonly command: Command<unknown> }, { hello }: Connection): ReadConcern | undefined {
    const { causal, snapshot } = this.#consistency
    const { readConcern } = operation.command.traits
    if (readConcern === 'none') return undefined
    const { transaction } = this
    const afterClusterTime = causal && hello.kind !== 'standalone' ? this.#operationTime : undefined
    if (transaction.isActive) {
      if (!transaction.isBegunBy(operation)) return undefined
      // Also for writes, and for commands of which nobody knows what they do.
      const { readConcern: level = {} } = transaction.settings ?? {}
      const all = afterClusterTime === undefined ? level : { ...level, afterClusterTime }
      return isDefaultReadConcern(all) ? undefined : all
    }
    if (snapshot) {
      if (hello.maxWireVersion < snapshotWireVersion)
        throw new MongoCompatibilityError('Snapshot reads require MongoDB 5.0 or later')
      return { level: 'snapshot', atClusterTime: this.#snapshotTime }
    }
    return readConcern === 'refused' || afterClusterTime === undefined ? undefined : { afterClusterTime }
  }

  /**
   * Begins a transaction, of which no server hears before its first command.
   * @throws {MongoTransactionError} while one is in progress.
   */
  startTransaction(settings: TransactionSettings, nowMS: number): void {
    this.transaction.start(settings, () => this.take(nowMS).nextTxnNumber())
  }

  /** Idempotent. The server session goes back to the client's others, once what is in progress with it is over. */
  end(nowMS: number): void {
    this.#ended = true
    this.transactionTrace?.ended()
    this.transaction.unpin()
    this.#giveBack(nowMS)
  }

  #giveBack(nowMS: number): void {
    const session = this.#serverSession
    if (session === undefined || this.#users.size > 0) return
    const { sessions, topology } = this.#context
    const { id, txnNumber, dirty } = session
    this.#last = { id, txnNumber, dirty }
    this.#serverSession = undefined
    this.#registry.delete(this)
    sessions.giveBack(session, topology.description.logicalSessionTimeoutMinutes, nowMS)
  }
}
