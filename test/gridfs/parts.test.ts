import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import {
  Binary,
  BSONRegExp,
  Decimal128,
  type Document,
  Double,
  Int32,
  Long,
  MongoGridFSChunkError,
  MongoInvalidArgumentError,
  MongoOperationTimeoutError,
  ObjectId
} from '../../src/client/index.ts'
import { isSameKey } from '../../src/gridfs/bucket_indexes.ts'
import { ChunkCutter } from '../../src/gridfs/chunk_cutter.ts'
import { chunkBytes, chunkCount } from '../../src/gridfs/chunk_range.ts'
import { ChunkSequence } from '../../src/gridfs/chunk_sequence.ts'
import { equalTo, shown } from '../../src/gridfs/file_ids.ts'
import { sizesOf } from '../../src/gridfs/stored_files.ts'
import { TimeLimit } from '../../src/gridfs/time_limit.ts'
import { bytesOf } from './bench.ts'

const seed = 20_261_128

suite('what is written is cut into chunks', () => {
  test('in whatever pieces it comes: all chunks are whole but the last, which is not empty', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.integer({ min: 0, max: 25 }), { maxLength: 12 }),
        (chunkSize, sizes) => {
          const cutter = new ChunkCutter(chunkSize)
          const all = bytesOf(sizes.reduce((sum, size) => sum + size, 0))
          const chunks: Buffer[] = []
          let at = 0
          for (const size of sizes) {
            // As a caller who uses one buffer for all pieces.
            const piece = Uint8Array.from(all.subarray(at, at + size))
            for (const chunk of cutter.whole(piece)) chunks.push(Buffer.from(chunk))
            piece.fill(0xee)
            at += size
          }
          assert.ok(chunks.every(({ length }) => length === chunkSize))
          const rest = Buffer.from(cutter.rest())
          assert.ok(rest.length < chunkSize)
          assert.deepEqual(Buffer.concat([...chunks, rest]), all)
        }
      ),
      { seed }
    )
  })

  test('without a copy where a piece has a whole chunk', () => {
    const piece = bytesOf(10)
    const chunks = [...new ChunkCutter(4).whole(piece)]
    assert.deepEqual(
      chunks.map(({ buffer, byteOffset }) => [buffer === piece.buffer, byteOffset - piece.byteOffset]),
      [
        [true, 0],
        [true, 4]
      ]
    )
  })
})

const facts = { bucketName: 'fs', fileId: 7 }
const sizes = { length: 10, chunkSize: 4 }
const chunk = (n: unknown, count: number): Document => ({ n, data: new Binary(bytesOf(count)) })

function errorOf(act: () => unknown): MongoGridFSChunkError {
  try {
    act()
  } catch (error) {
    assert.ok(error instanceof MongoGridFSChunkError, String(error))
    return error
  }
  throw new assert.AssertionError({ message: 'it had to throw' })
}

suite('the chunks of a file', () => {
  test('are as many as its length takes', () => {
    for (const [length, count] of [
      [0, 0],
      [1, 1],
      [4, 1],
      [5, 2],
      [8, 2]
    ] as const)
      assert.equal(chunkCount({ length, chunkSize: 4 }), count)
    assert.deepEqual(
      [0, 1, 2].map(n => chunkBytes(sizes, n)),
      [4, 4, 2]
    )
  })

  test('of a range are those that have its bytes, and give only them', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat({ max: 60 }),
        fc.nat({ max: 60 }),
        (length, chunkSize, one, other) => {
          const [start = 0, end = 0] = [Math.min(one, length), Math.min(other, length)].toSorted((a, b) => a - b)
          const all = bytesOf(length)
          const sequence = new ChunkSequence(facts, { length, chunkSize }, { start, end })
          const parts: Uint8Array[] = []
          for (let n = sequence.first; n < sequence.end; n++)
            parts.push(
              sequence.take({ n, data: new Binary(all.subarray(n * chunkSize, Math.min(length, (n + 1) * chunkSize))) })
            )
          sequence.finish()
          assert.ok(parts.every(part => part.length > 0))
          assert.deepEqual(Buffer.concat(parts), all.subarray(start, end))
        }
      ),
      { seed }
    )
  })

  const whole = () => new ChunkSequence(facts, sizes, { start: 0, end: 10 })

  test('are all there: the error tells which is not', () => {
    const sequence = whole()
    sequence.take(chunk(0, 4))
    const missing = errorOf(() => sequence.take(chunk(2, 2)))
    assert.equal(
      missing.message,
      'ChunkIsMissing: chunk 1 of the 3 of the file with _id 7 in the bucket fs is not there'
    )
    assert.deepEqual([missing.bucketName, missing.fileId, missing.n], ['fs', 7, 1])
    sequence.take(chunk(1, 4))
    assert.match(errorOf(() => sequence.finish()).message, /chunk 2 of the 3/)
  })

  test('are no more than there should be', () => {
    const sequence = whole()
    sequence.take(chunk(0, 4))
    assert.match(
      errorOf(() => sequence.take(chunk(0, 4))).message,
      /^ExtraChunk: a chunk with n 0 of the file with _id 7 .* came where chunk 1 should have come; the file has 3 chunks/
    )
    sequence.take(chunk(1, 4))
    sequence.take(chunk(2, 2))
    const extra = errorOf(() => sequence.take(chunk(3, 4)))
    assert.match(extra.message, /a chunk with n 3 .* came behind the last; the file has 3 chunks/)
    assert.equal(extra.n, 3)
    assert.match(errorOf(() => whole().take(chunk('0', 4))).message, /a chunk with n "0"/)
  })

  test('have the sizes that they should have', () => {
    const tooLong = errorOf(() => whole().take(chunk(0, 5)))
    assert.equal(
      tooLong.message,
      'ChunkIsWrongSize: chunk 0 of the 3 of the file with _id 7 in the bucket fs has 5 bytes, and should have 4'
    )
    assert.deepEqual([tooLong.n, tooLong.expectedBytes, tooLong.actualBytes], [0, 4, 5])
    assert.match(errorOf(() => whole().take({ n: 0, data: 'text' })).message, /has no binary data, and should have 4/)
  })

  test('are not copied for who reads them', () => {
    const data = new Binary(bytesOf(4))
    assert.equal(whole().take({ n: 0, data }).buffer, data.buffer.buffer)
  })
})

suite('the document of a file', () => {
  test('may have its sizes in any numeric type', () => {
    for (const type of [
      Number,
      (value: number) => Long.fromNumber(value),
      (value: number) => new Double(value),
      (value: number) => new Int32(value)
    ])
      assert.deepEqual(sizesOf('fs', { length: type(10), chunkSize: type(4) }), sizes)
    assert.deepEqual(sizesOf('fs', { length: Decimal128.fromString('10'), chunkSize: 4 }), sizes)
  })

  test('without sizes that can be is an error that tells them', () => {
    for (const [length, chunkSize, text] of [
      [-1, 4, /length -1 and chunkSize 4/],
      [10, 0, /chunkSize 0/],
      [1.5, 4, /length 1\.5/],
      [undefined, 4, /length undefined/],
      ['10', 4, /length "10"/],
      [new ObjectId('000000000000000000000005'), 4, /length \{"\$oid"/]
    ] as const)
      assert.throws(() => sizesOf('fs', { _id: 7, length, chunkSize }), text)
  })
})

test('an identifier is looked for as itself, whatever a query would make of it', () => {
  const id = new ObjectId()
  for (const plain of [id, 'a', 1, null, new Date(0), Buffer.from('a'), Long.fromNumber(1)])
    assert.equal(equalTo(plain), plain)
  for (const special of [/a/, new BSONRegExp('a'), { $ne: null }, { a: 1 }, ['a'], new Map([['$gt', 1]])])
    assert.deepEqual(equalTo(special), { $eq: special })
})

test('values are shown in messages as far as that helps', () => {
  assert.equal(shown('a"b'), String.raw`"a\"b"`)
  assert.equal(shown(undefined), 'undefined')
  assert.equal(shown(5n), '5')
  assert.equal(shown('x'.repeat(1_000)).length, 201)
})

test('an index is the same if its fields are, in their order and by the value of numbers', () => {
  const wanted = { filename: 1, uploadDate: 1 } as const
  for (const key of [
    { filename: 1, uploadDate: 1 },
    { filename: Long.ONE, uploadDate: new Double(1) }
  ] as unknown as Record<string, number>[])
    assert.ok(isSameKey(key, wanted))
  for (const key of [
    { uploadDate: 1, filename: 1 },
    { filename: 1 },
    { filename: 1, uploadDate: -1 },
    { filename: 1, uploadDate: 1, more: 1 },
    { filename: 1, uploadDate: 'hashed' }
  ] as Record<string, number>[])
    assert.ok(!isSameKey(key, wanted))
})

suite('a limit of time for several commands', () => {
  const at = (timeoutMS: number | undefined) => {
    let now = 1_000
    const limit = new TimeLimit({ nowMS: () => now }, timeoutMS)
    return { left: () => limit.left(() => 'the work'), pass: (ms: number) => (now += ms) }
  }

  test('is what the others have left, and at its end an error with the figures', () => {
    const { left, pass } = at(75)
    assert.deepEqual(left(), { timeoutMS: 75 })
    pass(50)
    assert.deepEqual(left(), { timeoutMS: 25 })
    pass(25)
    assert.throws(left, (error: Error) => {
      assert.ok(error instanceof MongoOperationTimeoutError)
      assert.match(error.message, /^the work was not done within timeoutMS 75: 75 ms have gone/)
      return true
    })
  })

  test('of 0 is none, and stays so below', () => {
    const { left, pass } = at(0)
    pass(1e9)
    assert.deepEqual(left(), { timeoutMS: 0 })
    assert.deepEqual(at(undefined).left(), {})
  })

  test('is an integer of milliseconds', () => {
    for (const wrong of [-1, 1.5, Number.NaN, '10' as unknown as number])
      assert.throws(() => at(wrong), MongoInvalidArgumentError)
  })
})
