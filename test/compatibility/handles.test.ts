/**
 * Inserts and bulk writes with the package `cenote-mongodb` beside the official driver: what the caller's documents are
 * afterwards, and what is told of failures.
 */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import * as official from 'mongodb'
import * as cenote from 'cenote'
import { type Deployment, startDeployment } from 'cenote/embedded'
import { asOfficialDriver } from '../../packages/cenote-mongodb/src/bulk_write_errors.ts'
import * as compatible from '../../packages/cenote-mongodb/src/index.ts'

interface Outcome {
  readonly result?: unknown
  readonly error?: Readonly<Record<string, unknown>>
}

/** What both drivers have, as these tests call it. */
type Things = compatible.Collection

interface Case {
  /** Made anew for each driver; compared afterwards. */
  readonly given: () => readonly object[]
  readonly act: (things: Things, given: readonly object[]) => Promise<unknown>
}

const duplicate = (name: string) => ({ insertOne: { document: { name, key: 'a' } } })
const insertion = (name: string, key: string) => ({ insertOne: { document: { name, key } } })
const refusedUpdate = { updateOne: { filter: { key: 'b' }, update: { $set: { key: 'c' } } } }

class Order {
  readonly key = 'of a class'
}

const operationsOf = (given: readonly object[]) => given as readonly compatible.AnyBulkWriteOperation[]

const cases: Readonly<Record<string, Case>> = {
  'insertOne gives the document its _id': {
    given: () => [{ key: 'x', list: [{ a: 1 }, [{ b: 2 }]] }],
    act: (things, [document]) => things.insertOne(document as compatible.Document)
  },
  'insertOne keeps an _id': {
    given: () => [{ _id: 7, key: 'x' }],
    act: (things, [document]) => things.insertOne(document as compatible.Document)
  },
  'an _id of null or undefined counts as none': {
    given: () => [
      { _id: null, key: 'x' },
      { _id: undefined, key: 'y' }
    ],
    act: (things, documents) => things.insertMany(documents)
  },
  'an _id of the prototype counts': {
    given: () => [Object.assign(Object.create({ _id: 'inherited' }) as object, { key: 'x' })],
    act: (things, [document]) => things.insertOne(document as compatible.Document)
  },
  'an object of a class is given one': {
    given: () => [new Order()],
    act: (things, documents) => things.insertMany(documents)
  },
  'insertOne that is refused has given it before': {
    given: () => [{ key: 'a' }],
    act: (things, [document]) => things.insertOne(document as compatible.Document)
  },
  'a frozen document without _id is a TypeError': {
    given: () => [Object.freeze({ key: 'x' })],
    act: (things, [document]) => things.insertOne(document as compatible.Document)
  },
  'a frozen document with an _id is inserted': {
    given: () => [Object.freeze({ _id: 1, key: 'x' })],
    act: (things, documents) => things.insertMany(documents)
  },
  'a frozen document among others: those before it have an _id, and nothing is inserted': {
    given: () => [{ key: 'x' }, Object.freeze({ key: 'y' }), { key: 'z' }],
    act: (things, documents) => things.insertMany(documents)
  },
  'one document twice is one _id': {
    given: () => [{ name: 'same' }],
    act: (things, [document]) => things.insertMany([document, document] as compatible.Document[])
  },
  'insertMany that fails, ordered: all documents have an _id': {
    given: () => [{ key: 'x' }, { key: 'a' }, { key: 'y' }],
    act: (things, documents) => things.insertMany(documents)
  },
  'insertMany that fails, unordered': {
    given: () => [{ key: 'x' }, { key: 'a' }, { _id: 5, key: 'y' }, { key: 'b' }, { key: 'z' }],
    act: (things, documents) => things.insertMany(documents, { ordered: false })
  },
  'with forceServerObjectId documents stay as they are': {
    given: () => [{ key: 'x' }, { key: 'y' }],
    act: (things, documents) => things.insertMany(documents, { forceServerObjectId: true }).then(() => 'inserted')
  },
  'so does the one of insertOne': {
    given: () => [{ key: 'x' }],
    act: (things, [document]) =>
      things.insertOne(document as compatible.Document, { forceServerObjectId: true }).then(() => 'inserted')
  },
  'without acknowledgement': {
    given: () => [{ key: 'x' }],
    act: (things, [document]) => things.insertOne(document as compatible.Document, { writeConcern: { w: 0 } })
  },
  'bulkWrite gives documents that it inserts an _id, and nothing else': {
    given: () => [
      insertion('0', 'x'),
      { updateOne: { filter: { key: 'a' }, update: { $set: { n: 1 } } } },
      { replaceOne: { filter: { key: 'b' }, replacement: { key: 'b' } } },
      { deleteOne: { filter: { key: 'c' } } }
    ],
    act: (things, operations) => things.bulkWrite(operationsOf(operations)).then(({ insertedIds }) => insertedIds)
  },
  'bulkWrite that fails, ordered, of inserts alone': {
    given: () => [insertion('0', 'x'), duplicate('1'), insertion('2', 'y')],
    act: (things, operations) => things.bulkWrite(operationsOf(operations))
  },
  'bulkWrite that fails, ordered, at an update': {
    given: () => [insertion('0', 'x'), refusedUpdate, insertion('2', 'y')],
    act: (things, operations) => things.bulkWrite(operationsOf(operations))
  },
  'bulkWrite that fails, ordered, after other operations: more is told than was inserted': {
    given: () => [
      { updateOne: { filter: { key: 'a' }, update: { $set: { n: 1 } } } },
      insertion('1', 'x'),
      { deleteOne: { filter: { key: 'none' } } },
      duplicate('3'),
      insertion('4', 'y'),
      insertion('5', 'z')
    ],
    act: (things, operations) => things.bulkWrite(operationsOf(operations))
  },
  'bulkWrite that fails, unordered: of several failures the first is the message': {
    given: () => [refusedUpdate, insertion('1', 'x'), duplicate('2'), insertion('3', 'y'), duplicate('4')],
    act: (things, operations) => things.bulkWrite(operationsOf(operations), { ordered: false })
  },
  'bulkWrite that fails, unordered, once': {
    given: () => [duplicate('0'), insertion('1', 'x')],
    act: (things, operations) => things.bulkWrite(operationsOf(operations), { ordered: false })
  }
}

const { EJSON } = cenote.BSON

/** Identifiers by the order in which they were made: they are other ones each time. */
function plain(value: unknown): unknown {
  const seen = new Map<string, number>()
  const text = EJSON.stringify(value).replaceAll(/[0-9a-f]{24}/g, id => {
    if (!seen.has(id)) seen.set(id, seen.size)
    return `id ${seen.get(id)}`
  })
  return JSON.parse(text)
}

async function outcome(work: Promise<unknown>): Promise<Outcome> {
  try {
    return { result: await work }
  } catch (error) {
    assert.ok(error instanceof Error)
    const { name, message } = error
    const { code, insertedCount, insertedIds, writeErrors, result } = error as Partial<compatible.MongoBulkWriteError>
    const refused = writeErrors?.map(({ index, errmsg }) => ({ index, errmsg }))
    return { error: { name, message, code, insertedCount, insertedIds, refused, inResult: result?.insertedIds } }
  }
}

let deployment: Deployment
let client: compatible.MongoClient
let officialClient: official.MongoClient

before(async () => {
  deployment = await startDeployment({ kind: 'replicaSet', members: 1 })
  client = await compatible.MongoClient.connect(deployment.uri)
  officialClient = await official.MongoClient.connect(deployment.uri)
})

after(async () => {
  await client.close()
  await officialClient.close()
  await deployment.stop()
})

async function ran({ given, act }: Case, things: Things): Promise<unknown> {
  await things.drop()
  await things.createIndex({ key: 1 }, { unique: true, sparse: true })
  await things.insertMany([
    { _id: 'a', key: 'a' },
    { _id: 'b', key: 'b' },
    { _id: 'c', key: 'c' }
  ] as never)
  const objects = given()
  const told = await outcome(act(things, objects))
  // Reading goes by the same connection as a write that nobody answers.
  const stored = await things.find({}, { sort: { key: 1 }, projection: { _id: 0 } }).toArray()
  return plain({ objects, told, stored })
}

suite('as with the official driver:', () => {
  for (const [name, each] of Object.entries(cases))
    test(name, async () => {
      const expected = await ran(each, officialClient.db('shop').collection('things') as unknown as Things)
      assert.deepEqual(await ran(each, client.db('shop').collection('things')), expected)
    })
})

test('a bulk write of the client gives documents their _id, as with the official driver', async () => {
  const given = (): compatible.Document[] => [{ key: 'x' }, { _id: 7, key: 'y' }]
  const modelsOf = (documents: readonly compatible.Document[]) => [
    ...documents.map(document => ({ name: 'insertOne', namespace: 'shop.models', document }) as const),
    { name: 'deleteOne', namespace: 'shop.models', filter: { key: 'y' } } as const
  ]
  const [own, theirs] = [given(), given()]
  await client.bulkWrite(modelsOf(own))
  await officialClient.bulkWrite(modelsOf(theirs))
  assert.deepEqual(plain(own), plain(theirs))
  const id: unknown = own[0]?.['_id']
  assert.ok(id instanceof compatible.ObjectId)
  assert.deepEqual(await client.db('shop').collection('models').distinct('_id', { _id: id }), [id])
  await assert.rejects(client.bulkWrite([null] as never), compatible.MongoInvalidArgumentError)
})

test('a Map gets an entry, which is stored', async () => {
  const things = client.db('shop').collection('maps')
  const map = new Map<string, unknown>([['key', 'm']])
  const { insertedId } = await things.insertOne(map as unknown as compatible.Document)
  assert.deepEqual(
    [...map],
    [
      ['key', 'm'],
      ['_id', insertedId]
    ]
  )
  assert.deepEqual(await things.findOne({ key: 'm' }), { _id: insertedId, key: 'm' })
})

test('what is no document is refused as by cenote', async () => {
  const things = client.db('shop').collection('things')
  await assert.rejects(things.insertOne(null as never), TypeError)
  await assert.rejects(things.insertMany('a' as never), compatible.MongoInvalidArgumentError)
  await assert.rejects(things.bulkWrite([null] as never), compatible.MongoInvalidArgumentError)
  await assert.rejects(things.bulkWrite([{ insertOne: {} }] as never), compatible.MongoInvalidArgumentError)
})

test('cenote itself leaves documents as they are', async () => {
  const own = await cenote.MongoClient.connect(deployment.uri)
  const document = Object.freeze({ name: 'own' })
  const { insertedIds } = await own.db('shop').collection('own').insertMany([document])
  assert.ok(insertedIds[0] instanceof cenote.ObjectId)
  await own.close()
})

suite('databases and collections', () => {
  test('are of the package’s classes, by whatever way they come', async () => {
    const db = client.db('handles')
    const made = await db.createCollection('made')
    const [listed] = await db.collections()
    const renamed = await db.renameCollection('made', 'renamed')
    const all = [db.collection('a'), made, listed, renamed, made.withOptions({}), await renamed.rename('again')]
    for (const each of all) assert.ok(each instanceof compatible.Collection)
    assert.ok(db instanceof compatible.Db)
    assert.deepEqual([db.constructor.name, made.constructor.name], ['Db', 'Collection'])
  })

  test('have all methods of cenote’s on their own prototype, from which mongoose copies them', () => {
    const own = Object.getOwnPropertyDescriptors(compatible.Collection.prototype)
    const those = Object.getOwnPropertyDescriptors(cenote.Collection.prototype)
    const missing = Object.keys(those).filter(name => !Object.hasOwn(own, name))
    assert.deepEqual(missing, [])
    assert.notEqual(own.insertOne.value, those.insertOne.value)
    assert.equal(own.find.value, those.find.value)
  })
})

suite('the error of a bulk write', () => {
  async function refuse(): Promise<compatible.MongoBulkWriteError> {
    const things = client.db('shop').collection('refused')
    const twice = [{ _id: 1 }, { _id: 1 }, { _id: 1 }] as never
    await things.drop()
    try {
      await things.insertMany(twice, { ordered: false })
    } catch (error) {
      return error as compatible.MongoBulkWriteError
    }
    assert.fail('it is refused')
  }

  test('is of cenote’s class and keeps what its list and its result say', async () => {
    const error = await refuse()
    assert.ok(error instanceof cenote.MongoBulkWriteError)
    assert.doesNotMatch(error.message, /more/)
    assert.equal(error.errmsg, error.message)
    assert.deepEqual([error.writeErrors.length, error.result.getWriteErrorCount(), error.insertedCount], [2, 2, 1])
    assert.deepEqual([error.code, error.result.acknowledged], [11_000, true])
  })

  test('names the caller’s line', async () => {
    assert.match((await refuse()).stack ?? '', /at async refuse .*handles\.test/)
  })

  test('keeps labels and the write concern’s error', () => {
    const concernError = new cenote.MongoWriteConcernError({ ok: 1, errmsg: 'late', code: 64 })
    const writeErrors = [0, 1].map(
      index => new cenote.WriteError({ index, code: 1, errmsg: `no ${index}` }, () => ({}))
    )
    const result = new cenote.BulkWriteResult({}, true, writeErrors, [concernError])
    const error = new cenote.MongoBulkWriteError({ ok: 1, code: 1 }, 'no 0 (and 1 more)', writeErrors, result)
    error.addErrorLabel('Some')
    const told = asOfficialDriver(error)
    assert.ok(told instanceof cenote.MongoBulkWriteError)
    assert.deepEqual([told.message, told.errorLabels], ['no 0', ['Some']])
    assert.equal(told.result.getWriteConcernError(), concernError)
  })

  test('is left as it is when something ended the bulk, or when it is none', () => {
    const cause = new cenote.MongoNetworkError('gone')
    const writeErrors = [new cenote.WriteError({ index: 0, code: 1, errmsg: 'no' }, () => ({}))]
    const ended = new cenote.MongoBulkWriteError({ ok: 0 }, 'ended', writeErrors, new cenote.BulkWriteResult({}), cause)
    assert.equal(asOfficialDriver(ended, []), ended)
    assert.equal(asOfficialDriver(cause, []), cause)
  })
})
