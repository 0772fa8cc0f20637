/** The library as the measure of what decoding gives. */
import assert from 'node:assert/strict'
import { BSON, decodeDocument, type DecodeOptions, type DecodeSite, type Document } from '../../src/bson/index.ts'

export type Outcome = { readonly document: Document } | { readonly error: string }

export function outcomeOf(decode: () => Document): Outcome {
  try {
    return { document: decode() }
  } catch (error) {
    const { name, message, constructor } = error as Error
    return { error: `${constructor.name} ${name}: ${message}` }
  }
}

export interface Lent {
  readonly bytes: Uint8Array
  readonly start: number
}

/** As the runtime lends it: not a `Buffer`, not at the beginning of its memory, and with something behind it. */
export function lent(bytes: Uint8Array): Lent {
  const memory = new Uint8Array(bytes.length + 100).fill(0xee)
  memory.set(bytes, 60)
  return { bytes: memory.subarray(50, bytes.length + 70), start: 10 }
}

/** A memory that ends where the bytes end. */
export function tight(bytes: Uint8Array): Lent {
  return { bytes: Uint8Array.from(bytes), start: 0 }
}

/** Decodes both ways; what comes of it must be the same, and stay so when the bytes are overwritten. */
export function assertAsLibrary(
  encoded: Uint8Array,
  site?: DecodeSite,
  options?: DecodeOptions,
  lend: (bytes: Uint8Array) => Lent = lent
): void {
  const { bytes, start } = lend(encoded)
  const own = outcomeOf(() => decodeDocument(bytes, start, encoded.length, options, site))
  bytes.fill(0xdd)
  const library = outcomeOf(() => BSON.deserialize(Buffer.from(encoded), options))
  const where = difference(own, library, '')
  if (where === undefined) return
  const hex = Buffer.from(encoded).toString('hex')
  assert.fail(
    `decoding differs from the library's at ${where || 'the outcome'}\nbytes: ${hex}\n${show(own)}\n${show(library)}`
  )
}

function show(outcome: Outcome): string {
  return 'error' in outcome ? outcome.error : `keys ${JSON.stringify(Object.keys(outcome.document))}`
}

/**
 * The path to the first difference, if there is one: in type, prototype, own keys and their order, flags of properties,
 * or value. Stricter than the assertions are, which have no order of keys, and know no two equal invalid dates.
 */
export function difference(one: unknown, other: unknown, path: string): string | undefined {
  if (Object.is(one, other)) return undefined
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return path
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return path
  if (one instanceof Uint8Array) return Buffer.compare(one, other as Uint8Array) === 0 ? undefined : path
  if (one instanceof Date && !Object.is(one.getTime(), (other as Date).getTime())) return path
  if (one instanceof RegExp && one.toString() !== (other as RegExp).toString()) return path
  const keys = Reflect.ownKeys(one)
  const otherKeys = Reflect.ownKeys(other)
  if (keys.length !== otherKeys.length || keys.some((key, index) => key !== otherKeys[index])) return `${path} (keys)`
  for (const key of keys) {
    const { value, ...flags } = Object.getOwnPropertyDescriptor(one, key) ?? {}
    const { value: otherValue, ...otherFlags } = Object.getOwnPropertyDescriptor(other, key) ?? {}
    if (JSON.stringify(flags) !== JSON.stringify(otherFlags)) return `${path}.${String(key)} (flags)`
    const found = difference(value, otherValue, `${path}.${String(key)}`)
    if (found !== undefined) return found
  }
  return undefined
}
