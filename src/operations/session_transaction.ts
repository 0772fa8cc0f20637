import type { DocumentWriter } from '../bson/index.ts'
import { MongoTransactionError } from '../errors/index.ts'
import type { ReadConcern, ReadPreference, WriteConcern } from '../options/index.ts'
import { PinnedConnection, type PooledConnection } from '../pool/index.ts'
import type { Server } from '../topology/index.ts'
import type { Reply } from '../wire/index.ts'
import {
  hasLabel,
  isRetryableOverload,
  labelInTransaction,
  type TransactionPart,
  transientTransactionError,
  unknownCommitResult
} from './transaction_labels.ts'
import { isActive, type TransactionInput, type TransactionState, transactionStep } from './transaction_state.ts'

/** What a transaction goes by, whatever its operations' collections say. */
export interface TransactionSettings {
  /** Of its first command. */
  readonly readConcern: ReadConcern
  /** Of its commit and its abort. */
  readonly writeConcern: WriteConcern
  /** Of its reads, which need the primary. */
  readonly readPreference: ReadPreference
  /** Undefined: no limit of the server's own work at the commit. */
  readonly maxCommitTimeMS: number | undefined
}

/** The transaction of a session, one after the other. Sends nothing: it says what commands carry and what replies mean. */
export class SessionTransaction {
  #state: TransactionState = 'no transaction'
  #settings: TransactionSettings | undefined
  #number = 0n
  /** Whose command begins it on the server, until that is known to have happened: its retry has to begin it again. */
  #first: object | undefined
  /** The router that all its commands go to, or the load balancer. */
  #pinned: Server | undefined
  /** Behind a load balancer, the connection that leads to that router. */
  #pin: PinnedConnection | undefined
  /** With which any router finds out what became of it, as the servers told it last. */
  #recoveryToken: Uint8Array | undefined
  #commitWasTold = false
  #commitNeedsMajority = false

  get state(): TransactionState {
    return this.#state
  }

  /** Whether the session's next command is part of it. */
  get isActive(): boolean {
    return isActive(this.#state)
  }

  /** Of the transaction that the session's next command is part of; undefined: of none. */
  get activeNumber(): bigint | undefined {
    return this.isActive ? this.#number : undefined
  }

  /** Of the transaction in progress, or of the last one. */
  get settings(): TransactionSettings | undefined {
    return this.#settings
  }

  get pinned(): Server | undefined {
    return this.#pinned
  }

  get pin(): PinnedConnection | undefined {
    return this.#pin
  }

  get recoveryToken(): Uint8Array | undefined {
    return this.#recoveryToken
  }

  /** Whether a commit that may have been carried out goes before: then a majority has to have the next one. */
  get commitNeedsMajority(): boolean {
    return this.#commitNeedsMajority
  }

  /**
   * `nextNumber` gives the server session's next transaction number.
   * @throws {MongoTransactionError} while one is in progress.
   */
  start(settings: TransactionSettings, nextNumber: () => bigint): void {
    this.#move('startTransaction')
    this.#forget()
    this.#settings = settings
    this.#number = nextNumber()
    this.#commitWasTold = false
    this.#commitNeedsMajority = false
  }

  /**
   * Says whether the server has to be told.
   * @throws {MongoTransactionError} where there is nothing to commit.
   */
  commit(): boolean {
    const tells = this.#move('commitTransaction')
    if (tells === 'again') this.#commitNeedsMajority = true
    else this.#commitWasTold = tells === 'server'
    return this.#commitWasTold
  }

  /**
   * Says whether the server has to be told.
   * @throws {MongoTransactionError} where there is nothing to abort.
   */
  abort(): boolean {
    const tellsServer = this.#move('abortTransaction') === 'server'
    if (!tellsServer) this.unpin()
    return tellsServer
  }

  /** An operation of the session begins. The number of the transaction that it belongs to; undefined: to none. */
  enteredBy(part: TransactionPart): bigint | undefined {
    if (part !== 'part') return this.#number
    if (this.#state === 'no transaction') return undefined
    this.#move('operation')
    if (this.isActive) return this.#number
    this.#forget()
    return undefined
  }

  /** Why a command of that transaction cannot be sent any more, or undefined. */
  refusalOf(number: bigint, command: string): MongoTransactionError | undefined {
    if (this.activeNumber === number) return undefined
    return new MongoTransactionError(
      `the transaction was ended before ${command} was sent: wait for all of its operations before you commit or abort it`
    )
  }

  /** Whether this operation's command begins the transaction on the server. */
  isBegunBy(operation: object): boolean {
    return this.#state === 'starting transaction' || this.#first === operation
  }

  /** The fields of every command that is part of it, besides `lsid` and `txnNumber`. */
  writeFields(body: DocumentWriter, operation: object, part: TransactionPart): void {
    if (part === 'part' && this.isBegunBy(operation)) body.boolean('startTransaction', true)
    body.boolean('autocommit', false)
  }

  /**
   * The operation's command is complete and goes to that server, on that connection. Where that is the transaction's from now
   * on it is returned: the operation gives it back there.
   */
  written(
    operation: object,
    server: Server | undefined,
    slot: PooledConnection | undefined
  ): PinnedConnection | undefined {
    if (this.#state !== 'starting transaction') return undefined
    this.#first = operation
    this.#move('command')
    const type = server?.description.type
    if (type === 'Mongos' || type === 'LoadBalancer') this.#pinned = server
    if (type !== 'LoadBalancer' || server === undefined || slot === undefined) return undefined
    this.#pin = new PinnedConnection(server.pool, slot, 'transaction')
    return this.#pin
  }

  replied(reply: Reply): void {
    if (!reply.ok) return
    this.#first = undefined
    if (this.#pinned !== undefined) this.#recoveryToken = reply.recoveryToken() ?? this.#recoveryToken
  }

  /** Before it is decided whether there is another attempt: that one may have to go elsewhere. */
  attemptFailed(part: TransactionPart, error: Error): void {
    labelInTransaction(part, error)
    if (part === 'commit' && !isRetryableOverload(error)) this.#commitNeedsMajority = true
    if (part === 'abort' || hasLabel(error, transientTransactionError) || hasLabel(error, unknownCommitResult))
      this.unpin()
  }

  unpin(): void {
    const pin = this.#pin
    this.#pinned = undefined
    this.#pin = undefined
    // Others may be served by it at once: this is as it will be by then.
    pin?.release('transaction')
  }

  #forget(): void {
    this.#recoveryToken = undefined
    this.#first = undefined
    this.unpin()
  }

  #move(input: TransactionInput): 'nobody' | 'server' | 'again' {
    const step = transactionStep(this.#state, input)
    if ('refusal' in step) throw new MongoTransactionError(step.refusal)
    this.#state = step.state
    return step.tells
  }
}
