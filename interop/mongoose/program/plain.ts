/** Results as data that two runs can be compared by. */
import mongoose from 'mongoose'

/** Each ObjectId of a case by the order in which it was first seen: they are made anew each time. */
const seen = new Map<string, number>()

/** A new case counts from one. */
export function forgetIdentifiers(): void {
  seen.clear()
}

/** What is younger is the run's own time, and no value of a case. */
const casesEnd = Date.UTC(2020, 0)

export function plain(value: unknown): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value
  if (value === undefined) return { $undefined: true }
  if (typeof value === 'string') return textOf(value)
  if (typeof value === 'bigint') return { $bigint: String(value) }
  if (typeof value === 'function') return { $function: value.name }
  if (typeof value === 'symbol') return { $symbol: String(value) }
  return plainObject(value as object)
}

/** Ports of deployments and identifiers within texts differ from run to run. */
export function textOf(text: string): string {
  return text
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:(port)')
    .replaceAll(/\b[0-9a-f]{24}\b/g, hex => `(id ${numberOf(hex)})`)
}

function numberOf(hex: string): number {
  const number = seen.get(hex) ?? seen.size + 1
  seen.set(hex, number)
  return number
}

function plainObject(value: object): unknown {
  if (value instanceof Date) return { $date: value.getTime() > casesEnd ? '(of the run)' : value.toISOString() }
  if (value instanceof RegExp) return { $regExp: String(value) }
  if (value instanceof Error) return plainError(value)
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('hex'), of: value.constructor.name }
  if (value instanceof Map) return { $map: [...value].map(plain) }
  if (isWriteError(value)) return plainWriteError(value)
  if (Array.isArray(value)) return Array.from(value, plain)
  if ('_bsontype' in value) return plainBSON(value as BSONValue)
  if (value instanceof mongoose.Document) return { $document: plain(value.toObject()) }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]))
}

interface BSONValue {
  readonly _bsontype: string
  toString(): string
}

function plainBSON(value: BSONValue): unknown {
  const { _bsontype: type } = value
  if (type === 'ObjectId') return { $id: numberOf(value.toString()) }
  const text = value instanceof mongoose.mongo.Binary ? value.toString('hex') : value.toString()
  return { [`$${type}`]: textOf(text) }
}

const errorFields = [
  'code',
  'codeName',
  'keyPattern',
  'keyValue',
  'kind',
  'path',
  'value',
  'version',
  'modifiedPaths',
  'numAffected',
  'insertedCount',
  'matchedCount',
  'insertedIds',
  'upsertedIds',
  'insertedDocs',
  'validationErrors',
  'results'
] as const

/** Name, text and the fields that programs go by. */
export function plainError(error: Error): object {
  const facts = error as Error & Readonly<Record<string, unknown>>
  const fields = errorFields.filter(name => facts[name] !== undefined).map(name => [name, plain(facts[name])] as const)
  const errors = facts['errors'] as Readonly<Record<string, Error>> | undefined
  const parts = errors === undefined ? {} : { errors: mapped(errors, plainError) }
  const refused = facts['writeErrors'] as readonly WriteError[] | undefined
  const writes = refused === undefined ? {} : { writeErrors: refused.map(plainWriteError) }
  const labels = (facts['errorLabels'] ?? []) as readonly string[]
  const labelled = labels.length === 0 ? {} : { errorLabels: labels.toSorted() }
  const { name, message } = error
  return { error: name, message: textOf(message), ...Object.fromEntries(fields), ...parts, ...writes, ...labelled }
}

interface Operation {
  readonly _id?: unknown
  readonly q?: unknown
  readonly u?: unknown
}

interface WriteError {
  readonly index: number
  readonly code?: number
  readonly err: { readonly index: number; readonly code: number; readonly errmsg: string; readonly op: Operation }
}

/** As a driver has them, and as `insertMany` of mongoose makes them anew from their own fields. */
function isWriteError(value: object): value is WriteError {
  return 'err' in value && 'index' in value
}

/** Of an insert the driver may have the caller's own object: what tells the write is its `_id`, or its filter. */
function plainWriteError({ index, err }: WriteError): object {
  const { code, errmsg, op } = err
  return { index, code, errmsg: textOf(errmsg), ofDriver: err.index, op: plain(op._id ?? [op.q, op.u]) }
}

function mapped<Value>(record: Readonly<Record<string, Value>>, make: (value: Value) => unknown): object {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, make(value)]))
}

/** What a promise comes to, its error included. */
export async function outcome(work: PromiseLike<unknown> | (() => unknown)): Promise<unknown> {
  try {
    return plain(await (typeof work === 'function' ? work() : work))
  } catch (error) {
    return plain(error)
  }
}
