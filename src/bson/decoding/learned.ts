/**
 * What is learned of the documents at one place: which elements they begin with, as a tree of prefixes. Documents of a
 * batch repeat their keys, and a key that is foreseen costs a comparison of words instead of a search for its end and a
 * text. The keys come from a server: all is limited, and what is beyond the limits is decoded all the same.
 */
import { elementType } from '../element_type.ts'
import type { Allowance } from './allowance.ts'
import { buffer, looseTextIn, memoryBytes, view, wordMasks } from './input.ts'
import { isSpecial, keyEnd, ownText } from './keys.ts'
import { Shape } from './shape.ts'

/** A longer key is not learned, so that what is learned stays small. */
const learnedKeyBytesMax = 64

/** Elements that are tried, one after the other, for what follows a prefix. */
const followersMax = 32

/** Bytes of the three words that every head is compared by. */
const comparedBytes = 12

/** What may be learned, for a site. */
export interface Allowances {
  /** Prefixes, of the tree of all places of the site. */
  readonly prefixes: Allowance
  readonly stores: Allowance
}

/** Documents at the same place in other documents: all of a batch, all in one field, or all in one field's array. */
export class Place {
  readonly allowances: Allowances
  readonly empty: Prefix
  /** Documents that were decoded here. */
  documents = 0
  #inner: Place | undefined

  constructor(allowances: Allowances) {
    this.allowances = allowances
    this.empty = new Prefix(undefined, 0, '', 0, [], undefined)
  }

  /** Of what is in arrays that are in the array here. */
  get inner(): Place | undefined {
    if (this.#inner === undefined && this.allowances.prefixes.take()) this.#inner = new Place(this.allowances)
    return this.#inner
  }

  /** The prefix longer by the element at `at`, or undefined where it is not known and cannot be learned. */
  follow(prefix: Prefix, at: number, end: number): Prefix | undefined {
    let followers = 0
    let last: Prefix | undefined
    for (let next = prefix.next; next !== undefined; next = next.sibling) {
      if (stands(next, at)) return next
      followers++
      last = next
    }
    if (followers >= followersMax) return undefined
    const added = this.#learn(prefix, at, end)
    if (added === undefined) return undefined
    if (last === undefined) prefix.next = added
    else last.sibling = added
    return added
  }

  #learn(prefix: Prefix, at: number, end: number): Prefix | undefined {
    const keyStart = at + 1
    const after = keyEnd(keyStart, end) + 1
    if (after - keyStart > learnedKeyBytesMax) return undefined
    const key = looseTextIn(keyStart, after - 1)
    if (isSpecial(key) || !this.allowances.prefixes.take()) return undefined
    const type = buffer[at] as number
    const nests = type === elementType.document || type === elementType.array
    const inner = nests ? new Place(this.allowances) : undefined
    return new Prefix(prefix, type, ownText(key), after - at, wordsOf(at, after), inner)
  }
}

/** The elements that a document begins with, up to and with the one that is described here. */
export class Prefix {
  /** Without the last element. */
  readonly before: Prefix | undefined
  readonly fields: number
  readonly type: number
  readonly key: string
  /** Of the element's head: its type, its key, and the 0 behind it. */
  readonly headBytes: number
  /** How far the comparison with the input reads. */
  readonly reach: number
  /** All of the head, four bytes each, the last filled up with zeros. */
  readonly words: readonly number[]
  readonly word0: number
  readonly word1: number
  readonly word2: number
  readonly mask0: number
  readonly mask1: number
  readonly mask2: number
  /** The head's last four bytes, where it is longer than what is compared at once. */
  readonly lastWord: number
  /** For a value with documents in it. */
  readonly inner: Place | undefined
  /** What was seen first behind this, and what else was seen there in this one's stead. */
  next: Prefix | undefined
  sibling: Prefix | undefined
  #shape: Shape | undefined

  constructor(
    before: Prefix | undefined,
    type: number,
    key: string,
    headBytes: number,
    words: readonly number[],
    inner: Place | undefined
  ) {
    const masks = 3 * Math.min(headBytes, comparedBytes)
    this.before = before
    this.fields = before === undefined ? 0 : before.fields + 1
    this.type = type
    this.key = key
    this.headBytes = headBytes
    this.reach = Math.max(headBytes, comparedBytes)
    this.words = words
    this.word0 = words[0] ?? 0
    this.word1 = words[1] ?? 0
    this.word2 = words[2] ?? 0
    this.mask0 = wordMasks[masks] as number
    this.mask1 = wordMasks[masks + 1] as number
    this.mask2 = wordMasks[masks + 2] as number
    this.lastWord = lastWordOf(words, headBytes)
    this.inner = inner
  }

  /** Of the documents that have these elements and no more. */
  get shape(): Shape {
    this.#shape ??= new Shape(this.#keys())
    return this.#shape
  }

  #keys(): string[] {
    const keys = [this.key]
    for (let { before } = this; before !== undefined; { before } = before) keys.push(before.key)
    // The empty prefix has no key.
    keys.pop()
    return keys.toReversed()
  }
}

/** Whether the head at `at` is that of the prefix's last element. */
export function stands(prefix: Prefix, at: number): boolean {
  if (at + prefix.reach > memoryBytes) return standsAtEnd(prefix, at)
  const different =
    ((view.getInt32(at, true) ^ prefix.word0) & prefix.mask0) |
    ((view.getInt32(at + 4, true) ^ prefix.word1) & prefix.mask1) |
    ((view.getInt32(at + 8, true) ^ prefix.word2) & prefix.mask2)
  return different === 0 && (prefix.headBytes <= comparedBytes || restStands(prefix, at))
}

function restStands(prefix: Prefix, at: number): boolean {
  const { headBytes, words } = prefix
  for (let i = comparedBytes; i + 4 < headBytes; i += 4) if (view.getInt32(at + i, true) !== words[i >> 2]) return false
  return view.getInt32(at + headBytes - 4, true) === prefix.lastWord
}

/** Where words would reach beyond the memory. */
function standsAtEnd({ headBytes, words }: Prefix, at: number): boolean {
  if (at + headBytes > memoryBytes) return false
  for (let i = 0; i < headBytes; i++) if (buffer[at + i] !== byteOf(words, i)) return false
  return true
}

function wordsOf(start: number, end: number): number[] {
  const words: number[] = Array.from({ length: Math.ceil((end - start) / 4) }, () => 0)
  for (let i = 0; i < end - start; i++)
    words[i >> 2] = (words[i >> 2] as number) | ((buffer[start + i] as number) << (8 * (i & 3)))
  return words
}

function byteOf(words: readonly number[], index: number): number {
  return ((words[index >> 2] as number) >>> (8 * (index & 3))) & 0xff
}

function lastWordOf(words: readonly number[], headBytes: number): number {
  if (headBytes <= comparedBytes) return 0
  let word = 0
  for (let i = 0; i < 4; i++) word |= byteOf(words, headBytes - 4 + i) << (8 * i)
  return word
}
