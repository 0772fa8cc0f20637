/** Keys as texts, where nothing that was learned foresees them. */
import { buffer, looseTextIn } from './input.ts'
import { leaveToLibrary } from './library.ts'

export interface KnownKey {
  readonly text: string
  /** UTF-8, without the 0 behind it. */
  readonly bytes: Uint8Array
  readonly hash: number
  /** A document with such a key is the library's. */
  readonly special: boolean
}

/** Keys that were met last, by their hash: one that comes again takes the place of another. */
const knownKeysMax = 1024
const knownKeys: (KnownKey | undefined)[] = Array.from({ length: knownKeysMax }, () => undefined)

/** A longer key is not kept. */
const knownKeyBytesMax = 64

/** Where the 0 is that ends the key at `at`. */
export function keyEnd(at: number, end: number): number {
  let place = at
  while (place < end && buffer[place] !== 0) place++
  if (place >= end) leaveToLibrary()
  return place
}

/** The key at `at`, which is known from then on. */
export function keyAt(at: number, end: number): KnownKey {
  let hash = 0
  let place = at
  for (let byte = buffer[place] as number; byte !== 0; byte = buffer[place] as number) {
    hash = (Math.imul(hash, 31) + byte) | 0
    place++
    if (place >= end) leaveToLibrary()
  }
  const slot = (hash ^ (hash >>> 15)) & (knownKeysMax - 1)
  const known = knownKeys[slot]
  if (known !== undefined && known.hash === hash && stands(known.bytes, at, place)) return known
  const read = readKey(at, place, hash)
  if (place - at <= knownKeyBytesMax) knownKeys[slot] = read
  return read
}

function stands(bytes: Uint8Array, at: number, end: number): boolean {
  const { length } = bytes
  if (end - at !== length) return false
  for (let i = 0; i < length; i++) if (bytes[i] !== buffer[at + i]) return false
  return true
}

function readKey(at: number, end: number, hash: number): KnownKey {
  const text = ownText(looseTextIn(at, end))
  return { text, bytes: Uint8Array.from(buffer.subarray(at, end)), hash, special: isSpecial(text) }
}

/** A DBRef has `$ref`, `$id` and perhaps `$db`; `__proto__` cannot be assigned. */
export function isSpecial(key: string): boolean {
  return key === '$ref' || key === '$id' || key === '$db' || key === '__proto__'
}

/**
 * The same text as the one that V8 keeps for properties of this name. A text fresh from bytes is another, and each store
 * by it would have to look that one up.
 */
export function ownText(key: string): string {
  const [own] = Object.keys({ [key]: 0 })
  return own as string
}
