import { MongoRuntimeError } from './base.ts'

/** A stream of a GridFS file was asked for what the state that it is in does not allow. */
export class MongoGridFSStreamError extends MongoRuntimeError {}

/** Where a chunk should have been, or was, and what it should have been. Undefined: not known, or not what is wrong. */
export interface GridFSChunkFacts {
  readonly bucketName: string
  /** The file's `_id`. */
  readonly fileId: unknown
  /** The chunk's place in the file, from 0 on. */
  readonly n: number
  readonly expectedBytes?: number | undefined
  readonly actualBytes?: number | undefined
}

/**
 * The chunks of a stored file are not what the file's document says: one is missing, one too many, or has not the size that
 * `length` and `chunkSize` imply. What came before it was given.
 */
export class MongoGridFSChunkError extends MongoRuntimeError implements GridFSChunkFacts {
  readonly bucketName: string
  readonly fileId: unknown
  readonly n: number
  readonly expectedBytes: number | undefined
  readonly actualBytes: number | undefined

  constructor(message: string, facts: GridFSChunkFacts) {
    super(message)
    this.bucketName = facts.bucketName
    this.fileId = facts.fileId
    this.n = facts.n
    this.expectedBytes = facts.expectedBytes
    this.actualBytes = facts.actualBytes
  }
}

/** What was looked for: an identifier, or a name and perhaps one of its revisions. */
export type GridFSFileSought =
  | { readonly fileId: unknown }
  | { readonly filename: string; readonly revision?: number | undefined }

/** The bucket has no such file, or not that revision of it. `code` is `ENOENT`. */
export class MongoGridFSFileNotFoundError extends MongoRuntimeError {
  readonly bucketName: string
  readonly sought: GridFSFileSought

  constructor(message: string, bucketName: string, sought: GridFSFileSought) {
    super(message)
    this.code = 'ENOENT'
    this.bucketName = bucketName
    this.sought = sought
  }
}
