import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesOf, plainChunk, read, withBucket } from './bench.ts'

const seed = 20_261_128

test('what comes back is what went in, whatever the sizes of the file, its chunks, its pieces and the range', () =>
  withBucket(async ({ bench, bucket, chunks }) => {
    const property = fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 8 }),
      fc.integer({ min: 1, max: 50 }),
      fc.nat({ max: 320 }),
      fc.nat({ max: 320 }),
      async (sizes, chunkSizeBytes, one, other) => {
        const length = sizes.reduce((sum, size) => sum + size, 0)
        const bytes = bytesOf(length)
        let at = 0
        const pieces = sizes.map(size => bytes.subarray(at, (at += size)))
        const stream = bucket.openUploadStream('a', { chunkSizeBytes })
        await pipeline(Readable.from(pieces), stream)
        assert.equal(stream.gridFSFile?.length, length)
        const stored = await chunks.find({ files_id: stream.id }, { sort: { n: 1 } }).toArray()
        assert.deepEqual(
          stored.map(plainChunk).map(([, n, hex]) => [n, hex]),
          Array.from({ length: Math.ceil(length / chunkSizeBytes) }, (_, n) => [
            n,
            bytes.subarray(n * chunkSizeBytes, (n + 1) * chunkSizeBytes).toString('hex')
          ])
        )
        assert.deepEqual(await read(bucket.openDownloadStream(stream.id)), bytes)
        const [start = 0, end = 0] = [Math.min(one, length), Math.min(other, length)].toSorted((a, b) => a - b)
        const part = await read(bucket.openDownloadStream(stream.id, { start, end }))
        assert.deepEqual(part, bytes.subarray(start, end))
        assert.equal(bench.member.openCursors(), 0)
      }
    )
    await fc.assert(property, { seed, numRuns: 60 })
  }))
