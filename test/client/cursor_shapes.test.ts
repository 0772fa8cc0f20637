import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Document,
  MongoCursorInUseError,
  MongoInvalidArgumentError,
  MongoOperationTimeoutError
} from '../../src/client/index.ts'
import { failureOf, type MongoClient, withServer } from './bench.ts'
import { withMiddleman } from './middleman.ts'

/** What the client sends while it does the work: the last command of that name, field by field. */
function commandOf(name: string, work: (client: MongoClient) => Promise<unknown>): Promise<Document> {
  const commands: Document[] = []
  return withServer(async ({ connect }) => {
    const client = connect()
    await client
      .db('shop')
      .collection('orders')
      .insertMany([{ _id: 0 }, { _id: 1 }] as never[])
    client.on('commandStarted', ({ commandName, command }) => {
      if (commandName === name) commands.push(command)
    })
    // The embedded deployment does not take every option; that each is sent is what counts here.
    await work(client).catch(() => undefined)
  }).then(() => {
    const { lsid: _lsid, $db: _db, ...command } = commands.at(-1) ?? assert.fail(`no ${name} was sent`)
    return command
  })
}

test('every method of a find sets the field that it is named after', async () => {
  const command = await commandOf('find', client =>
    client
      .db('shop')
      .collection('orders')
      .find()
      .filter({ a: 1 })
      .sort('a', 'desc')
      .project({ a: 1 })
      .skip(1)
      .limit(7)
      .batchSize(2)
      .hint({ a: 1 })
      .min({ a: 0 })
      .max({ a: 9 })
      .comment('c')
      .collation({ locale: 'de' })
      .allowDiskUse(false)
      .maxTimeMS(5)
      .returnKey(true)
      .showRecordId(true)
      .withReadConcern('majority')
      .addCursorFlag('partial', true)
      .toArray()
  )
  assert.deepEqual(command, {
    find: 'orders',
    filter: { a: 1 },
    sort: { a: -1 },
    projection: { a: 1 },
    skip: 1,
    limit: 7,
    batchSize: 2,
    hint: { a: 1 },
    min: { a: 0 },
    max: { a: 9 },
    comment: 'c',
    collation: { locale: 'de' },
    allowDiskUse: false,
    maxTimeMS: 5,
    returnKey: true,
    showRecordId: true,
    readConcern: { level: 'majority' },
    allowPartialResults: true
  })
})

test('every query modifier sets the field that took its place', async () => {
  const command = await commandOf('find', client =>
    client
      .db('shop')
      .collection('orders')
      .find()
      .addQueryModifier('$query', { a: 1 })
      .addQueryModifier('$orderby', { a: -1 })
      .addQueryModifier('$comment', 'c')
      .addQueryModifier('$hint', 'a_1')
      .addQueryModifier('$min', { a: 0 })
      .addQueryModifier('$max', { a: 9 })
      .addQueryModifier('$maxTimeMS', 5)
      .addQueryModifier('$returnKey', true)
      .addQueryModifier('$showDiskLoc', true)
      .toArray()
  )
  assert.deepEqual(command, {
    find: 'orders',
    filter: { a: 1 },
    sort: { a: -1 },
    comment: 'c',
    hint: 'a_1',
    min: { a: 0 },
    max: { a: 9 },
    maxTimeMS: 5,
    returnKey: true,
    showRecordId: true
  })
  const explained = await commandOf('explain', client =>
    client.db('shop').collection('orders').find().addQueryModifier('$explain', true).next()
  )
  assert.equal(explained['verbosity'], 'allPlansExecution')
})

test('every stage method appends the stage that it is named after', () =>
  withServer(async ({ connect }) => {
    const given = [{ $match: { a: 0 } }]
    const cursor = connect()
      .db('shop')
      .collection('orders')
      .aggregate(given)
      .geoNear({ near: [0, 0] })
      .match({ a: 1 })
      .group({ _id: '$a' })
      .project({ a: 1 })
      .sort(['a', -1])
      .skip(1)
      .limit(2)
      .lookup({ from: 'b' })
      .unwind('$b')
      .unwind({ path: '$c' })
      .redact({ $cond: [] })
      .addStage({ $set: { d: 1 } })
      .out({ db: 'e', coll: 'f' })
    assert.deepEqual(cursor.pipeline, [
      { $match: { a: 0 } },
      { $geoNear: { near: [0, 0] } },
      { $match: { a: 1 } },
      { $group: { _id: '$a' } },
      { $project: { a: 1 } },
      { $sort: new Map([['a', -1]]) },
      { $skip: 1 },
      { $limit: 2 },
      { $lookup: { from: 'b' } },
      { $unwind: '$b' },
      { $unwind: { path: '$c' } },
      { $redact: { $cond: [] } },
      { $set: { d: 1 } },
      { $out: { db: 'e', coll: 'f' } }
    ])
    assert.equal(given.length, 1, 'what was given stays as it is')
  }))

test('each of these methods refuses once the cursor was read, by what cannot be changed', () =>
  withServer(async ({ connect }) => {
    const collection = connect().db('shop').collection('orders')
    await collection.insertOne({})
    const found = collection.find()
    const aggregated = collection.aggregate()
    const listed = collection.listIndexes()
    for (const cursor of [found, aggregated, listed]) await cursor.next()
    const refused: readonly [() => unknown, string][] = [
      [() => found.filter({}), 'the filter'],
      [() => found.sort({}), 'sort'],
      [() => found.maxAwaitTimeMS(1), 'maxAwaitTimeMS'],
      [() => found.addQueryModifier('$comment', 'c'), '$comment'],
      [() => found.addCursorFlag('partial', true), 'allowPartialResults'],
      [() => found.map(document => document), 'what documents are mapped to'],
      [() => aggregated.match({}), 'the pipeline'],
      [() => aggregated.batchSize(1), 'batchSize'],
      [() => aggregated.withReadPreference('nearest'), 'readPreference'],
      [() => listed.maxTimeMS(1), 'maxTimeMS']
    ]
    for (const [change, what] of refused)
      assert.throws(change, (error: Error) => {
        assert.ok(error instanceof MongoCursorInUseError)
        assert.equal(
          error.message,
          `${what} cannot be changed once the cursor has been read; change a clone() of it, or rewind() it first`
        )
        return true
      })
    found.rewind()
    assert.deepEqual(
      await found
        .map(({ _id }) => typeof _id)
        .limit(1)
        .toArray(),
      ['object']
    )
  }))

test('a list takes the options that its command has, and refuses the others by name', () =>
  withServer(async ({ connect }) => {
    const db = connect().db('shop')
    await db.createCollection('orders')
    assert.equal((await db.listCollections().batchSize(1).maxTimeMS(1_000).toArray()).length, 1)
    assert.equal((await db.collection('orders').listIndexes().batchSize(1).maxTimeMS(1_000).toArray()).length, 1)
    for (const [change, message] of [
      [() => db.listCollections().withReadConcern('local'), /^listCollections takes no readConcern/],
      [() => db.collection('orders').listIndexes().addCursorFlag('awaitData', true), /^listIndexes takes no awaitData/],
      [() => db.aggregate().addCursorFlag('noCursorTimeout', true), /^aggregate takes no noCursorTimeout/]
    ] as const)
      assert.throws(change, (error: Error) => error instanceof MongoInvalidArgumentError && message.test(error.message))
  }))

test('rewind refuses while a read is in progress, and lets the server forget what it had', () =>
  withServer(async ({ connect, member, runtime }) => {
    const collection = connect().db('shop').collection('orders')
    await collection.insertMany(Array.from({ length: 5 }, () => ({})))
    const cursor = collection.find({}, { batchSize: 2 })
    const next = cursor.next()
    assert.throws(() => cursor.rewind(), /cannot be rewound while it is read/)
    await next
    assert.equal(member.openCursors(), 1)
    cursor.rewind()
    assert.deepEqual([cursor.bufferedCount(), cursor.id, cursor.killed], [0, undefined, false])
    await runtime.sleep(10)
    assert.equal(member.openCursors(), 0)
    assert.equal((await cursor.toArray()).length, 5)
  }))

test('explain takes options alone, or what to tell and options', () =>
  withServer(async ({ connect, failCommand }) => {
    const collection = connect().db('shop').collection('orders')
    await collection.insertOne({})
    for (const cursor of [collection.find(), collection.aggregate()]) {
      assert.ok('explainVersion' in (await cursor.explain('queryPlanner')))
      failCommand(['explain'], { blockConnection: true, blockTimeMS: 100 }, 2)
      assert.ok((await failureOf(cursor.explain({ timeoutMS: 50 }))) instanceof MongoOperationTimeoutError)
      const both = cursor.explain('queryPlanner', { timeoutMS: 50 })
      assert.ok((await failureOf(both)) instanceof MongoOperationTimeoutError)
    }
  }))

test('a read preference that is set on a cursor is the one that its server is chosen by', () =>
  withServer(
    async ({ connect, runtime, member }) => {
      await withMiddleman(runtime, member.address, async () => {
        const cursor = connect({ serverSelectionTimeoutMS: 100 }).db('shop').collection('orders').find()
        const error = await failureOf(cursor.withReadPreference('secondary').next())
        assert.match(error.message, /secondary/)
        assert.equal(cursor.readPreference.mode, 'secondary')
      })
    },
    { kind: 'replicaSet' }
  ))
