/** The work in JavaScript, for cenote and for the official driver, whose names are the same. */
import type {
  ClientBulkWriteModel,
  Collection,
  Document,
  MongoClient,
  MongoClientBulkWriteError
} from '../../src/client/index.ts'
import { countByKind, type Driver, recordPoolEvents } from '../../test/integration/drivers.ts'
import type { Results, Task, Worker } from './work.ts'

export function nodeWorker(driver: Driver): Worker {
  const work = async (task: Task): Promise<Results[Task['task']]> => {
    switch (task.task) {
      case 'crud':
        return withClient(driver, task.uri, {}, client => crud(client))
      case 'stepDown':
        return withClient(driver, task.uri, {}, client => stepDown(client))
      case 'users':
        return users(driver, task)
      case 'poolEvents':
        return poolEvents(driver, task)
    }
  }
  return { name: driver.name, work: work as Worker['work'] }
}

type Numbered = Document & { _id: number }

async function withClient<Result>(
  { library, end }: Driver,
  uri: string,
  options: Document,
  work: (client: MongoClient) => Promise<Result>
): Promise<Result> {
  const client = new library.MongoClient(uri, options)
  try {
    return await work(client)
  } finally {
    await end(client)
  }
}

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
    return 'found'
  } catch (error) {
    const { code, message } = error as Error & { readonly code?: unknown }
    return code ?? message
  }
}

async function crud(client: MongoClient): Promise<Results['crud']> {
  const db = client.db('work')
  await db.dropDatabase()
  const things = db.collection<Numbered>('things')
  return {
    ...(await reads(things)),
    ...(await writes(things)),
    ...(await queries(things)),
    ...(await clientBulkWrites(client)),
    ...(await administration(client, things))
  }
}

async function reads(things: Collection<Numbered>): Promise<Document> {
  const documents = Array.from({ length: 250 }, (_, index) => ({ _id: index, n: index, even: index % 2 === 0 }))
  const { insertedIds } = await things.insertMany(documents)
  const all = await things.find({}, { batchSize: 100 }).toArray()
  const sorted = await things.find({}, { sort: { n: -1 }, skip: 2, limit: 3 }).toArray()
  return {
    'insertMany tells each identifier': new Set(Object.values(insertedIds)).size,
    'find in batches of 100 gives each document once': {
      documents: new Set(all.map(({ _id }) => _id)).size,
      sum: all.reduce((sum, { n }) => sum + Number(n), 0)
    },
    'findOne by _id': await things.findOne({ _id: 7 }),
    'find with sort, skip and limit': sorted.map(({ _id }) => _id),
    'countDocuments with a filter': await things.countDocuments({ even: true })
  }
}

async function writes(things: Collection<Numbered>): Promise<Document> {
  const many = await things.updateMany({ even: true }, { $inc: { n: 1000 } })
  const upsert = await things.updateOne({ _id: 1000 }, { $set: { n: 5 } }, { upsert: true })
  const replaced = await things.replaceOne({ _id: 1 }, { n: -1 })
  const updated = await things.findOneAndUpdate({ _id: 2 }, { $inc: { n: 1 } }, { returnDocument: 'after' })
  const removed = await things.findOneAndDelete({ _id: 3 })
  const { deletedCount } = await things.deleteMany({ _id: { $gte: 200, $lt: 1000 } })
  const failed: number[] = await things
    .insertMany([{ _id: 0 }, { _id: 2000 }, { _id: 1 }, { _id: 2001 }], { ordered: false })
    .then(
      () => [],
      (error: { readonly writeErrors: readonly { readonly index: number }[] }) =>
        error.writeErrors.map(({ index }) => index)
    )
  return {
    updateMany: { matched: many.matchedCount, modified: many.modifiedCount },
    'updateOne with upsert': {
      matched: upsert.matchedCount,
      modified: upsert.modifiedCount,
      upserted: upsert.upsertedId
    },
    replaceOne: { matched: replaced.matchedCount, modified: replaced.modifiedCount },
    'findOneAndUpdate gives the document after it': updated,
    'findOneAndDelete gives what was deleted': removed,
    deleteMany: deletedCount,
    'insertOne of a second document with an _id is refused': { code: await codeOf(things.insertOne({ _id: 0 })) },
    'an unordered insertMany tells each failure by its place': {
      failed,
      stored: await things.countDocuments({ _id: { $gte: 2000 } })
    }
  }
}

async function queries(things: Collection<Numbered>): Promise<Document> {
  const groups = await things
    .aggregate([
      { $match: { _id: { $lt: 200 } } },
      { $group: { _id: '$even', count: { $sum: 1 }, n: { $sum: '$n' } } },
      { $sort: { _id: 1 } }
    ])
    .toArray()
  const distinct = (await things.distinct('n', { _id: { $lt: 6 } })) as number[]
  const bulk = await things.bulkWrite([
    { insertOne: { document: { _id: 3000 } } },
    { updateOne: { filter: { _id: 3000 }, update: { $set: { n: 1 } } } },
    { updateOne: { filter: { _id: 3001 }, update: { $set: { n: 1 } }, upsert: true } },
    { replaceOne: { filter: { _id: 4 }, replacement: { n: 4 } } },
    { deleteOne: { filter: { _id: 5 } } }
  ])
  return {
    'aggregate with $match, $group and $sort': groups,
    distinct: distinct.toSorted((a, b) => a - b),
    'bulkWrite of five kinds': {
      inserted: bulk.insertedCount,
      matched: bulk.matchedCount,
      modified: bulk.modifiedCount,
      deleted: bulk.deletedCount,
      upserted: bulk.upsertedCount
    }
  }
}

/** They leave nothing behind. */
async function clientBulkWrites(client: MongoClient): Promise<Document> {
  const namespace = 'work.things'
  const other = 'more.things'
  const insert = { name: 'insertOne', namespace, document: { _id: 4000 } }
  const removal = { name: 'deleteOne', namespace, filter: { _id: 4000 } }
  const update = { $set: { n: 1 } }
  const models = [
    insert,
    { name: 'updateOne', namespace: other, filter: { _id: 1 }, update, upsert: true },
    { name: 'updateOne', namespace, filter: { _id: 4000 }, update },
    removal,
    { name: 'deleteOne', namespace: other, filter: { _id: 1 } }
  ]
  const run = (some: readonly object[], options: Document) =>
    client.bulkWrite(some as unknown as readonly ClientBulkWriteModel[], options)
  const bulk = await run(models, { verboseResults: true })
  const failure: unknown = await run([insert, insert, removal], { ordered: false }).catch((error: unknown) => error)
  const { writeErrors } = failure as MongoClientBulkWriteError
  return {
    'bulkWrite of the client, on two collections': {
      inserted: bulk.insertedCount,
      matched: bulk.matchedCount,
      modified: bulk.modifiedCount,
      deleted: bulk.deletedCount,
      upserted: bulk.upsertedCount,
      told: [bulk.insertResults?.size, bulk.updateResults?.size, bulk.deleteResults?.size]
    },
    'an unordered bulkWrite of the client tells each failure by its place': [...writeErrors.keys()]
  }
}

async function administration(client: MongoClient, things: Collection<Numbered>): Promise<Document> {
  const db = client.db('work')
  const indexNames = async () => (await things.listIndexes().toArray()).map(({ name }) => String(name)).toSorted()
  const collectionNames = async () => (await db.listCollections().toArray()).map(({ name }) => name)
  const made = await things.createIndex({ n: 1 })
  const before = await indexNames()
  await things.dropIndex('n_1')
  const after = await indexNames()
  const cursor = things.find({}, { batchSize: 2, sort: { _id: 1 } })
  const first = await cursor.next()
  await cursor.close()
  const unknown = await codeOf(db.command({ noSuchCommand: 1 }))
  const estimated = await things.estimatedDocumentCount()
  const collectionsBefore = await collectionNames()
  await things.drop()
  return {
    'createIndex, listIndexes, dropIndex': { made, before, after },
    'a cursor that is closed after its first document': first?._id,
    'a command that there is not is refused': { code: unknown },
    estimatedDocumentCount: estimated,
    'listCollections, before drop and after': { before: collectionsBefore, after: await collectionNames() }
  }
}

const workers = 4
const insertsEach = 30

async function stepDown(client: MongoClient): Promise<Results['stepDown']> {
  const admin = client.db('admin')
  const things = client.db('work').collection<Numbered>('steps')
  await things.deleteMany({})
  const primary = async () => (await admin.command({ hello: 1 }))['me'] as string
  const before = await primary()
  let failed = 0
  const insertAll = async (worker: number) => {
    for (let index = 0; index < insertsEach; index++) {
      if (worker === 0 && index === 10) await admin.command({ replSetStepDown: 10, secondaryCatchUpPeriodSecs: 5 })
      if ((await codeOf(things.insertOne({ _id: worker * insertsEach + index }))) !== 'found') failed++
    }
  }
  await Promise.all(Array.from({ length: workers }, (_, worker) => insertAll(worker)))
  return {
    'no insert failed': failed,
    'each document was written once': await things.countDocuments({}),
    'another member is primary': (await primary()) !== before
  }
}

async function users(
  driver: Driver,
  { uri, user: username, password }: Task & { task: 'users' }
): Promise<Results['users']> {
  const tried = (options: Document) =>
    withClient(driver, uri, options, client => codeOf(client.db('work').collection('things').findOne()))
  const right = { username, password }
  const wrong = { username, password: `${password}x` }
  return {
    'negotiated mechanism': await tried({ auth: right }),
    'SCRAM-SHA-256': await tried({ auth: right, authMechanism: 'SCRAM-SHA-256' }),
    'SCRAM-SHA-1': await tried({ auth: right, authMechanism: 'SCRAM-SHA-1' }),
    'a wrong password is refused': await tried({ auth: wrong }),
    'a wrong password is refused, SCRAM-SHA-1': await tried({ auth: wrong, authMechanism: 'SCRAM-SHA-1' }),
    'without a user a find is refused': await tried({})
  }
}

async function poolEvents(
  { library, end }: Driver,
  { uri, finds, maxPoolSize }: Task & { task: 'poolEvents' }
): Promise<Results['poolEvents']> {
  const client = new library.MongoClient(uri, { maxPoolSize, maxConnecting: 2 })
  const told = recordPoolEvents(client)
  try {
    const things = client.db('work').collection('things')
    await Promise.all(Array.from({ length: finds }, () => things.findOne()))
  } finally {
    await end(client)
  }
  return countByKind(told)
}
