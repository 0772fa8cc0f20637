import { failureOf } from '../plain.ts'
import { allOf, type Case, insertNumbered, type Subject, whileFailing } from './case.ts'

const message = "Failing command via 'failCommand' failpoint"

const serverFailures: readonly Case[] = [
  {
    name: 'a failed command is a MongoServerError with the server’s code, its name and its labels',
    run: subject =>
      whileFailing(subject, { failCommands: ['insert'], errorCode: 13, errorLabels: ['Mine', 'Other'] }, () =>
        failureOf(subject.collection.insertOne({ a: 1 }))
      ),
    expected: {
      error: 'MongoServerError',
      message,
      code: 13,
      codeName: 'Unauthorized',
      labels: ['Mine', 'Other']
    }
  },
  {
    name: 'a read that fails once with a code that says so is tried again',
    run: async subject => {
      await insertNumbered(subject.collection, 1)
      return whileFailing(
        subject,
        { failCommands: ['find'], errorCode: 189, errorLabels: [] },
        () => subject.collection.findOne(),
        { times: 1 }
      )
    },
    expected: { _id: 0 }
  },
  {
    name: 'a read that fails once with another code is not tried again',
    run: subject =>
      whileFailing(
        subject,
        { failCommands: ['find'], errorCode: 2 },
        () => failureOf(subject.collection.find().toArray()),
        { times: 1 }
      ),
    expected: { error: 'MongoServerError', message, code: 2, codeName: 'BadValue' }
  },
  {
    name: 'a read whose connection closes once is tried again on another',
    run: async subject => {
      await insertNumbered(subject.collection, 1)
      return whileFailing(
        subject,
        { failCommands: ['find'], closeConnection: true },
        () => subject.collection.findOne(),
        {
          times: 1
        }
      )
    },
    expected: { _id: 0 }
  },
  {
    name: 'a command whose connection closes is a MongoNetworkError',
    run: async subject => {
      const { db } = subject
      const failure = await whileFailing(
        subject,
        { failCommands: ['ping'], closeConnection: true },
        () => failureOf(db.command({ ping: 1 })),
        { times: 1 }
      )
      const { error, labels } = failure as { readonly error: string; readonly labels?: readonly string[] }
      return { error, labels, later: (await db.command({ ping: 1 }))['ok'] as number }
    },
    expected: { error: 'MongoNetworkError', labels: undefined, later: 1 }
  },
  {
    name: 'a write whose write concern was not reached is done, and a MongoWriteConcernError',
    run: async subject => {
      const { collection } = subject
      const writeConcernError = {
        code: 64,
        codeName: 'WriteConcernFailed',
        errmsg: 'waiting for replication timed out'
      }
      const error = await whileFailing(
        subject,
        { failCommands: ['insert'], writeConcernError },
        () => failureOf(collection.insertOne({ _id: 1 } as never)),
        { times: 1 }
      )
      return { error, stored: await allOf(collection) }
    },
    expected: {
      error: {
        error: 'MongoWriteConcernError',
        message: 'waiting for replication timed out',
        code: 64,
        codeName: 'WriteConcernFailed'
      },
      stored: [{ _id: 1 }]
    }
  }
]

/** The rejection of `work`, which is aborted when its connection has been checked out. */
async function abortedWhenCheckedOut(
  { client }: Subject,
  work: (signal: AbortSignal) => Promise<unknown>
): Promise<unknown> {
  const controller = new AbortController()
  const reason = new Error('no longer wanted')
  client.once('connectionCheckedOut', () => controller.abort(reason))
  const thrown = await work(controller.signal).catch((error: unknown) => error)
  return thrown === reason ? 'the reason itself' : thrown
}

const aborts: readonly Case[] = [
  {
    name: 'a signal that is aborted already ends the operation with its reason',
    run: async ({ collection, db }) => {
      const reason = new Error('never wanted')
      const signal = AbortSignal.abort(reason)
      const works = [
        () => collection.findOne({}, { signal }),
        () => collection.find({}, { signal }).toArray(),
        () => collection.find({}, { signal }).next(),
        () => db.command({ ping: 1 }, { signal })
      ]
      const thrown = []
      for (const work of works) thrown.push(await work().catch((error: unknown) => error === reason))
      return thrown
    },
    expected: [true, true, true, true]
  },
  {
    name: 'an abort ends a command that the server has not answered, with the signal’s reason',
    run: async subject => {
      const { db } = subject
      const thrown = await whileFailing(
        subject,
        { failCommands: ['ping'], blockConnection: true, blockTimeMS: 60_000 },
        () => abortedWhenCheckedOut(subject, signal => db.command({ ping: 1 }, { signal }))
      )
      return { thrown, later: (await db.command({ ping: 1 }))['ok'] as number }
    },
    expected: { thrown: 'the reason itself', later: 1 }
  },
  {
    name: 'an abort between batches ends the cursor with the signal’s reason',
    run: async ({ collection }) => {
      await insertNumbered(collection, 6)
      const controller = new AbortController()
      const reason = new Error('enough')
      const cursor = collection.find({}, { batchSize: 2, signal: controller.signal })
      const first = await cursor.next()
      controller.abort(reason)
      const thrown = await cursor.toArray().catch((error: unknown) => error)
      await cursor.close()
      return { first, isReason: thrown === reason }
    },
    expected: { first: { _id: 0 }, isReason: true }
  }
]

export const failureCases: readonly Case[] = [...serverFailures, ...aborts]
