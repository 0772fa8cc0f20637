import { BSONError } from 'bson'
import { float64At, int32At } from './bytes.ts'
import { elementType } from './element_type.ts'
import { documentDepthMax } from './limits.ts'

/** Bytes of a value whose length its type fixes; -1: the value tells its length, or there is no such type. */
const fixedBytes = new Int8Array(256).fill(-1)
fixedBytes[elementType.double] = 8
fixedBytes[elementType.undefined] = 0
fixedBytes[elementType.objectId] = 12
fixedBytes[elementType.boolean] = 1
fixedBytes[elementType.date] = 8
fixedBytes[elementType.null] = 0
fixedBytes[elementType.int32] = 4
fixedBytes[elementType.timestamp] = 8
fixedBytes[elementType.int64] = 8
fixedBytes[elementType.decimal128] = 16
fixedBytes[elementType.maxKey] = 0
fixedBytes[elementType.minKey] = 0

const nothing = new Uint8Array(0)

/** Where each open level's elements end. One for all: nothing else runs while a document is scanned. */
const levelEnds = new Int32Array(documentDepthMax)

/** Documents are nested deeper than `documentDepthMax`. */
export class TooDeepError extends BSONError {
  constructor() {
    super(`documents are nested deeper than ${documentDepthMax} levels`)
  }
}

/**
 * Where the document that begins at `at` ends: its length has to fit the room up to `end`, and its last byte to be 0.
 * @throws {BSONError} as all functions here, whatever is wrong with the bytes.
 */
export function documentEnd(bytes: Uint8Array, at: number, end: number): number {
  const room = end - at
  if (room < 5) malformed(`a document begins at byte ${at}, ${room} bytes before the end of what holds it`)
  const length = int32At(bytes, at)
  if (length < 5 || length > room) {
    malformed(`the document at byte ${at} announces ${length} bytes; it has at least 5 and room for ${room}`)
  }
  const after = at + length
  if (bytes[after - 1] !== 0) malformed(`the document at byte ${at} does not end with 0 after its ${length} bytes`)
  return after
}

/**
 * Walks all elements of all levels and checks each length against the room it has and the depth against
 * `documentDepthMax`, from which `levelsAbove` are taken already. Tells whether there is a binary value anywhere.
 */
export function scanDocument(bytes: Uint8Array, start: number, end: number, levelsAbove = 0): boolean {
  expectWhole(bytes, start, end)
  let hasBinary = false
  let depth = 0
  let elementsEnd = end - 1
  let at = start + 4
  for (;;) {
    if (at === elementsEnd) {
      if (depth === 0) return hasBinary
      at = elementsEnd + 1
      elementsEnd = levelEnds[--depth] as number
      continue
    }
    const type = bytes[at] as number
    at = keyEnd(bytes, at + 1, elementsEnd) + 1
    const fixed = fixedBytes[type] as number
    if (fixed >= 0 && at + fixed <= elementsEnd) {
      at += fixed
    } else if (type === elementType.document || type === elementType.array || type === elementType.codeWithScope) {
      const after = valueEnd(bytes, type, at, elementsEnd)
      // Behind the length of the whole and the code comes the scope, a level like any other.
      if (type === elementType.codeWithScope) at = stringEnd(bytes, at + 4, after)
      levelEnds[depth++] = elementsEnd
      if (depth + levelsAbove >= documentDepthMax) throw new TooDeepError()
      elementsEnd = after - 1
      at += 4
    } else {
      if (type === elementType.binary) hasBinary = true
      at = valueEnd(bytes, type, at, elementsEnd)
    }
  }
}

/**
 * Goes through the elements of one document, in place and without making anything: one reader is used again and again.
 * `next` checks that the element lies within its document; what is inside a value that is a document it does not check.
 */
export class ElementReader {
  #bytes: Uint8Array = nothing
  #elementsEnd = 0
  #keyStart = 0
  #keyEnd = 0
  /** The type byte of the element. */
  type = 0
  /** The element's value is in `[valueStart, valueEnd)`. */
  valueStart = 0
  valueEnd = 0

  /** `[start, end)` has to be exactly one document. */
  enter(bytes: Uint8Array, start: number, end: number): void {
    expectWhole(bytes, start, end)
    this.#bytes = bytes
    this.#elementsEnd = end - 1
    this.valueEnd = start + 4
  }

  /** Elements without the document around them. */
  enterElements(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#elementsEnd = bytes.length
    this.valueEnd = 0
  }

  /** Keeps no bytes any more. */
  leave(): void {
    this.#bytes = nothing
  }

  /** To the next element; false at the end. */
  next(): boolean {
    const at = this.valueEnd
    if (at === this.#elementsEnd) return false
    const bytes = this.#bytes
    this.type = bytes[at] as number
    this.#keyStart = at + 1
    this.#keyEnd = keyEnd(bytes, at + 1, this.#elementsEnd)
    this.valueStart = this.#keyEnd + 1
    this.valueEnd = valueEnd(bytes, this.type, this.valueStart, this.#elementsEnd)
    return true
  }

  keyIs(key: Uint8Array): boolean {
    const start = this.#keyStart
    const length = key.length
    if (this.#keyEnd - start !== length) return false
    const bytes = this.#bytes
    for (let i = 0; i < length; i++) if (bytes[start + i] !== key[i]) return false
    return true
  }

  /** The value as a number where it is an int32, int64 or double (a boolean is 1 or 0), else undefined. */
  number(): number | undefined {
    const at = this.valueStart
    switch (this.type) {
      case elementType.int32:
        return int32At(this.#bytes, at)
      case elementType.int64:
        return int32At(this.#bytes, at + 4) * 0x1_0000_0000 + (int32At(this.#bytes, at) >>> 0)
      case elementType.double:
        return float64At(this.#bytes, at)
      case elementType.boolean:
        return this.#bytes[at] === 1 ? 1 : 0
      default:
        return undefined
    }
  }
}

export function expectWhole(bytes: Uint8Array, start: number, end: number): void {
  if (start < 0 || end > bytes.length)
    malformed(`bytes ${start} to ${end} are not within the ${bytes.length} there are`)
  const after = documentEnd(bytes, start, end)
  if (after !== end)
    malformed(`the document at byte ${start} announces ${after - start} bytes and takes ${end - start}`)
}

/** The place of the 0 that ends a key or another text without a length. */
export function keyEnd(bytes: Uint8Array, at: number, end: number): number {
  let place = at
  while (place < end && bytes[place] !== 0) place++
  if (place >= end) malformed(`the text at byte ${at} has no end within its document`)
  return place
}

/** Where the value of the given type that begins at `at` ends, at most at `end`. */
export function valueEnd(bytes: Uint8Array, type: number, at: number, end: number): number {
  const fixed = fixedBytes[type] as number
  if (fixed >= 0) {
    if (at + fixed > end) malformed(`the value of type ${type} at byte ${at} reaches beyond the end of its document`)
    return at + fixed
  }
  switch (type) {
    case elementType.string:
    case elementType.code:
    case elementType.symbol:
      return stringEnd(bytes, at, end)
    case elementType.document:
    case elementType.array:
      return documentEnd(bytes, at, end)
    case elementType.binary:
      return at + 5 + lengthAt(bytes, at, end, 0, 1)
    case elementType.regularExpression:
      return keyEnd(bytes, keyEnd(bytes, at, end) + 1, end) + 1
    case elementType.dbPointer: {
      const after = stringEnd(bytes, at, end) + 12
      if (after > end) malformed(`the pointer at byte ${at} reaches beyond the end of its document`)
      return after
    }
    case elementType.codeWithScope:
      return codeWithScopeEnd(bytes, at, end)
    default:
      return malformed(`the element before byte ${at} has the type ${type}, which BSON does not have`)
  }
}

function stringEnd(bytes: Uint8Array, at: number, end: number): number {
  const after = at + 4 + lengthAt(bytes, at, end, 1, 0)
  if (bytes[after - 1] !== 0) malformed(`the text at byte ${at} does not end with 0 after its length`)
  return after
}

function codeWithScopeEnd(bytes: Uint8Array, at: number, end: number): number {
  const after = at + lengthAt(bytes, at, end, 14, -4)
  const scope = stringEnd(bytes, at + 4, after)
  if (documentEnd(bytes, scope, after) !== after) malformed(`the scope at byte ${scope} does not fill its room`)
  return after
}

/** The length at `at`, of what follows it after `extra` more bytes; `extra` of -4 is a length that counts itself. */
function lengthAt(bytes: Uint8Array, at: number, end: number, least: number, extra: number): number {
  const room = end - at - 4 - extra
  if (end - at < 4 || room < least) malformed(`the value at byte ${at} reaches beyond the end of its document`)
  const length = int32At(bytes, at)
  if (length < least || length > room) {
    malformed(`the value at byte ${at} announces ${length} bytes; it has at least ${least} and room for ${room}`)
  }
  return length
}

function malformed(what: string): never {
  throw new BSONError(what)
}
