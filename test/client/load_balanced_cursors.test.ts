/** Cursors behind a load balancer have a connection to themselves. Source: the load balancers specification, "Behaviour With Cursors". */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type AbstractCursor, type ChangeStream, MongoNetworkError, MongoServerError } from '../../src/client/index.ts'
import { type Balanced, commandsIn, withBalancer } from './balancer.ts'
import { failureOf } from './bench.ts'

const free = [0, 0, 0]
const byCursor = [1, 1, 0]

/** A cursor that has given two documents of six, with the next batch on the server. */
async function begun({ collection, take }: Balanced): Promise<AbstractCursor<unknown>> {
  const cursor = collection.find({}, { batchSize: 2 })
  await cursor.next()
  await cursor.next()
  take()
  return cursor
}

describe('a cursor', () => {
  test('whose first batch is all gives its connection back at once', () =>
    withBalancer(async ({ collection, take, inUse }) => {
      assert.equal((await collection.find().toArray()).length, 6)
      assert.equal((await collection.findOne())?._id, 0)
      assert.deepEqual(take(), ['out 1', 'find 1', 'in 1', 'out 1', 'find 1', 'in 1'])
      assert.deepEqual(inUse(), free)
    }))

  test('keeps it while the server has more, and others run on others meanwhile', () =>
    withBalancer(async balanced => {
      const { collection, take, inUse, started } = balanced
      const cursor = await begun(balanced)
      assert.deepEqual(inUse(), byCursor)
      await collection.insertOne({ _id: 6 })
      assert.deepEqual(take(), ['out 2', 'insert 2', 'in 2'])
      for (let left = 0; left < 5; left++) await cursor.next()
      assert.deepEqual(take(), ['getMore 1', 'getMore 1', 'getMore 1', 'in 1'])
      assert.deepEqual(inUse(), free)
      assert.equal(await cursor.next(), null)
      await cursor.close()
      assert.deepEqual(take(), [])
      const services = new Map(started.map(({ connectionId, serviceId }) => [connectionId, String(serviceId)]))
      assert.equal(new Set(services.values()).size, 2, 'the two connections lead to two backends')
    }))

  test('that is closed tells the server by its own connection, which goes back behind that', () =>
    withBalancer(async balanced => {
      const { take, inUse, openCursors } = balanced
      const cursor = await begun(balanced)
      await cursor.close()
      assert.deepEqual(take(), ['killCursors 1', 'in 1'])
      assert.deepEqual([cursor.killed, openCursors(), inUse()], [true, 0, free])
    }))

  test('does so too when a loop over it is left, when it is rewound, and when it is disposed of', () =>
    withBalancer(async ({ collection, take, inUse, runtime }) => {
      const found = () => collection.find({}, { batchSize: 2 })
      for (const way of [
        async () => {
          for await (const _document of found()) break
        },
        async () => {
          const cursor = found()
          await cursor.next()
          cursor.rewind()
        },
        async () => {
          await using cursor = found()
          await cursor.next()
        }
      ]) {
        await way()
        await runtime.sleep(5)
        assert.deepEqual([take(), inUse()], [['out 1', 'find 1', 'killCursors 1', 'in 1'], free])
      }
    }))

  for (const [what, open] of [
    ['of a pipeline', ({ collection }) => collection.aggregate([{ $match: {} }], { batchSize: 1 })],
    ['of collections', ({ client }) => client.db('shop').listCollections({}, { batchSize: 1 })],
    ['of indexes', ({ collection }) => collection.listIndexes({ batchSize: 1 })],
    ['of a command', ({ client }) => client.db('shop').runCursorCommand({ find: 'c', batchSize: 1 })]
  ] as readonly (readonly [string, (balanced: Balanced) => AbstractCursor<unknown>])[])
    test(`${what} has one too`, () =>
      withBalancer(async balanced => {
        const { client, collection, take, inUse } = balanced
        await collection.createIndex({ a: 1 })
        await client.db('shop').createCollection('d')
        const cursor = open(balanced)
        take()
        await cursor.next()
        assert.deepEqual(inUse(), byCursor)
        await client.db('shop').command({ ping: 1 })
        assert.ok((await cursor.toArray()).length > 0)
        assert.deepEqual(inUse(), free)
        const lines = take()
        assert.equal(lines.filter(line => line === 'in 1').length, 1)
        assert.ok(
          commandsIn(lines).every(line => line.endsWith(line.startsWith('ping') ? ' 2' : ' 1')),
          lines.join()
        )
      }))

  test('and its close in the midst of a batch take turns', () =>
    withBalancer(async balanced => {
      const { take, failCommand, inUse, openCursors } = balanced
      const cursor = await begun(balanced)
      failCommand(['getMore'], { blockConnection: true, blockTimeMS: 50 })
      const next = cursor.next()
      await cursor.close()
      assert.equal(await next, null)
      const lines = take()
      assert.deepEqual([lines[0], lines.at(-1)], ['getMore 1', 'in 1'])
      assert.deepEqual([lines.includes('killCursors 1'), openCursors(), inUse()], [true, 0, free])
    }))

  test('of which the server knows nothing gives it back at once', () =>
    withBalancer(async balanced => {
      const { take, failCommand, inUse } = balanced
      const cursor = await begun(balanced)
      failCommand(['getMore'], { errorCode: 43 })
      assert.ok((await failureOf(cursor.next())) instanceof MongoServerError)
      assert.deepEqual([take(), inUse()], [['getMore 1', 'in 1'], free])
      await cursor.close()
      assert.deepEqual(take(), [])
    }))
})

describe('a read that failed leaves the connection with the cursor until it is closed', () => {
  test('after a network error, which clears its backend alone: closing it sends nothing, and the connection closes', () =>
    withBalancer(async balanced => {
      const { take, failCommand, inUse } = balanced
      const cursor = await begun(balanced)
      failCommand(['getMore'], { closeConnection: true })
      assert.ok((await failureOf(cursor.next())) instanceof MongoNetworkError)
      assert.deepEqual([take(), inUse()], [['getMore 1', 'cleared'], byCursor])
      assert.equal(await cursor.next(), null, 'a read that failed ends the cursor')
      await cursor.close()
      assert.deepEqual([take(), inUse()], [['in 1', 'closed 1: error'], free])
    }))

  test('after another error: closing it gives the cursor up, and the connection is whole', () =>
    withBalancer(async balanced => {
      const { take, failCommand, inUse, openCursors } = balanced
      const cursor = await begun(balanced)
      failCommand(['getMore'], { errorCode: 7 })
      assert.ok((await failureOf(cursor.next())) instanceof MongoServerError)
      assert.deepEqual([take(), inUse()], [['getMore 1'], byCursor])
      await cursor.close()
      assert.deepEqual([take(), inUse(), openCursors()], [['killCursors 1', 'in 1'], free, 0])
    }))

  test('after a time-out, and after an abort: neither says anything of the backend', async () => {
    for (const timeoutMS of [100, undefined])
      await withBalancer(async ({ collection, take, failCommand, inUse, runtime }) => {
        const stop = new AbortController()
        const signal = timeoutMS === undefined ? stop.signal : undefined
        const cursor = collection.find({}, { batchSize: 2, timeoutMS, signal })
        await cursor.next()
        await cursor.next()
        failCommand(['getMore'], { blockConnection: true, blockTimeMS: 10_000 })
        const failure = failureOf(cursor.next())
        await runtime.sleep(50)
        stop.abort(new Error('enough'))
        await failure
        assert.deepEqual(inUse(), byCursor)
        await cursor.close()
        assert.deepEqual([take().slice(-3), inUse()], [['getMore 1', 'in 1', 'closed 1: error'], free])
      })
  })

  test('of a connection that breaks while nobody reads, the next batch says so, is not sent, and clears nothing', () =>
    withBalancer(async balanced => {
      const { take, inUse, runtime, breakConnections } = balanced
      const cursor = await begun(balanced)
      breakConnections()
      await runtime.sleep(5)
      const error = await failureOf(cursor.next())
      assert.ok(error instanceof MongoNetworkError)
      assert.match(error.message, /getMore was not sent: connection 1 .* is broken: .*; close the cursor and read anew/)
      assert.deepEqual([take(), inUse()], [[], byCursor])
      await cursor.close()
      assert.deepEqual(take(), ['in 1', 'closed 1: error'])
    }))

  for (const [what, read] of [
    ['toArray', cursor => cursor.toArray()],
    ['forEach', cursor => cursor.forEach(() => undefined)],
    [
      'a loop',
      async cursor => {
        for await (const document of cursor) void document
      }
    ],
    [
      'a loop over batches',
      async cursor => {
        for await (const documents of cursor.batches()) void documents
      }
    ],
    [
      'a stream',
      async cursor => {
        for await (const document of cursor.stream()) void document
      }
    ]
  ] as readonly (readonly [string, (cursor: AbstractCursor<unknown>) => Promise<unknown>])[])
    test(`but ${what} closes it: nobody is left who would`, () =>
      withBalancer(async balanced => {
        const { take, failCommand, inUse, runtime } = balanced
        for (const [data, end] of [
          [{ errorCode: 7 }, ['killCursors 1', 'in 1']],
          [{ closeConnection: true }, ['cleared', 'in 1', 'closed 1: error']]
        ] as const) {
          const cursor = await begun(balanced)
          failCommand(['getMore'], data)
          await failureOf(read(cursor))
          await runtime.sleep(5)
          assert.deepEqual([take(), inUse()], [['getMore 1', ...end], free])
        }
      }))
})

describe('a cursor that waits for documents', () => {
  test('lets its connection go with the wait when it is closed: no other one could tell the server', () =>
    withBalancer(async ({ client, take, inUse, runtime }) => {
      const log = await client.db('shop').createCollection('log', { capped: true, size: 10_000 })
      await log.insertOne({ message: 'first' })
      take()
      const cursor = log.find({}, { tailable: true, awaitData: true, maxAwaitTimeMS: 60_000 })
      await cursor.next()
      const next = cursor.next()
      await runtime.sleep(100)
      assert.deepEqual(inUse(), byCursor)
      await cursor.close()
      assert.equal(await next, null)
      assert.deepEqual([take(), inUse()], [['out 1', 'find 1', 'getMore 1', 'in 1', 'closed 1: error'], free])
    }))
})

describe('a change stream', () => {
  const open = async ({ collection, take }: Balanced): Promise<ChangeStream> => {
    const stream = collection.watch([], { maxAwaitTimeMS: 50 })
    await stream.open()
    take()
    return stream as unknown as ChangeStream
  }

  test('has a connection to itself until it is closed', () =>
    withBalancer(async balanced => {
      const { collection, take, inUse } = balanced
      const stream = await open(balanced)
      assert.deepEqual(inUse(), byCursor)
      await collection.insertOne({ _id: 6 })
      assert.equal((await stream.next()).operationType, 'insert')
      await stream.close()
      assert.deepEqual(inUse(), free)
      const lines = take()
      assert.deepEqual(lines.slice(-2), ['killCursors 1', 'in 1'])
      assert.ok(lines.filter(line => line.startsWith('getMore')).every(line => line === 'getMore 1'))
    }))

  for (const [what, data, end] of [
    ['a broken connection', { closeConnection: true }, ['cleared', 'in 1', 'closed 1: error']],
    [
      'an error of the server',
      { errorCode: 91, errorLabels: ['ResumableChangeStreamError'] },
      ['cleared', 'killCursors 1', 'in 1']
    ]
  ] as const)
    test(`goes on after ${what} on another connection, and has given the first one back`, () =>
      withBalancer(async balanced => {
        const { collection, take, inUse, failCommand, runtime } = balanced
        const stream = await open(balanced)
        failCommand(['getMore'], data)
        const next = stream.next()
        await runtime.sleep(20)
        await collection.insertOne({ _id: 6 })
        assert.equal((await next).operationType, 'insert')
        assert.deepEqual(inUse(), byCursor)
        const lines = take()
        for (const line of end) assert.ok(lines.includes(line), `${line} in ${lines.join()}`)
        await stream.close()
        assert.deepEqual(inUse(), free)
      }))

  test('that cannot go on gives its connection back by itself', () =>
    withBalancer(async balanced => {
      const { take, inUse, failCommand, runtime } = balanced
      const stream = await open(balanced)
      failCommand(['getMore'], { errorCode: 7 })
      await failureOf(stream.next())
      await runtime.sleep(5)
      assert.deepEqual([take(), inUse()], [['getMore 1', 'killCursors 1', 'in 1'], free])
    }))
})

describe('a client’s bulk write whose results come in several batches', () => {
  /** Two upserts whose results do not fit into one batch. */
  const models = ['a', 'b'].map(letter => ({
    name: 'updateOne' as const,
    namespace: 'shop.large',
    filter: { _id: letter.repeat(8 * 1024 * 1024) },
    update: { $set: { x: 1 } },
    upsert: true
  }))
  const large = models as unknown as Parameters<Balanced['client']['bulkWrite']>[0]

  test('reads them by one connection', () =>
    withBalancer(async ({ client, take, inUse }) => {
      const { upsertedCount } = await client.bulkWrite(large, { verboseResults: true })
      assert.equal(upsertedCount, 2)
      assert.deepEqual([take(), inUse()], [['out 1', 'bulkWrite 1', 'getMore 1', 'in 1'], free])
    }))

  test('and gives up what is left of them by that, if it can', () =>
    withBalancer(async ({ client, take, inUse, failCommand, runtime }) => {
      for (const [data, end] of [
        [{ errorCode: 8 }, ['killCursors 1', 'in 1']],
        [{ closeConnection: true }, ['cleared', 'in 1', 'closed 1: error']]
      ] as const) {
        failCommand(['getMore'], data)
        await failureOf(client.bulkWrite(large, { verboseResults: true }))
        await runtime.sleep(5)
        assert.deepEqual([take(), inUse()], [['out 1', 'bulkWrite 1', 'getMore 1', ...end], free])
        await client.db('shop').collection('large').drop()
        take()
      }
    }))
})
