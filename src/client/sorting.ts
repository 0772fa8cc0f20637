import type { Document } from '../bson/index.ts'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import type { Sort, SortDirection } from './types/index.ts'

const directions: ReadonlyMap<unknown, 1 | -1> = new Map<unknown, 1 | -1>([
  [1, 1],
  [-1, -1],
  ['1', 1],
  ['-1', -1],
  ['asc', 1],
  ['desc', -1],
  ['ascending', 1],
  ['descending', -1]
])

/** Every way to write a sort, as the document that the server takes. A Map keeps the order of keys that look like numbers. */
export function sortDocument(sort: Sort | undefined): Document | undefined {
  if (sort === undefined) return undefined
  return new Map(entriesOf(sort).map(([field, direction]) => [field, directionOf(field, direction)]))
}

function entriesOf(sort: Sort): readonly (readonly [string, unknown])[] {
  if (typeof sort === 'string') return [[sort, 1]]
  if (sort instanceof Map) return [...sort]
  if (!Array.isArray(sort)) return Object.entries(sort)
  const list = sort as readonly unknown[]
  // `['name', -1]` is one field and its direction; `['a', 'b']` are two fields.
  if (list.length === 2 && typeof list[0] === 'string' && directions.has(list[1])) return [[list[0], list[1]]]
  return list.map(entry => (Array.isArray(entry) ? [String(entry[0]), entry[1]] : [String(entry), 1]))
}

function directionOf(field: string, direction: unknown): SortDirection | Document {
  const known = directions.get(typeof direction === 'string' ? direction.toLowerCase() : direction)
  if (known !== undefined) return known
  if (typeof direction === 'object' && direction !== null && '$meta' in direction) return direction
  throw new MongoInvalidArgumentError(
    `the sort of "${field}" is ${JSON.stringify(direction)}; it is 1 or "asc", -1 or "desc", or { $meta: … }`
  )
}
