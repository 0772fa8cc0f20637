import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  DBRef,
  Decimal128,
  Double,
  EJSON,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp
} from '../../src/client/index.ts'
import { CaseError } from './case_error.ts'
import { valueOf } from './extended_json.ts'
import type { Fields } from './format.ts'

/** What matching asks of the entities of a case. */
export interface EntityValues {
  /** @throws CaseError where there is no such entity. */
  value(id: string): unknown
}

interface Place {
  /** For messages: `result.items[2]`. */
  readonly path: string
  /** A root-level document may have fields that are not expected. */
  readonly root: boolean
  readonly entities: EntityValues
}

/**
 * Requires that `actual` is as `expected` says. `expected` is JSON as the file has it. Undefined stands for what is not there.
 * @throws CaseError that says where they differ.
 */
export function requireMatch(expected: unknown, actual: unknown, path: string, entities: EntityValues): void {
  match(valueOf(expected), actual, { path, root: true, entities })
}

/** The same where each element of an array is a root-level document, as a cursor returns them. */
export function requireDocuments(expected: unknown, actual: unknown, path: string, entities: EntityValues): void {
  const value = valueOf(expected)
  if (!Array.isArray(value) || !Array.isArray(actual)) return match(value, actual, { path, root: true, entities })
  requireLength(value, actual, path)
  value.forEach((each, index) => match(each, actual[index], { path: `${path}[${index}]`, root: true, entities }))
}

function match(expected: unknown, actual: unknown, place: Place): void {
  if (Array.isArray(expected)) matchArray(expected, actual, place)
  else if (isPlain(expected)) matchDocument(expected, actual, place)
  else if (!equal(expected, actual)) differ(expected, actual, place.path)
}

function matchArray(expected: readonly unknown[], actual: unknown, { path, entities }: Place): void {
  if (!Array.isArray(actual)) differ(expected, actual, path)
  requireLength(expected, actual, path)
  expected.forEach((each, index) => match(each, actual[index], { path: `${path}[${index}]`, root: false, entities }))
}

function requireLength(expected: readonly unknown[], actual: readonly unknown[], path: string): void {
  if (actual.length === expected.length) return
  throw new CaseError(`${path} has ${actual.length} elements, not ${expected.length}: ${shown(actual)}`)
}

function matchDocument(expected: Fields, actual: unknown, place: Place): void {
  const { path, root, entities } = place
  const operator = operatorOf(expected)
  if (operator !== undefined) return operator(actual, place)
  if (!isPlain(actual)) differ(expected, actual, path)
  for (const [key, value] of Object.entries(expected)) {
    const found = Object.hasOwn(actual, key) ? actual[key] : undefined
    const within = { path: `${path}.${key}`, root: false, entities }
    const special = isPlain(value) ? operatorOf(value) : undefined
    if (special !== undefined) special(found, within)
    else if (found === undefined) throw new CaseError(`${within.path} is missing in ${shown(actual)}`)
    else match(value, found, within)
  }
  if (root) return
  const extra = Object.keys(actual).find(key => actual[key] !== undefined && !Object.hasOwn(expected, key))
  if (extra !== undefined) throw new CaseError(`${path} has "${extra}", which is not expected: ${shown(actual)}`)
}

// ───────────────────────── special operators ─────────────────────────

type Operator = (actual: unknown, place: Place) => void

/** What a document stands for that has one field, named with `$$`; undefined: it stands for itself. */
function operatorOf(expected: Fields): Operator | undefined {
  const [name, ...others] = Object.keys(expected)
  if (name === undefined || !name.startsWith('$$')) return undefined
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined
  if (operator === undefined || others.length > 0)
    throw new CaseError(`${shown(expected)} is no special operator that this runner knows`)
  return (actual, place) => operator(expected[name], actual, place)
}

const operators: Readonly<Record<string, (argument: unknown, actual: unknown, place: Place) => void>> = {
  $$exists: (argument, actual, { path }) => {
    if (typeof argument !== 'boolean') throw new CaseError(`${path}: $$exists takes true or false`)
    if (argument === (actual !== undefined)) return
    throw new CaseError(argument ? `${path} is missing` : `${path} should not be there, and is ${shown(actual)}`)
  },
  $$type: (argument, actual, { path }) => {
    const names = [argument].flat()
    const fits = names.some(name => {
      const isOf = typeof name === 'string' && Object.hasOwn(types, name) ? types[name] : undefined
      if (isOf === undefined) throw new CaseError(`${path}: $$type knows no type ${shown(name)}`)
      return isOf(actual)
    })
    if (!fits) throw new CaseError(`${path} is ${shown(actual)}, not of type ${names.join(' or ')}`)
  },
  $$matchesEntity: (argument, actual, place) => {
    if (typeof argument !== 'string') throw new CaseError(`${place.path}: $$matchesEntity takes the name of an entity`)
    match(place.entities.value(argument), actual, place)
  },
  $$matchesHexBytes: (argument, actual, { path }) => {
    if (typeof argument !== 'string' || !/^(?:[\da-f]{2})*$/i.test(argument))
      throw new CaseError(`${path}: $$matchesHexBytes takes pairs of hexadecimal digits`)
    const bytes = actual instanceof Binary ? actual.buffer.subarray(0, actual.position) : actual
    const digits = bytes instanceof Uint8Array ? Buffer.from(bytes).toString('hex') : undefined
    if (digits !== argument.toLowerCase())
      throw new CaseError(`${path} is ${digits ?? shown(actual)}, not the bytes ${argument}`)
  },
  $$unsetOrMatches: (argument, actual, place) => {
    if (actual !== undefined) match(argument, actual, place)
  },
  $$sessionLsid: (argument, actual, place) => {
    if (typeof argument !== 'string') throw new CaseError(`${place.path}: $$sessionLsid takes the name of a session`)
    const { id } = place.entities.value(argument) as { readonly id?: unknown }
    if (id === undefined) throw new CaseError(`${place.path}: the entity ${argument} is no session`)
    match(id, actual, { ...place, root: false })
  },
  $$lte: (argument, actual, { path }) => {
    const limit = numberOf(argument)
    const value = numberOf(actual)
    if (limit === undefined) throw new CaseError(`${path}: $$lte takes a number`)
    if (value === undefined || !(value <= limit)) throw new CaseError(`${path} is ${shown(actual)}, more than ${limit}`)
  },
  $$matchAsDocument: (argument, actual, place) => {
    if (typeof actual !== 'string') throw new CaseError(`${place.path} is ${shown(actual)}, not a document as text`)
    let document: unknown
    try {
      document = valueOf(JSON.parse(actual))
    } catch {
      throw new CaseError(`${place.path} is no document as text: ${actual}`)
    }
    match(argument, document, { ...place, root: false })
  },
  $$matchAsRoot: (argument, actual, place) => match(argument, actual, { ...place, root: true })
}

// ───────────────────────── values and their types ─────────────────────────

/** The driver reads every number that fits into a JavaScript number, so one may have had any of the types that hold it. */
const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  double: value => typeof value === 'number' || value instanceof Double,
  string: value => typeof value === 'string',
  object: value => isPlain(value),
  array: value => Array.isArray(value),
  binData: value => value instanceof Binary || value instanceof Uint8Array,
  undefined: () => false,
  objectId: value => value instanceof ObjectId,
  bool: value => typeof value === 'boolean',
  date: value => value instanceof Date,
  null: value => value === null,
  regex: value => value instanceof RegExp || value instanceof BSONRegExp,
  dbPointer: value => value instanceof DBRef,
  javascript: value => value instanceof Code && value.scope === null,
  symbol: value => value instanceof BSONSymbol,
  javascriptWithScope: value => value instanceof Code && value.scope !== null,
  int: value => isInteger(value) && Math.abs(Number(value)) <= 2 ** 31,
  timestamp: value => value instanceof Timestamp,
  long: isInteger,
  decimal: value => value instanceof Decimal128,
  minKey: value => value instanceof MinKey,
  maxKey: value => value instanceof MaxKey,
  number: value => numberOf(value) !== undefined || value instanceof Decimal128
}

function isInteger(value: unknown): boolean {
  if (value instanceof Double || value instanceof Decimal128) return false
  const number = numberOf(value)
  return number !== undefined && (typeof value === 'bigint' || Number.isInteger(number))
}

/** Any numeric type but Decimal128. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Timestamp) return undefined
  if (value instanceof Long) return value.toNumber()
  return value instanceof Int32 || value instanceof Double ? value.valueOf() : undefined
}

/** A document: not an array, nor any of the other types of BSON. */
export function isPlain(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return !('_bsontype' in value) && !(value instanceof Date || value instanceof RegExp || value instanceof Uint8Array)
}

function equal(expected: unknown, actual: unknown): boolean {
  const number = numberOf(expected)
  if (number !== undefined) {
    const other = numberOf(actual)
    if (other === undefined) return false
    const integers = expected instanceof Long && actual instanceof Long
    return integers ? expected.equals(actual) : Object.is(number + 0, other + 0)
  }
  if (typeof expected !== 'object' || expected === null || typeof actual !== 'object' || actual === null)
    return expected === actual
  return canonical(expected) === canonical(actual)
}

function canonical(value: unknown): string {
  return EJSON.stringify({ value }, { relaxed: false })
}

function differ(expected: unknown, actual: unknown, path: string): never {
  throw new CaseError(`${path} is ${shown(actual)}, not ${shown(expected)}`)
}

/** As text for a message. */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing'
  if (typeof value === 'bigint') return value.toString()
  return EJSON.stringify(value as object)
}
