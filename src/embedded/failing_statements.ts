import type { FailPoints } from './fail_points.ts'
import { CommandFailure } from './failure.ts'
import type { BSONDocument } from './query/index.ts'
import type { Statements } from './statements.ts'

/** The statements of a retryable write, with the fail point that meets them where they are carried out. */
export class FailingStatements implements Statements {
  readonly #statements: Statements
  readonly #failPoints: FailPoints
  /** The command goes on, and nobody hears of it. */
  readonly #endConnection: () => void

  constructor(statements: Statements, failPoints: FailPoints, endConnection: () => void) {
    this.#statements = statements
    this.#failPoints = failPoints
    this.#endConnection = endConnection
  }

  get retried(): readonly number[] {
    return this.#statements.retried
  }

  once(statementId: number, execute: () => BSONDocument): BSONDocument {
    return this.#statements.once(statementId, () => {
      const failPoint = this.#failPoints.onTransactionalWrite()
      if (failPoint?.keepsConnection === false) this.#endConnection()
      if (failPoint?.failBeforeCommitCode !== undefined)
        throw new CommandFailure(failPoint.failBeforeCommitCode, 'a fail point undoes the write before it is committed')
      return execute()
    })
  }
}
