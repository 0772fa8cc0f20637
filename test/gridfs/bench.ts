import { buffer } from 'node:stream/consumers'
import { finished } from 'node:stream/promises'
import type { Binary, Collection, CommandStartedEvent, Db, Document, ObjectId } from '../../src/client/index.ts'
import {
  GridFSBucket,
  type GridFSBucketOptions,
  type GridFSBucketReadStream,
  type GridFSBucketWriteStream,
  type GridFSUploadOptions
} from '../../src/gridfs/index.ts'
import { type Bench, type BenchOptions, type MongoClient, withServer } from '../client/bench.ts'

export interface Files {
  readonly bench: Bench
  readonly client: MongoClient
  readonly db: Db
  readonly bucket: GridFSBucket
  readonly files: Collection
  readonly chunks: Collection
  /** Another bucket object for the same collections. */
  readonly bucketWith: (options?: GridFSBucketOptions) => GridFSBucket
  /** The commands that have been sent since the last call, or the first. */
  readonly sent: () => CommandStartedEvent[]
}

/** A bucket with chunks of four bytes, where nothing else is said. */
export function withBucket(
  act: (files: Files) => Promise<void>,
  { bucket: options = {}, ...benchOptions }: BenchOptions & { readonly bucket?: GridFSBucketOptions } = {}
): Promise<void> {
  return withServer(async bench => {
    const client = bench.connect()
    const db = client.db('shop')
    let commands: CommandStartedEvent[] = []
    client.on('commandStarted', event => commands.push(event))
    const bucketWith = (more: GridFSBucketOptions = {}): GridFSBucket => {
      return new GridFSBucket(db, { chunkSizeBytes: 4, ...options, ...more })
    }
    await act({
      bench,
      client,
      db,
      bucket: bucketWith(),
      files: db.collection('fs.files'),
      chunks: db.collection('fs.chunks'),
      bucketWith,
      sent: () => {
        const since = commands
        commands = []
        return since
      }
    })
  }, benchOptions)
}

/** `count` bytes of which no two neighbours are the same. */
export function bytesOf(count: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: count }, (_, index) => (index * 7 + Math.floor(index / 256)) % 256))
}

export async function uploaded<TFileId = ObjectId>(
  bucket: GridFSBucket,
  bytes: Uint8Array,
  options?: GridFSUploadOptions<TFileId>
): Promise<GridFSBucketWriteStream<TFileId>> {
  return await ended(bucket.openUploadStream('file', options), bytes)
}

/** When it has closed; rejects with what it ends with. */
export async function ended<TFileId>(
  stream: GridFSBucketWriteStream<TFileId>,
  bytes: Uint8Array = new Uint8Array(0)
): Promise<GridFSBucketWriteStream<TFileId>> {
  const done = finished(stream)
  stream.end(bytes)
  await done
  return stream
}

export function read(stream: GridFSBucketReadStream<unknown>): Promise<Buffer> {
  return buffer(stream)
}

/** Name and collection of each command. */
export function shapes(commands: readonly CommandStartedEvent[]): string[] {
  return commands.map(({ commandName, command }) => `${commandName} ${String(command[commandName])}`)
}

/** What a chunk has, without its own `_id`. */
export function plainChunk({ files_id, n, data }: Document): readonly [filesId: unknown, n: number, hex: string] {
  return [files_id, n as number, Buffer.from((data as Binary).value()).toString('hex')]
}
