/** Files that one driver stores and the other reads, on an embedded server with real sockets. */
import assert from 'node:assert/strict'
import { buffer } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { after, before, suite, test } from 'node:test'
import * as official from 'mongodb'
import { type Document, MongoClient } from '../../src/client/index.ts'
import { type Deployment, startDeployment } from '../../src/embedded/index.ts'
import { GridFSBucket } from '../../src/gridfs/index.ts'
import { bytesOf } from './bench.ts'

suite('files of the official driver', () => {
  let deployment: Deployment
  let client: MongoClient
  let theirs: official.MongoClient

  before(async () => {
    deployment = await startDeployment({ kind: 'standalone' })
    client = new MongoClient(deployment.uri)
    theirs = new official.MongoClient(deployment.uri)
  })

  after(async () => {
    await Promise.all([client.close(), theirs.close()])
    await deployment.stop()
  })

  const options = { chunkSizeBytes: 1000, metadata: { by: 'ada' } }
  const bytes = bytesOf(4_321)

  test('are read, whole and in part, and the other way round', async () => {
    const buckets = [new GridFSBucket(client.db('shop')), new official.GridFSBucket(theirs.db('shop'))] as const
    for (const [from, to] of [buckets, buckets.toReversed()] as const) {
      const stream = (from as GridFSBucket).openUploadStream('file', options)
      await pipeline(Readable.from([bytes.subarray(0, 1_234), bytes.subarray(1_234)]), stream)
      const id = stream.id as never
      assert.deepEqual(await buffer((to as GridFSBucket).openDownloadStream(id)), bytes)
      const part = (to as GridFSBucket).openDownloadStream(id, { start: 999, end: 3_001 })
      assert.deepEqual(await buffer(part), bytes.subarray(999, 3_001))
      assert.deepEqual(await buffer((to as GridFSBucket).openDownloadStreamByName('file')), bytes)
    }
  })

  test('have the same documents, but for their identifiers and dates, and the same indexes', async () => {
    const shapes: unknown[] = []
    for (const [name, upload] of [
      ['ours', () => new GridFSBucket(client.db('ours')).openUploadStream('file', options)],
      ['theirs', () => new official.GridFSBucket(theirs.db('theirs')).openUploadStream('file', options)]
    ] as const) {
      await pipeline(Readable.from([bytes]), upload())
      const db = client.db(name)
      const types = { length: { $type: 'long' }, chunkSize: { $type: 'int' } }
      const typed = await db.collection('fs.files').countDocuments(types)
      const files = await db
        .collection('fs.files')
        .find({}, { projection: { _id: 0, uploadDate: 0 } })
        .toArray()
      const chunks = await db
        .collection('fs.chunks')
        .find({}, { sort: { n: 1 } })
        .toArray()
      const plain = chunks.map(({ _id, files_id: _filesId, ...others }: Document) => others)
      const indexes = [await db.collection('fs.files').indexes(), await db.collection('fs.chunks').indexes()]
      shapes.push({ files, typed: name === 'ours' ? typed : undefined, plain, indexes })
    }
    const [ours, others] = shapes as [Document, Document]
    assert.equal(ours['typed'], 1)
    for (const what of ['files', 'plain', 'indexes']) assert.deepEqual(ours[what], others[what], what)
  })
})
