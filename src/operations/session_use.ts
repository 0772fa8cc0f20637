import type { DocumentWriter, UUID } from '../bson/index.ts'
import type { Connection } from '../connection/index.ts'
import type { PinnedConnection } from '../pool/index.ts'
import type { Server } from '../topology/index.ts'
import type { Command } from './command.ts'
import type { OperationContext } from './context.ts'
import type { ExplicitSession } from './explicit_session.ts'
import type { OperationOptions } from './operation_options.ts'
import type { TransactionTrace } from './operation_tracer.ts'
import { RetryState } from './retry_state.ts'
import { hasSessions, type ServerSession } from './server_sessions.ts'

/**
 * An operation's part that has to do with sessions: the server session that its commands carry, the transaction that they
 * belong to, and the transaction number. The attempts of one command share them.
 */
export abstract class SessionUse<Result> extends RetryState {
  readonly command: Command<Result>
  protected readonly context: OperationContext
  protected readonly options: OperationOptions
  #session: ServerSession | undefined
  #txnNumber: bigint | undefined = undefined
  /** The number of the transaction that the operation belongs to. */
  #transaction: bigint | undefined = undefined
  /** False once a server was found that takes no transaction numbers: a write is sent once there. */
  protected numbered = true

  constructor(context: OperationContext, command: Command<Result>, options: OperationOptions) {
    super()
    this.context = context
    this.command = command
    this.options = options
    this.#session = options.cursorSession
  }

  /**
   * A read as its command says; a write only if it went out with a transaction number, or not at all yet. Of a transaction,
   * its end alone: the rest is repeated together.
   */
  get retryable(): boolean {
    const { kind, retryable, transaction } = this.command.traits
    if (this.#transaction !== undefined) return transaction !== 'part'
    return retryable && (kind !== 'write' || this.numbered)
  }

  /** Of the session that the attempt's command carries. */
  get sessionId(): UUID | undefined {
    return this.#session?.id
  }

  get txnNumber(): bigint | undefined {
    return this.#txnNumber
  }

  /** Asked for before the operation has entered its session. */
  get transactionTrace(): TransactionTrace | undefined {
    const { session } = this.options
    if (session === undefined) return undefined
    const belongs = session.transaction.isActive || this.command.traits.transaction !== 'part'
    return belongs ? session.transactionTrace : undefined
  }

  /** Where all commands of the transaction go; undefined: anywhere. */
  protected get pinnedServer(): Server | undefined {
    return this.#transaction === undefined ? undefined : this.options.session?.transaction.pinned
  }

  /** The one of its connections that leads to what the command is about; undefined: any. */
  protected get pin(): PinnedConnection | undefined {
    return this.command.pin ?? this.options.pin ?? this.transactionPin
  }

  protected get transactionPin(): PinnedConnection | undefined {
    return this.#transaction === undefined ? undefined : this.options.session?.transaction.pin
  }

  /** The operation begins. Why it cannot have this session, or undefined. */
  protected enterSession(session: ExplicitSession): Error | undefined {
    const refusal = session.refusalOf(this.context, this.command)
    if (refusal === undefined) this.#transaction = session.transaction.enteredBy(this.command.traits.transaction)
    return refusal
  }

  /** The session that the command carried; a cursor that keeps it says so with `keepSession`. */
  keepSession(): ServerSession | undefined {
    if (this.options.session !== undefined) return undefined
    const session = this.#session
    this.#session = undefined
    return session
  }

  /** Taken only now: support is this connection's, and who waits for a connection holds no session. */
  protected takeSession(connection: Connection, nowMS: number): void {
    const { command, context } = this
    const { kind, retryable, takesSession } = command.traits
    const explicit = this.options.session
    if (explicit === undefined) {
      if (!hasSessions(connection) || !command.acknowledged || !takesSession) return
      this.#session ??= context.sessions.take(context.topology.description.logicalSessionTimeoutMinutes, nowMS)
    } else this.#session = explicit.use(this, connection, nowMS)
    this.#session.lastUseMS = nowMS
    if (this.#transaction !== undefined) {
      const refusal = explicit?.transaction.refusalOf(this.#transaction, command.name)
      if (refusal !== undefined && command.traits.transaction === 'part') throw refusal
      this.#txnNumber = this.#transaction
      return
    }
    const numbers = kind === 'write' && retryable && context.settings.retryWrites
    this.numbered = numbers && connection.hello.kind !== 'standalone'
    if (this.numbered && this.#txnNumber === undefined) this.#txnNumber = this.#session.nextTxnNumber()
  }

  /** What the command carries of its session. */
  protected writeSession(body: DocumentWriter, connection: Connection): void {
    if (this.#session !== undefined) {
      body.encodedDocument('lsid', this.#session.lsid)
      if (this.#txnNumber !== undefined) body.int64('txnNumber', this.#txnNumber)
    }
    const { session } = this.options
    const { clusterTime } = this.context
    let time = clusterTime.bytes
    if (session !== undefined) {
      time = session.laterOf(clusterTime).bytes
      if (this.#transaction !== undefined) session.transaction.writeFields(body, this, this.command.traits.transaction)
    }
    if (time !== undefined && connection.hello.kind !== 'standalone') body.encodedDocument('$clusterTime', time)
  }

  protected get inTransaction(): boolean {
    return this.#transaction !== undefined
  }

  /** The attempt's error, before it is decided what comes of it. */
  protected tellTransaction(error: Error): void {
    if (this.#transaction !== undefined)
      this.options.session?.transaction.attemptFailed(this.command.traits.transaction, error)
  }

  /** Another command of the same operation follows. */
  protected forgetTxnNumber(): void {
    this.#txnNumber = undefined
  }

  /** Nobody knows what becomes of a command in it. */
  protected markSessionDirty(): void {
    this.#session?.markDirty()
  }

  /** Nothing more will be sent in it. Nothing happens the second time. */
  protected leaveSession(nowMS: number): void {
    const { session, cursorSession } = this.options
    const { sessions, topology } = this.context
    if (session !== undefined) session.leave(this, nowMS)
    else if (this.#session !== undefined && this.#session !== cursorSession)
      sessions.giveBack(this.#session, topology.description.logicalSessionTimeoutMinutes, nowMS)
    this.#session = undefined
  }
}
