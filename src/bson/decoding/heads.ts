/**
 * Elements' heads: a type, a key, and the 0 behind it. Documents repeat their heads, so the last ones are kept, with
 * their keys as texts: where one is foreseen, it costs a comparison of words instead of a search for its end and a text.
 */
import { elementType } from '../element_type.ts'
import { buffer, looseTextIn, memoryBytes, view } from './input.ts'
import { leaveToLibrary } from './library.ts'

/** Bytes of the three words that every head is compared by. */
const comparedBytes = 12

/** No memory is so large. */
const noReach = 2 ** 30

/** A longer head is not kept. */
const keptBytesMax = 64

const tableHeadsMax = 2048

/** Hashes of heads that were met once, until all are forgotten. */
const metOnceMax = 4096

export class Head {
  readonly type: number
  readonly key: string
  /** Of type and key. */
  readonly hash: number
  /** All of the head. */
  readonly bytes: number
  /** How far the words reach that are compared at once; beyond any memory where they are not all of the head. */
  readonly reach: number
  /** The head, four bytes each, the last filled up with zeros. None if it is too long to be kept. */
  readonly words: readonly number[]
  readonly word0: number
  readonly word1: number
  readonly word2: number
  readonly mask0: number
  readonly mask1: number
  readonly mask2: number
  /** The last four bytes, where there are more than those that are compared at once. */
  readonly lastWord: number
  /** Whether the value is a document or an array. */
  readonly nests: boolean
  /** A document with such a key may be the library's. */
  readonly special: boolean
  /** Where in the table the heads are that stood behind this one last: references would keep what the table has lost. */
  nextPlace = 0
  otherPlace = 0

  constructor(type: number, key: string, hash: number, bytes: number, words: readonly number[]) {
    this.type = type
    this.key = key
    this.hash = hash
    this.bytes = bytes
    this.reach = bytes > comparedBytes ? noReach : comparedBytes
    this.words = words
    this.word0 = words[0] ?? 0
    this.word1 = words[1] ?? 0
    this.word2 = words[2] ?? 0
    this.mask0 = maskOf(bytes)
    this.mask1 = maskOf(bytes - 4)
    this.mask2 = maskOf(bytes - 8)
    this.lastWord = lastWordOf(words, bytes)
    this.nests = type === elementType.document || type === elementType.array
    this.special = isSpecial(key)
  }

  /** Whether it may come from a table; otherwise it serves once. */
  get isKept(): boolean {
    return this.words.length > 0
  }
}

/** Of a word's first so many bytes. */
function maskOf(bytes: number): number {
  if (bytes <= 0) return 0
  return bytes >= 4 ? -1 : (1 << (8 * bytes)) - 1
}

/** What stands before the first element of a document. */
export function noHead(): Head {
  return new Head(0, '', 0, 0, [])
}

/** What is foreseen where nothing was learned yet: longer than any memory, so that it stands nowhere. */
export const neverStands: Head = new Head(0, '', 0, noReach, [])

/** Whether the head at `at` is this one. */
export function stands(head: Head, at: number): boolean {
  if (at + head.reach > memoryBytes) return standsOtherwise(head, at)
  const different =
    ((view.getInt32(at, true) ^ head.word0) & head.mask0) |
    ((view.getInt32(at + 4, true) ^ head.word1) & head.mask1) |
    ((view.getInt32(at + 8, true) ^ head.word2) & head.mask2)
  return different === 0
}

/** Of a long head, or where the words that are compared at once would reach beyond the memory. */
function standsOtherwise({ bytes, words, lastWord }: Head, at: number): boolean {
  if (at + bytes > memoryBytes) return false
  if (bytes < 4) return standsByBytes(bytes, words, at)
  for (let i = 0; i + 4 < bytes; i += 4) if (view.getInt32(at + i, true) !== words[i >> 2]) return false
  return view.getInt32(at + bytes - 4, true) === lastWord
}

function standsByBytes(bytes: number, words: readonly number[], at: number): boolean {
  for (let i = 0; i < bytes; i++) if (buffer[at + i] !== byteOf(words, i)) return false
  return true
}

/** The heads of a client. The keys come from servers: when the table is full, one that comes new replaces the oldest. */
export class HeadTable {
  readonly #heads: Head[] = []
  /** By their hashes. */
  readonly #places = new Map<number, number>()
  readonly #metOnce = new Set<number>()
  #oldest = 0
  /** What stands before the first elements of documents that are at no place. */
  readonly start: Head = noHead()

  /** Heads that are kept. */
  get size(): number {
    return this.#places.size
  }

  /** The head at `at`, where the one before it is known; it ends before `end`. */
  after(before: Head, at: number, end: number): Head {
    const next = this.#heads[before.nextPlace]
    if (next !== undefined && stands(next, at)) return next
    const place = before.otherPlace
    const other = this.#heads[place]
    before.otherPlace = before.nextPlace
    before.nextPlace = place
    return other !== undefined && stands(other, at) ? other : this.#find(before, at, end)
  }

  #find(before: Head, at: number, end: number): Head {
    let hash = buffer[at] as number
    let after = at + 1
    for (let byte = buffer[after] as number; byte !== 0; byte = buffer[after] as number) {
      hash = Math.imul(hash ^ byte, 0x0100_0193)
      after++
      if (after >= end) leaveToLibrary()
    }
    after++
    const place = this.#places.get(hash)
    const head = place === undefined ? undefined : this.#heads[place]
    if (place === undefined || head === undefined || !stands(head, at)) return this.#meet(before, hash, at, after)
    before.nextPlace = place
    return head
  }

  /** Many keys come once: to keep them would cost more than it could save. */
  #meet(before: Head, hash: number, at: number, after: number): Head {
    if (after - at <= keptBytesMax) {
      if (this.#metOnce.delete(hash)) return this.#keep(before, hash, at, after)
      if (this.#metOnce.size === metOnceMax) this.#metOnce.clear()
      this.#metOnce.add(hash)
    }
    return new Head(buffer[at] as number, looseTextIn(at + 1, after - 1), 0, after - at, [])
  }

  #keep(before: Head, hash: number, at: number, after: number): Head {
    const place = this.#oldest
    this.#oldest = (place + 1) % tableHeadsMax
    const oldest = this.#heads[place]
    if (oldest !== undefined) this.#places.delete(oldest.hash)
    const key = ownText(looseTextIn(at + 1, after - 1))
    const head = new Head(buffer[at] as number, key, hash, after - at, wordsOf(at, after))
    this.#heads[place] = head
    this.#places.set(hash, place)
    before.nextPlace = place
    return head
  }
}

/** No DBRef is without `$id`; `__proto__` cannot be assigned. */
function isSpecial(key: string): boolean {
  return key === '$id' || key === '__proto__'
}

/**
 * The same text as the one that V8 keeps for properties of this name. A text fresh from bytes is another, and each store
 * by it would have to look that one up.
 */
function ownText(key: string): string {
  const [own] = Object.keys({ [key]: 0 })
  return own as string
}

function wordsOf(start: number, end: number): number[] {
  const words: number[] = []
  for (let at = start; at < end; at += 4) {
    let word = 0
    for (let i = at; i < end && i < at + 4; i++) word |= (buffer[i] as number) << (8 * (i - at))
    words.push(word)
  }
  return words
}

function byteOf(words: readonly number[], index: number): number {
  return ((words[index >> 2] as number) >>> (8 * (index & 3))) & 0xff
}

function lastWordOf(words: readonly number[], bytes: number): number {
  if (bytes < 4 || words.length === 0) return 0
  let word = 0
  for (let i = 0; i < 4; i++) word |= byteOf(words, bytes - 4 + i) << (8 * i)
  return word
}
