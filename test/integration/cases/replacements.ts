import type { Collection } from '../../../src/client/index.ts'
import { failureOf } from '../plain.ts'
import { allOf, type Case, insertNumbered } from './case.ts'

const fruit = [
  { _id: 1, name: 'apple', size: 2 },
  { _id: 2, name: 'Banana', size: 3 },
  { _id: 3, name: 'cherry', size: 1 }
]

async function insertFruit(collection: Collection): Promise<void> {
  await collection.insertMany(fruit as never[])
}

const replaceCases: readonly Case[] = [
  {
    name: 'replaceOne takes the place of one document and keeps its _id',
    run: async ({ collection }) => {
      await insertNumbered(collection, 2)
      const result = await collection.replaceOne({ _id: 1 } as never, { a: [1, { b: 2 }] })
      const same = await collection.replaceOne({ _id: 1 } as never, { a: [1, { b: 2 }] })
      const none = await collection.replaceOne({ _id: 9 } as never, { a: 1 })
      return { result, same, none, stored: await allOf(collection) }
    },
    expected: {
      result: { acknowledged: true, matchedCount: 1, modifiedCount: 1, upsertedCount: 0, upsertedId: null },
      same: { acknowledged: true, matchedCount: 1, modifiedCount: 0, upsertedCount: 0, upsertedId: null },
      none: { acknowledged: true, matchedCount: 0, modifiedCount: 0, upsertedCount: 0, upsertedId: null },
      stored: [{ _id: 0 }, { _id: 1, a: [1, { b: 2 }] }]
    }
  },
  {
    name: 'replaceOne with an empty document leaves the _id',
    run: async ({ collection }) => {
      await insertFruit(collection)
      await collection.replaceOne({ _id: 2 } as never, {})
      return collection.findOne({ _id: 2 } as never)
    },
    expected: { _id: 2 }
  },
  {
    name: 'replaceOne with upsert inserts what does not match',
    run: async ({ collection }) => {
      const result = await collection.replaceOne({ _id: 'x' } as never, { a: 1 }, { upsert: true })
      return { result, stored: await allOf(collection) }
    },
    expected: {
      result: { acknowledged: true, matchedCount: 0, modifiedCount: 0, upsertedCount: 1, upsertedId: 'x' },
      stored: [{ _id: 'x', a: 1 }]
    }
  },
  {
    name: 'replaceOne with sort takes the first in that order',
    run: async ({ collection }) => {
      await insertFruit(collection)
      await collection.replaceOne({ size: { $gt: 1 } }, { first: true }, { sort: { size: -1 } })
      return allOf(collection)
    },
    expected: [fruit[0], { _id: 2, first: true }, fruit[2]]
  },
  {
    name: 'replaceOne takes a collation, a hint, variables, a comment, limits and a write concern',
    run: async ({ collection }) => {
      await insertFruit(collection)
      const { modifiedCount } = await collection.replaceOne(
        { name: 'BANANA', $expr: { $eq: ['$size', '$$wanted'] } },
        { name: 'pear' },
        {
          collation: { locale: 'en', strength: 2 },
          hint: '_id_',
          let: { wanted: 3 },
          comment: { why: 'test' },
          maxTimeMS: 10_000,
          bypassDocumentValidation: true,
          writeConcern: { w: 1 }
        }
      )
      return modifiedCount
    },
    expected: 1
  },
  {
    name: 'a replacement with operators is refused before anything is sent',
    run: ({ collection }) => failureOf(() => collection.replaceOne({}, { $set: { a: 1 } } as never)),
    expected: {
      error: 'MongoInvalidArgumentError',
      message:
        'the replacement begins with the operator "$set"; use an update to change fields, or leave the operators out'
    }
  },
  {
    name: 'a replacement with another _id is the server’s error 66',
    run: async ({ collection }) => {
      await insertNumbered(collection, 1)
      const { error, code } = (await failureOf(collection.replaceOne({ _id: 0 } as never, { _id: 1 } as never))) as {
        readonly error: string
        readonly code: number
      }
      return { error, code }
    },
    expected: { error: 'MongoServerError', code: 66 }
  }
]

const findOneAndCases: readonly Case[] = [
  {
    name: 'findOneAndUpdate gives the document as it was, or with returnDocument as it is now',
    run: async ({ collection }) => {
      await insertFruit(collection)
      return [
        await collection.findOneAndUpdate({ _id: 1 } as never, { $inc: { size: 1 } }),
        await collection.findOneAndUpdate({ _id: 1 } as never, { $inc: { size: 1 } }, { returnDocument: 'before' }),
        await collection.findOneAndUpdate({ _id: 1 } as never, { $inc: { size: 1 } }, { returnDocument: 'after' }),
        await collection.findOneAndUpdate({ _id: 9 } as never, { $inc: { size: 1 } }, { returnDocument: 'after' })
      ]
    },
    expected: [fruit[0], { ...fruit[0], size: 3 }, { ...fruit[0], size: 5 }, null]
  },
  {
    name: 'findOneAndUpdate takes sort, projection, a hint, a collation, variables and a comment',
    run: async ({ collection }) => {
      await insertFruit(collection)
      const found = await collection.findOneAndUpdate(
        { name: { $in: ['APPLE', 'BANANA'] }, $expr: { $gt: ['$size', '$$least'] } },
        [{ $set: { seen: '$$least' } }],
        {
          sort: { size: -1 },
          projection: { name: 1, seen: 1, _id: 0 },
          returnDocument: 'after',
          hint: { _id: 1 },
          collation: { locale: 'en', strength: 2 },
          let: { least: 1 },
          comment: 'test',
          maxTimeMS: 10_000,
          bypassDocumentValidation: false,
          writeConcern: { w: 'majority' }
        }
      )
      return { found, stored: await allOf(collection) }
    },
    expected: { found: { name: 'Banana', seen: 1 }, stored: [fruit[0], { ...fruit[1], seen: 1 }, fruit[2]] }
  },
  {
    name: 'findOneAndUpdate changes the elements that arrayFilters choose',
    run: async ({ collection }) => {
      await collection.insertOne({ _id: 1, n: [1, 5, 9] } as never)
      const arrayFilters = [{ big: { $gt: 4 } }]
      return collection.findOneAndUpdate({}, { $mul: { 'n.$[big]': 2 } } as never, {
        arrayFilters,
        returnDocument: 'after'
      })
    },
    expected: { _id: 1, n: [1, 10, 18] }
  },
  {
    name: 'findOneAndUpdate with upsert gives null before, the new document after',
    run: async ({ collection }) => [
      await collection.findOneAndUpdate({ _id: 1 } as never, { $set: { a: 1 } }, { upsert: true }),
      await collection.findOneAndUpdate(
        { _id: 2 } as never,
        { $set: { a: 2 } },
        { upsert: true, returnDocument: 'after' }
      )
    ],
    expected: [null, { _id: 2, a: 2 }]
  },
  {
    name: 'findOneAndReplace gives the document before or after, and keeps its _id',
    run: async ({ collection }) => {
      await insertFruit(collection)
      return [
        await collection.findOneAndReplace({ size: { $gt: 1 } }, { size: 7 }, { sort: { size: 1 } }),
        await collection.findOneAndReplace({ _id: 2 } as never, { size: 8 }, { returnDocument: 'after' }),
        await collection.findOneAndReplace({ _id: 4 } as never, { size: 9 }, { upsert: true, returnDocument: 'after' }),
        await collection.findOneAndReplace({ _id: 5 } as never, { size: 9 })
      ]
    },
    expected: [fruit[0], { _id: 2, size: 8 }, { _id: 4, size: 9 }, null]
  },
  {
    name: 'findOneAndDelete gives the document that it removed, or null',
    run: async ({ collection }) => {
      await insertFruit(collection)
      const results = [
        await collection.findOneAndDelete({}, { sort: { size: 1 }, projection: { size: 0 } }),
        await collection.findOneAndDelete({ name: 'BANANA' }, { collation: { locale: 'en', strength: 2 } }),
        await collection.findOneAndDelete({ $expr: { $eq: ['$size', '$$n'] } }, { let: { n: 2 }, hint: '_id_' }),
        await collection.findOneAndDelete({})
      ]
      return { results, stored: await allOf(collection) }
    },
    expected: { results: [{ _id: 3, name: 'cherry' }, fruit[1], fruit[0], null], stored: [] }
  },
  {
    name: 'includeResultMetadata gives what the server says besides the document',
    run: async ({ collection }) => {
      await insertFruit(collection)
      const includeResultMetadata = true
      const results = [
        await collection.findOneAndUpdate({ _id: 1 } as never, { $set: { a: 1 } }, { includeResultMetadata }),
        await collection.findOneAndReplace(
          { _id: 7 } as never,
          { a: 1 },
          { includeResultMetadata, upsert: true, returnDocument: 'after' }
        ),
        await collection.findOneAndDelete({ _id: 9 } as never, { includeResultMetadata })
      ]
      return results.map(({ value, lastErrorObject, ok }) => ({ value, lastErrorObject, ok }))
    },
    expected: [
      { value: fruit[0], lastErrorObject: { n: 1, updatedExisting: true }, ok: 1 },
      { value: { _id: 7, a: 1 }, lastErrorObject: { n: 1, updatedExisting: false, upserted: 7 }, ok: 1 },
      { value: null, lastErrorObject: { n: 0 }, ok: 1 }
    ]
  },
  {
    name: 'findOneAndUpdate without operators, and findOneAndReplace with some, are refused before anything is sent',
    run: async ({ collection }) => [
      await failureOf(() => collection.findOneAndUpdate({}, { a: 1 } as never)),
      await failureOf(() => collection.findOneAndReplace({}, { $set: { a: 1 } } as never))
    ],
    expected: [
      {
        error: 'MongoInvalidArgumentError',
        message: 'the update begins with "a", which is no operator; write { $set: { … } } to change fields'
      },
      {
        error: 'MongoInvalidArgumentError',
        message:
          'the replacement begins with the operator "$set"; use an update to change fields, or leave the operators out'
      }
    ]
  },
  {
    name: 'findOneAndUpdate that meets a unique index is error 11000, of the command',
    run: async ({ collection }) => {
      await collection.createIndex({ name: 1 }, { unique: true })
      await insertFruit(collection)
      return failureOf(collection.findOneAndUpdate({ _id: 1 } as never, { $set: { name: 'cherry' } }))
    },
    expected: {
      error: 'MongoServerError',
      message:
        'Plan executor error during findAndModify :: caused by :: E11000 duplicate key error collection: parity.things index: name_1 dup key: { name: "cherry" }',
      code: 11000,
      codeName: 'DuplicateKey',
      keyPattern: { name: 1 },
      keyValue: { name: 'cherry' }
    }
  },
  {
    name: 'findOneAnd… and replaceOne with write concern 0 give nothing',
    run: async ({ db }) => {
      const unheard = db.collection('unheard')
      const writeConcern = { w: 0 }
      return [
        await unheard.findOneAndUpdate({}, { $set: { a: 1 } }, { writeConcern, hint: '_id_' }),
        await unheard.findOneAndDelete({}, { writeConcern }),
        (await unheard.replaceOne({}, { a: 1 }, { writeConcern, hint: '_id_' })).acknowledged
      ]
    },
    expected: [null, null, false]
  }
]

const sortedUpdates: readonly Case[] = [
  {
    name: 'updateOne with sort changes the first in that order',
    run: async ({ collection }) => {
      await insertFruit(collection)
      await collection.updateOne({}, { $set: { last: true } }, { sort: ['name', -1] })
      return collection.distinct('_id', { last: true })
    },
    expected: [3]
  },
  {
    name: 'updates and deletes take a hint, a collation, variables and a comment',
    run: async ({ collection }) => {
      await insertFruit(collection)
      const options = {
        hint: '_id_',
        collation: { locale: 'en', strength: 2 },
        let: { least: 1 },
        comment: 'test',
        maxTimeMS: 10_000
      } as const
      const filter = { name: { $in: ['BANANA', 'CHERRY'] }, $expr: { $gte: ['$size', '$$least'] } }
      return [
        (await collection.updateOne(filter, { $set: { a: 1 } }, { ...options, bypassDocumentValidation: true }))
          .modifiedCount,
        (await collection.updateMany(filter, { $set: { b: 1 } }, options)).modifiedCount,
        (await collection.deleteOne(filter, options)).deletedCount,
        (await collection.deleteMany(filter, options)).deletedCount
      ]
    },
    expected: [1, 2, 1, 1]
  },
  {
    name: 'a hint that names no index is the server’s error 2',
    run: async ({ collection }) => {
      await insertFruit(collection)
      const failures = [
        await failureOf(collection.updateOne({}, { $set: { a: 1 } }, { hint: 'nothing' })),
        await failureOf(collection.deleteOne({}, { hint: 'nothing' })),
        await failureOf(collection.findOneAndDelete({}, { hint: 'nothing' })),
        await failureOf(collection.distinct('a', {}, { hint: 'nothing' }))
      ]
      return failures.map(failure => (failure as { readonly code: number }).code)
    },
    expected: [2, 2, 2, 2]
  }
]

export const replacementCases: readonly Case[] = [...replaceCases, ...findOneAndCases, ...sortedUpdates]
