import { type Case, insertNumbered } from './case.ts'

export const countCases: readonly Case[] = [
  {
    name: 'count counts what matches, between skip and limit, by an index or a collation',
    run: async ({ collection }) => {
      await insertNumbered(collection, 6)
      await collection.insertMany([{ a: 'x' }, { a: 'X' }])
      return [
        await collection.count(),
        await collection.count({ _id: { $gte: 4, $lt: 9 } } as never, { hint: '_id_' }),
        await collection.count({}, { skip: 5, limit: 2, comment: 'test', maxTimeMS: 10_000 }),
        await collection.count({ a: 'x' }, { collation: { locale: 'en', strength: 2 } })
      ]
    },
    expected: [8, 2, 2, 2]
  },
  {
    name: 'estimatedDocumentCount counts all documents, and none where there is no collection',
    run: async ({ collection }) => {
      const before = await collection.estimatedDocumentCount()
      await insertNumbered(collection, 7)
      return [before, await collection.estimatedDocumentCount({ maxTimeMS: 10_000, comment: 'test' })]
    },
    expected: [0, 7]
  },
  {
    name: 'distinct gives each value once, those of arrays one by one',
    run: async ({ collection }) => {
      await collection.insertMany([{ a: 1 }, { a: [1, 2, { b: 3 }] }, { a: 'x' }, { a: 'x' }, { b: 1 }, { a: null }])
      return {
        all: await collection.distinct('a'),
        some: await collection.distinct('a', { a: { $type: 'string' } }),
        nested: await collection.distinct('a.b'),
        none: await collection.distinct('c')
      }
    },
    expected: { all: [1, 2, { b: 3 }, 'x', null], some: ['x'], nested: [3], none: [] }
  },
  {
    name: 'distinct takes a collation, a hint, a comment, a read concern and a limit of time',
    run: async ({ collection }) => {
      await collection.insertMany([{ a: 'x' }, { a: 'X' }, { a: 'y' }])
      return collection.distinct(
        'a',
        {},
        {
          collation: { locale: 'en', strength: 2 },
          hint: '_id_',
          comment: 'test',
          readConcern: { level: 'local' },
          maxTimeMS: 10_000
        }
      )
    },
    expected: ['x', 'y']
  }
]
