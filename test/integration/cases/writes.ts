import { failureOf } from '../plain.ts'
import { allOf, type Case, insertNumbered } from './case.ts'

const updateCases: readonly Case[] = [
  {
    name: 'updateOne changes one document, updateMany all that match',
    run: async ({ collection }) => {
      await insertNumbered(collection, 3)
      const one = await collection.updateOne({}, { $set: { seen: 1 } })
      const many = await collection.updateMany({}, { $set: { seen: 1 } })
      const none = await collection.updateMany({ _id: 9 } as never, { $inc: { seen: 1 } })
      return { one, many, none, stored: await allOf(collection) }
    },
    expected: {
      one: { acknowledged: true, matchedCount: 1, modifiedCount: 1, upsertedCount: 0, upsertedId: null },
      many: { acknowledged: true, matchedCount: 3, modifiedCount: 2, upsertedCount: 0, upsertedId: null },
      none: { acknowledged: true, matchedCount: 0, modifiedCount: 0, upsertedCount: 0, upsertedId: null },
      stored: [0, 1, 2].map(_id => ({ _id, seen: 1 }))
    }
  },
  {
    name: 'an upsert inserts what does not match, and tells its _id',
    run: async ({ collection, library }) => {
      const given = await collection.updateOne({ _id: 'x' } as never, { $set: { a: 1 } }, { upsert: true })
      const again = await collection.updateOne({ _id: 'x' } as never, { $set: { a: 2 } }, { upsert: true })
      const made = await collection.updateMany({ a: 7 }, { $setOnInsert: { b: 8 } }, { upsert: true })
      const document = await collection.findOne({ a: 7 })
      const isTheirs = made.upsertedId instanceof library.ObjectId && made.upsertedId.equals(document?._id ?? '')
      return { given, again, made: { ...made, upsertedId: isTheirs }, b: document?.['b'] }
    },
    expected: {
      given: { acknowledged: true, matchedCount: 0, modifiedCount: 0, upsertedCount: 1, upsertedId: 'x' },
      again: { acknowledged: true, matchedCount: 1, modifiedCount: 1, upsertedCount: 0, upsertedId: null },
      made: { acknowledged: true, matchedCount: 0, modifiedCount: 0, upsertedCount: 1, upsertedId: true },
      b: 8
    }
  },
  {
    name: 'updates by operators on numbers, fields and arrays',
    run: async ({ collection }) => {
      await collection.insertOne({ _id: 1, n: 1, old: 'x', list: [1, 2, 3], set: ['a'] } as never)
      await collection.updateOne({}, {
        $inc: { n: 2 },
        $rename: { old: 'renamed' },
        $push: { list: { $each: [9, 8], $slice: -4 } },
        $addToSet: { set: { $each: ['a', 'b'] } }
      } as never)
      await collection.updateOne({}, { $mul: { n: 3 }, $pull: { list: { $gt: 8 } }, $unset: { set: '' } } as never)
      return allOf(collection)
    },
    expected: [{ _id: 1, n: 9, list: [2, 3, 8], renamed: 'x' }]
  },
  {
    name: 'arrayFilters choose the elements that an update changes',
    run: async ({ collection }) => {
      await collection.insertOne({ _id: 1, lines: [{ n: 1 }, { n: 5 }, { n: 9 }] } as never)
      const arrayFilters = [{ 'line.n': { $gte: 5 } }]
      const result = await collection.updateOne({}, { $set: { 'lines.$[line].big': true } }, { arrayFilters })
      return { result, stored: await allOf(collection) }
    },
    expected: {
      result: { acknowledged: true, matchedCount: 1, modifiedCount: 1, upsertedCount: 0, upsertedId: null },
      stored: [{ _id: 1, lines: [{ n: 1 }, { n: 5, big: true }, { n: 9, big: true }] }]
    }
  },
  {
    name: 'an update by a pipeline computes from the document',
    run: async ({ collection }) => {
      await collection.insertOne({ _id: 1, a: 2, b: 3 } as never)
      const result = await collection.updateOne({}, [{ $set: { sum: { $add: ['$a', '$b'] } } }, { $unset: 'b' }])
      return { result, stored: await allOf(collection) }
    },
    expected: {
      result: { acknowledged: true, matchedCount: 1, modifiedCount: 1, upsertedCount: 0, upsertedId: null },
      stored: [{ _id: 1, a: 2, sum: 5 }]
    }
  },
  {
    name: 'an update without operators is refused before anything is sent',
    run: ({ collection }) => failureOf(() => collection.updateOne({}, { a: 1 } as never)),
    expected: {
      error: 'MongoInvalidArgumentError',
      message: 'the update begins with "a", which is no operator; write { $set: { … } } to change fields'
    }
  },
  {
    name: 'an empty update is refused before anything is sent',
    run: ({ collection }) => failureOf(() => collection.updateMany({}, {})),
    expected: {
      error: 'MongoInvalidArgumentError',
      message: 'the update is empty; give it operators, such as { $set: { … } }'
    }
  },
  {
    name: 'an update of _id is the server’s error 66',
    run: async ({ collection }) => {
      await insertNumbered(collection, 1)
      return failureOf(collection.updateOne({ _id: 0 } as never, { $set: { _id: 5 } } as never))
    },
    expected: {
      error: 'MongoServerError',
      message:
        "Plan executor error during update :: caused by :: Performing an update on the path '_id' would modify the immutable field '_id'",
      code: 66
    }
  },
  {
    name: 'two operators on one path are the server’s error 40',
    run: async ({ collection }) => {
      await insertNumbered(collection, 1)
      return failureOf(collection.updateOne({}, { $set: { a: 1 }, $inc: { a: 1 } }))
    },
    expected: {
      error: 'MongoServerError',
      message: "Updating the path 'a' would create a conflict at 'a'",
      code: 40
    }
  }
]

const deleteCases: readonly Case[] = [
  {
    name: 'deleteOne removes one document, deleteMany all that match',
    run: async ({ collection }) => {
      await insertNumbered(collection, 6)
      const one = await collection.deleteOne({ _id: { $gte: 2 } } as never)
      const many = await collection.deleteMany({ _id: { $gte: 4 } } as never)
      const none = await collection.deleteOne({ _id: 9 } as never)
      return { one, many, none, stored: await allOf(collection) }
    },
    expected: {
      one: { acknowledged: true, deletedCount: 1 },
      many: { acknowledged: true, deletedCount: 2 },
      none: { acknowledged: true, deletedCount: 0 },
      stored: [{ _id: 0 }, { _id: 1 }, { _id: 3 }]
    }
  },
  {
    name: 'deleteMany without a filter empties the collection',
    run: async ({ collection }) => {
      await insertNumbered(collection, 3)
      return { result: await collection.deleteMany(), stored: await allOf(collection) }
    },
    expected: { result: { acknowledged: true, deletedCount: 3 }, stored: [] }
  },
  {
    name: 'updates and deletes with write concern 0 are not acknowledged, and count nothing',
    run: async ({ db }) => {
      const writeConcern = { w: 0 }
      const unheard = db.collection('unheard')
      return [
        await unheard.updateOne({}, { $set: { a: 1 } }, { writeConcern }),
        await unheard.deleteMany({}, { writeConcern })
      ]
    },
    expected: [
      { acknowledged: false, matchedCount: 0, modifiedCount: 0, upsertedCount: 0, upsertedId: null },
      { acknowledged: false, deletedCount: 0 }
    ]
  }
]

export const writeCases: readonly Case[] = [...updateCases, ...deleteCases]
