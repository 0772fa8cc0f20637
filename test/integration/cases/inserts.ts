import { failureOf } from '../plain.ts'
import { allOf, type Case, idsOf } from './case.ts'

function duplicateMessage(_id: number): string {
  return `E11000 duplicate key error collection: parity.things index: _id_ dup key: { _id: ${_id} }`
}

/** Four documents of which the third is a second `_id: 1`. */
const withDuplicate = [{ _id: 0 }, { _id: 1 }, { _id: 1, second: true }, { _id: 3 }]

export const insertCases: readonly Case[] = [
  {
    name: 'insertOne makes an ObjectId where the document has no _id, and tells it',
    run: async ({ collection, library }) => {
      const { acknowledged, insertedId } = await collection.insertOne({ sku: 'a1' })
      const [document] = await allOf(collection)
      const isObjectId = insertedId instanceof library.ObjectId
      return {
        acknowledged,
        isObjectId,
        isStored: insertedId.equals(document?.['_id'] as string),
        sku: document?.['sku']
      }
    },
    expected: { acknowledged: true, isObjectId: true, isStored: true, sku: 'a1' }
  },
  {
    name: 'an _id of undefined is made like one that is missing, by insertOne, insertMany and bulkWrite',
    run: async ({ collection }) => {
      const document = () => ({ first: 1, _id: undefined, last: 2 }) as never
      const one = await collection.insertOne(document())
      const many = await collection.insertMany([document(), { first: 3 } as never])
      const bulk = await collection.bulkWrite([{ insertOne: { document: document() } }])
      const told = [one.insertedId, many.insertedIds[0], many.insertedIds[1], bulk.insertedIds[0]]
      const stored = await collection.find({}).toArray()
      return stored.map(({ _id, ...others }, index) => ({ ...others, told: String(_id) === String(told[index]) }))
    },
    expected: [
      { first: 1, last: 2, told: true },
      { first: 1, last: 2, told: true },
      { first: 3, told: true },
      { first: 1, last: 2, told: true }
    ]
  },
  {
    name: 'insertOne keeps an _id that the document has, of any type',
    run: async ({ collection }) => {
      const results = []
      for (const _id of ['text', 7, { a: 1 }, false]) results.push(await collection.insertOne({ _id } as never))
      return results
    },
    expected: ['text', 7, { a: 1 }, false].map(insertedId => ({ acknowledged: true, insertedId }))
  },
  {
    name: 'insertOne of a second document with the same _id is error 11000 with the key',
    run: async ({ collection }) => {
      await collection.insertOne({ _id: 1 } as never)
      return failureOf(collection.insertOne({ _id: 1 } as never))
    },
    expected: {
      error: 'MongoServerError',
      message: duplicateMessage(1),
      code: 11000,
      keyPattern: { _id: 1 },
      keyValue: { _id: 1 }
    }
  },
  {
    name: 'insertMany tells how many were inserted, and each _id by its place',
    run: async ({ collection }) => {
      const result = await collection.insertMany([{ _id: 'a' }, { _id: 'b' }, { _id: 'c' }] as never[])
      return { result, stored: idsOf(await allOf(collection)) }
    },
    expected: {
      result: { acknowledged: true, insertedCount: 3, insertedIds: { 0: 'a', 1: 'b', 2: 'c' } },
      stored: ['a', 'b', 'c']
    }
  },
  {
    name: 'an ordered insertMany stops at the first failure, and tells what was inserted before it',
    run: async ({ collection }) => {
      const error = await failureOf(collection.insertMany(withDuplicate as never[]))
      return { error, stored: await allOf(collection) }
    },
    expected: {
      error: {
        error: 'MongoBulkWriteError',
        message: duplicateMessage(1),
        code: 11000,
        insertedCount: 2,
        insertedIds: { 0: 0, 1: 1 },
        writeErrors: [{ index: 2, code: 11000, errmsg: duplicateMessage(1) }]
      },
      stored: [{ _id: 0 }, { _id: 1 }]
    }
  },
  {
    name: 'an unordered insertMany goes on after a failure, and tells all that was inserted',
    run: async ({ collection }) => {
      const error = await failureOf(collection.insertMany(withDuplicate as never[], { ordered: false }))
      return { error, stored: await allOf(collection) }
    },
    expected: {
      error: {
        error: 'MongoBulkWriteError',
        message: duplicateMessage(1),
        code: 11000,
        insertedCount: 3,
        insertedIds: { 0: 0, 1: 1, 3: 3 },
        writeErrors: [{ index: 2, code: 11000, errmsg: duplicateMessage(1) }]
      },
      stored: [{ _id: 0 }, { _id: 1 }, { _id: 3 }]
    }
  },
  {
    name: 'an unordered insertMany with two failures tells both, by their places',
    run: async ({ collection }) => {
      const documents = [{ _id: 0 }, { _id: 0 }, { _id: 2 }, { _id: 2 }]
      return failureOf(collection.insertMany(documents as never[], { ordered: false }))
    },
    expected: {
      error: 'MongoBulkWriteError',
      message: `${duplicateMessage(0)} (and 1 more)`,
      code: 11000,
      insertedCount: 2,
      insertedIds: { 0: 0, 2: 2 },
      writeErrors: [
        { index: 1, code: 11000, errmsg: duplicateMessage(0) },
        { index: 3, code: 11000, errmsg: duplicateMessage(2) }
      ]
    }
  },
  {
    name: 'insertMany of nothing is refused before anything is sent',
    run: ({ collection }) => failureOf(collection.insertMany([])),
    expected: {
      error: 'MongoInvalidArgumentError',
      message: 'insertMany takes an array with at least one document'
    }
  },
  {
    name: 'insertMany of something else than an array is refused',
    run: ({ collection }) => failureOf(collection.insertMany({ _id: 1 } as never)),
    expected: {
      error: 'MongoInvalidArgumentError',
      message: 'insertMany takes an array with at least one document'
    }
  },
  {
    name: 'a document above 16 MiB is refused',
    run: async ({ collection }) => {
      const { error } = (await failureOf(collection.insertOne({ _id: 1, text: 'x'.repeat(17 << 20) } as never))) as {
        readonly error: string
      }
      return { error, stored: await allOf(collection) }
    },
    expected: { error: 'MongoInvalidArgumentError', stored: [] }
  },
  {
    name: 'inserts with write concern 0 are not acknowledged, and tell each _id',
    run: async ({ db }) => {
      const writeConcern = { w: 0 }
      const unheard = db.collection('unheard')
      return [
        await unheard.insertOne({ _id: 1 } as never, { writeConcern }),
        await unheard.insertMany([{ _id: 2 }, { _id: 3 }] as never[], { writeConcern })
      ]
    },
    expected: [
      { acknowledged: false, insertedId: 1 },
      { acknowledged: false, insertedCount: 0, insertedIds: { 0: 2, 1: 3 } }
    ]
  }
]
