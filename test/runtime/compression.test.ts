import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CodecMissingError } from '../../src/runtime/index.ts'
import { zstdCodec } from '../../src/runtime/node/compression.ts'
import { type SnappyLibrary, snappyCodec } from '../../src/runtime/node/snappy.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'

/** Blocks of the format with one literal of at most 60 bytes: a length, a tag, the bytes. Counts what it is made to allocate. */
class LiteralSnappy implements SnappyLibrary {
  allocatedBytes = 0

  compressSync(bytes: Uint8Array): Uint8Array {
    return Buffer.from([bytes.length, (bytes.length - 1) << 2, ...bytes])
  }

  uncompressSync(bytes: Uint8Array): Uint8Array {
    this.allocatedBytes += bytes[0]!
    return Buffer.from(bytes.subarray(2))
  }
}

test('snappy: what is announced in front is compared before the library allocates it', () => {
  const library = new LiteralSnappy()
  const codec = snappyCodec(library)
  const text = Buffer.from('forty bytes of text or a few less')
  const packed = codec.compress(text)
  assert.deepEqual(codec.decompress(packed, text.length), text)
  assert.equal(library.allocatedBytes, text.length)
  assert.throws(() => codec.decompress(packed, text.length - 1), /announces 33 bytes/)
  // 2^31 - 1, in five bytes.
  const huge = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x07, 0, 1)
  assert.throws(() => codec.decompress(huge, 100), /announces 2147483647 bytes/)
  assert.equal(library.allocatedBytes, text.length, 'nothing more was allocated')
})

test('snappy: a length without an end, or with too many bytes, is none', () => {
  const codec = snappyCodec(new LiteralSnappy())
  for (const bytes of [[], [0x80], [0x80, 0x80, 0x80, 0x80, 0x80, 0x01]])
    assert.throws(() => codec.decompress(Uint8Array.from(bytes), 1), /announces no bytes/)
})

test('snappy: a library that gives another length than it announces is not believed', () => {
  const codec = snappyCodec(new LiteralSnappy())
  assert.throws(() => codec.decompress(Uint8Array.of(5, 0, 1, 2, 3), 5), /becomes 3 bytes/)
})

test('zstd: a version of Node.js without it is told which has it', () => {
  assert.throws(
    () => zstdCodec({}),
    error =>
      error instanceof CodecMissingError && error.message.startsWith('zstd needs Node.js 22.15 or later, and this is v')
  )
})

test('zlib: both Runtimes make the same bytes, the levels differ', () => {
  const text = Buffer.from(Array.from({ length: 300 }, (_, i) => `order ${i % 7} of ${i}`).join())
  const bytesOf = (zlibLevel: number, { compression } = nodeRuntime()): Uint8Array =>
    compression.codec('zlib', { zlibLevel }).compress(text)
  assert.deepEqual(bytesOf(-1), bytesOf(-1, virtualRuntime({ seed: 1 })))
  assert.ok(bytesOf(0).length > text.length)
  assert.ok(bytesOf(9).length < bytesOf(1).length)
})

test('zlib: a message of any length goes through its own window', () => {
  const codec = nodeRuntime().compression.codec('zlib', { zlibLevel: -1 })
  for (const length of [1, 2, 255, 256, 257, 511, 512, 513, 32_767, 32_768, 32_769, 65_535, 65_536, 1_000_000]) {
    const bytes = Buffer.from(Array.from({ length }, (_, i) => (i * i) % 251))
    assert.deepEqual(codec.decompress(codec.compress(bytes), length), bytes, `${length} bytes`)
  }
})
