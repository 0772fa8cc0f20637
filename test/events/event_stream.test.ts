import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { EventHub, type EventsLost, type StreamOptions } from '../../src/events/index.ts'
import { channelNames, collectGarbage, type Events, FakeRuntime } from './fake_runtime.ts'

type Stream = AsyncIterableIterator<{ readonly id: number } | EventsLost>

function setUp(options?: StreamOptions): { hub: EventHub<Events>; stream: Stream } {
  const hub = new EventHub<Events>({ runtime: new FakeRuntime(), channels: channelNames() })
  return { hub, stream: hub.stream(['opened', 'moved'], options) }
}

function emit(hub: EventHub<Events>, ...ids: number[]): void {
  for (const id of ids) hub.emit(id % 2 === 0 ? 'moved' : 'opened', { id })
}

/** All that is left, each event as its number and a loss as `lost n`. */
async function rest(stream: Stream): Promise<(number | string)[]> {
  const read = []
  for await (const event of stream) read.push('count' in event ? `lost ${event.count}` : event.id)
  return read
}

test('a stream has the events of its kinds in the order of their emission, and no others', async () => {
  const { hub, stream } = setUp()
  emit(hub, 1, 2)
  hub.emit('closed', { id: 3, reason: 'idle' })
  emit(hub, 4, 5)
  hub.endStreams()
  assert.deepEqual(await rest(stream), [1, 2, 4, 5])
})

test('a kind that is named twice is streamed once', async () => {
  const { hub } = setUp()
  const stream = hub.stream(['opened', 'opened'])
  emit(hub, 1)
  hub.endStreams()
  assert.deepEqual(await rest(stream), [1])
})

test('several pending next() calls are answered in their order', async () => {
  const { hub, stream } = setUp()
  const pending = Promise.all([stream.next(), stream.next(), stream.next()])
  emit(hub, 1, 2)
  hub.endStreams()
  assert.deepEqual(await pending, [
    { done: false, value: { id: 1 } },
    { done: false, value: { id: 2 } },
    { done: true, value: undefined }
  ])
})

test('a slow reader loses the oldest and is told how many, in their place, each time anew', async () => {
  const { hub, stream } = setUp({ highWaterMark: 3 })
  emit(hub, 1, 2, 3, 4, 5)
  assert.deepEqual((await stream.next()).value, { kind: 'eventsLost', count: 2 })
  assert.deepEqual((await stream.next()).value, { id: 3 })
  emit(hub, 6, 7, 8)
  hub.endStreams()
  assert.deepEqual(await rest(stream), ['lost 2', 6, 7, 8])
})

test('nothing is lost up to the high-water mark, which is 1,000 by default', async () => {
  const { hub, stream } = setUp()
  const ids = Array.from({ length: 1001 }, (_, index) => index + 1)
  emit(hub, ...ids.slice(0, 1000))
  assert.deepEqual((await stream.next()).value, { id: 1 })
  emit(hub, 1001, 1002)
  hub.endStreams()
  assert.deepEqual(await rest(stream), ['lost 1', ...ids.slice(2), 1002])
})

test('a stream that nobody reads keeps no more events alive than its high-water mark', async () => {
  const { hub, stream } = setUp({ highWaterMark: 10 })
  const count = 100_000
  emit(hub, ...Array.from({ length: count }, (_, index) => index))
  hub.endStreams()
  const left = await rest(stream)
  assert.deepEqual([left.length, left[0], left.at(-1)], [11, `lost ${count - 10}`, count - 1])
})

test('a high-water mark that is no positive integer is refused and leaves no subscription', () => {
  const { hub } = setUp()
  for (const highWaterMark of [0, -1, 1.5, Number.NaN, Infinity, '5' as unknown as number])
    assert.throws(() => hub.stream(['closed'], { highWaterMark }), /highWaterMark is .*integer from 1/)
  assert.equal(hub.wanted.closed, false)
})

test('an abort rejects every pending next() with the reason itself, then the stream is at its end', async () => {
  const aborter = new AbortController()
  const { hub, stream } = setUp({ signal: aborter.signal })
  const pending = Promise.allSettled([stream.next(), stream.next()])
  const reason = new Error('enough')
  aborter.abort(reason)
  assert.deepEqual(
    (await pending).map(result => result.status === 'rejected' && result.reason === reason),
    [true, true]
  )
  assert.equal(hub.wanted.opened, false)
  assert.deepEqual(await stream.next(), { done: true, value: undefined })
})

test('an abort while nothing is pending drops what is buffered and rejects the next next(), once', async () => {
  const aborter = new AbortController()
  const { hub, stream } = setUp({ signal: aborter.signal, highWaterMark: 1 })
  emit(hub, 1, 2)
  aborter.abort(new Error('enough'))
  await assert.rejects(stream.next(), /enough/)
  assert.deepEqual(await rest(stream), [])
})

test('a signal that was aborted before rejects the first next() and subscribes to nothing', async () => {
  const { hub, stream } = setUp({ signal: AbortSignal.abort(new Error('before')) })
  assert.equal(hub.wanted.opened, false)
  await assert.rejects(stream.next(), /before/)
})

test('however a stream ends, it leaves no listener on its signal', async () => {
  const ends: readonly ((stream: Stream, hub: EventHub<Events>, aborter: AbortController) => void)[] = [
    (_, hub) => hub.endStreams(),
    stream => void stream.return!(),
    (_stream, _hub, aborter) => aborter.abort()
  ]
  for (const end of ends) {
    const aborter = new AbortController()
    const { hub, stream } = setUp({ signal: aborter.signal })
    assert.equal(getEventListeners(aborter.signal, 'abort').length, 1)
    end(stream, hub, aborter)
    assert.equal(getEventListeners(aborter.signal, 'abort').length, 0)
    await stream.next().catch(() => {})
  }
})

test('return() unsubscribes, drops what is buffered and ends pending next() calls; so does leaving a loop', async () => {
  const { hub, stream } = setUp()
  const pending = stream.next()
  assert.deepEqual(await stream.return!(), { done: true, value: undefined })
  assert.equal((await pending).done, true)
  assert.equal(hub.wanted.opened, false)

  const second = hub.stream(['opened'])
  emit(hub, 1, 3)
  for await (const event of second) {
    assert.deepEqual(event, { id: 1 })
    break
  }
  assert.equal(hub.wanted.opened, false)
  assert.equal((await second.next()).done, true)
})

test('return() after an abort that nobody read takes the reason with it', async () => {
  const aborter = new AbortController()
  const { stream } = setUp({ signal: aborter.signal })
  aborter.abort(new Error('enough'))
  await stream.return!()
  assert.deepEqual(await rest(stream), [])
})

test('a stream that a listener ends during a delivery takes nothing of that event', async () => {
  const hub = new EventHub<Events>({ runtime: new FakeRuntime(), channels: channelNames() })
  hub.subscribe('opened', () => void stream.return!())
  const stream = hub.stream(['opened'])
  emit(hub, 1)
  assert.deepEqual(await rest(stream), [])
})

test('the end of all streams comes after the events that wait to be delivered; listeners stay', async () => {
  const { hub, stream } = setUp()
  const told: number[] = []
  hub.subscribe('opened', event => {
    told.push(event.id)
    if (event.id === 3) hub.emit('moved', { id: 4 })
  })
  hub.begin()
  emit(hub, 1)
  hub.endStreams()
  emit(hub, 3)
  hub.end()
  emit(hub, 5)
  assert.deepEqual(await rest(stream), [1, 3, 4])
  assert.deepEqual(told, [1, 3, 5])
})

test('a stream that is made after the end of all streams has ended, rather than wait forever', async () => {
  const { hub } = setUp()
  hub.endStreams()
  assert.deepEqual(await rest(hub.stream(['opened'])), [])
  assert.equal(hub.wanted.opened, false)
})

test('a loss that is reported is immutable, as every event is', async () => {
  const { hub, stream } = setUp({ highWaterMark: 1 })
  emit(hub, 1, 3)
  assert.ok(Object.isFrozen((await stream.next()).value))
})

test('a hub keeps no stream that has ended', async () => {
  const hub = new EventHub<Events>({ runtime: new FakeRuntime(), channels: channelNames() })
  const streams = Array.from({ length: 3 }, () => {
    const stream = hub.stream(['opened'])
    void stream.return!()
    return new WeakRef(stream)
  })
  await new Promise(setImmediate)
  collectGarbage()
  assert.deepEqual(
    streams.map(stream => stream.deref()),
    [undefined, undefined, undefined]
  )
  assert.equal(hub.wanted.opened, false)
})
