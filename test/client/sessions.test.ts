import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import {
  ClientSession,
  type CommandStartedEvent,
  Long,
  MongoClientClosedError,
  MongoExpiredSessionError,
  MongoInvalidArgumentError,
  Timestamp
} from '../../src/client/index.ts'
import { failureOf, withServer } from './bench.ts'
import { placeOf } from './session_methods.ts'
import { idOf, lsidOf, prepared, startedOf } from './session_bench.ts'

const replicaSet = { kind: 'replicaSet' } as const

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
    assert.ok(ids.has(idOf(session)), 'it still says which it was')
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
      [{ defaultTimeoutMS: -5 }, /defaultTimeoutMS must be an integer from 0 on, in milliseconds, not -5/],
      [{ causalConsistency: 'yes' }, /causalConsistency must be true or false, not yes/],
      [{ defaultTransactionOptions: 5 }, /defaultTransactionOptions must be an object/],
      [{ snapshot: 'yes' }, /snapshot must be true or false, not yes/],
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
