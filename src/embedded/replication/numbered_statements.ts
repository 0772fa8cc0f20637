import type { BSONDocument } from '../query/index.ts'
import type { SessionId } from '../sessions.ts'
import type { Statements } from '../statements.ts'
import type { Leadership } from './leadership.ts'
import type { StatementHistory } from './statement_history.ts'

/** The statements of a retryable write. One that changed nothing leaves no trace, and runs again when it comes again. */
export class NumberedStatements implements Statements {
  readonly retried: number[] = []
  readonly #history: StatementHistory
  readonly #leadership: Leadership
  readonly #session: SessionId
  readonly #txnNumber: bigint

  /** @throws {CommandFailure} when the session has begun a later write. */
  constructor(history: StatementHistory, leadership: Leadership, session: SessionId, txnNumber: bigint) {
    history.begin(session, txnNumber)
    this.#history = history
    this.#leadership = leadership
    this.#session = session
    this.#txnNumber = txnNumber
  }

  once(statementId: number, execute: () => BSONDocument): BSONDocument {
    const session = this.#session
    const txnNumber = this.#txnNumber
    const known = this.#history.resultOf(session, txnNumber, statementId)
    if (known !== undefined) {
      this.retried.push(statementId)
      return known
    }
    // What the command changed before, such as a collection that it made, is not this statement's.
    this.#leadership.record()
    const result = execute()
    this.#leadership.record({ session, txnNumber, statementId, result })
    return result
  }
}
