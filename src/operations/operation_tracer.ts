import type { Document, UUID } from '../bson/index.ts'
import type { Reply } from '../wire/index.ts'
import type { Command } from './command.ts'
import type { CommandFacts } from './command_events.ts'

/** What spans tell of an operation. */
export interface TracedOperation {
  readonly command: Pick<Command<unknown>, 'name' | 'database' | 'traits' | 'tracedAs' | 'collection' | 'cursorId'>
  /** Of the session that the command of this attempt carries; undefined: it carries none. */
  readonly sessionId: UUID | undefined
  readonly txnNumber: bigint | undefined
  /** Of the transaction that it is part of; undefined: of none, or of one that is not traced. */
  readonly transactionTrace: TransactionTrace | undefined
}

/**
 * Whoever makes spans of operations, above this folder. Nothing that it calls throws here, for the tracer behind it is others' code.
 */
export interface OperationTracer {
  /** Called where the caller calls, in whose context the span begins. Undefined: nobody will see the span. */
  operationBegins(operation: TracedOperation): OperationTrace | undefined
}

/** The spans of one operation and of its commands, which come one at a time. */
export interface OperationTrace {
  /** Not told of commands that carry secrets. `document` makes the command a document, while it is called. */
  commandStarted(facts: CommandFacts, operation: TracedOperation, document: () => Document): void
  /** `reply` is lent; undefined: none was asked for. */
  commandSucceeded(reply: Reply | undefined): void
  commandFailed(error: Error): void
  /** `failure`: why the operation failed; undefined where it did not. */
  ended(failure?: { readonly reason: unknown }): void
}

/** The span that the operations of a transaction stand in. */
export interface TransactionTrace extends OperationTracer {
  /** Idempotent. */
  ended(failure?: { readonly reason: unknown }): void
}

/** All that a client traces. */
export interface ClientTracer extends OperationTracer {
  /** As `operationBegins`. */
  transactionBegins(): TransactionTrace | undefined
}
