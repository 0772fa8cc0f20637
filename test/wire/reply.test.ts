import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BSON, type Document, Double, Int32, Long, Timestamp } from '../../src/bson/index.ts'
import { FrameReader, Message, MessageWriter, Reply, WireViolationError } from '../../src/wire/index.ts'
import { anyDocument, everyType } from '../bson/documents.ts'
import { body, cursorReply, messageOf, peer } from './messages.ts'

fc.configureGlobal({ seed: 2_013 })

const message = new Message(peer)
const reply = new Reply(peer, message)

function scanned(document: Document): Reply {
  const bytes = messageOf([body(document)])
  message.read(bytes, 0, bytes.length)
  reply.scan()
  return reply
}

test('success is told from every type that servers use for it', () => {
  for (const ok of [new Double(1), new Int32(1), Long.ONE, true]) assert.equal(scanned({ a: 1, ok }).ok, true)
  for (const ok of [new Double(0), new Int32(0), Long.ZERO, false, 'yes', null]) assert.equal(scanned({ ok }).ok, false)
  assert.equal(scanned({}).ok, false)
})

test('a cursor: id, namespace, and the batch appended to what is there', () => {
  scanned(cursorReply([{ a: 1 }, { b: 2 }], Long.fromString('-8123456789012345678')))
  const into: Document[] = [{ first: true }]
  assert.equal(reply.hasCursor, true)
  assert.equal(reply.cursorId().toString(), '-8123456789012345678')
  assert.equal(reply.namespace(), 'shop.orders')
  assert.equal(reply.batch(into), 2)
  assert.deepEqual(into, [{ first: true }, { a: 1 }, { b: 2 }])
})

test('the token of a batch is a document of its own, and is not the one of an earlier reply', () => {
  const batch = { nextBatch: [], id: Long.ONE, ns: 'a.b' }
  scanned({ cursor: { ...batch, postBatchResumeToken: { _data: '82' } }, ok: 1 })
  assert.deepEqual(reply.postBatchResumeToken(), { _data: '82' })
  for (const cursor of [batch, { ...batch, postBatchResumeToken: '82' }])
    assert.equal(scanned({ cursor, ok: 1 }).postBatchResumeToken(), undefined)
})

test('the next batch is found like the first', () => {
  const into: Document[] = []
  scanned({ cursor: { nextBatch: [{ c: 3 }], id: Long.ZERO, ns: 'a.b' }, ok: 1 })
  assert.equal(reply.batch(into), 1)
  assert.equal(reply.cursorId().isZero(), true)
})

test('a cursor without an id of its type is none: its batch must not pass for a whole result', () => {
  for (const cursor of [{ firstBatch: [] }, { firstBatch: [], id: 5.5 }, { id: Long.ONE }, 'text']) {
    assert.equal(scanned({ cursor, ok: 1 }).hasCursor, false)
    assert.equal(reply.batch([]), 0)
  }
})

test('a write tells its counts, and whether there is more to read', () => {
  const counts = (document: Document) => {
    const { n, nModified, hasWriteDetails } = scanned(document)
    return { n, nModified, hasWriteDetails }
  }
  assert.deepEqual(counts({ n: 3, nModified: 2, ok: 1 }), { n: 3, nModified: 2, hasWriteDetails: false })
  assert.deepEqual(counts({ n: Long.fromNumber(5), ok: 1 }), { n: 5, nModified: undefined, hasWriteDetails: false })
  assert.deepEqual(counts({ n: 'three', ok: 1 }), { n: undefined, nModified: undefined, hasWriteDetails: false })
  for (const details of [{ writeErrors: [] }, { writeConcernError: { code: 64 } }, { upserted: [] }])
    assert.deepEqual(counts({ n: 1, ...details, ok: 1 }), { n: 1, nModified: undefined, hasWriteDetails: true })
})

test('the cluster time is told as unsigned numbers, and its document as bytes of its own', () => {
  const document = cursorReply([])
  const bytes = messageOf([body(document)])
  message.read(bytes, 0, bytes.length)
  reply.scan()
  assert.deepEqual(
    [reply.hasClusterTime, reply.clusterTimeSeconds, reply.clusterTimeIncrement],
    [true, 4_000_000_000, 3]
  )
  const kept = reply.clusterTimeInto(undefined)
  const time = reply.operationTime()
  bytes.fill(0xdd)
  assert.deepEqual(kept, BSON.serialize(document['$clusterTime']))
  assert.deepEqual(time, new Timestamp({ t: 4_000_000_000, i: 2 }))
})

test('what a router tells of a transaction is a copy, and nothing else is taken for it', () => {
  const recoveryToken = { shard: 'a', n: new Int32(5) }
  const bytes = messageOf([body({ n: 1, recoveryToken, ok: 1 })])
  message.read(bytes, 0, bytes.length)
  reply.scan()
  const token = reply.recoveryToken()
  bytes.fill(0xdd)
  assert.deepEqual(token, BSON.serialize(recoveryToken))
  for (const other of ['text', 5, [1]])
    assert.equal(scanned({ recoveryToken: other, ok: 1 }).recoveryToken(), undefined)
  assert.equal(scanned({ cursor: { recoveryToken }, ok: 1 }).recoveryToken(), undefined)
})

test('a failed reply tells code and labels', () => {
  const labels = ['RetryableWriteError', 'größe']
  scanned({ ok: 0, errmsg: 'no', code: 91, codeName: 'ShutdownInProgress', errorLabels: labels })
  assert.equal(reply.ok, false)
  assert.equal(reply.code, 91)
  assert.deepEqual(reply.errorLabels(), labels)
})

test('nothing of one reply is left in the next', () => {
  scanned({ ...cursorReply([{ a: 1 }], Long.fromNumber(5)), code: 3, errorLabels: ['one'] })
  scanned({ other: 1 })
  assert.deepEqual(
    [reply.ok, reply.code, reply.hasCursor, reply.hasClusterTime, reply.namespace(), reply.operationTime()],
    [false, undefined, false, false, undefined, undefined]
  )
  assert.equal(reply.cursorId().isZero(), true)
  assert.equal(reply.clusterTimeInto(undefined), undefined)
  assert.deepEqual(reply.errorLabels(), [])
  assert.equal(reply.batch([]), 0)
})

const time = fc.tuple(fc.nat(), fc.nat()).map(([t, i]) => new Timestamp({ t, i }))
const anyReply = fc
  .record(
    {
      ok: fc.oneof(fc.constantFrom(new Double(1), new Double(0), new Int32(1), true), fc.string()),
      code: fc.oneof(fc.integer(), fc.string()),
      errorLabels: fc.oneof(fc.array(fc.oneof(fc.string(), fc.integer())), fc.string()),
      operationTime: fc.oneof(time, fc.integer()),
      $clusterTime: fc.oneof(fc.record({ clusterTime: time, signature: anyDocument }), anyDocument, fc.integer()),
      cursor: fc.oneof(
        fc.record({
          id: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(id => Long.fromBigInt(id)),
          firstBatch: fc.array(anyDocument, { maxLength: 4 }),
          ns: fc.string()
        }),
        anyDocument
      ),
      other: anyDocument
    },
    { requiredKeys: [] }
  )
  .chain(fields => fc.shuffledSubarray(Object.entries(fields)).map(entries => Object.fromEntries(entries) as Document))

test('the scan says what a full decoding of the reply says', () => {
  fc.assert(
    fc.property(anyReply, document => {
      scanned(document)
      const full = reply.document({ promoteLongs: false, promoteValues: false })
      const plain = reply.document()
      assert.equal(reply.ok, plain['ok'] === 1 || plain['ok'] === true)
      assert.equal(reply.code, typeof plain['code'] === 'number' ? plain['code'] : undefined)
      assert.deepEqual(
        reply.operationTime(),
        plain['operationTime'] instanceof Timestamp ? plain['operationTime'] : undefined
      )
      const clusterTime = plain['$clusterTime']?.clusterTime
      assert.equal(reply.hasClusterTime, clusterTime instanceof Timestamp)
      if (reply.hasClusterTime) {
        assert.deepEqual([reply.clusterTimeSeconds, reply.clusterTimeIncrement], [clusterTime.t, clusterTime.i])
      }
      const texts = Array.isArray(plain['errorLabels'])
        ? plain['errorLabels'].filter(text => typeof text === 'string')
        : []
      assert.deepEqual(reply.errorLabels(), texts)
      const batch = plain['cursor']?.firstBatch
      assert.equal(reply.hasCursor, Array.isArray(batch) && full['cursor'].id instanceof Long)
      if (!reply.hasCursor) return
      const into: Document[] = []
      assert.equal(reply.batch(into), batch.length)
      assert.deepStrictEqual(into, batch)
      assert.ok(reply.cursorId().equals(full['cursor'].id))
      assert.equal(reply.namespace(), plain['cursor'].ns)
    })
  )
})

test('options of the decoding reach the documents of a batch', () => {
  scanned(cursorReply([{ n: 5 }]))
  const into: Document[] = []
  reply.batch(into, { promoteValues: false })
  assert.deepStrictEqual(into, [{ n: new Int32(5) }])
})

test('a batch and a document hold when the bytes are overwritten', () => {
  const expected = BSON.deserialize(BSON.serialize(everyType()))
  const bytes = messageOf([body(cursorReply([everyType()]))])
  message.read(bytes, 0, bytes.length)
  reply.scan()
  const into: Document[] = []
  reply.batch(into)
  const whole = reply.document()
  const namespace = reply.namespace()
  bytes.fill(0xdd)
  assert.deepStrictEqual(into, [expected])
  assert.deepStrictEqual(whole['cursor'].firstBatch, [expected])
  assert.equal(namespace, 'shop.orders')
})

test('damaged replies end in a violation or are read, and nothing else', () => {
  const valid = messageOf([body({ ...cursorReply([everyType(), { a: 1 }], Long.ONE), errorLabels: ['one'], code: 5 })])
  const damage = fc.array(fc.tuple(fc.nat(valid.length - 17), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 4
  })
  fc.assert(
    fc.property(damage, places => {
      const bytes = Buffer.from(valid)
      for (const [place, byte] of places) bytes[16 + place] = byte
      try {
        message.read(bytes, 0, bytes.length)
        reply.scan()
        reply.errorLabels()
        reply.namespace()
        reply.operationTime()
        reply.clusterTimeInto(undefined)
        reply.batch([])
        reply.document()
      } catch (error) {
        assert.ok(error instanceof WireViolationError, String(error))
      }
    }),
    { numRuns: 3000 }
  )
})

test('what one side writes the other reads, in both directions and in any pieces', () => {
  const writer = new MessageWriter()
  const reader = new FrameReader(peer)
  const seen: unknown[] = []
  const sink = {
    message(bytes: Uint8Array, start: number, end: number): void {
      message.read(bytes, start, end)
      reply.scan()
      seen.push([reply.requestId, reply.responseTo, reply.moreToCome, reply.messageBytes, reply.document()])
    }
  }
  const out = writer.begin(11, 2, 5)
  out.value('cursor', { firstBatch: [], id: Long.ZERO, ns: 'a.b' })
  out.double('ok', 1)
  writer.endBody()
  const bytes = Buffer.from(writer.finish())
  for (let at = 0; at < bytes.length; at += 7) {
    const piece = bytes.subarray(at, at + 7)
    reader.feed(piece, piece.length, sink)
  }
  assert.deepEqual(seen, [[11, 5, true, bytes.length, { cursor: { firstBatch: [], id: 0, ns: 'a.b' }, ok: 1 }]])
})
