/** The errors of writes that are made of several. */
import {
  type BulkWriteResult,
  MongoBulkWriteError,
  MongoError,
  MongoRuntimeError,
  MongoServerError,
  type MongoWriteConcernError,
  type ServerErrorReply,
  type WriteError
} from '../../errors/index.ts'
import type { RetryableOperation } from '../retry_rules.ts'

/** Everything was tried that was to be tried, and some of it failed. One of the two lists is not empty. */
export function bulkRefused(
  writeErrors: readonly WriteError[],
  writeConcernErrors: readonly MongoWriteConcernError[],
  result: BulkWriteResult
): MongoBulkWriteError {
  const [first] = writeErrors
  const [concernError] = writeConcernErrors
  const others = writeErrors.length > 1 ? ` (and ${writeErrors.length - 1} more)` : ''
  const errmsg = first?.errmsg ?? concernError?.message ?? ''
  const code = first?.code ?? concernError?.code
  const reply: ServerErrorReply = { ok: 1, errmsg, ...(code === undefined ? {} : { code }) }
  const cause = first === undefined ? concernError : undefined
  return new MongoBulkWriteError(reply, `${errmsg}${others}`, writeErrors, result, cause)
}

/** Something ended it when `done` of its `total` writes had been answered: what they did must not be hidden by that. */
export function bulkEnded(
  reason: Error,
  done: number,
  total: number,
  writeErrors: readonly WriteError[],
  result: BulkWriteResult
): Error {
  if (done === 0 || reason instanceof MongoBulkWriteError) return reason
  const reply: ServerErrorReply =
    reason instanceof MongoServerError ? reason.errorResponse : { ok: 0, errmsg: reason.message }
  const message = `the bulk write ended after ${done} of its ${total} writes: ${reason.message}`
  const error = new MongoBulkWriteError(reply, message, writeErrors, result, reason)
  if (reason instanceof MongoError) for (const label of reason.errorLabels) error.addErrorLabel(label)
  return error
}

/** The server would take the statements that are left for new ones, of another command. */
export function retryTakesFewer(taken: number, wanted: number): MongoRuntimeError {
  return new MongoRuntimeError(
    `a message to this server takes ${taken} of the ${wanted} statements that a command of a bulk write began with; ` +
      'it is not sent again, since the others could be done twice'
  )
}

/**
 * Whether a write concern error is one attempt's alone: another one follows, and tells again what this one wrote. Source:
 * the retryable writes specification.
 */
export function asksForRetry(
  error: MongoServerError | undefined,
  { retryable, retries, retryOptions }: Pick<RetryableOperation, 'retryable' | 'retries' | 'retryOptions'>
): boolean {
  if (error?.hasErrorLabel('RetryableWriteError') !== true) return false
  return retryable && retryOptions.retryWrites && retries === 0
}
