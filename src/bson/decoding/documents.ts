/**
 * The decoder itself. Each length is checked against the room that it has; what does not fit, and what is rare, goes to
 * the library.
 */
import { Binary, type Document, MaxKey, MinKey } from 'bson'
import { elementType } from '../element_type.ts'
import { documentDepthMax } from '../limits.ts'
import { afterArrayKey } from './array_keys.ts'
import { buffer, textIn, view } from './input.ts'
import { keyAt } from './keys.ts'
import { type Place, type Prefix, stands } from './learned.ts'
import { endOfValue, innerDocumentByLibrary, leaveToLibrary, valueByLibrary } from './library.ts'
import type { Fields } from './roomy_constructor.ts'
import { binaryIn, dateAt, decimalAt, int64At, objectIdAt, timestampAt } from './values.ts'

/** Values of all open documents that are foreseen, until each document is made. */
const values: unknown[] = []
let top = 0
/** Documents and arrays that are open. */
let levels = 0
/** How many documents within outermost ones went to the library. */
let handedOver = 0
/** Where the value ends that was read last. */
let valueEnd = 0

/** To be called after an error: it may have come in the middle of a document. */
export function startAfresh(): void {
  values.fill(undefined)
  top = 0
  levels = 0
}

/** The document in `[start, end)`, which is as long as it says. */
export function documentIn(place: Place | undefined, start: number, end: number): Document {
  if (levels === documentDepthMax || buffer[end - 1] !== 0) leaveToLibrary()
  levels++
  const document = place === undefined ? unforeseen({}, start + 4, start, end, handedOver) : foreseen(place, start, end)
  levels--
  return document
}

function foreseen(place: Place, start: number, end: number): Document {
  const last = end - 1
  const base = top
  const handedOverBefore = handedOver
  let prefix = place.empty
  let at = start + 4
  place.documents++
  while (at < last) {
    let next = prefix.next
    if (next === undefined || !stands(next, at)) {
      next = place.follow(prefix, at, last)
      if (next === undefined) return unforeseen(made(place, prefix, base), at, start, end, handedOverBefore)
    }
    prefix = next
    const value = valueAt(next.type, next.inner, at + next.headBytes, last)
    values[top++] = value
    at = valueEnd
  }
  if (at !== last) leaveToLibrary()
  return made(place, prefix, base)
}

/** The object of the values from `base` on, which leave the stack. */
function made(place: Place, prefix: Prefix, base: number): Fields {
  const { shape } = prefix
  let object: Fields
  if (shape.plan === undefined) {
    object = shape.objectOf(values, base)
    shape.count(place.allowances.stores, place.documents)
  } else object = shape.plan.objectOf(values, base, top)
  while (top > base) values[--top] = undefined
  return object
}

/** The rest, from `at` on, of a document whose beginning is in `object`. */
function unforeseen(object: Fields, from: number, start: number, end: number, handedOverBefore: number): Document {
  const last = end - 1
  let at = from
  while (at < last) {
    const type = buffer[at] as number
    const key = keyAt(at + 1, last)
    if (key.special) return documentByLibrary(start, end, handedOverBefore)
    object[key.text] = valueAt(type, undefined, at + key.bytes.length + 2, last)
    at = valueEnd
  }
  if (at !== last) leaveToLibrary()
  return object
}

/** Each byte goes to the library twice at most, however documents are nested: in an inner document and in the outermost. */
function documentByLibrary(start: number, end: number, handedOverBefore: number): Document {
  if (levels === 1 || handedOver !== handedOverBefore) leaveToLibrary()
  handedOver++
  return innerDocumentByLibrary(buffer, start, end, levels - 1)
}

function arrayIn(place: Place | undefined, start: number, end: number): unknown[] {
  if (levels === documentDepthMax || buffer[end - 1] !== 0) leaveToLibrary()
  levels++
  const array: unknown[] = []
  const last = end - 1
  let at = start + 4
  for (let index = 0; at < last; index++) {
    const type = buffer[at] as number
    const after = afterArrayKey(index, at + 1, last)
    array.push(valueAt(type, type === elementType.array ? place?.inner : place, after, last))
    at = valueEnd
  }
  if (at !== last) leaveToLibrary()
  levels--
  return array
}

/** The value at `at`, and `valueEnd` where it ends, at most `last`. `place` is of the documents in it. */
function valueAt(type: number, place: Place | undefined, at: number, last: number): unknown {
  switch (type) {
    case elementType.int32:
      valueEnd = within(at + 4, last)
      return view.getInt32(at, true)
    case elementType.string:
    case elementType.symbol: {
      const end = textEnd(at, last)
      valueEnd = end
      return textIn(at + 4, end - 1)
    }
    case elementType.objectId:
      valueEnd = within(at + 12, last)
      return objectIdAt(at)
    case elementType.document: {
      const end = nestedEnd(at, last)
      const document = documentIn(place, at, end)
      valueEnd = end
      return document
    }
    case elementType.array: {
      const end = nestedEnd(at, last)
      const array = arrayIn(place, at, end)
      valueEnd = end
      return array
    }
    case elementType.double:
      valueEnd = within(at + 8, last)
      return view.getFloat64(at, true)
    case elementType.int64:
      valueEnd = within(at + 8, last)
      return int64At(at)
    case elementType.date:
      valueEnd = within(at + 8, last)
      return dateAt(at)
    case elementType.boolean:
      valueEnd = within(at + 1, last)
      return booleanAt(at)
    case elementType.null:
      valueEnd = at
      return null
    default:
      return rarerValueAt(type, at, last)
  }
}

function rarerValueAt(type: number, at: number, last: number): unknown {
  switch (type) {
    case elementType.undefined:
      valueEnd = at
      return undefined
    case elementType.timestamp:
      valueEnd = within(at + 8, last)
      return timestampAt(at)
    case elementType.decimal128:
      valueEnd = within(at + 16, last)
      return decimalAt(at)
    case elementType.minKey:
      valueEnd = at
      return new MinKey()
    case elementType.maxKey:
      valueEnd = at
      return new MaxKey()
    default: {
      const end = endOfValue(buffer, type, at, last)
      valueEnd = end
      const subtype = buffer[at + 4] as number
      if (type === elementType.binary && subtype !== Binary.SUBTYPE_BYTE_ARRAY) return binaryIn(at + 5, end, subtype)
      return valueByLibrary(buffer, type, at, end, levels - 1)
    }
  }
}

function booleanAt(at: number): boolean {
  const byte = buffer[at] as number
  if (byte > 1) leaveToLibrary()
  return byte === 1
}

function textEnd(at: number, last: number): number {
  const bytes = view.getInt32(within(at + 4, last) - 4, true)
  const end = at + 4 + bytes
  if (bytes < 1 || end > last || buffer[end - 1] !== 0) leaveToLibrary()
  return end
}

function nestedEnd(at: number, last: number): number {
  const bytes = view.getInt32(within(at + 4, last) - 4, true)
  if (bytes < 5) leaveToLibrary()
  return within(at + bytes, last)
}

function within(end: number, last: number): number {
  if (end > last) leaveToLibrary()
  return end
}
