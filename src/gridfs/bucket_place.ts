import { type Collection, type Db, MongoClient } from '../client/index.ts'
import { type ClientCore, internalsOf } from '../client/inside.ts'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import { BucketIndexes } from './bucket_indexes.ts'
import { shown } from './file_ids.ts'
import { TimeLimit } from './time_limit.ts'
import type { GridFSBucketOptions, StoredFile } from './types.ts'

/** 255 KiB: a chunk with its document is a little less than a power of two. Source: the GridFS specification. */
export const chunkSizeBytesDefault: number = 255 * 1024

/** A document takes 16 MiB at most, and a chunk's has its file's identifier in it too, for which 16 KiB are left. */
export const chunkSizeBytesMax: number = 16 * 1024 * 1024 - 16 * 1024

/** A bucket as its streams know it: where its files are, and what they go by. */
export class BucketPlace {
  readonly bucketName: string
  readonly chunkSizeBytes: number
  readonly files: Collection<StoredFile>
  readonly chunks: Collection
  readonly indexes: BucketIndexes
  readonly core: ClientCore
  readonly #timeoutMS: () => number | undefined

  /** @throws {MongoInvalidArgumentError} */
  constructor(db: Db, options: GridFSBucketOptions) {
    if (db instanceof MongoClient)
      throw new MongoInvalidArgumentError('a bucket is of a database, and this is a client: give it client.db(name)')
    const { core, inherited } = internalsOf(db)
    const { bucketName = 'fs', chunkSizeBytes = chunkSizeBytesDefault, timeoutMS } = options
    if (typeof bucketName !== 'string' || bucketName === '')
      throw new MongoInvalidArgumentError(
        `bucketName is a string with something in it, which names of collections begin with, not ${shown(bucketName)}`
      )
    checkChunkSize(chunkSizeBytes)
    refuseNotStored(options)
    this.core = core
    this.bucketName = bucketName
    this.chunkSizeBytes = chunkSizeBytes
    const { readPreference, readConcern, writeConcern } = options
    const handle = { readPreference, readConcern, writeConcern, timeoutMS }
    this.files = db.collection<StoredFile>(`${bucketName}.files`, handle)
    this.chunks = db.collection(`${bucketName}.chunks`, handle)
    this.indexes = new BucketIndexes(this.files, this.chunks)
    // With mongodb+srv the client's is known only once it has been looked up.
    this.#timeoutMS = () => timeoutMS ?? inherited.timeoutMS ?? core.options.timeoutMS
    this.limit()
  }

  /** For what begins now. @throws {MongoInvalidArgumentError} */
  limit(timeoutMS: number | undefined = this.#timeoutMS()): TimeLimit {
    return new TimeLimit(this.core.runtime.clock, timeoutMS)
  }
}

/** @throws {MongoInvalidArgumentError} */
export function checkChunkSize(bytes: number): void {
  if (Number.isSafeInteger(bytes) && bytes >= 1 && bytes <= chunkSizeBytesMax) return
  throw new MongoInvalidArgumentError(
    `chunkSizeBytes is an integer from 1 to ${chunkSizeBytesMax}, with which a chunk fits into a document, not ${shown(bytes)}`
  )
}

/** Fields of older files. Left out in silence, they would be missed when the file is read. */
const notStored: Readonly<Record<string, string>> = {
  contentType: 'put it into metadata',
  aliases: 'put them into metadata'
}

/** @throws {MongoInvalidArgumentError} */
export function refuseNotStored(options: object): void {
  for (const name in notStored)
    if ((options as Readonly<Record<string, unknown>>)[name] !== undefined)
      throw new MongoInvalidArgumentError(`the option ${name} is deprecated and not supported: ${notStored[name]}`)
}
