/** From what a server replies to the error that it means. */
import {
  type Document,
  documentField,
  flagField,
  integerField,
  textField,
  uncheckedText,
  type UntrustedDocument
} from '../bson/index.ts'
import { MongoServerError, MongoWriteConcernError } from '../errors/index.ts'
import type { Reply } from '../wire/index.ts'

/**
 * The error of a command that failed, or undefined. A reply with `ok: 1` is not decoded: a write's may have a write
 * concern error all the same, which `errorIn` finds in the document that the write decodes anyway. Servers cut off what
 * they quote, within a character too.
 */
export function errorOf(reply: Reply): MongoServerError | undefined {
  return reply.ok ? undefined : new MongoServerError(reply.document(uncheckedText))
}

/** As `errorOf`, and for `ok: 1` the write concern error, if there is one. Errors of single writes are the write's business. */
export function errorIn(reply: Document): MongoServerError | undefined {
  if (integerField(reply, 'ok') !== 1 && !flagField(reply, 'ok')) return new MongoServerError(reply)
  const writeConcernError = documentField(reply, 'writeConcernError')
  return writeConcernError === undefined ? undefined : writeConcernErrorFrom(reply, writeConcernError)
}

const ownFields = ['codeName', 'errmsg', 'errInfo'] as const

/** The labels of such a reply stand at its top level; what else is known of the error, in the write concern error. */
function writeConcernErrorFrom(reply: Document, from: UntrustedDocument): MongoWriteConcernError {
  const message = textField(from, 'errmsg') || 'the server did not say why the write concern was not reached'
  const error = new MongoWriteConcernError(reply, message)
  const code = integerField(from, 'code')
  if (code !== undefined) error.code = code
  for (const field of ownFields) {
    // With `ok: 1` no server has these at the top level too; a reply that does keeps them.
    if (!Object.hasOwn(from, field) || Object.hasOwn(error, field)) continue
    Object.defineProperty(error, field, { value: from[field], enumerable: true })
  }
  return error
}
