/** Bulk writes on an embedded server: the same as single writes, whatever they are cut into. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type AnyBulkWriteOperation,
  type Collection,
  type Document,
  MongoBulkWriteError,
  MongoInvalidArgumentError,
  MongoOperationTimeoutError,
  MongoServerError
} from '../../src/client/index.ts'
import { failureOf, withServer } from './bench.ts'
import { withMiddleman } from './middleman.ts'

// ───────────────────────── what single operations do ─────────────────────────

interface Counts {
  insertedCount: number
  matchedCount: number
  modifiedCount: number
  deletedCount: number
  upsertedCount: number
  insertedIds: Record<number, unknown>
  upsertedIds: Record<number, unknown>
  /** Place and code of each failure, in the order in which they happened. */
  failures: [number, unknown][]
}

function nothing(): Counts {
  const counts = { insertedCount: 0, matchedCount: 0, modifiedCount: 0, deletedCount: 0, upsertedCount: 0 }
  return { ...counts, insertedIds: {}, upsertedIds: {}, failures: [] }
}

interface Thing {
  _id?: number
  u?: number
  n?: unknown
}

type Operation = AnyBulkWriteOperation<Thing>
type Things = Collection<Thing>

async function runOne(collection: Things, operation: Operation, place: number, counts: Counts): Promise<void> {
  if ('insertOne' in operation) {
    const { insertedId } = await collection.insertOne(operation.insertOne.document as Thing)
    counts.insertedCount++
    counts.insertedIds[place] = insertedId
  } else if ('deleteOne' in operation) {
    counts.deletedCount += (await collection.deleteOne(operation.deleteOne.filter)).deletedCount
  } else if ('deleteMany' in operation) {
    counts.deletedCount += (await collection.deleteMany(operation.deleteMany.filter)).deletedCount
  } else {
    const { matchedCount, modifiedCount, upsertedCount, upsertedId } = await changeOne(collection, operation)
    counts.matchedCount += matchedCount
    counts.modifiedCount += modifiedCount
    counts.upsertedCount += upsertedCount
    if (upsertedCount > 0) counts.upsertedIds[place] = upsertedId
  }
}

function changeOne(
  collection: Things,
  operation: Exclude<Operation, { insertOne: unknown } | { deleteOne: unknown } | { deleteMany: unknown }>
) {
  if ('replaceOne' in operation) {
    const { filter, replacement, ...options } = operation.replaceOne
    return collection.replaceOne(filter, replacement, options)
  }
  if ('updateOne' in operation) {
    const { filter, update, ...options } = operation.updateOne
    return collection.updateOne(filter, update, options)
  }
  const { filter, update, ...options } = operation.updateMany
  return collection.updateMany(filter, update, options)
}

/** Unordered bulks insert first, then update, then delete. */
function inOrderOfKinds(operations: readonly Operation[]): [number, Operation][] {
  const rank = (operation: Operation): number =>
    'insertOne' in operation ? 0 : 'deleteOne' in operation || 'deleteMany' in operation ? 2 : 1
  return [...operations.entries()].sort(([, one], [, two]) => rank(one) - rank(two))
}

async function runSingly(collection: Things, operations: readonly Operation[], ordered: boolean): Promise<Counts> {
  const counts = nothing()
  for (const [place, operation] of ordered ? operations.entries() : inOrderOfKinds(operations)) {
    try {
      await runOne(collection, operation, place, counts)
    } catch (error) {
      assert.ok(error instanceof MongoServerError)
      counts.failures.push([place, error.code])
      if (ordered) break
    }
  }
  return counts
}

async function runInBulk(collection: Things, operations: readonly Operation[], ordered: boolean): Promise<Counts> {
  try {
    const { acknowledged, ...counts } = await collection.bulkWrite(operations, { ordered })
    assert.equal(acknowledged, true)
    return { ...counts, failures: [] }
  } catch (error) {
    assert.ok(error instanceof MongoBulkWriteError, String(error))
    const { acknowledged: _, ...counts } = error.result
    return { ...counts, failures: error.writeErrors.map(({ index, code }) => [index, code]) }
  }
}

// ───────────────────────── operations, some of which fail ─────────────────────────

const number = fc.integer({ min: 0, max: 5 })
const filter: fc.Arbitrary<Document> = fc.oneof(
  number.map(_id => ({ _id })),
  number.map(u => ({ u: { $gte: u } })),
  fc.constant({})
)
const upsert = fc.boolean()
/** `$inc` of a string and a second `_id` are refused by the server, as is a key that is taken. */
const update: fc.Arbitrary<Document> = fc.oneof(
  number.map(u => ({ $set: { u } })),
  fc.constant({ $inc: { n: 1 } }),
  fc.constant({ $set: { n: 'text' } })
)
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ _id: number, u: number }).map(document => ({ insertOne: { document } })),
  fc.record({ filter, update, upsert }).map(updateOne => ({ updateOne })),
  fc.record({ filter, update }).map(updateMany => ({ updateMany })),
  fc.record({ filter, replacement: number.map(u => ({ u })), upsert }).map(replaceOne => ({ replaceOne })),
  filter.map(wanted => ({ deleteOne: { filter: wanted } })),
  number.map(_id => ({ deleteMany: { filter: { _id } } }))
)
const operations = fc.array(operation, { minLength: 1, maxLength: 14 })

async function emptied(collection: Things): Promise<Things> {
  await collection.drop()
  await collection.createIndex({ u: 1 }, { unique: true, sparse: true })
  await collection.insertMany([
    { _id: 0, u: 0, n: 0 },
    { _id: 1, u: 1, n: 'text' }
  ])
  return collection
}

function storedIn(collection: Things): Promise<Document[]> {
  return collection
    .find({}, { sort: { _id: 1 }, projection: { _id: { $cond: [{ $isNumber: '$_id' }, '$_id', null] }, u: 1, n: 1 } })
    .toArray()
}

/** An upsert that finds nothing by `_id` gets an `_id` from the server, each time another. */
function comparable(counts: Counts): Counts {
  const known = Object.entries(counts.upsertedIds).map(([place, id]) => [place, typeof id === 'number' ? id : 'made'])
  return { ...counts, upsertedIds: Object.fromEntries(known) as Record<number, unknown> }
}

for (const ordered of [true, false])
  test(`${ordered ? 'an ordered' : 'an unordered'} bulk does what single operations do, in commands of any size`, () =>
    withServer(async ({ connect, runtime, member }) => {
      const direct = connect().db('shop').collection<Thing>('singly')
      await withMiddleman(runtime, member.address, async middleman => {
        const limits = fc.record({
          maxWriteBatchSize: fc.integer({ min: 1, max: 6 }),
          maxMessageSizeBytes: fc.integer({ min: 1_150, max: 1_500 })
        })
        await fc.assert(
          fc.asyncProperty(operations, limits, async (list, given) => {
            middleman.limits = given
            const client = middleman.client()
            const singly = await emptied(direct)
            const inBulk = await emptied(connect().db('shop').collection<Thing>('inBulk'))
            const expected = comparable(await runSingly(singly, list, ordered))
            const told = comparable(await runInBulk(client.db('shop').collection<Thing>('inBulk'), list, ordered))
            assert.deepEqual(told, expected)
            assert.deepEqual(await storedIn(inBulk), await storedIn(singly))
            await client.close()
          }),
          { numRuns: 30 }
        )
      })
    }))

// ───────────────────────── limits ─────────────────────────

const mebibyte = 1024 * 1024

test('a bulk that is larger than a message takes several, and loses nothing', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const things = client.db('shop').collection<Thing>('things')
    const n = 'x'.repeat(2 * mebibyte)
    const { insertedCount } = await things.bulkWrite(
      Array.from({ length: 25 }, (_, _id) => ({ insertOne: { document: { _id, n } } }))
    )
    assert.equal(insertedCount, 25)
    assert.equal(client.pools()[0]?.counters.checkOutsStarted, 2)
    assert.equal(await things.countDocuments(), 25)
  }))

test('a bulk with a document that is too large is refused by its place, and nothing of it is written', () =>
  withServer(async ({ connect }) => {
    const things = connect().db('shop').collection<Thing>('things')
    const insertOne = { document: { _id: 1, n: 'x'.repeat(16 * mebibyte) } }
    const error = await failureOf(things.bulkWrite([{ insertOne: { document: { _id: 0 } } }, { insertOne }]))
    assert.ok(error instanceof MongoInvalidArgumentError)
    assert.match(error.message, /^operation 1 of the bulk write: .* takes 16777\d{3} bytes/)
    assert.equal(await things.countDocuments(), 0)
  }))

test('a bulk whose operations are none, or not well-formed, is refused before anything is sent', () =>
  withServer(async ({ connect }) => {
    const things = connect().db('shop').collection<Thing>('things')
    const bad: readonly [unknown, RegExp][] = [
      [[], /at least one operation/],
      [{}, /takes an array/],
      [[null], /operation 0 of the bulk write: it has none of insertOne, replaceOne/],
      [[{ insertOne: { document: {} }, deleteOne: { filter: {} } }], /it has insertOne and deleteOne of /],
      [[{ deleteMany: undefined }], /deleteMany must be an object/],
      [[{ insertOne: { _id: 1 } }], /insertOne must have a "document"/],
      [[{ updateOne: { filter: {}, update: { n: 1 } } }], /operation 0 .* begins with "n", which is no operator/],
      [[{ replaceOne: { filter: {}, replacement: { $set: {} } } }], /begins with the operator "\$set"/]
    ]
    for (const [operationsGiven, message] of bad) {
      const error = await failureOf(things.bulkWrite(operationsGiven as never))
      assert.ok(error instanceof MongoInvalidArgumentError, error.name)
      assert.match(error.message, message)
    }
    assert.equal(await things.countDocuments(), 0)
  }))

// ───────────────────────── failures on the way ─────────────────────────

const threeCommands: readonly Operation[] = [
  { insertOne: { document: { _id: 1, n: 0 } } },
  { updateOne: { filter: { _id: 1 }, update: { $inc: { n: 1 } } } },
  { insertOne: { document: { _id: 2 } } }
]

test('a command in the middle of a bulk whose reply is lost is sent again with its number, and done once', () =>
  withServer(
    async ({ runtime, member }) => {
      await withMiddleman(runtime, member.address, async middleman => {
        const client = await middleman.client({ directConnection: true, socketTimeoutMS: 100 }).connect()
        const things = client.db('shop').collection<Thing>('things')
        middleman.swallowReplyTo('update')
        const { insertedCount, modifiedCount } = await things.bulkWrite(threeCommands)
        assert.deepEqual([insertedCount, modifiedCount], [2, 1])
        assert.deepEqual(await things.findOne({ _id: 1 }), { _id: 1, n: 1 })
        const [first, second, ...others] = middleman.sent('update')
        assert.deepEqual(first?.['txnNumber'], second?.['txnNumber'])
        assert.deepEqual(others, [])
        const inserts = middleman.sent('insert').map(({ txnNumber }) => Number(txnNumber))
        assert.deepEqual(inserts, [Number(first?.['txnNumber']) - 1, Number(first?.['txnNumber']) + 1])
      })
    },
    { kind: 'replicaSet' }
  ))

test('a command with an updateMany is sent once, and the error tells what the commands before it did', () =>
  withServer(
    async ({ connect, failCommand }) => {
      const client = await connect().connect()
      const things = client.db('shop').collection<Thing>('things')
      failCommand(['update'], { closeConnection: true })
      const updateMany = { filter: {}, update: { $inc: { n: 1 } } }
      const error = await failureOf(things.bulkWrite([...threeCommands.slice(0, 2), { updateMany }]))
      assert.ok(error instanceof MongoBulkWriteError)
      assert.match(error.message, /^the bulk write ended after 1 of its 3 writes: /)
      assert.deepEqual(error.insertedIds, { 0: 1 })
      assert.equal(error.hasErrorLabel('RetryableWriteError'), false)
      assert.deepEqual(await things.find().toArray(), [{ _id: 1, n: 0 }])
    },
    { kind: 'replicaSet' }
  ))

test('timeoutMS limits a bulk as a whole, and the error tells what was done in time', () =>
  withServer(async ({ failCommand, member, nowMS, runtime }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      const things = (await middleman.client().connect()).db('shop').collection<Thing>('things')
      failCommand(['insert'], { blockConnection: true, blockTimeMS: 120 })
      middleman.swallowReplyTo('update')
      const beganMS = nowMS()
      const error = await failureOf(things.bulkWrite(threeCommands, { timeoutMS: 200 }))
      assert.ok(error instanceof MongoBulkWriteError)
      assert.ok(error.cause instanceof MongoOperationTimeoutError)
      assert.deepEqual([error.insertedIds, Math.round(nowMS() - beganMS)], [{ 0: 1 }, 200])
    })
  }))

test('a client that shuts down lets a bulk finish, with all its commands', () =>
  withServer(async ({ connect, failCommand, runtime }) => {
    const client = await connect().connect()
    failCommand(['insert'], { blockConnection: true, blockTimeMS: 100 }, 0)
    const running = client.db('shop').collection<Thing>('things').bulkWrite(threeCommands)
    await runtime.sleep(20)
    const shutdown = client.shutdown()
    assert.equal((await running).insertedCount, 2)
    await shutdown
    assert.equal(await connect().db('shop').collection('things').countDocuments(), 2)
  }))

test('an abort ends a bulk with the signal’s reason, whatever was done before', () =>
  withServer(async ({ connect, failCommand, runtime }) => {
    const things = connect().db('shop').collection<Thing>('things')
    failCommand(['update'], { blockConnection: true, blockTimeMS: 500 })
    const controller = new AbortController()
    const reason = new Error('no longer wanted')
    const failing = failureOf(things.bulkWrite(threeCommands, { signal: controller.signal }))
    await runtime.sleep(100)
    controller.abort(reason)
    assert.equal(await failing, reason)
    assert.equal(await things.countDocuments({ _id: 1 }), 1)
  }))
