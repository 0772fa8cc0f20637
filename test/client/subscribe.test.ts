import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { test } from 'node:test'
import type { ClientEvents, EventsLost, MongoClient, PoolEvents, TopologyEvents } from '../../src/client/index.ts'
import { poolEventNames } from '../integration/pool_event_names.ts'
import { acknowledge, assertWhole, withServer } from './bench.ts'

type PoolEvent = PoolEvents[keyof PoolEvents]

const kinds: readonly (keyof PoolEvents)[] = poolEventNames

const discoveryKinds: readonly (keyof TopologyEvents)[] = [
  'topologyOpening',
  'topologyDescriptionChanged',
  'topologyClosed',
  'serverOpening',
  'serverDescriptionChanged',
  'serverClosed',
  'serverHeartbeatStarted',
  'serverHeartbeatSucceeded',
  'serverHeartbeatFailed'
]

function channelOf(kind: string): string {
  return `cenote:${kind.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
}

/** Does what tells each of the eleven kinds at least once. */
async function tellAll(
  client: MongoClient,
  failCommand: (commands: readonly string[], data: object) => void
): Promise<void> {
  await client.connect()
  failCommand(['ping'], { closeConnection: true })
  const waits = client
    .db()
    .command({ ping: 1 })
    .catch(() => undefined)
  const refused = client
    .db()
    .command({ ping: 1 })
    .catch(() => undefined)
  await Promise.all([waits, refused])
  await client.db().command({ ping: 1 })
  await client.close()
}

test('four ways to subscribe are told the same event objects in the same order, all eleven kinds of them', () =>
  withServer(async ({ connect, failCommand, runtime }) => {
    const told = { on: [] as unknown[], handler: [] as unknown[], channels: [] as unknown[], stream: [] as unknown[] }
    const listen = (event: unknown): void => void told.channels.push(event)
    for (const kind of kinds) subscribe(channelOf(kind), listen)
    const client = connect({ maxPoolSize: 1, cmapEventHandler: event => told.handler.push(event) })
    for (const kind of kinds) client.on(kind, (event: PoolEvent) => told.on.push(event))
    const stream = (async () => {
      for await (const event of client.events(kinds)) told.stream.push(event)
    })()
    await tellAll(client, failCommand)
    await stream
    await runtime.sleep(1)
    for (const kind of kinds) unsubscribe(channelOf(kind), listen)
    const names = new Set(told.on.map(event => (event as PoolEvent).name))
    assert.deepEqual(
      [...kinds].filter(kind => !names.has(kind)),
      []
    )
    for (const way of ['handler', 'channels', 'stream'] as const) {
      assert.equal(told[way].length, told.on.length, way)
      for (const [index, event] of told[way].entries()) assert.equal(event, told.on[index], `${way} at ${index}`)
    }
  }))

test('an object as handler is told by a method for each kind, named after the event, with itself as this', () =>
  withServer(async ({ connect, failCommand }) => {
    const expected: string[] = []
    class Handler {
      readonly told: string[] = []
    }
    const prototype = Handler.prototype as unknown as Record<string, (this: Handler, event: PoolEvent) => void>
    for (const kind of kinds) {
      const name = kind.startsWith('connectionPool') ? kind.slice('connection'.length) : `C${kind.slice(1)}`
      prototype[`handle${name}Event`] = function (event) {
        this.told.push(event.name)
      }
    }
    const handler = new Handler()
    const client = connect({ maxPoolSize: 1, cmapEventHandler: handler as never })
    for (const kind of kinds) client.on(kind, (event: PoolEvent) => expected.push(event.name))
    await tellAll(client, failCommand)
    assert.deepEqual(handler.told, expected)
  }))

test('a handler in the options misses nothing: it is told of the first pool', () =>
  withServer(async ({ connect, member }) => {
    const told: string[] = []
    await connect({ cmapEventHandler: event => told.push(`${event.name} ${event.address}`) }).connect()
    assert.deepEqual(told, [`connectionPoolCreated ${member.address}`, `connectionPoolReady ${member.address}`])
  }))

test('who subscribes to one kind is told of that kind alone', () =>
  withServer(async ({ connect, failCommand }) => {
    const told: string[] = []
    const streamed: unknown[] = []
    const client = connect({
      maxPoolSize: 1,
      cmapEventHandler: { handleConnectionClosedEvent: ({ name }) => told.push(`object ${name}`) }
    })
    client.on('connectionClosed', ({ name }) => told.push(`on ${name}`))
    const stream = (async () => {
      for await (const event of client.events(['connectionClosed'])) streamed.push(event.constructor.name)
    })()
    await tellAll(client, failCommand)
    await stream
    assert.deepEqual([...new Set(told)].sort(), ['object connectionClosed', 'on connectionClosed'])
    assert.deepEqual([...new Set(streamed)], ['ConnectionClosedEvent'])
  }))

test('once is told once, and off ends a subscription', () =>
  withServer(async ({ connect }) => {
    const told: string[] = []
    const client = connect()
    const listener = (event: ClientEvents['connectionCheckedOut']): void => void told.push(`on ${event.connectionId}`)
    client.once('connectionCheckedOut', event => told.push(`once ${event.connectionId}`))
    client.on('connectionCheckedOut', listener)
    await client.db().command({ ping: 1 })
    client.off('connectionCheckedOut', listener)
    await client.db().command({ ping: 1 })
    assert.deepEqual(told, ['once 1', 'on 1'])
    assert.equal(client.listenerCount('connectionCheckedOut'), 0)
  }))

test('of two listeners of which the first calls back into the client both see the same order', () =>
  withServer(async ({ connect }) => {
    const first: string[] = []
    const second: string[] = []
    const client = await connect().connect()
    let again: Promise<unknown> | undefined
    for (const kind of kinds) {
      client.on(kind, (event: PoolEvent) => {
        first.push(event.name)
        if (event.name === 'connectionCheckedIn') again ??= client.db().command({ ping: 1 })
      })
      client.on(kind, (event: PoolEvent) => second.push(event.name))
    }
    await client.db().command({ ping: 1 })
    await again
    assert.deepEqual(second, first)
    assert.equal(first.filter(name => name === 'connectionCheckedIn').length, 2)
  }))

test('when an event is told, the state has changed already', () =>
  withServer(async ({ connect }) => {
    const seen: unknown[] = []
    const client = connect()
    client.on('connectionCheckedOut', () => seen.push(client.pools()[0]?.checkedOut))
    client.on('connectionCheckedIn', () => seen.push(client.pools()[0]?.available))
    await client.db().command({ ping: 1 })
    assert.deepEqual(seen, [1, 1])
  }))

test('a listener that throws, or rejects: nothing changes, and a warning says once which event it was and what went wrong', () =>
  withServer(
    async ({ connect, runtime }) => {
      const told: string[] = []
      const client = connect({
        cmapEventHandler: () => {
          throw new Error('the handler is faulty')
        }
      })
      client.on('connectionCheckedOut', async () => Promise.reject(new Error('the listener is faulty')))
      client.on('connectionCheckedOut', ({ name }) => told.push(name))
      await acknowledge(client)
      await client.db().command({ ping: 1 })
      assert.equal(told.length, 2)
      await assertWhole(client, 1)
      assert.deepEqual(
        runtime.warnings.map(({ message, code }) => [message.replace(/\. .*/, ''), code]),
        [
          ['A listener of "connectionPoolCreated" failed: the handler is faulty', 'CENOTE_LISTENER_FAILED'],
          ['A listener of "connectionCheckedOut" failed: the listener is faulty', 'CENOTE_LISTENER_FAILED']
        ]
      )
      assert.match(runtime.warnings[0]?.message ?? '', /Everything else went on/)
    },
    { warnings: /is faulty/ }
  ))

test('a slow reader of events loses the oldest, and is told how many', () =>
  withServer(async ({ connect }) => {
    const client = await connect().connect()
    const events = client.events(['connectionCheckedOut'], { highWaterMark: 2 })
    for (let count = 0; count < 5; count++) await client.db().command({ ping: 1 })
    const { value } = (await events.next()) as IteratorResult<EventsLost>
    assert.equal(value.count, 3)
    assert.equal((await events.next()).done, false)
    await events.return?.()
  }))

test('each of the nine kinds of discovery carries the name under which it is told, so one function can tell them apart', () =>
  withServer(async ({ connect, runtime, member }) => {
    const told = new Set<string>()
    const client = connect({ sdamEventHandler: event => told.add(event.name) })
    for (const kind of discoveryKinds) client.on(kind, event => assert.equal(event.name, kind))
    await client.connect()
    await member.refuseDials(true)
    member.dropConnections()
    await runtime.sleep(100)
    await member.refuseDials(false)
    await client.close()
    assert.deepEqual([...told].sort(), [...discoveryKinds].sort())
  }))

test('events are frozen', () =>
  withServer(async ({ connect }) => {
    const told: object[] = []
    const client = connect({ cmapEventHandler: event => told.push(event) })
    await client.db().command({ ping: 1 })
    assert.ok(told.length > 5 && told.every(event => Object.isFrozen(event)))
  }))
