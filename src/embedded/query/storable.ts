import { BSONRegExp, type ObjectId, Timestamp } from '../../bson/index.ts'
import { CommandFailure } from '../failure.ts'
import { type BSONDocument, type BSONValue, bsonTypes, isDocument, typeNameOf, typeOf } from './values.ts'

/** How deep a stored document may nest: the limit that the manual gives. */
export const nestingDepthMax = 100

/** Where new identifiers and times of stored documents come from. */
export interface InsertContext {
  readonly newId: () => ObjectId
  readonly timestamp: () => Timestamp
}

/**
 * The document as an insert stores it: `_id` first, made if there is none, and the cluster's time in place of empty
 * timestamps at the top level.
 */
export function prepareForInsert(document: BSONDocument, context: InsertContext): BSONDocument {
  const id = document.get('_id') ?? (document.has('_id') ? null : context.newId())
  const prepared = withTimestamps(withIdFirst(document, id), context.timestamp)
  checkStorable(prepared, 'BadValue')
  return prepared
}

export function withIdFirst(document: BSONDocument, id: BSONValue): BSONDocument {
  const ordered: BSONDocument = new Map([['_id', id]])
  for (const [name, value] of document) if (name !== '_id') ordered.set(name, value)
  return ordered
}

/** An empty timestamp asks the server for the current one, in fields at the top level other than `_id`. */
export function withTimestamps(document: BSONDocument, timestamp: () => Timestamp): BSONDocument {
  return new Map(
    Array.from(document, ([name, value]) => [name, name !== '_id' && isEmptyTimestamp(value) ? timestamp() : value])
  )
}

function isEmptyTimestamp(value: BSONValue): boolean {
  return value instanceof Timestamp && value.isZero()
}

/** Refuses what no collection stores: an `_id` of a wrong type, and nesting beyond the limit. */
export function checkStorable(document: BSONDocument, idCode: 'BadValue' | 'InvalidIdField'): void {
  const id = document.get('_id')
  if (id !== undefined) {
    if (Array.isArray(id) || id instanceof BSONRegExp || typeOf(id) === bsonTypes.undefined) {
      throw new CommandFailure(idCode, `the '_id' value cannot be of type ${typeNameOf(id)}`)
    }
    if (isDocument(id)) checkNamesInId(id)
  }
  checkDepth(document, 1)
}

function checkNamesInId(id: BSONDocument): void {
  for (const name of id.keys()) {
    if (name.startsWith('$')) {
      throw new CommandFailure(
        'DollarPrefixedFieldName',
        `_id fields may not contain '$'-prefixed fields: ${name} is not valid for storage`
      )
    }
  }
}

function checkDepth(value: BSONDocument | readonly BSONValue[], depth: number): void {
  if (depth > nestingDepthMax) {
    throw new CommandFailure('Overflow', `the document nests deeper than ${nestingDepthMax} levels (nestingDepthMax)`)
  }
  for (const below of value.values()) {
    if (isDocument(below) || Array.isArray(below)) checkDepth(below, depth + 1)
  }
}
