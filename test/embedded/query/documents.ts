import assert from 'node:assert/strict'
import { BSON, EJSON, Timestamp, ObjectId } from '../../../src/bson/index.ts'
import { CommandFailure } from '../../../src/embedded/failure.ts'
import {
  type BSONDocument,
  type BSONValue,
  compileFilter,
  compileUpdate,
  encodeDocument,
  fromObject,
  type MatchPosition,
  type QueryContext,
  type UpdateContext,
  type UpdatedDocument,
  type UpdateOptions
} from '../../../src/embedded/query/index.ts'

export type Fields = BSON.Document

/** A document from an object; numbers become int32 or double as the library decides, other types are given in classes. */
export function doc(fields: Fields): BSONDocument {
  return fromObject(fields)
}

export function value(of: unknown): BSONValue {
  const wrapped = fromObject({ v: of }).get('v')
  assert.ok(wrapped !== undefined)
  return wrapped
}

/** Canonical extended JSON: shows each type, and the fields in their order. */
export function text(document: BSONDocument): string {
  const plain = BSON.deserialize(encodeDocument(document), { promoteValues: false, bsonRegExp: true })
  return EJSON.stringify(plain, { relaxed: false })
}

export function assertDocument(actual: BSONDocument, expected: Fields | BSONDocument): void {
  assert.equal(text(actual), text(expected instanceof Map ? expected : doc(expected)))
}

export function matches(filter: Fields, document: Fields, context: QueryContext = {}): boolean {
  return compileFilter(doc(filter), context)(doc(document))
}

export const testTime: Date = new Date(1_700_000_000_000)
export const testTimestamp: Timestamp = new Timestamp({ t: 1_700_000_000, i: 7 })
export const testId: ObjectId = new ObjectId('0123456789abcdef01234567')

export const updateContext: UpdateContext = { now: () => testTime, timestamp: () => testTimestamp }

/** Applies an update; `filter` is what found the document. */
export function updated(
  document: Fields,
  update: Fields | Fields[],
  options: Omit<UpdateOptions, 'arrayFilters'> & {
    arrayFilters?: Fields[]
    filter?: Fields
    context?: QueryContext
  } = {}
): UpdatedDocument {
  const before = doc(document)
  const found: MatchPosition = {}
  const context = { ...updateContext, ...options.context }
  if (options.filter !== undefined) assert.ok(compileFilter(doc(options.filter), context)(before, found))
  const compiled = compileUpdate(Array.isArray(update) ? update.map(doc) : doc(update), context, {
    multi: options.multi,
    arrayFilters: options.arrayFilters?.map(doc)
  })
  return compiled.apply(before, found)
}

export function assertUpdated(
  document: Fields,
  update: Fields | Fields[],
  expected: Fields | BSONDocument,
  options?: Parameters<typeof updated>[2]
): void {
  assertDocument(updated(document, update, options).document, expected)
}

/** Runs what must fail, and checks the code and what the message says. */
export function assertFails(code: number, message: RegExp, run: () => unknown): void {
  assert.throws(run, error => {
    assert.ok(error instanceof CommandFailure, String(error))
    assert.equal(error.code, code, error.message)
    assert.match(error.message, message)
    return true
  })
}
