/** Which labels errors get in a transaction, and what they mean there. Source: the transactions specification. */
import {
  MongoError,
  MongoNetworkError,
  MongoOperationTimeoutError,
  MongoServerError,
  MongoServerSelectionError,
  MongoWaitQueueTimeoutError,
  MongoWriteConcernError
} from '../errors/index.ts'

/** The whole transaction may be tried again: nothing of it will ever be committed. */
export const transientTransactionError = 'TransientTransactionError'
/** The transaction is committed or not: the commit may be tried again. */
export const unknownCommitResult = 'UnknownTransactionCommitResult'

/** What a command is to its transaction. */
export type TransactionPart = 'part' | 'commit' | 'abort'

const maxTimeMSExpired = 50
const unknownReplWriteConcern = 79
const unsatisfiableWriteConcern = 100

/** Adds what no server could add, since no reply came, and what only drivers add. */
export function labelInTransaction(part: TransactionPart, error: Error): void {
  if (!(error instanceof MongoError)) return
  if (part === 'commit') {
    if (leavesCommitUnknown(error)) error.addErrorLabel(unknownCommitResult)
  } else if (isWithoutReply(error)) error.addErrorLabel(transientTransactionError)
}

/** A cleared pool is a network error by class. */
function isWithoutReply(error: MongoError): boolean {
  return error instanceof MongoNetworkError || error instanceof MongoServerSelectionError
}

/**
 * Also where the commit was certainly not sent: it may be sent again. Not with a write concern that can never be reached,
 * since the next commit would fail in the same way.
 */
function leavesCommitUnknown(error: MongoError): boolean {
  if (isWithoutReply(error) || error.hasErrorLabel('RetryableWriteError')) return true
  if (error instanceof MongoWaitQueueTimeoutError || endedByTime(error)) return true
  if (!(error instanceof MongoWriteConcernError)) return false
  return error.code !== unknownReplWriteConcern && error.code !== unsatisfiableWriteConcern
}

/** Whether the server, or the caller's limit, gave it no more time: more of the same would end in the same way. */
export function endedByTime(error: unknown): boolean {
  if (error instanceof MongoOperationTimeoutError) return true
  return error instanceof MongoServerError && error.code === maxTimeMSExpired
}

/** The server has not begun the command, and says that it may be sent again. */
export function isRetryableOverload(error: Error): boolean {
  return (
    error instanceof MongoError && error.hasErrorLabel('RetryableError') && error.hasErrorLabel('SystemOverloadedError')
  )
}

export function hasLabel(error: unknown, label: string): boolean {
  return error instanceof MongoError && error.hasErrorLabel(label)
}
