/** What a command is about, read off the bytes that were made of it: only spans ask, so that no command keeps it. */
import { ElementReader, elementType, int32At, keyBytes, Long, textAt } from '../bson/index.ts'

const keys = {
  collection: keyBytes('collection'),
  cursors: keyBytes('cursors'),
  explain: keyBytes('explain'),
  getMore: keyBytes('getMore')
}

/** `elements`: name first, without the document around them. Undefined: the command names no collection. */
export function collectionIn(elements: Uint8Array): string | undefined {
  const reader = readerOf(elements)
  if (!reader.next()) return undefined
  if (reader.type === elementType.document && reader.keyIs(keys.explain))
    return collectionIn(elements.subarray(reader.valueStart + 4, reader.valueEnd - 1))
  const goesOn = reader.keyIs(keys.getMore)
  if (goesOn && !(reader.next() && reader.keyIs(keys.collection))) return undefined
  return reader.type === elementType.string ? textAt(elements, reader.valueStart + 4, reader.valueEnd - 1) : undefined
}

/** Of a `getMore` or a `killCursors`, which has one. */
export function cursorIdIn(elements: Uint8Array): Long | undefined {
  const reader = readerOf(elements)
  if (!reader.next()) return undefined
  if (reader.keyIs(keys.getMore)) return longAt(elements, reader)
  const ends = reader.next() && reader.keyIs(keys.cursors) && reader.type === elementType.array
  if (!ends) return undefined
  const ids = elements.subarray(reader.valueStart + 4, reader.valueEnd - 1)
  reader.enterElements(ids)
  return reader.next() ? longAt(ids, reader) : undefined
}

function readerOf(elements: Uint8Array): ElementReader {
  const reader = new ElementReader()
  reader.enterElements(elements)
  return reader
}

function longAt(bytes: Uint8Array, { type, valueStart }: ElementReader): Long | undefined {
  if (type !== elementType.int64) return undefined
  return Long.fromBits(int32At(bytes, valueStart), int32At(bytes, valueStart + 4))
}
