import {
  MongoClientClosedError,
  MongoDriverError,
  MongoInvalidArgumentError,
  MongoNetworkTimeoutError,
  MongoOperationTimeoutError,
  MongoServerError,
  MongoTransactionError
} from '../errors/index.ts'

/** `place`: what the operation was doing, and on which server; undefined while none had been found. */
export function operationTimeout(
  command: string,
  timeoutMS: number,
  tookMS: number,
  place: string | undefined,
  earlier: Error | undefined
): MongoOperationTimeoutError {
  const where = place === undefined ? 'no server had been found' : `it was ${place}`
  const after = earlier === undefined ? '' : `, after an attempt that failed with: ${earlier.message}`
  return new MongoOperationTimeoutError(
    `${command} was not done within timeoutMS ${Math.round(timeoutMS)}: after ${Math.round(tookMS)} ms ${where}${after}`,
    earlier === undefined ? {} : { cause: earlier }
  )
}

const maxTimeMSExpired = 50

/** The server ended the command when the time was over that it had been told. */
export function isTimeLimitOfServer(error: Error): boolean {
  return error instanceof MongoServerError && error.code === maxTimeMSExpired
}

/** Of a cursor that rests between two commands. */
export function nothingToRead(
  timeoutMS: number,
  tookMS: number,
  namespace: string,
  address: string | undefined
): MongoOperationTimeoutError {
  return new MongoOperationTimeoutError(
    `no document came within timeoutMS ${Math.round(timeoutMS)}: after ${Math.round(tookMS)} ms the tailable cursor on ` +
      `${namespace} had found none on ${address}; give it more time, or ask with tryNext(), which does not wait`
  )
}

/** Of a cursor that is read in another transaction than it was opened in, or in none. */
export function outOfTransaction(namespace: string, hadOne: boolean): MongoTransactionError {
  return new MongoTransactionError(
    hadOne
      ? `the cursor on ${namespace} ended with the transaction that it was opened in: read it to its end before you commit or abort`
      : `the cursor on ${namespace} was opened outside of the transaction that its session is in now: read it to its end before`
  )
}

/** Why a command is given up whose cursor was closed; nobody is told. */
export function cursorClosed(): MongoDriverError {
  return new MongoDriverError('the cursor was closed while it waited for documents')
}

export function socketTimeout(
  command: string,
  address: string | undefined,
  socketTimeoutMS: number
): MongoNetworkTimeoutError {
  return new MongoNetworkTimeoutError(`${address} did not answer ${command} within socketTimeoutMS ${socketTimeoutMS}`)
}

export function clientIsClosing(): MongoClientClosedError {
  return new MongoClientClosedError('The client is closing or closed: make a new one, a closed client stays closed')
}

/** `cause`: what the pool refused the check-out with. */
export function clientWasClosed(command: string, cause?: Error): MongoClientClosedError {
  return new MongoClientClosedError(`The client was closed before ${command} could be sent`, { cause })
}

export function documentTooLarge(documentBytes: number, messageBytesMax: number): MongoInvalidArgumentError {
  return new MongoInvalidArgumentError(
    `a document of ${documentBytes} bytes does not fit into a message of this server, which takes ${messageBytesMax} bytes`
  )
}

/** A signal's reason may be anything; a connection is abandoned with an error. */
export function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new MongoDriverError(`the operation was aborted: ${String(reason)}`)
}
