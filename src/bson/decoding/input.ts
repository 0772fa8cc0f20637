/**
 * The bytes that are being decoded, for all of the decoder: one document or batch is decoded at a time, and no code of
 * the user's runs meanwhile. Places count from the beginning of the memory, not of the array that lies in it, so that
 * all arrays that are lent from one memory share its views.
 */
import { isUtf8 } from 'node:buffer'
import { leaveToLibrary } from './library.ts'

/** A memory up to this size keeps its views for the next call: making them costs as much as a third of a small document. */
const keptMemoryBytesMax = 1024 * 1024

/** Short texts are cut out of one text of this many bytes, which is made of the input at once. */
const windowBytes = 4096

/** V8 copies a piece up to this length out of a text; a longer one would keep the whole text that it was cut from. */
const copiedBytesMax = 12

const noMemory = new ArrayBuffer(0)

export let view: DataView = new DataView(noMemory)
export let buffer: Buffer = Buffer.from(noMemory)

export let memoryBytes = 0
let windowsEnd = 0
let windowStart = 0
let windowEnd = 0
let windowText = ''

/** Makes `bytes` the input, up to the place `end`, which counts from the beginning of `bytes`. */
export function openInput(bytes: Uint8Array, end: number): void {
  if (bytes.buffer !== view.buffer) {
    view = new DataView(bytes.buffer)
    buffer = Buffer.from(bytes.buffer)
    memoryBytes = view.byteLength
  }
  windowsEnd = bytes.byteOffset + end
  // The same memory may hold other bytes by now.
  windowEnd = 0
}

export function closeInput(): void {
  windowText = ''
  if (memoryBytes <= keptMemoryBytesMax) return
  view = new DataView(noMemory)
  buffer = Buffer.from(noMemory)
}

/** Masks of three words that hold the first so many bytes: `wordMasks[3 * bytes]` and the two behind it. */
export const wordMasks: Int32Array = Int32Array.from({ length: 3 * (copiedBytesMax + 1) }, (_, index) => {
  const bytes = Math.floor(index / 3) - 4 * (index % 3)
  if (bytes <= 0) return 0
  return bytes >= 4 ? -1 : (1 << (8 * bytes)) - 1
})

/** The text in `[start, end)`. */
export function textIn(start: number, end: number): string {
  const bytes = end - start
  if (bytes <= copiedBytesMax && start + copiedBytesMax <= memoryBytes && isAscii(start, bytes)) {
    if (start < windowStart || end > windowEnd) moveWindow(start)
    return windowText.substring(start - windowStart, end - windowStart)
  }
  // UTF-8 is meant where the encoding is not named, and found soonest.
  const text = buffer.toString(undefined, start, end)
  // Bytes that are not UTF-8 are decoded as this character, which is a character like any other too.
  if (text.includes('\ufffd') && !isUtf8(buffer.subarray(start, end))) leaveToLibrary()
  return text
}

/** A key, or another text in which what is not UTF-8 is replaced. */
export function looseTextIn(start: number, end: number): string {
  return buffer.toString(undefined, start, end)
}

/** `bytes` is at most `copiedBytesMax`. */
function isAscii(start: number, bytes: number): boolean {
  const masks = 3 * bytes
  const high =
    (view.getInt32(start, true) & (wordMasks[masks] as number)) |
    (view.getInt32(start + 4, true) & (wordMasks[masks + 1] as number)) |
    (view.getInt32(start + 8, true) & (wordMasks[masks + 2] as number))
  return (high & 0x80808080) === 0
}

function moveWindow(start: number): void {
  windowStart = start
  windowEnd = Math.min(start + windowBytes, windowsEnd)
  windowText = buffer.toString('latin1', windowStart, windowEnd)
}
