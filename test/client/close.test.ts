import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoClientClosedError, MongoPoolClosedError } from '../../src/client/index.ts'
import { countListeners, failureOf, targetOf, withServer } from './bench.ts'

test('close rejects an operation that waits for a server with MongoClientClosedError', () =>
  withServer(async ({ connect, member, runtime }) => {
    await member.refuseDials(true)
    const client = connect()
    const waiting = [
      failureOf(client.db().command({ ping: 1 })),
      failureOf(client.connect()),
      failureOf(client.warmUp())
    ]
    await runtime.sleep(20)
    await client.close()
    for (const error of await Promise.all(waiting)) assert.ok(error instanceof MongoClientClosedError, error.name)
  }))

test('close rejects an operation that waits for a connection, and the error of its check-out is the cause', () =>
  withServer(async ({ connect, failCommand, runtime }) => {
    const told: unknown[] = []
    const client = await connect({ maxPoolSize: 1 }).connect()
    client.on('connectionCheckOutFailed', ({ reason, error }) => told.push(reason, error))
    failCommand(['ping'], { blockConnection: true, blockTimeMS: 1_000 })
    const running = failureOf(client.db().command({ ping: 1 }))
    await runtime.sleep(20)
    const waiting = failureOf(client.db().collection('a').findOne())
    await client.close()
    const error = await waiting
    assert.ok(error instanceof MongoClientClosedError, error.name)
    assert.ok(error.cause instanceof MongoPoolClosedError)
    assert.deepEqual(told, ['poolClosed', error.cause])
    assert.ok((await running) instanceof MongoClientClosedError)
  }))

test('close rejects an operation that waits for its reply, and says where it was', () =>
  withServer(async ({ connect, failCommand, runtime, member }) => {
    const told: unknown[] = []
    const client = await connect().connect()
    for (const kind of ['connectionCheckedIn', 'connectionClosed', 'connectionPoolClosed'] as const)
      client.on(kind, () => told.push(kind))
    failCommand(['insert'], { blockConnection: true, blockTimeMS: 1_000 })
    const inserted = failureOf(client.db().collection('a').insertOne({}))
    await runtime.sleep(20)
    await client.close()
    const error = await inserted
    assert.ok(error instanceof MongoClientClosedError, error.name)
    assert.ok(error.message.includes(`insert was in progress on ${member.address}`), error.message)
    assert.deepEqual(told.slice(-2), ['connectionCheckedIn', 'connectionClosed'])
  }))

test('close rejects an operation that rests between two attempts', () =>
  withServer(async ({ connect, failCommand, runtime, nowMS }) => {
    const client = await connect().connect()
    failCommand(
      ['find'],
      {
        errorCode: 462,
        errorLabels: ['SystemOverloadedError', 'RetryableError'],
        errorExtraInfo: { baseBackoffMS: 9_000 }
      },
      0
    )
    const found = failureOf(client.db().collection('a').findOne())
    await runtime.sleep(30)
    await client.close()
    assert.ok((await found) instanceof MongoClientClosedError)
    assert.ok(nowMS() < 50)
  }))

test('close ends dials in whatever stage of their handshake', () =>
  withServer(async ({ connect, member, runtime, nowMS }) => {
    const client = await connect().connect()
    member.handshakeDelayMS = 5_000
    const shaking = failureOf(client.db().command({ ping: 1 }))
    await runtime.sleep(20)
    runtime.network.dialDelayMS(targetOf(member.address), 5_000)
    const dialling = failureOf(client.db().command({ ping: 1 }))
    await runtime.sleep(20)
    assert.equal(client.pools()[0]?.pending, 2)
    await client.close()
    assert.ok(nowMS() < 60)
    assert.deepEqual(runtime.network.transports(), [])
    for (const error of await Promise.all([shaking, dialling]))
      assert.ok(error instanceof MongoClientClosedError, error.name)
    member.handshakeDelayMS = 0
  }))

test('close sends the server nothing more', () =>
  withServer(async ({ connect, member }) => {
    const client = connect()
    await client.db().command({ ping: 1 })
    await client.close()
    assert.equal(member.sessions().length, 1)
  }))

test('close is idempotent, and may end a shutdown that waits', () =>
  withServer(async ({ connect, failCommand, runtime, nowMS }) => {
    const client = await connect().connect()
    failCommand(['ping'], { blockConnection: true, blockTimeMS: 60_000 })
    const ping = failureOf(client.db().command({ ping: 1 }))
    await runtime.sleep(20)
    const ended = client.shutdown()
    await Promise.all([client.close(), client.close(), ended])
    assert.ok(nowMS() < 50)
    assert.ok((await ping) instanceof MongoClientClosedError)
  }))

test('close from within a listener ends the client', () =>
  withServer(async ({ connect, runtime }) => {
    const client = connect()
    client.once('connectionCheckedOut', () => void client.close())
    assert.ok((await failureOf(client.db().command({ ping: 1 }))) instanceof MongoClientClosedError)
    await runtime.sleep(5)
    assert.deepEqual(client.connections(), [])
  }))

test("a client's signal closes it when it is aborted", () =>
  withServer(async ({ connect, failCommand, runtime }) => {
    const controller = new AbortController()
    const client = await connect({ signal: controller.signal }).connect()
    failCommand(['ping'], { blockConnection: true, blockTimeMS: 60_000 })
    const ping = failureOf(client.db().command({ ping: 1 }))
    await runtime.sleep(20)
    controller.abort()
    assert.ok((await ping) instanceof MongoClientClosedError)
    await client.close()
  }))

test('a client whose signal was aborted before it was made is closed from the start', () =>
  withServer(async ({ connect, runtime }) => {
    const client = connect({ signal: AbortSignal.abort() })
    await runtime.sleep(10)
    assert.deepEqual(client.connections(), [])
    assert.ok((await failureOf(client.db().command({ ping: 1 }))) instanceof MongoClientClosedError)
  }))

test('a client that has ended leaves no listener on its signal', () =>
  withServer(async ({ connect }) => {
    const controller = new AbortController()
    const listeners = countListeners(controller.signal)
    const clients = [connect({ signal: controller.signal }), connect({ signal: controller.signal })]
    for (const client of clients) await client.connect()
    assert.equal(listeners(), 2)
    await clients[0]?.shutdown()
    await clients[1]?.close()
    assert.equal(listeners(), 0)
  }))

test('a stream of events ends with the client', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const events = client.events(['connectionPoolClosed'])
    await client.connect()
    await client.close()
    assert.equal((await events.next()).done, false)
    assert.equal((await events.next()).done, true)
  }))
