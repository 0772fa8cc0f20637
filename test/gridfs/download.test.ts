import assert from 'node:assert/strict'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { suite, test } from 'node:test'
import {
  Binary,
  type Collection,
  Decimal128,
  Long,
  MongoGridFSChunkError,
  MongoGridFSFileNotFoundError,
  MongoGridFSStreamError,
  MongoInvalidArgumentError
} from '../../src/client/index.ts'
import type { GridFSFile } from '../../src/gridfs/index.ts'
import { failureOf } from '../client/bench.ts'
import { bytesOf, ended, read, shapes, uploaded, withBucket } from './bench.ts'

suite('a download', () => {
  test('gives the bytes of the file, and its document before them', () =>
    withBucket(async ({ bucket }) => {
      const { id, gridFSFile } = await uploaded(bucket, bytesOf(10))
      const stream = bucket.openDownloadStream(id)
      const told: string[] = []
      stream.on('file', (file: GridFSFile) => {
        assert.deepEqual(file, gridFSFile)
        told.push('file')
      })
      for (const name of ['data', 'end', 'close']) stream.on(name, () => told.push(name))
      assert.equal(stream.gridFSFile, undefined)
      await finished(stream)
      assert.deepEqual(told, ['file', 'data', 'data', 'data', 'end', 'close'])
      assert.deepEqual(stream.gridFSFile, gridFSFile)
      assert.deepEqual(await read(bucket.openDownloadStream(id)), bytesOf(10))
    }))

  test('of a file without bytes asks for no chunks, even where there is one', () =>
    withBucket(async ({ bucket, chunks, sent }) => {
      const { id } = await uploaded(bucket, bytesOf(0))
      await chunks.insertOne({ files_id: id, n: 0, data: new Binary(bytesOf(0)) })
      sent()
      assert.equal((await read(bucket.openDownloadStream(id))).length, 0)
      assert.deepEqual(shapes(sent()), ['find fs.files'])
    }))

  test('asks for nothing before it is read, and for no batch before the last one is read', () =>
    withBucket(async ({ bench, bucketWith, sent }) => {
      const bucket = bucketWith({ chunkSizeBytes: 1024 * 1024 })
      const bytes = Buffer.alloc(12 * 1024 * 1024, 'abc')
      const { id } = await uploaded(bucket, bytes)
      sent()
      const stream = bucket.openDownloadStream(id)
      await bench.runtime.sleep(100)
      assert.deepEqual(sent(), [])
      stream.once('readable', () => undefined)
      await bench.runtime.sleep(1_000)
      const [, find, ...others] = sent()
      assert.deepEqual([find?.command['batchSize'], find?.command['limit']], [4, 13])
      assert.deepEqual(others, [])
      let count = 0
      for await (const part of stream) count += (part as Buffer).length
      assert.equal(count, bytes.length)
      // Twelve is a multiple of four: only one more command tells the end.
      assert.deepEqual(
        sent().map(({ commandName }) => commandName),
        ['getMore', 'getMore', 'getMore']
      )
      assert.equal(bench.member.openCursors(), 0)
    }))

  test('of a file whose chunks fit into one batch takes two commands', () =>
    withBucket(async ({ bucket, sent }) => {
      const { id } = await uploaded(bucket, bytesOf(400))
      sent()
      assert.deepEqual(await read(bucket.openDownloadStream(id)), bytesOf(400))
      assert.deepEqual(shapes(sent()), ['find fs.files', 'find fs.chunks'])
    }))

  test('of sizes that another client wrote as other numbers', () =>
    withBucket(async ({ bucket, files }) => {
      const { id } = await uploaded(bucket, bytesOf(10))
      await files.updateOne(
        { _id: id },
        { $set: { length: Decimal128.fromString('10'), chunkSize: Long.fromNumber(4) } }
      )
      assert.deepEqual(await read(bucket.openDownloadStream(id)), bytesOf(10))
    }))

  test('of a file that is not there is an error that says what was looked for', () =>
    withBucket(async ({ bucket }) => {
      const error = await failureOf(read(bucket.openDownloadStream('nobody')))
      assert.ok(error instanceof MongoGridFSFileNotFoundError)
      assert.equal(error.message, 'FileNotFound: there is no file with _id "nobody" in the bucket fs')
      assert.deepEqual([error.code, error.bucketName, error.sought], ['ENOENT', 'fs', { fileId: 'nobody' }])
    }))

  test('looks for the identifier itself, and not for what an expression or operators in it match', () =>
    withBucket(async ({ bucket }) => {
      await ended(bucket.openUploadStreamWithId('file1', 'a'), bytesOf(1))
      for (const id of [/file/, { $ne: null }, { $gt: '' }]) {
        assert.ok((await failureOf(read(bucket.openDownloadStream(id)))) instanceof MongoGridFSFileNotFoundError)
        assert.ok((await failureOf(bucket.delete(id))) instanceof MongoGridFSFileNotFoundError)
        assert.ok((await failureOf(bucket.rename(id, 'b'))) instanceof MongoGridFSFileNotFoundError)
      }
      assert.deepEqual(await read(bucket.openDownloadStream('file1')), bytesOf(1))
    }))
})

suite('a download by name', () => {
  test('takes the newest file of that name, or the revision that is asked for', () =>
    withBucket(async ({ bench, bucket }) => {
      for (let count = 1; count <= 3; count++) {
        await ended(bucket.openUploadStream('abc'), bytesOf(count))
        await bench.runtime.sleep(10)
      }
      const length = async (revision?: number) =>
        (await read(bucket.openDownloadStreamByName('abc', { revision }))).length
      assert.equal(await length(), 3)
      for (const [revision, count] of [
        [0, 1],
        [1, 2],
        [2, 3],
        [-1, 3],
        [-2, 2],
        [-3, 1]
      ] as const)
        assert.equal(await length(revision), count, `revision ${revision}`)
    }))

  test('tells a name that nobody has from a revision that is not there', () =>
    withBucket(async ({ bucket }) => {
      await ended(bucket.openUploadStream('abc'), bytesOf(1))
      for (const revision of [1, -2]) {
        const error = await failureOf(read(bucket.openDownloadStreamByName('abc', { revision })))
        assert.ok(error instanceof MongoGridFSFileNotFoundError)
        assert.match(
          error.message,
          new RegExp(`files with the name "abc" in the bucket fs, but no revision ${revision};`)
        )
        assert.deepEqual(error.sought, { filename: 'abc', revision })
      }
      for (const revision of [0, 1, -1, -2]) {
        const error = await failureOf(read(bucket.openDownloadStreamByName('xyz', { revision })))
        assert.match(error.message, /no file with the name "xyz" in the bucket fs/)
      }
      assert.throws(() => bucket.openDownloadStreamByName({ $ne: '' } as unknown as string), MongoInvalidArgumentError)
      assert.throws(() => bucket.openDownloadStreamByName('abc', { revision: 0.5 }), /revision is an integer/)
    }))
})

suite('a range of a file', () => {
  test('begins at its chunk and asks for no other than its chunks', () =>
    withBucket(async ({ bucket, sent }) => {
      const { id } = await uploaded(bucket, bytesOf(40))
      sent()
      assert.deepEqual(await read(bucket.openDownloadStream(id, { start: 9, end: 15 })), bytesOf(40).subarray(9, 15))
      const [, find, ...others] = sent()
      assert.deepEqual(find?.command['filter'], { files_id: id, n: { $gte: 2 } })
      assert.deepEqual([find?.command['sort'], find?.command['limit']], [{ n: 1 }, 2])
      assert.deepEqual(others, [])
    }))

  test('that is empty is no bytes and no query for chunks', () =>
    withBucket(async ({ bucket, sent }) => {
      const { id } = await uploaded(bucket, bytesOf(10))
      sent()
      for (const at of [0, 4, 10])
        assert.equal((await read(bucket.openDownloadStream(id, { start: at, end: at }))).length, 0)
      assert.deepEqual(shapes(sent()), Array<string>(3).fill('find fs.files'))
    }))

  test('is not disturbed by a chunk outside of it that is missing', () =>
    withBucket(async ({ bucket, chunks }) => {
      const { id } = await uploaded(bucket, bytesOf(12))
      await chunks.deleteMany({ n: { $in: [0, 2] } })
      assert.deepEqual(await read(bucket.openDownloadStream(id, { start: 4, end: 8 })), bytesOf(12).subarray(4, 8))
    }))

  test('can be set until it is read', () =>
    withBucket(async ({ bucket }) => {
      const { id } = await uploaded(bucket, bytesOf(10))
      const stream = bucket.openDownloadStream(id).start(2).end(5)
      assert.deepEqual(await read(stream), bytesOf(10).subarray(2, 5))
      assert.throws(() => stream.start(0), MongoGridFSStreamError)
      assert.throws(() => stream.end(1), /end cannot be changed once the stream is being read/)
    }))

  test('must be one: from 0 on, within the file, and in this order', () =>
    withBucket(async ({ bucket }) => {
      const { id } = await uploaded(bucket, bytesOf(10))
      for (const [range, problem] of [
        [{ start: -1 }, /start is an integer from 0 on, in bytes, not -1/],
        [{ end: 1.5 }, /end is an integer/],
        [{ start: 5, end: 4 }, /start 5 is behind end 4/]
      ] as const)
        assert.throws(
          () => bucket.openDownloadStream(id, range),
          (error: Error) => error instanceof MongoInvalidArgumentError && problem.test(error.message)
        )
      for (const range of [{ start: 11 }, { end: 11 }, { start: 11, end: 12 }]) {
        const error = await failureOf(read(bucket.openDownloadStream(id, range)))
        assert.ok(error instanceof MongoInvalidArgumentError)
        assert.match(error.message, /not both within the 10 bytes of the file with _id .* in the bucket fs/)
      }
      assert.throws(() => bucket.openDownloadStream(undefined), /the id of a file is wanted/)
    }))
})

suite('chunks that are not what the file’s document says', () => {
  const cases: Readonly<Record<string, readonly [break_: (chunks: Broken) => Promise<unknown>, problem: RegExp]>> = {
    'the first is missing': [
      ({ chunks, id }) => chunks.deleteOne({ files_id: id, n: 0 }),
      /chunk 0 of the 3 .* not there/
    ],
    'one in the middle is missing': [
      ({ chunks, id }) => chunks.deleteOne({ files_id: id, n: 1 }),
      /^ChunkIsMissing: chunk 1 of the 3 of the file with _id "broken" in the bucket fs is not there$/
    ],
    'the last is missing': [
      ({ chunks, id }) => chunks.deleteOne({ files_id: id, n: 2 }),
      /chunk 2 of the 3 .* not there/
    ],
    'all are missing': [({ chunks, id }) => chunks.deleteMany({ files_id: id }), /chunk 0 of the 3 .* not there/],
    'one is too many': [
      ({ chunks, id }) => chunks.insertOne({ files_id: id, n: 3, data: new Binary(bytesOf(1)) }),
      /^ExtraChunk: a chunk with n 3 .* behind the last; the file has 3 chunks/
    ],
    'one is too short': [
      ({ chunks, id }) => chunks.updateOne({ files_id: id, n: 1 }, { $set: { data: new Binary(bytesOf(3)) } }),
      /^ChunkIsWrongSize: chunk 1 of the 3 .* has 3 bytes, and should have 4$/
    ],
    'the last is too long': [
      ({ chunks, id }) => chunks.updateOne({ files_id: id, n: 2 }, { $set: { data: new Binary(bytesOf(4)) } }),
      /chunk 2 of the 3 .* has 4 bytes, and should have 2$/
    ]
  }
  type Broken = { readonly chunks: Collection; readonly id: string }

  for (const [what, [breakIt, problem]] of Object.entries(cases))
    test(`are an error: ${what}`, () =>
      withBucket(async ({ bench, bucket, chunks }) => {
        await ended(bucket.openUploadStreamWithId('broken', 'a'), bytesOf(10))
        await breakIt({ chunks, id: 'broken' })
        const stream = bucket.openDownloadStream('broken')
        const error = await failureOf(read(stream))
        assert.ok(error instanceof MongoGridFSChunkError, String(error))
        assert.match(error.message, problem)
        assert.equal(bench.member.openCursors(), 0)
      }))

  test('are found only where they are read: what came before was given', () =>
    withBucket(async ({ bucket, chunks }) => {
      const { id } = await uploaded(bucket, bytesOf(12))
      await chunks.deleteOne({ n: 2 })
      const stream = bucket.openDownloadStream(id)
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      const [error] = (await once(stream, 'error')) as [Error]
      assert.ok(error instanceof MongoGridFSChunkError)
      assert.deepEqual(Buffer.concat(parts), bytesOf(8))
    }))
})
