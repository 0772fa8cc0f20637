import { type Document, Timestamp, type UUID } from '../bson/index.ts'
import { MongoInvalidArgumentError, MongoTransactionError } from '../errors/index.ts'
import { type ClusterTimeDocument, ExplicitSession, type ServerSessionState } from '../operations/index.ts'
import type { ClientCore } from './core.ts'
import type { MongoClient } from './mongo_client.ts'
import type { ClientSessionOptions, TransactionOptions } from './types/index.ts'

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

/** Each option, what it has to be, and whether a value is that. */
const optionChecks: Readonly<Record<string, readonly [expectation: string, fits: (value: unknown) => boolean]>> = {
  causalConsistency: ['true or false', value => typeof value === 'boolean'],
  snapshot: ['true or false', value => typeof value === 'boolean'],
  snapshotTime: ['a Timestamp', value => value instanceof Timestamp],
  defaultTransactionOptions: ['an object', value => typeof value === 'object' && value !== null]
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
  /** Of transactions, which are not built yet. */
  readonly defaultTransactionOptions: TransactionOptions
  readonly #core: ClientCore
  readonly #explicit: ExplicitSession

  static {
    explicitOf = session => session.#explicit
  }

  /** Users call `client.startSession()`. */
  constructor(client: MongoClient, core: ClientCore, options: ClientSessionOptions) {
    const { snapshot = false, snapshotTime, defaultTransactionOptions = {} } = checked(options)
    const { causalConsistency = !snapshot } = options
    this.client = client
    this.supports = Object.freeze({ causalConsistency })
    this.snapshotEnabled = snapshot
    this.defaultTransactionOptions = Object.freeze({ ...defaultTransactionOptions })
    this.#core = core
    const consistency = { causal: causalConsistency, snapshot, snapshotTime }
    this.#explicit = new ExplicitSession(core.context, core.sessions, consistency)
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

  /** No operation can have it any more; those in progress finish. Nothing is sent: the client uses the server's part again. Idempotent. */
  async endSession(): Promise<void> {
    this.#explicit.end(this.#core.runtime.clock.nowMS())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endSession()
  }

  equals(other: ClientSession): boolean {
    return other instanceof ClientSession && other.#explicit === this.#explicit
  }

  inTransaction(): boolean {
    return false
  }

  /** @throws {MongoTransactionError} always. */
  startTransaction(_options?: TransactionOptions): void {
    if (this.snapshotEnabled) throw new MongoTransactionError('Transactions are not supported in snapshot sessions')
    throw notBuilt('startTransaction')
  }

  /** Rejects with a `MongoTransactionError`, always. */
  async commitTransaction(): Promise<void> {
    throw notBuilt('commitTransaction')
  }

  /** Rejects with a `MongoTransactionError`, always. */
  async abortTransaction(): Promise<void> {
    throw notBuilt('abortTransaction')
  }

  /** Rejects with a `MongoTransactionError`, always, without having called `work`. */
  async withTransaction<Result>(
    _work: (session: ClientSession) => Promise<Result>,
    _options?: TransactionOptions
  ): Promise<Result> {
    throw notBuilt('withTransaction')
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

function notBuilt(method: string): MongoTransactionError {
  return new MongoTransactionError(`${method}: transactions are not built yet`)
}
