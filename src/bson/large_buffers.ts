/** Shorter ones stay with whoever made them. */
export const largeBytesMin: number = 64 * 1024

/** All that is kept, for the process. */
export const keptBuffersBytesMax: number = 8 * 1024 * 1024

/** A buffer that is longer by more than this factor is left for who needs it. */
const surplusMax = 4

/** The one given back last stands at the end: its memory is the likeliest to be in the processor's cache. */
const kept: Buffer[] = []
let keptBytes = 0

/**
 * A buffer of at least so many bytes, with anything in it, which lies in memory of its own. Large ones are used again: the
 * system hands new memory out page by page and clears each, which takes longer than to fill it with a message.
 */
export function takeBuffer(bytesMin: number): Buffer {
  if (bytesMin >= largeBytesMin) {
    const index = kept.findLastIndex(({ length }) => length >= bytesMin && length <= surplusMax * bytesMin)
    const [buffer] = index < 0 ? [] : kept.splice(index, 1)
    if (buffer !== undefined) {
      keptBytes -= buffer.length
      return buffer
    }
  }
  return Buffer.allocUnsafeSlow(bytesMin)
}

/** A buffer from `takeBuffer` that nobody reads or writes any more. */
export function giveBackBuffer(buffer: Buffer): void {
  const { length } = buffer
  if (length < largeBytesMin || keptBytes + length > keptBuffersBytesMax) return
  if (kept.includes(buffer)) throw new Error(`a buffer of ${length} bytes was given back twice`)
  kept.push(buffer)
  keptBytes += length
}
