import type { ClientSession, Document } from '../../../src/client/index.ts'
import { allOf, type Case, idsOf, insertNumbered, type Subject, whileFailing } from './case.ts'

interface Labelled extends Error {
  readonly code?: unknown
  readonly errorLabels?: readonly string[]
}

/** What both drivers say of an error: its class, the server's code, and its labels. */
async function refusalOf(work: Promise<unknown> | (() => unknown)): Promise<unknown> {
  try {
    await (typeof work === 'function' ? work() : work)
    return 'done'
  } catch (error) {
    const { name, code, errorLabels = [] } = error as Labelled
    return { name, code, labels: [...errorLabels].sort() }
  }
}

const numbered = (_id: number): Document => ({ _id }) as never

/** A collection with 0 and 1, and a transaction that has put 2 beside them, in a session that is ended. */
async function begun<Result>(
  { client, collection }: Subject,
  work: (session: ClientSession) => Promise<Result>
): Promise<Result> {
  await insertNumbered(collection, 2)
  return client.withSession(async session => {
    session.startTransaction()
    await collection.insertOne(numbered(2), { session })
    return work(session)
  })
}

const ids = async ({ collection }: Subject, session?: ClientSession): Promise<unknown[]> =>
  idsOf(await collection.find({}, { sort: { _id: 1 }, ...(session === undefined ? {} : { session }) }).toArray())

/** For replica sets alone: a standalone server has no transactions. */
export const transactionCases: readonly Case[] = [
  {
    name: 'what a transaction writes is seen within, and outside of it after the commit',
    run: subject =>
      begun(subject, async session => {
        const within = await ids(subject, session)
        const before = await ids(subject)
        const during = session.inTransaction()
        await session.commitTransaction()
        return { within, before, during, after: await ids(subject), still: session.inTransaction() }
      }),
    expected: { within: [0, 1, 2], before: [0, 1], during: true, after: [0, 1, 2], still: false }
  },
  {
    name: 'an abort leaves nothing, and neither does the end of the session',
    run: async subject => {
      await begun(subject, session => session.abortTransaction())
      const aborted = await ids(subject)
      await subject.collection.drop()
      await begun(subject, async () => undefined)
      return [aborted, await ids(subject)]
    },
    expected: [
      [0, 1],
      [0, 1]
    ]
  },
  {
    name: 'every operation that a transaction has works within',
    run: async subject => {
      const { client, db, collection } = subject
      await insertNumbered(collection, 4)
      return client.withSession(session =>
        session.withTransaction(async () => {
          const options = { session }
          const made = await db.createCollection('made', options)
          await made.insertMany([{ n: 1 }, { n: 2 }], options)
          const bulk = await collection.bulkWrite(
            [{ insertOne: { document: numbered(9) } }, { updateMany: { filter: {}, update: { $set: { a: 1 } } } }],
            options
          )
          return {
            updated: (await collection.updateMany({ _id: { $lt: 2 } } as never, { $inc: { a: 1 } }, options))
              .modifiedCount,
            replaced: (await collection.replaceOne(numbered(2), { b: 1 }, options)).modifiedCount,
            deleted: (await collection.deleteMany({ _id: { $gt: 2 } } as never, options)).deletedCount,
            found: await collection.findOneAndUpdate(
              numbered(0),
              { $inc: { a: 5 } },
              { ...options, returnDocument: 'after' }
            ),
            removed: await collection.findOneAndDelete(numbered(1), options),
            counted: await collection.countDocuments({}, options),
            distinct: await collection.distinct('a', {}, options),
            batches: (await made.find({}, { ...options, batchSize: 1 }).toArray()).length,
            bulk: [bulk.insertedCount, bulk.modifiedCount]
          }
        })
      )
    },
    expected: {
      updated: 2,
      replaced: 1,
      deleted: 2,
      found: { _id: 0, a: 7 },
      removed: { _id: 1, a: 2 },
      counted: 2,
      distinct: [7],
      batches: 2,
      bulk: [1, 5]
    }
  },
  {
    name: 'two transactions that write one document: the second has to begin anew',
    run: subject =>
      begun(subject, session =>
        subject.client.withSession(async other => {
          const { collection } = subject
          other.startTransaction()
          const refused = await refusalOf(collection.insertOne(numbered(2), { session: other }))
          await session.commitTransaction()
          return [refused, await refusalOf(other.commitTransaction())]
        })
      ),
    expected: [
      { name: 'MongoServerError', code: 112, labels: ['TransientTransactionError'] },
      { name: 'MongoServerError', code: 251, labels: ['TransientTransactionError'] }
    ]
  },
  {
    name: 'withTransaction does it again after a conflict, and resolves as its work does',
    run: async subject => {
      const { client, collection } = subject
      await insertNumbered(collection, 1)
      let calls = 0
      const result = await client.withSession(session =>
        session.withTransaction(async () => {
          await collection.findOne({}, { session })
          // Somebody else is quicker, the first time.
          if (++calls === 1) await collection.updateOne(numbered(0), { $inc: { n: 1 } })
          await collection.updateOne(numbered(0), { $inc: { n: 10 } }, { session })
          return 'the result'
        })
      )
      return [result, calls, await allOf(collection)]
    },
    expected: ['the result', 2, [{ _id: 0, n: 11 }]]
  },
  {
    name: 'a commit whose answer is lost is sent again, and counts once',
    run: async subject => {
      const answered = await begun(subject, session =>
        whileFailing(
          subject,
          { failCommands: ['commitTransaction'], closeConnection: true },
          () => refusalOf(session.commitTransaction()),
          { times: 1 }
        )
      )
      return [answered, await ids(subject)]
    },
    expected: ['done', [0, 1, 2]]
  },
  {
    name: 'what does not fit the state of the transaction is refused',
    run: ({ client, collection }) =>
      client.withSession(async session => [
        await refusalOf(session.commitTransaction()),
        await refusalOf(session.abortTransaction()),
        await refusalOf(() => session.startTransaction({ writeConcern: { w: 0 } })),
        await refusalOf(() => {
          session.startTransaction()
          session.startTransaction()
        }),
        await refusalOf(collection.findOne({}, { session, readPreference: 'secondary' })),
        await refusalOf(session.abortTransaction()),
        await refusalOf(session.abortTransaction()),
        await refusalOf(session.commitTransaction())
      ]),
    expected: [
      ...Array.from({ length: 5 }, () => ({ name: 'MongoTransactionError', code: undefined, labels: [] })),
      'done',
      ...Array.from({ length: 2 }, () => ({ name: 'MongoTransactionError', code: undefined, labels: [] }))
    ]
  }
]
