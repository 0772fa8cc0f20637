import { failureOf } from '../plain.ts'
import { type Case, idsOf, insertNumbered, whileFailing } from './case.ts'

const readingCases: readonly Case[] = [
  {
    name: 'next gives one document after the other, over batches, then null, and null again',
    run: async ({ collection }) => {
      await insertNumbered(collection, 3)
      const cursor = collection.find({}, { batchSize: 2 })
      const read = []
      for (let count = 0; count < 5; count++) read.push(await cursor.next())
      return { read, closed: cursor.closed }
    },
    expected: { read: [{ _id: 0 }, { _id: 1 }, { _id: 2 }, null, null], closed: true }
  },
  {
    name: 'hasNext tells whether next gives a document, and takes none',
    run: async ({ collection }) => {
      await insertNumbered(collection, 2)
      const cursor = collection.find()
      const told = []
      while (await cursor.hasNext()) told.push(await cursor.hasNext(), await cursor.next())
      return [...told, await cursor.hasNext()]
    },
    expected: [true, { _id: 0 }, true, { _id: 1 }, false]
  },
  {
    name: 'tryNext gives a document that has come, or null',
    run: async ({ collection }) => {
      await insertNumbered(collection, 1)
      const cursor = collection.find()
      return [await cursor.tryNext(), await cursor.tryNext()]
    },
    expected: [{ _id: 0 }, null]
  },
  {
    name: 'toArray gives what has not been read yet',
    run: async ({ collection }) => {
      await insertNumbered(collection, 5)
      const cursor = collection.find({}, { batchSize: 2 })
      await cursor.next()
      const rest = idsOf(await cursor.toArray())
      return { rest, closed: cursor.closed }
    },
    expected: { rest: [1, 2, 3, 4], closed: true }
  },
  {
    name: 'forEach calls with each document until it is told to stop',
    run: async ({ collection, deployment }) => {
      await insertNumbered(collection, 6)
      const all: unknown[] = []
      await collection.find({}, { batchSize: 2 }).forEach(({ _id }) => void all.push(_id))
      const some: unknown[] = []
      await collection.find({}, { batchSize: 2 }).forEach(({ _id }) => some.push(_id) < 3)
      return { all, some, open: deployment.openCursors() }
    },
    expected: { all: [0, 1, 2, 3, 4, 5], some: [0, 1, 2], open: 0 }
  },
  {
    name: 'map puts each document through the function, and through a second one',
    run: async ({ collection }) => {
      await insertNumbered(collection, 3)
      const doubled = collection.find().map(({ _id }) => 2 * Number(_id))
      const texts = collection
        .find()
        .map(({ _id }) => 2 * Number(_id))
        .map(number => `#${number}`)
      return { doubled: await doubled.toArray(), texts: await texts.toArray() }
    },
    expected: { doubled: [0, 2, 4], texts: ['#0', '#2', '#4'] }
  },
  {
    name: 'for await gives all documents, over batches',
    run: async ({ collection, deployment }) => {
      await insertNumbered(collection, 5)
      const read = []
      const cursor = collection.find({}, { batchSize: 2 })
      for await (const { _id } of cursor) read.push(_id)
      return { read, closed: cursor.closed, open: deployment.openCursors() }
    },
    expected: { read: [0, 1, 2, 3, 4], closed: true, open: 0 }
  },
  {
    name: 'readBufferedDocuments takes what has come, without asking the server',
    run: async ({ collection }) => {
      await insertNumbered(collection, 6)
      const cursor = collection.find({}, { batchSize: 4 })
      await cursor.next()
      const before = cursor.bufferedCount()
      const two = idsOf(cursor.readBufferedDocuments(2))
      const rest = idsOf(cursor.readBufferedDocuments())
      await cursor.close()
      return { before, two, rest, after: cursor.bufferedCount() }
    },
    expected: { before: 3, two: [1, 2], rest: [3], after: 0 }
  }
]

const endingCases: readonly Case[] = [
  {
    name: 'break in for await closes the cursor, here and on the server',
    run: async ({ collection, deployment }) => {
      await insertNumbered(collection, 6)
      const cursor = collection.find({}, { batchSize: 2 })
      let openDuring: number | string = 0
      for await (const { _id } of cursor) {
        openDuring = deployment.openCursors()
        if (Number(_id) === 2) break
      }
      return { openDuring, openAfter: deployment.openCursors(), closed: cursor.closed }
    },
    expected: { openDuring: 1, openAfter: 0, closed: true }
  },
  {
    name: 'an error thrown in for await closes the cursor and comes through',
    run: async ({ collection, deployment }) => {
      await insertNumbered(collection, 6)
      const error = await failureOf(async () => {
        for await (const _ of collection.find({}, { batchSize: 2 })) throw new RangeError('enough')
      })
      return { error, open: deployment.openCursors() }
    },
    expected: { error: { error: 'RangeError', message: 'enough' }, open: 0 }
  },
  {
    name: 'close ends the cursor on the server, and may be called again',
    run: async ({ collection, deployment }) => {
      await insertNumbered(collection, 6)
      const cursor = collection.find({}, { batchSize: 2 })
      await cursor.next()
      const before = deployment.openCursors()
      await cursor.close()
      await cursor.close()
      return { before, after: deployment.openCursors(), closed: cursor.closed }
    },
    expected: { before: 1, after: 0, closed: true }
  },
  {
    name: 'next on a cursor that was closed before it was read gives null',
    run: async ({ collection }) => {
      await insertNumbered(collection, 1)
      const cursor = collection.find()
      await cursor.close()
      return cursor.next()
    },
    expected: null
  },
  {
    name: 'a cursor that the server has given up is error 43',
    run: async subject => {
      await insertNumbered(subject.collection, 6)
      const cursor = subject.collection.find({}, { batchSize: 2 })
      await cursor.next()
      await cursor.next()
      const data = { failCommands: ['getMore'], errorCode: 43 }
      const error = await whileFailing(subject, data, () => failureOf(cursor.next()))
      await cursor.close()
      return error
    },
    expected: {
      error: 'MongoServerError',
      message: "Failing command via 'failCommand' failpoint",
      code: 43,
      codeName: 'CursorNotFound'
    }
  },
  {
    name: 'a cursor that has been read cannot be changed',
    run: async ({ collection }) => {
      await insertNumbered(collection, 2)
      const cursor = collection.find()
      await cursor.next()
      return failureOf(() => cursor.limit(1))
    },
    expected: {
      error: 'MongoCursorInUseError',
      message: 'limit cannot be changed once the cursor has been read; change a clone() of it, or rewind() it first'
    }
  }
]

export const cursorCases: readonly Case[] = [...readingCases, ...endingCases]
