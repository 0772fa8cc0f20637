import type { BSONDocument } from './query/index.ts'
import type { Statements } from './statements.ts'

/**
 * The statements of a command that may have to wait for a transaction in the middle: it is run again then, and what it has done
 * before is not done twice.
 */
export class ResumableStatements implements Statements {
  readonly #statements: Statements
  readonly #completed: () => void
  readonly #results = new Map<number, BSONDocument>()

  /** `completed`: what a statement has changed stays, whatever becomes of the next one. */
  constructor(statements: Statements, completed: () => void) {
    this.#statements = statements
    this.#completed = completed
  }

  get retried(): readonly number[] {
    return this.#statements.retried
  }

  once(statementId: number, execute: () => BSONDocument): BSONDocument {
    const known = this.#results.get(statementId)
    if (known !== undefined) return known
    const result = this.#statements.once(statementId, execute)
    this.#completed()
    this.#results.set(statementId, result)
    return result
  }
}
