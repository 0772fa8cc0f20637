import { badValue, CommandFailure } from '../failure.ts'
import { compareStrings, compareValues, type StringOrder } from './compare.ts'
import { checkFieldPath } from './field_path.ts'
import { documentKeys } from './keys.ts'
import { wholeInt64 } from './numbers.ts'
import { splitPath } from './paths.ts'
import { type BSONDocument, type BSONValue, isDocument, isNumber } from './values.ts'

/** The values that a document is sorted by, one for each field of the specification. */
export type SortKey = readonly BSONValue[]

/** A compiled sort specification such as `{ a: 1, 'b.c': -1 }`. */
export interface Sort {
  /** The smallest of the document's keys in this sort's order: an array counts by its least, or descending its greatest. */
  keyOf(document: BSONDocument): SortKey
  compareKeys(left: SortKey, right: SortKey): number
  /** The items in this order; equal ones keep theirs. */
  sorted<Item>(items: readonly Item[], documentOf: (item: Item) => BSONDocument): Item[]
}

/**
 * Compiles a sort specification. `$meta` is refused, and `$natural` too: it is no field, and the store must answer it.
 */
export function compileSort(specification: BSONDocument, strings: StringOrder = compareStrings): Sort {
  const fields = Array.from(specification, ([path, direction]) => ({
    path: checkedPath(path),
    direction: directionOf(path, direction)
  }))
  const paths = fields.map(field => field.path)
  const compareKeys = (left: SortKey, right: SortKey): number => {
    for (const [index, field] of fields.entries()) {
      const difference = compareValues(left[index] ?? null, right[index] ?? null, strings)
      if (difference !== 0) return difference * field.direction
    }
    return 0
  }
  const keyOf = (document: BSONDocument): SortKey => {
    const keys = documentKeys(document, paths)
    if (keys === undefined) {
      throw badValue(
        `cannot sort by ${Array.from(specification.keys()).join(', ')}: a document has different arrays at two of these paths`
      )
    }
    return keys.reduce((least, key) => (compareKeys(key, least) < 0 ? key : least))
  }
  return {
    keyOf,
    compareKeys,
    sorted: (items, documentOf) =>
      items
        .map(item => ({ item, key: keyOf(documentOf(item)) }))
        .sort((left, right) => compareKeys(left.key, right.key))
        .map(({ item }) => item)
  }
}

function checkedPath(path: string): readonly string[] {
  checkFieldPath(path)
  return splitPath(path)
}

function directionOf(path: string, direction: BSONValue): 1 | -1 {
  if (isDocument(direction)) {
    const [operator] = direction.keys()
    if (operator === '$meta') {
      throw new CommandFailure('NotImplemented', `sort by $meta (field "${path}") is not supported`)
    }
    throw new CommandFailure(15974, `illegal key in the sort specification: "${path}" has a document as its direction`)
  }
  if (!isNumber(direction)) {
    throw new CommandFailure(15974, `illegal key in the sort specification: the direction of "${path}" is not a number`)
  }
  const whole = wholeInt64(direction)
  if (whole === 1n) return 1
  if (whole === -1n) return -1
  throw new CommandFailure(15975, `sort key ordering must be 1 (ascending) or -1 (descending); "${path}" has another`)
}
