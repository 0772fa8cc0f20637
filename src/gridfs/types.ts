import type { Document, ObjectId } from '../bson/index.ts'
import type { CommandOperationOptions, FindOptions } from '../client/index.ts'

/** A file's document. Source: the GridFS specification. */
export interface GridFSFile<TFileId = ObjectId> {
  /** Of the type that the upload was given; an ObjectId where it was given none. */
  readonly _id: TFileId
  /** In bytes. */
  readonly length: number
  /** In bytes, of every chunk but the last, which may be shorter. */
  readonly chunkSize: number
  /** When the upload was complete. */
  readonly uploadDate: Date
  /** Files may share one: they are its revisions then, in the order of their dates. */
  readonly filename: string
  readonly metadata?: Document
}

/** A file's document as it is stored, perhaps by others: nothing is known of it but that it has an identifier of some type. */
export interface StoredFile extends Document {
  readonly _id: unknown
}

/** What is not given is the database's. */
export interface GridFSBucketOptions
  extends Pick<CommandOperationOptions, 'readPreference' | 'readConcern' | 'writeConcern' | 'timeoutMS'> {
  /** The collections are `<bucketName>.files` and `<bucketName>.chunks`. Default `fs`. */
  readonly bucketName?: string | undefined
  /** Bytes in each chunk of files that are uploaded by this bucket; default 261,120 (255 KiB). */
  readonly chunkSizeBytes?: number | undefined
}

/** Of what a bucket does. */
export interface GridFSOperationOptions {
  /**
   * Milliseconds for all commands together; 0: no limit. Of a stream: from when it is opened to its end. Default: the bucket's,
   * the database's, the client's. Source: the client side operations timeout specification.
   */
  readonly timeoutMS?: number | undefined
  /** Ends the operation when it is aborted, or the stream, with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

export interface GridFSBucketWriteStreamOptions
  extends GridFSOperationOptions,
    Pick<CommandOperationOptions, 'writeConcern'> {
  /** Bytes in each chunk of this file; default: the bucket's. */
  readonly chunkSizeBytes?: number | undefined
  /** What the application wants to know of the file. Not stored where absent. */
  readonly metadata?: Document | undefined
}

export interface GridFSUploadOptions<TFileId = ObjectId> extends GridFSBucketWriteStreamOptions {
  /** The file's `_id`, of any type; default: an ObjectId that is made. */
  readonly id?: TFileId | undefined
}

/** The bytes `[start, end)`: at `end` is the first that is not read. */
export interface GridFSBucketReadStreamOptions extends GridFSOperationOptions {
  /** Default 0. At most the file's length. */
  readonly start?: number | undefined
  /** Default: the file's length, which is its most. */
  readonly end?: number | undefined
}

export interface GridFSBucketReadStreamOptionsWithRevision extends GridFSBucketReadStreamOptions {
  /** Which of the files with the name: 0 the oldest, 1 the next; -1 the newest, which is the default, -2 the one before. */
  readonly revision?: number | undefined
}

/** Of a query for files. */
export type GridFSFindOptions = FindOptions
