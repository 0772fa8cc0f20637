import { failureOf } from '../plain.ts'
import { type Case, idsOf, insertNumbered } from './case.ts'

const optionCases: readonly Case[] = [
  {
    name: 'the options of a find can be set one by one, and later ones count',
    run: async ({ collection }) => {
      await insertNumbered(collection, 8)
      await collection.updateMany({}, { $set: { a: 1, b: 2 } })
      const cursor = collection
        .find({ _id: 7 } as never)
        .filter({ _id: { $gt: 1 } })
        .sort('_id', -1)
        .skip(1)
        .limit(9)
        .limit(3)
        .batchSize(2)
        .project({ b: 0 })
        .hint('_id_')
        .collation({ locale: 'simple' })
        .comment('one by one')
        .maxTimeMS(60_000)
        .maxAwaitTimeMS(10)
        .allowDiskUse()
        .withReadPreference('primaryPreferred')
        .withReadConcern({ level: 'local' })
        .addCursorFlag('noCursorTimeout', true)
      return cursor.toArray()
    },
    expected: [
      { _id: 6, a: 1 },
      { _id: 5, a: 1 },
      { _id: 4, a: 1 }
    ]
  },
  {
    name: 'query modifiers set options by their old names',
    run: async ({ collection }) => {
      await insertNumbered(collection, 4)
      const cursor = collection
        .find({ _id: 9 } as never)
        .addQueryModifier('$query', { _id: { $gt: 0 } })
        .addQueryModifier('$orderby', { _id: -1 })
        .addQueryModifier('$comment', 'old')
        .addQueryModifier('$maxTimeMS', 60_000)
        .addQueryModifier('$hint', '_id_')
      return idsOf(await cursor.toArray())
    },
    expected: [3, 2, 1]
  },
  {
    name: 'a flag or a modifier that is unknown is refused',
    run: async ({ collection }) => [
      ((await failureOf(() => collection.find().addCursorFlag('tailabel' as 'tailable', true))) as { error: string })
        .error,
      ((await failureOf(() => collection.find().addCursorFlag('tailable', 1 as never))) as { error: string }).error,
      ((await failureOf(() => collection.find().addQueryModifier('$order', 1))) as { error: string }).error
    ],
    expected: ['MongoInvalidArgumentError', 'MongoInvalidArgumentError', 'MongoInvalidArgumentError']
  },
  {
    name: 'stages can be added to a pipeline one by one',
    run: async ({ collection }) => {
      await collection.insertMany([
        { _id: 1, item: 'a', tags: ['x', 'y'], price: 2 },
        { _id: 2, item: 'b', tags: ['x'], price: 3 },
        { _id: 3, item: 'a', tags: ['z'], price: 5 },
        { _id: 4, item: 'c', tags: [], price: 7 }
      ] as never[])
      const unwound = collection
        .aggregate()
        .match({ price: { $lt: 7 } })
        .unwind('$tags')
        .project({ tags: 1, price: 1 })
        .sort({ price: -1, tags: 1 })
        .skip(1)
        .limit(2)
      const grouped = collection
        .aggregate([{ $match: { item: { $ne: 'c' } } }])
        .group({ _id: '$item', total: { $sum: '$price' } })
        .addStage({ $sort: { _id: 1 } })
      const joined = collection
        .aggregate()
        .match({ _id: 2 })
        .lookup({ from: 'things', localField: 'item', foreignField: 'item', as: 'same' })
        .project({ _id: 0, same: '$same._id' })
      return [await unwound.toArray(), await grouped.toArray(), await joined.toArray(), joined.pipeline.length]
    },
    expected: [
      [
        { _id: 2, tags: 'x', price: 3 },
        { _id: 1, tags: 'x', price: 2 }
      ],
      [
        { _id: 'a', total: 7 },
        { _id: 'b', total: 3 }
      ],
      [{ same: [2] }],
      3
    ]
  },
  {
    name: 'a pipeline that has been read takes no further stage',
    run: async ({ collection }) => {
      await insertNumbered(collection, 1)
      const cursor = collection.aggregate()
      await cursor.next()
      return ((await failureOf(() => cursor.match({}))) as { error: string }).error
    },
    expected: 'MongoCursorInUseError'
  }
]

const againCases: readonly Case[] = [
  {
    name: 'rewind asks the server again, with the same options',
    run: async ({ collection }) => {
      await insertNumbered(collection, 3)
      const cursor = collection.find({}, { batchSize: 2 }).map(({ _id }) => Number(_id) * 10)
      cursor.rewind()
      const first = await cursor.next()
      cursor.rewind()
      await collection.insertOne({ _id: 3 } as never)
      const all = await cursor.toArray()
      const closed = cursor.closed
      cursor.rewind()
      return { first, all, closed, after: cursor.closed, again: await cursor.toArray() }
    },
    expected: { first: 0, all: [0, 10, 20, 30], closed: true, after: false, again: [0, 10, 20, 30] }
  },
  {
    name: 'a clone has the options, and nothing of what was read or mapped to',
    run: async ({ collection, db }) => {
      await insertNumbered(collection, 4)
      const cursor = collection.find({ _id: { $gt: 0 } } as never).sort({ _id: -1 })
      cursor.map(({ _id }) => Number(_id))
      const read = await cursor.next()
      const clone = cursor.clone()
      const cloned = await clone.limit(2).toArray()
      const rest = await cursor.toArray()
      const stages = collection.aggregate().match({ _id: 1 })
      const collections = db.listCollections({}, { nameOnly: true })
      return {
        read,
        cloned,
        rest,
        aggregated: await stages.clone().match({ _id: 2 }).toArray(),
        untouched: await stages.toArray(),
        listed: await collections.clone().toArray(),
        indexes: (await collection.listIndexes().clone().toArray()).length
      }
    },
    expected: {
      read: 3,
      cloned: [{ _id: 3 }, { _id: 2 }],
      rest: [2, 1],
      aggregated: [],
      untouched: [{ _id: 1 }],
      listed: [{ name: 'things', type: 'collection' }],
      indexes: 1
    }
  },
  {
    name: 'a cursor tells its id, its namespace, and whether the server was told to give it up',
    run: async ({ collection, db }) => {
      await insertNumbered(collection, 3)
      const cursor = collection.find({}, { batchSize: 2 })
      const told = () => ({ id: cursor.id === undefined ? undefined : !cursor.id.isZero(), killed: cursor.killed })
      const before = told()
      await cursor.next()
      const during = told()
      await cursor.close()
      const ended = collection.find()
      await ended.toArray()
      return {
        before,
        during,
        after: told(),
        ended: { zero: ended.id?.isZero(), killed: ended.killed },
        namespace: [cursor.namespace.db, cursor.namespace.collection, cursor.namespace.toString()],
        ofDatabase: db.aggregate([]).namespace.toString(),
        loadBalanced: cursor.loadBalanced
      }
    },
    expected: {
      before: { id: undefined, killed: false },
      during: { id: true, killed: false },
      after: { id: false, killed: true },
      ended: { zero: true, killed: false },
      namespace: ['parity', 'things', 'parity.things'],
      ofDatabase: 'parity',
      loadBalanced: false
    }
  }
]

const streamCases: readonly Case[] = [
  {
    name: 'a stream gives all documents, over batches, and ends',
    run: async ({ collection, deployment }) => {
      await insertNumbered(collection, 7)
      const cursor = collection.find({}, { batchSize: 3 })
      const read: unknown[] = []
      const stream = cursor.stream()
      const ended = new Promise(resolve => stream.on('end', resolve))
      stream.on('data', ({ _id }: { _id: unknown }) => read.push(_id))
      await ended
      return { read, objectMode: stream.readableObjectMode, closed: cursor.closed, open: deployment.openCursors() }
    },
    expected: { read: [0, 1, 2, 3, 4, 5, 6], objectMode: true, closed: true, open: 0 }
  },
  {
    name: 'a stream can be looped over, and leaving the loop closes the cursor',
    run: async ({ collection, deployment }) => {
      await insertNumbered(collection, 40)
      const read = []
      const cursor = collection.find({}, { batchSize: 2 }).map(({ _id }) => Number(_id) + 1)
      const stream = cursor.stream()
      const closed = new Promise(resolve => stream.on('close', resolve))
      for await (const number of stream) {
        read.push(number)
        if (number === 3) break
      }
      await closed
      return { read, open: deployment.openCursors() }
    },
    expected: { read: [1, 2, 3], open: 0 }
  },
  {
    name: 'destroying a stream closes the cursor, and its error comes through',
    run: async ({ collection, deployment }) => {
      await insertNumbered(collection, 40)
      const stream = collection.find({}, { batchSize: 2 }).stream()
      const error = new Promise(resolve => stream.on('error', resolve))
      const closed = new Promise(resolve => stream.on('close', resolve))
      stream.once('data', () => stream.destroy(new RangeError('enough')))
      const told = (await error) as Error
      await closed
      return { error: told.message, open: deployment.openCursors() }
    },
    expected: { error: 'enough', open: 0 }
  },
  {
    name: 'what the server refuses is the error of a stream',
    run: async ({ collection }) => {
      await insertNumbered(collection, 1)
      const stream = collection.find({ $nothing: 1 } as never).stream()
      const failure = failureOf(async () => {
        for await (const _ of stream) throw new Error('there is nothing')
      })
      const { error, codeName } = (await failure) as { error: string; codeName: string }
      return { error, codeName }
    },
    expected: { error: 'MongoServerError', codeName: 'BadValue' }
  }
]

const tailableCases: readonly Case[] = [
  {
    name: 'a tailable cursor gives what comes later, and is not at its end without it',
    run: async ({ db, deployment }) => {
      const log = await db.createCollection('log', { capped: true, size: 4096, max: 10 })
      await insertNumbered(log, 2)
      const cursor = log.find({}, { tailable: true })
      const read = [await cursor.tryNext(), await cursor.tryNext(), await cursor.tryNext()]
      await log.insertOne({ _id: 2 } as never)
      read.push(await cursor.next())
      const { closed } = cursor
      await cursor.close()
      return { read, closed, open: deployment.openCursors() }
    },
    expected: { read: [{ _id: 0 }, { _id: 1 }, null, { _id: 2 }], closed: false, open: 0 }
  },
  {
    name: 'a cursor that awaits data gives a document that is inserted meanwhile',
    run: async ({ db }) => {
      const log = await db.createCollection('log', { capped: true, size: 4096 })
      await insertNumbered(log, 1)
      const cursor = log.find({}, { tailable: true, awaitData: true, maxAwaitTimeMS: 60_000 })
      const first = await cursor.next()
      const next = cursor.next()
      await log.insertOne({ _id: 1 } as never)
      const second = await next
      await cursor.close()
      return [first, second]
    },
    expected: [{ _id: 0 }, { _id: 1 }]
  },
  {
    name: 'tryNext of a cursor that awaits data gives null when the server has waited',
    run: async ({ db }) => {
      const log = await db.createCollection('log', { capped: true, size: 4096 })
      await insertNumbered(log, 1)
      const cursor = log.find().addCursorFlag('tailable', true).addCursorFlag('awaitData', true).maxAwaitTimeMS(20)
      const read = [await cursor.next(), await cursor.tryNext(), await cursor.tryNext()]
      const { closed } = cursor
      await cursor.close()
      return { read, closed }
    },
    expected: { read: [{ _id: 0 }, null, null], closed: false }
  },
  {
    name: 'a capped collection keeps its newest documents, and says what it is',
    run: async ({ db }) => {
      const log = await db.createCollection('log', { capped: true, size: 4096, max: 2 })
      await insertNumbered(log, 5)
      return { kept: idsOf(await log.find().toArray()), capped: await log.isCapped(), options: await log.options() }
    },
    expected: { kept: [3, 4], capped: true, options: { capped: true, size: 4096, max: 2 } }
  },
  {
    name: 'a tailable cursor in an empty capped collection is over at once',
    run: async ({ db }) => {
      const log = await db.createCollection('log', { capped: true, size: 4096 })
      const cursor = log.find({}, { tailable: true, awaitData: true })
      return { read: await cursor.next(), closed: cursor.closed }
    },
    expected: { read: null, closed: true }
  },
  {
    name: 'a tailable cursor needs a capped collection',
    run: async ({ collection }) => {
      await insertNumbered(collection, 1)
      const failure = (await failureOf(collection.find({}, { tailable: true }).next())) as { codeName: string }
      return failure.codeName
    },
    expected: 'BadValue'
  },
  {
    name: 'runCursorCommand follows a capped collection as well',
    run: async ({ db }) => {
      const log = await db.createCollection('log', { capped: true, size: 4096 })
      await insertNumbered(log, 1)
      const command = { find: 'log', tailable: true, awaitData: true }
      const cursor = db.runCursorCommand(command, { tailable: true, awaitData: true }).setMaxTimeMS(20)
      const read = [await cursor.next(), await cursor.tryNext()]
      await log.insertOne({ _id: 1 } as never)
      read.push(await cursor.next())
      await cursor.close()
      return read
    },
    expected: [{ _id: 0 }, null, { _id: 1 }]
  }
]

export const cursorShapeCases: readonly Case[] = [...optionCases, ...againCases, ...streamCases, ...tailableCases]
