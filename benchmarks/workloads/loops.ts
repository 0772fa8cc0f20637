import {
  identifier,
  largeDocument,
  type MakeId,
  type PlainDocument,
  smallDocuments,
  withoutIdentifier
} from '../documents.ts'
import type { Client, Collection } from '../drivers.ts'
import { batches, collections, database } from '../server/collections.ts'
import type { Loop, Operation, Target } from './workload.ts'

type Kind = Pick<Loop, 'operationsPerSecond' | 'operation' | 'tenSend' | 'documentsInserted' | 'foreign'>

const ping: Kind = {
  foreign: 'ping',
  tenSend: { ping: 10 },
  operationsPerSecond: 12_000,
  operation: client => {
    const db = client.db(database)
    return () => db.command({ ping: 1 })
  }
}

function findOneOf(collection: string): Kind['operation'] {
  return (client, { ObjectId }) => {
    const handle = collectionOf(client, collection)
    const _id = identifier(0, ObjectId)
    return () => handle.findOne({ _id })
  }
}

const findOne: Kind = {
  foreign: 'findOne',
  tenSend: { find: 10 },
  operationsPerSecond: 10_000,
  operation: findOneOf(collections.small)
}

const findOneByNewHandle: Kind = {
  tenSend: { find: 10 },
  operationsPerSecond: 10_000,
  operation: (client, { ObjectId }) => {
    const _id = identifier(0, ObjectId)
    return () => client.db(database).collection(collections.small).findOne({ _id })
  }
}

const findOneTweet: Kind = {
  tenSend: { find: 10 },
  operationsPerSecond: 8_000,
  operation: findOneOf(collections.tweet)
}

const thousand = 1_000

const findToArray: Kind = {
  foreign: 'find',
  tenSend: { find: 10 },
  operationsPerSecond: 150,
  operation: client => {
    const handle = collectionOf(client, collections.thousand)
    return async () => expectDocuments((await handle.find({}, { batchSize: thousand }).toArray()).length, thousand)
  }
}

function iterated(collection: string, documents: number): Kind['operation'] {
  return client => {
    const handle = collectionOf(client, collection)
    return async () => {
      let count = 0
      for await (const document of handle.find({}, { batchSize: thousand })) if (document !== null) count++
      expectDocuments(count, documents)
    }
  }
}

const findIterated: Kind = {
  tenSend: { find: 10 },
  operationsPerSecond: 130,
  operation: iterated(collections.thousand, thousand)
}
const findInBatches: Kind = {
  tenSend: { find: 10, getMore: 10 * (batches - 1) },
  operationsPerSecond: 1.5,
  operation: iterated(collections.hundredThousand, 100_000)
}

const insertOne: Kind = {
  foreign: 'insertOne',
  tenSend: { insert: 10 },
  documentsInserted: 1,
  operationsPerSecond: 10_000,
  operation: client => {
    const handle = collectionOf(client, collections.small)
    const template = withoutIdentifier(0)
    // A new object each time, since the driver gives it its identifier.
    return () => handle.insertOne({ ...template })
  }
}

/** With identifiers, so that the same documents can be inserted again and no time is spent on copying them. */
function insertMany(
  collection: string,
  documentsInserted: number,
  documents: (ObjectId: MakeId) => PlainDocument[],
  operationsPerSecond: number
): Kind {
  return {
    tenSend: { insert: 10 },
    documentsInserted,
    operationsPerSecond,
    operation: (client, { ObjectId }) => {
      const handle = collectionOf(client, collection)
      const inserted = documents(ObjectId)
      return () => handle.insertMany(inserted)
    }
  }
}

const insertManySmall = insertMany(collections.thousand, thousand, id => smallDocuments(thousand, id), 200)
const insertManyLarge = insertMany(
  collections.large,
  10,
  id => Array.from({ length: 10 }, (_, index) => largeDocument(index, id)),
  2
)

/** The same documents by the client's bulkWrite, which inserts them into any collections. */
const clientBulkSmall: Kind = {
  tenSend: { bulkWrite: 10 },
  documentsInserted: thousand,
  operationsPerSecond: 150,
  operation: (client, { ObjectId }) => {
    const namespace = `${database}.${collections.thousand}`
    const models = smallDocuments(thousand, ObjectId).map(document => ({ name: 'insertOne', namespace, document }))
    return () => client.bulkWrite(models)
  }
}

/** Six reads by identifier, two inserts, an update and an aggregation in turn. */
const mixed: Kind = {
  tenSend: { find: 6, insert: 2, update: 1, aggregate: 1 },
  documentsInserted: 1,
  operationsPerSecond: 9_000,
  operation: (client, { ObjectId }) => {
    const handle = collectionOf(client, collections.small)
    const template = withoutIdentifier(0)
    const _id = identifier(0, ObjectId)
    const read = (): Promise<unknown> => handle.findOne({ _id })
    const insert = (): Promise<unknown> => handle.insertOne({ ...template })
    const update = (): Promise<unknown> => handle.updateOne({ _id }, { $set: { numeral0: 1 } })
    const aggregate = (): Promise<unknown> => handle.aggregate([{ $match: { _id } }]).toArray()
    const turns: readonly Operation[] = [read, insert, read, update, read, read, insert, read, aggregate, read]
    let turn = 0
    return () => (turns[turn++ % turns.length] ?? read)()
  }
}

function collectionOf(client: Client, name: string): Collection {
  return client.db(database).collection(name)
}

function expectDocuments(count: number, expected: number): void {
  if (count !== expected) throw new Error(`${count} documents came, not ${expected}`)
}

interface Manner {
  readonly inFlight: number
  readonly oneCPU?: boolean
  readonly listeners?: boolean
  readonly needsSpecification?: boolean
}

const oneCPU: Manner = { inFlight: 1, oneCPU: true }
const ten: Manner = { inFlight: 10 }
const fiveHundred: Manner = { inFlight: 500 }

function loop(name: string, title: string, kind: Kind, manner: Manner, target?: Target): Loop {
  const row = { kind: 'loop', name, title, judgedBy: 'cpuUS', oneCPU: false, listeners: false } as const
  return { ...row, ...kind, ...manner, ...(target === undefined ? {} : { target }) }
}

function ratio(mustRatio: number, aimRatio?: number): Target {
  return aimRatio === undefined ? { mustRatio } : { mustRatio, aimRatio }
}

export const loops: readonly Loop[] = [
  loop('ping-one-cpu', 'ping, one CPU', ping, oneCPU, ratio(0.2, 0.16)),
  loop('ping-10', 'ping, 10 in flight', ping, ten, ratio(0.17, 0.13)),
  loop('ping-500', 'ping, 500 in flight', ping, fiveHundred, ratio(0.14, 0.1)),
  loop('find-one-one-cpu', 'findOne, one CPU', findOne, oneCPU, ratio(0.16, 0.12)),
  loop('find-one-10', 'findOne, 10 in flight', findOne, ten, ratio(0.12, 0.08)),
  loop('find-one-500', 'findOne, 500 in flight', findOne, fiveHundred, ratio(0.1, 0.06)),
  loop('handle-one-cpu', 'findOne by a new handle, one CPU', findOneByNewHandle, oneCPU),
  loop('handle-10', 'findOne by a new handle, 10 in flight', findOneByNewHandle, ten),
  loop('handle-500', 'findOne by a new handle, 500 in flight', findOneByNewHandle, fiveHundred),
  loop(
    'tweet-10',
    'findOne of a tweet, 10 in flight',
    findOneTweet,
    { ...ten, needsSpecification: true },
    ratio(0.13, 0.09)
  ),
  loop('find-array', 'find of 1,000 to an array', findToArray, { inFlight: 1 }, ratio(0.14, 0.09)),
  loop('find-iterated', 'find of 1,000, iterated', findIterated, { inFlight: 1 }, ratio(0.14, 0.09)),
  loop('find-batches', 'find of 100,000 in batches', findInBatches, { inFlight: 1 }, ratio(0.11, 0.07)),
  loop('insert-one-one-cpu', 'insertOne, one CPU', insertOne, oneCPU, ratio(0.24, 0.18)),
  loop('insert-one-10', 'insertOne, 10 in flight', insertOne, ten, ratio(0.2, 0.15)),
  loop('insert-many-small', 'insertMany of 1,000 small', insertManySmall, { inFlight: 1 }, ratio(0.4, 0.25)),
  loop('insert-many-large', 'insertMany of 10 large', insertManyLarge, { inFlight: 1 }),
  loop('client-bulk-small', 'client bulkWrite of 1,000 small', clientBulkSmall, { inFlight: 1 }),
  loop('mixed-100', 'mixed, 100 waiters', mixed, { inFlight: 100 }),
  loop(
    'listened-one-cpu',
    'ping with listeners to all pool and command events, one CPU',
    ping,
    { ...oneCPU, listeners: true },
    ratio(0.33)
  )
]
