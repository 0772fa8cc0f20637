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

function messageOf(reply: ServerErrorReply): string {
  if (typeof reply.errmsg === 'string' && reply.errmsg !== '') return reply.errmsg
  // `$err` is of old servers; `message` of programs that make such an error themselves.
  for (const text of [reply['$err'], reply['message']]) if (typeof text === 'string' && text !== '') return text
  return 'the server reported an error without a message'
}
