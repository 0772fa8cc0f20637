/** The prose tests of the CRUD specification that are about a client's bulk write, on an embedded server with its usual limits. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ClientBulkWriteModel,
  type CommandStartedEvent,
  type Document,
  MongoClient,
  MongoClientBulkWriteError,
  type MongoClientOptions,
  MongoInvalidArgumentError,
  MongoServerError,
  ObjectId
} from '../../src/client/index.ts'
import { type Bench, failureOf, withServer } from './bench.ts'

const namespace = 'db.coll'

type Schemas = { 'db.coll': { _id: string; x: number } }

interface Limits {
  readonly maxWriteBatchSize: number
  readonly maxBsonObjectSize: number
  readonly maxMessageSizeBytes: number
}

interface Watched {
  readonly client: MongoClient
  readonly limits: Limits
  /** Commands of this name that were started so far. */
  readonly started: (name: string) => readonly CommandStartedEvent[]
}

async function watched({ connect }: Bench, options: MongoClientOptions = {}): Promise<Watched> {
  const client = connect(options)
  const limits = (await client.db('admin').command({ hello: 1 })) as Document & Limits
  const events: CommandStartedEvent[] = []
  client.on('commandStarted', event => events.push(event))
  return { client, limits, started: name => events.filter(({ commandName }) => commandName === name) }
}

/** Anew each time: the driver is not to write into them. */
function inserts(document: Document, count: number, into = namespace): ClientBulkWriteModel[] {
  return Array.from({ length: count }, () => ({ name: 'insertOne', namespace: into, document }))
}

/** Two whose results do not fit into one batch. */
function largeUpserts({ maxBsonObjectSize }: Limits): ClientBulkWriteModel<Schemas>[] {
  return ['a', 'b'].map(letter => ({
    name: 'updateOne',
    namespace,
    filter: { _id: letter.repeat(maxBsonObjectSize / 2) },
    update: { $set: { x: 1 } },
    upsert: true
  }))
}

function countsOf(events: readonly CommandStartedEvent[]): number[] {
  return events.map(({ command }) => (command['ops'] as unknown[]).length)
}

function namespacesOf(events: readonly CommandStartedEvent[]): string[][] {
  return events.map(({ command }) => (command['nsInfo'] as { ns: string }[]).map(({ ns }) => ns))
}

/** One operation, whatever its commands are. */
function assertOneOperation(events: readonly CommandStartedEvent[]): void {
  assert.equal(new Set(events.map(({ operationId }) => operationId)).size, 1)
}

async function bulkFailure(promise: Promise<unknown>): Promise<MongoClientBulkWriteError> {
  const error = await failureOf(promise)
  assert.ok(error instanceof MongoClientBulkWriteError, `${error.name}: ${error.message}`)
  return error
}

test('prose test 3: more operations than maxWriteBatchSize are cut into several commands', () =>
  withServer(async bench => {
    const { client, limits, started } = await watched(bench)
    const { maxWriteBatchSize } = limits
    const { insertedCount } = await client.bulkWrite(inserts({ a: 'b' }, maxWriteBatchSize + 1))
    assert.equal(insertedCount, maxWriteBatchSize + 1)
    assert.deepEqual(countsOf(started('bulkWrite')), [maxWriteBatchSize, 1])
    assertOneOperation(started('bulkWrite'))
  }))

test('prose test 4: more bytes than maxMessageSizeBytes are cut into several commands', () =>
  withServer(async bench => {
    const { client, limits, started } = await watched(bench)
    const count = Math.floor(limits.maxMessageSizeBytes / limits.maxBsonObjectSize) + 1
    const document = { a: 'b'.repeat(limits.maxBsonObjectSize - 500) }
    assert.equal((await client.bulkWrite(inserts(document, count))).insertedCount, count)
    assert.deepEqual(countsOf(started('bulkWrite')), [count - 1, 1])
    assertOneOperation(started('bulkWrite'))
  }))

test('prose test 5: the write concern errors of all commands are told', () =>
  withServer(async bench => {
    const { client, limits, started } = await watched(bench, { retryWrites: false })
    const { maxWriteBatchSize } = limits
    const writeConcernError = { code: 91, errmsg: 'Replication is being shut down' }
    bench.failCommand(['bulkWrite'], { writeConcernError }, 2)
    const error = await bulkFailure(client.bulkWrite(inserts({ a: 'b' }, maxWriteBatchSize + 1)))
    assert.equal(error.writeConcernErrors.length, 2)
    assert.equal(error.partialResult?.insertedCount, maxWriteBatchSize + 1)
    assert.equal(started('bulkWrite').length, 2)
  }))

for (const ordered of [false, true])
  test(`prose test 6, ${ordered ? 'ordered' : 'unordered'}: write errors end an ordered bulk write, and are all told of an unordered one`, () =>
    withServer(async bench => {
      const { client, limits, started } = await watched(bench)
      const { maxWriteBatchSize } = limits
      await client.db('db').collection<{ _id: number }>('coll').insertOne({ _id: 1 })
      const error = await bulkFailure(client.bulkWrite(inserts({ _id: 1 }, maxWriteBatchSize + 1), { ordered }))
      assert.equal(error.writeErrors.size, ordered ? 1 : maxWriteBatchSize + 1)
      assert.equal(started('bulkWrite').length, ordered ? 1 : 2)
    }))

test('prose test 7: results that do not fit into one batch are read on', () =>
  withServer(async bench => {
    const { client, limits, started } = await watched(bench)
    const { upsertedCount, updateResults } = await client.bulkWrite<Schemas>(largeUpserts(limits), {
      verboseResults: true
    })
    assert.deepEqual([upsertedCount, updateResults?.size], [2, 2])
    assert.equal(started('getMore').length, 1)
  }))

test('prose test 9: a getMore that fails is told with what is known, and the results are given up', () =>
  withServer(async bench => {
    const { client, limits, started } = await watched(bench)
    bench.failCommand(['getMore'], { errorCode: 8 })
    const error = await bulkFailure(client.bulkWrite<Schemas>(largeUpserts(limits), { verboseResults: true }))
    assert.ok(error.cause instanceof MongoServerError)
    assert.equal(error.cause.code, 8)
    assert.deepEqual([error.partialResult?.upsertedCount, error.partialResult?.updateResults?.size], [2, 1])
    assert.equal(started('getMore').length, 1)
    assert.equal(started('killCursors').length, 1)
  }))

/** Models that leave room for one more operation, and for no other namespace. */
function almostFull({ maxBsonObjectSize, maxMessageSizeBytes }: Limits): ClientBulkWriteModel[] {
  const operationBytes = maxMessageSizeBytes - 1122
  const full = Math.floor(operationBytes / maxBsonObjectSize)
  const remainder = operationBytes % maxBsonObjectSize
  const models = inserts({ a: 'b'.repeat(maxBsonObjectSize - 57) }, full)
  return remainder < 217 ? models : [...models, ...inserts({ a: 'b'.repeat(remainder - 57) }, 1)]
}

test('prose test 11, case 1: an operation on a namespace that is there already still fits', () =>
  withServer(async bench => {
    const { client, limits, started } = await watched(bench)
    const models = [...almostFull(limits), ...inserts({ a: 'b' }, 1)]
    assert.equal((await client.bulkWrite(models)).insertedCount, models.length)
    assert.deepEqual(countsOf(started('bulkWrite')), [models.length])
    assert.deepEqual(namespacesOf(started('bulkWrite')), [[namespace]])
  }))

test('prose test 11, case 2: a namespace that no longer fits goes into the next command', () =>
  withServer(async bench => {
    const { client, limits, started } = await watched(bench)
    const models = almostFull(limits)
    const other = `db.${'c'.repeat(200)}`
    const { insertedCount } = await client.bulkWrite([...models, ...inserts({ a: 'b' }, 1, other)])
    assert.equal(insertedCount, models.length + 1)
    assert.deepEqual(countsOf(started('bulkWrite')), [models.length, 1])
    assert.deepEqual(namespacesOf(started('bulkWrite')), [[namespace], [other]])
  }))

for (const [which, models] of [
  ['case 1: a document', ({ maxMessageSizeBytes }: Limits) => inserts({ a: 'b'.repeat(maxMessageSizeBytes) }, 1)],
  [
    'case 2: a namespace',
    ({ maxMessageSizeBytes }: Limits) => inserts({ a: 'b' }, 1, `db.${'c'.repeat(maxMessageSizeBytes)}`)
  ]
] as const)
  test(`prose test 12, ${which} that fits into no message is refused by the driver`, () =>
    withServer(async bench => {
      const { client, limits, started } = await watched(bench)
      const error = await failureOf(client.bulkWrite(models(limits)))
      assert.ok(error instanceof MongoInvalidArgumentError, error.name)
      assert.ok(error.message.length < 500, 'what is too long is not shown')
      assert.deepEqual(started('bulkWrite'), [])
    }))

test('prose test 13: there is no client with automatic encryption whose bulk write would go in plain text', () => {
  const autoEncryption = { keyVaultNamespace: 'db.coll', kmsProviders: { aws: {} } }
  assert.throws(() => new MongoClient('mongodb://server.test', { autoEncryption } as MongoClientOptions), {
    name: 'MongoInvalidArgumentError',
    message: /autoEncryption: client-side encryption is not built yet/
  })
})

test('prose test 15: every command of an unacknowledged bulk write has write concern 0', () =>
  withServer(async bench => {
    const { client, limits, started } = await watched(bench)
    const collection = client.db('db').collection('coll')
    await client.db('db').createCollection('coll')
    const count = Math.floor(limits.maxMessageSizeBytes / limits.maxBsonObjectSize) + 1
    const models = inserts({ a: 'b'.repeat(limits.maxBsonObjectSize - 500) }, count)
    const result = await client.bulkWrite(models, { ordered: false, writeConcern: { w: 0 } })
    assert.equal(result.acknowledged, false)
    assert.deepEqual(countsOf(started('bulkWrite')), [count - 1, 1])
    assertOneOperation(started('bulkWrite'))
    for (const { command } of started('bulkWrite')) assert.deepEqual(command['writeConcern'], { w: 0 })
    assert.equal(await collection.countDocuments(), count)
  }))

test('prose test 16: an _id that the driver makes is the first field of its document', () =>
  withServer(async bench => {
    const { client, started } = await watched(bench)
    const collection = client.db('db').collection('coll')
    await collection.insertOne({ x: 1 })
    await collection.bulkWrite([{ insertOne: { document: { x: 1 } } }])
    const { insertResults } = await client.bulkWrite(inserts({ x: 1 }, 1), { verboseResults: true })
    const [operation] = started('bulkWrite').flatMap(({ command }) => command['ops'] as { document: Document }[])
    const documents = started('insert').flatMap(({ command }) => command['documents'] as Document[])
    assert.equal(documents.length, 2)
    for (const document of [...documents, operation?.document ?? {}])
      assert.deepEqual(Object.keys(document), ['_id', 'x'])
    assert.ok(operation?.document['_id'] instanceof ObjectId)
    assert.deepEqual(insertResults?.get(0), { insertedId: operation.document['_id'] })
  }))
