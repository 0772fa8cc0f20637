import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { suite, test } from 'node:test'
import { Double, Long, MongoInvalidArgumentError, MongoServerError, ObjectId } from '../../src/client/index.ts'
import { GridFSBucket, type GridFSBucketOptions } from '../../src/gridfs/index.ts'
import { failureOf } from '../client/bench.ts'
import { bytesOf, ended, plainChunk, read, shapes, uploaded, withBucket } from './bench.ts'

const indexCommands = [
  'find fs.files',
  'listIndexes fs.files',
  'createIndexes fs.files',
  'listIndexes fs.chunks',
  'createIndexes fs.chunks'
]

suite('an upload', () => {
  test('stores chunks, then the document with what is told of the file', () =>
    withBucket(async ({ bucket, files, chunks, sent }) => {
      const stream = bucket.openUploadStream('greeting', { metadata: { by: 'ada' } })
      assert.equal(stream.gridFSFile, null)
      await ended(stream, bytesOf(10))
      const { id } = stream
      assert.ok(id instanceof ObjectId)
      assert.deepEqual(shapes(sent()).slice(-4), [...Array<string>(3).fill('insert fs.chunks'), 'insert fs.files'])
      assert.deepEqual((await chunks.find({}, { sort: { n: 1 } }).toArray()).map(plainChunk), [
        [id, 0, '00070e15'],
        [id, 1, '1c232a31'],
        [id, 2, '383f']
      ])
      const file = await files.findOne()
      assert.deepEqual(Object.keys(file ?? {}), ['_id', 'length', 'chunkSize', 'uploadDate', 'filename', 'metadata'])
      assert.deepEqual(stream.gridFSFile, file)
      assert.deepEqual([file?.['length'], file?.['chunkSize'], file?.['filename']], [10, 4, 'greeting'])
      assert.deepEqual(file?.['metadata'], { by: 'ada' })
      assert.deepEqual([stream.length, stream.filename, stream.chunkSizeBytes], [10, 'greeting', 4])
    }))

  test('has the length as int64, the chunk size as int32, and the date of its end', () =>
    withBucket(async ({ bench, bucket, files }) => {
      const stream = bucket.openUploadStream('a')
      await bench.runtime.sleep(5_000)
      const endsMS = bench.runtime.clock.epochMS()
      await ended(stream, bytesOf(1))
      const types = { length: { $type: 'long' }, chunkSize: { $type: 'int' }, uploadDate: { $type: 'date' } }
      const file = await files.findOne(types)
      assert.ok(Number(file?.['uploadDate']) >= endsMS)
      assert.ok(!('metadata' in (file ?? {})))
    }))

  test('of nothing stores a document and no chunk', () =>
    withBucket(async ({ bucket, files, chunks }) => {
      const { id } = await uploaded(bucket, bytesOf(0))
      assert.equal((await files.findOne({ _id: id }))?.['length'], 0)
      assert.equal(await chunks.countDocuments(), 0)
    }))

  test('takes text, as every writable stream, and 255 KiB as the size of chunks where nothing is said', () =>
    withBucket(async ({ db }) => {
      const bucket = new GridFSBucket(db)
      assert.deepEqual([bucket.bucketName, bucket.chunkSizeBytes], ['fs', 255 * 1024])
      const stream = bucket.openUploadStream('a')
      stream.write('grüße', 'latin1')
      await ended(stream, Buffer.from('!'))
      assert.equal((await read(bucket.openDownloadStream(stream.id))).toString('latin1'), 'grüße!')
      assert.equal(stream.gridFSFile?.chunkSize, 261_120)
    }))

  test('takes an identifier of any type, and the bucket’s name and a chunk size of its own', () =>
    withBucket(async ({ db, bucketWith }) => {
      const bucket = bucketWith({ bucketName: 'images' })
      for (const id of ['a', 1, { a: 1, b: [2] }, null, new Date(5)]) {
        const stream = await ended(bucket.openUploadStreamWithId(id, 'b', { chunkSizeBytes: 3 }), bytesOf(7))
        assert.deepEqual(stream.id, id)
        assert.deepEqual(await read(bucket.openDownloadStream(id)), bytesOf(7))
      }
      const given = await uploaded(bucket, bytesOf(3), { id: 'given' })
      assert.equal(given.id, 'given')
      assert.equal(await db.collection('images.files').countDocuments({ length: 7, chunkSize: 3 }), 5)
      assert.equal(await db.collection('images.chunks').countDocuments(), 16)
    }))

  test('can be written no more once it has ended', () =>
    withBucket(async ({ bucket }) => {
      const stream = await uploaded(bucket, bytesOf(3))
      stream.on('error', () => undefined)
      const [error] = await new Promise<unknown[]>(resolve => stream.write('more', (...told) => resolve(told)))
      assert.equal((error as { code: unknown }).code, 'ERR_STREAM_WRITE_AFTER_END')
    }))

  test('tells finish when the file is stored, and close then', () =>
    withBucket(async ({ bucket, files }) => {
      const stream = bucket.openUploadStream('a')
      const told: string[] = []
      for (const name of ['finish', 'close', 'error']) stream.on(name, () => told.push(name))
      stream.end(bytesOf(9))
      await once(stream, 'finish')
      assert.equal(await files.countDocuments(), 1)
      assert.deepEqual(told, ['finish', 'close'])
    }))
})

suite('the indexes of a bucket', () => {
  test('are made before its first file, and not looked for again', () =>
    withBucket(async ({ bucket, files, chunks, sent }) => {
      bucket.openUploadStream('never written')
      assert.deepEqual(sent(), [])
      await uploaded(bucket, bytesOf(1))
      assert.deepEqual(shapes(sent()), [...indexCommands, 'insert fs.chunks', 'insert fs.files'])
      await uploaded(bucket, bytesOf(1))
      assert.deepEqual(shapes(sent()), ['insert fs.chunks', 'insert fs.files'])
      assert.deepEqual((await files.indexes()).at(-1)?.key, { filename: 1, uploadDate: 1 })
      const index = (await chunks.indexes()).at(-1)
      assert.deepEqual([index?.key, index?.['unique']], [{ files_id: 1, n: 1 }, true])
    }))

  test('are made before the document of a file without chunks too', () =>
    withBucket(async ({ bucket, sent }) => {
      await uploaded(bucket, bytesOf(0))
      assert.deepEqual(shapes(sent()), [...indexCommands, 'insert fs.files'])
    }))

  test('are asked for at the primary, and only if there is no file', () =>
    withBucket(async ({ bucket, bucketWith, sent }) => {
      await uploaded(bucket, bytesOf(1))
      sent()
      await uploaded(bucketWith({ readPreference: 'secondaryPreferred' }), bytesOf(1))
      const [find, ...others] = sent()
      assert.deepEqual(find?.command['projection'], { _id: 1 })
      assert.ok(!('$readPreference' in (find?.command ?? {})))
      assert.deepEqual(shapes(others), ['insert fs.chunks', 'insert fs.files'])
    }))

  test('that another client made with other types of numbers are the same', () =>
    withBucket(async ({ db, bucket, sent }) => {
      for (const [createIndexes, key] of [
        ['fs.files', { filename: new Double(1), uploadDate: 1 }],
        ['fs.chunks', { files_id: Long.ONE, n: new Double(1) }]
      ] as const)
        await db.command({ createIndexes, indexes: [{ key, name: 'theirs', unique: createIndexes === 'fs.chunks' }] })
      sent()
      await uploaded(bucket, bytesOf(1))
      assert.deepEqual(shapes(sent()), [
        'find fs.files',
        'listIndexes fs.files',
        'listIndexes fs.chunks',
        'insert fs.chunks',
        'insert fs.files'
      ])
    }))

  test('that cannot be made fail the upload, and the next one tries again', () =>
    withBucket(async ({ bench, bucket, chunks, sent }) => {
      bench.failCommand(['createIndexes'], { errorCode: 13 })
      const error = await failureOf(uploaded(bucket, bytesOf(9)))
      assert.ok(error instanceof MongoServerError)
      assert.equal(error.code, 13)
      assert.equal(await chunks.countDocuments(), 0)
      sent()
      await uploaded(bucket, bytesOf(1))
      assert.deepEqual(shapes(sent()).slice(0, 5), indexCommands)
    }))

  test('are made again after the bucket was dropped', () =>
    withBucket(async ({ bucket, chunks, sent }) => {
      await uploaded(bucket, bytesOf(1))
      await bucket.drop()
      sent()
      await uploaded(bucket, bytesOf(1))
      assert.deepEqual(shapes(sent()).slice(0, 5), indexCommands)
      assert.equal((await chunks.indexes()).length, 2)
    }))
})

suite('what an upload has on its way', () => {
  const blocked = { blockConnection: true, blockTimeMS: 1_000 }

  test('is four inserts at most, and the source is not read ahead of them', () =>
    withBucket(async ({ bench, bucketWith, sent }) => {
      const chunkSizeBytes = 64 * 1024
      const bucket = bucketWith({ chunkSizeBytes })
      await uploaded(bucket, bytesOf(0))
      sent()
      bench.failCommand(['insert'], blocked, 0)
      let made = 0
      const source = Readable.from(
        (function* () {
          for (; made < 40; made++) yield bytesOf(chunkSizeBytes)
        })(),
        { objectMode: false, highWaterMark: 1 }
      )
      const stream = bucket.openUploadStream('a')
      const done = pipeline(source, stream)
      await bench.runtime.sleep(900)
      assert.deepEqual(shapes(sent()), Array<string>(4).fill('insert fs.chunks'))
      // One waits for room, and the streams hold one each.
      assert.ok(made <= 8, `${made} were made`)
      await bench.runtime.sleep(1_000)
      assert.equal(sent().length, 4)
      bench.member.configureFailPoint({ configureFailPoint: 'failCommand', mode: 'off' })
      await done
      assert.equal(stream.gridFSFile?.length, 40 * chunkSizeBytes)
    }))

  test('is bounded in bytes too: writers wait for drain', () =>
    withBucket(async ({ bench, bucketWith, sent }) => {
      const bucket = bucketWith({ chunkSizeBytes: 3 * 1024 * 1024 })
      await uploaded(bucket, bytesOf(0))
      sent()
      bench.failCommand(['insert'], blocked, 2)
      const stream = bucket.openUploadStream('a')
      const bytes = Buffer.alloc(9 * 1024 * 1024, 1)
      assert.equal(stream.write(bytes), false)
      await bench.runtime.sleep(900)
      assert.equal(sent().length, 1)
      await once(stream, 'drain')
      assert.equal(sent().length, 2)
      await ended(stream)
      assert.equal(stream.gridFSFile?.length, 9 * 1024 * 1024)
    }))
})

suite('what a bucket is given', () => {
  test('is refused by name when it cannot be, before anything is sent', () =>
    withBucket(async ({ client, db, bucket, sent }) => {
      const wrong: readonly (readonly [options: object, problem: RegExp])[] = [
        [{ bucketName: '' }, /bucketName is a string/],
        [{ bucketName: 5 }, /bucketName .* not 5/],
        [{ chunkSizeBytes: 0 }, /chunkSizeBytes is an integer from 1 to 16760832.*not 0/],
        [{ chunkSizeBytes: 17_000_000 }, /not 17000000/],
        [{ timeoutMS: -1 }, /timeoutMS .* not -1/],
        [{ contentType: 'image/png' }, /contentType is deprecated and not supported: put it into metadata/]
      ]
      for (const [options, problem] of wrong)
        assert.throws(
          () => new GridFSBucket(db, options as GridFSBucketOptions),
          (error: Error) => error instanceof MongoInvalidArgumentError && problem.test(error.message)
        )
      assert.throws(() => new GridFSBucket({} as never), /a database is wanted/)
      assert.throws(() => new GridFSBucket(client as never), /this is a client: give it client\.db\(name\)/)
      assert.throws(() => bucket.openUploadStream(undefined as unknown as string), /name is a string, not undefined/)
      assert.throws(() => bucket.openUploadStreamWithId(undefined, 'a'), /the id of a file is wanted/)
      assert.throws(() => bucket.openUploadStream('a', { chunkSizeBytes: 1.5 }), /chunkSizeBytes/)
      assert.throws(() => bucket.openUploadStream('a', { aliases: ['b'] } as object), /aliases/)
      // Source: the GridFS specification, of options that nobody knows.
      await ended(bucket.openUploadStream('a', { disableMD5: true } as object))
      assert.ok(sent().length > 0)
    }))

  test('of concerns and preference goes with its commands, an upload’s own write concern before the bucket’s', () =>
    withBucket(async ({ bucketWith, sent }) => {
      const bucket = bucketWith({ writeConcern: { w: 1, journal: true }, readConcern: 'majority' })
      const first = await uploaded(bucket, bytesOf(1))
      const inserts = sent().filter(({ commandName }) => commandName === 'insert')
      assert.deepEqual(
        inserts.map(({ command }) => command['writeConcern']),
        [
          { w: 1, j: true },
          { w: 1, j: true }
        ]
      )
      await uploaded(bucket, bytesOf(1), { writeConcern: { w: 'majority' } })
      for (const { command } of sent()) assert.deepEqual(command['writeConcern'], { w: 'majority' })
      await read(bucket.openDownloadStream(first.id))
      assert.deepEqual(
        sent().map(({ command }) => command['readConcern']),
        [{ level: 'majority' }, { level: 'majority' }]
      )
    }))
})

test('an upload goes on behind a step-down of the primary', () =>
  withBucket(
    async ({ bench, bucket, chunks }) => {
      const stream = bucket.openUploadStream('a')
      const done = finished(stream)
      const bytes = bytesOf(200)
      for (let at = 0; at < bytes.length; at += 10) {
        if (!stream.write(bytes.subarray(at, at + 10))) await once(stream, 'drain')
        if (at === 100) await bench.deployment.stepDown()
        await bench.runtime.sleep(5)
      }
      stream.end()
      await done
      assert.deepEqual(await read(bucket.openDownloadStream(stream.id)), bytes)
      assert.equal(await chunks.countDocuments(), 50)
    },
    { kind: 'replicaSet', members: 3 }
  ))
