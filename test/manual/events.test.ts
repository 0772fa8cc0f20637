import assert from 'node:assert/strict'
import diagnostics from 'node:diagnostics_channel'
import { describe, test } from 'node:test'
import type { MongoClient, MongoClientOptions, PoolEventHandler, PoolEvents } from '../../src/client/index.ts'
import { poolEventChannels } from '../../src/pool/index.ts'
import { type Bench, many, type PoolEvent, roundTripsMS, withClient } from './bench.ts'

const kinds = Object.keys(poolEventChannels) as (keyof PoolEvents)[]

function names({ told }: Bench): string[] {
  return told.map(({ name }) => name)
}

/** A life with all eleven: used, cleared, a wait that is too long, an end. */
async function wholeLife({ client, deployment, runtime, find, slowFinds }: Bench): Promise<void> {
  await find()
  slowFinds(1_000)
  await Promise.allSettled(many(2, find))
  for (const member of deployment.members) member.dropConnections()
  await runtime.sleep(2_000)
  await client.shutdown()
}

const lifeOptions = { maxPoolSize: 1, waitQueueTimeoutMS: 100 }

describe('the eleven events', () => {
  test('a pool tells that it is made, ready, cleared, ready again and closed, in this order', () =>
    withClient('standalone', lifeOptions, async bench => {
      await wholeLife(bench)
      assert.deepEqual(
        names(bench).filter(name => name.startsWith('connectionPool')),
        [
          'connectionPoolCreated',
          'connectionPoolReady',
          'connectionPoolCleared',
          'connectionPoolReady',
          'connectionPoolClosed'
        ]
      )
      assert.deepEqual([...new Set(names(bench))].sort(), [...kinds].sort())
    }))

  test('an operation on an empty pool is told as started, created, ready, checked out, checked in', () =>
    withClient('standalone', {}, async bench => {
      await bench.find()
      assert.deepEqual(names(bench), [
        'connectionPoolCreated',
        'connectionPoolReady',
        'connectionCheckOutStarted',
        'connectionCreated',
        'connectionReady',
        'connectionCheckedOut',
        'connectionCheckedIn'
      ])
    }))

  test('an operation that gets no connection is told as failed, and never as checked out', () =>
    withClient('standalone', lifeOptions, async bench => {
      await bench.find()
      bench.slowFinds(1_000)
      const first = bench.find()
      bench.told.length = 0
      await assert.rejects(bench.find())
      assert.deepEqual(names(bench), ['connectionCheckOutStarted', 'connectionCheckOutFailed'])
      const failed = bench.told[1]
      assert.ok(failed !== undefined && 'reason' in failed && failed.reason === 'timeout')
      await first
    }))

  test('a pool is told as closed before its server is', () =>
    withClient('standalone', {}, async ({ client, find }) => {
      await find()
      const ends: string[] = []
      client.on('connectionPoolClosed', () => ends.push('pool'))
      client.on('serverClosed', () => ends.push('server'))
      await client.shutdown()
      assert.deepEqual(ends, ['pool', 'server'])
    }))
})

/** How to subscribe to kinds of events: before a client is made, by its options, or once it is there. */
interface Way {
  before?(wanted: Kinds, into: PoolEvent[]): () => void
  options?(wanted: Kinds, into: PoolEvent[]): MongoClientOptions
  with?(client: MongoClient, wanted: Kinds, into: PoolEvent[]): void
  /** It is told of all kinds, whatever is wanted. */
  readonly ofAll?: boolean
}

type Kinds = readonly (keyof PoolEvents)[]

/** A method for each class, named after it. */
function handlerOf(wanted: Kinds, into: PoolEvent[]): PoolEventHandler {
  const handler: PoolEventHandler = {
    handlePoolCreatedEvent: event => into.push(event),
    handlePoolReadyEvent: event => into.push(event),
    handlePoolClearedEvent: event => into.push(event),
    handlePoolClosedEvent: event => into.push(event),
    handleConnectionCreatedEvent: event => into.push(event),
    handleConnectionReadyEvent: event => into.push(event),
    handleConnectionClosedEvent: event => into.push(event),
    handleConnectionCheckOutStartedEvent: event => into.push(event),
    handleConnectionCheckOutFailedEvent: event => into.push(event),
    handleConnectionCheckedOutEvent: event => into.push(event),
    handleConnectionCheckedInEvent: event => into.push(event)
  }
  const methods = new Set(wanted.map(kind => `handle${fieldsOf[kind][0]}`))
  return Object.fromEntries(Object.entries(handler).filter(([method]) => methods.has(method)))
}

async function readAll(client: MongoClient, wanted: Kinds, into: PoolEvent[]): Promise<void> {
  for await (const event of client.events(wanted)) {
    assert.ok('address' in event, 'no event is lost')
    into.push(event)
  }
}

const ways: Readonly<Record<string, Way>> = {
  'a handler that is one function': {
    options: (_wanted, into) => ({ cmapEventHandler: event => into.push(event) }),
    ofAll: true
  },
  'a handler with a method for each class': {
    options: (wanted, into) => ({ cmapEventHandler: handlerOf(wanted, into) })
  },
  'listeners of the client': {
    with(client, wanted, into) {
      for (const kind of wanted) client.on(kind, event => into.push(event))
    }
  },
  'a stream': {
    with(client, wanted, into) {
      void readAll(client, wanted, into)
    }
  },
  'the diagnostics channels': {
    before(wanted, into) {
      const listener = (event: unknown): unknown => into.push(event as PoolEvent)
      for (const kind of wanted) diagnostics.subscribe(poolEventChannels[kind], listener)
      return () => {
        for (const kind of wanted) diagnostics.unsubscribe(poolEventChannels[kind], listener)
      }
    }
  }
}

/** What is heard in a whole life; without a way, what the bench hears. */
async function heardBy(way: Way | undefined, wanted: Kinds = kinds): Promise<PoolEvent[]> {
  const into: PoolEvent[] = []
  const end = way?.before?.(wanted, into)
  try {
    // The bench's own handler hears nothing where another way is to be the only one.
    const only = way === undefined ? {} : { cmapEventHandler: undefined }
    const options = { ...lifeOptions, ...only, ...way?.options?.(wanted, into) }
    await withClient('standalone', options, async bench => {
      way?.with?.(bench.client, wanted, into)
      await wholeLife(bench)
      await bench.runtime.sleep(roundTripsMS)
      if (way === undefined) into.push(...bench.told)
    })
  } finally {
    end?.()
  }
  return into
}

/** Each kind's class, and its fields besides name and address with what each is. */
const fieldsOf: Readonly<Record<keyof PoolEvents, readonly [className: string, fields: Record<string, unknown>]>> = {
  connectionPoolCreated: ['PoolCreatedEvent', { options: lifeOptions }],
  connectionPoolReady: ['PoolReadyEvent', {}],
  connectionPoolCleared: ['PoolClearedEvent', { interruptInUseConnections: false, serviceId: undefined, error: Error }],
  connectionPoolClosed: ['PoolClosedEvent', {}],
  connectionCreated: ['ConnectionCreatedEvent', { connectionId: Number }],
  connectionReady: ['ConnectionReadyEvent', { connectionId: Number, durationMS: Number }],
  connectionClosed: ['ConnectionClosedEvent', { connectionId: Number, reason: String, error: Error }],
  connectionCheckOutStarted: ['ConnectionCheckOutStartedEvent', {}],
  connectionCheckOutFailed: ['ConnectionCheckOutFailedEvent', { reason: String, error: Error, durationMS: Number }],
  connectionCheckedOut: ['ConnectionCheckedOutEvent', { connectionId: Number, durationMS: Number }],
  connectionCheckedIn: ['ConnectionCheckedInEvent', { connectionId: Number }]
}

/** What a field is: itself, or what it is made of. An event of a connection that no error ended has its field empty. */
function shapeOf(value: unknown, key: string, event: PoolEvent): unknown {
  if (value instanceof Error) return Error
  if (key === 'error') return event.name === 'connectionClosed' && event.reason !== 'error' ? Error : value
  if (typeof value === 'number') return value >= 0 ? Number : value
  return typeof value === 'string' ? String : value
}

function assertFields(event: PoolEvent, address: string): void {
  const { name, address: told, ...fields } = event
  assert.equal(told, address)
  const shapes = Object.entries(fields).map(([key, value]) => [key, shapeOf(value, key, event)])
  assert.deepEqual([event.constructor.name, Object.fromEntries(shapes)], fieldsOf[name], name)
}

describe('ways to subscribe', () => {
  for (const [name, way] of Object.entries(ways)) {
    test(`${name}: all eleven kinds are heard, in the one order`, async () => {
      const heard = (await heardBy(way)).map(event => event.name)
      assert.equal(new Set(heard).size, 11)
      assert.deepEqual(
        heard,
        (await heardBy(undefined)).map(event => event.name)
      )
    })

    test(`${name}: each event has the fields of its class, and no others`, async () => {
      for (const event of await heardBy(way)) assertFields(event, '127.0.0.1:40000')
    })

    if (way.ofAll !== true)
      test(`${name}: each kind alone is heard whole, with its fields, and nothing else is`, async () => {
        const all = await heardBy(undefined)
        for (const kind of kinds) {
          const heard = await heardBy(way, [kind])
          assert.deepEqual(
            heard.map(event => event.name),
            all.flatMap(event => (event.name === kind ? [kind] : []))
          )
          for (const event of heard) assertFields(event, '127.0.0.1:40000')
        }
      })
  }

  test('one event alone can be listened to', () =>
    withClient('standalone', {}, async ({ client, find }) => {
      const ids: number[] = []
      client.on('connectionCreated', ({ connectionId }) => ids.push(connectionId))
      await find()
      assert.deepEqual(ids, [1])
    }))
})

describe('faulty listeners', () => {
  const faulty: Readonly<Record<string, () => unknown>> = {
    throw: () => {
      throw new Error('the listener is faulty')
    },
    reject: () => Promise.reject(new Error('the listener is faulty'))
  }

  for (const [fault, listener] of Object.entries(faulty))
    test(`that ${fault} at each event change nothing of a whole life: not what happens, nor when, nor what others hear`, async () => {
      const lives: unknown[] = []
      for (const subscribed of [false, true])
        await withClient('standalone', lifeOptions, async bench => {
          if (subscribed) for (const kind of kinds) bench.client.prependListener(kind, listener)
          await wholeLife(bench)
          const heard = bench.told.map(event => [event.name, 'durationMS' in event ? event.durationMS : undefined])
          lives.push([heard, bench.runtime.clock.nowMS(), bench.client.pools(), bench.client.connections()])
          assert.equal(bench.runtime.warnings.length, subscribed ? 1 : 0)
        })
      assert.deepEqual(lives[1], lives[0])
    })
})
