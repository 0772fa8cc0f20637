import { MongoServerError, type MongoWriteConcernError, type ServerErrorReply } from './server.ts'

/** One write of a batch that the server refused. */
export interface WriteError {
  /** Its place among the documents or operations that the caller gave. */
  readonly index: number
  readonly code: number
  readonly errmsg: string
  readonly keyPattern?: unknown
  readonly keyValue?: unknown
  readonly errInfo?: unknown
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
  declare readonly writeErrors: readonly WriteError[]
  readonly result: BulkWriteResult

  constructor(
    reply: ServerErrorReply,
    message: string,
    writeErrors: readonly WriteError[],
    result: BulkWriteResult,
    cause?: Error
  ) {
    super({ ...reply, writeErrors }, message)
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
