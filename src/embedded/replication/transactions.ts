import type { Clock, Timer, Timers } from '../../runtime/index.ts'
import type { Command } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import { fields } from '../reply.ts'
import type { SessionId } from '../sessions.ts'
import type { Change, Store } from '../store/index.ts'
import { isCatalogChange, keysOf } from './changed_keys.ts'
import { commitStatement, type StatementRecord } from './oplog_entry.ts'
import type { StatementHistory } from './statement_history.ts'
import { type Holders, Transaction } from './transaction.ts'

/** A transaction that takes longer is aborted: the server's parameter `transactionLifetimeLimitSeconds`. */
export const transactionLifetimeSecondsMax = 60
/** Each has a copy of the data. */
export const openTransactionsMax = 1_000
/** Of so many sessions it is remembered that their last transaction was aborted. */
const abortedMax = 10_000

/** The document is held by a transaction: who writes outside of one waits until that has ended. */
export class HeldByTransaction extends Error {
  readonly transaction: Transaction

  constructor(transaction: Transaction) {
    super('a transaction that is open has changed it')
    this.transaction = transaction
  }
}

export interface TransactionsOptions {
  readonly runtime: { readonly clock: Clock; readonly timers: Timers }
  readonly store: Store
  readonly history: StatementHistory
  /** Makes the changes, and one entry of the oplog of them and of the statement. */
  commit(changes: readonly Change[], statement: StatementRecord): void
}

/** The transactions of a primary's term: they end with it. What was committed is in the history, which outlives it. */
export class Transactions {
  readonly #options: TransactionsOptions
  readonly #open = new Map<SessionId, Transaction>()
  readonly #holders: Holders = new Map()
  readonly #aborted = new Map<SessionId, bigint>()
  readonly #timer: Timer

  constructor(options: TransactionsOptions) {
    this.#options = options
    this.#timer = options.runtime.timers.create(() => this.#abortOld())
  }

  get areOpen(): boolean {
    return this.#open.size > 0
  }

  /**
   * Begins the session's next one, which aborts the one before. `seen`: the data that it sees.
   * @throws {CommandFailure} for a number that is not later than all that the session has used.
   */
  begin(
    session: SessionId,
    number: bigint,
    seen: Store,
    commandsOn: (store: Store) => ReadonlyMap<string, Command>
  ): Transaction {
    const last = this.#lastNumberOf(session)
    if (number < last) throw tooOld(session, number, last)
    if (number === last && this.#isKnown(session, number))
      throw new CommandFailure(
        50911,
        `Cannot start a transaction at given transaction number ${number}: a transaction with the same number is ` +
          `${this.#stateOf(session, number)}`
      )
    this.#abortOf(session)
    if (this.#open.size >= openTransactionsMax)
      throw new CommandFailure('ResourceExhausted', `more than ${openTransactionsMax} transactions would be open here`)
    const { runtime, store: main } = this.#options
    const store = seen.copy()
    const startedMS = runtime.clock.nowMS()
    const commands = commandsOn(store)
    const options = { session, number, startedMS, store, commands, main, holders: this.#holders }
    const transaction = new Transaction(options)
    this.#open.set(session, transaction)
    if (this.#open.size === 1) this.#timer.armAt(startedMS + lifetimeMSMax)
    return transaction
  }

  /** @throws {CommandFailure} with the code that says why it is not open. */
  find(session: SessionId, number: bigint): Transaction {
    const open = this.#open.get(session)
    if (open?.number === number) return open
    const last = this.#lastNumberOf(session)
    if (number < last) throw tooOld(session, number, last)
    if (this.#isCommitted(session, number))
      throw new CommandFailure('TransactionCommitted', `Transaction ${number} has been committed.`)
    if (this.#aborted.get(session) === number)
      throw new CommandFailure('NoSuchTransaction', `Transaction with { txnNumber: ${number} } has been aborted.`)
    throw new CommandFailure(
      'NoSuchTransaction',
      `Given transaction number ${number} does not match any in-progress transactions. ` +
        `The active transaction number is ${last}`
    )
  }

  /**
   * One that is committed already stays so.
   * @throws {CommandFailure} when there is nothing to commit.
   */
  commit(session: SessionId, number: bigint): void {
    if (this.#isCommitted(session, number)) return
    const transaction = this.find(session, number)
    this.#end(transaction)
    const result = fields({ committed: true })
    const statement = { session, txnNumber: number, statementId: commitStatement, result }
    if (transaction.changes.length > 0) this.#options.commit(transaction.changes, statement)
    // Nothing was written, so that nobody else needs to know.
    else this.#options.history.record(statement)
  }

  abort(transaction: Transaction): void {
    if (!transaction.isOpen) return
    this.#end(transaction)
    const { session, number } = transaction
    this.#aborted.delete(session)
    this.#aborted.set(session, number)
    const [oldest] = this.#aborted.keys()
    if (this.#aborted.size > abortedMax && oldest !== undefined) this.#aborted.delete(oldest)
  }

  /** The session has ended. */
  abortOf(session: SessionId): void {
    this.#abortOf(session)
  }

  /** The term is over. */
  abortAll(): void {
    for (const transaction of this.#open.values()) this.abort(transaction)
    this.#timer.disarm()
  }

  /**
   * The session goes on with a retryable write.
   * @throws {CommandFailure} for a number that a transaction has, or a later one.
   */
  passTo(session: SessionId, txnNumber: bigint): void {
    const open = this.#open.get(session)
    const last = open?.number ?? this.#aborted.get(session)
    if (last !== undefined && txnNumber < last) throw tooOld(session, txnNumber, last)
    if (txnNumber === last || this.#isCommitted(session, txnNumber))
      throw new CommandFailure(
        'NoSuchTransaction',
        `the transaction number ${txnNumber} is a transaction's, and cannot be used for a retryable write`
      )
    if (open !== undefined) this.abort(open)
  }

  /**
   * A change of the member's data that no transaction makes.
   * @throws {HeldByTransaction} when an open one has to end before.
   */
  requireFree(change: Change): void {
    if (this.#open.size === 0) return
    for (const { text } of keysOf(change, this.#options.store)) {
      const holder = this.#holders.get(text)
      if (holder !== undefined) throw new HeldByTransaction(holder)
    }
    if (!isCatalogChange(change)) return
    // A collection that has the new name of another one is dropped with that change.
    const changed = change.kind === 'renameCollection' ? [change.namespace, change.to] : [change.namespace]
    for (const transaction of this.#open.values())
      if (changed.some(namespace => transaction.writesTo(namespace))) throw new HeldByTransaction(transaction)
  }

  #abortOf(session: SessionId): void {
    const open = this.#open.get(session)
    if (open !== undefined) this.abort(open)
  }

  #end(transaction: Transaction): void {
    this.#open.delete(transaction.session)
    if (this.#open.size === 0) this.#timer.disarm()
    transaction.end()
  }

  /** They stand in the order in which they began. */
  #abortOld(): void {
    const { clock } = this.#options.runtime
    for (const transaction of this.#open.values()) {
      const endsMS = transaction.startedMS + lifetimeMSMax
      if (endsMS > clock.nowMS()) {
        this.#timer.armAt(endsMS)
        return
      }
      this.abort(transaction)
    }
  }

  #isCommitted(session: SessionId, number: bigint): boolean {
    return this.#options.history.resultOf(session, number, commitStatement) !== undefined
  }

  #isKnown(session: SessionId, number: bigint): boolean {
    return this.#stateOf(session, number) !== undefined
  }

  #stateOf(session: SessionId, number: bigint): string | undefined {
    if (this.#open.get(session)?.number === number) return 'in progress'
    if (this.#aborted.get(session) === number) return 'aborted'
    if (this.#isCommitted(session, number)) return 'committed'
    return this.#options.history.lastNumberOf(session) === number ? 'a retryable write' : undefined
  }

  /** -1: none. */
  #lastNumberOf(session: SessionId): bigint {
    const open = this.#open.get(session)?.number ?? -1n
    const aborted = this.#aborted.get(session) ?? -1n
    const recorded = this.#options.history.lastNumberOf(session) ?? -1n
    return [aborted, recorded].reduce((last, each) => (each > last ? each : last), open)
  }
}

const lifetimeMSMax = transactionLifetimeSecondsMax * 1_000

function tooOld(session: SessionId, number: bigint, last: bigint): CommandFailure {
  return new CommandFailure(
    'TransactionTooOld',
    `Cannot use the transaction number ${number} on session ${session} because a newer one, ${last}, has already been used on it.`
  )
}
