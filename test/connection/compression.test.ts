import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Document } from '../../src/bson/index.ts'
import type { Connection } from '../../src/connection/index.ts'
import type { Codec, CompressorName } from '../../src/runtime/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import {
  compressed,
  decompressed,
  isCompressed,
  type WireCompressor,
  wireCompressor,
  WireViolationError
} from '../../src/wire/index.ts'
import { Ping } from './exchanges.ts'
import { address, handDial, type HandTransport } from './hand_network.ts'
import { helloDocument, type ReadRequest, readRequest, replyBytes, type ReplyHeader } from './messages.ts'

const bytesMax = 48_000_000
const zlib = wireCompressor('zlib', nodeRuntime().compression.codec('zlib', { zlibLevel: -1 }))

/** Turns each bit over: for connections it is as good as any other. */
const turning: Codec = { compress: turned, decompress: turned }
const snappy = wireCompressor('snappy', turning)
const zstd = wireCompressor('zstd', turning)

function turned(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes, byte => byte ^ 0xff)
}

interface Established {
  readonly connection: Connection
  readonly transport: HandTransport
}

function established(compressors: readonly WireCompressor[], hello: Document): Established {
  const { transport, outcome } = handDial({ compressors })
  transport.receive(replyBytes({ responseTo: transport.lastRequest.requestId }, { ...helloDocument, ...hello }))
  assert.ok(outcome.connection, outcome.error)
  return { connection: outcome.connection, transport }
}

function packedReply(by: WireCompressor, header: ReplyHeader, document: Document = {}): Uint8Array {
  return compressed(replyBytes(header, document), by, bytesMax)
}

/** What was written last, which must have been compressed by this one. */
function unpackedRequest(transport: HandTransport, by: WireCompressor): ReadRequest {
  const bytes = transport.writes.at(-1)!
  assert.ok(isCompressed(bytes, 0))
  return readRequest(decompressed(bytes, 0, bytes.length, [by], address, bytesMax).message)
}

function offeredBy(purpose: 'pool' | 'monitor' | 'roundTripTime'): readonly CompressorName[] {
  return handDial({ purpose, compressors: [zstd, zlib] }).transport.lastRequest.document['compression']
}

test('the hello of a pool’s connection offers the compressors in their order, and is not compressed', () => {
  assert.deepEqual(offeredBy('pool'), ['zstd', 'zlib'])
})

test('monitors offer none, since nothing that they send may be compressed', () => {
  assert.deepEqual(offeredBy('monitor'), [])
  assert.deepEqual(offeredBy('roundTripTime'), [])
})

test('commands go by the first compressor of the client’s list that the server has, whatever the server’s order', () => {
  const { connection, transport } = established([snappy, zstd, zlib], { compression: ['zlib', 'zstd'] })
  connection.start(new Ping())
  assert.deepEqual(Object.keys(unpackedRequest(transport, zstd).document), ['ping', '$db'])
})

test('a reply may come by any compressor that was agreed on, or as it is', () => {
  const { connection, transport } = established([zstd, zlib], { compression: ['zstd', 'zlib'] })
  for (const reply of [
    (responseTo: number) => packedReply(zlib, { responseTo }, { n: 5 }),
    (responseTo: number) => packedReply(zstd, { responseTo }, { n: 5 }),
    (responseTo: number) => replyBytes({ responseTo }, { n: 5 })
  ]) {
    const ping = new Ping()
    connection.start(ping)
    transport.receive(reply(ping.requestId))
    assert.deepEqual(ping.replies, [{ ok: 1, n: 5 }])
  }
  assert.equal(connection.broken, undefined)
})

test('a compressed reply in pieces of one byte is put together', () => {
  const { connection, transport } = established([zlib], { compression: ['zlib'] })
  const ping = new Ping()
  connection.start(ping)
  for (const byte of packedReply(zlib, { responseTo: ping.requestId }, { n: 5 })) transport.receive(Uint8Array.of(byte))
  assert.deepEqual(ping.replies, [{ ok: 1, n: 5 }])
})

test('replies that stream may be compressed, each by itself', () => {
  const { connection, transport } = established([zlib], { compression: ['zlib'] })
  const ping = new Ping({ exhaustAllowed: true })
  connection.start(ping)
  transport.receive(
    packedReply(zlib, { responseTo: ping.requestId, requestId: 8, moreToCome: true }, { n: 1 }),
    packedReply(zlib, { responseTo: 8, requestId: 9 }, { n: 2 })
  )
  assert.deepEqual(
    ping.replies.map(({ n }) => n),
    [1, 2]
  )
  assert.equal(connection.broken, undefined)
})

test('the reply to the hello may be compressed already, by what it was offered', () => {
  const { transport, outcome } = handDial({ compressors: [zlib] })
  const { requestId: responseTo } = transport.lastRequest
  transport.receive(packedReply(zlib, { responseTo }, { ...helloDocument, compression: ['zlib'] }))
  assert.ok(outcome.connection, outcome.error)
  outcome.connection.start(new Ping())
  unpackedRequest(transport, zlib)
})

for (const [what, answer] of [
  ['has none of them', {}],
  ['names others', { compression: ['lzma', 'noop'] }],
  ['answers with something else than a list', { compression: 'zlib' }]
] as const)
  test(`a server that ${what} gets commands as they are, and may not compress`, () => {
    const { connection, transport } = established([zlib], answer)
    const ping = new Ping()
    connection.start(ping)
    assert.equal(transport.lastRequest.requestId, ping.requestId)
    transport.receive(packedReply(zlib, { responseTo: ping.requestId }))
    assert.match(ping.failures[0]!.error.message, /db1\.test:27017 .*compressed message, and no compression was agreed/)
    assert.ok(connection.broken instanceof WireViolationError)
  })

test('a reply by a compressor that only one side named breaks the connection', () => {
  const { connection, transport } = established([zstd, zlib], { compression: ['zlib'] })
  const ping = new Ping()
  connection.start(ping)
  transport.receive(packedReply(zstd, { responseTo: ping.requestId }))
  const [failure] = ping.failures
  assert.ok(failure?.error instanceof WireViolationError)
  assert.match(failure.error.message, /db1\.test:27017 .*compressed by compressor 3; agreed on: 2 \(zlib\)/)
  assert.equal(connection.broken, failure.error)
  assert.equal(transport.destroyed, 1)
})

test('a reply that would become longer than the server said it sends at most breaks the connection', () => {
  const { connection, transport } = established([zlib], { compression: ['zlib'], maxMessageSizeBytes: 1000 })
  const ping = new Ping()
  connection.start(ping)
  transport.receive(packedReply(zlib, { responseTo: ping.requestId }, { text: 'x'.repeat(1000 + 16 * 1024) }))
  assert.match(ping.failures[0]!.error.message, /announces \d+ bytes; 1 to 17368 are possible/)
})

test('a command that its compressor cannot take fails as unwritten, and the connection goes on', () => {
  const thrown = new Error('no memory')
  let failing = true
  const codec: Codec = {
    ...turning,
    compress: bytes => {
      if (failing) throw thrown
      return turned(bytes)
    }
  }
  const weak = wireCompressor('snappy', codec)
  const { connection, transport } = established([weak], { compression: ['snappy'] })
  const writes = transport.writes.length
  const ping = new Ping()
  connection.start(ping)
  assert.deepEqual(ping.failures, [{ error: thrown, wrote: false }])
  assert.equal(transport.writes.length, writes)
  failing = false
  const next = new Ping()
  connection.start(next)
  transport.receive(packedReply(weak, { responseTo: next.requestId }))
  assert.equal(next.replies.length, 1)
})

test('a compressed command has bytes of its own: the next may be written while it is not flushed', () => {
  const { connection, transport } = established([zlib], { compression: ['zlib'] })
  const first = new Ping()
  connection.start(first)
  transport.receive(replyBytes({ responseTo: first.requestId }))
  const kept = Buffer.from(transport.writes.at(-1)!)
  const lent = transport.writes.at(-1)!
  connection.start(new Ping())
  assert.deepEqual(Buffer.from(lent), kept)
})
