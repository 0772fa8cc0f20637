/** The prose tests of the change streams specification, by their numbers there. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Document, MongoChangeStreamError, MongoServerError } from '../../src/client/index.ts'
import { ChangeReader, more } from '../../src/client/change_reader.ts'
import { afterBatch, afterEvent, progressFrom, resumingPoint } from '../../src/operations/resume_rules.ts'
import { Timestamp } from '../../src/bson/index.ts'
import { failureOf } from './bench.ts'
import { idOf, nextIds, resumable, stages, withOrders } from './change_bench.ts'

const getMoreFails = (bench: { failCommand: (names: readonly string[], data: object, times?: number) => void }) =>
  bench.failCommand(['getMore'], { errorCode: 91, errorLabels: resumable })

function tokenIn(reply: Document | undefined): unknown {
  return reply?.['cursor']?.postBatchResumeToken
}

suite('prose tests of change streams', () => {
  test('1: the stream continuously tracks the last token that it has seen', () =>
    withOrders(async ({ collection, insert }) => {
      await using stream = await collection.watch([], { batchSize: 2 }).open()
      await insert(1, 2, 3)
      const tokens: unknown[] = [stream.resumeToken]
      for (const id of [1, 2, 3]) {
        assert.equal(idOf(await stream.next()), id)
        tokens.push(stream.resumeToken)
      }
      assert.equal(new Set(tokens.map(token => JSON.stringify(token))).size, 4)
    }))

  test('2: an event without a token is an error, and closes the stream', async () => {
    let closed = 0
    const reader = new ChangeReader(
      {
        isExhausted: false,
        callersContext: () => undefined,
        fetch: receiver => receiver.received([{ operationType: 'insert' }, { operationType: 'delete' }]),
        returned: () => assert.fail('there is no token'),
        close: async () => void closed++
      },
      () => undefined
    )
    const failure = await failureOf(reader.read(() => (reader.count > 0 ? reader.take() : more), 'events'))
    assert.ok(failure instanceof MongoChangeStreamError)
    assert.match(failure.message, /without a resume token/)
    assert.deepEqual([closed, reader.isClosed], [1, true])
  })

  test('3: a resumable error resumes once, with the first pipeline and options but for the token', () =>
    withOrders(async ({ bench, collection, sent, insert }) => {
      const pipeline = [{ $match: { operationType: 'insert' } }]
      const options = { batchSize: 7, comment: 'mine', fullDocument: 'updateLookup', collation: { locale: 'simple' } }
      await using stream = await collection.watch(pipeline, options).open()
      await insert(1)
      assert.deepEqual(await nextIds(stream, 1), [1])
      const token = stream.resumeToken
      getMoreFails(bench)
      await insert(2)
      assert.deepEqual(await nextIds(stream, 1), [2])
      const [first, second, ...others] = sent('aggregate')
      assert.deepEqual(others, [])
      assert.deepEqual(stages([second ?? {}]), [{ fullDocument: 'updateLookup', resumeAfter: token }])
      const withoutStage = ({ pipeline: all, lsid: _lsid, $clusterTime: _time, ...rest }: Document): Document => ({
        ...rest,
        pipeline: (all as Document[]).slice(1)
      })
      assert.deepEqual(withoutStage(second ?? {}), withoutStage(first ?? {}))
      assert.deepEqual(second?.['lsid'], first?.['lsid'])
    }))

  test('4: an error of an aggregate is never resumed', () =>
    withOrders(
      async ({ bench, collection, sent, insert }) => {
        bench.failCommand(['aggregate'], { errorCode: 10107, errorLabels: resumable })
        const first = collection.watch()
        assert.ok((await failureOf(first.next())) instanceof MongoServerError)
        assert.deepEqual([sent('aggregate').length, first.closed], [1, true])
        await using second = await collection.watch().open()
        getMoreFails(bench)
        bench.failCommand(['aggregate', 'getMore'], { errorCode: 10107, errorLabels: resumable }, 2)
        await insert(1)
        assert.ok((await failureOf(second.next())) instanceof MongoServerError)
        assert.deepEqual([sent('aggregate').length, second.closed], [3, true])
      },
      { retryReads: false }
    ))

  test('6: a server is selected anew before it resumes, by the first read preference', () =>
    withOrders(
      async ({ bench, collection, sentTo, insert }) => {
        const secondaries = bench.deployment.members.filter(({ isPrimary }) => !isPrimary)
        await using stream = await collection.watch([], { readPreference: 'secondary' }).open()
        const [first] = sentTo('aggregate')
        const reads = secondaries.find(({ address }) => address === first)
        const other = secondaries.find(({ address }) => address !== first)
        assert.ok(reads !== undefined && other !== undefined)
        const next = stream.next()
        await bench.runtime.sleep(100)
        await reads.stop()
        await insert(1)
        assert.equal(idOf(await next), 1)
        assert.equal(sentTo('aggregate').at(-1), other.address)
        await reads.restart()
      },
      {},
      { members: 3 }
    ))

  test('7: a cursor whose first batch is empty stays open', () =>
    withOrders(async ({ bench, collection, sent, insert }) => {
      await using stream = await collection.watch().open()
      assert.deepEqual([sent('killCursors').length, bench.member.openCursors(), stream.closed], [0, 1, false])
      await insert(1)
      assert.deepEqual(await nextIds(stream, 1), [1])
    }))

  test('8: a killCursors that fails while it resumes is not told', () =>
    withOrders(async ({ bench, collection, sent, insert }) => {
      await using stream = await collection.watch().open()
      bench.failCommand(['killCursors', 'getMore'], { errorCode: 262, errorLabels: resumable }, 2)
      await insert(1)
      assert.deepEqual(await nextIds(stream, 1), [1])
      assert.equal(sent('killCursors').length, 1)
      await insert(2)
      assert.deepEqual(await nextIds(stream, 1), [2])
    }))

  test('9: without any token it resumes at the time at which it was opened', () => {
    const operationTime = new Timestamp({ t: 9, i: 1 })
    const facts = { isFirst: true, events: 0, postBatchResumeToken: undefined, operationTime }
    assert.deepEqual(resumingPoint(afterBatch(progressFrom({}), facts)), { startAtOperationTime: operationTime })
  })

  test('11: behind an empty batch, or the last event of one, the token is the one of the batch', () =>
    withOrders(async ({ collection, insert, replies }) => {
      await using stream = await collection.watch([], { maxAwaitTimeMS: 50 }).open()
      assert.deepEqual(stream.resumeToken, tokenIn(replies('aggregate')[0]))
      assert.equal(await stream.tryNext(), null)
      assert.deepEqual(stream.resumeToken, tokenIn(replies('getMore')[0]))
      await insert(1, 2)
      assert.deepEqual(await nextIds(stream, 2), [1, 2])
      assert.deepEqual(stream.resumeToken, tokenIn(replies('getMore').at(-1)))
      assert.ok(tokenIn(replies('getMore').at(-1)) !== undefined)
    }))

  test('12: of servers that tell no token of a batch, it is the one of the last event, else the one that was given', () => {
    const facts = { isFirst: true, events: 0, postBatchResumeToken: undefined, operationTime: undefined }
    const resumeAfter = { _data: 'given' }
    assert.equal(afterBatch(progressFrom({}), facts).token, undefined)
    assert.equal(afterBatch(progressFrom({ resumeAfter }), facts).token, resumeAfter)
    const last = { _data: 'last' }
    assert.equal(afterEvent(afterBatch(progressFrom({ resumeAfter }), facts), last, undefined).token, last)
  })

  test('13: within a batch the token is the one of the event that was read last', () =>
    withOrders(async ({ collection, insert }) => {
      await using stream = await collection.watch().open()
      await insert(1, 2, 3)
      for (const _ of [1, 2]) assert.deepEqual((await stream.next())._id, stream.resumeToken)
    }))

  test('14: as long as nothing of the first batch was read, the token is the one that was given, if one was', () =>
    withOrders(async ({ collection, insert }) => {
      await using first = await collection.watch().open()
      const before = first.resumeToken
      await insert(1, 2)
      const { clusterTime } = await first.next()
      for (const options of [{ resumeAfter: before }, { startAfter: before }]) {
        await using stream = await collection.watch([], options).open()
        assert.ok(stream.bufferedCount() > 0)
        assert.deepEqual(stream.resumeToken, before)
      }
      await using neither = await collection.watch([], { startAtOperationTime: clusterTime }).open()
      assert.ok(neither.bufferedCount() > 0)
      assert.equal(neither.resumeToken, undefined)
    }))

  test('17: started with startAfter, it resumes with startAfter as long as it has returned nothing', () =>
    withOrders(async ({ bench, collection, sent, insert }) => {
      await using first = await collection.watch().open()
      const startAfter = first.resumeToken
      await using stream = await collection.watch([], { startAfter }).open()
      getMoreFails(bench)
      await insert(1)
      assert.deepEqual(await nextIds(stream, 1), [1])
      const [stage] = stages(sent('aggregate').slice(-1))
      assert.deepEqual(Object.keys(stage ?? {}), ['startAfter'])
    }))

  test('18: started with startAfter, it resumes with resumeAfter once it has returned something', () =>
    withOrders(async ({ bench, collection, sent, insert }) => {
      await using first = await collection.watch().open()
      const startAfter = first.resumeToken
      await using stream = await collection.watch([], { startAfter }).open()
      await insert(1)
      assert.deepEqual(await nextIds(stream, 1), [1])
      getMoreFails(bench)
      await insert(2)
      assert.deepEqual(await nextIds(stream, 1), [2])
      const [stage] = stages(sent('aggregate').slice(-1))
      assert.deepEqual(Object.keys(stage ?? {}), ['resumeAfter'])
    }))

  test('19: $changeStreamSplitLargeEvent splits large events', () =>
    withOrders(async ({ client }) => {
      const database = client.db('shop')
      await database.createCollection('large', { changeStreamPreAndPostImages: { enabled: true } })
      const large = database.collection('large')
      const megabytes = 10 * 1024 * 1024
      await large.insertOne({ value: 'q'.repeat(megabytes) })
      const pipeline = [{ $changeStreamSplitLargeEvent: {} }]
      await using stream = await large.watch(pipeline, { fullDocumentBeforeChange: 'required' }).open()
      await large.updateOne({}, { $set: { value: 'z'.repeat(megabytes) } })
      const events = [await stream.next(), await stream.next()]
      assert.deepEqual(
        events.map(({ splitEvent }) => splitEvent),
        [
          { fragment: 1, of: 2 },
          { fragment: 2, of: 2 }
        ]
      )
    }))
})
