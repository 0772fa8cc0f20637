import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoCompatibilityError, MongoServerError, MongoTransactionError, Timestamp } from '../../src/client/index.ts'
import { failureOf, withServer } from './bench.ts'
import { withMiddleman } from './middleman.ts'
import { startedOf } from './session_bench.ts'
import { placeOf, readMethods, sessionMethods } from './session_methods.ts'

const replicaSet = { kind: 'replicaSet' } as const
const { estimatedDocumentCount: _estimate, count: _count, ...snapshotMethods } = readMethods

test('all reads of a snapshot session see the data as it was at the first one, whatever is written meanwhile', () =>
  withServer(
    async ({ connect, deployment }) => {
      const client = connect()
      const { collection } = placeOf(client)
      await collection.insertMany([{ _id: 1, x: 1 }, { _id: 2 }], { writeConcern: { w: 3 } })
      const session = client.startSession({ snapshot: true })
      assert.deepEqual([session.snapshotEnabled, session.supports.causalConsistency], [true, false])
      const { snapshotTime: before } = session
      assert.equal(before, undefined)
      assert.equal((await collection.find({}, { session }).toArray()).length, 2)
      const { snapshotTime } = session
      assert.ok(snapshotTime instanceof Timestamp)
      await collection.updateOne({ _id: 1 }, { $set: { x: 2 } })
      await collection.deleteOne({ _id: 2 })
      await collection.insertOne({ _id: 3 }, { writeConcern: { w: 3 } })
      for (const readPreference of ['primary', 'secondary'] as const) {
        const options = { session, readPreference }
        assert.deepEqual(await collection.findOne({ _id: 1 }, options), { _id: 1, x: 1 })
        assert.deepEqual(await collection.distinct('_id', {}, options), [1, 2])
        assert.equal(await collection.countDocuments({}, options), 2)
        const batches = await collection.find({}, { ...options, sort: { _id: 1 }, batchSize: 1 }).toArray()
        assert.deepEqual(batches, [{ _id: 1, x: 1 }, { _id: 2 }])
        assert.equal(await collection.countDocuments({}, { readPreference }), 2)
        assert.deepEqual(await collection.findOne({ _id: 1 }, { readPreference }), { _id: 1, x: 2 })
      }
      assert.equal(session.snapshotTime, snapshotTime)
      await session.endSession()
      const later = client.startSession({ snapshot: true, snapshotTime })
      assert.deepEqual(await collection.distinct('_id', {}, { session: later }), [1, 2])
      assert.equal(deployment.members.length, 3)
    },
    { ...replicaSet, members: 3 }
  ))

test('the first read asks for a snapshot, the others for that of the first, whatever read concern they have themselves', () =>
  withServer(async ({ connect }) => {
    for (const [name, method] of Object.entries(snapshotMethods)) {
      const client = connect({ readConcernLevel: 'majority' })
      await placeOf(client).collection.insertOne({ _id: 1 })
      const started = startedOf(client)
      const session = client.startSession({ snapshot: true })
      await method.run(placeOf(client), { session })
      await method.run(placeOf(client), { session })
      const { snapshotTime: atClusterTime } = session
      assert.ok(atClusterTime !== undefined, name)
      assert.deepEqual(
        started.map(({ command }) => command['readConcern'] as unknown),
        [{ level: 'snapshot' }, { level: 'snapshot', atClusterTime }],
        name
      )
      await client.db('shop').dropDatabase()
      await client.close()
    }
  }, replicaSet))

test('what cannot be read from a snapshot is refused by the server, and does nothing', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const { collection } = placeOf(client)
    await collection.insertOne({ _id: 1 })
    const session = client.startSession({ snapshot: true })
    for (const [name, method] of Object.entries(sessionMethods)) {
      if (Object.hasOwn(snapshotMethods, name) || name === 'runCursorCommand' || name === 'explain of a cursor')
        continue
      const error = await failureOf(method.run(placeOf(client), { session }))
      const told = error instanceof MongoServerError ? error : error.cause
      assert.ok(told instanceof MongoServerError, `${name}: ${error.message}`)
      assert.equal(told.codeName, 'InvalidOptions', name)
    }
    assert.deepEqual(await collection.find().toArray(), [{ _id: 1 }])
  }, replicaSet))

test('later batches of a cursor and the command that kills it ask for nothing', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const { collection } = placeOf(client)
    await collection.insertMany(Array.from({ length: 5 }, (_, _id) => ({ _id })))
    const started = startedOf(client)
    const session = client.startSession({ snapshot: true })
    const cursor = collection.find({}, { session, batchSize: 2 })
    for (let read = 0; read < 3; read++) await cursor.next()
    await cursor.close()
    assert.deepEqual(
      started.map(({ commandName, command }) => [commandName, 'readConcern' in command]),
      [
        ['find', true],
        ['getMore', false],
        ['killCursors', false]
      ]
    )
  }, replicaSet))

test('a standalone reads no snapshots, and neither does a server before 5.0', () =>
  withServer(async ({ connect, runtime, member }) => {
    const client = connect()
    const session = client.startSession({ snapshot: true })
    const refused = await failureOf(placeOf(client).collection.findOne({}, { session }))
    assert.ok(refused instanceof MongoServerError)
    await withMiddleman(runtime, member.address, async middleman => {
      middleman.limits = { maxWireVersion: 12 }
      const older = middleman.client()
      for (const method of Object.values(snapshotMethods)) {
        const error = await failureOf(method.run(placeOf(older), { session: older.startSession({ snapshot: true }) }))
        assert.ok(error instanceof MongoCompatibilityError)
        assert.equal(error.message, 'Snapshot reads require MongoDB 5.0 or later')
      }
    })
  }))

test('prose tests 21 to 23: the time of a snapshot is for snapshot sessions, and cannot be set afterwards', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const snapshotTime = new Timestamp({ t: 1, i: 1 })
    for (const snapshot of [false, undefined])
      assert.throws(
        () => client.startSession({ snapshot, snapshotTime }),
        /snapshotTime is for sessions with snapshot: true/
      )
    assert.throws(
      () => client.startSession({ snapshot: true, snapshotTime: 5 as never }),
      /snapshotTime must be a Timestamp/
    )
    assert.equal(client.startSession().snapshotTime, undefined)
    const session = client.startSession({ snapshot: true, snapshotTime })
    assert.equal(session.snapshotTime, snapshotTime)
    assert.throws(() => Object.assign(session, { snapshotTime: undefined }), TypeError)
    assert.throws(
      () => session.startTransaction(),
      (error: unknown) => {
        assert.ok(error instanceof MongoTransactionError)
        return error.message === 'Transactions are not supported in snapshot sessions'
      }
    )
    const { collection } = placeOf(client)
    await collection.insertOne({ _id: 1 })
    assert.equal(await collection.findOne({}, { session }), null, 'there was nothing then')
  }, replicaSet))
