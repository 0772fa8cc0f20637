import { buffer } from 'node:stream/consumers'
import type { Readable, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { CaseError } from '../case_error.ts'
import { type DriverMethod, invoke } from '../features.ts'
import type { Fields } from '../format.ts'
import { isPlain } from '../matching.ts'
import { listing, method, type OperationRow, type OperationRows, without } from './row.ts'

const find = ['allowDiskUse', 'batchSize', 'limit', 'maxTimeMS', 'noCursorTimeout', 'skip', 'sort', 'timeoutMS']

/** Reads the whole file; the format compares its bytes. */
function downloadOf(needs: DriverMethod, required: string, optional: readonly string[]): OperationRow {
  return {
    needs,
    required: [required],
    optional: ['timeoutMS', ...optional],
    run: (bucket: object, given: Fields) =>
      buffer(invoke(bucket, needs, given[required], without(given, [required])) as Readable)
  }
}

/** Resolves with the file's identifier. The driver computes no MD5, with or without `disableMD5`. */
const upload: OperationRow = {
  needs: 'GridFSBucket.openUploadStream',
  required: ['filename', 'source'],
  optional: ['id', 'chunkSizeBytes', 'metadata', 'timeoutMS', 'disableMD5'],
  run: async (bucket: object, { filename, source, disableMD5: _disableMD5, ...options }: Fields) => {
    const bytes = bytesOf(source)
    const stream = invoke(bucket, 'GridFSBucket.openUploadStream', filename, options) as Writable & { id: unknown }
    const done = finished(stream)
    stream.end(bytes)
    await done
    return stream.id
  }
}

function bytesOf(source: unknown): Buffer {
  const digits = isPlain(source) ? source['$$hexBytes'] : undefined
  if (typeof digits !== 'string' || !/^(?:[\da-f]{2})*$/i.test(digits))
    throw new CaseError('the source of an upload is { $$hexBytes: pairs of hexadecimal digits }')
  return Buffer.from(digits, 'hex')
}

export const bucketOperations: OperationRows = {
  delete: method('GridFSBucket.delete', ['id'], ['timeoutMS']),
  deleteByName: method('GridFSBucket.deleteByName', ['filename'], ['timeoutMS']),
  download: downloadOf('GridFSBucket.openDownloadStream', 'id', []),
  downloadByName: downloadOf('GridFSBucket.openDownloadStreamByName', 'filename', ['revision']),
  drop: method('GridFSBucket.drop', [], ['timeoutMS']),
  find: listing('GridFSBucket.find', ['filter'], find),
  rename: method('GridFSBucket.rename', ['id', 'newFilename'], ['timeoutMS']),
  renameByName: method('GridFSBucket.renameByName', ['filename', 'newFilename'], ['timeoutMS']),
  upload
}
