import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type ChangeStreamDocument,
  MongoAPIError,
  MongoClientClosedError,
  MongoNetworkError,
  MongoOperationTimeoutError,
  MongoServerError
} from '../../src/client/index.ts'
import { countListeners, failureOf } from './bench.ts'
import { between, took } from './capped_log.ts'
import { withMiddleman } from './middleman.ts'
import { assertQuiet, idOf, nextIds, resumable, stages, withOrders } from './change_bench.ts'

describe('a change stream that is read by calls', () => {
  test('tells what is changed once it is open, in the order of the changes', () =>
    withOrders(async ({ collection, insert }) => {
      const stream = collection.watch()
      await insert(0)
      assert.equal(await stream.open(), stream)
      await collection.insertOne({ _id: 1 as never })
      await collection.updateOne({ _id: 1 as never }, { $set: { count: 2 } })
      await collection.replaceOne({ _id: 1 as never }, { count: 3 })
      await collection.deleteOne({ _id: 1 as never })
      const types: string[] = []
      while (types.length < 4) types.push((await stream.next()).operationType)
      assert.deepEqual(types, ['insert', 'update', 'replace', 'delete'])
      await stream.close()
    }))

  test('sends nothing before it is read', () =>
    withOrders(async ({ collection, sent }) => {
      await collection.watch().close()
      assert.equal(sent('aggregate').length, 0)
    }))

  test('next waits for an event, tryNext for one answer', () =>
    withOrders(async watched => {
      const { bench, collection, sent, insert } = watched
      const stream = collection.watch([], { maxAwaitTimeMS: 300 })
      assert.ok((await took(bench, async () => assert.equal(await stream.tryNext(), null))) >= 300)
      assert.deepEqual([sent('aggregate').length, sent('getMore').length], [1, 1])
      assert.equal(sent('getMore')[0]?.['maxTimeMS'], 300)
      assert.ok(!('maxTimeMS' in (sent('aggregate')[0] ?? {})))
      const [next, has] = [stream.next(), stream.hasNext()]
      await bench.runtime.sleep(1_000)
      await insert(1, 2)
      assert.deepEqual([idOf(await next), await has], [1, true])
      assert.deepEqual(await nextIds(stream, 1), [2])
      await stream.close()
      assertQuiet(watched)
    }))

  test('asks for no further batch before the last one was taken', () =>
    withOrders(async ({ bench, collection, sent, insert }) => {
      await using stream = await collection.watch([], { batchSize: 2 }).open()
      await insert(1, 2, 3, 4, 5)
      assert.deepEqual(await nextIds(stream, 1), [1])
      await bench.runtime.sleep(5_000)
      assert.deepEqual([stream.bufferedCount(), sent('getMore').length], [1, 1])
      assert.deepEqual(stream.readBufferedDocuments().map(idOf), [2])
      assert.deepEqual(await nextIds(stream, 3), [3, 4, 5])
    }))

  test('what has come is kept when it is opened again by open()', () =>
    withOrders(async ({ collection, insert }) => {
      await using first = await collection.watch().open()
      const resumeAfter = first.resumeToken
      await insert(1, 2)
      await first.next()
      await using stream = await collection.watch([], { resumeAfter }).open()
      await stream.open()
      assert.deepEqual(await nextIds(stream, 2), [1, 2])
    }))

  test('of a database and of a deployment tells what is changed anywhere in it', () =>
    withOrders(async ({ client, sent, insert }) => {
      await using ofDatabase = await client.db('shop').watch().open()
      await using ofAll = await client.watch().open()
      await client
        .db('other')
        .collection('things')
        .insertOne({ _id: 7 as never })
      await insert(1)
      assert.deepEqual([await nextIds(ofDatabase, 1), await nextIds(ofAll, 2)], [[1], [7, 1]])
      const [database, all] = sent('aggregate')
      assert.deepEqual([database?.['aggregate'], database?.['$db']], [1, 'shop'])
      assert.deepEqual([all?.['aggregate'], all?.['$db']], [1, 'admin'])
      assert.deepEqual(stages([all ?? {}]), [{ allChangesForCluster: true }])
    }))

  test('a loop ends where what is watched is gone, and the stream with it', () =>
    withOrders(async watched => {
      const { collection, insert } = watched
      const stream = await collection.watch().open()
      await insert(1)
      await collection.drop()
      const seen: unknown[] = []
      for await (const event of stream) seen.push(idOf(event))
      assert.deepEqual(seen, [1, 'drop', 'invalidate'])
      assert.deepEqual([stream.closed, await stream.hasNext()], [true, false])
      assert.match((await failureOf(stream.next())).message, /change stream is closed/)
      assertQuiet(watched)
    }))

  test('leaving a loop closes it', () =>
    withOrders(async watched => {
      const { collection, insert } = watched
      const stream = await collection.watch().open()
      await insert(1, 2)
      for await (const event of stream) {
        assert.equal(idOf(event), 1)
        break
      }
      assert.equal(stream.closed, true)
      assertQuiet(watched)
    }))
})

function insertedName(event: ChangeStreamDocument): unknown {
  return event.operationType === 'insert' ? event.fullDocument['name'] : undefined
}

describe('closing a change stream', () => {
  test('does not wait for the server: each who waits is told in his way', () =>
    withOrders(async watched => {
      const { bench, collection, sent } = watched
      const stream = await collection.watch([], { maxAwaitTimeMS: 60_000 }).open()
      const next = failureOf(stream.next())
      const [tried, has, step] = [failureOf(stream.tryNext()), stream.hasNext(), stream[Symbol.asyncIterator]().next()]
      await bench.runtime.sleep(500)
      assert.ok((await took(bench, () => stream.close())) < 20)
      for (const failure of [await next, await tried]) {
        assert.ok(failure instanceof MongoAPIError)
        assert.match(failure.message, /change stream is closed/)
      }
      assert.deepEqual([await has, await step], [false, { done: true, value: undefined }])
      assert.deepEqual([sent('killCursors').length, stream.closed], [1, true])
      assertQuiet(watched)
      await stream.close()
    }))

  test('while it is being opened lets the server forget it when it has answered', () =>
    withOrders(async watched => {
      const { bench, collection } = watched
      bench.failCommand(['aggregate'], { blockConnection: true, blockTimeMS: 2_000 })
      const stream = collection.watch()
      const next = failureOf(stream.next())
      await bench.runtime.sleep(100)
      assert.ok((await took(bench, async () => void (await Promise.all([stream.close(), next])))) < 20)
      await bench.runtime.sleep(3_000)
      assertQuiet(watched)
    }))

  test('gives its session back for others', () =>
    withOrders(async ({ collection, sent }) => {
      const stream = await collection.watch().open()
      await stream.close()
      await collection.countDocuments()
      const [opening, counting] = sent('aggregate')
      assert.deepEqual(counting?.['lsid'], opening?.['lsid'])
      assert.deepEqual(sent('killCursors')[0]?.['lsid'], opening?.['lsid'])
    }))

  test("leaves the caller's session to the caller, who had it in every command", () =>
    withOrders(async ({ bench, client, collection, sent, insert }) => {
      await using session = client.startSession()
      const stream = await collection.watch([], { session }).open()
      bench.failCommand(['getMore'], { errorCode: 262, errorLabels: resumable })
      await insert(1)
      assert.deepEqual(await nextIds(stream, 1), [1])
      await stream.close()
      for (const name of ['aggregate', 'getMore', 'killCursors'])
        for (const { lsid } of sent(name)) assert.deepEqual(lsid, session.id)
      assert.equal(session.hasEnded, false)
    }))

  test('happens with the client: a graceful shutdown ends what waits', () =>
    withOrders(async ({ bench, client, collection }) => {
      const stream = await collection.watch().open()
      const next = failureOf(stream.next())
      await bench.runtime.sleep(100)
      assert.ok((await took(bench, () => client.shutdown())) < 100)
      assert.ok((await next) instanceof MongoClientClosedError)
      assert.equal(stream.closed, true)
      await bench.runtime.sleep(100)
      assert.equal(bench.member.openCursors(), 0)
    }))
})

describe('a change stream that fails', () => {
  test('goes on behind what was read, as often as it takes, without an event between', () =>
    withOrders(async watched => {
      const { bench, collection, sent, insert } = watched
      const stream = await collection.watch().open()
      await insert(1)
      assert.deepEqual(await nextIds(stream, 1), [1])
      const next = stream.next()
      for (let times = 0; times < 5; times++) {
        await bench.runtime.sleep(3_000)
        bench.member.dropConnections()
      }
      await bench.runtime.sleep(3_000)
      await insert(2)
      assert.equal(idOf(await next), 2)
      assert.equal(sent('aggregate').length, 6)
      await stream.close()
      assertQuiet(watched)
    }))

  test('loses nothing and tells nothing twice, over elections and the end of a primary', () =>
    withOrders(
      async ({ bench, client, collection }) => {
        const { deployment, runtime } = bench
        await using stream = await collection.watch([], { batchSize: 3 }).open()
        const written: number[] = []
        const writer = (async () => {
          for (let _id = 0; _id < 60; _id++) {
            await client.db('shop').collection<{ _id: number }>('orders').insertOne({ _id })
            written.push(_id)
            await runtime.sleep(40)
            if (_id % 20 === 10) await deployment.stepDown()
            if (_id === 35) {
              const killed = deployment.members.findIndex(({ isPrimary }) => isPrimary)
              await deployment.kill(killed)
              await runtime.sleep(1_000)
              await deployment.restart(killed)
            }
          }
        })()
        const told = await nextIds(stream, 60)
        await writer
        assert.deepEqual(told, written)
        assert.equal(stream.bufferedCount(), 0)
      },
      {},
      { members: 3 }
    ))

  test('for good tells so, and is closed', () =>
    withOrders(async watched => {
      const { bench, collection, sent } = watched
      const stream = await collection.watch().open()
      bench.failCommand(['getMore'], { errorCode: 11601 })
      const failure = await failureOf(stream.next())
      assert.ok(failure instanceof MongoServerError)
      assert.deepEqual([failure.code, stream.closed, sent('aggregate').length], [11601, true, 1])
      assert.match((await failureOf(stream.next())).message, /change stream is closed/)
      await bench.runtime.sleep(10)
      assertQuiet(watched)
    }))

  test('has one error for the one who caused the fetch, and the others are told that it is closed', () =>
    withOrders(async ({ bench, collection }) => {
      const stream = await collection.watch().open()
      bench.failCommand(['getMore'], { errorCode: 11601 })
      const [first, second] = await Promise.all([failureOf(stream.next()), failureOf(stream.next())])
      assert.ok(first instanceof MongoServerError && second instanceof MongoAPIError)
    }))

  test('within timeoutMS can be read on: it is opened again first, and nothing is lost', () =>
    withOrders(async watched => {
      const { bench, collection, sent, insert } = watched
      const stream = await collection.watch([], { timeoutMS: 400, maxAwaitTimeMS: 100 }).open()
      bench.failCommand(['getMore'], { blockConnection: true, blockTimeMS: 1_000 })
      const elapsedMS = await took(bench, async () =>
        assert.ok((await failureOf(stream.next())) instanceof MongoOperationTimeoutError)
      )
      assert.deepEqual([elapsedMS, stream.closed], [400, false])
      await insert(1)
      assert.deepEqual(await nextIds(stream, 1), [1])
      assert.equal(sent('aggregate').length, 2)
      await stream.close()
      await bench.runtime.sleep(2_000)
      assertQuiet(watched)
    }))

  test('takes no more than timeoutMS for a call, the attempt to resume included', () =>
    withOrders(async ({ bench, collection }) => {
      await using stream = await collection.watch([], { timeoutMS: 200 }).open()
      const blocked = { blockConnection: true, blockTimeMS: 120, errorCode: 7, errorLabels: resumable }
      bench.failCommand(['getMore', 'aggregate'], blocked, 2)
      const elapsedMS = await took(bench, async () => void (await failureOf(stream.next())))
      between(elapsedMS, 199, 201)
    }))

  test("ends with its signal's reason, and leaves no listener behind", () =>
    withOrders(async watched => {
      const { bench, collection } = watched
      const controller = new AbortController()
      const listeners = countListeners(controller.signal)
      const stream = await collection.watch([], { signal: controller.signal }).open()
      const next = failureOf(stream.next())
      await bench.runtime.sleep(100)
      assert.equal(listeners(), 1)
      controller.abort(new Error('enough'))
      assert.equal((await next).message, 'enough')
      assert.deepEqual([stream.closed, listeners()], [true, 0])
      await bench.runtime.sleep(100)
      assertQuiet(watched)
    }))

  test('times that cannot be kept together are refused', () =>
    withOrders(async ({ collection, sent }) => {
      const stream = collection.watch([], { timeoutMS: 5, maxAwaitTimeMS: 5 })
      assert.match((await failureOf(stream.next())).message, /maxAwaitTimeMS 5 must be less than timeoutMS 5/)
      assert.equal(sent('aggregate').length, 0)
    }))

  test('with an answer that cannot be read ends: the next one would be the same', () =>
    withOrders(({ bench }) =>
      withMiddleman(bench.runtime, bench.member.address, async middleman => {
        const breakText = (): void =>
          middleman.changeReplyTo('getMore', reply => {
            const bytes = Buffer.from(reply)
            bytes[bytes.indexOf('caf#') + 3] = 0xff
            return bytes
          })
        for (const enableUtf8Validation of [true, false]) {
          const orders = middleman
            .client({ enableUtf8Validation, directConnection: true })
            .db('shop')
            .collection('orders')
          const stream = await orders.watch().open()
          breakText()
          await orders.insertOne({ name: 'caf#' })
          if (enableUtf8Validation) assert.match((await failureOf(stream.next())).message, /UTF-8/)
          else assert.equal(insertedName(await stream.next()), 'caf\ufffd')
          assert.equal(stream.closed, enableUtf8Validation)
          await stream.close()
        }
        assert.equal(middleman.sent('aggregate').length, 2)
      })
    ))

  test('options that could only be ignored are refused', () =>
    withOrders(async ({ collection }) => {
      const watch = (options: object) => () => collection.watch([], options)
      assert.throws(watch({ explain: true }), /cannot be explained/)
      assert.throws(watch({ exhaust: true }), /the option exhaust is not supported/)
      assert.throws(watch({ session: {} }), /session must be what/)
    }))
})

describe('a change stream as a stream', () => {
  test('gives the events, goes on behind a failure, and closes what it reads from', () =>
    withOrders(async watched => {
      const { bench, collection, insert } = watched
      const changes = await collection.watch().open()
      const stream = changes.stream({ transform: idOf })
      await insert(1)
      const seen: unknown[] = []
      for await (const id of stream) {
        seen.push(id)
        if (seen.length === 2) break
        bench.failCommand(['getMore'], { errorCode: 262, errorLabels: resumable })
        await insert(2)
      }
      assert.deepEqual([seen, changes.closed], [[1, 2], true])
      assert.throws(() => changes.stream(), /change stream is closed/)
      await bench.runtime.sleep(100)
      assertQuiet(watched)
    }))
})

test('a pipeline with $changeStream gives the same events, and does not go on by itself', () =>
  withOrders(async ({ bench, collection, insert }) => {
    const cursor = collection.aggregate<ChangeStreamDocument>([{ $changeStream: {} }], { maxAwaitTimeMS: 50 })
    assert.equal(await cursor.tryNext(), null)
    await insert(1)
    assert.equal((await cursor.next())?.operationType, 'insert')
    bench.failCommand(['getMore'], { closeConnection: true })
    assert.ok((await failureOf(cursor.next())) instanceof MongoNetworkError)
  }))

describe('a change stream and transactions', () => {
  test('tells what a transaction did once it is committed, in its order, and in which one', () =>
    withOrders(async ({ client, collection, insert }) => {
      await insert(1)
      await using stream = await collection.watch([], { fullDocument: 'updateLookup' }).open()
      const session = client.startSession()
      session.startTransaction()
      await collection.insertOne({ _id: 2 as never }, { session })
      await collection.updateOne({ _id: 1 as never }, { $set: { count: 1 } }, { session })
      assert.equal(await stream.tryNext(), null)
      await insert(3)
      await session.commitTransaction()
      const events = [await stream.next(), await stream.next(), await stream.next()]
      assert.deepEqual(
        events.map(event => [event.operationType, idOf(event)]),
        [
          ['insert', 3],
          ['insert', 2],
          ['update', 1]
        ]
      )
      assert.deepEqual(
        events.map(({ lsid }) => lsid?.id),
        [undefined, session.id?.id, session.id?.id]
      )
      assert.deepEqual(
        events.map(({ txnNumber }) => txnNumber === undefined),
        [true, false, false]
      )
      assert.deepEqual(events[1]?.clusterTime, events[2]?.clusterTime)
      await using behind = await collection.watch([], { resumeAfter: events[1]?._id }).open()
      assert.deepEqual(await nextIds(behind, 1), [1])
      await session.endSession()
    }))

  test('tells of a transaction with a single write in which one it was, and of a write that is retryable nothing of that', () =>
    withOrders(async ({ client, collection }) => {
      await using stream = await collection.watch().open()
      const session = client.startSession()
      await session.withTransaction(() => collection.insertOne({ _id: 1 as never }, { session }))
      await collection.insertOne({ _id: 2 as never }, { session })
      const [ofTransaction, ofWrite] = [await stream.next(), await stream.next()]
      assert.deepEqual([idOf(ofTransaction), idOf(ofWrite)], [1, 2])
      assert.deepEqual(ofTransaction.lsid?.id, session.id?.id)
      assert.equal(Number(ofTransaction.txnNumber), 1)
      assert.deepEqual([ofWrite.lsid, ofWrite.txnNumber], [undefined, undefined])
      await session.endSession()
    }))

  test('cannot be part of one', () =>
    withOrders(async ({ client, collection }) => {
      const session = client.startSession()
      session.startTransaction()
      const stream = collection.watch([], { session })
      const error = await failureOf(stream.next())
      assert.ok(error instanceof MongoServerError && error.code === 263, String(error))
      await stream.close()
      await session.endSession()
    }))
})
