import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import {
  ClientSession,
  type CommandStartedEvent,
  Long,
  type MongoClient,
  MongoClientClosedError,
  MongoCompatibilityError,
  MongoExpiredSessionError,
  MongoInvalidArgumentError,
  MongoTransactionError,
  Timestamp
} from '../../src/client/index.ts'
import { type Bench, failureOf, withServer } from './bench.ts'
import { withMiddleman } from './middleman.ts'
import { placeOf, sessionMethods } from './session_methods.ts'

const replicaSet = { kind: 'replicaSet' } as const

/** The commands that the client sends from now on. */
function startedOf(client: MongoClient): CommandStartedEvent[] {
  const started: CommandStartedEvent[] = []
  client.on('commandStarted', event => started.push(event))
  return started
}

const lsidOf = ({ command }: CommandStartedEvent): string =>
  String((command['lsid'] as { id: unknown } | undefined)?.id)
const idOf = ({ id }: ClientSession): string => String(id?.id)

async function prepared({ connect }: Bench): Promise<MongoClient> {
  const client = connect()
  const { collection } = placeOf(client)
  await collection.insertMany(Array.from({ length: 5 }, (_, _id) => ({ _id })))
  await client.db('shop').createCollection('present')
  return client
}

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
      async bench => {
        const { collection } = placeOf(bench.connect({ heartbeatFrequencyMS: 1_000_000 }))
        const client = await prepared(bench)
        const started = startedOf(client)
        const told: unknown[] = []
        client.on('commandSucceeded', ({ reply }) => told.push(reply['$clusterTime']))
        const { collection: own } = placeOf(client)
        const operations = [
          () => client.db().command({ ping: 1 }),
          () => own.aggregate([]).toArray(),
          () => own.find().toArray(),
          () => own.insertOne({ _id: 50 + told.length })
        ]
        for (const operation of operations) {
          await operation()
          const last = told.at(-1)
          assert.equal(last !== undefined, kind === 'replicaSet')
          await operation()
          assert.deepEqual(started.at(-1)?.command['$clusterTime'], last)
        }
        assert.equal(collection.collectionName, 'numbers')
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

test('a session keeps its number of writes: it grows from operation to operation, and with the next session', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const started = startedOf(client)
    const { collection } = placeOf(client)
    const session = client.startSession()
    assert.equal(session.serverSession?.txnNumber, 0)
    await collection.insertOne({ _id: 1 }, { session })
    await collection.findOne({}, { session })
    await collection.insertMany([{ _id: 2 }], { session })
    await Promise.all([3, 4].map(_id => collection.insertOne({ _id }, { session })))
    assert.equal(session.serverSession?.txnNumber, 4)
    await session.endSession()
    await collection.insertOne({ _id: 5 })
    const numbers = started.map(({ command }) => command['txnNumber'] as unknown)
    assert.deepEqual(
      numbers,
      [1, undefined, 2, 3, 4, 5].map(n => (n === undefined ? n : Long.fromNumber(n))).map(numberOf)
    )
    assert.equal(session.serverSession?.txnNumber, 4, 'as it was at the end')
  }, replicaSet))

/** The driver decodes an int64 that fits into a number. */
function numberOf(value: Long | undefined): number | undefined {
  return value?.toNumber()
}

test('a session that a network error has made dirty goes on, and is not used again after its end', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = connect()
    const { collection } = placeOf(client)
    const session = client.startSession()
    const id = idOf(session)
    failCommand(['insert'], { closeConnection: true })
    await collection.insertOne({ _id: 1 }, { session })
    assert.equal(session.serverSession?.isDirty, true)
    await collection.insertOne({ _id: 2 }, { session })
    assert.equal(session.serverSession?.isDirty, true)
    await session.endSession()
    assert.equal(session.serverSession?.isDirty, true)
    assert.notEqual(idOf(client.startSession()), id)
  }, replicaSet))

test('a server session that an operation still uses is nobody else’s, although its session has ended', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = connect()
    await client.db().command({ ping: 1 })
    const started = startedOf(client)
    failCommand(['find'], { blockConnection: true, blockTimeMS: 50 })
    const session = client.startSession()
    const id = idOf(session)
    const found = placeOf(client).collection.findOne({}, { session })
    await session.endSession()
    await client.db().command({ ping: 1 })
    assert.notEqual(lsidOf(started.at(-1) as CommandStartedEvent), id)
    assert.equal(await found, null)
    assert.equal(idOf(session), id)
    const ids = [idOf(client.startSession()), idOf(client.startSession())]
    assert.ok(ids.includes(id), 'given back when the operation was over')
  }, replicaSet))

test('a cursor keeps the session that it was given; once that has ended it is refused, and the server is told', () =>
  withServer(async bench => {
    const client = await prepared(bench)
    const started = startedOf(client)
    const session = client.startSession()
    const cursor = placeOf(client).collection.find({}, { session, batchSize: 2 })
    for (let read = 0; read < 3; read++) await cursor.next()
    assert.deepEqual(started.map(lsidOf), [idOf(session), idOf(session)])
    assert.equal(bench.member.openCursors(), 1)
    await session.endSession()
    assert.deepEqual(await cursor.next(), { _id: 3 }, 'it has come already')
    assert.ok((await failureOf(cursor.next())) instanceof MongoExpiredSessionError)
    await client.db().command({ ping: 1 })
    assert.equal(bench.member.openCursors(), 0)
    const other = client.startSession()
    await using second = placeOf(client).collection.find({}, { session: other, batchSize: 2 })
    await second.next()
    await second.close()
    assert.equal(started.at(-1)?.commandName, 'killCursors')
    assert.equal(lsidOf(started.at(-1) as CommandStartedEvent), idOf(other))
  }, replicaSet))

test('an unacknowledged write has no session: without one it carries none, with one it is refused', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const started = startedOf(client)
    const { collection } = placeOf(client)
    const session = client.startSession()
    const writeConcern = { w: 0 } as const
    for (const operation of [
      collection.insertOne({ _id: 1 }, { session, writeConcern }),
      collection.bulkWrite([{ deleteOne: { filter: {} } }], { session, writeConcern }),
      collection.drop({ session, writeConcern })
    ]) {
      const error = await failureOf(operation)
      assert.ok(error instanceof MongoInvalidArgumentError)
      assert.match(error.message, /^\w+ with write concern w 0 cannot have a session/)
    }
    await collection.insertOne({ _id: 1 }, { writeConcern })
    assert.deepEqual(
      started.map(({ commandName, command }) => [commandName, 'lsid' in command]),
      [['insert', false]]
    )
    assert.equal(session.operationTime, undefined)
  }, replicaSet))

test('sessions end with their client, and servers are told of those as of its own', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const started = startedOf(client)
    const session = client.startSession()
    await placeOf(client).collection.findOne({}, { session })
    await client.db().command({ ping: 1 })
    const ids = new Set(started.map(lsidOf))
    assert.equal(ids.size, 2)
    await client.shutdown()
    assert.equal(session.hasEnded, true)
    const last = started.at(-1)
    assert.ok(last?.commandName === 'endSessions')
    const told = (last.command['endSessions'] as { id: unknown }[]).map(({ id }) => String(id))
    assert.deepEqual(new Set(told), ids)
    assert.throws(() => client.startSession(), MongoClientClosedError)
    const closed = connect()
    const other = closed.startSession()
    await placeOf(closed).collection.findOne({}, { session: other })
    await closed.close()
    assert.equal(other.hasEnded, true)
  }, replicaSet))

test('withSession gives a session that ends with the work, and resolves or rejects as the work does', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const seen: ClientSession[] = []
    const found = await client.withSession(async session => {
      seen.push(session)
      return placeOf(client).collection.countDocuments({}, { session })
    })
    assert.equal(found, 0)
    const failure = new Error('of the work')
    const failed = client.withSession({ causalConsistency: false }, async session => {
      seen.push(session)
      assert.equal(session.hasEnded, false)
      throw failure
    })
    assert.equal(await failureOf(failed), failure)
    assert.deepEqual(
      seen.map(({ hasEnded, supports }) => [hasEnded, supports.causalConsistency]),
      [
        [true, true],
        [true, false]
      ]
    )
    assert.match((await failureOf(client.withSession({} as never))).message, /withSession takes a function/)
  }, replicaSet))

test('options of sessions are checked, and what is not there is refused by its name', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    for (const [options, message] of [
      [{ causal: true }, /no option "causal" here; there are causalConsistency/],
      [{ defaultTimeoutMS: 5 }, /no option "defaultTimeoutMS"/],
      [{ causalConsistency: 'yes' }, /causalConsistency must be true or false, not yes/],
      [{ defaultTransactionOptions: 5 }, /defaultTransactionOptions must be an object/],
      [{ snapshot: true }, /snapshot: snapshot reads are not built yet/],
      [5, /the options of a session are an object/]
    ] as const)
      assert.throws(() => client.startSession(options as never), { name: 'MongoInvalidArgumentError', message })
    const defaultTransactionOptions = { readConcern: 'majority' } as const
    const session = client.startSession({ snapshot: false, causalConsistency: undefined, defaultTransactionOptions })
    assert.deepEqual(session.defaultTransactionOptions, defaultTransactionOptions)
    assert.equal(session.client, client)
    const { collection } = placeOf(client)
    const stranger = { id: 5 } as unknown as ClientSession
    assert.match((await failureOf(collection.findOne({}, { session: stranger }))).message, /session must be what/)
    assert.match((await failureOf(collection.find({}, { session: stranger }).next())).message, /session must be what/)
    assert.equal(await collection.findOne({}, { session: null as never }), null, 'null is none')
  }))

test('transactions are refused by name, and there is never one', () =>
  withServer(async ({ connect }) => {
    const session = connect().startSession()
    assert.throws(() => session.startTransaction(), {
      name: 'MongoTransactionError',
      message: 'startTransaction: transactions are not built yet'
    })
    for (const refused of [
      session.commitTransaction(),
      session.abortTransaction(),
      session.withTransaction(async () => assert.fail('the work is not called'))
    ])
      assert.ok((await failureOf(refused)) instanceof MongoTransactionError)
    assert.equal(session.inTransaction(), false)
    await session.endSession()
  }, replicaSet))

test('a session shows what it is and nothing inside, and takes nothing for it', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const session = client.startSession()
    assert.equal(ClientSession.name, 'ClientSession')
    assert.equal(inspect(session), 'ClientSession { not used yet }')
    assert.equal(JSON.stringify(session), '{"hasEnded":false,"causalConsistency":true}')
    const id = idOf(session)
    assert.equal(inspect(session), `ClientSession { ${id} }`)
    assert.equal(session.id?.id.buffer.length, 16)
    await session.endSession()
    assert.equal(inspect(session), `ClientSession { ${id}, ended }`)
    assert.equal(idOf(session), id)
    const unused = client.startSession()
    await unused.endSession()
    assert.equal(unused.id, undefined)
    assert.deepEqual([session.equals(session), session.equals(unused)], [true, false])
  }, replicaSet))

test("a session's cluster time goes with its own commands alone, where it is later than the client's", () =>
  withServer(async ({ connect, nowMS }) => {
    const client = connect()
    const started = startedOf(client)
    const { collection } = placeOf(client)
    await collection.insertOne({ _id: 1 })
    const session = client.startSession()
    assert.equal(session.clusterTime, undefined)
    const other = connect()
    const further = other.startSession()
    await placeOf(other).collection.insertOne({ _id: 2 }, { session: further })
    const told = further.clusterTime
    assert.ok(told?.clusterTime instanceof Timestamp)
    const ahead = { ...told, clusterTime: new Timestamp({ t: told.clusterTime.t + 60, i: 7 }) }
    session.advanceClusterTime(ahead)
    session.advanceClusterTime(told)
    assert.deepEqual(session.clusterTime, ahead, 'it only grows')
    await client.db().command({ ping: 1 })
    assert.ok(!ahead.clusterTime.equals(timeOf(started.at(-1))), 'no session, no time of a session')
    await client.db().command({ ping: 1 }, { session })
    assert.ok(ahead.clusterTime.equals(timeOf(started.at(-1))))
    await client.db().command({ ping: 1 })
    assert.ok(ahead.clusterTime.equals(timeOf(started.at(-1))), 'by now a server has told it')
    for (const wrong of [undefined, {}, { clusterTime: 5 }, { clusterTime: new Date(nowMS()) }])
      assert.throws(
        () => session.advanceClusterTime(wrong as never),
        /a cluster time is a document with a "clusterTime"/
      )
    const long = { clusterTime: new Timestamp({ t: 4_000_000_000, i: 1 }), signature: { hash: 'x'.repeat(300) } }
    assert.throws(() => session.advanceClusterTime(long as never), /takes 3\d\d bytes; 256 are taken at most/)
    assert.throws(() => session.advanceOperationTime(5 as never), /an operation time is a Timestamp/)
  }, replicaSet))

function timeOf(event: CommandStartedEvent | undefined): Timestamp {
  assert.ok(event !== undefined)
  return (event.command['$clusterTime'] as { clusterTime: Timestamp }).clusterTime
}
