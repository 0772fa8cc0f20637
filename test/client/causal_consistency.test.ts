import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type CommandStartedEvent,
  type Document,
  type MongoClient,
  MongoServerError,
  Timestamp
} from '../../src/client/index.ts'
import { failureOf, withServer } from './bench.ts'
import { startedOf } from './session_bench.ts'
import {
  definingMethods,
  lookingMethods,
  placeOf,
  readMethods,
  type SessionMethod,
  sessionMethods,
  writeMethods
} from './session_methods.ts'

const replicaSet = { kind: 'replicaSet' } as const

function readConcernOf(event: CommandStartedEvent | undefined): Document | undefined {
  return event?.command['readConcern'] as Document | undefined
}

/** A collection in a state in which each method succeeds. */
async function prepare(client: MongoClient): Promise<void> {
  await client.db('shop').dropDatabase()
  const { collection } = placeOf(client)
  await collection.insertMany(Array.from({ length: 5 }, (_, _id) => ({ _id })))
  await collection.createIndex({ x: 1 }, { name: 'x_1' })
}

/** Runs each method as the second operation of a session, after a `findOne`. */
async function eachAfterRead(
  client: MongoClient,
  methods: Readonly<Record<string, SessionMethod>>,
  check: (name: string, method: SessionMethod, sent: CommandStartedEvent, operationTime: Timestamp) => void
): Promise<void> {
  const started = startedOf(client)
  for (const [name, method] of Object.entries(methods)) {
    await prepare(client)
    if (name === 'rename') await client.db('shop').createCollection('others')
    await client.withSession(async session => {
      await placeOf(client).collection.findOne({}, { session })
      const { operationTime } = session
      assert.ok(operationTime !== undefined)
      started.length = 0
      await method.run(placeOf(client), { session })
      const [sent] = started
      assert.equal(sent?.commandName, method.command, name)
      check(name, method, sent, operationTime)
    })
  }
}

test('prose test 1: a session has no operation time at first', () =>
  withServer(async ({ connect }) => {
    assert.equal(connect().startSession().operationTime, undefined)
  }, replicaSet))

test('prose test 2: the first operation of a session has nothing to come after', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const started = startedOf(client)
    for (const [name, method] of Object.entries({ ...readMethods, ...writeMethods })) {
      await prepare(client)
      started.length = 0
      await client.withSession(session => method.run(placeOf(client), { session }))
      assert.equal(readConcernOf(started[0]), undefined, name)
    }
  }, replicaSet))

for (const causalConsistency of [true, false])
  test(`prose test 3, causalConsistency ${causalConsistency}: a session has the operation time of its last reply, also of an error’s`, () =>
    withServer(async ({ connect, failCommand }) => {
      const client = connect()
      const told: unknown[] = []
      client.on('commandSucceeded', ({ reply }) => told.push(reply['operationTime']))
      const session = client.startSession({ causalConsistency })
      const { collection } = placeOf(client)
      await collection.insertOne({ _id: 1 })
      await collection.findOne({}, { session })
      assert.deepEqual(session.operationTime, told.at(-1))
      await collection.insertOne({ _id: 2 }, { session })
      assert.deepEqual(session.operationTime, told.at(-1))
      const before = session.operationTime as Timestamp
      await collection.insertOne({ _id: 3 })
      failCommand(['find'], { errorCode: 8 })
      assert.ok((await failureOf(collection.findOne({}, { session }))) instanceof MongoServerError)
      assert.ok(before.lessThan(session.operationTime as Timestamp), 'told by the error')
      assert.deepEqual(session.operationTime, told.at(-1))
    }, replicaSet))

test('prose test 4: a read comes after the operation before it', () =>
  withServer(async ({ connect }) => {
    await eachAfterRead(connect(), readMethods, (name, _method, sent, operationTime) =>
      assert.deepEqual(readConcernOf(sent), { afterClusterTime: operationTime }, name)
    )
  }, replicaSet))

test('prose test 5: a read comes after any write before it, also after one that failed', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = connect()
    const started = startedOf(client)
    for (const fails of [false, true])
      for (const [name, method] of Object.entries(writeMethods)) {
        await prepare(client)
        await client.withSession(async session => {
          const { collection } = placeOf(client)
          if (fails) failCommand([method.command], { errorCode: 8 })
          const written = method.run(placeOf(client), { session })
          if (fails) await failureOf(written)
          else await written
          const { operationTime } = session
          assert.ok(operationTime !== undefined)
          await collection.findOne({}, { session })
          assert.deepEqual(readConcernOf(started.at(-1)), { afterClusterTime: operationTime }, name)
        })
      }
  }, replicaSet))

test('prose test 6: without causal consistency an operation comes after nothing', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const started = startedOf(client)
    await prepare(client)
    const session = client.startSession({ causalConsistency: false })
    await placeOf(client).collection.findOne({}, { session })
    for (const [name, method] of Object.entries({ ...readMethods, ...writeMethods })) {
      started.length = 0
      await method.run(placeOf(client), { session })
      assert.ok(session.operationTime !== undefined)
      assert.equal(readConcernOf(started[0]), undefined, name)
    }
  }, replicaSet))

test('prose tests 7 and 11: a standalone is told neither a time to come after nor a cluster time', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const started = startedOf(client)
    const session = client.startSession()
    const { collection } = placeOf(client)
    await collection.findOne({}, { session })
    assert.equal(session.operationTime, undefined)
    // Of another deployment.
    session.advanceOperationTime(new Timestamp({ t: 5, i: 1 }))
    session.advanceClusterTime({ clusterTime: new Timestamp({ t: 5, i: 1 }) })
    await collection.findOne({}, { session })
    await collection.insertOne({ _id: 1 }, { session })
    for (const { command } of started)
      assert.deepEqual(['readConcern' in command, '$clusterTime' in command], [false, false])
  }))

test('prose tests 8 and 9: the time stands beside the level that was asked for, and alone where none was', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const started = startedOf(client)
    await prepare(client)
    for (const level of [undefined, 'local', 'majority']) {
      const readConcern = level === undefined ? undefined : { level }
      const collection = client.db('shop').collection<{ _id: number }>('numbers', { readConcern })
      await client.withSession(async session => {
        await collection.findOne({}, { session })
        assert.deepEqual(readConcernOf(started.at(-1)), readConcern)
        const { operationTime: afterClusterTime } = session
        for (const method of Object.values(readMethods)) {
          const { operationTime } = session
          await method.run(
            { client: { db: () => client.db('shop', { readConcern }) } as unknown as MongoClient, collection },
            { session }
          )
          assert.deepEqual(readConcernOf(started.at(-1)), { ...readConcern, afterClusterTime: operationTime })
        }
        assert.ok(afterClusterTime !== undefined)
        await collection.insertOne({ _id: 1000 + started.length }, { session })
        const { level: ofWrite } = readConcernOf(started.at(-1)) ?? {}
        assert.equal(ofWrite, undefined, 'a write has no level')
      })
    }
  }, replicaSet))

test('prose test 12: members of a set are told the cluster time', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    await placeOf(client).collection.findOne()
    const started = startedOf(client)
    await placeOf(client).collection.findOne()
    assert.ok(started[0]?.command['$clusterTime'] !== undefined)
  }, replicaSet))

test('prose test 13: a write comes after the read before it, and so does what makes and drops', () =>
  withServer(async ({ connect }) => {
    const { rename: _rename, dropCollection: _dropCollection, ...defining } = definingMethods
    await eachAfterRead(connect(), { ...writeMethods, ...defining }, (name, _method, sent, operationTime) =>
      assert.deepEqual(readConcernOf(sent), { afterClusterTime: operationTime }, name)
    )
  }, replicaSet))

test('commands that have no read concern are sent without one: lists, renaming, and the user’s own', () =>
  withServer(async ({ connect }) => {
    const { rename } = definingMethods
    assert.ok(rename !== undefined)
    await eachAfterRead(connect(), { ...lookingMethods, rename }, (name, _method, sent) =>
      assert.equal(readConcernOf(sent), undefined, name)
    )
    const without = Object.entries(sessionMethods).filter(([, { readConcern }]) => !readConcern)
    assert.deepEqual(without.map(([name]) => name).sort(), [...Object.keys(lookingMethods), 'rename'].sort())
  }, replicaSet))

test('later batches of a cursor, and the command that kills it, have no read concern', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    await prepare(client)
    const started = startedOf(client)
    await client.withSession(async session => {
      const { collection } = placeOf(client)
      await collection.findOne({}, { session })
      const cursor = collection.find({}, { session, batchSize: 2 })
      for (let read = 0; read < 3; read++) await cursor.next()
      await cursor.close()
    })
    assert.deepEqual(
      started.map(({ commandName, command }) => [commandName, 'readConcern' in command]),
      [
        ['find', false],
        ['find', true],
        ['getMore', false],
        ['killCursors', false]
      ]
    )
  }, replicaSet))

const lagMS = 2_000

/** A session writes on the primary; then a secondary that lags is read from, without a session and with it. */
test('a secondary that lags answers a causally consistent session when it has what the session wrote', () =>
  withServer(
    async ({ connect, deployment, nowMS }) => {
      const client = connect()
      await client.connect()
      const { collection } = placeOf(client)
      await collection.insertOne({ _id: 0 }, { writeConcern: { w: 3 } })
      for (const member of deployment.members) member.replicationDelayMS = lagMS
      const secondary = { readPreference: 'secondary' } as const
      for (const causalConsistency of [false, true]) {
        const session = client.startSession({ causalConsistency })
        const _id = causalConsistency ? 2 : 1
        await collection.insertOne({ _id }, { session, writeConcern: { w: 1 } })
        const beganMS = nowMS()
        const found = await collection.findOne({ _id }, { session, ...secondary })
        const tookMS = nowMS() - beganMS
        assert.deepEqual(found, causalConsistency ? { _id } : null)
        assert.equal(tookMS >= lagMS / 2, causalConsistency, `${tookMS} ms`)
        await session.endSession()
      }
    },
    { ...replicaSet, members: 3 }
  ))

test('a session that takes over the times of another one sees what that has written', () =>
  withServer(
    async ({ connect, deployment }) => {
      const [writer, reader] = [connect(), connect()]
      await Promise.all([writer.connect(), reader.connect()])
      for (const member of deployment.members) member.replicationDelayMS = lagMS
      const session = writer.startSession()
      await placeOf(writer).collection.insertOne({ _id: 1 }, { session, writeConcern: { w: 1 } })
      const later = reader.startSession()
      const { clusterTime, operationTime } = session
      assert.ok(clusterTime !== undefined && operationTime !== undefined)
      later.advanceOperationTime(operationTime)
      later.advanceClusterTime(clusterTime)
      const read = { session: later, readPreference: 'secondary' } as const
      assert.deepEqual(await placeOf(reader).collection.findOne({}, read), { _id: 1 })
      later.advanceOperationTime(new Timestamp({ t: 1, i: 1 }))
      assert.ok((later.operationTime as Timestamp).greaterThanOrEqual(operationTime), 'it only grows')
    },
    { ...replicaSet, members: 3 }
  ))
