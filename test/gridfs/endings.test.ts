import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Readable, Writable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { suite, test } from 'node:test'
import {
  MongoClientClosedError,
  MongoGridFSStreamError,
  MongoNetworkError,
  MongoOperationTimeoutError,
  MongoServerError
} from '../../src/client/index.ts'
import type { GridFSBucketWriteStream } from '../../src/gridfs/index.ts'
import { countListeners, failureOf } from '../client/bench.ts'
import { bytesOf, ended, type Files, read, uploaded, withBucket } from './bench.ts'

/** Two chunks are on their way, and more than two are not: 9 bytes by four. */
function begun({ bucket }: Files): GridFSBucketWriteStream {
  const stream = bucket.openUploadStream('a')
  stream.write(bytesOf(9))
  return stream
}

async function assertNothingLeft({ files, chunks }: Files): Promise<void> {
  assert.equal(await files.countDocuments(), 0)
  assert.equal(await chunks.countDocuments(), 0)
}

suite('an upload that is ended before its end deletes its chunks, and closes then', () => {
  test('by abort(), which resolves when they are gone', () =>
    withBucket(async all => {
      const stream = begun(all)
      await all.bench.runtime.sleep(100)
      assert.equal(await all.chunks.countDocuments(), 2)
      const closed = once(stream, 'close')
      await stream.abort()
      await assertNothingLeft(all)
      await closed
      const [error] = await new Promise<unknown[]>(resolve => stream.write('more', (...told) => resolve(told)))
      assert.equal((error as { code: unknown }).code, 'ERR_STREAM_DESTROYED')
    }))

  test('by destroy(), also with chunks that are on their way', () =>
    withBucket(async all => {
      all.bench.failCommand(['insert'], { blockConnection: true, blockTimeMS: 500 }, 2)
      const stream = begun(all)
      await all.bench.runtime.sleep(200)
      stream.destroy()
      await once(stream, 'close')
      await assertNothingLeft(all)
    }))

  test('by a source that fails: the pipeline rejects with its error', () =>
    withBucket(async all => {
      const reason = new Error('the disk is gone')
      const source = Readable.from(
        (function* () {
          yield bytesOf(20)
          throw reason
        })(),
        { objectMode: false }
      )
      assert.equal(await failureOf(pipeline(source, all.bucket.openUploadStream('a'))), reason)
      await assertNothingLeft(all)
    }))

  test('by its signal, with the signal’s reason', () =>
    withBucket(async all => {
      const controller = new AbortController()
      const listeners = countListeners(controller.signal)
      const stream = all.bucket.openUploadStream('a', { signal: controller.signal })
      stream.write(bytesOf(9))
      await all.bench.runtime.sleep(100)
      assert.equal(listeners(), 1)
      const reason = new Error('the user went away')
      const error = failureOf(finished(stream))
      controller.abort(reason)
      assert.equal(await error, reason)
      assert.equal(listeners(), 0)
      await assertNothingLeft(all)
    }))

  test('by a signal that was aborted before: nothing is sent', () =>
    withBucket(async ({ bucket, sent }) => {
      const signal = AbortSignal.abort('a text')
      const error = await failureOf(finished(bucket.openUploadStream('a', { signal })))
      assert.ok(error instanceof MongoGridFSStreamError)
      assert.equal(error.cause, 'a text')
      assert.match((await failureOf(finished(bucket.openDownloadStream(1, { signal })))).message, /ended with a text/)
      assert.deepEqual(sent(), [])
    }))

  test('and asks nothing of the server if it has sent nothing', () =>
    withBucket(async ({ bucket, sent }) => {
      const stream = bucket.openUploadStream('a')
      stream.write(bytesOf(3))
      await stream.abort()
      assert.deepEqual(sent(), [])
    }))

  test('and tells in abort() or as the error of the stream that they could not be deleted', () =>
    withBucket(async all => {
      for (const end of [
        (stream: GridFSBucketWriteStream) => failureOf(stream.abort()),
        async (stream: GridFSBucketWriteStream) => (await once(stream.destroy(), 'error'))[0] as Error
      ]) {
        const stream = begun(all)
        await all.bench.runtime.sleep(100)
        all.bench.failCommand(['delete'], { errorCode: 13 })
        const error = await end(stream)
        assert.ok(error instanceof MongoServerError)
        assert.equal(error.code, 13)
      }
    }))

  test('but not while its document is on its way: the file is stored or not, whole', () =>
    withBucket(async all => {
      await uploaded(all.bucket, bytesOf(0))
      const stream = all.bucket.openUploadStream('a')
      all.bench.member.configureFailPoint({
        configureFailPoint: 'failCommand',
        mode: { skip: 1 },
        data: { failCommands: ['insert'], blockConnection: true, blockTimeMS: 500 }
      })
      stream.end(bytesOf(4))
      await all.bench.runtime.sleep(200)
      assert.match((await failureOf(stream.abort())).message, /cannot be aborted: its file's document was sent/)
      stream.destroy()
      await once(stream, 'close')
      assert.deepEqual(await read(all.bucket.openDownloadStream(stream.id)), bytesOf(4))
    }))

  test('once: a file that is stored, an upload that failed and one that was aborted refuse abort()', () =>
    withBucket(async all => {
      const stored = await uploaded(all.bucket, bytesOf(9))
      const aborted = begun(all)
      await aborted.abort()
      all.bench.failCommand(['insert'], { errorCode: 13 })
      const failed = begun(all)
      await failureOf(finished(failed))
      for (const [stream, problem] of [
        [stored, /the upload of "file" with _id .* to the bucket fs cannot be aborted: its file's document was sent/],
        [aborted, /cannot be aborted: it was aborted before/],
        [failed, /cannot be aborted: it ended with an error/]
      ] as const) {
        const error = await failureOf(stream.abort())
        assert.ok(error instanceof MongoGridFSStreamError)
        assert.match(error.message, problem)
      }
      assert.deepEqual(await read(all.bucket.openDownloadStream(stored.id)), bytesOf(9))
    }))
})

suite('an upload whose command fails', () => {
  test('ends with that error and deletes nothing', () =>
    withBucket(async ({ bench, bucket, files, chunks, sent }) => {
      await uploaded(bucket, bytesOf(0))
      bench.member.configureFailPoint({
        configureFailPoint: 'failCommand',
        mode: { skip: 2 },
        data: { failCommands: ['insert'], errorCode: 13 }
      })
      const stream = bucket.openUploadStream('a')
      const failed = failureOf(finished(stream))
      for (let at = 0; at < 3; at++) {
        stream.write(bytesOf(4))
        await bench.runtime.sleep(10)
      }
      const error = await failed
      assert.ok(error instanceof MongoServerError)
      assert.equal(error.code, 13)
      bench.member.configureFailPoint({ configureFailPoint: 'failCommand', mode: 'off' })
      await bench.runtime.sleep(100)
      assert.ok(sent().every(({ commandName }) => commandName !== 'delete'))
      assert.deepEqual([await files.countDocuments(), await chunks.countDocuments()], [1, 2])
    }))

  test('while nothing is written says so at once, by its error', () =>
    withBucket(async ({ bench, bucket }) => {
      bench.failCommand(['insert'], { errorCode: 13 })
      const stream = bucket.openUploadStream('a')
      const told = once(stream, 'error')
      stream.write(bytesOf(4), error => assert.equal(error ?? undefined, undefined))
      const [error] = (await told) as [MongoServerError]
      assert.equal(error.code, 13)
    }))

  test('because the identifier is taken leaves the other file as it is', () =>
    withBucket(async ({ bench, bucket }) => {
      await ended(bucket.openUploadStreamWithId('one', 'a'), bytesOf(10))
      const error = await failureOf(ended(bucket.openUploadStreamWithId('one', 'b'), bytesOf(10).reverse()))
      assert.ok(error instanceof MongoServerError)
      assert.equal(error.code, 11_000)
      // Its other inserts are still on their way.
      await bench.runtime.sleep(500)
      const destroyed = bucket.openUploadStreamWithId('one', 'c')
      bench.failCommand(['insert'], { blockConnection: true, blockTimeMS: 100 }, 2)
      destroyed.write(bytesOf(9))
      await bench.runtime.sleep(50)
      const [told] = (await once(destroyed.destroy(), 'error')) as [MongoServerError]
      assert.equal(told.code, 11_000)
      assert.deepEqual(await read(bucket.openDownloadStream('one')), bytesOf(10))
    }))

  test('by the network is tried again first, where the server can tell', () =>
    withBucket(
      async ({ bench, bucket, chunks }) => {
        bench.failCommand(['insert'], { closeConnection: true })
        const { id } = await uploaded(bucket, bytesOf(9))
        assert.equal(await chunks.countDocuments(), 3)
        assert.deepEqual(await read(bucket.openDownloadStream(id)), bytesOf(9))
        bench.failCommand(['insert'], { closeConnection: true }, 2)
        assert.ok((await failureOf(uploaded(bucket, bytesOf(3)))) instanceof MongoNetworkError)
      },
      { kind: 'replicaSet' }
    ))

  test('because the client closes says that', () =>
    withBucket(async ({ bench, client, bucket }) => {
      const stream = bucket.openUploadStream('a')
      stream.write(bytesOf(4))
      await bench.runtime.sleep(100)
      await client.close()
      assert.ok((await failureOf(ended(stream, bytesOf(4)))) instanceof MongoClientClosedError)
    }))
})

suite('a download that is ended before its end closes its cursor', () => {
  /** 16 batches and more. */
  const large = { bucket: { chunkSizeBytes: 2 * 1024 * 1024 } }
  const stored = async ({ bucket, bench }: Files) => {
    const { id } = await uploaded(bucket, Buffer.alloc(10 * 1024 * 1024, 1))
    const stream = bucket.openDownloadStream(id)
    await once(stream, 'readable')
    assert.equal(bench.member.openCursors(), 1)
    return stream
  }

  test('by destroy() and by abort(), neither as if it were complete', () =>
    withBucket(async all => {
      const destroyed = await stored(all)
      const ends: string[] = []
      destroyed.on('end', () => ends.push('end'))
      destroyed.destroy()
      await once(destroyed, 'close')
      assert.equal(all.bench.member.openCursors(), 0)
      const aborted = await stored(all)
      aborted.on('end', () => ends.push('end'))
      await aborted.abort()
      assert.equal(all.bench.member.openCursors(), 0)
      assert.equal(aborted.destroyed, true)
      assert.deepEqual(ends, [])
    }, large))

  test('by leaving the loop', () =>
    withBucket(async all => {
      const stream = await stored(all)
      const closed = new Promise(resolve => stream.once('close', resolve))
      for await (const part of stream) {
        assert.ok((part as Buffer).length > 0)
        break
      }
      await closed
      assert.equal(all.bench.member.openCursors(), 0)
    }, large))

  test('by a target that fails', () =>
    withBucket(async all => {
      const reason = new Error('the disk is full')
      const target = new Writable({ write: (_part, _encoding, done) => done(reason) })
      assert.equal(await failureOf(pipeline(await stored(all), target)), reason)
      await all.bench.runtime.sleep(10)
      assert.equal(all.bench.member.openCursors(), 0)
    }, large))

  test('by its signal, also while a command is on its way', () =>
    withBucket(async ({ bench, bucket }) => {
      const { id } = await uploaded(bucket, bytesOf(9))
      for (const skip of [0, 1]) {
        const controller = new AbortController()
        const listeners = countListeners(controller.signal)
        bench.member.configureFailPoint({
          configureFailPoint: 'failCommand',
          mode: { skip },
          data: { failCommands: ['find'], blockConnection: true, blockTimeMS: 10_000 }
        })
        const error = failureOf(read(bucket.openDownloadStream(id, { signal: controller.signal })))
        await bench.runtime.sleep(100)
        const reason = new Error('the user went away')
        const beganMS = bench.nowMS()
        controller.abort(reason)
        assert.equal(await error, reason)
        assert.ok(bench.nowMS() - beganMS < 100)
        assert.equal(listeners(), 0)
        bench.member.configureFailPoint({ configureFailPoint: 'failCommand', mode: 'off' })
      }
    }))

  test('leaves no listener on its signal when it was read', () =>
    withBucket(async ({ bucket }) => {
      const { signal } = new AbortController()
      const { id } = await uploaded(bucket, bytesOf(9), { signal })
      await read(bucket.openDownloadStream(id, { signal }))
      assert.equal(countListeners(signal)(), 0)
    }))

  test('by what a listener of its file throws', () =>
    withBucket(async ({ bucket }) => {
      const { id } = await uploaded(bucket, bytesOf(9))
      const stream = bucket.openDownloadStream(id)
      const reason = new Error('of the listener')
      stream.on('file', () => {
        throw reason
      })
      assert.equal(await failureOf(read(stream)), reason)
    }))
})

suite('the time of a stream', () => {
  test('is one from its opening to its end, whoever took it', () =>
    withBucket(async ({ bench, bucket }) => {
      const stream = bucket.openUploadStream('a', { timeoutMS: 200 })
      stream.write(bytesOf(4))
      await bench.runtime.sleep(150)
      const failed = failureOf(finished(stream))
      stream.write(bytesOf(4))
      await bench.runtime.sleep(60)
      stream.write(bytesOf(4))
      const error = await failed
      assert.ok(error instanceof MongoOperationTimeoutError)
      assert.match(
        error.message,
        /^the upload of "a" with _id .* to the bucket fs was not done within timeoutMS 200: 21\d ms/
      )
    }))

  test('limits abort() too', () =>
    withBucket(async ({ bench, bucket }) => {
      const stream = bucket.openUploadStream('a', { timeoutMS: 200 })
      stream.write(bytesOf(4))
      await bench.runtime.sleep(300)
      assert.ok((await failureOf(stream.abort())) instanceof MongoOperationTimeoutError)
    }))

  test('of a download is the life of its cursor', () =>
    withBucket(
      async ({ bench, bucket, sent }) => {
        const { id } = await uploaded(bucket, Buffer.alloc(10 * 1024 * 1024, 1))
        sent()
        const stream = bucket.openDownloadStream(id, { timeoutMS: 500 })
        await once(stream, 'readable')
        const [, find] = sent()
        assert.ok(Number(find?.command['maxTimeMS']) <= 500)
        await bench.runtime.sleep(600)
        const error = await failureOf(read(stream))
        assert.ok(error instanceof MongoOperationTimeoutError)
      },
      { bucket: { chunkSizeBytes: 2 * 1024 * 1024 } }
    ))

  test('is the bucket’s, the database’s or the client’s where the stream has none', () =>
    withBucket(async ({ bench, bucket, bucketWith }) => {
      const { id } = await uploaded(bucket, bytesOf(4))
      const limited = bucketWith({ timeoutMS: 50 })
      const blocked = { blockConnection: true, blockTimeMS: 100 }
      for (const call of [
        () => read(limited.openDownloadStream(id)),
        () => limited.rename(id, 'b'),
        () => limited.find().toArray(),
        () => uploaded(limited, bytesOf(4))
      ]) {
        bench.failCommand(['find', 'update', 'insert'], blocked)
        assert.ok((await failureOf(call())) instanceof MongoOperationTimeoutError)
        bench.member.configureFailPoint({ configureFailPoint: 'failCommand', mode: 'off' })
      }
      bench.failCommand(['find'], blocked)
      assert.deepEqual(await read(limited.openDownloadStream(id, { timeoutMS: 500 })), bytesOf(4))
    }))
})
