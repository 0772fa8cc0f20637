/** The keys of arrays are their indices as texts; the library does not look at them, and decodes by position. */
import { indexWord, indexWordsMax } from '../index_words.ts'
import { buffer, memoryBytes, view } from './input.ts'
import { leaveToLibrary } from './library.ts'

/** Where the value begins whose key is at `at` and should be `index`. */
export function afterArrayKey(index: number, at: number, end: number): number {
  if (index < indexWordsMax && at + 4 <= memoryBytes) {
    const bytes = index < 10 ? 2 : index < 100 ? 3 : 4
    if ((view.getInt32(at, true) ^ indexWord(index)) << (32 - 8 * bytes) === 0) return at + bytes
  }
  let place = at
  while (place < end && buffer[place] !== 0) place++
  if (place >= end) leaveToLibrary()
  return place + 1
}
