/**
 * Tasks of the drivers' benchmark specification: those with one document and with many. It also has tasks, left out here,
 * for GridFS and for files in parallel, for the BSON library, which is the same for both, and for a collection's
 * bulk write of mixed operations, which sends each of its 30,000 as a command of its own.
 */
import { identifier, type PlainDocument } from '../documents.ts'
import type { Client, Collection, Driver } from '../drivers.ts'
import { collections, database, tweetBatches, tweetsInBatch } from '../server/collections.ts'
import { type SpecificationDocument, specificationText } from '../specification_data.ts'
import type { Loop } from './workload.ts'

const smallBytes = 275
const largeBytes = 2_731_089
const tweetBytes = 1_622
const manySmall = 10_000
const manyLarge = 10
const tweets = tweetBatches * tweetsInBatch

function collectionOf(client: Client, name: string): Collection {
  return client.db(database).collection(name)
}

function documentOf(name: SpecificationDocument, { BSON }: Driver): PlainDocument {
  const text = specificationText(name)
  if (text === undefined) throw new Error(`${name}.json of the benchmark specification is not there`)
  return BSON.EJSON.parse(text) as PlainDocument
}

type Task = Pick<Loop, 'operationsPerSecond' | 'scoredBytes' | 'tenSend' | 'documentsInserted' | 'operation'>

const runCommand: Task = {
  operationsPerSecond: 8_000,
  scoredBytes: 13,
  // Monitors send the same: they cannot be told apart by its name.
  tenSend: {},
  operation: client => {
    const db = client.db(database)
    return () => db.command({ hello: true })
  }
}

const findOne: Task = {
  operationsPerSecond: 8_000,
  scoredBytes: tweetBytes,
  tenSend: { find: 10 },
  operation: (client, { ObjectId }) => {
    const handle = collectionOf(client, collections.tweet)
    const _id = identifier(0, ObjectId)
    return () => handle.findOne({ _id })
  }
}

const findMany: Task = {
  operationsPerSecond: 5,
  scoredBytes: tweetBytes * tweets,
  tenSend: { find: 10, getMore: 10 * (tweetBatches - 1) },
  operation: client => {
    const handle = collectionOf(client, collections.tweets)
    return async () => {
      let count = 0
      for await (const document of handle.find({}, { batchSize: tweetsInBatch })) if (document !== null) count++
      if (count !== tweets) throw new Error(`${count} documents came, not ${tweets}`)
    }
  }
}

function insertOne(name: SpecificationDocument, bytes: number, operationsPerSecond: number): Task {
  return {
    operationsPerSecond,
    scoredBytes: bytes,
    tenSend: { insert: 10 },
    operation: (client, driver) => {
      const handle = collectionOf(client, collections.small)
      const document = documentOf(name, driver)
      // A new object each time, since the driver gives it its identifier.
      return () => handle.insertOne({ ...document })
    }
  }
}

/** With identifiers, so that the same documents can be inserted again. */
function insertMany(name: SpecificationDocument, bytes: number, count: number, operationsPerSecond: number): Task {
  return {
    operationsPerSecond,
    scoredBytes: bytes * count,
    tenSend: { insert: 10 },
    documentsInserted: count,
    operation: (client, driver) => {
      const handle = collectionOf(client, collections.thousand)
      const document = documentOf(name, driver)
      const documents = Array.from({ length: count }, (_, n) => ({ ...document, _id: identifier(n, driver.ObjectId) }))
      return () => handle.insertMany(documents)
    }
  }
}

/** The same documents by the collection's bulkWrite. */
function bulkInsert(name: SpecificationDocument, bytes: number, count: number, operationsPerSecond: number): Task {
  return {
    ...insertMany(name, bytes, count, operationsPerSecond),
    operation: (client, driver) => {
      const handle = collectionOf(client, collections.thousand)
      const document = documentOf(name, driver)
      const inserts = Array.from({ length: count }, (_, n) => ({
        insertOne: { document: { ...document, _id: identifier(n, driver.ObjectId) } }
      }))
      return () => handle.bulkWrite(inserts)
    }
  }
}

/** The same documents by the client's bulkWrite. */
function clientBulkInsert(
  name: SpecificationDocument,
  bytes: number,
  count: number,
  operationsPerSecond: number
): Task {
  return {
    ...insertMany(name, bytes, count, operationsPerSecond),
    tenSend: { bulkWrite: 10 },
    operation: (client, driver) => {
      const namespace = `${database}.${collections.thousand}`
      const document = documentOf(name, driver)
      const inserts = Array.from({ length: count }, (_, n) => ({
        name: 'insertOne',
        namespace,
        document: { ...document, _id: identifier(n, driver.ObjectId) }
      }))
      return () => client.bulkWrite(inserts)
    }
  }
}

const mixedNamespaces = 10

/** An insert, a replacement and a delete for each document, on ten collections in turn. */
const clientBulkMixed: Task = {
  operationsPerSecond: 4,
  scoredBytes: smallBytes * 2 * manySmall,
  tenSend: { bulkWrite: 10 },
  documentsInserted: 3 * manySmall,
  operation: (client, driver) => {
    const document = documentOf('small_doc', driver)
    const models = Array.from({ length: manySmall }, (_, n) => {
      const namespace = `${database}.corpus_${(n % mixedNamespaces) + 1}`
      return [
        { name: 'insertOne', namespace, document: { ...document, _id: identifier(n, driver.ObjectId) } },
        { name: 'replaceOne', namespace, filter: {}, replacement: document },
        { name: 'deleteOne', namespace, filter: {} }
      ]
    }).flat()
    return () => client.bulkWrite(models)
  }
}

function row(name: string, title: string, task: Task): Loop {
  const manner = { inFlight: 1, oneCPU: false, listeners: false, needsSpecification: true, pairsMax: 3 } as const
  return { kind: 'loop', name: `specification-${name}`, title, judgedBy: 'cpuUS', ...manner, ...task }
}

export const specificationLoops: readonly Loop[] = [
  row('run-command', 'specification: run command', runCommand),
  row('find-one', 'specification: find one by _id', findOne),
  row('small-insert-one', 'specification: small insertOne', insertOne('small_doc', smallBytes, 8_000)),
  row('large-insert-one', 'specification: large insertOne', insertOne('large_doc', largeBytes, 40)),
  row('find-many', 'specification: find many', findMany),
  row('small-insert-many', 'specification: small insertMany', insertMany('small_doc', smallBytes, manySmall, 12)),
  row('large-insert-many', 'specification: large insertMany', insertMany('large_doc', largeBytes, manyLarge, 4)),
  row('small-bulk', 'specification: small collection bulkWrite', bulkInsert('small_doc', smallBytes, manySmall, 12)),
  row('large-bulk', 'specification: large collection bulkWrite', bulkInsert('large_doc', largeBytes, manyLarge, 4)),
  row(
    'small-client-bulk',
    'specification: small client bulkWrite',
    clientBulkInsert('small_doc', smallBytes, manySmall, 12)
  ),
  row(
    'large-client-bulk',
    'specification: large client bulkWrite',
    clientBulkInsert('large_doc', largeBytes, manyLarge, 4)
  ),
  row('mixed-client-bulk', 'specification: mixed client bulkWrite', clientBulkMixed)
]
