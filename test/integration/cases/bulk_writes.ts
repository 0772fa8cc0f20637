import type { AnyBulkWriteOperation, BulkWriteResult, Collection } from '../../../src/client/index.ts'
import { failureOf } from '../plain.ts'
import { allOf, type Case, insertNumbered, type Subject, whileFailing } from './case.ts'

/** Of any schema, so that identifiers may be numbers. */
type Operations = readonly AnyBulkWriteOperation[]

const countFields = [
  'insertedCount',
  'matchedCount',
  'modifiedCount',
  'deletedCount',
  'upsertedCount',
  'insertedIds',
  'upsertedIds'
] as const

/** The result in a form that compares across the drivers, whose results are of different classes. */
function countsOf(result: BulkWriteResult): object {
  return Object.fromEntries(countFields.map(field => [field, result[field]]))
}

async function countsWith(collection: Collection, operations: unknown[], options = {}): Promise<object> {
  return countsOf(await collection.bulkWrite(operations as Operations, options))
}

const nothing = {
  insertedCount: 0,
  matchedCount: 0,
  modifiedCount: 0,
  deletedCount: 0,
  upsertedCount: 0,
  insertedIds: {},
  upsertedIds: {}
}

const all = [
  { insertOne: { document: { _id: 10, a: 1 } } },
  { updateOne: { filter: { _id: 0 }, update: { $set: { a: 1 } } } },
  { updateMany: { filter: { _id: { $lt: 3 } }, update: [{ $set: { b: '$_id' } }] } },
  { replaceOne: { filter: { _id: 3 }, replacement: { c: 1 } } },
  { deleteOne: { filter: { _id: 4 } } },
  { deleteMany: { filter: { _id: { $in: [5, 6] } } } },
  { updateOne: { filter: { _id: 11 }, update: { $set: { d: 1 } }, upsert: true } },
  { insertOne: { document: { _id: 12 } } }
]

const modelCases: readonly Case[] = [true, false].map(ordered => ({
  name: `${ordered ? 'an ordered' : 'an unordered'} bulkWrite takes all six kinds of operations`,
  run: async ({ collection }) => {
    await insertNumbered(collection, 7)
    return { result: await countsWith(collection, all, { ordered }), stored: await allOf(collection) }
  },
  expected: {
    result: {
      insertedCount: 2,
      matchedCount: 5,
      modifiedCount: 5,
      deletedCount: 3,
      upsertedCount: 1,
      insertedIds: { 0: 10, 7: 12 },
      upsertedIds: { 6: 11 }
    },
    stored: [
      { _id: 0, a: 1, b: 0 },
      { _id: 1, b: 1 },
      { _id: 2, b: 2 },
      { _id: 3, c: 1 },
      { _id: 10, a: 1 },
      { _id: 11, d: 1 },
      { _id: 12 }
    ]
  }
}))

const optionCases: readonly Case[] = [
  {
    name: 'operations of a bulkWrite take hints, collations, sorts and array filters, and the whole variables and a comment',
    run: async ({ collection }) => {
      await collection.insertMany([
        { _id: 1, name: 'a', n: [1, 5] },
        { _id: 2, name: 'A', n: [2, 6] },
        { _id: 3, name: 'b', n: [3, 7] }
      ] as never[])
      const collation = { locale: 'en', strength: 2 }
      const result = await countsWith(
        collection,
        [
          { updateOne: { filter: { name: 'a' }, update: { $set: { first: true } }, collation, sort: { _id: -1 } } },
          {
            updateMany: {
              filter: {},
              update: { $inc: { 'n.$[big]': 10 } },
              arrayFilters: [{ big: { $gte: 5 } }],
              hint: { _id: 1 }
            }
          },
          { replaceOne: { filter: { name: 'B' }, replacement: { name: 'c' }, collation, hint: '_id_' } },
          { deleteOne: { filter: { $expr: { $eq: ['$_id', '$$gone'] } }, hint: '_id_' } },
          { insertOne: { document: { _id: 4 } } }
        ],
        { let: { gone: 1 }, comment: 'test', bypassDocumentValidation: true, maxTimeMS: 10_000, writeConcern: { w: 1 } }
      )
      return { result, stored: await allOf(collection) }
    },
    expected: {
      result: {
        ...nothing,
        insertedCount: 1,
        insertedIds: { 4: 4 },
        matchedCount: 5,
        modifiedCount: 5,
        deletedCount: 1
      },
      stored: [{ _id: 2, name: 'A', n: [2, 16], first: true }, { _id: 3, name: 'c' }, { _id: 4 }]
    }
  },
  {
    name: 'a bulkWrite makes the _ids that are missing, as first fields, and tells them',
    run: async ({ collection, library }) => {
      const { insertedIds } = await collection.bulkWrite([
        { insertOne: { document: { a: 1 } } },
        { insertOne: { document: { a: 2 } } }
      ])
      const stored = await collection.find({}, { sort: { a: 1 } }).toArray()
      return stored.map((document, place) => ({
        keys: Object.keys(document),
        isTold: document._id instanceof library.ObjectId && document._id.equals(insertedIds[place] as string)
      }))
    },
    expected: [
      { keys: ['_id', 'a'], isTold: true },
      { keys: ['_id', 'a'], isTold: true }
    ]
  },
  {
    name: 'a bulkWrite with write concern 0 counts nothing',
    run: async ({ db }) => {
      const operations = [{ insertOne: { document: { _id: 1 } } }, { deleteMany: { filter: {}, hint: '_id_' } }]
      const { insertedCount, deletedCount } = await db
        .collection('unheard')
        .bulkWrite(operations as never as Operations, { writeConcern: { w: 0 } })
      return { insertedCount, deletedCount }
    },
    expected: { insertedCount: 0, deletedCount: 0 }
  }
]

const duplicate = (id: number): string =>
  `E11000 duplicate key error collection: parity.things index: _id_ dup key: { _id: ${id} }`

const immutable =
  "Plan executor error during update :: caused by :: Performing an update on the path '_id' would modify the immutable field '_id'"

const writeConcernError = { code: 64, codeName: 'WriteConcernTimeout', errmsg: 'waiting for replication timed out' }

const failing = [
  { updateOne: { filter: { _id: 0 }, update: { $set: { a: 1 } } } },
  { insertOne: { document: { _id: 5 } } },
  { insertOne: { document: { _id: 1 } } },
  { updateOne: { filter: { _id: 1 }, update: { $set: { _id: 9 } } } },
  { insertOne: { document: { _id: 6 } } },
  { deleteOne: { filter: { _id: 2 } } }
]

async function failureWith(collection: Collection, options: object): Promise<object> {
  await insertNumbered(collection, 3)
  const failed = collection.bulkWrite(failing as never as Operations, options)
  const error = await failureOf(failed)
  const { result } = (await failed.catch((thrown: unknown) => thrown)) as { readonly result: BulkWriteResult }
  return { error, result: countsOf(result), stored: await allOf(collection) }
}

const failureCases: readonly Case[] = [
  {
    name: 'an ordered bulkWrite stops at the first failure, and its error tells what was done before',
    run: ({ collection }) => failureWith(collection, {}),
    expected: {
      error: {
        error: 'MongoBulkWriteError',
        message: duplicate(1),
        code: 11000,
        insertedCount: 1,
        insertedIds: { 1: 5 },
        writeErrors: [{ index: 2, code: 11000, errmsg: duplicate(1) }]
      },
      result: { ...nothing, insertedCount: 1, insertedIds: { 1: 5 }, matchedCount: 1, modifiedCount: 1 },
      stored: [{ _id: 0, a: 1 }, { _id: 1 }, { _id: 2 }, { _id: 5 }]
    }
  },
  {
    name: 'an unordered bulkWrite goes on, and its error tells every failure by its place',
    run: ({ collection }) => failureWith(collection, { ordered: false }),
    expected: {
      error: {
        error: 'MongoBulkWriteError',
        message: `${duplicate(1)} (and 1 more)`,
        code: 11000,
        insertedCount: 2,
        insertedIds: { 1: 5, 4: 6 },
        writeErrors: [
          { index: 2, code: 11000, errmsg: duplicate(1) },
          { index: 3, code: 66, errmsg: immutable }
        ]
      },
      result: {
        ...nothing,
        insertedCount: 2,
        insertedIds: { 1: 5, 4: 6 },
        matchedCount: 1,
        modifiedCount: 1,
        deletedCount: 1
      },
      stored: [{ _id: 0, a: 1 }, { _id: 1 }, { _id: 5 }, { _id: 6 }]
    }
  },
  ...(['bulkWrite', 'insertMany'] as const).map(method => ({
    name: `${method} whose write concern was not reached is done, and its error says so`,
    run: async (subject: Subject) => {
      const { collection } = subject
      const documents = [{ _id: 1 }, { _id: 2 }]
      const operations = documents.map(document => ({ insertOne: { document } }))
      const error = await whileFailing(subject, { failCommands: ['insert'], writeConcernError }, () =>
        failureOf(
          method === 'bulkWrite'
            ? collection.bulkWrite(operations as never as Operations)
            : collection.insertMany(documents as never[])
        )
      )
      return { error, stored: await allOf(collection) }
    },
    expected: {
      error: {
        error: 'MongoBulkWriteError',
        message: writeConcernError.errmsg,
        code: 64,
        insertedCount: 2,
        insertedIds: { 0: 1, 1: 2 },
        writeErrors: []
      },
      stored: [{ _id: 1 }, { _id: 2 }]
    }
  })),
  {
    name: 'a bulkWrite of which a later command fails tells what the earlier ones did',
    run: async subject => {
      const { collection } = subject
      const failed = whileFailing(subject, { failCommands: ['update'], errorCode: 13 }, () =>
        collection
          .bulkWrite([
            { insertOne: { document: { _id: 1 } } },
            { updateOne: { filter: {}, update: { $set: { a: 1 } } } }
          ] as never as Operations)
          .catch((error: unknown) => error)
      )
      const { name, code, result } = (await failed) as {
        readonly name: string
        readonly code: number
        readonly result: BulkWriteResult
      }
      return { name, code, result: countsOf(result), stored: await allOf(collection) }
    },
    expected: {
      name: 'MongoBulkWriteError',
      code: 13,
      result: { ...nothing, insertedCount: 1, insertedIds: { 0: 1 } },
      stored: [{ _id: 1 }]
    }
  },
  {
    name: 'a bulkWrite of nothing is refused before anything is sent',
    run: ({ collection }) => failureOf(() => collection.bulkWrite([])),
    expected: {
      error: 'MongoInvalidArgumentError',
      message: 'bulkWrite takes an array with at least one operation'
    }
  }
]

export const bulkWriteCases: readonly Case[] = [...modelCases, ...optionCases, ...failureCases]
