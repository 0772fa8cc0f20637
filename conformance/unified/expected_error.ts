import {
  BSONError,
  MongoBulkWriteError,
  MongoClientBulkWriteError,
  MongoError,
  MongoOperationTimeoutError,
  MongoServerError
} from '../../src/client/index.ts'
import { CaseError } from './case_error.ts'
import { plainResult } from './client_bulk_result.ts'
import type { ExpectedError } from './format.ts'
import { type EntityValues, requireMatch, shown } from './matching.ts'

interface Check {
  readonly error: Error
  readonly entities: EntityValues
}

/** What a server's error is known to have, wherever the driver keeps it. */
interface ServerFacts {
  readonly code?: unknown
  readonly codeName?: unknown
  readonly errorResponse?: unknown
  readonly result?: unknown
  readonly partialResult?: unknown
  readonly writeErrors?: unknown
  readonly writeConcernErrors?: unknown
}

/** Each kind of expectation. One that is missing here fails the case. */
const checks: { readonly [Kind in keyof ExpectedError]-?: (expected: never, check: Check) => void } = {
  isError: () => undefined,
  isClientError: (expected: boolean, { error }) => {
    if (expected === error instanceof MongoServerError)
      throw new CaseError(`the error should ${expected ? 'not ' : ''}be a server's: ${described(error)}`)
  },
  isTimeoutError: (expected: boolean, { error }) => {
    // A batch of which some was done tells what, and has what ended it as its cause.
    const isOfBatch = error instanceof MongoBulkWriteError || error instanceof MongoClientBulkWriteError
    const found = isOfBatch ? error.cause : error
    if (expected !== found instanceof MongoOperationTimeoutError)
      throw new CaseError(`the error should ${expected ? '' : 'not '}be that timeoutMS ran out: ${described(error)}`)
  },
  errorContains: (expected: string, { error }) => {
    if (!error.message.toLowerCase().includes(expected.toLowerCase()))
      throw new CaseError(`the error's text should contain "${expected}": ${described(error)}`)
  },
  errorCode: (expected: number, { error, entities }) => {
    requireMatch(expected, factsOf(error).code, `the code of ${described(error)}`, entities)
  },
  errorCodeName: (expected: string, { error, entities }) => {
    requireMatch(expected, factsOf(error).codeName, `the code's name of ${described(error)}`, entities)
  },
  errorLabelsContain: (expected: readonly string[], { error }) => {
    const missing = expected.find(label => !labelsOf(error).includes(label))
    if (missing !== undefined) throw new CaseError(`the error lacks the label ${missing}: ${described(error)}`)
  },
  errorLabelsOmit: (expected: readonly string[], { error }) => {
    const present = expected.find(label => labelsOf(error).includes(label))
    if (present !== undefined) throw new CaseError(`the error has the label ${present}: ${described(error)}`)
  },
  expectResult: (expected: unknown, { error, entities }) => {
    const { result, partialResult = result } = factsOf(error)
    const isOfClient = error instanceof MongoClientBulkWriteError && error.partialResult !== undefined
    const done = isOfClient ? plainResult(error.partialResult) : partialResult
    requireMatch(expected, done, `what ${described(error)} tells that was done`, entities)
  },
  errorResponse: (expected: unknown, { error, entities }) => {
    requireMatch(expected, factsOf(error).errorResponse, `the reply of ${described(error)}`, entities)
  },
  writeErrors: (expected: Readonly<Record<string, unknown>>, { error, entities }) => {
    const { writeErrors } = factsOf(error)
    const actual = writeErrors instanceof Map ? (Object.fromEntries(writeErrors) as object) : writeErrors
    for (const [index, each] of Object.entries(expected))
      requireMatch(each, (actual as Record<string, unknown> | undefined)?.[index], `writeErrors.${index}`, entities)
    if (Object.keys(actual ?? {}).length !== Object.keys(expected).length)
      throw new CaseError(`writeErrors are ${shown(actual)}, not ${shown(expected)}`)
  },
  writeConcernErrors: (expected: readonly unknown[], { error, entities }) => {
    const { writeConcernErrors: actual } = factsOf(error)
    if (!Array.isArray(actual) || actual.length !== expected.length)
      throw new CaseError(`writeConcernErrors are ${shown(actual)}, not ${shown(expected)}`)
    expected.forEach((each, index) => requireMatch(each, actual[index], `writeConcernErrors.${index}`, entities))
  }
}

/** Requires that an operation failed as expected. An error that is none of the driver's own kinds never is. */
export function requireError(expected: ExpectedError, thrown: unknown, entities: EntityValues): void {
  if (!isDriverError(thrown)) throw new CaseError(`the driver threw what is no error of its own: ${described(thrown)}`)
  for (const [kind, value] of Object.entries(expected)) {
    const check = Object.hasOwn(checks, kind) ? checks[kind as keyof ExpectedError] : undefined
    if (check === undefined) throw new CaseError(`expectError.${kind} is unknown to this runner`)
    check(value as never, { error: thrown, entities })
  }
}

function isDriverError(thrown: unknown): thrown is Error {
  return thrown instanceof MongoError || thrown instanceof BSONError
}

/** A batch whose write failed has the code at the write: a single operation's error is that of its write. */
function factsOf(error: Error): ServerFacts {
  const facts = error as Error & ServerFacts
  if (!(error instanceof MongoBulkWriteError) || facts.code !== undefined) return facts
  const { result, errorResponse, writeErrors } = error
  return { result, errorResponse, writeErrors, code: writeErrors[0]?.code }
}

function labelsOf(error: Error): readonly string[] {
  return error instanceof MongoError ? error.errorLabels : []
}

export function described(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  const { code } = thrown as ServerFacts
  const labels = labelsOf(thrown).join(', ')
  return `${thrown.name}${code === undefined ? '' : ` ${shown(code)}`}${labels === '' ? '' : ` [${labels}]`}: ${thrown.message}`
}
