/** Operations whose attempts fail, for tests of the retry rules. */
import {
  MongoNetworkError,
  MongoPoolClearedError,
  MongoServerError,
  MongoServerSelectionError
} from '../../src/errors/index.ts'
import { afterError, type RetryableOperation, type RetryOptions } from '../../src/operations/retry_rules.ts'

export type Fate = 'retry' | 'raise'
export type TestOperation = { -readonly [Key in keyof RetryableOperation]: RetryableOperation[Key] }

export const retryableWrite = ['RetryableWriteError']
export const both = ['SystemOverloadedError', 'RetryableError']

export function operationOf(
  given: Partial<TestOperation> & Pick<TestOperation, 'kind'>,
  options: Partial<RetryOptions> = {}
): TestOperation {
  return {
    retryable: true,
    retryOptions: {
      retryReads: true,
      retryWrites: true,
      maxAdaptiveRetries: 2,
      enableOverloadRetargeting: false,
      ...options
    },
    sharded: false,
    endsMS: Infinity,
    retriesUntilTimeout: false,
    wasSent: true,
    retries: 0,
    overloaded: false,
    firstError: undefined,
    lastAttemptedError: undefined,
    ...given
  }
}

export function fateOf(operation: RetryableOperation, error: Error, nowMS = 0): Fate {
  return afterError(operation, error, nowMS, 0).do
}

export interface Failure {
  readonly retries: number
  readonly errors: readonly Error[]
  readonly raised: Error
}

/** Every attempt fails: how often it is tried again, and what is raised in the end. */
export function failing(operation: TestOperation, errorOf: (attempt: number) => Error): Failure {
  const errors: Error[] = []
  for (;;) {
    const error = errorOf(errors.length)
    errors.push(error)
    const verdict = afterError(operation, error, 0, 0.5)
    if (verdict.do === 'raise') return { retries: errors.length - 1, errors, raised: verdict.error }
  }
}

export function command(code: number, errorLabels: readonly string[] = [], errmsg = 'refused'): MongoServerError {
  return new MongoServerError({ ok: 0, code, errmsg, errorLabels })
}

/** What a server says that has no room for the request. */
export function overloaded(
  fields: Readonly<Record<string, unknown>> = {},
  labels: readonly string[] = []
): MongoServerError {
  return new MongoServerError({
    ok: 0,
    code: 462,
    errmsg: 'rate exceeded',
    errorLabels: [...both, ...labels],
    ...fields
  })
}

export function lost(): MongoNetworkError {
  return new MongoNetworkError('reset')
}

export function cleared(): MongoPoolClearedError {
  return new MongoPoolClearedError('cleared', 'a:1')
}

export function selectionFailed(): MongoServerSelectionError {
  return new MongoServerSelectionError('nobody there', undefined)
}
