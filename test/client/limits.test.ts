import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Document } from '../../src/bson/index.ts'
import {
  MongoNetworkTimeoutError,
  MongoOperationTimeoutError,
  MongoServerError,
  MongoServerSelectionError,
  MongoWaitQueueTimeoutError,
  MongoWriteConcernError
} from '../../src/client/index.ts'
import { failureOf, targetOf, withServer } from './bench.ts'
import { withMiddleman } from './middleman.ts'

test('a selection that takes longer than serverSelectionTimeoutMS fails with what was wanted and what each server said', () =>
  withServer(async ({ connect, member, nowMS }) => {
    await member.refuseDials(true)
    const client = connect({ serverSelectionTimeoutMS: 400 })
    const error = await failureOf(client.db().collection('a').findOne())
    assert.ok(error instanceof MongoServerSelectionError)
    assert.equal(nowMS(), 400)
    assert.match(error.message, /after 400 ms: no server is suitable for a read with read preference "primary"/)
    assert.match(error.message, /ECONNREFUSED/)
    assert.ok(error.message.includes(member.address))
  }))

test('under timeoutMS a server that says its time is over is told as the time-out, with its answer as the cause', () =>
  withServer(async ({ connect, failCommand }) => {
    const collection = connect().db().collection('a')
    failCommand(['find', 'insert'], { errorCode: 50 }, 0)
    for (const work of [
      () => collection.findOne({}, { timeoutMS: 5_000 }),
      () => collection.insertOne({}, { timeoutMS: 5_000 }),
      () => collection.find({}, { timeoutMS: 5_000 }).toArray()
    ]) {
      const error = await failureOf(work())
      assert.ok(error instanceof MongoOperationTimeoutError, error.name)
      assert.match(error.message, /within timeoutMS 5000/)
      assert.ok(error.cause instanceof MongoServerError)
      assert.equal(error.cause.code, 50)
    }
    const without = await failureOf(collection.findOne({}, { maxTimeMS: 5_000 }))
    assert.ok(without instanceof MongoServerError && without.code === 50, 'who set no timeoutMS hears the server')
  }))

test('serverSelectionTimeoutMS limits connect as well', () =>
  withServer(async ({ connect, member, nowMS }) => {
    await member.refuseDials(true)
    const error = await failureOf(connect({ serverSelectionTimeoutMS: 300 }).connect())
    assert.ok(error instanceof MongoServerSelectionError)
    assert.equal(nowMS(), 300)
  }))

test('a wait for a connection ends after waitQueueTimeoutMS, with every figure of the pool in text and fields', () =>
  withServer(async ({ connect, failCommand, runtime, member, nowMS }) => {
    const client = connect({ maxPoolSize: 3, maxConnecting: 1, waitQueueTimeoutMS: 80, maxAdaptiveRetries: 0 })
    const collection = client.db().collection('a')
    // The first clear, a dial that fails, two connections in use, and a dial that takes long.
    failCommand(['find'], { closeConnection: true })
    await collection.findOne()
    failCommand(['ping'], { blockConnection: true, blockTimeMS: 500 }, 0)
    const slow = [1, 2].map(() => client.db().command({ ping: 1 }))
    await runtime.sleep(50)
    await member.refuseDials(true)
    const dialError = await failureOf(client.db().command({ ping: 1 }))
    await member.refuseDials(false)
    runtime.network.dialDelayMS(targetOf(member.address), 1_000)
    const beganMS = nowMS()
    const [error, other] = await Promise.all([1, 2].map(() => failureOf(collection.findOne())))
    assert.ok(error instanceof MongoWaitQueueTimeoutError && other instanceof MongoWaitQueueTimeoutError)
    assert.equal(nowMS() - beganMS, 80)
    const { pool } = error
    assert.ok(pool.oldestInUseMS !== undefined && pool.oldestInUseMS > 130)
    assert.equal(
      error.message,
      `Timed out while checking out a connection from connection pool: ${member.address} had none for 80 ms; ` +
        `maxPoolSize 3, in use 2 (ping 2, the oldest for ${Math.round(pool.oldestInUseMS)} ms), available 0, pending 1 ` +
        '(maxConnecting 1), waiting 2; the pool is ready, generation 1; the last dial failed: ' +
        `${dialError.message}. New connections fail: mend that first.`
    )
    assert.match(dialError.message, /ECONNREFUSED/)
    assert.deepEqual(pool, {
      address: member.address,
      state: 'ready',
      generation: 1,
      maxPoolSize: 3,
      maxConnecting: 1,
      inUse: 2,
      inUseBy: { ping: 2 },
      loadBalanced: false,
      inUseByCursors: 0,
      inUseByTransactions: 0,
      oldestInUseMS: pool.oldestInUseMS,
      available: 0,
      pending: 1,
      waiting: 2,
      waitedMS: 80,
      lastDialError: dialError
    })
    await Promise.all(slow)
  }))

test('a server that does not answer within socketTimeoutMS costs the operation and its connection', () =>
  withServer(async ({ connect, failCommand, nowMS, runtime }) => {
    const closed: unknown[] = []
    const client = connect({ socketTimeoutMS: 100, retryReads: false })
    client.on('connectionClosed', ({ reason }) => closed.push(reason))
    await client.connect()
    failCommand(['find'], { blockConnection: true, blockTimeMS: 5_000 })
    const beganMS = nowMS()
    const error = await failureOf(client.db().collection('a').findOne())
    assert.ok(error instanceof MongoNetworkTimeoutError)
    assert.match(error.message, /did not answer find within socketTimeoutMS 100/)
    assert.ok(nowMS() - beganMS < 110, `it took ${nowMS() - beganMS} ms`)
    await runtime.sleep(1)
    assert.deepEqual(closed, ['error'])
    assert.equal(await client.db().collection('a').findOne(), null)
  }))

test('timeoutMS takes the place of socketTimeoutMS', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = await connect({ socketTimeoutMS: 100 }).connect()
    const blocked = { blockConnection: true, blockTimeMS: 200 }
    failCommand(['delete'], blocked)
    const limited = await client.db().collection('a').deleteMany({}, { timeoutMS: 1_000 })
    assert.equal(limited.acknowledged, true)
    failCommand(['delete'], blocked)
    const error = await failureOf(client.db().collection('a').deleteMany({}, { timeoutMS: 0 }))
    assert.ok(error instanceof MongoNetworkTimeoutError)
  }))

test('timeoutMS takes the place of the time that a write concern may be waited for, wherever either is set', () =>
  withServer(async ({ connect }) => {
    const concern = { w: 1, wtimeoutMS: 5 }
    for (const [ofClient, ofCollection, ofOperation, sent] of [
      [{}, { writeConcern: concern }, { timeoutMS: 1_000 }, { w: 1 }],
      [{ writeConcern: { wtimeoutMS: 5 } }, {}, { timeoutMS: 1_000 }, undefined],
      [{ writeConcern: concern, timeoutMS: 1_000 }, {}, {}, { w: 1 }],
      [{ timeoutMS: 1_000 }, {}, { writeConcern: concern }, { w: 1 }],
      [{ writeConcern: concern }, {}, { timeoutMS: 0 }, { w: 1, wtimeout: 5 }],
      [{ writeConcern: concern }, {}, {}, { w: 1, wtimeout: 5 }]
    ] as const) {
      const client = connect(ofClient)
      const concerns: unknown[] = []
      client.on('commandStarted', ({ command }) => concerns.push(command['writeConcern']))
      const collection = client.db().collection('a', ofCollection)
      await collection.insertOne({}, ofOperation)
      await collection.createIndex({ a: 1 }, ofOperation)
      await collection.updateMany({}, { $set: { a: 1 } }, ofOperation)
      assert.deepEqual(concerns, [sent, sent, sent])
    }
    const client = connect({ writeConcern: concern })
    const dropped: unknown[] = []
    client.on('commandStarted', ({ command }) => dropped.push(command['writeConcern']))
    await client.db().dropDatabase({ timeoutMS: 1_000 })
    assert.deepEqual(dropped, [{ w: 1 }])
  }))

test('timeoutMS limits the selection', () =>
  withServer(async ({ connect, member, nowMS }) => {
    await member.refuseDials(true)
    const error = await failureOf(connect({ timeoutMS: 150 }).db().collection('a').findOne())
    assert.ok(error instanceof MongoOperationTimeoutError, error.name)
    assert.match(error.message, /find was not done within timeoutMS 150: after 150 ms no server had been found/)
    assert.equal(nowMS(), 150)
  }))

test('timeoutMS limits the wait for a connection, in place of waitQueueTimeoutMS', () =>
  withServer(async ({ connect, failCommand, runtime, nowMS }) => {
    const failed: unknown[] = []
    const client = connect({ maxPoolSize: 1, timeoutMS: 10_000, waitQueueTimeoutMS: 10 })
    client.on('connectionCheckOutFailed', ({ reason, error }) => failed.push(reason, error))
    await client.connect()
    failCommand(['ping'], { blockConnection: true, blockTimeMS: 500 })
    const slow = client.db().command({ ping: 1 })
    await runtime.sleep(20)
    const beganMS = nowMS()
    const error = await failureOf(client.db().collection('a').findOne({}, { timeoutMS: 90 }))
    assert.ok(error instanceof MongoOperationTimeoutError, error.name)
    assert.match(error.message, /it was waiting on /)
    assert.equal(Math.round(nowMS() - beganMS), 90)
    assert.deepEqual(failed, ['timeout', error], 'one error object for the caller and the event')
    await slow
  }))

test('timeoutMS limits the reply, and the connection carries no other', () =>
  withServer(async ({ runtime, nowMS, member }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      const closed: unknown[] = []
      const client = middleman.client()
      client.on('connectionClosed', ({ reason }) => closed.push(reason))
      await client.connect()
      middleman.swallowReplyTo('ping')
      const beganMS = nowMS()
      const error = await failureOf(
        client
          .db()
          .collection('a')
          .findOne({}, { timeoutMS: 5_000 })
          .then(() => client.db('a').admin().ping({ timeoutMS: 200 }))
      )
      assert.ok(error instanceof MongoOperationTimeoutError, error.name)
      assert.match(error.message, /ping was not done within timeoutMS 200: after 200 ms it was running on /)
      assert.ok(nowMS() - beganMS < 220)
      assert.deepEqual(closed, ['error'])
      assert.equal(client.pools()[0]?.counters.cleared, 0, 'it is no network error of the server')
      await client.db().command({ ping: 1 })
    })
  }))

test('the server is told with maxTimeMS what remains, less its least round-trip time', () =>
  withServer(async ({ runtime, member }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      const client = await middleman.client().connect()
      await client.db().command({ ping: 1 })
      await client.db().command({ ping: 1 }, { timeoutMS: 1_000 })
      const sent = middleman.sent('ping')
      assert.equal(sent[0]?.['maxTimeMS'], undefined)
      const told = Number(sent[1]?.['maxTimeMS'])
      assert.ok(told >= 990 && told < 1_000, `maxTimeMS ${told}`)
    })
  }))

test('an operation whose time would be over before the reply is not sent', () =>
  withServer(async ({ runtime, member }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      middleman.delayMS = 50
      const client = await middleman.client().connect()
      await client.db().command({ ping: 1 })
      await runtime.sleep(30_000)
      const error = await failureOf(client.db().command({ ping: 1 }, { timeoutMS: 40 }))
      assert.ok(error instanceof MongoOperationTimeoutError, error.name)
      assert.equal(middleman.sent('ping').length, 1)
      assert.equal(client.pools()[0]?.available, 1, 'the connection stays whole')
    })
  }))

test('an operation takes timeoutMS from the client, the database, the collection and itself, the nearest first', () =>
  withServer(async ({ runtime, member }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      const client = await middleman.client({ timeoutMS: 9_000 }).connect()
      await client.db().collection('a').findOne()
      await client.db('test', { timeoutMS: 8_000 }).collection('a').findOne()
      await client.db('test', { timeoutMS: 8_000 }).collection('a', { timeoutMS: 7_000 }).findOne()
      await client.db().collection('a', { timeoutMS: 7_000 }).findOne({}, { timeoutMS: 6_000 })
      await client.db().collection('a').find({}, { timeoutMS: 5_000 }).toArray()
      const limits = middleman.sent('find').map(({ maxTimeMS }) => Math.ceil(Number(maxTimeMS) / 1_000))
      assert.deepEqual(limits, [9, 8, 7, 6, 5])
    })
  }))

test('where timeoutMS counts, a maxTimeMS of the operation does not, and the command carries one limit', () =>
  withServer(async ({ runtime, member }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      const client = await middleman.client().connect()
      const collection = client.db().collection('a')
      await collection.findOne({}, { maxTimeMS: 77 })
      await collection.findOne({}, { maxTimeMS: 77, timeoutMS: 4_000 })
      await collection.find({}, { maxTimeMS: 77, timeoutMS: 4_000 }).toArray()
      const limits = middleman.sentKeys('find').map(keys => keys.filter(key => key === 'maxTimeMS').length)
      assert.deepEqual(limits, [1, 1, 1])
      assert.equal(middleman.sent('find')[0]?.['maxTimeMS'], 77)
    })
  }))

test('of all batches of a cursor one timeoutMS counts', () =>
  withServer(async ({ connect, failCommand, nowMS }) => {
    const client = connect()
    await client.db().collection('a').insertMany([{}, {}, {}, {}])
    failCommand(['getMore'], { blockConnection: true, blockTimeMS: 60 }, 0)
    const beganMS = nowMS()
    const error = await failureOf(client.db().collection('a').find({}, { batchSize: 1, timeoutMS: 100 }).toArray())
    assert.ok(error instanceof MongoOperationTimeoutError, error.name)
    assert.match(error.message, /getMore was not done within timeoutMS/)
    assert.ok(nowMS() - beganMS < 110)
  }))

test('no timer is armed for operations without a limit', () =>
  withServer(async ({ connect, runtime }) => {
    const client = await connect().connect()
    await runtime.sleep(100)
    const idle = runtime.timersArmed()
    const operations = Array.from({ length: 20 }, () => client.db().command({ ping: 1 }))
    assert.equal(runtime.timersArmed() - idle, 1, 'one for the dials, which connectTimeoutMS limits')
    await Promise.all(operations)
  }))

test('a server that ends a command at its limit means timeoutMS, where that is what limits the command', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = await connect().connect()
    const collection = client.db().collection('a')
    failCommand(['find'], { errorCode: 50 })
    const error = await failureOf(collection.findOne({}, { timeoutMS: 10_000 }))
    assert.ok(error instanceof MongoOperationTimeoutError, error.name)
    assert.ok(error.cause instanceof MongoServerError && error.cause.code === 50)
    assert.match(error.message, /find was not done within timeoutMS 10000/)
    failCommand(['insert'], { writeConcernError: { code: 50, errmsg: 'too late' } })
    const ofConcern = await failureOf(collection.insertOne({}, { timeoutMS: 10_000 }))
    assert.ok(ofConcern instanceof MongoOperationTimeoutError && ofConcern.cause instanceof MongoWriteConcernError)
    failCommand(['find'], { errorCode: 50 })
    const unlimited = await failureOf(collection.findOne({}, { timeoutMS: 0 }))
    assert.ok(unlimited instanceof MongoServerError, "with timeoutMS 0 it is the server's own matter")
    const [pool] = client.pools()
    assert.deepEqual([pool?.available, pool?.counters.connectionsCreated, pool?.counters.cleared], [1, 1, 0])
  }))

test('with timeoutMS an operation is tried again as long as there is time, with 0 without end, else once', () =>
  withServer(async ({ connect, failCommand, nowMS }) => {
    const client = await connect().connect()
    const collection = client.db().collection('a')
    failCommand(['find'], { errorCode: 6 }, 4)
    assert.equal(await collection.findOne({}, { timeoutMS: 10_000 }), null)
    failCommand(['find'], { errorCode: 7 }, 4)
    assert.deepEqual(await collection.find({}, { timeoutMS: 0 }).toArray(), [])
    failCommand(['find'], { errorCode: 7 }, 2)
    assert.ok((await failureOf(collection.findOne())) instanceof MongoServerError)
    failCommand(['find'], { errorCode: 7, blockConnection: true, blockTimeMS: 40 }, 0)
    const beganMS = nowMS()
    const error = await failureOf(collection.findOne({}, { timeoutMS: 100 }))
    assert.ok(error instanceof MongoOperationTimeoutError, error.name)
    assert.ok(nowMS() - beganMS > 80 && nowMS() - beganMS < 101)
  }))

test('a cursor whose time is over has timeoutMS again for its close', () =>
  withServer(async ({ connect, failCommand, member, runtime }) => {
    const client = await connect().connect()
    const started: Document[] = []
    client.on('commandStarted', ({ command }) => started.push(command))
    await client.db().collection('a').insertMany([{}, {}])
    failCommand(['getMore'], { blockConnection: true, blockTimeMS: 90 })
    const cursor = client.db().collection('a').find({}, { batchSize: 1, timeoutMS: 50 })
    assert.ok((await failureOf(cursor.toArray())) instanceof MongoOperationTimeoutError)
    await runtime.sleep(20)
    const last = started.at(-1)
    assert.equal(last?.['killCursors'], 'a')
    assert.ok(last['maxTimeMS'] > 40 && last['maxTimeMS'] < 50, `maxTimeMS ${last['maxTimeMS']}`)
    assert.equal(member.openCursors(), 0)
  }))
