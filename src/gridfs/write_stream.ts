import { Int32, Long, type ObjectId } from '../bson/index.ts'
import { Writable } from '../runtime/node/streams.ts'
import type { CommandLimits } from './bucket_indexes.ts'
import { type BucketPlace, checkChunkSize, refuseNotStored } from './bucket_place.ts'
import { ChunkCutter } from './chunk_cutter.ts'
import { asError, streamError } from './failures.ts'
import { checkFileId, checkFilename, equalTo, shown } from './file_ids.ts'
import { InsertWindow } from './insert_window.ts'
import { destroyOnAbort } from './stream_signal.ts'
import type { TimeLimit } from './time_limit.ts'
import type { GridFSBucketWriteStreamOptions, GridFSFile } from './types.ts'

/**
 * Stores a file as it is written: chunks first, several on their way at once, and the file's document last, with which the file is
 * there; then it has finished. Destroyed before, by hand, by a pipeline or a signal, it deletes its chunks and only then
 * closes. When a command of its own fails it ends with that error, and deletes nothing: what has made it fail would do so
 * again. Made by `bucket.openUploadStream` and `openUploadStreamWithId`. Source: the GridFS specification.
 */
export class GridFSBucketWriteStream<TFileId = ObjectId> extends Writable {
  /** The file's `_id`. */
  readonly id: TFileId
  readonly filename: string
  readonly chunkSizeBytes: number
  readonly #place: BucketPlace
  readonly #options: GridFSBucketWriteStreamOptions
  readonly #limit: TimeLimit
  #leaveSignal = (): void => undefined
  readonly #cutter: ChunkCutter
  readonly #window = new InsertWindow()
  #length = 0
  /** Of the next chunk. */
  #n = 0
  #file: GridFSFile<TFileId> | null = null
  /** From when the file's document is sent; resolves when its fate is known. */
  #storing: Promise<void> | undefined
  /** What failed first of its own commands. */
  #failure: Error | undefined
  #isAborted = false
  /** From when it is destroyed. */
  #tidied: Promise<void> | undefined

  constructor(place: BucketPlace, id: TFileId, filename: string, options: GridFSBucketWriteStreamOptions) {
    const { chunkSizeBytes = place.chunkSizeBytes, signal, timeoutMS } = options
    checkFileId(id)
    checkFilename(filename)
    checkChunkSize(chunkSizeBytes)
    refuseNotStored(options)
    const limit = place.limit(timeoutMS)
    super()
    this.id = id
    this.filename = filename
    this.chunkSizeBytes = chunkSizeBytes
    this.#place = place
    this.#options = options
    this.#limit = limit
    this.#cutter = new ChunkCutter(chunkSizeBytes)
    this.#leaveSignal = destroyOnAbort(place.core, signal, this)
  }

  /** Bytes that have been taken so far. */
  get length(): number {
    return this.#length
  }

  /** The file's document, once it is stored; null before. */
  get gridFSFile(): GridFSFile<TFileId> | null {
    return this.#file
  }

  /**
   * Ends the upload and deletes its chunks; resolves when they are gone, and rejects when they could not be deleted. No time is
   * added to `timeoutMS` for it. @throws {MongoGridFSStreamError} once the file's document was sent, the upload failed, or was aborted.
   */
  async abort(): Promise<void> {
    const problem = this.#whyNotToAbort
    if (problem !== undefined) throw streamError(`${this.#text} cannot be aborted: ${problem}`, this.#failure)
    this.#isAborted = true
    this.destroy()
    await this.#tidied
  }

  get #whyNotToAbort(): string | undefined {
    if (this.#isAborted) return 'it was aborted before'
    if (this.#failure !== undefined) return `it ended with an error: ${this.#failure.message}`
    return this.#storing === undefined
      ? undefined
      : "its file's document was sent; delete() of the bucket deletes the file"
  }

  override _write(piece: Uint8Array, _encoding: unknown, done: (error?: Error | null) => void): void {
    this.#settle(this.#take(piece), done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#settle(this.#finish(), done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#leaveSignal()
    const tidy = (): void => done(error)
    // Who called abort() hears it from that.
    const untidy = (reason: unknown): void => done(error ?? (this.#isAborted ? null : asError(reason)))
    this.#tidied = this.#tidy(error)
    void this.#tidied.then(tidy, untidy)
  }

  async #take(piece: Uint8Array): Promise<void> {
    this.#length += piece.length
    for (const chunk of this.#cutter.whole(piece)) await this.#send(chunk)
  }

  /** Resolves when the chunk is on its way: its bytes can be written over then. */
  async #send(data: Uint8Array): Promise<void> {
    if (this.#n === 0) await this.#seeToIndexes()
    await this.#window.roomFor(data.length)
    this.#requireUnended()
    const { chunks } = this.#place
    const insert = chunks.insertOne({ files_id: this.id, n: this.#n, data }, this.#writeLimits())
    this.#n++
    this.#window.add(data.length, insert, reason => void this.destroy(this.#failedWith(reason)))
  }

  async #finish(): Promise<void> {
    const rest = this.#cutter.rest()
    if (rest.length > 0) await this.#send(rest)
    else if (this.#n === 0) await this.#seeToIndexes()
    await this.#window.settled()
    this.#requireUnended()
    const file = this.#document()
    const stored = { ...file, length: Long.fromNumber(file.length), chunkSize: new Int32(file.chunkSize) }
    const insert = this.#place.files.insertOne(stored, this.#writeLimits())
    this.#storing = insert.then(
      () => void (this.#file = file),
      reason => void this.#failedWith(reason)
    )
    await insert
  }

  #document(): GridFSFile<TFileId> {
    const { metadata } = this.#options
    return {
      _id: this.id,
      length: this.#length,
      chunkSize: this.chunkSizeBytes,
      uploadDate: new Date(this.#place.core.runtime.clock.epochMS()),
      filename: this.filename,
      ...(metadata === undefined ? {} : { metadata })
    }
  }

  #seeToIndexes(): Promise<void> {
    const { signal } = this.#options
    return this.#place.indexes.seeTo(() => ({ ...this.#left(), signal }))
  }

  /**
   * Without the signal: what the server still does with an insert that was given up would be missed by who deletes the chunks.
   */
  #writeLimits(): CommandLimits & Pick<GridFSBucketWriteStreamOptions, 'writeConcern'> {
    return { ...this.#left(), writeConcern: this.#options.writeConcern }
  }

  #left(): CommandLimits {
    return this.#limit.left(() => this.#text)
  }

  /** What was begun is awaited. Only what is neither stored nor failed is deleted. */
  async #tidy(error: Error | null): Promise<void> {
    if (error !== null && error === this.#failure) return
    await this.#window.settled()
    await this.#storing
    if (this.#file !== null || this.#n === 0) return
    if (this.#failure !== undefined) throw this.#failure
    await this.#place.chunks.deleteMany({ files_id: equalTo(this.id) }, this.#writeLimits())
  }

  #settle(work: Promise<void>, done: (error?: Error | null) => void): void {
    const worked = (): void => done()
    const failed = (reason: unknown): void => done(this.destroyed ? asError(reason) : this.#failedWith(reason))
    void work.then(worked, failed)
  }

  #failedWith(reason: unknown): Error {
    this.#failure ??= asError(reason)
    return this.#failure
  }

  #requireUnended(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.destroyed) throw streamError(`${this.#text} was ended before all was written`)
  }

  get #text(): string {
    return `the upload of ${shown(this.filename)} with _id ${shown(this.id)} to the bucket ${this.#place.bucketName}`
  }
}
