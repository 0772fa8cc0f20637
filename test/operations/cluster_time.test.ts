import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Binary, decodeDocument, type Document, Long, Timestamp } from '../../src/bson/index.ts'
import { ClusterTime } from '../../src/operations/cluster_time.ts'
import type { Reply } from '../../src/wire/index.ts'
import { replyOf } from './replies.ts'

function told(seconds: number, increment: number, ok = 1): Reply {
  return replyOf({ ok, $clusterTime: clusterTime(seconds, increment) })
}

function clusterTime(t: number, i: number): Document {
  const signature = { hash: new Binary(Buffer.alloc(20, i & 0xff)), keyId: Long.fromNumber(t) }
  return { clusterTime: new Timestamp({ t, i }), signature }
}

function assertHolds(time: ClusterTime, seconds: number, increment: number): void {
  const bytes = time.bytes
  assert.ok(bytes !== undefined)
  assert.deepEqual(decodeDocument(bytes, 0, bytes.length, { promoteLongs: false }), clusterTime(seconds, increment))
}

test('there is no cluster time until a reply has one', () => {
  const time = new ClusterTime()
  assert.equal(time.bytes, undefined)
  time.advance(replyOf({ ok: 1 }))
  assert.equal(time.bytes, undefined)
  time.advance(replyOf({ ok: 1, $clusterTime: { clusterTime: 5 } }))
  assert.equal(time.bytes, undefined)
})

test('commands carry the document as it came, signature included', () => {
  const time = new ClusterTime()
  time.advance(told(100, 7))
  assertHolds(time, 100, 7)
})

test('the first cluster time counts even if it is zero', () => {
  const time = new ClusterTime()
  time.advance(told(0, 0))
  assertHolds(time, 0, 0)
})

test('an error reply advances the cluster time like any other', () => {
  const time = new ClusterTime()
  time.advance(told(100, 7, 0))
  assertHolds(time, 100, 7)
})

test('a reply without a cluster time changes nothing', () => {
  const time = new ClusterTime()
  time.advance(told(100, 7))
  time.advance(replyOf({ ok: 1 }))
  assertHolds(time, 100, 7)
})

const order: readonly [string, readonly [number, number], readonly [number, number], 'taken' | 'left'][] = [
  ['more seconds', [100, 7], [101, 1], 'taken'],
  ['a higher increment in the same second', [100, 7], [100, 8], 'taken'],
  ['fewer seconds, whatever the increment', [100, 7], [99, 9000], 'left'],
  ['a lower increment in the same second', [100, 7], [100, 6], 'left'],
  ['the same time', [100, 7], [100, 7], 'left'],
  ['seconds beyond the sign bit', [0x7fff_ffff, 1], [0x8000_0000, 1], 'taken'],
  ['seconds before the sign bit', [0x8000_0000, 1], [0x7fff_ffff, 1], 'left'],
  ['an increment beyond the sign bit', [100, 0x7fff_ffff], [100, 0x8000_0000], 'taken']
]
for (const [what, known, next, fate] of order) {
  test(`${what}: ${fate}`, () => {
    const time = new ClusterTime()
    time.advance(told(...known))
    const before = time.bytes
    time.advance(told(...next))
    assertHolds(time, ...(fate === 'taken' ? next : known))
    assert.equal(time.bytes, before, 'a time of as many bytes is written over the one before')
  })
}

test('a time of more bytes takes new ones', () => {
  const time = new ClusterTime()
  time.advance(told(100, 7))
  const longer = { clusterTime: new Timestamp({ t: 101, i: 1 }), signature: { hash: 'none', further: [1, 2, 3] } }
  time.advance(replyOf({ ok: 1, $clusterTime: longer }))
  const bytes = time.bytes ?? new Uint8Array(0)
  assert.deepEqual(decodeDocument(bytes, 0, bytes.length), longer)
})

test('the bytes outlive the reply that told them', () => {
  const time = new ClusterTime()
  const reply = told(100, 7)
  time.advance(reply)
  told(200, 9)
  assertHolds(time, 100, 7)
})

test('whatever the order of the replies, the highest time is kept', () => {
  const part = fc.oneof(
    fc.nat({ max: 3 }),
    fc.integer({ min: 0x7fff_fffe, max: 0x8000_0001 }),
    fc.constant(0xffff_ffff)
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(part, part), { minLength: 1, maxLength: 12 }), times => {
      const time = new ClusterTime()
      for (const [seconds, increment] of times) time.advance(told(seconds, increment))
      const highest = times.toSorted((one, other) => one[0] - other[0] || one[1] - other[1]).at(-1)
      assertHolds(time, ...(highest ?? [0, 0]))
    }),
    { numRuns: 200, seed: 37 }
  )
})
