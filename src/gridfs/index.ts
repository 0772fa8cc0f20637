/** GridFS, an entry of its own (`cenote/gridfs`): who stores no files does not load it. */
export { GridFSBucket } from './bucket.ts'
export { GridFSBucketReadStream } from './read_stream.ts'
export type {
  GridFSBucketOptions,
  GridFSBucketReadStreamOptions,
  GridFSBucketReadStreamOptionsWithRevision,
  GridFSBucketWriteStreamOptions,
  GridFSFile,
  GridFSFindOptions,
  GridFSOperationOptions,
  GridFSUploadOptions
} from './types.ts'
export { GridFSBucketWriteStream } from './write_stream.ts'
