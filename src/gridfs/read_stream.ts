import type { Document, ObjectId } from '../bson/index.ts'
import type { FindCursor } from '../client/index.ts'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import { Readable } from '../runtime/node/streams.ts'
import type { CommandLimits } from './bucket_indexes.ts'
import type { BucketPlace } from './bucket_place.ts'
import type { ByteRange } from './chunk_range.ts'
import { ChunkSequence } from './chunk_sequence.ts'
import { asError, outsideOfFile, streamError } from './failures.ts'
import { equalTo, shown } from './file_ids.ts'
import { findFile, sizesOf, type WantedFile } from './stored_files.ts'
import { destroyOnAbort } from './stream_signal.ts'
import type { TimeLimit } from './time_limit.ts'
import type { GridFSBucketReadStreamOptions, GridFSFile } from './types.ts'

/** Bytes of chunks in each of the server's replies, where more than one chunk fits. */
const batchBytesMax = 4 * 1024 * 1024

/**
 * Reads a stored file. Nothing is asked before it is read, and no further batch before the last one has been taken; however
 * it ends, its cursor is closed then. Tells the file's document in the event `file`, before the first bytes. Ends with a
 * `MongoGridFSFileNotFoundError` where there is no such file, and with a `MongoGridFSChunkError` where its chunks are not what its
 * document says. Made by `bucket.openDownloadStream` and `openDownloadStreamByName`.
 */
export class GridFSBucketReadStream<TFileId = ObjectId> extends Readable {
  static readonly FILE = 'file' as const
  readonly #place: BucketPlace
  readonly #wanted: WantedFile
  readonly #limit: TimeLimit
  readonly #signal: AbortSignal | undefined
  #leaveSignal = (): void => undefined
  #start: number | undefined
  #end: number | undefined
  #file: Document | undefined
  /** From when the file's document is known. */
  #sequence: ChunkSequence | undefined
  /** None where there are no bytes to read. */
  #cursor: FindCursor | undefined
  /** From when it is destroyed. */
  #cursorClosed: Promise<void> | undefined
  #isAsking = false

  constructor(place: BucketPlace, wanted: WantedFile, options: GridFSBucketReadStreamOptions) {
    const { start, end, signal, timeoutMS } = options
    checkOffset('start', start)
    checkOffset('end', end)
    if (start !== undefined && end !== undefined && start > end)
      throw new MongoInvalidArgumentError(
        `start ${start} is behind end ${end}, which is the first byte that is not read`
      )
    const limit = place.limit(timeoutMS)
    super()
    this.#place = place
    this.#wanted = wanted
    this.#limit = limit
    this.#signal = signal
    this.#start = start
    this.#end = end
    this.#leaveSignal = destroyOnAbort(place.core, signal, this)
  }

  /** The file's document, from the event `file` on. */
  get gridFSFile(): GridFSFile<TFileId> | undefined {
    return this.#file as GridFSFile<TFileId> | undefined
  }

  /** The first byte to read, counted from 0. Not once it is being read. */
  start(start = 0): this {
    this.#refuseOnceRead('start')
    checkOffset('start', start)
    this.#start = start
    return this
  }

  /** The first byte not to read. Not once it is being read. */
  end(end = 0): this {
    this.#refuseOnceRead('end')
    checkOffset('end', end)
    this.#end = end
    return this
  }

  /** Destroys it, and resolves when its cursor is closed. It does not end as if it had been read whole. */
  async abort(): Promise<void> {
    this.destroy()
    await this.#cursorClosed
  }

  override _read(): void {
    if (this.#isAsking) return
    if (this.#cursor !== undefined && this.#cursor.bufferedCount() > 0) this.#pushNext()
    else this.#ask()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#leaveSignal()
    const closed = (): void => done(error)
    this.#cursorClosed = this.#cursor?.close()
    if (this.#cursorClosed === undefined) closed()
    else void this.#cursorClosed.then(closed)
  }

  #ask(): void {
    this.#isAsking = true
    const asked = this.#sequence === undefined ? this.#open() : this.#cursor?.hasNext()
    void Promise.resolve(asked).then(
      () => {
        this.#isAsking = false
        if (!this.destroyed) this.#pushNext()
      },
      reason => void this.destroy(asError(reason))
    )
  }

  async #open(): Promise<void> {
    const file = await findFile(this.#place, this.#wanted, this.#limits)
    if (this.destroyed) return
    const { bucketName, chunks } = this.#place
    const fileId: unknown = file['_id']
    const sizes = sizesOf(bucketName, file)
    const range = this.#rangeOf(fileId, sizes.length)
    const sequence = new ChunkSequence({ bucketName, fileId }, sizes, range)
    this.#file = file
    this.#sequence = sequence
    const { first, count } = sequence
    if (count > 0) {
      const filter = { files_id: equalTo(fileId), ...(first > 0 ? { n: { $gte: first } } : {}) }
      const perBatch = Math.max(1, Math.floor(batchBytesMax / sizes.chunkSize))
      // One more than there should be: it is found if it is there, and a batch with all tells that it is the last.
      const limit = sequence.isToTheEnd ? count + 1 : count
      this.#cursor = chunks.find(filter, {
        sort: { n: 1 },
        limit,
        batchSize: limit <= perBatch + 1 ? limit : perBatch,
        ...this.#limits()
      })
    }
    this.emit(GridFSBucketReadStream.FILE, file)
    if (!this.destroyed) await this.#cursor?.hasNext()
  }

  #rangeOf(fileId: unknown, length: number): ByteRange {
    const range = { start: this.#start ?? 0, end: this.#end ?? length }
    const { start, end } = range
    if (start > end || end > length) throw outsideOfFile(this.#place.bucketName, fileId, length, range)
    return range
  }

  /** One chunk: `_read` is called again as long as the stream wants more. */
  #pushNext(): void {
    let bytes: Uint8Array | null
    try {
      bytes = this.#nextBytes()
    } catch (error) {
      this.destroy(asError(error))
      return
    }
    this.push(bytes)
  }

  #nextBytes(): Uint8Array | null {
    const [chunk] = this.#cursor?.readBufferedDocuments(1) ?? []
    if (chunk !== undefined) return this.#sequence?.take(chunk) ?? null
    this.#sequence?.finish()
    return null
  }

  readonly #limits = (): CommandLimits => ({
    ...this.#limit.left(() => `the download of ${this.#text}`),
    signal: this.#signal
  })

  get #text(): string {
    const what = 'id' in this.#wanted ? `the file with _id ${shown(this.#wanted.id)}` : shown(this.#wanted.filename)
    return `${what} from the bucket ${this.#place.bucketName}`
  }

  #refuseOnceRead(what: string): void {
    if (this.#isAsking || this.#sequence !== undefined)
      throw streamError(`${what} cannot be changed once the stream is being read: give it to openDownloadStream`)
  }
}

/** @throws {MongoInvalidArgumentError} */
function checkOffset(name: 'start' | 'end', bytes: number | undefined): void {
  if (bytes === undefined || (Number.isSafeInteger(bytes) && bytes >= 0)) return
  throw new MongoInvalidArgumentError(`${name} is an integer from 0 on, in bytes, not ${shown(bytes)}`)
}
