import type { Collection, FindOptions, Sort } from '../../../src/client/index.ts'
import { failureOf } from '../plain.ts'
import { type Case, idsOf, insertNumbered } from './case.ts'

/** The `_id`s that a find over six documents gives with these options. */
function foundWith(options: FindOptions) {
  return async ({ collection }: { readonly collection: Collection }): Promise<unknown> => {
    await insertNumbered(collection, 6)
    return idsOf(await collection.find({}, { sort: { _id: 1 }, ...options }).toArray())
  }
}

const people = [
  { _id: 1, name: 'b', age: 2 },
  { _id: 2, name: 'a', age: 2 },
  { _id: 3, name: 'c', age: 1 }
]

/** The `_id`s of the people in this order. */
function sorted(sort: Sort) {
  return async ({ collection }: { readonly collection: Collection }): Promise<unknown> => {
    await collection.insertMany(people as never[])
    const byOption = idsOf(await collection.find({}, { sort }).toArray())
    const bySetter = idsOf(await collection.find().sort(sort).toArray())
    return { byOption, bySetter }
  }
}

function inOrder(...ids: number[]): unknown {
  return { byOption: ids, bySetter: ids }
}

const limitCases: readonly Case[] = [
  { name: 'find gives all documents', run: foundWith({}), expected: [0, 1, 2, 3, 4, 5] },
  {
    name: 'batchSize changes nothing of what find gives',
    run: foundWith({ batchSize: 2 }),
    expected: [0, 1, 2, 3, 4, 5]
  },
  { name: 'limit is how many documents find gives', run: foundWith({ limit: 4 }), expected: [0, 1, 2, 3] },
  { name: 'limit holds over several batches', run: foundWith({ limit: 5, batchSize: 2 }), expected: [0, 1, 2, 3, 4] },
  { name: 'a limit equal to batchSize is one batch', run: foundWith({ limit: 3, batchSize: 3 }), expected: [0, 1, 2] },
  { name: 'a limit below batchSize is one batch', run: foundWith({ limit: 2, batchSize: 4 }), expected: [0, 1] },
  { name: 'a negative limit is one batch of so many', run: foundWith({ limit: -2 }), expected: [0, 1] },
  {
    name: 'a negative limit with a smaller batchSize is one batch of batchSize',
    run: foundWith({ limit: -4, batchSize: 2 }),
    expected: [0, 1]
  },
  { name: 'a negative batchSize is one batch of so many', run: foundWith({ batchSize: -2 }), expected: [0, 1] },
  { name: 'a limit of 0 is none', run: foundWith({ limit: 0 }), expected: [0, 1, 2, 3, 4, 5] },
  { name: 'skip leaves out the first ones', run: foundWith({ skip: 4 }), expected: [4, 5] },
  {
    name: 'skip, limit and batchSize go together',
    run: foundWith({ skip: 1, limit: 3, batchSize: 2 }),
    expected: [1, 2, 3]
  },
  {
    name: 'singleBatch ends after the first batch',
    run: foundWith({ singleBatch: true, batchSize: 2 }),
    expected: [0, 1]
  },
  {
    name: 'a limit equal to batchSize leaves no cursor open after the first document',
    run: async ({ collection, deployment }) => {
      await insertNumbered(collection, 6)
      const cursor = collection.find({}, { limit: 2, batchSize: 2 })
      const first = await cursor.next()
      const open = deployment.openCursors()
      await cursor.close()
      return { first, open }
    },
    expected: { first: { _id: 0 }, open: 0 }
  }
]

const sortCases: readonly Case[] = [
  { name: 'sort by one field', run: sorted('name'), expected: inOrder(2, 1, 3) },
  { name: 'sort by an object', run: sorted({ age: -1, name: 1 }), expected: inOrder(2, 1, 3) },
  { name: 'sort by words for directions', run: sorted({ age: 'asc', name: 'descending' }), expected: inOrder(3, 1, 2) },
  { name: 'sort by a list of fields', run: sorted(['age', 'name']), expected: inOrder(3, 2, 1) },
  { name: 'sort by a field and its direction', run: sorted(['name', -1]), expected: inOrder(3, 1, 2) },
  {
    name: 'sort by pairs',
    run: sorted([
      ['age', 'desc'],
      ['name', 'desc']
    ]),
    expected: inOrder(1, 2, 3)
  },
  {
    name: 'sort by a Map',
    run: sorted(
      new Map([
        ['age', 1],
        ['name', 1]
      ] as const)
    ),
    expected: inOrder(3, 2, 1)
  },
  {
    name: 'sort by a field and a direction as two arguments',
    run: async ({ collection }) => {
      await collection.insertMany(people as never[])
      return idsOf(await collection.find().sort('name', -1).toArray())
    },
    expected: [3, 1, 2]
  },
  {
    name: 'a sort direction that is none is refused',
    run: ({ collection }) => failureOf(() => collection.find({}, { sort: { name: 2 as never } }).toArray()),
    expected: {
      error: 'MongoInvalidArgumentError',
      message: 'the sort of "name" is 2; it is 1 or "asc", -1 or "desc", or { $meta: … }'
    }
  }
]

const filterCases: readonly Case[] = [
  {
    name: 'projections include and exclude fields',
    run: async ({ collection }) => {
      await collection.insertOne({ _id: 1, a: { b: 2, c: 3 }, d: [1, 2, 3] } as never)
      const projections = [{ a: 1 }, { 'a.b': 1, _id: 0 }, { d: 0 }, { d: { $slice: 2 }, a: 0 }]
      const results = []
      for (const projection of projections) {
        results.push(await collection.findOne({}, { projection }))
        results.push(await collection.find().project(projection).next())
      }
      return results
    },
    expected: [
      { _id: 1, a: { b: 2, c: 3 } },
      { a: { b: 2 } },
      { _id: 1, a: { b: 2, c: 3 } },
      { _id: 1, d: [1, 2] }
    ].flatMap(document => [document, document])
  },
  {
    name: 'findOne gives the first document, or null',
    run: async ({ collection }) => {
      await insertNumbered(collection, 3)
      return [
        await collection.findOne(),
        await collection.findOne({ _id: { $gt: 0 } } as never, { sort: { _id: -1 } }),
        await collection.findOne({}, { sort: { _id: 1 }, skip: 1 }),
        await collection.findOne({ _id: 9 } as never)
      ]
    },
    expected: [{ _id: 0 }, { _id: 2 }, { _id: 1 }, null]
  },
  {
    name: 'filters by operators, regular expressions and parts of arrays',
    run: async ({ collection }) => {
      await collection.insertMany([
        { _id: 1, name: 'Ada', tags: ['x', 'y'], lines: [{ n: 1, m: 2 }] },
        { _id: 2, name: 'bob', tags: [], lines: [{ n: 1, m: 3 }] },
        { _id: 3, tags: ['y'] }
      ] as never[])
      const filters = [
        { name: /^a/i },
        { name: { $in: ['bob', 'eve'] } },
        { name: null },
        { tags: 'y' },
        { tags: { $size: 0 } },
        { lines: { $elemMatch: { n: 1, m: { $gt: 2 } } } },
        { $or: [{ _id: 1 }, { name: { $exists: false } }] },
        { $nor: [{ _id: 1 }, { _id: 2 }] }
      ]
      const results = []
      for (const filter of filters)
        results.push(idsOf(await collection.find(filter as never, { sort: { _id: 1 } }).toArray()))
      return results
    },
    expected: [[1], [2], [3], [1, 3], [2], [2], [1, 3], [3]]
  },
  {
    name: 'a filter with an operator that is none is the server’s error 2',
    run: ({ collection }) => failureOf(collection.find({ a: { $nothing: 1 } }).toArray()),
    expected: { error: 'MongoServerError', message: 'unknown operator: $nothing', code: 2, codeName: 'BadValue' }
  },
  {
    name: 'a find in a collection that does not exist gives nothing',
    run: async ({ collection }) => ({
      all: await collection.find().toArray(),
      first: await collection.find().next(),
      has: await collection.find().hasNext(),
      one: await collection.findOne()
    }),
    expected: { all: [], first: null, has: false, one: null }
  },
  {
    name: 'comments, hints, collations and maxTimeMS are taken',
    run: async ({ collection }) => {
      await collection.insertMany([{ _id: 'a' }, { _id: 'B' }, { _id: 'c' }] as never[])
      const collation = { locale: 'en', strength: 2 } as const
      const cursor = collection
        .find()
        .sort({ _id: -1 })
        .collation(collation)
        .comment('why')
        .hint('_id_')
        .maxTimeMS(5_000)
      return idsOf(await cursor.toArray())
    },
    expected: ['c', 'B', 'a']
  }
]

export const findCases: readonly Case[] = [...limitCases, ...sortCases, ...filterCases]
