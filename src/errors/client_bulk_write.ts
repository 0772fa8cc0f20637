import { MongoServerError, type MongoWriteConcernError, type ServerErrorReply } from './server.ts'

/** Why a server refused one operation of a client's bulk write. */
export interface ClientBulkWriteError {
  /** The server's number of the error. */
  readonly code: number
  readonly message: string
  /** What the server tells besides, such as the rule of a validator that a document breaks. */
  readonly errInfo?: unknown
  readonly keyPattern?: unknown
  readonly keyValue?: unknown
}

export interface ClientInsertOneResult {
  /** The document's own `_id`, or the one that the driver made. */
  readonly insertedId: unknown
}

export interface ClientUpdateResult {
  /** With an upsert that inserted: 1. */
  readonly matchedCount: number
  readonly modifiedCount: number
  /** The `_id` of the document that an upsert inserted; only there if it did. */
  readonly upsertedId?: unknown
  /** Whether an upsert inserted: its `_id` may be null. */
  readonly didUpsert: boolean
}

export interface ClientDeleteResult {
  readonly deletedCount: number
}

/** What became of a client's bulk write. Without an acknowledgement the counts are 0. */
export interface ClientBulkWriteResult {
  readonly acknowledged: boolean
  readonly insertedCount: number
  /** Without those that were upserted. */
  readonly matchedCount: number
  /** Less than `matchedCount` where a document already was as the update would make it. */
  readonly modifiedCount: number
  readonly deletedCount: number
  readonly upsertedCount: number
  /** Each insert that succeeded, by its place among the models. Here and below: undefined without `verboseResults`. */
  readonly insertResults: ReadonlyMap<number, ClientInsertOneResult> | undefined
  readonly updateResults: ReadonlyMap<number, ClientUpdateResult> | undefined
  readonly deleteResults: ReadonlyMap<number, ClientDeleteResult> | undefined
}

/**
 * Some operations of a client's bulk write failed, or it was ended before its end: `writeErrors` tells what was refused,
 * `partialResult` what was done, `cause` what ended it. What is in none of them was not tried, or nobody knows.
 */
export class MongoClientBulkWriteError extends MongoServerError {
  /** By the operation's place among the models; of an ordered bulk write at most one. */
  declare readonly writeErrors: ReadonlyMap<number, ClientBulkWriteError>
  /** Each command of the bulk write can have one. They end nothing: the writes were done. */
  readonly writeConcernErrors: readonly MongoWriteConcernError[]
  /** Undefined where nothing is known to have been done. */
  readonly partialResult: ClientBulkWriteResult | undefined

  constructor(
    reply: ServerErrorReply,
    message: string,
    writeErrors: ReadonlyMap<number, ClientBulkWriteError>,
    writeConcernErrors: readonly MongoWriteConcernError[],
    partialResult: ClientBulkWriteResult | undefined,
    cause?: Error
  ) {
    super({ ...reply, writeErrors }, message)
    this.writeConcernErrors = writeConcernErrors
    this.partialResult = partialResult
    if (cause !== undefined) this.cause = cause
  }
}
