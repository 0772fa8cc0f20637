import type { Codec } from '../compression.ts'

/** What is used of the package `snappy`. */
export interface SnappyLibrary {
  compressSync(bytes: Uint8Array): Uint8Array
  uncompressSync(bytes: Uint8Array, options: { readonly asBuffer: true }): Uint8Array | string
}

/** A length of 32 bits has at most so many bytes. */
const lengthBytesMax = 5

/** The library allocates what the first bytes announce, so these are read before it. */
export function snappyCodec(library: SnappyLibrary): Codec {
  return {
    compress: bytes => library.compressSync(bytes),
    decompress: (bytes, size) => {
      const announced = announcedLength(bytes)
      if (announced !== size) throw new Error(`it announces ${announced ?? 'no'} bytes`)
      const result = library.uncompressSync(bytes, { asBuffer: true })
      if (typeof result === 'string' || result.length !== size) throw new Error(`it becomes ${result.length} bytes`)
      return result
    }
  }
}

/** Seven bits in each byte, the lowest first; all but the last have the eighth bit set. */
function announcedLength(bytes: Uint8Array): number | undefined {
  let length = 0
  for (let i = 0; i < lengthBytesMax; i++) {
    const byte = bytes[i]
    if (byte === undefined) return undefined
    length += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return length
  }
  return undefined
}
