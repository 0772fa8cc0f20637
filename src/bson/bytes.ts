const scratch = new DataView(new ArrayBuffer(8))

/**
 * Little-endian, as everything in BSON and in the wire protocol. The caller has made sure that the four bytes are there;
 * shifts, since a `DataView` for bytes that are only lent would be an object more for each read.
 */
export function int32At(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  )
}

export function float64At(bytes: Uint8Array, at: number): number {
  scratch.setInt32(0, int32At(bytes, at), true)
  scratch.setInt32(4, int32At(bytes, at + 4), true)
  return scratch.getFloat64(0, true)
}

/** A view, not a copy: for the library's functions, which make one themselves of anything that is not a `Buffer`. */
export function bufferOver(bytes: Uint8Array, start: number, end: number): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
}

/** Bytes of the caller's own; `slice` will not do, since a `Buffer`'s is a view. */
export function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return Buffer.from(bufferOver(bytes, start, end))
}

export function textAt(bytes: Uint8Array, start: number, end: number): string {
  return bufferOver(bytes, start, end).toString('utf8')
}

/** The bytes of a key to compare with: made once for each key, so that reading a reply makes no strings. */
export function keyBytes(key: string): Uint8Array {
  return Buffer.from(key, 'utf8')
}
