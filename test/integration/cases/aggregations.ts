import { failureOf } from '../plain.ts'
import { type Case, idsOf, insertNumbered } from './case.ts'

const sales = [
  { _id: 1, item: 'a', count: 2 },
  { _id: 2, item: 'b', count: 1 },
  { _id: 3, item: 'a', count: 5 }
]

export const aggregationCases: readonly Case[] = [
  {
    name: 'countDocuments counts what matches, between skip and limit',
    run: async ({ collection }) => {
      await insertNumbered(collection, 6)
      return [
        await collection.countDocuments(),
        await collection.countDocuments({ _id: { $gte: 4 } } as never),
        await collection.countDocuments({}, { limit: 4 }),
        await collection.countDocuments({}, { skip: 5, limit: 4 }),
        await collection.countDocuments({ _id: 9 } as never)
      ]
    },
    expected: [6, 2, 4, 1, 0]
  },
  {
    name: 'aggregate gives what comes out of its stages',
    run: async ({ collection }) => {
      await collection.insertMany(sales as never[])
      const stages = [{ $group: { _id: '$item', total: { $sum: '$count' } } }, { $sort: { _id: 1 } }]
      return collection.aggregate(stages).toArray()
    },
    expected: [
      { _id: 'a', total: 7 },
      { _id: 'b', total: 1 }
    ]
  },
  {
    name: 'aggregate gives its documents in batches, and a break closes its cursor',
    run: async ({ collection, deployment }) => {
      await insertNumbered(collection, 6)
      const all = idsOf(await collection.aggregate([{ $sort: { _id: -1 } }], { batchSize: 2 }).toArray())
      const some = []
      for await (const { _id } of collection.aggregate([{ $sort: { _id: 1 } }], { batchSize: 2 })) {
        some.push(_id as unknown)
        if (some.length === 3) break
      }
      return { all, some, open: deployment.openCursors() }
    },
    expected: { all: [5, 4, 3, 2, 1, 0], some: [0, 1, 2], open: 0 }
  },
  {
    name: 'aggregate maps, and next goes through its documents',
    run: async ({ collection }) => {
      await insertNumbered(collection, 2)
      const cursor = collection.aggregate([{ $sort: { _id: 1 } }]).map(({ _id }) => `#${String(_id)}`)
      return [await cursor.next(), await cursor.hasNext(), await cursor.next(), await cursor.next()]
    },
    expected: ['#0', true, '#1', null]
  },
  {
    name: 'a stage that does not exist is the server’s error 40324',
    run: ({ collection }) => failureOf(collection.aggregate([{ $nothing: {} }]).toArray()),
    expected: {
      error: 'MongoServerError',
      message: "Unrecognized pipeline stage name: '$nothing': the embedded deployment has no such stage",
      code: 40324,
      codeName: 'Location40324'
    }
  }
]
