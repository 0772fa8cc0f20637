/** Files in the bucket of the driver that mongoose hands on. */
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import mongoose from 'mongoose'
import type { Cases } from './cases.ts'

function bucketOf(connection: mongoose.Connection): mongoose.mongo.GridFSBucket {
  const db = connection.getClient().db(connection.name)
  return new mongoose.mongo.GridFSBucket(db, { bucketName: 'images', chunkSizeBytes: 4 })
}

async function stored(bucket: mongoose.mongo.GridFSBucket, text: string) {
  const upload = bucket.openUploadStream('cat.png', { metadata: { by: 'ada' } })
  const finished = once(upload, 'finish')
  upload.end(text)
  await finished
  return upload
}

export const gridfs: Cases = {
  'a file is stored, found, renamed, read whole and in part, and deleted': async connection => {
    const bucket = bucketOf(connection)
    const { id, filename, length, chunkSizeBytes, gridFSFile } = await stored(bucket, 'hello files')
    const found = await bucket.find({ 'metadata.by': 'ada' }).toArray()
    await bucket.rename(id, 'dog.png')
    const whole = (await buffer(bucket.openDownloadStreamByName('dog.png'))).toString()
    const part = (await buffer(bucket.openDownloadStream(id, { start: 3, end: 9 }))).toString()
    const chunks = await connection.collection('images.chunks').countDocuments({ files_id: id })
    await bucket.delete(id)
    const left = await connection.collection('images.chunks').countDocuments()
    return { filename, length, chunkSizeBytes, gridFSFile, found, whole, part, chunks, left }
  },
  'the document of a file is told before its bytes': async connection => {
    const bucket = bucketOf(connection)
    const { id } = await stored(bucket, 'hello')
    const download = bucket.openDownloadStream(id)
    const told: unknown[] = []
    download.on('file', file => told.push(file))
    download.on('data', (bytes: Buffer) => told.push(bytes.toString()))
    await once(download, 'end')
    return told
  },
  'an upload that is aborted leaves nothing': async connection => {
    const bucket = bucketOf(connection)
    const upload = bucket.openUploadStream('cat.png')
    // The official driver's tells what it was about to write then.
    upload.on('error', () => undefined)
    upload.write('hello files')
    await connection.collection('others').findOne()
    await upload.abort()
    const counts = ['files', 'chunks'].map(name => connection.collection(`images.${name}`).countDocuments())
    return await Promise.all(counts)
  },
  'a file that is not there has a code': async connection => {
    const [error] = (await once(
      bucketOf(connection).openDownloadStream(new mongoose.Types.ObjectId()).resume(),
      'error'
    )) as [{ code: unknown }]
    return error.code
  }
}
