/**
 * The decoder itself. Each length is checked against the room that it has; what does not fit, and what is rare, goes to
 * the library.
 */
import { Binary, type Document, MaxKey, MinKey } from 'bson'
import { elementType } from '../element_type.ts'
import { documentDepthMax } from '../limits.ts'
import { afterArrayKey } from './array_keys.ts'
import { buffer, textIn, view } from './input.ts'
import { type Head, HeadTable, stands } from './heads.ts'
import type { Place } from './place.ts'
import type { DecodeSite } from './sites.ts'
import type { Step } from './steps.ts'
import { endOfValue, innerDocumentByLibrary, leaveToLibrary, valueByLibrary } from './library.ts'
import type { Fields } from './roomy_constructor.ts'
import { binaryIn, dateAt, decimalAt, int64At, objectIdAt, timestampAt } from './values.ts'

/** Documents and arrays that are open. */
let levels = 0
/** How many documents within the outermost one went to the library. */
let handedOver = 0
/** Where the value ends that was read last. */
let valueEnd = 0
/**
 * Values of documents that are being read, the inner ones above the outer ones. An object is made when all of its values
 * are there: it is then known which keys it has, and who can fill it fast. There is room from the start, since writing
 * behind an array's end is slower.
 */
const values: unknown[] = Array.from({ length: 1024 }, () => undefined)
let valuesTop = 0
/** Up to where there are values, some of documents that are made. */
let valuesUsed = 0
/**
 * Arrays are made as copies of this one. V8 learns of an array literal how long its arrays live; once it takes them for
 * long-lived, it makes them where they keep their documents alive until the next full collection.
 */
const noValues: readonly unknown[] = []
/** For documents that have no site. */
const commonTable = new HeadTable()
let table = commonTable

/**
 * The outermost document in `[start, end)`, which is as long as it says. An error may be one that `isLeftToLibrary`
 * knows.
 */
export function outermostDocument(site: DecodeSite | undefined, start: number, end: number): Document {
  levels = 0
  handedOver = 0
  popValues(0)
  table = site?.table ?? commonTable
  return documentIn(site?.place, start, end)
}

/** No value of a document that was decoded may be kept alive from here. */
export function forgetValues(): void {
  popValues(0)
  // By `fill` it would cost as much as a short document.
  for (let i = 0; i < valuesUsed; i++) values[i] = undefined
  valuesUsed = 0
}

function documentIn(place: Place | undefined, start: number, end: number): Document {
  if (levels === documentDepthMax || buffer[end - 1] !== 0) leaveToLibrary()
  levels++
  const handedOverBefore = handedOver
  let step = place?.start
  if (place === undefined || step === undefined) return unforeseenDocument(place, start, end, handedOverBefore)
  const last = end - 1
  const base = valuesTop
  let at = start + 4
  while (at < last) {
    const foreseen = step.nextHead
    if (stands(foreseen, at)) {
      step = step.next
    } else {
      const head = table.after(step.head, at, last)
      const other = place.stepAfter(step, head)
      if (other === undefined) {
        const object = objectOf(place, step, base)
        place.meetUnforeseen()
        return restOfDocument(object, place, head, at, start, end, handedOverBefore)
      }
      step = other
    }
    const { head } = step
    at += head.bytes
    // The types that are most common stand here too, since a call for each would be noticed.
    if (head.type === elementType.string) {
      const textEnd = textEndAt(at, last)
      values[valuesTop++] = textIn(at + 4, textEnd - 1)
      at = textEnd
    } else if (head.type === elementType.int32) {
      values[valuesTop++] = view.getInt32(within(at + 4, last) - 4, true)
      at += 4
    } else if (head.type === elementType.objectId) {
      values[valuesTop++] = objectIdAt(within(at + 12, last) - 12)
      at += 12
    } else {
      if (head.nests) step.inner ??= place.field(head)
      values[valuesTop++] = valueAt(head.type, step.inner, at, last)
      at = valueEnd
    }
  }
  if (at !== last) leaveToLibrary()
  levels--
  return objectOf(place, step, base)
}

/** Of the values from `base` on, which are taken from the others. */
function objectOf(place: Place, step: Step, base: number): Fields {
  const object = place.newObject()
  const { shape } = step
  place.documents++
  if (shape.hasCopies) shape.fillByCopies(object, values, base)
  else place.fill(object, shape, values, base)
  popValues(base)
  return object
}

function popValues(base: number): void {
  if (valuesTop > valuesUsed) valuesUsed = valuesTop
  valuesTop = base
}

function unforeseenDocument(place: Place | undefined, start: number, end: number, handedOverBefore: number): Document {
  const last = end - 1
  const object = place === undefined ? {} : place.newObject()
  if (start + 4 < last) {
    const head = table.after(table.start, start + 4, last)
    return restOfDocument(object, place, head, start + 4, start, end, handedOverBefore)
  }
  levels--
  return object
}

/** A document that goes on with `head` at `at`, as none of those did that are known; it has what stands before. */
function restOfDocument(
  object: Fields,
  place: Place | undefined,
  firstHead: Head,
  firstAt: number,
  start: number,
  end: number,
  handedOverBefore: number
): Document {
  const last = end - 1
  let head = firstHead
  let at = firstAt
  for (;;) {
    if (head.special) return handOver(start, end, handedOverBefore)
    if (!head.isKept) place?.meetUnknownKey()
    at += head.bytes
    object[head.key] = valueAt(head.type, head.nests ? place?.field(head) : undefined, at, last)
    at = valueEnd
    if (at >= last) break
    head = table.after(head, at, last)
  }
  if (at !== last) leaveToLibrary()
  levels--
  return object
}

/** Each byte goes to the library twice at most, however documents are nested: in an inner document and in the outermost. */
function handOver(start: number, end: number, handedOverBefore: number): Document {
  if (levels === 1 || handedOver !== handedOverBefore) leaveToLibrary()
  handedOver++
  levels--
  return innerDocumentByLibrary(buffer, start, end, levels)
}

function arrayIn(place: Place | undefined, start: number, end: number): unknown[] {
  if (levels === documentDepthMax || buffer[end - 1] !== 0) leaveToLibrary()
  levels++
  const array = noValues.slice()
  const last = end - 1
  let at = start + 4
  for (let index = 0; at < last; index++) {
    const type = buffer[at] as number
    at = afterArrayKey(index, at + 1, last)
    // Arrays of numbers are long.
    if (type === elementType.int32) {
      array.push(view.getInt32(within(at + 4, last) - 4, true))
      at += 4
    } else if (type === elementType.double) {
      array.push(view.getFloat64(within(at + 8, last) - 8, true))
      at += 8
    } else {
      array.push(valueAt(type, type === elementType.array ? place?.inner : place, at, last))
      at = valueEnd
    }
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
      const end = textEndAt(at, last)
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

function textEndAt(at: number, last: number): number {
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
