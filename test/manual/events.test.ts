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

/** How to subscribe to all eleven: before a client is made, by its options, or once it is there. */
interface Way {
  before?(into: PoolEvent[]): () => void
  options?(into: PoolEvent[]): MongoClientOptions
  with?(client: MongoClient, into: PoolEvent[]): void
}

/** A method for each class, named after it. */
function handlerOf(into: PoolEvent[]): PoolEventHandler {
  return {
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
}

async function readAll(client: MongoClient, into: PoolEvent[]): Promise<void> {
  for await (const event of client.events(kinds)) {
    assert.ok('address' in event, 'no event is lost')
    into.push(event)
  }
}

const ways: Readonly<Record<string, Way>> = {
  'a handler that is one function': { options: into => ({ cmapEventHandler: event => into.push(event) }) },
  'a handler with a method for each class': { options: into => ({ cmapEventHandler: handlerOf(into) }) },
  'listeners of the client': {
    with(client, into) {
      for (const kind of kinds) client.on(kind, event => into.push(event))
    }
  },
  'a stream': {
    with(client, into) {
      void readAll(client, into)
    }
  },
  'the diagnostics channels': {
    before(into) {
      const listener = (event: unknown): unknown => into.push(event as PoolEvent)
      for (const kind of kinds) diagnostics.subscribe(poolEventChannels[kind], listener)
      return () => {
        for (const kind of kinds) diagnostics.unsubscribe(poolEventChannels[kind], listener)
      }
    }
  }
}

/** The names of what is heard in a whole life; without a way, of what the bench hears. */
async function heardBy(way: Way | undefined): Promise<string[]> {
  const into: PoolEvent[] = []
  const end = way?.before?.(into)
  try {
    await withClient('standalone', { ...lifeOptions, ...way?.options?.(into) }, async bench => {
      way?.with?.(bench.client, into)
      await wholeLife(bench)
      await bench.runtime.sleep(roundTripsMS)
      if (way === undefined) into.push(...bench.told)
    })
  } finally {
    end?.()
  }
  return into.map(({ name }) => name)
}

describe('ways to subscribe', () => {
  for (const [name, way] of Object.entries(ways))
    test(`${name}: all eleven kinds are heard, in the one order`, async () => {
      const heard = await heardBy(way)
      assert.equal(new Set(heard).size, 11)
      assert.deepEqual(heard, await heardBy(undefined))
    })

  test('one event alone can be listened to', () =>
    withClient('standalone', {}, async ({ client, find }) => {
      const ids: number[] = []
      client.on('connectionCreated', ({ connectionId }) => ids.push(connectionId))
      await find()
      assert.deepEqual(ids, [1])
    }))
})
