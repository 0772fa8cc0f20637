import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { type Codec, CodecMissingError, type CompressorName } from '../../src/runtime/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import {
  commonCompressors,
  compressed,
  decompressed,
  FrameReader,
  isCompressed,
  type WireCompressor,
  wireCompressor,
  WireViolationError
} from '../../src/wire/index.ts'
import { body, messageOf, peer, sequence } from './messages.ts'

fc.configureGlobal({ seed: 2_012 })

const messageBytesMax = 48_000_000
const zlib = zlibOf(-1)
const plain = messageOf([body({ insert: 'orders', $db: 'shop' }), sequence('documents', [{ a: 'x'.repeat(500) }])])

function zlibOf(zlibLevel: number): WireCompressor {
  return wireCompressor('zlib', nodeRuntime().compression.codec('zlib', { zlibLevel }))
}

function restore(bytes: Uint8Array, agreed: readonly WireCompressor[] = [zlib], bytesMax = messageBytesMax): Buffer {
  return Buffer.from(decompressed(bytes, 0, bytes.length, agreed, peer, bytesMax).message)
}

interface Parts {
  readonly original?: number
  readonly size?: number
  readonly id?: number
  readonly content?: Uint8Array
}

/** An OP_COMPRESSED put together by hand. */
function wrapped({
  original = 2013,
  size = plain.length - 16,
  id = 2,
  content = deflateSync(plain.subarray(16))
}: Parts): Buffer {
  const header = Buffer.alloc(25)
  header.writeInt32LE(25 + content.length, 0)
  header.writeInt32LE(7, 4)
  header.writeInt32LE(3, 8)
  header.writeInt32LE(2012, 12)
  header.writeInt32LE(original, 16)
  header.writeInt32LE(size, 20)
  header.writeUInt8(id, 24)
  return Buffer.concat([header, content])
}

function refused(message: RegExp) {
  return (error: unknown): true => {
    assert.ok(error instanceof WireViolationError, String(error))
    assert.equal(error.peer, peer)
    assert.match(error.message, message)
    return true
  }
}

test('the layout is the specification’s, byte for byte', () => {
  const bytes = Buffer.from(compressed(plain, zlib, messageBytesMax))
  assert.deepEqual(
    [0, 4, 8, 12, 16, 20].map(at => bytes.readInt32LE(at)),
    [bytes.length, 7, 3, 2012, 2013, plain.length - 16]
  )
  assert.equal(bytes[24], 2)
  assert.ok(isCompressed(bytes, 0) && !isCompressed(plain, 0))
  assert.ok(bytes.length < plain.length / 2, `${bytes.length} of ${plain.length} bytes`)
  assert.deepEqual(restore(wrapped({})), plain)
})

test('any message and any level comes out as it went in, wherever it lies', () => {
  const content = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 70_000 }),
    fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.integer({ min: 1, max: 20_000 }))
      .map(([unit, times]) => Buffer.concat(Array.from({ length: times }, () => unit)))
  )
  fc.assert(
    fc.property(content, fc.integer({ min: -1, max: 9 }), fc.nat(40), (bytes, level, before) => {
      const message = Buffer.concat([Buffer.alloc(16), bytes])
      message.writeInt32LE(message.length, 0)
      message.writeInt32LE(2004, 12)
      const packed = compressed(message, zlibOf(level), messageBytesMax)
      const place = Buffer.concat([Buffer.alloc(before, 0xee), packed, Buffer.alloc(3, 0xee)])
      const { message: restored, by } = decompressed(
        place,
        before,
        before + packed.length,
        [zlib],
        peer,
        messageBytesMax
      )
      assert.deepEqual(Buffer.from(restored), message)
      assert.equal(by, zlib)
    }),
    { numRuns: 150 }
  )
})

test('a compressed message in any pieces is the one that was sent', () => {
  const bytes = Buffer.from(compressed(plain, zlib, messageBytesMax))
  for (let cut = 0; cut <= bytes.length; cut++) {
    const reader = new FrameReader(peer)
    const messages: Buffer[] = []
    const sink = {
      message: (lent: Uint8Array, start: number, end: number) => {
        messages.push(Buffer.from(decompressed(lent, start, end, [zlib], peer, messageBytesMax).message))
      }
    }
    for (const piece of [bytes.subarray(0, cut), bytes.subarray(cut)]) reader.feed(piece, piece.length, sink)
    assert.deepEqual(messages, [plain])
  }
})

test('the bytes of the message may be reused at once', () => {
  const message = Buffer.from(plain)
  const bytes = compressed(message, zlib, messageBytesMax)
  message.fill(0xdd)
  assert.deepEqual(restore(bytes), plain)
})

for (const name of [
  'hello',
  'isMaster',
  'ismaster',
  'saslStart',
  'saslContinue',
  'getnonce',
  'authenticate',
  'createUser',
  'updateUser',
  'copydbSaslStart',
  'copydbsaslstart',
  'copydbgetnonce',
  'copydb'
])
  test(`${name} is never compressed`, () => {
    const message = messageOf([body({ [name]: 1, padding: 'x'.repeat(500), $db: 'admin' })])
    assert.equal(compressed(message, zlib, messageBytesMax), message)
  })

test('a command is compressed whatever its arguments are called, and however short it is', () => {
  const message = messageOf([body({ ping: 1, hello: 1, saslStart: 1 })])
  assert.ok(isCompressed(compressed(message, zlib, messageBytesMax), 0))
})

test('a message that would only become longer than the other end takes goes as it is', () => {
  const noise = messageOf([
    body({ insert: 'x', noise: Buffer.from(Array.from({ length: 200 }, (_, i) => (i * 167) % 256)) })
  ])
  assert.equal(compressed(noise, zlib, noise.length), noise)
  assert.ok(isCompressed(compressed(noise, zlib, noise.length + 100), 0))
})

const bomb = deflateSync(Buffer.alloc(20_000_000))
const hostile: readonly [string, Parts, RegExp][] = [
  ['announces nothing', { size: 0 }, /announces 0 bytes; 1 to 47999984 are possible/],
  ['announces a negative size', { size: -1 }, /announces -1 bytes; 1 to/],
  ['announces more than a message may have', { size: messageBytesMax - 15 }, /announces 47999985 bytes; 1 to 47999984/],
  ['announces less than it becomes', { size: plain.length - 17 }, /by zlib does not become the \d+ bytes .*more than/],
  ['announces more than it becomes', { size: plain.length }, /by zlib does not become .*: it becomes \d+ bytes/],
  ['is a bomb', { size: 1000, content: bomb }, /does not become the 1000 bytes .*: it becomes more than 1000 bytes/],
  ['is cut short', { content: deflateSync(plain.subarray(16)).subarray(0, -5) }, /unexpected end of file/],
  ['has no content', { content: new Uint8Array(0) }, /does not become/],
  [
    'has bytes behind its end',
    { content: Buffer.concat([deflateSync(plain.subarray(16)), Buffer.from('more')]) },
    /: 4 bytes follow its end/
  ],
  ['is not compressed at all', { content: Buffer.from('some plain text') }, /incorrect header check/],
  ['is compressed a second time', { original: 2012 }, /a compressed message inside a compressed message/],
  ['names no compressor', { id: 0 }, /compressed by compressor 0; agreed on: 2 \(zlib\)/],
  ['names one that was not agreed on', { id: 1 }, /compressed by compressor 1; agreed on: 2 \(zlib\)/],
  ['names one that nobody knows', { id: 255 }, /compressed by compressor 255;/]
]
for (const [what, parts, message] of hostile)
  test(`a compressed message that ${what} is refused`, () =>
    assert.throws(() => restore(wrapped(parts)), refused(message)))

test('a compressed message that ends in its own header is refused, and no byte behind it is read', () => {
  const bytes = wrapped({})
  for (let end = 16; end < 25; end++)
    assert.throws(
      () => decompressed(bytes, 0, end, [zlib], peer, messageBytesMax),
      refused(new RegExp(`an OP_COMPRESSED of ${end} bytes; at least 25 are needed`))
    )
})

test('a damaged message is refused or becomes what it announces, and nothing else', () => {
  const bytes = wrapped({})
  fc.assert(
    fc.property(fc.integer({ min: 16, max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = Buffer.from(bytes)
      damaged[at] = damaged[at]! ^ change
      try {
        assert.equal(restore(damaged).length, damaged.readInt32LE(20) + 16)
      } catch (error) {
        assert.ok(error instanceof WireViolationError, String(error))
      }
    }),
    { numRuns: 500 }
  )
})

test('a bomb costs no more memory than the size that it announces and a piece or two', t => {
  const bytes = wrapped({ size: 100_000, content: bomb })
  const allocate = t.mock.method(Buffer, 'allocUnsafe')
  assert.throws(() => restore(bytes), refused(/more than 100000 bytes/))
  const allocatedBytes = allocate.mock.calls.reduce((sum, call) => sum + call.arguments[0], 0)
  assert.ok(allocatedBytes >= 100_000 && allocatedBytes <= 100_000 + 2 * 64 * 1024, `${allocatedBytes} bytes`)
})

test('a codec’s own failure is the cause of the violation, with what and where', () => {
  const cause = new Error('it is broken')
  const codec: Codec = {
    compress: bytes => bytes,
    decompress: () => {
      throw cause
    }
  }
  try {
    restore(wrapped({ id: 3 }), [wireCompressor('zstd', codec)])
    assert.fail('nothing was thrown')
  } catch (error) {
    assert.ok(error instanceof WireViolationError)
    assert.match(error.message, /compressed by zstd .*: it is broken/)
    assert.equal(error.cause, cause)
    assert.equal(error.expected, plain.length - 16)
  }
})

test('agreed on is what both ends name, in the order of the one that asks', () => {
  const codec: Codec = { compress: bytes => bytes, decompress: bytes => bytes }
  const own = (['zstd', 'zlib', 'snappy'] as const).map(name => wireCompressor(name, codec))
  const names = (named: unknown): string[] => commonCompressors(own, named).map(({ name }) => name)
  assert.deepEqual(names(['snappy', 'zlib']), ['zlib', 'snappy'])
  assert.deepEqual(names(['noop', 'lzma', 7, null]), [])
  for (const nothing of [undefined, null, 'zlib', {}, []]) assert.deepEqual(names(nothing), [])
  assert.deepEqual(
    own.map(({ id }) => id),
    [3, 2, 1]
  )
})

for (const name of ['snappy', 'zlib', 'zstd'] satisfies CompressorName[])
  test(`${name} keeps the contract of compressors, or says what is missing`, () => {
    let codec: Codec
    try {
      codec = nodeRuntime().compression.codec(name, { zlibLevel: -1 })
    } catch (error) {
      assert.ok(error instanceof CodecMissingError)
      assert.match(error.message, name === 'zstd' ? /zstd needs Node\.js 22\.15 or later/ : /npm install snappy/)
      assert.notEqual(name, 'zlib')
      return
    }
    const one = wireCompressor(name, codec)
    const bytes = compressed(plain, one, messageBytesMax)
    assert.ok(bytes.length < plain.length / 2)
    assert.deepEqual(restore(bytes, [one]), plain)
    for (const lie of [-1, 1]) {
      const lying = Buffer.from(bytes)
      lying.writeInt32LE(plain.length - 16 + lie, 20)
      assert.throws(() => restore(lying, [one]), refused(/does not become the/))
    }
    for (const wrong of [bytes.subarray(0, -3), Buffer.concat([bytes, Buffer.from('more')])])
      assert.throws(() => restore(wrong, [one]), refused(/does not become the/))
  })
