import type { Arguments } from './arguments.ts'
import { CommandFailure } from './failure.ts'
import { type BSONDocument, compileSort, type StringOrder } from './query/index.ts'
import type { IndexDefinition } from './store/index.ts'

/** The fields of a find that bound the scan of an index. */
export interface IndexBounds {
  /** Within the bounds. Undefined: there is no such bound. */
  readonly min: BSONDocument | undefined
  /** Behind the bounds. */
  readonly max: BSONDocument | undefined
}

/** Undefined: nothing is bounded. An empty bound is none. */
export function indexBoundsOf(given: Arguments): IndexBounds | undefined {
  const [min, max] = ['min', 'max'].map(field => {
    const bound = given.document(field)
    return bound === undefined || bound.size === 0 ? undefined : bound
  })
  if (min === undefined && max === undefined) return undefined
  if (!given.has('hint'))
    throw new CommandFailure(51173, 'When using min()/max() a hint of which index to use must be provided')
  return { min, max }
}

/**
 * Whether one of the document's keys in the index is within the bounds, in the order of the index.
 * @throws {CommandFailure} for bounds that are no keys of the index, or that nothing is between.
 */
export function withinBounds(
  { min, max }: IndexBounds,
  index: IndexDefinition | undefined,
  strings: StringOrder | undefined
): (document: BSONDocument) => boolean {
  for (const bound of [min, max])
    if (bound !== undefined && (index === undefined || !areSame([...bound.keys()], [...index.key.keys()])))
      throw new CommandFailure(51174, 'The index chosen is not compatible with min/max')
  if (index === undefined) return () => false
  const order = compileSort(index.key, strings)
  const [first, end] = [min, max].map(bound => (bound === undefined ? undefined : [...bound.values()]))
  if (first !== undefined && end !== undefined && order.compareKeys(first, end) >= 0)
    throw new CommandFailure(51175, 'The value provided for min() does not come before the value provided for max()')
  return document =>
    Array.from(index.keysOf(document).values(), key => [...key.values()]).some(
      key =>
        (first === undefined || order.compareKeys(key, first) >= 0) &&
        (end === undefined || order.compareKeys(key, end) < 0)
    )
}

function areSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => name === other[at])
}
