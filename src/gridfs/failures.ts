import {
  MongoGridFSChunkError,
  MongoGridFSFileNotFoundError,
  MongoGridFSStreamError,
  MongoInvalidArgumentError,
  MongoRuntimeError
} from '../errors/index.ts'
import type { ByteRange } from './chunk_range.ts'
import { shown } from './file_ids.ts'

export function fileNotFound(bucketName: string, fileId: unknown): MongoGridFSFileNotFoundError {
  return new MongoGridFSFileNotFoundError(
    `FileNotFound: there is no file with _id ${shown(fileId)} in the bucket ${bucketName}`,
    bucketName,
    { fileId }
  )
}

export function nameNotFound(bucketName: string, filename: string): MongoGridFSFileNotFoundError {
  return new MongoGridFSFileNotFoundError(
    `FileNotFound: there is no file with the name ${shown(filename)} in the bucket ${bucketName}`,
    bucketName,
    { filename }
  )
}

export function revisionNotFound(bucketName: string, filename: string, revision: number): MongoGridFSFileNotFoundError {
  return new MongoGridFSFileNotFoundError(
    `FileNotFound: there are files with the name ${shown(filename)} in the bucket ${bucketName}, but no revision ${revision}; ` +
      '0 is the oldest, -1 the newest',
    bucketName,
    { filename, revision }
  )
}

/** The chunks of one file: where they are, and how many there should be. */
export interface ChunkedFile {
  readonly bucketName: string
  readonly fileId: unknown
  readonly chunkCount: number
}

export function chunkMissing(file: ChunkedFile, n: number): MongoGridFSChunkError {
  const { bucketName, fileId } = file
  return new MongoGridFSChunkError(
    `ChunkIsMissing: chunk ${n} of the ${file.chunkCount} of ${fileText(file)} is not there`,
    { bucketName, fileId, n }
  )
}

/** A chunk came that is not the next one: one that came before, or none that the file should have. */
export function chunkExtra(file: ChunkedFile, n: unknown, wanted: number): MongoGridFSChunkError {
  const { bucketName, fileId, chunkCount } = file
  const instead = wanted < chunkCount ? `where chunk ${wanted} should have come` : 'behind the last'
  return new MongoGridFSChunkError(
    `ExtraChunk: a chunk with n ${shown(n)} of ${fileText(file)} came ${instead}; the file has ${chunkCount} chunks, from 0 on`,
    { bucketName, fileId, n: typeof n === 'number' ? n : wanted }
  )
}

export function chunkOfWrongSize(
  file: ChunkedFile,
  n: number,
  expectedBytes: number,
  actualBytes: number | undefined
): MongoGridFSChunkError {
  const { bucketName, fileId } = file
  const has = actualBytes === undefined ? 'has no binary data' : `has ${actualBytes} bytes`
  return new MongoGridFSChunkError(
    `ChunkIsWrongSize: chunk ${n} of the ${file.chunkCount} of ${fileText(file)} ${has}, and should have ${expectedBytes}`,
    { bucketName, fileId, n, expectedBytes, actualBytes }
  )
}

function fileText({ bucketName, fileId }: ChunkedFile): string {
  return `the file with _id ${shown(fileId)} in the bucket ${bucketName}`
}

/** Without its sizes nobody knows what chunks the file has. */
export function sizesUnknown(bucketName: string, fileId: unknown, length: unknown, size: unknown): MongoRuntimeError {
  return new MongoRuntimeError(
    `the document of the file with _id ${shown(fileId)} in the bucket ${bucketName} says length ${shown(length)} and ` +
      `chunkSize ${shown(size)}: these must be integers, the first from 0 on, the second from 1 on`
  )
}

export function outsideOfFile(
  bucketName: string,
  fileId: unknown,
  length: number,
  { start, end }: ByteRange
): MongoInvalidArgumentError {
  return new MongoInvalidArgumentError(
    `start ${start} and end ${end} are not both within the ${length} bytes of the file with _id ${shown(fileId)} in the ` +
      `bucket ${bucketName}, in this order`
  )
}

export function streamError(message: string, cause?: unknown): MongoGridFSStreamError {
  return new MongoGridFSStreamError(message, cause === undefined ? {} : { cause })
}

/** A signal's reason may be anything, and a stream ends with an Error. */
export function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : streamError(`the stream ended with ${String(reason)}`, reason)
}
