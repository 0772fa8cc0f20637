import { MongoError } from './base.ts'

/** The fields that a server's error reply is known to have. Any other field stays under `errorResponse` only. */
export interface ServerErrorReply {
  readonly errmsg?: string
  readonly code?: number
  readonly codeName?: string
  readonly errorLabels?: readonly string[]
  readonly [field: string]: unknown
}

const ownFields = [
  'codeName',
  'errmsg',
  'keyPattern',
  'keyValue',
  'errInfo',
  'writeErrors',
  'writeConcernError'
] as const

/**
 * The server refused a command. Known fields of the reply are properties; the whole reply is `errorResponse`, so that a
 * reply with keys such as `__proto__` or `toString` changes nothing of the error itself.
 */
export class MongoServerError extends MongoError {
  declare code?: number
  declare readonly codeName?: string
  declare readonly errmsg?: string
  declare readonly keyPattern?: unknown
  declare readonly keyValue?: unknown
  declare readonly errInfo?: unknown
  declare readonly writeErrors?: unknown
  declare readonly writeConcernError?: unknown
  readonly errorResponse: ServerErrorReply

  constructor(reply: ServerErrorReply, message?: string) {
    const labels = Array.isArray(reply.errorLabels) ? reply.errorLabels : []
    super(message ?? messageOf(reply), { errorLabels: labels.filter(label => typeof label === 'string') })
    this.errorResponse = reply
    if (typeof reply.code === 'number') this.code = reply.code
    for (const field of ownFields) {
      if (Object.hasOwn(reply, field)) Object.defineProperty(this, field, { value: reply[field], enumerable: true })
    }
  }
}

/** A write was done, and its write concern was not reached. */
export class MongoWriteConcernError extends MongoServerError {}

/** One write of a batch that the server refused. */
export interface WriteError {
  /** Its place among the documents that the caller gave. */
  readonly index: number
  readonly code: number
  readonly errmsg: string
  readonly keyPattern?: unknown
  readonly keyValue?: unknown
  readonly errInfo?: unknown
}

/** What of a batch was done although some of it failed. */
export interface PartialWriteResult {
  readonly insertedCount: number
  /** By the place among the documents that the caller gave; only those that were inserted. */
  readonly insertedIds: Readonly<Record<number, unknown>>
}

/** Some writes of a batch failed; `result` tells what was done, `writeErrors` what was not. */
export class MongoBulkWriteError extends MongoServerError {
  declare readonly writeErrors: readonly WriteError[]
  readonly result: PartialWriteResult

  constructor(
    reply: ServerErrorReply,
    message: string,
    writeErrors: readonly WriteError[],
    result: PartialWriteResult
  ) {
    super({ ...reply, writeErrors }, message)
    this.result = result
  }

  get insertedCount(): number {
    return this.result.insertedCount
  }

  get insertedIds(): Readonly<Record<number, unknown>> {
    return this.result.insertedIds
  }
}

function messageOf(reply: ServerErrorReply): string {
  if (typeof reply.errmsg === 'string' && reply.errmsg !== '') return reply.errmsg
  const legacy = reply['$err']
  return typeof legacy === 'string' && legacy !== '' ? legacy : 'the server reported an error without a message'
}
