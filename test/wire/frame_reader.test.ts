import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MongoUnexpectedServerResponseError } from '../../src/errors/index.ts'
import { FrameReader, WireViolationError } from '../../src/wire/index.ts'
import { peer } from './messages.ts'

fc.configureGlobal({ seed: 2_013 })

/** `bytes` long, its header's length right, its content told by `seed`. */
function frame(bytes: number, seed = 1): Buffer {
  const message = Buffer.alloc(bytes, seed)
  message.writeInt32LE(bytes, 0)
  return message
}

function announcing(length: number): Buffer {
  const bytes = Buffer.alloc(16, 0xee)
  bytes.writeInt32LE(length, 0)
  return bytes
}

/** Feeds as a transport does: one buffer, overwritten after each call. */
function feedAll(reader: FrameReader, chunks: Iterable<Uint8Array>): Buffer[] {
  const messages: Buffer[] = []
  const lent = new Uint8Array(70_000)
  for (const chunk of chunks) {
    lent.set(chunk)
    reader.feed(lent, chunk.length, {
      message: (bytes, start, end) => messages.push(Buffer.from(bytes.subarray(start, end)))
    })
    lent.fill(0xdd)
  }
  return messages
}

function* bytewise(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1)
}

const ignore = { message: () => undefined }

test('messages that arrive byte by byte are those that arrive whole', () => {
  const messages = [frame(16), frame(17, 2), frame(5000, 3), frame(16, 4), frame(40_000, 5)]
  const stream = Buffer.concat(messages)
  assert.deepEqual(feedAll(new FrameReader(peer), bytewise(stream)), messages)
  assert.deepEqual(feedAll(new FrameReader(peer), [stream]), messages)
})

test('any cut of the bytes gives the same messages', () => {
  const lengths = fc.array(fc.integer({ min: 16, max: 9000 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(lengths, fc.array(fc.integer({ min: 1, max: 6000 }), { minLength: 1 }), (sizes, cuts) => {
      const messages = sizes.map((size, index) => frame(size, index + 1))
      const stream = Buffer.concat(messages)
      const chunks: Buffer[] = []
      for (let at = 0, cut = 0; at < stream.length; cut++) {
        const length = cuts[cut % cuts.length]!
        chunks.push(stream.subarray(at, at + length))
        at += length
      }
      const reader = new FrameReader(peer)
      assert.deepEqual(feedAll(reader, chunks), messages)
      assert.equal(reader.heldBytes, 0)
    })
  )
})

test('a message that lies whole in the lent buffer is passed on in place', () => {
  const lent = Buffer.concat([frame(20), frame(30)])
  const places: unknown[] = []
  new FrameReader(peer).feed(lent, lent.length, {
    message: (bytes, start, end) => places.push([bytes === lent, start, end])
  })
  assert.deepEqual(places, [
    [true, 0, 20],
    [true, 20, 50]
  ])
})

test('bytes beyond the length that was lent are not read', () => {
  const lent = Buffer.concat([frame(20), frame(20)])
  const reader = new FrameReader(peer)
  let count = 0
  reader.feed(lent, 23, { message: () => count++ })
  assert.equal(count, 1)
  assert.equal(reader.heldBytes, 3)
})

const max = 48_016_384

for (const [length, legal] of [
  [-1, false],
  [-(2 ** 31), false],
  [0, false],
  [1, false],
  [15, false],
  [16, true],
  [20, true],
  [max, true],
  [max + 1, false],
  [2 ** 31 - 1, false]
] as const) {
  for (const [name, cut] of [
    ['whole', (bytes: Uint8Array) => [bytes]],
    ['byte by byte', bytewise]
  ] as const) {
    test(`a length of ${length}, ${name}, is ${legal ? 'taken' : 'refused'}`, () => {
      const feed = () => feedAll(new FrameReader(peer), cut(announcing(length)))
      if (legal) feed()
      else assert.throws(feed, WireViolationError)
    })
  }
}

test('a violation names the peer, the length and the limit, in its text and as fields', () => {
  assert.throws(
    () => new FrameReader(peer, 1000).feed(announcing(1001), 16, ignore),
    (error: unknown) => {
      assert.ok(error instanceof WireViolationError && error instanceof MongoUnexpectedServerResponseError)
      assert.equal(error.name, 'MongoUnexpectedServerResponseError')
      assert.match(error.message, /^db1\.example:27017 .* 1001 bytes; 16 to 1000 /)
      assert.deepEqual([error.peer, error.observed, error.expected], [peer, 1001, 1000])
      return true
    }
  )
})

test('the limit that a connection sets holds for the next message', () => {
  const reader = new FrameReader(peer, 100)
  assert.throws(() => reader.feed(frame(101), 101, ignore), WireViolationError)
  const raised = new FrameReader(peer, 100)
  raised.messageBytesMax = 101
  raised.feed(frame(101), 101, ignore)
})

test('a limit that is lowered while a message is in pieces does not break that message', () => {
  const reader = new FrameReader(peer, 10_000)
  const message = frame(9000)
  reader.feed(message, 5000, ignore)
  reader.messageBytesMax = 6000
  const rest = message.subarray(5000)
  let received = 0
  reader.feed(rest, rest.length, { message: (_, start, end) => (received = end - start) })
  assert.equal(received, 9000)
})

test('a web server is recognised, and the error asks whether the peer is a MongoDB server', () => {
  for (const cut of [(bytes: Uint8Array) => [bytes], bytewise]) {
    const answer = Buffer.from('HTTP/1.1 400 Bad Request\r\n')
    assert.throws(() => feedAll(new FrameReader(peer), cut(answer)), /"HTTP.*Is it a MongoDB server/)
  }
})

test('a TLS record as the first bytes is recognised; the same bytes later are a length', () => {
  for (const record of ['15030300020228', '16030100c8010000']) {
    const bytes = Buffer.from(record, 'hex')
    assert.throws(() => feedAll(new FrameReader(peer), [bytes]), /those of TLS\. Is the option tls missing/)
    const reader = new FrameReader(peer)
    assert.equal(feedAll(reader, [Buffer.concat([frame(16), bytes])]).length, 1)
  }
})

test('a violation stops the reader for good', () => {
  const reader = new FrameReader(peer)
  assert.throws(() => reader.feed(announcing(3), 16, ignore), WireViolationError)
  assert.deepEqual(feedAll(reader, [frame(20), ...bytewise(frame(20))]), [])
  assert.equal(reader.heldBytes, 0)
})

test('messages before a violation in the same bytes are passed on', () => {
  const lent = Buffer.concat([frame(20), frame(30), announcing(5)])
  let count = 0
  assert.throws(() => new FrameReader(peer).feed(lent, lent.length, { message: () => count++ }), WireViolationError)
  assert.equal(count, 2)
})

test('what the sink throws reaches the caller and stops the reader, in place or from pieces', () => {
  const own = new Error('own')
  const throwing = {
    message: () => {
      throw own
    }
  }
  for (const first of [0, 10]) {
    const reader = new FrameReader(peer)
    const lent = Buffer.concat([frame(20), frame(20)])
    reader.feed(lent, first, ignore)
    const rest = lent.subarray(first)
    assert.throws(() => reader.feed(rest, rest.length, throwing), own)
    assert.equal(reader.heldBytes, 0)
    assert.deepEqual(feedAll(reader, [frame(20)]), [])
  }
})

test('a reader that the sink stops passes nothing on any more', () => {
  for (const first of [0, 10]) {
    const reader = new FrameReader(peer)
    const lent = Buffer.concat([frame(20), frame(20), Buffer.alloc(3)])
    let count = 0
    const stopping = {
      message: () => {
        count++
        reader.stop()
      }
    }
    reader.feed(lent, first, ignore)
    reader.feed(lent.subarray(first), lent.length - first, stopping)
    assert.equal(count, 1)
    assert.equal(reader.heldBytes, 0)
  }
})

test('an announced length reserves nothing: memory follows the bytes that have arrived', () => {
  const reader = new FrameReader(peer)
  const before = process.memoryUsage().arrayBuffers
  reader.feed(announcing(max), 16, ignore)
  const one = Buffer.alloc(1)
  for (let i = 0; i < 100_000; i++) reader.feed(one, 1, ignore)
  assert.equal(reader.heldBytes, 100_016)
  // Collected or not, every size that the buffer grew through is less than 1 MiB together.
  assert.ok(process.memoryUsage().arrayBuffers - before < 1024 * 1024)
})

test("memory that one reader has given back is the next one's, and a message that is read is never written over", () => {
  const readers = [new FrameReader(peer), new FrameReader(peer)] as const
  const frames = [frame(200_000, 3), frame(220_000, 4)] as const
  const read: Buffer[] = []
  for (let round = 0; round < 3; round++) {
    // Two messages grow side by side, and the second one begins anew while the first is being read.
    for (let at = 0; at < 220_000; at += 50_000) {
      for (const [index, reader] of readers.entries()) {
        const chunk = (frames[index] as Buffer).subarray(at, at + 50_000)
        reader.feed(chunk, chunk.length, {
          message: (bytes, start, end) => {
            const other = new FrameReader(peer)
            other.feed(frame(150_000, 9), 100_000, { message: () => assert.fail('it is not complete') })
            read.push(Buffer.from(bytes.subarray(start, end)))
          }
        })
      }
    }
  }
  assert.equal(read.length, 6)
  for (const [index, message] of read.entries()) assert.deepEqual(message, frames[index % 2])
})
