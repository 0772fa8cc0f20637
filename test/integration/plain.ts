/**
 * Values in a form that compares across the drivers. Each has its own copy of the BSON classes, so two equal identifiers are
 * never of the same class. Nothing is left out and nothing is rounded: a type that is not known here is a failure.
 */
import assert from 'node:assert/strict'

interface BSONValue {
  readonly _bsontype: string
}

/** What each BSON class says of itself: all that it carries. */
const contents: Readonly<Record<string, (value: never) => unknown>> = {
  Binary: (value: { readonly sub_type: number; toString(encoding: 'hex'): string }) => [
    value.sub_type,
    value.toString('hex')
  ],
  BSONRegExp: (value: { readonly pattern: string; readonly options: string }) => [value.pattern, value.options],
  BSONSymbol: String,
  Code: (value: { readonly code: string; readonly scope: unknown }) => [value.code, plain(value.scope)],
  DBRef: (value: {
    readonly collection: string
    readonly oid: unknown
    readonly db: unknown
    readonly fields: unknown
  }) => [value.collection, plain(value.oid), value.db ?? null, plain(value.fields)],
  Decimal128: String,
  Double: String,
  Int32: String,
  Long: String,
  MaxKey: () => 'maxKey',
  MinKey: () => 'minKey',
  ObjectId: String,
  Timestamp: String
}

export function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return { date: value.toJSON() }
  if (value instanceof RegExp) return { regularExpression: String(value) }
  if (Array.isArray(value)) return value.map(plain)
  if ('_bsontype' in value) return { [(value as BSONValue)._bsontype]: contentOf(value as BSONValue) }
  assert.ok(isPlainObject(value), `a value of the class ${value.constructor.name} has no plain form`)
  const copy = {}
  for (const [key, field] of Object.entries(value)) {
    // An assignment to `__proto__` would make no field.
    Object.defineProperty(copy, key, { value: plain(field), enumerable: true, writable: true, configurable: true })
  }
  return copy
}

function contentOf(value: BSONValue): unknown {
  const content = contents[value._bsontype]
  assert.ok(content, `a value of the BSON type ${value._bsontype} has no plain form`)
  return content(value as never)
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** What a caller can read of an error, but its stack and the reply as a whole. */
const errorFields = [
  'code',
  'codeName',
  'keyPattern',
  'keyValue',
  'errInfo',
  'writeErrors',
  'insertedCount',
  'insertedIds'
] as const

/** The error that a promise ends with, as its class, message, labels and fields. */
export async function failureOf(work: Promise<unknown> | (() => unknown)): Promise<object> {
  try {
    await (typeof work === 'function' ? work() : work)
  } catch (error) {
    return plainError(error as Error)
  }
  return assert.fail('no error was thrown')
}

function plainError(error: Error): object {
  const { errorLabels = [] } = error as { readonly errorLabels?: readonly string[] }
  const fields = errorFields
    .map(name => [name, (error as Partial<Record<(typeof errorFields)[number], unknown>>)[name]] as const)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, name === 'writeErrors' ? plainWriteErrors(value) : plain(value)] as const)
  const labels = errorLabels.length === 0 ? {} : { labels: errorLabels.toSorted() }
  return { error: error.name, message: error.message, ...labels, ...Object.fromEntries(fields) }
}

interface WriteErrorFields {
  readonly index: number
  readonly code: number
  readonly errmsg: string
}

/** The official driver gives objects of a class with accessors, cenote plain ones; what can be read of them is the same. */
function plainWriteErrors(value: unknown): unknown {
  const errors = Array.isArray(value) ? (value as readonly WriteErrorFields[]) : [value as WriteErrorFields]
  return errors.map(({ index, code, errmsg }) => ({ index, code, errmsg }))
}
