import { type Document, Timestamp, type UUID } from '../bson/index.ts'
import { MongoExpiredSessionError, MongoInvalidArgumentError, MongoTransactionError } from '../errors/index.ts'
import {
  type ClusterTimeDocument,
  EndTransactionCommand,
  ExplicitSession,
  type ServerSessionState,
  type TransactionState
} from '../operations/index.ts'
import type { ClientCore } from './core.ts'
import type { MongoClient } from './mongo_client.ts'
import { TransactionActivity } from './transaction_activity.ts'
import { checkMilliseconds, checkTransactionOptions, transactionSettings } from './transaction_options.ts'
import type {
  ClientSessionOptions,
  EndTransactionOptions,
  TransactionOptions,
  WithTransactionOptions
} from './types/index.ts'
import { TransactionTracing } from './transaction_tracing.ts'
import { type TransactionTrial, tryTransaction } from './with_transaction.ts'

/** What servers know a session by: the value of `lsid`. */
export interface ServerSessionId {
  readonly id: UUID
}

/** What stands behind a session on the server's side, at one moment. */
export interface ServerSessionInfo {
  readonly id: ServerSessionId
  /** The number of the last retryable write; 0 before the first. */
  readonly txnNumber: number
  /** Whether the fate of a command is unknown: such a session is not used again after the end. */
  readonly isDirty: boolean
}

/** The transaction of a session, at one moment. */
export interface TransactionInfo {
  /** In the words of the transactions specification. */
  readonly state: TransactionState
  /** Whether it was started and is neither committed nor aborted. */
  readonly isActive: boolean
  /**
   * `host:port` of the router that all of its commands go to, on a sharded cluster, or of the load balancer, to which it has a
   * connection to itself then; undefined: any.
   */
  readonly pinnedAddress: string | undefined
}

/** Each option, what it has to be, and whether a value is that. */
const optionChecks: Readonly<Record<string, readonly [expectation: string, fits: (value: unknown) => boolean]>> = {
  causalConsistency: ['true or false', value => typeof value === 'boolean'],
  snapshot: ['true or false', value => typeof value === 'boolean'],
  snapshotTime: ['a Timestamp', value => value instanceof Timestamp],
  defaultTransactionOptions: ['an object', value => typeof value === 'object' && value !== null],
  defaultTimeoutMS: [
    'an integer from 0 on, in milliseconds',
    value => Number.isSafeInteger(value) && Number(value) >= 0
  ]
}

let explicitOf: (session: ClientSession) => ExplicitSession

/**
 * The session as operations know it. Null stands for none, as it does for the official driver.
 * @throws {MongoInvalidArgumentError} for what is no session of this package.
 */
export function explicitSessionOf(session: ClientSession | null | undefined): ExplicitSession | undefined {
  if (session === undefined || session === null) return undefined
  if (session instanceof ClientSession) return explicitOf(session)
  throw new MongoInvalidArgumentError("session must be what the client's startSession returned")
}

/**
 * Ties operations together, each of which is given it as its option `session`. With causal consistency each of them sees what
 * those before it have read and written, on whichever member it runs. Meant for one operation after the other.
 *
 * Made by `client.startSession()`. It ends by `endSession`, by `await using`, or with its client. Not to be had with
 * unacknowledged writes. Sources: the driver sessions and the causal consistency specification.
 */
export class ClientSession {
  readonly client: MongoClient
  readonly supports: { readonly causalConsistency: boolean }
  /** Whether all reads see the data as it was at one time. */
  readonly snapshotEnabled: boolean
  /** How its transactions are where they do not say otherwise. */
  readonly defaultTransactionOptions: TransactionOptions
  readonly #core: ClientCore
  readonly #explicit: ExplicitSession
  readonly #tracing: TransactionTracing
  readonly #defaultTimeoutMS: number | undefined

  static {
    explicitOf = session => session.#explicit
  }

  /** Users call `client.startSession()`. */
  constructor(client: MongoClient, core: ClientCore, options: ClientSessionOptions) {
    const { snapshot = false, snapshotTime, defaultTransactionOptions = {}, defaultTimeoutMS } = checked(options)
    checkTransactionOptions(defaultTransactionOptions)
    const { causalConsistency = !snapshot } = options
    this.client = client
    this.supports = Object.freeze({ causalConsistency })
    this.snapshotEnabled = snapshot
    this.defaultTransactionOptions = Object.freeze({ ...defaultTransactionOptions })
    this.#defaultTimeoutMS = defaultTimeoutMS
    this.#core = core
    const consistency = { causal: causalConsistency, snapshot, snapshotTime }
    this.#explicit = new ExplicitSession(core.context, core.sessions, consistency)
    this.#tracing = new TransactionTracing(core.tracer, this.#explicit)
  }

  /** Undefined for a session that ended without having been used. */
  get id(): ServerSessionId | undefined {
    return this.serverSession?.id
  }

  /** Taken from those that the client has left over, when it is first asked for or used. */
  get serverSession(): ServerSessionInfo | undefined {
    const explicit = this.#explicit
    const session = explicit.hasEnded ? explicit.serverSession : explicit.take(this.#core.runtime.clock.nowMS())
    return session === undefined ? undefined : infoOf(session)
  }

  get hasEnded(): boolean {
    return this.#explicit.hasEnded
  }

  /** The highest that the session has seen; undefined where servers tell none. */
  get clusterTime(): ClusterTimeDocument | undefined {
    return this.#explicit.clusterTime.document
  }

  /** The latest time that an operation of this session was told; undefined before the first. */
  get operationTime(): Timestamp | undefined {
    return this.#explicit.operationTime
  }

  /** What a snapshot session reads at: undefined before its first read, and of other sessions. */
  get snapshotTime(): Timestamp | undefined {
    return this.#explicit.snapshotTime
  }

  /**
   * Takes another session's `clusterTime`, perhaps another process's, if it is later. Whether it is signed rightly is the
   * server's to see.
   * @throws {MongoInvalidArgumentError} for what is no cluster time.
   */
  advanceClusterTime(clusterTime: ClusterTimeDocument): void {
    this.#explicit.clusterTime.advanceTo(clusterTime)
  }

  /**
   * Takes another session's `operationTime`, if it is later: what this session reads next is not older.
   * @throws {MongoInvalidArgumentError} for what is no Timestamp.
   */
  advanceOperationTime(operationTime: Timestamp): void {
    if (!(operationTime instanceof Timestamp))
      throw new MongoInvalidArgumentError('an operation time is a Timestamp, as a session has it')
    this.#explicit.advanceOperationTime(operationTime)
  }

  /**
   * Aborts the transaction in progress, if there is one. No operation can have the session any more; those in progress finish.
   * Nothing else is sent: the client uses the server's part again. Never fails. Idempotent.
   */
  async endSession(options: EndTransactionOptions = {}): Promise<void> {
    const explicit = this.#explicit
    if (!explicit.hasEnded && explicit.transaction.isActive) await this.abortTransaction(options)
    explicit.end(this.#core.runtime.clock.nowMS())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endSession()
  }

  equals(other: ClientSession): boolean {
    return other instanceof ClientSession && other.#explicit === this.#explicit
  }

  /** Whether a transaction was started and is neither committed nor aborted. */
  inTransaction(): boolean {
    return this.#explicit.transaction.isActive
  }

  /** The transaction in progress, or the last one, as it is at this moment. */
  get transaction(): TransactionInfo {
    const { state, isActive, pinned } = this.#explicit.transaction
    return Object.freeze({ state, isActive, pinnedAddress: pinned?.address })
  }

  /**
   * From now on the session's operations belong to a transaction. Sends nothing: the first of them begins it on the server.
   * Read and write concerns, and read preferences, are the transaction's; those of collections do not count in it.
   * @throws {MongoTransactionError} while one is in progress, in a snapshot session, and for `w: 0`.
   * @throws {MongoInvalidArgumentError} for options that are unknown or wrong.
   */
  startTransaction(options: TransactionOptions = {}): void {
    checkTransactionOptions(options)
    if (this.snapshotEnabled) throw new MongoTransactionError('Transactions are not supported in snapshot sessions')
    this.#requireLife('startTransaction')
    const { options: ofClient, runtime } = this.#core
    const settings = transactionSettings(options, this.defaultTransactionOptions, ofClient)
    this.#explicit.startTransaction(settings, runtime.clock.nowMS())
    this.#tracing.begun()
  }

  /**
   * Makes what the transaction wrote visible, all of it at once. A transaction without operations asks no server. An error with
   * the label `UnknownTransactionCommitResult` leaves open whether that has happened: call it again. One with the label
   * `TransientTransactionError` says that it never will: start anew.
   * Rejects with a `MongoTransactionError` where there is nothing to commit.
   */
  async commitTransaction(options: EndTransactionOptions = {}): Promise<void> {
    const timeoutMS = this.#timeLimit(options)
    this.#requireLife('commitTransaction')
    const { transaction, timeLeftMS } = this.#explicit
    if (timeLeftMS !== undefined && options.timeoutMS !== undefined)
      throw new MongoInvalidArgumentError(
        `timeoutMS ${options.timeoutMS} cannot be set on a commit within withTransaction, whose own timeoutMS limits it; leave one out`
      )
    const tellsServer = transaction.commit()
    try {
      if (tellsServer) await this.#end('commit', timeLeftMS ?? timeoutMS)
    } catch (reason) {
      this.#tracing.ended({ reason })
      throw reason
    }
    this.#tracing.ended()
  }

  /**
   * Undoes the transaction. What a server answers does not matter: without an answer it undoes it by itself.
   * Rejects with a `MongoTransactionError` where there is nothing to abort.
   */
  async abortTransaction(options: EndTransactionOptions = {}): Promise<void> {
    const timeoutMS = this.#timeLimit(options)
    this.#requireLife('abortTransaction')
    const { transaction } = this.#explicit
    const tellsServer = transaction.abort()
    try {
      if (tellsServer) await this.#end('abort', timeoutMS)
    } catch {
      // Nobody could do anything about it.
    } finally {
      transaction.unpin()
      this.#tracing.ended()
    }
  }

  /**
   * Runs `work` in a transaction, commits it, and resolves with what `work` did. As long as an error says that it may help, all of
   * it is done again, after a pause, or the commit alone: `work` may be called several times, and must do nothing outside the
   * transaction that must not be repeated. It gives the session to each of its operations, awaits them all, and lets their errors
   * pass, for they decide about the next attempt. It may end the transaction itself.
   *
   * A graceful end of the client waits for it. Gives up after 120 seconds with a `MongoTransactionTimeoutError`, or with
   * `timeoutMS` after that time with a `MongoOperationTimeoutError`; then operations within have no `timeoutMS` of their own.
   * Source: the convenient transactions specification.
   */
  async withTransaction<Result>(
    work: (session: ClientSession) => Promise<Result>,
    options: WithTransactionOptions = {}
  ): Promise<Result> {
    if (typeof work !== 'function')
      throw new MongoInvalidArgumentError('withTransaction takes a function that is given the session')
    checkTransactionOptions(options, 'timeoutMS')
    const { timeoutMS: _whole, ...ofEach } = options
    const timeoutMS = this.#timeLimit(options) ?? this.#core.options.timeoutMS
    const explicit = this.#explicit
    const { context } = this.#core
    const { clock, chance } = context.runtime
    const endsMS = timeoutMS === undefined || timeoutMS === 0 ? undefined : clock.nowMS() + timeoutMS
    const activity = new TransactionActivity(context)
    let hasBegun = false
    const trial: TransactionTrial<Result> = {
      start: () => {
        this.startTransaction(ofEach)
        hasBegun = true
        explicit.endsMS = endsMS
        explicit.partOf = activity
        activity.enter()
      },
      work: async () => work(this),
      get isActive() {
        return explicit.transaction.isActive
      },
      commit: () => this.commitTransaction(),
      abort: () => this.abortTransaction({ timeoutMS }),
      pause: durationMS => activity.pause(durationMS),
      nowMS: () => clock.nowMS(),
      fraction: () => chance.fraction()
    }
    try {
      return await this.#tracing.trials(() => tryTransaction(trial, timeoutMS))
    } finally {
      if (hasBegun) {
        explicit.endsMS = undefined
        explicit.partOf = undefined
      }
      activity.leave()
    }
  }

  #end(part: 'commit' | 'abort', timeoutMS: number | undefined): Promise<undefined> {
    const { transaction } = this.#explicit
    const { timeoutMS: ofClient = 0 } = this.#core.options
    const command = new EndTransactionCommand(part, transaction, (timeoutMS ?? ofClient) > 0)
    return this.#core.run(command, { session: this.#explicit, timeoutMS })
  }

  /** Undefined: the client's. */
  #timeLimit({ timeoutMS }: EndTransactionOptions): number | undefined {
    checkMilliseconds('timeoutMS', timeoutMS)
    return timeoutMS ?? this.#defaultTimeoutMS
  }

  #requireLife(method: string): void {
    if (this.hasEnded)
      throw new MongoExpiredSessionError(`the session of ${method} has ended; start another one with startSession`)
  }

  /** What `util.inspect` and JSON show: no internals. */
  toJSON(): Document {
    const { operationTime, hasEnded, supports } = this
    const { serverSession } = this.#explicit
    return { id: serverSession?.id.toHexString(), hasEnded, ...supports, operationTime }
  }

  static {
    Object.defineProperty(this.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      value(this: ClientSession): string {
        const { id, hasEnded } = this.toJSON()
        return `ClientSession { ${id === undefined ? 'not used yet' : String(id)}${hasEnded === true ? ', ended' : ''} }`
      }
    })
  }
}

function infoOf({ id, txnNumber, dirty }: ServerSessionState): ServerSessionInfo {
  return Object.freeze({ id: Object.freeze({ id }), txnNumber: Number(txnNumber), isDirty: dirty })
}

/** Nothing that was asked for is ignored. */
function checked(options: ClientSessionOptions): ClientSessionOptions {
  if (typeof options !== 'object' || options === null)
    throw new MongoInvalidArgumentError(`the options of a session are an object, not ${String(options)}`)
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    const [expectation, fits] = Object.hasOwn(optionChecks, name) ? (optionChecks[name] ?? []) : []
    if (fits === undefined)
      throw new MongoInvalidArgumentError(
        `sessions have no option ${JSON.stringify(name)} here; there are ${Object.keys(optionChecks).join(', ')}`
      )
    if (!fits(value)) throw new MongoInvalidArgumentError(`${name} must be ${expectation}, not ${String(value)}`)
  }
  const { snapshot = false, snapshotTime, causalConsistency = false } = options
  if (snapshot && causalConsistency)
    throw new MongoInvalidArgumentError(
      'snapshot and causalConsistency cannot both be true: a snapshot does not move on'
    )
  if (snapshotTime !== undefined && !snapshot)
    throw new MongoInvalidArgumentError(
      'snapshotTime is for sessions with snapshot: true; set that too, or leave it out'
    )
  return options
}
