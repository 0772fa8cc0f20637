import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoClient, MongoNetworkError, MongoServerError } from '../../src/client/index.ts'
import { startDeployment } from '../../src/embedded/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { failureOf, withServer } from './bench.ts'
import { withMiddleman } from './middleman.ts'

const overloaded = { errorCode: 462, errorLabels: ['SystemOverloadedError', 'RetryableError'] }

/** How often the client has asked for a connection. */
function attempts(client: MongoClient): number {
  return client.pools().reduce((sum, { counters }) => sum + counters.checkOutsStarted, 0)
}

test('a find whose connection dies is tried again, once', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = await connect().connect()
    failCommand(['find'], { closeConnection: true })
    assert.equal(await client.db().collection('a').findOne(), null)
    assert.equal(attempts(client), 2)
  }))

test('a find whose connection dies twice fails with the network error', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = await connect().connect()
    failCommand(['find'], { closeConnection: true }, 2)
    assert.ok((await failureOf(client.db().collection('a').findOne())) instanceof MongoNetworkError)
    assert.equal(attempts(client), 2)
    assert.equal(await client.db().collection('a').findOne(), null)
  }))

test('with retryReads false a find is tried once', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = await connect({ retryReads: false }).connect()
    failCommand(['find'], { closeConnection: true })
    assert.ok((await failureOf(client.db().collection('a').findOne())) instanceof MongoNetworkError)
    assert.equal(attempts(client), 1)
  }))

for (const errorCode of [6, 7, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436])
  test(`a find that fails with code ${errorCode} is tried again`, () =>
    withServer(async ({ connect, failCommand }) => {
      const client = await connect().connect()
      failCommand(['find'], { errorCode })
      assert.equal(await client.db().collection('a').findOne(), null)
      assert.equal(attempts(client), 2)
    }))

test('a find that fails with any other code is not tried again', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = await connect().connect()
    failCommand(['find'], { errorCode: 8 })
    const error = await failureOf(client.db().collection('a').findOne())
    assert.ok(error instanceof MongoServerError)
    assert.equal(error.code, 8)
    assert.equal(attempts(client), 1)
  }))

test('an insert to a standalone server, which takes no transaction numbers, is never sent twice after a network error', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = await connect().connect()
    failCommand(['insert'], { closeConnection: true })
    assert.ok((await failureOf(client.db().collection('a').insertOne({}))) instanceof MongoNetworkError)
    assert.deepEqual(await client.db().collection('a').find().toArray(), [])
    assert.equal(client.pools()[0]?.counters.checkOutsStarted, 2)
  }))

test('a command of the user and a getMore are not tried again', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = await connect().connect()
    failCommand(['ping'], { closeConnection: true })
    assert.ok((await failureOf(client.db().command({ ping: 1 }))) instanceof MongoNetworkError)
    await client.db().collection('a').insertMany([{}, {}])
    failCommand(['getMore'], { closeConnection: true })
    const error = await failureOf(client.db().collection('a').find({}, { batchSize: 1 }).toArray())
    assert.ok(error instanceof MongoNetworkError)
  }))

for (const kind of ['find', 'insert', 'ping'] as const)
  test(`a server that is overloaded makes ${kind} back off, and stop after maxAdaptiveRetries + 1 attempts`, () =>
    withServer(async ({ connect, failCommand, nowMS }) => {
      const client = await connect({ maxAdaptiveRetries: 2 }).connect()
      failCommand([kind], overloaded, 0)
      const beganMS = nowMS()
      const collection = client.db().collection('a')
      const run = {
        find: () => collection.findOne(),
        insert: () => collection.insertOne({}),
        ping: () => client.db().command({ ping: 1 })
      }
      const error = await failureOf(run[kind]())
      assert.ok(error instanceof MongoServerError && error.hasErrorLabel('SystemOverloadedError'))
      assert.equal(attempts(client), 3)
      assert.ok(nowMS() - beganMS > 20, 'it waited in between')
      assert.equal(client.pools()[0]?.checkedOut, 0)
    }))

test('an overloaded server that recovers is noticed by the next attempt', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = await connect().connect()
    failCommand(['insert'], overloaded, 2)
    const { insertedId } = await client.db().collection('a').insertOne({ once: true })
    assert.equal(attempts(client), 3)
    assert.equal((await client.db().collection('a').find().toArray())[0]?._id.toString(), insertedId.toString())
  }))

test('with retryReads false no overload makes a find be tried again, with retryWrites false no insert', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = await connect({ retryReads: false, retryWrites: false }).connect()
    failCommand(['find', 'insert'], overloaded, 0)
    await failureOf(client.db().collection('a').findOne())
    await failureOf(client.db().collection('a').insertOne({}))
    assert.equal(attempts(client), 2)
  }))

test('an overload without the label RetryableError is told at once', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = await connect().connect()
    failCommand(['insert'], { errorCode: 462, errorLabels: ['SystemOverloadedError'] }, 0)
    await failureOf(client.db().collection('a').insertOne({}))
    assert.equal(attempts(client), 1)
  }))

test('a retry gives its connection back first: with maxPoolSize 1 nothing waits for itself', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = await connect({ maxPoolSize: 1, waitQueueTimeoutMS: 500 }).connect()
    failCommand(['find'], { errorCode: 262 })
    assert.equal(await client.db().collection('a').findOne(), null)
    failCommand(['find'], overloaded, 3)
    const found = await Promise.all([client.db().collection('a').findOne(), client.db().collection('a').findOne()])
    assert.deepEqual(found, [null, null])
    assert.equal(client.pools()[0]?.counters.connectionsCreated, 1)
  }))

test('the session of a command stays the same from attempt to attempt', () =>
  withServer(async ({ runtime, member, failCommand }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      const client = await middleman.client().connect()
      failCommand(['find'], { errorCode: 262 })
      await client.db().collection('a').findOne()
      const [first, second] = middleman.sent('find')
      assert.ok(first?.['lsid'] !== undefined)
      assert.deepEqual(first['lsid'], second?.['lsid'])
    })
  }))

test('a backoff that would end after timeoutMS is not begun', () =>
  withServer(async ({ connect, failCommand, nowMS }) => {
    const client = await connect({ maxAdaptiveRetries: 9 }).connect()
    failCommand(['find'], { ...overloaded, errorExtraInfo: { baseBackoffMS: 100_000 } }, 0)
    const beganMS = nowMS()
    const error = await failureOf(client.db().collection('a').findOne({}, { timeoutMS: 50 }))
    assert.ok(error instanceof MongoServerError, error.name)
    assert.ok(nowMS() - beganMS < 50)
  }))

test('a pipeline that writes is a write: an overload lets it be tried again if retryWrites allows it', () =>
  withServer(async ({ connect, failCommand }) => {
    for (const [retryWrites, retryReads, count] of [
      [false, true, 1],
      [true, false, 3]
    ] as const) {
      const client = await connect({ retryWrites, retryReads, maxAdaptiveRetries: 2 }).connect()
      failCommand(['aggregate'], overloaded, 0)
      await failureOf(
        client
          .db()
          .collection('a')
          .aggregate([{ $out: 'b' }])
          .toArray()
      )
      assert.equal(attempts(client), count)
    }
  }))

test('a pipeline that writes is sent with its read preference', async () => {
  const runtime = virtualRuntime({ seed: 1 })
  await runtime.run(async () => {
    await using deployment = await startDeployment({ kind: 'replicaSet', runtime })
    await using client = new MongoClient(deployment.uri, { runtime })
    const sent: unknown[] = []
    client.on('commandStarted', ({ command }) => sent.push(command['$readPreference']))
    const options = { readPreference: 'secondaryPreferred' } as const
    await client
      .db()
      .collection('a')
      .aggregate([{ $out: 'b' }], options)
      .toArray()
    assert.deepEqual(sent, [{ mode: 'secondaryPreferred' }])
  })
})
