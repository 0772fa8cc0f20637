import type { Collection, Document } from '../../../src/client/index.ts'
import { failureOf } from '../plain.ts'
import { allOf, type Case, insertNumbered } from './case.ts'

/** What of an explanation depends on the command alone. */
function stageOf(explanation: unknown): unknown {
  const { queryPlanner, stages, shards = {} } = explanation as Document
  // A router tells the plan of its shard below its own.
  const [ofShard = {}] = Object.values(shards as Document) as Document[]
  const { winningPlan } = queryPlanner ?? (stages ?? ofShard['stages'])[0].$cursor.queryPlanner
  return (winningPlan.shards?.[0].winningPlan ?? winningPlan).stage as string
}

const explain = 'queryPlanner'

async function numbered(collection: Collection): Promise<Collection> {
  await insertNumbered(collection, 3)
  return collection
}

export const explanationCases: readonly Case[] = [
  {
    name: 'explain of a cursor tells how it would find its documents, which it gives all the same',
    run: async ({ collection }) => {
      await numbered(collection)
      const found = collection.find({ _id: 1 } as never)
      const summed = collection.aggregate([{ $match: { a: 1 } }])
      const executed = await collection.find({ _id: { $gt: 0 } } as never).explain()
      return {
        find: stageOf(await found.explain(explain)),
        options: stageOf(await found.explain({ verbosity: explain, maxTimeMS: 10_000 }, { timeoutMS: 10_000 })),
        least: stageOf(await found.explain(false)),
        aggregate: stageOf(await summed.explain(explain)),
        executed: executed['executionStats'].nReturned as number,
        documents: await found.toArray()
      }
    },
    expected: {
      find: 'IDHACK',
      options: 'IDHACK',
      least: 'IDHACK',
      aggregate: 'COLLSCAN',
      executed: 2,
      documents: [{ _id: 1 }]
    }
  },
  {
    name: 'the option explain gives an explanation in place of the result, and nothing is written',
    run: async ({ collection }) => {
      await numbered(collection)
      const results: unknown[] = [
        ...(await collection.find({}, { explain }).toArray()),
        ...(await collection.aggregate([], { explain }).toArray()),
        await collection.findOne({ _id: 1 } as never, { explain }),
        await collection.distinct('_id', {}, { explain }),
        await collection.updateOne({ _id: 1 } as never, { $set: { a: 1 } }, { explain }),
        await collection.updateMany({}, { $set: { a: 1 } }, { explain }),
        await collection.deleteOne({ _id: 1 } as never, { explain }),
        await collection.deleteMany({}, { explain }),
        await collection.findOneAndUpdate({}, { $set: { a: 1 } }, { explain, includeResultMetadata: true }),
        await collection.findOneAndReplace({}, { a: 1 }, { explain, includeResultMetadata: true }),
        await collection.findOneAndDelete({}, { explain, includeResultMetadata: true })
      ]
      return { stages: results.map(stageOf), stored: await allOf(collection) }
    },
    expected: {
      stages: [
        'COLLSCAN',
        'COLLSCAN',
        'IDHACK',
        'COLLSCAN',
        'IDHACK',
        'COLLSCAN',
        'IDHACK',
        'COLLSCAN',
        'COLLSCAN',
        'COLLSCAN',
        'COLLSCAN'
      ],
      stored: [{ _id: 0 }, { _id: 1 }, { _id: 2 }]
    }
  },
  {
    name: 'an operation that is explained has no write concern of its own',
    run: async ({ collection }) => {
      const { error } = (await failureOf(() => collection.deleteMany({}, { explain, writeConcern: { w: 1 } }))) as {
        readonly error: string
      }
      return error
    },
    expected: 'MongoInvalidArgumentError'
  }
]
