import { BSONRegExp } from '../../bson/index.ts'
import { CommandFailure } from '../failure.ts'
import { isOperatorDocument } from './conditions.ts'
import { splitPath } from './paths.ts'
import { type InsertContext, prepareForInsert, withIdFirst } from './storable.ts'
import { checkIdKept, type Update } from './update.ts'
import { type BSONDocument, type BSONValue, copyValue, isDocument } from './values.ts'

/**
 * The document that an upsert inserts when nothing matched: the fields that the filter says exactly, then the update,
 * `$setOnInsert` included. `_id` comes first, from the filter, the update, or newly made.
 */
export function upsertDocument(filter: BSONDocument, update: Update, context: InsertContext): BSONDocument {
  const described = update.kind === 'replacement' ? idDescribed(filter) : fieldsDescribed(filter)
  const inserted = update.insert(described)
  checkIdKept(described.get('_id'), inserted.get('_id'))
  return prepareForInsert(inserted, context)
}

/** Of a replacement the filter gives the `_id` alone, and only as a whole. */
function idDescribed(filter: BSONDocument): BSONDocument {
  const equalities = equalitiesOf(filter)
  for (const path of equalities.keys()) {
    if (path.startsWith('_id.')) {
      throw new CommandFailure(
        'NotExactValueField',
        `the filter gives "${path}", a part of the _id, where it must give all of it`
      )
    }
  }
  const id = equalities.get('_id')
  return id === undefined ? new Map() : new Map([['_id', id]])
}

function fieldsDescribed(filter: BSONDocument): BSONDocument {
  const described: BSONDocument = new Map()
  for (const [path, value] of equalitiesOf(filter)) {
    const components = splitPath(path)
    let holder = described
    for (const name of components.slice(0, -1)) {
      const below = holder.get(name) ?? new Map<string, BSONValue>()
      holder.set(name, below)
      // `equalitiesOf` has refused paths that end inside one another.
      if (isDocument(below)) holder = below
    }
    holder.set(components.at(-1) ?? '', copyValue(value))
  }
  const id = described.get('_id')
  return id === undefined ? described : withIdFirst(described, id)
}

/** The fields for which only one value can match, by path. */
function equalitiesOf(filter: BSONDocument): Map<string, BSONValue> {
  const equalities = new Map<string, BSONValue>()
  collect(filter, (path, value) => {
    for (const other of equalities.keys()) {
      if (other === path) throw ambiguous(`path '${path}' is matched twice`)
      if (other.startsWith(`${path}.`) || path.startsWith(`${other}.`)) {
        throw ambiguous(`both paths '${other}' and '${path}' are matched`)
      }
    }
    equalities.set(path, value)
  })
  return equalities
}

function ambiguous(why: string): CommandFailure {
  return new CommandFailure('NotSingleValueField', `cannot infer query fields to set, ${why}`)
}

function collect(filter: BSONDocument, take: (path: string, value: BSONValue) => void): void {
  for (const [name, operand] of filter) {
    if (name === '$and' || name === '$or') {
      const branches = Array.isArray(operand) ? operand : []
      // Of several alternatives none is certain.
      if (name === '$and' || branches.length === 1) {
        for (const branch of branches) if (isDocument(branch)) collect(branch, take)
      }
    } else if (!name.startsWith('$')) {
      for (const value of exactValues(operand)) take(name, value)
    }
  }
}

function exactValues(operand: BSONValue): BSONValue[] {
  if (operand instanceof BSONRegExp) return []
  if (!isDocument(operand) || !isOperatorDocument(operand)) return [operand]
  return Array.from(operand).flatMap(([operator, value]) => {
    if (operator === '$eq') return [value]
    const only = (operator === '$in' || operator === '$all') && Array.isArray(value) && value.length === 1 ? value : []
    return only.filter(
      element => !(element instanceof BSONRegExp) && !(isDocument(element) && isOperatorDocument(element))
    )
  })
}
