import { MongoError, MongoServerError } from '../errors/index.ts'
import { TransportError } from '../runtime/index.ts'
import { cut, documentText } from './document_text.ts'
import type { LogFields } from './record.ts'

/** Of causes of causes. */
const causesMax = 5
/** A server decides how long its text is. */
const messageCodePointsMax = 10_000

/**
 * An error as a record shows it: what its class reports, and its causes. A server's reply is cut like any document. Stacks are
 * left out: they name lines of this package.
 */
export function errorFields(error: Error, documentLengthMax: number, message: string = error.message): LogFields {
  return fieldsOf(error, documentLengthMax, message, causesMax)
}

function fieldsOf(error: Error, documentLengthMax: number, message: string, causesLeft: number): LogFields {
  return {
    name: error.name,
    message: cut(message, messageCodePointsMax),
    ...(error instanceof TransportError ? { stage: error.stage } : {}),
    ...codeOf(error),
    ...labelsOf(error),
    ...replyOf(error, documentLengthMax),
    ...(error.cause instanceof Error && causesLeft > 0
      ? { cause: fieldsOf(error.cause, documentLengthMax, error.cause.message, causesLeft - 1) }
      : {})
  }
}

function codeOf(error: Error): LogFields {
  const code: unknown = 'code' in error ? error.code : undefined
  return typeof code === 'number' || typeof code === 'string' ? { code } : {}
}

function labelsOf(error: Error): LogFields {
  return error instanceof MongoError && error.errorLabels.length > 0 ? { errorLabels: error.errorLabels } : {}
}

function replyOf(error: Error, documentLengthMax: number): LogFields {
  if (!(error instanceof MongoServerError)) return {}
  const { codeName, errorResponse } = error
  return {
    ...(codeName === undefined ? {} : { codeName }),
    errorResponse: documentText(errorResponse, documentLengthMax)
  }
}
