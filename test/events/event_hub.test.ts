import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { MongoInvalidArgumentError } from '../../src/errors/index.ts'
import { EventHub } from '../../src/events/index.ts'
import { channelNames, type Events, FakeRuntime } from './fake_runtime.ts'

function setUp() {
  const runtime = new FakeRuntime()
  const channels = channelNames()
  return { runtime, channels, hub: new EventHub<Events>({ runtime, channels }), told: [] as string[] }
}

test('outside any step an event is delivered at once', () => {
  const { hub, told } = setUp()
  hub.subscribe('opened', event => told.push(`opened ${event.id}`))
  hub.emit('opened', { id: 1 })
  assert.deepEqual(told, ['opened 1'])
})

test('the events of a step are delivered when the outermost step ends, in the order of their emission across kinds', () => {
  const { hub, told } = setUp()
  hub.subscribe('closed', event => told.push(`closed ${event.id}`))
  hub.subscribe('opened', event => told.push(`opened ${event.id}`))
  hub.begin()
  hub.emit('opened', { id: 1 })
  hub.begin()
  hub.emit('closed', { id: 1, reason: 'idle' })
  hub.end()
  hub.emit('opened', { id: 2 })
  assert.deepEqual(told, [])
  hub.end()
  assert.deepEqual(told, ['opened 1', 'closed 1', 'opened 2'])
})

test('a step that is left by a throw and ended in finally delivers what was emitted, and the hub goes on', () => {
  const { hub, told } = setUp()
  hub.subscribe('opened', event => told.push(`opened ${event.id}`))
  assert.throws(() => {
    hub.begin()
    try {
      hub.emit('opened', { id: 1 })
      throw new Error('in the step')
    } finally {
      hub.end()
    }
  }, /in the step/)
  hub.emit('opened', { id: 2 })
  assert.deepEqual(told, ['opened 1', 'opened 2'])
})

test('a kind without a channel is wanted by listeners alone, and told like any other', () => {
  const { runtime, told } = setUp()
  const hub = new EventHub<Events>({ runtime, channels: { ...channelNames(), moved: undefined } })
  assert.equal(hub.wanted.moved, false)
  const unsubscribe = hub.subscribe('moved', event => told.push(`moved ${event.id}`))
  assert.equal(hub.wanted.moved, true)
  hub.emit('moved', { id: 1 })
  assert.deepEqual(told, ['moved 1'])
  unsubscribe()
  assert.equal(hub.wanted.moved, false)
})

test('the end of a step that never began is refused', () => {
  const { hub } = setUp()
  assert.throws(() => hub.end(), /never began/)
})

test('what a listener causes is delivered after what was queued, so a second listener sees the same order', () => {
  const { hub } = setUp()
  const first: string[] = []
  const second: string[] = []
  hub.subscribe('opened', event => {
    first.push(`opened ${event.id}`)
    if (event.id < 3) {
      hub.begin()
      hub.emit('closed', { id: event.id, reason: 'listener' })
      hub.emit('opened', { id: event.id + 2 })
      hub.end()
    }
  })
  for (const order of [first, second]) hub.subscribe('closed', event => order.push(`closed ${event.id}`))
  hub.subscribe('opened', event => second.push(`opened ${event.id}`))
  hub.begin()
  hub.emit('opened', { id: 1 })
  hub.emit('opened', { id: 2 })
  hub.end()
  assert.deepEqual(second, ['opened 1', 'opened 2', 'closed 1', 'opened 3', 'closed 2', 'opened 4'])
  assert.deepEqual(first, second)
})

test('all is delivered before the call that emits, or ends the step, returns', () => {
  const { hub, told } = setUp()
  hub.subscribe('opened', event => {
    told.push(`opened ${event.id}`)
    if (event.id < 1000) hub.emit('opened', { id: event.id + 1 })
  })
  hub.emit('opened', { id: 1 })
  assert.equal(told.length, 1000)
})

test('listeners of one kind are called in the order of their subscriptions, the channel after them', () => {
  const { hub, channels, told } = setUp()
  const tool = () => told.push('channel')
  channel(channels.opened).subscribe(tool)
  for (const name of ['first', 'second', 'third']) hub.subscribe('opened', () => told.push(name))
  hub.emit('opened', { id: 1 })
  channel(channels.opened).unsubscribe(tool)
  assert.deepEqual(told, ['first', 'second', 'third', 'channel'])
})

test('subscribing and unsubscribing during a delivery take effect from the next event on, even of the same step', () => {
  const { hub, told } = setUp()
  hub.subscribe('opened', event => {
    told.push(`first ${event.id}`)
    if (event.id === 1) {
      unsubscribe()
      hub.subscribe('opened', ({ id }) => told.push(`late ${id}`))
    }
  })
  const unsubscribe = hub.subscribe('opened', event => told.push(`leaving ${event.id}`))
  hub.begin()
  hub.emit('opened', { id: 1 })
  hub.emit('opened', { id: 2 })
  hub.end()
  assert.deepEqual(told, ['first 1', 'leaving 1', 'first 2', 'late 2'])
})

test('a listener that subscribed twice is called twice, and each subscription ends on its own and only once', () => {
  const { hub, told } = setUp()
  const listener = (event: { id: number }) => told.push(`opened ${event.id}`)
  const unsubscribe = hub.subscribe('opened', listener)
  hub.subscribe('opened', listener)
  hub.emit('opened', { id: 1 })
  unsubscribe()
  unsubscribe()
  hub.emit('opened', { id: 2 })
  assert.deepEqual(told, ['opened 1', 'opened 1', 'opened 2'])
})

test('wanted is true exactly while a listener, a stream or a subscriber of the channel is there', async () => {
  const { hub, channels } = setUp()
  const unsubscribes = [hub.subscribe('opened', () => {}), hub.subscribe('opened', () => {})]
  assert.equal(hub.wanted.opened, true)
  assert.equal(hub.wanted.closed, false, 'the kinds are apart')
  unsubscribes[0]!()
  assert.equal(hub.wanted.opened, true)
  unsubscribes[1]!()
  assert.equal(hub.wanted.opened, false)

  const stream = hub.stream(['opened'])
  assert.equal(hub.wanted.opened, true)
  await stream.return!()
  assert.equal(hub.wanted.opened, false)

  const tool = () => {}
  channel(channels.opened).subscribe(tool)
  assert.equal(hub.wanted.opened, true, 'nobody tells the hub of this')
  channel(channels.opened).unsubscribe(tool)
  assert.equal(hub.wanted.opened, false)
})

test('a diagnostics channel is given the same event object as the listeners', () => {
  const { hub, channels } = setUp()
  const event = Object.freeze({ id: 7 })
  const seen: unknown[] = []
  const tool = (message: unknown) => seen.push(message)
  channel(channels.moved).subscribe(tool)
  hub.subscribe('moved', taken => seen.push(taken))
  hub.emit('moved', event)
  channel(channels.moved).unsubscribe(tool)
  assert.equal(seen.length, 2)
  assert.ok(seen.every(taken => taken === event))
})

test('an event that nobody listens to is neither queued nor traced; each event told is traced once', () => {
  const { hub, runtime } = setUp()
  hub.begin()
  hub.emit('opened', { id: 1 })
  hub.subscribe('opened', () => {})
  hub.subscribe('opened', () => {})
  hub.emit('opened', { id: 2 })
  hub.emit('moved', { id: 3 })
  assert.deepEqual(runtime.traced, [], 'traced when it is told, not when it is emitted')
  hub.end()
  assert.deepEqual(runtime.traced, ['event opened'])
})

test('a listener that throws is reported once by kind and message, and changes nothing for the others', () => {
  const { hub, runtime, told } = setUp()
  hub.subscribe('opened', () => {
    throw new Error('no disk')
  })
  hub.subscribe('opened', event => told.push(`opened ${event.id}`))
  hub.emit('opened', { id: 1 })
  hub.emit('opened', { id: 2 })
  assert.deepEqual(told, ['opened 1', 'opened 2'])
  assert.equal(runtime.warnings.length, 1)
  assert.equal(runtime.warnings[0]!.code, 'CENOTE_LISTENER_FAILED')
  assert.match(runtime.warnings[0]!.message, /"opened" failed: no disk\./)
})

test('a listener is reported once for a hub, however many kinds it listens to; another one has its own report', () => {
  const { hub, runtime } = setUp()
  const failing = () => {
    throw new Error('all of them')
  }
  hub.subscribe('opened', failing)
  hub.subscribe('moved', failing)
  hub.subscribe('moved', () => {
    throw new Error('another')
  })
  hub.emit('opened', { id: 1 })
  hub.emit('moved', { id: 1 })
  assert.deepEqual(
    runtime.warnings.map(({ message }) => message.replace(/\. .*/, '')),
    ['A listener of "opened" failed: all of them', 'A listener of "moved" failed: another']
  )
})

test('a listener that others stand in for is reported once', () => {
  const { hub, runtime } = setUp()
  const failing = () => {
    throw new Error('all of them')
  }
  hub.subscribe('opened', () => failing(), { standsFor: failing })
  hub.subscribe('moved', () => failing(), { standsFor: failing })
  hub.emit('opened', { id: 1 })
  hub.emit('moved', { id: 1 })
  assert.equal(runtime.warnings.length, 1)
})

test('a listener whose promise rejects is reported once, also when the promise is of another realm', async () => {
  const { hub, runtime } = setUp()
  hub.subscribe('opened', async () => {
    await Promise.resolve()
    throw new Error('later')
  })
  hub.subscribe('opened', () => runInNewContext('Promise.reject(new Error("from afar"))') as unknown)
  for (const id of [1, 2, 3]) hub.emit('opened', { id })
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  assert.deepEqual(runtime.warnings.map(({ message }) => message.replace(/.* failed: (.*?)\. .*/, '$1')).sort(), [
    'Error: from afar',
    'later'
  ])
})

test('a thrown value that cannot be shown is reported and changes nothing', () => {
  const { hub, runtime } = setUp()
  const thrown: readonly unknown[] = [undefined, 'text', Object.create(null), { toString: () => assert.fail() }]
  for (const value of thrown)
    hub.subscribe('opened', () => {
      throw value
    })
  hub.emit('opened', { id: 1 })
  assert.equal(runtime.warnings.length, thrown.length)
})

test('a listener runs outside the context of whoever emits, and with inCallerContext inside it, in one order', () => {
  const { hub, channels, told } = setUp()
  const context = new AsyncLocalStorage<string>()
  const tool = () => told.push(`channel ${context.getStore()}`)
  channel(channels.opened).subscribe(tool)
  hub.subscribe('opened', () => told.push(`first ${context.getStore()}`))
  hub.subscribe('opened', () => told.push(`second ${context.getStore()}`), { inCallerContext: true })
  hub.subscribe('opened', () => told.push(`third ${context.getStore()}`))
  context.run('caller', () => hub.emit('opened', { id: 1 }))
  channel(channels.opened).unsubscribe(tool)
  assert.deepEqual(told, ['first undefined', 'second caller', 'third undefined', 'channel undefined'])
})

test('the context of inCallerContext is that in which the outermost step ends', () => {
  const { hub, told } = setUp()
  const context = new AsyncLocalStorage<string>()
  hub.subscribe('opened', () => told.push(`${context.getStore()}`), { inCallerContext: true })
  context.run('outer', () => {
    hub.begin()
    context.run('inner', () => hub.emit('opened', { id: 1 }))
    hub.end()
  })
  assert.deepEqual(told, ['outer'])
})

test('what a listener outside any context emits is told outside any context, what one inside it emits inside', () => {
  const { hub, told } = setUp()
  const context = new AsyncLocalStorage<string>()
  hub.subscribe('opened', () => hub.emit('moved', { id: 1 }))
  hub.subscribe('opened', () => hub.emit('moved', { id: 2 }), { inCallerContext: true })
  hub.subscribe('moved', ({ id }) => told.push(`${id} ${context.getStore()}`), { inCallerContext: true })
  context.run('a request of somebody else', () => hub.emit('opened', { id: 1 }))
  assert.deepEqual(told, ['1 undefined', '2 a request of somebody else'])
})

test('a kind that does not exist is refused by name, with the kinds that do', () => {
  const { hub } = setUp()
  const unknown = 'oppened' as 'opened'
  const refused = (error: unknown) => {
    assert.ok(error instanceof MongoInvalidArgumentError)
    assert.match(error.message, /"oppened"; the kinds are opened, closed, moved/)
    return true
  }
  assert.throws(() => hub.subscribe(unknown, () => {}), refused)
  assert.throws(() => hub.stream(['opened', unknown]), refused)
  assert.equal(hub.wanted.opened, false, 'a refused stream leaves no subscription behind')
  assert.throws(() => hub.stream([]), /no kind of event/)
})
