import { Binary, type Document } from '../bson/index.ts'
import { type ByteRange, chunkBytes, chunkCount, chunksOf, type FileSizes, partOf } from './chunk_range.ts'
import { chunkExtra, type ChunkedFile, chunkMissing, chunkOfWrongSize } from './failures.ts'

/**
 * The chunks of a file that have the bytes of a range: checks each against what the file's document says, and gives the part
 * that is wanted, without a copy. Source: the GridFS specification.
 */
export class ChunkSequence {
  /** The first chunk, and the one behind the last. */
  readonly first: number
  readonly end: number
  readonly #file: ChunkedFile
  readonly #sizes: FileSizes
  readonly #range: ByteRange
  #next: number

  constructor(file: Omit<ChunkedFile, 'chunkCount'>, sizes: FileSizes, range: ByteRange) {
    const { first, end } = chunksOf(sizes, range)
    this.first = first
    this.end = end
    this.#file = { ...file, chunkCount: chunkCount(sizes) }
    this.#sizes = sizes
    this.#range = range
    this.#next = first
  }

  get count(): number {
    return this.end - this.first
  }

  /** Whether its last chunk is the file's: one behind it would be one too many. */
  get isToTheEnd(): boolean {
    return this.end === this.#file.chunkCount
  }

  /** The bytes of a chunk that has come. @throws {MongoGridFSChunkError} */
  take(chunk: Document): Uint8Array {
    const wanted = this.#next
    const n: unknown = chunk['n']
    if (typeof n !== 'number' || n < wanted || wanted >= this.end) throw chunkExtra(this.#file, n, wanted)
    if (n > wanted) throw chunkMissing(this.#file, wanted)
    const data: unknown = chunk['data']
    const expectedBytes = chunkBytes(this.#sizes, n)
    const actualBytes = data instanceof Binary ? data.position : undefined
    if (!(data instanceof Binary) || actualBytes !== expectedBytes)
      throw chunkOfWrongSize(this.#file, n, expectedBytes, actualBytes)
    this.#next = n + 1
    const { start, end } = partOf(this.#sizes, n, this.#range)
    return data.buffer.subarray(start, end)
  }

  /** No more chunks come. @throws {MongoGridFSChunkError} */
  finish(): void {
    if (this.#next < this.end) throw chunkMissing(this.#file, this.#next)
  }
}
