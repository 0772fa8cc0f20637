import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ClientSession,
  type CommandStartedEvent,
  MongoCompatibilityError,
  MongoExpiredSessionError,
  MongoInvalidArgumentError
} from '../../src/client/index.ts'
import { failureOf, withServer } from './bench.ts'
import { withMiddleman } from './middleman.ts'
import { placeOf, sessionMethods } from './session_methods.ts'
import { idOf, lsidOf, prepared, startedOf } from './session_bench.ts'

const replicaSet = { kind: 'replicaSet' } as const

test('prose test 1: a session cannot be causally consistent and a snapshot', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    assert.throws(() => client.startSession({ snapshot: true, causalConsistency: true }), {
      name: 'MongoInvalidArgumentError',
      message: /snapshot and causalConsistency cannot both be true/
    })
  }, replicaSet))

test('prose test 2: the session that was given back last is used first', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const a = client.startSession()
    const b = client.startSession()
    const [idOfA, idOfB] = [idOf(a), idOf(b)]
    assert.notEqual(idOfA, idOfB)
    await a.endSession()
    await b.endSession()
    assert.deepEqual([idOf(client.startSession()), idOf(client.startSession())], [idOfB, idOfA])
  }, replicaSet))

for (const kind of ['replicaSet', 'standalone'] as const)
  test(`prose test 3, ${kind}: commands carry the $clusterTime of the reply before, where servers tell one`, () =>
    withServer(
      async ({ connect }) => {
        const client = connect({ heartbeatFrequencyMS: 1_000_000 })
        const started = startedOf(client)
        const told: unknown[] = []
        client.on('commandSucceeded', ({ reply }) => told.push(reply['$clusterTime']))
        const { collection } = placeOf(client)
        const operations = [
          () => client.db().command({ ping: 1 }),
          () => collection.aggregate([]).toArray(),
          () => collection.find().toArray(),
          () => collection.insertOne({ _id: told.length })
        ]
        for (const operation of operations) {
          await operation()
          const last = told.at(-1)
          assert.equal(last !== undefined, kind === 'replicaSet')
          await operation()
          assert.deepEqual(started.at(-1)?.command['$clusterTime'], last)
        }
      },
      { kind }
    ))

test('prose test 4: each operation carries the session that it was given, and without one a session of its own', () =>
  withServer(async bench => {
    for (const [name, method] of Object.entries(sessionMethods)) {
      const client = await prepared(bench)
      await client.db('shop').collection('numbers').createIndex({ x: 1 }, { name: 'x_1' })
      await client.db('shop').createCollection('others')
      await client.db('shop').createCollection('strangers')
      if (name === 'rename') await client.db('shop').dropCollection('strangers')
      if (name === 'createCollection') await client.db('shop').dropCollection('others')
      const started = startedOf(client)
      const session = client.startSession()
      await method.run(placeOf(client), { session })
      assert.ok(started.length > 0, name)
      for (const each of started) assert.equal(lsidOf(each), idOf(session), `${name}: ${each.commandName}`)
      assert.equal(started[0]?.commandName, method.command, name)
      started.length = 0
      await client.db('shop').command({ ping: 1 })
      assert.match(lsidOf(started[0] as CommandStartedEvent), /^[\da-f-]{36}$/)
      assert.notEqual(lsidOf(started[0] as CommandStartedEvent), idOf(session), 'it is the session’s alone')
      await session.endSession()
      await client.db('shop').dropDatabase()
      await client.close()
    }
  }, replicaSet))

test("prose test 5: another client's session is refused, and nothing is sent", () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const started = startedOf(client)
    const session = connect().startSession()
    for (const [name, method] of Object.entries(sessionMethods)) {
      const error = await failureOf(method.run(placeOf(client), { session }))
      assert.ok(error instanceof MongoInvalidArgumentError, name)
      assert.match(error.message, /the session of \w+ was started by another client; start one with this client's/)
    }
    assert.deepEqual(started, [])
  }, replicaSet))

test('prose test 6: a session that has ended is refused, however it ended', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const started = startedOf(client)
    const ended = client.startSession()
    await ended.endSession()
    await ended.endSession()
    let disposed: ClientSession
    {
      await using session = client.startSession()
      disposed = session
    }
    for (const session of [ended, disposed]) {
      assert.equal(session.hasEnded, true)
      for (const [name, method] of Object.entries(sessionMethods)) {
        const error = await failureOf(method.run(placeOf(client), { session }))
        assert.ok(error instanceof MongoExpiredSessionError, `${name}: ${error.message}`)
        assert.match(error.message, /has ended; start another one with startSession/)
      }
    }
    assert.deepEqual(started, [])
  }, replicaSet))

test('prose test 8: a cursor that ends with its first batch gives its own session back at once', () =>
  withServer(async bench => {
    const client = await prepared(bench)
    const started = startedOf(client)
    const cursor = placeOf(client).collection.find({ _id: { $lt: 2 } })
    await cursor.next()
    await client.db().command({ ping: 1 })
    assert.equal(lsidOf(started[1] as CommandStartedEvent), lsidOf(started[0] as CommandStartedEvent))
    await cursor.close()
  }, replicaSet))

test('prose test 9: a cursor that ends with a getMore gives its own session back before its last document is read', () =>
  withServer(async bench => {
    const client = await prepared(bench)
    const started = startedOf(client)
    const cursor = placeOf(client).collection.find({}, { batchSize: 3 })
    for (let read = 0; read < 4; read++) await cursor.next()
    await client.db().command({ ping: 1 })
    const [find, getMore, ping] = started.map(lsidOf)
    assert.deepEqual([getMore, ping], [find, find])
    assert.equal(cursor.bufferedCount(), 1)
    await cursor.close()
  }, replicaSet))

for (const kind of ['replicaSet', 'standalone'] as const)
  test(`prose test 11, ${kind}: find and getMore carry one session, with each read preference`, () =>
    withServer(
      async bench => {
        const client = await prepared(bench)
        for (const readPreference of ['primary', 'primaryPreferred', 'secondaryPreferred', 'nearest'] as const) {
          const started = startedOf(client)
          for (const session of [undefined, client.startSession()]) {
            started.length = 0
            await placeOf(client).collection.find({}, { batchSize: 2, readPreference, session }).toArray()
            const ids = new Set(started.map(lsidOf))
            assert.ok(started.length >= 2)
            assert.equal(ids.size, 1)
            if (session !== undefined) assert.ok(ids.has(idOf(session)))
          }
        }
      },
      { kind }
    ))

test('prose test 14: operations that wait for one connection share one session', () =>
  withServer(async bench => {
    const client = bench.connect({ maxPoolSize: 1 })
    const started = startedOf(client)
    const { collection } = placeOf(client)
    const change = { $set: { x: 1 } }
    await Promise.all([
      collection.insertOne({ _id: 1 }),
      collection.deleteOne({}),
      collection.updateOne({}, change),
      collection.bulkWrite([{ updateOne: { filter: {}, update: change } }]),
      collection.findOneAndDelete({}),
      collection.findOneAndUpdate({}, change),
      collection.findOneAndReplace({}, { x: 1 }),
      collection.find().toArray()
    ])
    assert.equal(started.length, 8)
    assert.equal(new Set(started.map(lsidOf)).size, 1)
  }, replicaSet))

test('prose tests 18 and 19: without sessions on the server, one of its own is left out and the caller’s is refused', () =>
  withServer(async ({ runtime, member }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      middleman.hidesSessions = true
      const client = middleman.client()
      const started = startedOf(client)
      const { collection } = placeOf(client)
      await collection.findOne()
      await collection.insertOne({ _id: 1 })
      assert.equal(started.length, 2)
      for (const { command } of started) assert.equal('lsid' in command, false)
      const session = client.startSession()
      for (const operation of [collection.findOne({}, { session }), collection.insertOne({ _id: 2 }, { session })]) {
        const error = await failureOf(operation)
        assert.ok(error instanceof MongoCompatibilityError)
        assert.match(error.message, /^middleman\.test:27017 does not support sessions; run the operation without one$/)
      }
      assert.equal(started.length, 2)
      assert.equal(client.pools()[0]?.checkedOut, 0)
    })
  }))

test('prose test 20: handshakes and monitors neither take nor tell a cluster time', () =>
  withServer(async ({ runtime, member }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      const client = middleman.client({ directConnection: true, heartbeatFrequencyMS: 500 })
      await placeOf(client).collection.insertOne({ _id: 1 })
      const before = middleman.sent('hello').length
      const other = middleman.client({ directConnection: true })
      await placeOf(other).collection.insertOne({ _id: 2 })
      await runtime.sleep(20_000)
      const hellos = [...middleman.sent('hello'), ...middleman.sent('isMaster')]
      assert.ok(middleman.sent('hello').length > before)
      for (const hello of hellos) assert.deepEqual(['$clusterTime' in hello, 'lsid' in hello], [false, false])
      const told = middleman.sent('insert').map(command => '$clusterTime' in command)
      assert.deepEqual(told, [false, false], 'each client had seen nothing but hellos')
    })
  }, replicaSet))
