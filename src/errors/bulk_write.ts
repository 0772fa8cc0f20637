import { MongoServerError, type MongoWriteConcernError, type ServerErrorReply } from './server.ts'

/** What a server says of one write of a batch that it refused. */
export interface WriteRefusal {
  /** Its place among the documents or operations that the caller gave. */
  readonly index: number
  readonly code: number
  readonly errmsg: string
  readonly keyPattern?: unknown
  readonly keyValue?: unknown
  readonly errInfo?: unknown
}

/** The refusal, and the write that it is about: the document, or the update or delete statement. */
export interface BulkWriteOperationError extends WriteRefusal {
  /** As it was sent. Made when it is asked for, and not printed: it is the user's data. */
  readonly op: unknown
}

/** One write of a batch that the server refused. */
export class WriteError implements WriteRefusal {
  readonly err: BulkWriteOperationError

  constructor(refusal: WriteRefusal, operation: () => unknown) {
    this.err = Object.defineProperty({ ...refusal }, 'op', { get: operation }) as BulkWriteOperationError
  }

  get index(): number {
    return this.err.index
  }

  get code(): number {
    return this.err.code
  }

  get errmsg(): string {
    return this.err.errmsg
  }

  get keyPattern(): unknown {
    return this.err.keyPattern
  }

  get keyValue(): unknown {
    return this.err.keyValue
  }

  get errInfo(): unknown {
    return this.err.errInfo
  }

  /** The write as it was sent. */
  getOperation(): unknown {
    return this.err.op
  }

  toJSON(): WriteRefusal {
    return { ...this.err }
  }
}

/** What of a batch was done. Places are those among the documents or operations that the caller gave. */
export interface BulkWriteCounts {
  readonly insertedCount: number
  readonly matchedCount: number
  readonly modifiedCount: number
  readonly deletedCount: number
  readonly upsertedCount: number
  /** The `_id` of each document that was inserted, by the place. */
  readonly insertedIds: Readonly<Record<number, unknown>>
  /** The `_id` of each document that an upsert inserted, by the place. */
  readonly upsertedIds: Readonly<Record<number, unknown>>
}

const nothingWritten: BulkWriteCounts = Object.freeze({
  insertedCount: 0,
  matchedCount: 0,
  modifiedCount: 0,
  deletedCount: 0,
  upsertedCount: 0,
  insertedIds: Object.freeze({}),
  upsertedIds: Object.freeze({})
})

/** What became of a bulk write. Without an acknowledgement the counts are 0, and `insertedIds` are those that were sent. */
export class BulkWriteResult implements BulkWriteCounts {
  readonly acknowledged: boolean
  readonly insertedCount: number
  readonly matchedCount: number
  /** Less than `matchedCount` where a document already was as the update would make it. */
  readonly modifiedCount: number
  readonly deletedCount: number
  readonly upsertedCount: number
  readonly insertedIds: Readonly<Record<number, unknown>>
  readonly upsertedIds: Readonly<Record<number, unknown>>
  readonly #writeErrors: readonly WriteError[]
  readonly #writeConcernErrors: readonly MongoWriteConcernError[]

  constructor(
    counts: Partial<BulkWriteCounts>,
    acknowledged = true,
    writeErrors: readonly WriteError[] = [],
    writeConcernErrors: readonly MongoWriteConcernError[] = []
  ) {
    const all = { ...nothingWritten, ...counts }
    this.acknowledged = acknowledged
    this.insertedCount = all.insertedCount
    this.matchedCount = all.matchedCount
    this.modifiedCount = all.modifiedCount
    this.deletedCount = all.deletedCount
    this.upsertedCount = all.upsertedCount
    this.insertedIds = all.insertedIds
    this.upsertedIds = all.upsertedIds
    this.#writeErrors = writeErrors
    this.#writeConcernErrors = writeConcernErrors
  }

  hasWriteErrors(): boolean {
    return this.#writeErrors.length > 0
  }

  getWriteErrorCount(): number {
    return this.#writeErrors.length
  }

  getWriteErrors(): WriteError[] {
    return [...this.#writeErrors]
  }

  getWriteErrorAt(index: number): WriteError | undefined {
    return this.#writeErrors[index]
  }

  /** The `_id` of the document that the operation at this place inserted by an upsert. */
  getUpsertedIdAt(index: number): unknown {
    return this.upsertedIds[index]
  }

  /** The first of the write concern errors, of which every command can have one. */
  getWriteConcernError(): MongoWriteConcernError | undefined {
    return this.#writeConcernErrors[0]
  }
}

/**
 * Some writes of a batch failed, or the batch was ended before its end: `result` tells what was done, `writeErrors` what
 * was refused, `cause` what ended it. What is in neither was not tried, or nobody knows.
 */
export class MongoBulkWriteError extends MongoServerError {
  declare readonly writeErrors: WriteError[]
  readonly result: BulkWriteResult

  constructor(
    reply: ServerErrorReply,
    message: string,
    writeErrors: readonly WriteError[],
    result: BulkWriteResult,
    cause?: Error
  ) {
    super({ ...reply, writeErrors: [...writeErrors] }, message)
    this.result = result
    if (cause !== undefined) this.cause = cause
  }

  get insertedCount(): number {
    return this.result.insertedCount
  }

  get matchedCount(): number {
    return this.result.matchedCount
  }

  get modifiedCount(): number {
    return this.result.modifiedCount
  }

  get deletedCount(): number {
    return this.result.deletedCount
  }

  get upsertedCount(): number {
    return this.result.upsertedCount
  }

  get insertedIds(): Readonly<Record<number, unknown>> {
    return this.result.insertedIds
  }

  get upsertedIds(): Readonly<Record<number, unknown>> {
    return this.result.upsertedIds
  }
}
