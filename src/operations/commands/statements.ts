/** The statements of updates and deletes as bytes: what is wrong with one is told at the call. */
import type { Document } from '../../bson/index.ts'
import { MongoInvalidArgumentError } from '../../errors/index.ts'
import { encodeUserDocument } from '../prepared_command.ts'

/** What a statement has besides its filter and what it does, such as `hint` or `collation`; undefined means not given. */
export type StatementOptions = Readonly<Record<string, unknown>>

/** @throws {MongoInvalidArgumentError} for an update without operators. */
export function encodeUpdate(
  filter: Document,
  update: Document | readonly Document[],
  multi: boolean,
  options: StatementOptions
): Uint8Array {
  refuseNoOperators(update)
  return encodeUserDocument({ q: filter, u: update, multi, ...given(options) })
}

/** @throws {MongoInvalidArgumentError} for a replacement that begins with an operator. */
export function encodeReplacement(filter: Document, replacement: Document, options: StatementOptions): Uint8Array {
  refuseOperators(replacement)
  return encodeUserDocument({ q: filter, u: replacement, multi: false, ...given(options) })
}

export function encodeDelete(filter: Document, multi: boolean, options: StatementOptions): Uint8Array {
  return encodeUserDocument({ q: filter, limit: multi ? 0 : 1, ...given(options) })
}

/** An update without operators would replace the document, with the wrong name. A pipeline is the server's to judge. */
export function refuseNoOperators(update: Document | readonly Document[]): void {
  if (Array.isArray(update)) return
  const first = firstKeyOf(update)
  if (first?.startsWith('$') === true) return
  throw new MongoInvalidArgumentError(
    first === undefined
      ? 'the update is empty; give it operators, such as { $set: { … } }'
      : `the update begins with "${first}", which is no operator; write { $set: { … } } to change fields`
  )
}

/** A replacement with operators would be an update, with the wrong name. */
export function refuseOperators(replacement: Document): void {
  if (Array.isArray(replacement))
    throw new MongoInvalidArgumentError(
      'the replacement is an array; it is one document, and only updates take pipelines'
    )
  const first = firstKeyOf(replacement)
  if (first?.startsWith('$') !== true) return
  throw new MongoInvalidArgumentError(
    `the replacement begins with the operator "${first}"; use an update to change fields, or leave the operators out`
  )
}

function firstKeyOf(document: Document): string | undefined {
  const [first] = document instanceof Map ? document.keys() : Object.keys(document)
  return first === undefined ? undefined : String(first)
}

function given(options: StatementOptions): Document {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
