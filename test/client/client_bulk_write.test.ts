/** A client's bulk writes on an embedded server: the same as single writes, whatever they are cut into. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type ClientBulkWriteModel,
  type ClientBulkWriteOptions,
  type ClientBulkWriteResult,
  type Document,
  type MongoClient,
  MongoClientBulkWriteError,
  MongoClientClosedError,
  MongoCompatibilityError,
  MongoInvalidArgumentError,
  MongoOperationTimeoutError,
  MongoServerError
} from '../../src/client/index.ts'
import { failureOf, withServer } from './bench.ts'
import { withMiddleman } from './middleman.ts'

interface Thing {
  _id?: number
  u?: number
  n?: unknown
}

type Schemas = { 'shop.things': Thing; 'store.things': Thing }
type LargeSchemas = { 'shop.large': { _id: string; x: number } }
type Model = ClientBulkWriteModel<Schemas>

const replicaSet = { kind: 'replicaSet' } as const
const namespaces = ['shop.things', 'store.things'] as const

function collectionOf(client: MongoClient, namespace: string) {
  const [database = '', name = ''] = namespace.split('.')
  return client.db(database).collection<Thing>(name)
}

// ───────────────────────── what single operations do ─────────────────────────

interface Told {
  readonly inserts: Record<number, unknown>
  readonly updates: Record<number, unknown>
  readonly deletes: Record<number, unknown>
  /** Place and code. */
  readonly failures: [number, unknown][]
  readonly counts: number[]
}

async function runOne(client: MongoClient, model: Model, place: number, told: Told): Promise<void> {
  const collection = collectionOf(client, model.namespace)
  const add = (counts: readonly number[]): void =>
    counts.forEach((count, at) => (told.counts[at] = (told.counts[at] ?? 0) + count))
  if (model.name === 'insertOne') {
    const { insertedId } = await collection.insertOne(model.document as Thing)
    told.inserts[place] = { insertedId }
    add([1, 0, 0, 0, 0])
  } else if (model.name === 'deleteOne' || model.name === 'deleteMany') {
    const { deletedCount } = await collection[model.name](model.filter)
    told.deletes[place] = { deletedCount }
    add([0, 0, 0, deletedCount, 0])
  } else {
    const { matchedCount, modifiedCount, upsertedCount, upsertedId } =
      model.name === 'replaceOne'
        ? await collection.replaceOne(model.filter, model.replacement, { upsert: model.upsert })
        : await collection[model.name](model.filter, model.update, { upsert: model.upsert })
    const counts = { matchedCount: matchedCount + upsertedCount, modifiedCount, didUpsert: upsertedCount === 1 }
    told.updates[place] = upsertedCount === 0 ? counts : { ...counts, upsertedId: comparableId(upsertedId) }
    add([0, matchedCount, modifiedCount, 0, upsertedCount])
  }
}

async function runSingly(client: MongoClient, models: readonly Model[], ordered: boolean): Promise<Told> {
  const told: Told = { inserts: {}, updates: {}, deletes: {}, failures: [], counts: [0, 0, 0, 0, 0] }
  for (const [place, model] of models.entries()) {
    try {
      await runOne(client, model, place, told)
    } catch (error) {
      assert.ok(error instanceof MongoServerError)
      told.failures.push([place, error.code])
      if (ordered) break
    }
  }
  return told
}

async function runInBulk(client: MongoClient, models: readonly Model[], ordered: boolean): Promise<Told> {
  const failures: [number, unknown][] = []
  let result: ClientBulkWriteResult | undefined
  try {
    result = await client.bulkWrite<Schemas>(models, { ordered, verboseResults: true })
  } catch (error) {
    assert.ok(error instanceof MongoClientBulkWriteError, String(error))
    for (const [place, { code }] of error.writeErrors) failures.push([place, code])
    result = error.partialResult
  }
  const updates = [...(result?.updateResults ?? [])].map(([place, each]) => [
    place,
    'upsertedId' in each ? { ...each, upsertedId: comparableId(each.upsertedId) } : each
  ])
  return {
    inserts: Object.fromEntries(result?.insertResults ?? []) as Record<number, unknown>,
    updates: Object.fromEntries(updates) as Record<number, unknown>,
    deletes: Object.fromEntries(result?.deleteResults ?? []) as Record<number, unknown>,
    failures,
    counts: [
      result?.insertedCount ?? 0,
      result?.matchedCount ?? 0,
      result?.modifiedCount ?? 0,
      result?.deletedCount ?? 0,
      result?.upsertedCount ?? 0
    ]
  }
}

/** An upsert that finds nothing by `_id` gets an `_id` from the server, each time another. */
function comparableId(id: unknown): unknown {
  return typeof id === 'number' ? id : 'made'
}

// ───────────────────────── operations, some of which fail ─────────────────────────

const number = fc.integer({ min: 0, max: 5 })
const namespace = fc.constantFrom(...namespaces)
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
const model = fc.oneof(
  fc.record({ name: fc.constant('insertOne'), namespace, document: fc.record({ _id: number, u: number }) }),
  fc.record({ name: fc.constant('updateOne'), namespace, filter, update, upsert }),
  fc.record({ name: fc.constant('updateMany'), namespace, filter, update }),
  fc.record({ name: fc.constant('replaceOne'), namespace, filter, replacement: number.map(u => ({ u })), upsert }),
  fc.record({ name: fc.constant('deleteOne'), namespace, filter }),
  fc.record({ name: fc.constant('deleteMany'), namespace, filter: number.map(_id => ({ _id })) })
) as fc.Arbitrary<Model>
const models = fc.array(model, { minLength: 1, maxLength: 14 })

async function fillAnew(client: MongoClient): Promise<void> {
  for (const each of namespaces) {
    const collection = collectionOf(client, each)
    await collection.drop()
    await collection.createIndex({ u: 1 }, { unique: true, sparse: true })
    await collection.insertMany([
      { _id: 0, u: 0, n: 0 },
      { _id: 1, u: 1, n: 'text' }
    ])
  }
}

async function storedIn(client: MongoClient): Promise<Document[][]> {
  const projection = { _id: { $cond: [{ $isNumber: '$_id' }, '$_id', null] }, u: 1, n: 1 }
  const all = namespaces.map(each =>
    collectionOf(client, each)
      .find({}, { sort: { _id: 1 }, projection })
      .toArray()
  )
  return Promise.all(all)
}

for (const ordered of [true, false])
  test(`${ordered ? 'an ordered' : 'an unordered'} bulk write does what single operations do, in commands of any size`, () =>
    withServer(async ({ connect, runtime, member }) => {
      const direct = connect()
      await withMiddleman(runtime, member.address, async middleman => {
        const limits = fc.record({
          maxWriteBatchSize: fc.integer({ min: 1, max: 6 }),
          maxMessageSizeBytes: fc.integer({ min: 1_250, max: 1_600 })
        })
        await fc.assert(
          fc.asyncProperty(models, limits, async (list, given) => {
            middleman.limits = given
            const client = middleman.client()
            await fillAnew(direct)
            const expected = await runSingly(direct, list, ordered)
            const stored = await storedIn(direct)
            await fillAnew(direct)
            assert.deepEqual(await runInBulk(client, list, ordered), expected)
            assert.deepEqual(await storedIn(direct), stored)
            await client.close()
          }),
          { numRuns: 40 }
        )
      })
    }))

// ───────────────────────── what is refused before anything is sent ─────────────────────────

const insert: ClientBulkWriteModel = { name: 'insertOne', namespace: 'shop.things', document: { n: 1 } }

test('models that are none, or not well-formed, are refused by their place before anything is sent', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const place = { namespace: 'shop.things' }
    const bad: readonly [unknown, RegExp][] = [
      [[], /at least one model/],
      [{}, /takes an array/],
      [[null], /model 0 of the bulk write: it must be an object/],
      [[insert, { ...place, name: 'insert' }], /model 1 .* its name is "insert"; it must be insertOne, updateOne, /],
      [[{ name: 'insertOne', document: {} }], /namespace must be a string "database\.collection", not undefined/],
      [[{ name: 'insertOne', namespace: 'things', document: {} }], /"database\.collection", not "things"/],
      [[{ ...place, name: 'insertOne' }], /insertOne must have a "document", which is a document, not undefined/],
      [[{ ...place, name: 'deleteMany' }], /deleteMany must have a "filter"/],
      [[{ ...place, name: 'updateOne', filter: {} }], /updateOne must have a "update"/],
      [[{ ...place, name: 'updateOne', filter: {}, update: {} }], /the update is empty/],
      [[{ ...place, name: 'updateMany', filter: {}, update: { n: 1 } }], /begins with "n", which is no operator/],
      [[{ ...place, name: 'replaceOne', filter: {}, replacement: { $set: {} } }], /begins with the operator "\$set"/]
    ]
    for (const [given, message] of bad) {
      const error = await failureOf(client.bulkWrite(given as never))
      assert.ok(error instanceof MongoInvalidArgumentError, error.name)
      assert.match(error.message, message)
    }
    assert.deepEqual(client.connections(), [], 'nothing was opened')
  }))

test('an unacknowledged bulk write cannot be ordered or verbose, whoever asked for write concern 0', () =>
  withServer(async ({ connect }) => {
    const client = connect({ writeConcern: { w: 0 } })
    const refused: readonly [ClientBulkWriteOptions, RegExp][] = [
      [{}, /^Cannot request unacknowledged write concern and ordered writes: set ordered to false/],
      [{ ordered: false, verboseResults: true }, /^Cannot request unacknowledged write concern and verbose results: /]
    ]
    for (const [options, message] of refused) {
      const error = await failureOf(client.bulkWrite([insert], options))
      assert.ok(error instanceof MongoInvalidArgumentError)
      assert.match(error.message, message)
    }
    const { acknowledged, insertedCount, insertResults } = await client.bulkWrite([insert], { ordered: false })
    assert.deepEqual([acknowledged, insertedCount, insertResults], [false, 0, undefined])
    const answered = await client.bulkWrite([{ ...insert, document: {} }], { writeConcern: { w: 1 } })
    assert.deepEqual([answered.acknowledged, answered.insertedCount], [true, 1])
  }))

test('a document that no server stores is refused where no server would say so, and left to the server elsewhere', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const large: ClientBulkWriteModel = { ...insert, document: { n: 'x'.repeat(16 * 1024 * 1024) } }
    const lost = await failureOf(client.bulkWrite([large], { ordered: false, writeConcern: { w: 0 } }))
    assert.ok(lost instanceof MongoInvalidArgumentError)
    assert.match(lost.message, /^model 0 of the bulk write: a document takes 16777\d{3} bytes/)
    const answered = await failureOf(client.bulkWrite([large]))
    assert.ok(answered instanceof MongoClientBulkWriteError)
    assert.equal(answered.writeErrors.get(0)?.code, 10334)
  }))

test('an operation that fits into no message of this server ends the bulk write, which tells what was done before', () =>
  withServer(async ({ runtime, member }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      middleman.limits = { maxMessageSizeBytes: 1_300 }
      const client = middleman.client()
      const error = await failureOf(client.bulkWrite([insert, { ...insert, document: { n: 'x'.repeat(1_000) } }]))
      assert.ok(error instanceof MongoClientBulkWriteError)
      assert.match(
        error.message,
        /^the bulk write ended after 1 of its 2 writes: model 1 of the bulk write takes 10\d\d /
      )
      assert.ok(error.cause instanceof MongoInvalidArgumentError)
      assert.equal(error.partialResult?.insertedCount, 1)
    })
  }))

test('a server before MongoDB 8.0 is not asked, and the error says what to use instead', () =>
  withServer(async ({ runtime, member }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      middleman.limits = { maxWireVersion: 21 }
      const error = await failureOf(middleman.client().bulkWrite([insert]))
      assert.ok(error instanceof MongoCompatibilityError)
      assert.equal(
        error.message,
        'the bulkWrite of a client needs MongoDB 8.0 or later (wire version 25), and this server has wire version 21; ' +
          'write to each collection by its own bulkWrite instead'
      )
      assert.deepEqual(middleman.sent('bulkWrite'), [])
    })
  }))

// ───────────────────────── failures on the way ─────────────────────────

const three: readonly Model[] = [
  { name: 'insertOne', namespace: 'shop.things', document: { _id: 1, n: 0 } },
  { name: 'updateOne', namespace: 'shop.things', filter: { _id: 1 }, update: { $inc: { n: 1 } } },
  { name: 'insertOne', namespace: 'store.things', document: { _id: 2 } }
]

test('a command whose reply is lost is sent again with its number, and done once', () =>
  withServer(async ({ runtime, member }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      middleman.limits = { maxWriteBatchSize: 2 }
      const client = await middleman.client({ directConnection: true, socketTimeoutMS: 100 }).connect()
      middleman.swallowReplyTo('bulkWrite')
      const { insertedCount, modifiedCount } = await client.bulkWrite<Schemas>(three)
      assert.deepEqual([insertedCount, modifiedCount], [2, 1])
      assert.deepEqual(await collectionOf(client, 'shop.things').findOne({ _id: 1 }), { _id: 1, n: 1 })
      const numbers = middleman.sent('bulkWrite').map(({ txnNumber }) => Number(txnNumber))
      assert.deepEqual(numbers, [1, 1, 2])
    })
  }, replicaSet))

test('a command with an updateMany is sent once, the others of the same bulk write twice', () =>
  withServer(async ({ runtime, member, failCommand }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      middleman.limits = { maxWriteBatchSize: 1 }
      const client = await middleman.client({ directConnection: true }).connect()
      const updateMany: Model = { name: 'updateMany', namespace: 'shop.things', filter: {}, update: { $inc: { n: 1 } } }
      failCommand(['bulkWrite'], { closeConnection: true })
      assert.equal((await client.bulkWrite<Schemas>([three[0] as Model, updateMany])).modifiedCount, 1)
      assert.deepEqual(
        middleman.sent('bulkWrite').map(({ txnNumber }) => txnNumber === undefined),
        [false, false, true]
      )
      failCommand(['bulkWrite'], { closeConnection: true })
      await failureOf(client.bulkWrite<Schemas>([updateMany]))
      assert.equal(middleman.sent('bulkWrite').length, 4)
    })
  }, replicaSet))

test('timeoutMS limits a bulk write as a whole, and the error tells what was done in time', () =>
  withServer(async ({ failCommand, member, nowMS, runtime }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      middleman.limits = { maxWriteBatchSize: 2 }
      const client = await middleman.client().connect()
      failCommand(['bulkWrite'], { blockConnection: true, blockTimeMS: 120 })
      middleman.changeReplyTo('bulkWrite', reply => {
        middleman.swallowReplyTo('bulkWrite')
        return reply
      })
      const beganMS = nowMS()
      const error = await failureOf(client.bulkWrite<Schemas>(three, { timeoutMS: 200 }))
      assert.ok(error instanceof MongoClientBulkWriteError)
      assert.ok(error.cause instanceof MongoOperationTimeoutError)
      assert.deepEqual([error.partialResult?.insertedCount, Math.round(nowMS() - beganMS)], [1, 200])
    })
  }))

test('a client that shuts down lets a bulk write finish, with all its commands', () =>
  withServer(async ({ failCommand, member, runtime }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      middleman.limits = { maxWriteBatchSize: 1 }
      const client = await middleman.client().connect()
      failCommand(['bulkWrite'], { blockConnection: true, blockTimeMS: 100 }, 0)
      const running = client.bulkWrite<Schemas>(three)
      await runtime.sleep(20)
      const shutdown = client.shutdown()
      assert.equal((await running).insertedCount, 2)
      await shutdown
      assert.ok((await failureOf(client.bulkWrite([insert]))) instanceof MongoClientClosedError)
    })
  }))

test('what ends it before the first answer is told as it is', () =>
  withServer(async ({ connect, failCommand }) => {
    failCommand(['bulkWrite'], { errorCode: 8 })
    const error = await failureOf(connect().bulkWrite([insert]))
    assert.ok(error instanceof MongoServerError && !(error instanceof MongoClientBulkWriteError))
    assert.equal(error.code, 8)
  }))

test('the stack of a bulk write that fails names the line that waits for it', () =>
  withServer(async ({ connect, failCommand }) => {
    failCommand(['bulkWrite'], { errorCode: 8 })
    const client = await connect().connect()
    async function namedCaller(): Promise<void> {
      await client.bulkWrite([insert])
    }
    const error = await failureOf(namedCaller())
    assert.match(error.stack ?? '', /namedCaller/)
  }))

// ───────────────────────── results that come in several batches ─────────────────────────

/** Each result holds an `_id` of 8 MiB: two do not fit into one batch. */
function largeUpserts(count: number): ClientBulkWriteModel<LargeSchemas>[] {
  return Array.from({ length: count }, (_, at) => ({
    name: 'updateOne',
    namespace: 'shop.large',
    filter: { _id: String(at).repeat(8 * 1024 * 1024) },
    update: { $set: { x: 1 } },
    upsert: true
  }))
}

const verbose = { verboseResults: true } as const

test('all results are read in the session of their command, the caller’s or one of the operation', () =>
  withServer(async ({ connect }) => {
    const client = await connect().connect()
    const sent: [string, unknown][] = []
    client.on('commandStarted', ({ commandName, command }) => sent.push([commandName, command['lsid']]))
    const session = client.startSession()
    for (const options of [verbose, { ...verbose, session }]) {
      sent.length = 0
      await collectionOf(client, 'shop.large').drop()
      sent.length = 0
      const { updateResults } = await client.bulkWrite<LargeSchemas>(largeUpserts(2), { ...options, comment: 'large' })
      assert.equal(updateResults?.size, 2)
      assert.deepEqual(
        sent.map(([name]) => name),
        ['bulkWrite', 'getMore']
      )
      assert.deepEqual(sent[0]?.[1], sent[1]?.[1])
    }
    assert.deepEqual(sent[0]?.[1], session.id)
    await session.endSession()
  }, replicaSet))

test('a caller who gives up while results are read has them given up too', () =>
  withServer(async ({ connect, failCommand, runtime, member }) => {
    const client = await connect().connect()
    const names: string[] = []
    client.on('commandStarted', ({ commandName }) => names.push(commandName))
    failCommand(['getMore'], { blockConnection: true, blockTimeMS: 1_000 })
    const controller = new AbortController()
    const running = client.bulkWrite<LargeSchemas>(largeUpserts(2), { ...verbose, signal: controller.signal })
    while (!names.includes('getMore')) await runtime.sleep(1)
    const reason = new Error('enough')
    controller.abort(reason)
    assert.equal(await failureOf(running), reason)
    await runtime.sleep(10)
    assert.deepEqual(names, ['bulkWrite', 'getMore', 'killCursors'])
    assert.equal(member.openCursors(), 0)
  }))
