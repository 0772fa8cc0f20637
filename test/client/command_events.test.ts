import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import { test } from 'node:test'
import { inspect } from 'node:util'
import {
  type CommandEvents,
  CommandFailedEvent,
  CommandStartedEvent,
  CommandSucceededEvent,
  type MongoClient,
  MongoNetworkError,
  MongoServerError
} from '../../src/client/index.ts'
import { type Bench, failureOf, withServer } from './bench.ts'

type Told = CommandEvents[keyof CommandEvents]

const names = ['commandStarted', 'commandSucceeded', 'commandFailed'] as const

function listen(client: MongoClient): Told[] {
  const told: Told[] = []
  for (const name of names) client.on(name, event => told.push(event))
  return told
}

function named(told: readonly Told[]): string[] {
  return told.map(({ name, commandName }) => `${name} ${commandName}`)
}

test('a command tells its start and its end, with what was sent and what came', () =>
  withServer(async ({ connect, member }) => {
    const client = connect()
    const told = listen(client)
    const orders = client.db('shop').collection<{ _id: number; sku: string }>('orders')
    await orders.insertMany([
      { _id: 1, sku: 'a1' },
      { _id: 2, sku: 'b2' }
    ])
    const [started, succeeded] = told
    assert.ok(started instanceof CommandStartedEvent && succeeded instanceof CommandSucceededEvent)
    const { lsid, ...command } = started.command
    assert.deepEqual(command, {
      insert: 'orders',
      ordered: true,
      documents: [
        { _id: 1, sku: 'a1' },
        { _id: 2, sku: 'b2' }
      ],
      $db: 'shop'
    })
    assert.ok(lsid !== undefined)
    assert.equal(started.command, started.command, 'the same document each time')
    assert.deepEqual([succeeded.reply['n'], succeeded.reply['ok']], [2, 1])
    assert.ok(succeeded.durationMS > 0 && succeeded.duration === succeeded.durationMS)
    for (const event of [started, succeeded]) {
      const { address, databaseName, commandName, requestId, operationId } = event
      assert.deepEqual([address, databaseName, commandName], [member.address, 'shop', 'insert'])
      assert.deepEqual([requestId, operationId], [started.requestId, started.operationId])
      assert.equal(event.connectionId, 1)
      assert.equal(typeof event.serverConnectionId, 'number')
      assert.ok(Object.isFrozen(event))
    }
    assert.match(inspect(started), /command: \{\s+insert: 'orders'/)
    assert.match(JSON.stringify(succeeded), /"reply":\{"n":2/)
  }))

test('every started has one end: a refusal, a broken connection, a write that is not answered, a reply with write errors', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = connect({ retryReads: false })
    const told = listen(client)
    const orders = client.db('shop').collection<{ _id: number }>('orders')
    await failureOf(client.db('shop').command({ noSuchCommand: 1 }))
    const refusal = told[1]
    assert.ok(refusal instanceof CommandFailedEvent && refusal.failure instanceof MongoServerError)
    assert.equal(refusal.failure.code, 59)
    failCommand(['find'], { closeConnection: true })
    const error = await failureOf(orders.findOne())
    const broken = told[3]
    assert.ok(broken instanceof CommandFailedEvent && broken.failure instanceof MongoNetworkError)
    assert.equal(broken.failure, error)
    await orders.insertOne({ _id: 1 }, { writeConcern: { w: 0 } })
    const unanswered = told[5]
    assert.ok(unanswered instanceof CommandSucceededEvent)
    assert.deepEqual(unanswered.reply, { ok: 1 })
    await failureOf(orders.insertOne({ _id: 1 }))
    const withErrors = told[7]
    assert.ok(withErrors instanceof CommandSucceededEvent)
    assert.equal((withErrors.reply['writeErrors'] as unknown[]).length, 1)
    assert.equal(told.length, 8)
  }))

test('a retry is a command of its own in the same operation', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = connect()
    const told = listen(client)
    failCommand(['find'], { errorCode: 91 })
    await client.db('shop').collection('orders').findOne()
    assert.deepEqual(named(told), [
      'commandStarted find',
      'commandFailed find',
      'commandStarted find',
      'commandSucceeded find'
    ])
    assert.equal(new Set(told.map(({ operationId }) => operationId)).size, 1)
    assert.equal(new Set(told.map(({ requestId }) => requestId)).size, 2)
  }))

test('neither handshakes nor checks of the server are told', () =>
  withServer(async ({ connect, runtime }) => {
    const client = connect({ minPoolSize: 3, heartbeatFrequencyMS: 500 })
    const told = listen(client)
    await client.warmUp()
    await runtime.sleep(5_000)
    assert.deepEqual(told, [])
  }))

for (const [what, command] of [
  ['a command that carries credentials', { SaslStart: 1, mechanism: 'PLAIN', payload: 'hunter2' }],
  ['a hello that authenticates', { hello: 1, speculativeAuthenticate: { saslStart: 1, payload: 'hunter2' } }]
] as const)
  test(`${what} shows neither itself nor its reply`, () =>
    withServer(async ({ connect }) => {
      const client = connect()
      const told = listen(client)
      await client
        .db('admin')
        .command(command)
        .catch(() => undefined)
      const [started, ended] = told
      assert.ok(started instanceof CommandStartedEvent && ended !== undefined)
      assert.deepEqual(started.command, {})
      if (ended instanceof CommandSucceededEvent) assert.deepEqual(ended.reply, {})
      else assert.ok(ended instanceof CommandFailedEvent && !('errmsg' in ended.failure))
      assert.doesNotMatch(inspect(told, { depth: 9 }), /hunter2/)
    }))

/** Each way to hear of them, and how it ends. */
const ways: Readonly<Record<string, (bench: Bench, hear: () => void) => MongoClient>> = {
  on: ({ connect }, hear) => connect().on('commandSucceeded', hear),
  'a handler function': ({ connect }, hear) =>
    connect({ commandEventHandler: ({ name }) => (name === 'commandSucceeded' ? hear() : undefined) }),
  'a handler with a method': ({ connect }, hear) =>
    connect({ commandEventHandler: { handleCommandSucceededEvent: hear } })
}

for (const [way, subscribe] of Object.entries(ways))
  test(`${way}: command events are told in the context of their caller, also of those who had to queue`, () =>
    withServer(async bench => {
      const storage = new AsyncLocalStorage<number>()
      const contexts: (number | undefined)[] = []
      const db = subscribe(bench, () => contexts.push(storage.getStore())).db('shop')
      const asked = Array.from({ length: 30 }, (_, index) => index)
      await Promise.all(asked.map(index => storage.run(index, () => db.command({ ping: 1 }))))
      assert.deepEqual(
        contexts.toSorted((one, other) => Number(one) - Number(other)),
        asked
      )
    }))

test('the diagnostics channels of commands are told in the context of their caller too', () =>
  withServer(async ({ connect }) => {
    const storage = new AsyncLocalStorage<string>()
    const contexts = new Set<string | undefined>()
    const hear = (): void => void contexts.add(storage.getStore())
    channel('cenote:command-succeeded').subscribe(hear)
    await storage.run('mine', () => connect().db('shop').command({ ping: 1 }))
    channel('cenote:command-succeeded').unsubscribe(hear)
    assert.deepEqual([...contexts], ['mine'])
  }))

test('a stream of command events', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const events = client.events(['commandSucceeded'])
    await client.db('shop').command({ ping: 1 })
    const { value } = await events.next()
    assert.ok(value instanceof CommandSucceededEvent)
    assert.equal(value.commandName, 'ping')
    await events.return?.()
  }))

test('what a listener keeps is not overwritten by later commands', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const told = listen(client)
    const orders = client.db('shop').collection<{ _id: number }>('orders')
    for (let _id = 0; _id < 20; _id++) await orders.insertOne({ _id })
    const sent = told.filter(event => event instanceof CommandStartedEvent).map(({ command }) => command['documents'])
    assert.deepEqual(
      sent,
      Array.from({ length: 20 }, (_, _id) => [{ _id }])
    )
  }))
