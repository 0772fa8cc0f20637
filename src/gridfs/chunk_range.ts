/** The bytes `[start, end)` of a file. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** How a file is cut, in bytes. */
export interface FileSizes {
  readonly length: number
  readonly chunkSize: number
}

/** How many chunks the file has. */
export function chunkCount({ length, chunkSize }: FileSizes): number {
  return Math.ceil(length / chunkSize)
}

/** How many bytes the `n`th chunk has; all but the last have the same. */
export function chunkBytes({ length, chunkSize }: FileSizes, n: number): number {
  return Math.min(chunkSize, length - n * chunkSize)
}

/** The chunks from `first` up to `end`, which is not among them, have the bytes. None where there are no bytes. */
export function chunksOf(
  { chunkSize }: FileSizes,
  { start, end }: ByteRange
): { readonly first: number; readonly end: number } {
  const first = Math.floor(start / chunkSize)
  return { first, end: start === end ? first : Math.ceil(end / chunkSize) }
}

/** The part of the `n`th chunk that is within the range, counted from the chunk's own beginning. */
export function partOf({ chunkSize }: FileSizes, n: number, { start, end }: ByteRange): ByteRange {
  const begins = n * chunkSize
  return { start: Math.max(0, start - begins), end: Math.min(chunkSize, end - begins) }
}
