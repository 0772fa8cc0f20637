import type { BSONDocument } from './query/index.ts'

/** Runs the statements of a write command, each by its number in the command. */
export interface Statements {
  /** Runs the statement, or answers what it did if the same command has run it before. */
  once(statementId: number, execute: () => BSONDocument): BSONDocument
  /** The statements that had run before. */
  readonly retried: readonly number[]
}

/** For commands that are no retryable writes: whatever comes is run. */
export const unnumberedStatements: Statements = { once: (_, execute) => execute(), retried: [] }
