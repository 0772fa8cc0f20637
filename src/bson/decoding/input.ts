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

/** The text in `[start, end)`, before which its length stands. */
export function textIn(start: number, end: number): string {
  const bytes = end - start
  if (bytes <= copiedBytesMax && isAscii(bytes, end)) {
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

/**
 * Of at most `copiedBytesMax` bytes before `end`. Words that reach back beyond them have bytes of the length, none of
 * which is as large as those that are not in ASCII.
 */
function isAscii(bytes: number, end: number): boolean {
  let bits = view.getInt32(end - 4)
  if (bytes > 4) bits |= view.getInt32(end - 8)
  if (bytes > 8) bits |= view.getInt32(end - 12)
  return (bits & 0x80808080) === 0
}

function moveWindow(start: number): void {
  windowStart = start
  windowEnd = Math.min(start + windowBytes, windowsEnd)
  windowText = buffer.toString('latin1', windowStart, windowEnd)
}
