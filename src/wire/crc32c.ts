import { int32At } from '../bson/index.ts'

/** Castagnoli's polynomial, its bits reversed. */
const polynomial = 0x82f63b78

/** Made with the first checksum: hardly any server sends one. */
let tableMade: Int32Array | undefined

function remainders(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? polynomial : 0)
    return remainder
  })
}

/** The checksum of the OP_MSG specification, as an int32. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  const table = (tableMade ??= remainders())
  let sum = -1
  for (let at = start; at < end; at++) {
    sum = (sum >>> 8) ^ (table[(sum ^ (bytes[at] as number)) & 0xff] as number)
  }
  return ~sum
}

/** Whether the last four bytes are the checksum of those before them. */
export function checksumHolds(bytes: Uint8Array, start: number, end: number): boolean {
  return crc32c(bytes, start, end - 4) === int32At(bytes, end - 4)
}
