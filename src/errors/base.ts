/** What every error of this package has in common. Class names are those of the official Node.js driver. */
export interface MongoErrorOptions {
  /** The error that led to this one. */
  readonly cause?: unknown
  readonly errorLabels?: readonly string[]
}

/** Root of all errors that this package throws or reports. */
export class MongoError extends Error {
  readonly #labels: Set<string>
  /** A server's number (`11000`), or a system's text (`ECONNREFUSED`), where there is one. */
  code?: number | string

  constructor(message: string, options: MongoErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.#labels = new Set(options.errorLabels)
  }

  override get name(): string {
    return this.constructor.name
  }

  /** Labels of the drivers' specifications, such as `RetryableWriteError`. */
  get errorLabels(): string[] {
    return [...this.#labels]
  }

  hasErrorLabel(label: string): boolean {
    return this.#labels.has(label)
  }

  /** Labels are added where an error passes: by the pool to a failed dial, by the retry rules to a failed write. */
  addErrorLabel(label: string): void {
    this.#labels.add(label)
  }
}

/** Found by the driver itself, without a server's or the network's doing. */
export class MongoDriverError extends MongoError {}

/** The application called the driver in a way that cannot work. */
export class MongoAPIError extends MongoDriverError {}

/** Something went wrong while the driver ran, and neither the network nor the caller is at fault. */
export class MongoRuntimeError extends MongoDriverError {}

/** An option or an argument with a wrong type, out of range, or in contradiction with another. */
export class MongoInvalidArgumentError extends MongoAPIError {}

/** A connection string that cannot be read. */
export class MongoParseError extends MongoDriverError {}

/**
 * What a server said during authentication broke the rules of the mechanism, or did not prove that it knows the user's key:
 * it may be an impostor. Or the password cannot be made into a key. A server that refuses a user says so itself, by a
 * `MongoServerError` with code 18.
 */
export class MongoAuthenticationError extends MongoRuntimeError {}

/** The server or the deployment is of a version or kind that this driver does not work with. */
export class MongoCompatibilityError extends MongoAPIError {}

/** An operation was begun on a client that is closing or closed. A closed client stays closed. */
export class MongoClientClosedError extends MongoAPIError {}

/** A cursor was read after its end. */
export class MongoCursorExhaustedError extends MongoAPIError {}

/** A cursor was changed that has been read already. */
export class MongoCursorInUseError extends MongoAPIError {}

/** An event of a change stream came without the token behind which the stream could be resumed. */
export class MongoChangeStreamError extends MongoRuntimeError {}

/** A session was used after its end. */
export class MongoExpiredSessionError extends MongoAPIError {}

/** A transaction was asked for where there can be none, or something of one that does not fit the state that it is in. */
export class MongoTransactionError extends MongoAPIError {}

/** `withTransaction`, without a `timeoutMS`, tried for as long as it tries. It has the labels of its cause, the last error. */
export class MongoTransactionTimeoutError extends MongoDriverError {}

/** `timeoutMS` ran out, wherever the operation was at that moment. */
export class MongoOperationTimeoutError extends MongoDriverError {}

/**
 * The peer broke the wire protocol (a length out of bounds, a reply to another request, bytes that nobody asked for): the
 * connection is closed, and the operation is not retried, since nobody knows what the peer did. Or a reply lacks what the
 * operation is about.
 */
export class MongoUnexpectedServerResponseError extends MongoRuntimeError {}
