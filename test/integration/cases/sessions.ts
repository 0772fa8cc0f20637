import type { ClientSession } from '../../../src/client/index.ts'
import { failureOf } from '../plain.ts'
import { type Case, idsOf, insertNumbered, type Subject } from './case.ts'

/** The class alone: each driver has texts of its own for what it finds by itself. */
async function errorOf(work: Promise<unknown> | (() => unknown)): Promise<unknown> {
  const { error } = (await failureOf(work)) as { readonly error: unknown }
  return error
}

/** Each operation, in the session. */
async function useIn(session: ClientSession, { collection, db }: Subject): Promise<unknown[]> {
  const options = { session }
  await insertNumbered(collection, 3)
  await collection.insertOne({ _id: 3 } as never, options)
  const change = { $set: { a: 1 } }
  return [
    (await collection.updateOne({ _id: 1 } as never, change, options)).modifiedCount,
    (await collection.deleteOne({ _id: 0 } as never, options)).deletedCount,
    idsOf(await collection.find({}, { ...options, batchSize: 1, sort: { _id: 1 } }).toArray()),
    await collection.countDocuments({}, options),
    await collection.distinct('a', {}, options),
    (await db.command({ ping: 1 }, options))['ok']
  ]
}

export const sessionCases: readonly Case[] = [
  {
    name: 'operations take a session, and see what they have written',
    run: subject => subject.client.withSession(session => useIn(session, subject)),
    expected: [1, 1, [1, 2, 3], 3, [1], 1]
  },
  {
    name: 'a session says what it is, before and after its end',
    run: async ({ client }) => {
      const session = client.startSession()
      const isItself = session.equals(session)
      const { name } = session.constructor
      const bytes = session.id?.id.buffer.length
      const before = [session.hasEnded, session.inTransaction(), session.supports.causalConsistency]
      await session.endSession()
      await session.endSession()
      return { isItself, name, bytes, before, after: session.hasEnded }
    },
    expected: { isItself: true, name: 'ClientSession', bytes: 16, before: [false, false, true], after: true }
  },
  {
    name: 'withSession resolves as its work does, and ends the session',
    run: async ({ client }) => {
      const seen: ClientSession[] = []
      const result = await client.withSession({ causalConsistency: false }, async session => {
        seen.push(session)
        return session.supports.causalConsistency
      })
      return [result, seen.map(({ hasEnded }) => hasEnded)]
    },
    expected: [false, [true]]
  },
  {
    name: 'a session that has ended, and one of another client, are refused',
    run: async ({ client, collection, library, deployment }) => {
      const ended = client.startSession()
      await ended.endSession()
      const other = new library.MongoClient(deployment.uri)
      const stranger = other.startSession()
      const errors = [
        await errorOf(collection.findOne({}, { session: ended })),
        await errorOf(collection.findOne({}, { session: stranger }))
      ]
      await stranger.endSession()
      await other.close()
      return errors
    },
    expected: ['MongoExpiredSessionError', 'MongoInvalidArgumentError']
  },
  {
    name: 'a session cannot be a snapshot and causally consistent',
    run: ({ client }) => errorOf(() => client.startSession({ snapshot: true, causalConsistency: true })),
    expected: 'MongoInvalidArgumentError'
  }
]
