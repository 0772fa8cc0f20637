import { MongoInvalidArgumentError } from '../errors/index.ts'
import type { IndexSpecification } from './types/index.ts'

/** Every way to write an index's fields, as the key document that the server takes. */
export function indexKeyOf(specification: IndexSpecification): Map<string, unknown> {
  const key = new Map(entriesOf(specification))
  if (key.size === 0) throw new MongoInvalidArgumentError('an index needs at least one field')
  return key
}

function entriesOf(specification: unknown): readonly (readonly [string, unknown])[] {
  if (typeof specification === 'string') return [[specification, 1]]
  if (specification instanceof Map) return [...specification]
  if (!Array.isArray(specification)) return Object.entries(specification as object)
  // `['a', -1]` is one field and its direction; `['a', 'b']` are two fields; entries may be any of these.
  if (specification.length === 2 && typeof specification[0] === 'string' && isDirection(specification[1]))
    return [[specification[0], specification[1]]]
  return specification.flatMap(entriesOf)
}

const kinds: readonly unknown[] = ['2d', '2dsphere', 'text', 'hashed', 'geoHaystack']

function isDirection(value: unknown): boolean {
  return typeof value === 'number' || kinds.includes(value)
}
