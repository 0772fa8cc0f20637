import type { ObjectId } from '../bson/index.ts'
import type { Db, Filter, FindCursor } from '../client/index.ts'
import { BucketPlace } from './bucket_place.ts'
import type { CommandLimits } from './bucket_indexes.ts'
import { fileNotFound, nameNotFound } from './failures.ts'
import { checkFileId, checkFilename, equalTo, shown } from './file_ids.ts'
import { GridFSBucketReadStream } from './read_stream.ts'
import { checkRevision } from './stored_files.ts'
import type {
  GridFSBucketOptions,
  GridFSBucketReadStreamOptions,
  GridFSBucketReadStreamOptionsWithRevision,
  GridFSBucketWriteStreamOptions,
  GridFSFile,
  GridFSFindOptions,
  GridFSOperationOptions,
  GridFSUploadOptions
} from './types.ts'
import { GridFSBucketWriteStream } from './write_stream.ts'

/** Identifiers in one command; with ObjectIds they take 20 kB. */
const idsInCommandMax = 1_000

/**
 * Files of any size in two collections of a database: `<bucketName>.files` has a document for each, `<bucketName>.chunks` their bytes.
 * Making one asks no server. It never changes. Source: the GridFS specification.
 */
export class GridFSBucket {
  readonly #place: BucketPlace

  /** @throws {MongoInvalidArgumentError} */
  constructor(db: Db, options: GridFSBucketOptions = {}) {
    this.#place = new BucketPlace(db, options)
  }

  get bucketName(): string {
    return this.#place.bucketName
  }

  /** Of files that are uploaded without one of their own. */
  get chunkSizeBytes(): number {
    return this.#place.chunkSizeBytes
  }

  /** A stream that stores what is written to it as a new file. Its `id` is the file's. */
  openUploadStream<TFileId = ObjectId>(
    filename: string,
    options: GridFSUploadOptions<TFileId> = {}
  ): GridFSBucketWriteStream<TFileId> {
    const { id = this.#place.core.context.objectIds.next() as TFileId } = options
    return this.openUploadStreamWithId(id, filename, options)
  }

  /** The same with an identifier of the caller's, of any type that `_id` can have. */
  openUploadStreamWithId<TFileId>(
    id: TFileId,
    filename: string,
    options: GridFSBucketWriteStreamOptions = {}
  ): GridFSBucketWriteStream<TFileId> {
    return new GridFSBucketWriteStream(this.#place, id, filename, options)
  }

  /** A stream of the file's bytes, or of a range of them. */
  openDownloadStream<TFileId = ObjectId>(
    id: TFileId,
    options: GridFSBucketReadStreamOptions = {}
  ): GridFSBucketReadStream<TFileId> {
    checkFileId(id)
    return new GridFSBucketReadStream<TFileId>(this.#place, { id }, options)
  }

  /** The same for a file by its name: the newest where several have it, unless `revision` says another. */
  openDownloadStreamByName<TFileId = ObjectId>(
    filename: string,
    options: GridFSBucketReadStreamOptionsWithRevision = {}
  ): GridFSBucketReadStream<TFileId> {
    const { revision = -1 } = options
    checkFilename(filename)
    checkRevision(revision)
    return new GridFSBucketReadStream<TFileId>(this.#place, { filename, revision }, options)
  }

  /**
   * Deletes the file's document and then its chunks. @throws {MongoGridFSFileNotFoundError} where there is no such document, when
   * chunks with its identifier have been deleted all the same.
   */
  async delete(id: unknown, options: GridFSOperationOptions = {}): Promise<void> {
    checkFileId(id)
    const { files, chunks, bucketName } = this.#place
    const limits = this.#limits(`the deletion of the file with _id ${shown(id)}`, options)
    const { acknowledged, deletedCount } = await files.deleteOne({ _id: equalTo(id) }, limits())
    await chunks.deleteMany({ files_id: equalTo(id) }, limits())
    if (acknowledged && deletedCount === 0) throw fileNotFound(bucketName, id)
  }

  /** Deletes all files with the name. @throws {MongoGridFSFileNotFoundError} where there is none. */
  async deleteByName(filename: string, options: GridFSOperationOptions = {}): Promise<void> {
    checkFilename(filename)
    const { files, chunks, bucketName } = this.#place
    const limits = this.#limits(`the deletion of the files with the name ${shown(filename)}`, options)
    const found = await files.find({ filename }, { projection: { _id: 1 }, ...limits() }).toArray()
    if (found.length === 0) throw nameNotFound(bucketName, filename)
    const ids = found.map(({ _id }): unknown => _id)
    for (const [collection, field] of [
      [files, '_id'],
      [chunks, 'files_id']
    ] as const)
      for (let at = 0; at < ids.length; at += idsInCommandMax)
        await collection.deleteMany({ [field]: { $in: ids.slice(at, at + idsInCommandMax) } }, limits())
  }

  /** The files' documents that match, such as `{ filename }` or `{ 'metadata.owner': 'ann' }`; all without a filter. */
  find(filter: Filter<GridFSFile> = {}, options: GridFSFindOptions = {}): FindCursor<GridFSFile> {
    return this.#place.files.find<GridFSFile>(filter, options)
  }

  /** @throws {MongoGridFSFileNotFoundError} */
  async rename(id: unknown, filename: string, options: GridFSOperationOptions = {}): Promise<void> {
    checkFileId(id)
    checkFilename(filename)
    const { files, bucketName } = this.#place
    const limits = this.#limits(`the renaming of the file with _id ${shown(id)}`, options)
    const { acknowledged, matchedCount } = await files.updateOne({ _id: equalTo(id) }, { $set: { filename } }, limits())
    if (acknowledged && matchedCount === 0) throw fileNotFound(bucketName, id)
  }

  /** Renames all files with the name. @throws {MongoGridFSFileNotFoundError} where there is none. */
  async renameByName(filename: string, newFilename: string, options: GridFSOperationOptions = {}): Promise<void> {
    checkFilename(filename)
    checkFilename(newFilename)
    const { files, bucketName } = this.#place
    const limits = this.#limits(`the renaming of the files with the name ${shown(filename)}`, options)
    const renamed = await files.updateMany({ filename }, { $set: { filename: newFilename } }, limits())
    if (renamed.acknowledged && renamed.matchedCount === 0) throw nameNotFound(bucketName, filename)
  }

  /** Drops both collections, and with them all files and the indexes, which the next upload of this bucket object makes anew. */
  async drop(options: GridFSOperationOptions = {}): Promise<void> {
    const { files, chunks, indexes } = this.#place
    const limits = this.#limits('the dropping of both collections', options)
    indexes.forget()
    await files.drop(limits())
    await chunks.drop(limits())
  }

  #limits(what: string, { timeoutMS, signal }: GridFSOperationOptions): () => CommandLimits {
    const limit = this.#place.limit(timeoutMS)
    return () => ({ ...limit.left(() => `${what} in the bucket ${this.bucketName}`), signal })
  }
}
