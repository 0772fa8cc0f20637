/**
 * Whether an operation is tried again after an error, when, and which error is raised if it is not. Sources: the retryable
 * reads, the retryable writes, the client side operations timeout and the client backpressure specification.
 *
 * Three layers share one count. Without overload there is one retry, for reads and writes that may be repeated, or with
 * `timeoutMS` as many as it leaves time for. An overload error that says "safe to retry" lets any command be tried again.
 * And from the first overload error on, whatever its kind, `maxAdaptiveRetries` limits all retries of the operation, those
 * before it included.
 */
import { integerField } from '../bson/index.ts'
import {
  MongoClientClosedError,
  MongoError,
  MongoNetworkError,
  MongoOperationTimeoutError,
  MongoPoolClearedError,
  MongoServerError
} from '../errors/index.ts'
import type { ResolvedOptions } from '../options/index.ts'

export type RetryOptions = Pick<
  ResolvedOptions,
  'retryReads' | 'retryWrites' | 'maxAdaptiveRetries' | 'enableOverloadRetargeting'
>

/** Fields of the operation itself, so that one that succeeds pays nothing for the rules. The last four are the rules'. */
export interface RetryableOperation {
  /** `command`: the user's own, of which nobody knows whether it reads or writes. */
  readonly kind: 'read' | 'write' | 'command'
  /**
   * Whether it may be repeated after any retryable error, or after an overload only. True for a read command that the
   * specification lists, and for a write that carries, or on the server it waits for will carry, a transaction number.
   */
  readonly retryable: boolean
  readonly retryOptions: RetryOptions
  /** Whether several routers may serve it. */
  readonly sharded: boolean
  /** When the whole operation has to be over; `Infinity`: no limit. */
  readonly endsMS: number
  /** Whether `timeoutMS` was given, be it 0: retries are limited by time then, not by number. */
  readonly retriesUntilTimeout: boolean
  /** Whether the attempt that failed had begun to write the command to a connection. */
  readonly wasSent: boolean
  /** Retries so far, for whatever reason: 0 at first. */
  retries: number
  /** Whether any attempt met an overloaded server: false at first. */
  overloaded: boolean
  /** Undefined at first. */
  firstError: Error | undefined
  /** The newest error after which the server may have carried the command out; undefined at first. */
  lastAttemptedError: Error | undefined
}

export type Raise = { readonly do: 'raise'; readonly error: Error }
export type Retry = {
  readonly do: 'retry'
  /** To wait before the next selection, without a connection: it goes back to its pool before. */
  readonly afterMS: number
  /** Whether the selection avoids the server that failed, if it can. */
  readonly deprioritise: boolean
}

/** Where an error has no `baseBackoffMS` of its own. */
const defaultBaseBackoffMS = 100
const backoffMSMax = 10_000
const retriesMaxWithoutOverload = 1

const illegalOperation = 20

/** What a server says when a read may succeed elsewhere or a little later. */
const retryableReadCodes: ReadonlySet<number> = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  89, // NetworkTimeout
  91, // ShutdownInProgress
  134, // ReadConcernMajorityNotAvailableYet
  189, // PrimarySteppedDown
  262, // ExceededTimeLimit
  9001, // SocketException
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  13436 // NotPrimaryOrSecondary
])

/**
 * After every error of an operation, wherever it came from: selection, check-out, the exchange or the reply. The topology
 * hears of the error first, so that the next selection sees what it did. `fraction`, in [0, 1), is the jitter.
 */
export function afterError(
  operation: RetryableOperation,
  error: Error,
  nowMS: number,
  fraction: number
): Raise | Retry {
  if (endsOperation(error)) return { do: 'raise', error }
  labelWriteError(operation, error)
  operation.firstError ??= error
  if (mayHaveRun(operation, error)) operation.lastAttemptedError = error
  if (refusesTransactionNumbers(operation, error)) {
    error.message =
      'This MongoDB deployment does not support retryable writes. ' +
      'Please add retryWrites=false to your connection string.'
    return { do: 'raise', error }
  }

  const overload = hasLabel(error, 'SystemOverloadedError')
  const repeatable = isRetryable(operation, error) || (overload && mayRetryOverload(operation, error))
  if (!repeatable) return raise(operation, error)

  if (overload) operation.overloaded = true
  const { retryOptions, retries } = operation
  const retriesMax = operation.overloaded
    ? retryOptions.maxAdaptiveRetries
    : operation.retriesUntilTimeout
      ? Number.POSITIVE_INFINITY
      : retriesMaxWithoutOverload
  const afterMS = overload ? backoffMS(error, retries + 1, fraction) : 0
  if (retries >= retriesMax || nowMS + afterMS > operation.endsMS) return raise(operation, error)
  operation.retries = retries + 1
  const deprioritise = operation.sharded || (overload && retryOptions.enableOverloadRetargeting)
  return { do: 'retry', afterMS, deprioritise }
}

/**
 * The error that tells most of the attempts so far: the newest that leaves open whether the command was carried out, else
 * the first. Undefined before the first error. It is also the cause of the error that a deadline ends an operation with, and
 * what is raised when the server of a retry turns out not to support it.
 */
export function errorToRaise(operation: Readonly<RetryableOperation>): Error | undefined {
  return operation.lastAttemptedError ?? operation.firstError
}

function raise(operation: RetryableOperation, error: Error): Raise {
  return { do: 'raise', error: errorToRaise(operation) ?? error }
}

/** The caller's deadline and the client's end are no failures of an attempt: nothing is tried again, and nothing hides them. */
function endsOperation(error: Error): boolean {
  return error instanceof MongoOperationTimeoutError || error instanceof MongoClientClosedError
}

/**
 * The driver labels what no server could: a broken or refused connection and a cleared pool, which is a network error by
 * class. Servers of all versions that the driver works with label their replies themselves.
 */
function labelWriteError(operation: RetryableOperation, error: Error): void {
  if (isRetryableWrite(operation) && error instanceof MongoNetworkError) error.addErrorLabel('RetryableWriteError')
}

/**
 * A write's error counts when the command was sent and the server does not say that it wrote nothing. A read does no harm
 * where it ran: there the newest word of a server or of the network tells most.
 */
function mayHaveRun({ kind, wasSent }: RetryableOperation, error: Error): boolean {
  if (kind !== 'read') return wasSent && !hasLabel(error, 'NoWritesPerformed')
  if (wasSent || error instanceof MongoServerError) return true
  return error instanceof MongoNetworkError && !(error instanceof MongoPoolClearedError)
}

/** The answer of a storage engine or a server that knows no transaction numbers; a retry would meet the same. */
function refusesTransactionNumbers(operation: RetryableOperation, error: Error): boolean {
  if (!(isRetryableWrite(operation) && error instanceof MongoServerError && error.code === illegalOperation))
    return false
  return error.errmsg?.startsWith('Transaction numbers') === true
}

/** By the rules for reads and for writes. */
function isRetryable(operation: RetryableOperation, error: Error): boolean {
  if (isRetryableWrite(operation)) return hasLabel(error, 'RetryableWriteError')
  if (operation.kind !== 'read' || !operation.retryable || !operation.retryOptions.retryReads) return false
  if (error instanceof MongoServerError) return error.code !== undefined && retryableReadCodes.has(error.code)
  return error instanceof MongoNetworkError
}

function isRetryableWrite({ kind, retryable, retryOptions }: RetryableOperation): boolean {
  return kind === 'write' && retryable && retryOptions.retryWrites
}

/** By the rules for overload: whatever the command does, the server has not begun it. */
function mayRetryOverload({ kind, retryOptions }: RetryableOperation, error: Error): boolean {
  const { retryReads, retryWrites } = retryOptions
  const allowed = (kind === 'write' || retryReads) && (kind === 'read' || retryWrites)
  return allowed && hasLabel(error, 'RetryableError')
}

/** Doubles with each retry, 1 being the first, whatever the retries before were for. */
function backoffMS(error: Error, retry: number, fraction: number): number {
  const ofError = error instanceof MongoServerError ? integerField(error.errorResponse, 'baseBackoffMS') : undefined
  const baseMS = ofError !== undefined && ofError > 0 ? ofError : defaultBaseBackoffMS
  return fraction * Math.min(backoffMSMax, baseMS * 2 ** retry)
}

function hasLabel(error: Error, label: string): boolean {
  return error instanceof MongoError && error.hasErrorLabel(label)
}
