import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  MongoGridFSFileNotFoundError,
  MongoInvalidArgumentError,
  MongoOperationTimeoutError,
  ObjectId
} from '../../src/client/index.ts'
import { failureOf } from '../client/bench.ts'
import { bytesOf, ended, read, shapes, uploaded, withBucket } from './bench.ts'

async function notFound(promise: Promise<unknown>, problem: RegExp): Promise<void> {
  const error = await failureOf(promise)
  assert.ok(error instanceof MongoGridFSFileNotFoundError, String(error))
  assert.match(error.message, problem)
}

suite('files of a bucket', () => {
  test('are deleted, the document before the chunks, so that nobody begins to read', () =>
    withBucket(async ({ bucket, files, chunks, sent }) => {
      const { id } = await uploaded(bucket, bytesOf(10))
      const other = await uploaded(bucket, bytesOf(5))
      sent()
      await bucket.delete(id)
      assert.deepEqual(shapes(sent()), ['delete fs.files', 'delete fs.chunks'])
      assert.equal(await files.countDocuments(), 1)
      assert.equal(await chunks.countDocuments(), 2)
      assert.deepEqual(await read(bucket.openDownloadStream(other.id)), bytesOf(5))
    }))

  test('that are not there cannot be deleted, but what chunks they left is', () =>
    withBucket(async ({ bucket, files, chunks }) => {
      const { id } = await uploaded(bucket, bytesOf(10))
      await files.deleteOne({ _id: id })
      await notFound(bucket.delete(id), /no file with _id \{"\$oid":"[\da-f]{24}"\} in the bucket fs/)
      assert.equal(await chunks.countDocuments(), 0)
      await assert.rejects(bucket.delete(undefined), MongoInvalidArgumentError)
    }))

  test('are deleted by name, all that have it', () =>
    withBucket(async ({ bucket, files, chunks, sent }) => {
      for (const name of ['a', 'a', 'b']) await ended(bucket.openUploadStream(name), bytesOf(5))
      sent()
      await bucket.deleteByName('a')
      assert.deepEqual(shapes(sent()), ['find fs.files', 'delete fs.files', 'delete fs.chunks'])
      assert.deepEqual(await files.distinct('filename'), ['b'])
      assert.equal(await chunks.countDocuments(), 2)
      await notFound(bucket.deleteByName('a'), /no file with the name "a" in the bucket fs/)
      await assert.rejects(bucket.deleteByName({ $ne: null } as unknown as string), MongoInvalidArgumentError)
    }))

  test('are deleted by name in commands of bounded size', () =>
    withBucket(async ({ bucket, db, files, chunks, sent }) => {
      const ids = Array.from({ length: 1_001 }, (_, index) => index)
      await db
        .collection<{ _id: number; filename: string }>('fs.files')
        .insertMany(ids.map(_id => ({ _id, filename: 'a' })))
      await chunks.insertMany(ids.map(files_id => ({ files_id, n: 0 })))
      sent()
      await bucket.deleteByName('a')
      const deletes = sent().filter(({ commandName }) => commandName === 'delete')
      assert.deepEqual(shapes(deletes), ['delete fs.files', 'delete fs.files', 'delete fs.chunks', 'delete fs.chunks'])
      assert.deepEqual([await files.countDocuments(), await chunks.countDocuments()], [0, 0])
    }))

  test('are renamed, by identifier or all of a name', () =>
    withBucket(async ({ bucket, files }) => {
      const { id } = await ended(bucket.openUploadStream('a'), bytesOf(1))
      await ended(bucket.openUploadStream('a'), bytesOf(2))
      await bucket.rename(id, 'b')
      assert.deepEqual(new Set(await files.distinct('filename')), new Set(['a', 'b']))
      await bucket.rename(id, 'a')
      await bucket.renameByName('a', 'c')
      assert.deepEqual(await files.distinct('filename'), ['c'])
      await notFound(bucket.rename(new ObjectId(), 'd'), /no file with _id/)
      await notFound(bucket.renameByName('a', 'd'), /no file with the name "a"/)
      await assert.rejects(bucket.rename(id, 5 as unknown as string), /name is a string, not 5/)
      await assert.rejects(bucket.renameByName('c', undefined as unknown as string), MongoInvalidArgumentError)
      // A name that is not changed is no missing file.
      await bucket.rename(id, 'c')
    }))

  test('are found by what their documents have', () =>
    withBucket(async ({ bucket }) => {
      for (const by of ['ada', 'ben']) await uploaded(bucket, bytesOf(by === 'ada' ? 1 : 2), { metadata: { by } })
      const [file, ...others] = await bucket.find({ 'metadata.by': 'ben' }).toArray()
      assert.deepEqual([file?.length, others.length], [2, 0])
      const lengths = await bucket
        .find({}, { sort: { length: -1 } })
        .map(({ length }) => length)
        .toArray()
      assert.deepEqual(lengths, [2, 1])
      assert.equal((await bucket.find().toArray()).length, 2)
    }))

  test('are dropped with their collections, also when there are none', () =>
    withBucket(async ({ bucket, db, sent }) => {
      await bucket.drop()
      await uploaded(bucket, bytesOf(5))
      sent()
      await bucket.drop()
      assert.deepEqual(shapes(sent()), ['drop fs.files', 'drop fs.chunks'])
      assert.deepEqual(await db.collections(), [])
    }))

  test('that nobody acknowledges are not missed', () =>
    withBucket(async ({ bench, bucketWith, files }) => {
      const bucket = bucketWith({ writeConcern: { w: 0 } })
      await bucket.delete('nobody')
      await bucket.rename('nobody', 'a')
      await bucket.renameByName('nobody', 'a')
      await ended(bucket.openUploadStreamWithId('stored', 'a'), bytesOf(9))
      await bench.runtime.sleep(100)
      assert.equal(await files.countDocuments(), 1)
      assert.deepEqual(await read(bucket.openDownloadStream('stored')), bytesOf(9))
    }))

  test('have one limit of time for all commands of a call', () =>
    withBucket(async ({ bench, bucket }) => {
      await uploaded(bucket, bytesOf(5))
      const blocked = { blockConnection: true, blockTimeMS: 60 }
      for (const [command, call] of [
        ['delete', () => bucket.delete('x', { timeoutMS: 100 })],
        ['drop', () => bucket.drop({ timeoutMS: 100 })]
      ] as const) {
        bench.failCommand([command], blocked, 2)
        const beganMS = bench.nowMS()
        assert.ok((await failureOf(call())) instanceof MongoOperationTimeoutError)
        assert.ok(bench.nowMS() - beganMS <= 101, `${bench.nowMS() - beganMS} ms`)
        bench.member.configureFailPoint({ configureFailPoint: 'failCommand', mode: 'off' })
      }
      await bucket.drop({ timeoutMS: 0 })
    }))

  test('are left alone when the signal is aborted', () =>
    withBucket(async ({ bucket, files, sent }) => {
      const { id } = await uploaded(bucket, bytesOf(5))
      sent()
      const reason = new Error('the user went away')
      const signal = AbortSignal.abort(reason)
      assert.equal(await failureOf(bucket.delete(id, { signal })), reason)
      assert.equal(await failureOf(bucket.rename(id, 'b', { signal })), reason)
      assert.deepEqual(sent(), [])
      assert.equal(await files.countDocuments({ filename: 'file' }), 1)
    }))
})
