import { arrayIndexOf } from './paths.ts'
import { type BSONDocument, type BSONValue, bsonTypes, isDocument, OpaqueValue } from './values.ts'

/** One path of a key on its way down. `settled` says that `value` is the key, even if it is an array. */
interface Reached {
  readonly value: BSONValue | undefined
  readonly rest: readonly string[]
  readonly settled: boolean
}

const emptyArrayKey = new OpaqueValue(bsonTypes.undefined, new Uint8Array(0))

/**
 * The keys that a document has for some paths together, as sorts and indexes see it: one for each element of an array
 * on the paths. A missing field counts as null, an empty array as undefined, which is less than null. The answer is
 * undefined where two paths go through different arrays: no order of such keys would mean anything.
 */
export function documentKeys(document: BSONDocument, paths: readonly (readonly string[])[]): BSONValue[][] | undefined {
  return keysFrom(paths.map(rest => walkDown({ value: document, rest, settled: false })))
}

function keysFrom(fields: readonly Reached[]): BSONValue[][] | undefined {
  const arrays = new Set(fields.map(arrayToEnter).filter(array => array !== undefined))
  if (arrays.size > 1) return undefined
  const [array] = arrays
  if (array === undefined) return [fields.map(field => field.value ?? null)]
  const keys: BSONValue[][] = []
  for (const element of array.length === 0 ? [undefined] : array) {
    const below = keysFrom(fields.map(field => (arrayToEnter(field) === array ? enter(field, element) : field)))
    if (below === undefined) return undefined
    keys.push(...below)
  }
  return keys
}

function arrayToEnter(field: Reached): readonly BSONValue[] | undefined {
  return !field.settled && Array.isArray(field.value) ? field.value : undefined
}

/** From an array to one of its elements; no element stands for an empty array. */
function enter(field: Reached, element: BSONValue | undefined): Reached {
  if (field.rest.length === 0) return { value: element ?? emptyArrayKey, rest: [], settled: true }
  return isDocument(element) ? walkDown({ ...field, value: element }) : missing
}

const missing: Reached = { value: undefined, rest: [], settled: true }

/** Goes down as far as documents and array indices lead. */
function walkDown(from: Reached): Reached {
  let { value } = from
  let at = 0
  for (; at < from.rest.length; at += 1) {
    const component = from.rest[at] ?? ''
    if (isDocument(value)) value = value.get(component)
    else if (Array.isArray(value)) {
      const index = arrayIndexOf(component)
      if (index === undefined || value[index] === undefined) break
      value = value[index]
    } else return missing
  }
  return { value, rest: from.rest.slice(at), settled: false }
}
