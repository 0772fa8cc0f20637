import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type FindOptions,
  MongoClientClosedError,
  MongoInvalidArgumentError,
  MongoServerError
} from '../../src/client/index.ts'
import { countListeners, failureOf } from './bench.ts'
import { awaiting, between, cappedLog, type Numbered, readBoth, tailable, took, withLog } from './capped_log.ts'

describe('a cursor that awaits data', () => {
  test('gives a document as soon as it is inserted, and asks once for each second in which there is none', () =>
    withLog(async ({ bench, collection, sent, insert }) => {
      const cursor = collection.find({}, awaiting)
      await readBoth(cursor)
      const next = cursor.next()
      await bench.runtime.sleep(3_500)
      const waitedMS = await took(bench, async () => {
        await insert(2)
        assert.deepEqual(await next, { _id: 2 })
      })
      between(waitedMS, 0, 10)
      assert.equal(sent('find').length, 1)
      assert.deepEqual([sent('find')[0]?.command['tailable'], sent('find')[0]?.command['awaitData']], [true, true])
      between(sent('getMore').length, 4, 5)
      for (const { command } of sent('getMore')) assert.ok(!('maxTimeMS' in command))
      await cursor.close()
    }))

  test('sends maxAwaitTimeMS as maxTimeMS of each getMore, and never with the find', () =>
    withLog(async ({ bench, collection, sent, insert }) => {
      const cursor = collection.find({}, awaiting).maxAwaitTimeMS(100)
      await readBoth(cursor)
      assert.equal(await cursor.tryNext(), null)
      const next = cursor.hasNext()
      await bench.runtime.sleep(250)
      await insert(2)
      assert.equal(await next, true)
      assert.ok(!('maxTimeMS' in (sent('find')[0]?.command ?? {})))
      between(sent('getMore').length, 4, 5)
      for (const { command } of sent('getMore')) assert.equal(command['maxTimeMS'], 100)
      await cursor.close()
    }))

  test('tryNext asks once, waits as long as the server does, and gives null', () =>
    withLog(async ({ bench, collection, sent }) => {
      const cursor = collection.find({}, { ...awaiting, maxAwaitTimeMS: 400 })
      await readBoth(cursor)
      between(await took(bench, async () => assert.equal(await cursor.tryNext(), null)), 400, 410)
      assert.equal(sent('getMore').length, 1)
      assert.equal(cursor.closed, false)
      await cursor.close()
    }))

  test('close does not wait for the server: who reads is given the end, and the server forgets the cursor', async () => {
    for (const maxPoolSize of [1, 10])
      await withLog(
        async ({ bench, client, collection, sent }) => {
          const cursor = collection.find({}, { ...awaiting, maxAwaitTimeMS: 60_000 })
          await readBoth(cursor)
          const [next, has] = [cursor.next(), cursor.hasNext()]
          await bench.runtime.sleep(500)
          between(await took(bench, () => cursor.close()), 0, 20)
          assert.deepEqual([await next, await has], [null, false])
          assert.deepEqual([cursor.closed, cursor.killed], [true, true])
          assert.equal(sent('killCursors').length, 1)
          assert.equal(bench.member.openCursors(), 0)
          // The connection on which the server may still have answered is gone; nothing else was.
          const [pool] = client.pools()
          assert.equal(pool?.counters.connectionsClosed.error, 1)
          assert.deepEqual([pool?.checkedOut, pool?.waiting], [0, 0])
          assert.equal(await collection.countDocuments(), 2)
        },
        { maxPoolSize }
      )
  })

  test('leaving a loop, or disposing of the cursor, ends it likewise', () =>
    withLog(async ({ bench, collection, insert }) => {
      const seen: number[] = []
      for await (const { _id } of collection.find({}, awaiting)) {
        seen.push(_id)
        if (_id === 1) await insert(2)
        if (_id === 2) break
      }
      assert.deepEqual(seen, [0, 1, 2])
      assert.equal(bench.member.openCursors(), 0)
      const cursor = collection.find({}, awaiting)
      await cursor.next()
      await cursor[Symbol.asyncDispose]()
      assert.equal(bench.member.openCursors(), 0)
    }))

  test('a graceful shutdown ends a read that waits, at once, and the server forgets the cursor', () =>
    withLog(async ({ bench, client, collection }) => {
      const cursor = collection.find({}, { ...awaiting, maxAwaitTimeMS: 60_000 })
      await readBoth(cursor)
      const next = failureOf(cursor.next())
      const all = failureOf(collection.find({}, { ...awaiting, maxAwaitTimeMS: 60_000 }).toArray())
      await bench.runtime.sleep(500)
      between(await took(bench, () => client.shutdown()), 0, 50)
      for (const error of [await next, await all]) assert.ok(error instanceof MongoClientClosedError, String(error))
      // Told by nothing but the end of the connections: there was no other.
      await bench.runtime.sleep(10)
      assert.equal(bench.member.openCursors(), 0)
      assert.ok((await failureOf(cursor.next())) instanceof MongoClientClosedError)
    }))

  test('what had come before the shutdown is given, and then its error', () =>
    withLog(async ({ bench, client, collection, insert }) => {
      const cursor = collection.find({}, awaiting)
      await readBoth(cursor)
      const next = cursor.next()
      await insert(2, 3)
      assert.deepEqual(await next, { _id: 2 })
      await client.shutdown()
      assert.deepEqual(await cursor.next(), { _id: 3 })
      assert.ok((await failureOf(cursor.next())) instanceof MongoClientClosedError)
      assert.equal(bench.member.openCursors(), 0)
    }))

  test('a shutdown lets what else is in progress finish while a read that waits is ended, and has its cursor killed', () =>
    withLog(async ({ bench, client, collection, sent }) => {
      const cursor = collection.find({}, { ...awaiting, maxAwaitTimeMS: 60_000 })
      await readBoth(cursor)
      const next = failureOf(cursor.next())
      bench.failCommand(['count'], { blockConnection: true, blockTimeMS: 300 })
      const count = collection.estimatedDocumentCount()
      await bench.runtime.sleep(100)
      between(await took(bench, () => client.shutdown()), 200, 250)
      assert.equal(await count, 2)
      assert.ok((await next) instanceof MongoClientClosedError)
      assert.equal(sent('killCursors').length, 1)
    }))

  test('close() of the client ends a read that waits', () =>
    withLog(async ({ bench, client, collection }) => {
      const cursor = collection.find({}, { ...awaiting, maxAwaitTimeMS: 60_000 })
      await readBoth(cursor)
      const next = failureOf(cursor.next())
      await bench.runtime.sleep(100)
      between(await took(bench, () => client.close()), 0, 10)
      assert.ok((await next) instanceof MongoClientClosedError)
    }))

  test('the signal ends a read that waits, with its reason, and the cursor', () =>
    withLog(async ({ bench, collection }) => {
      const controller = new AbortController()
      const { signal } = controller
      const cursor = collection.find({}, { ...awaiting, signal })
      await readBoth(cursor)
      const next = failureOf(cursor.next())
      await bench.runtime.sleep(100)
      const reason = new RangeError('enough')
      controller.abort(reason)
      assert.equal(await next, reason)
      await bench.runtime.sleep(10)
      assert.equal(bench.member.openCursors(), 0)
      assert.equal(countListeners(signal)(), 0)
    }))

  test('a cursor whose place was overwritten, or whose collection went, fails once, and is over then', () =>
    withLog(async ({ bench, client, collection }) => {
      const small = client.db('shop').collection<Numbered>('small')
      await client.db('shop').createCollection('small', { ...cappedLog, max: 2 })
      await small.insertMany([{ _id: 0 }, { _id: 1 }])
      const lost = small.find({}, awaiting)
      await readBoth(lost)
      await small.insertMany([{ _id: 2 }, { _id: 3 }, { _id: 4 }])
      const error = await failureOf(lost.next())
      assert.ok(error instanceof MongoServerError && error.codeName === 'CappedPositionLost')
      assert.equal(await lost.next(), null)
      const cursor = collection.find({}, awaiting)
      await readBoth(cursor)
      const next = failureOf(cursor.next())
      await bench.runtime.sleep(100)
      await collection.drop()
      assert.equal(((await next) as MongoServerError).codeName, 'QueryPlanKilled')
      assert.deepEqual([await cursor.next(), cursor.closed], [null, true])
    }))

  test('is over at once in a collection that is empty: the server keeps no cursor', () =>
    withLog(async ({ client }) => {
      await client.db('shop').createCollection('empty', cappedLog)
      const cursor = client.db('shop').collection('empty').find({}, awaiting)
      assert.deepEqual([await cursor.next(), cursor.closed, cursor.id?.isZero()], [null, true, true])
      for await (const _ of client.db('shop').collection('empty').find({}, awaiting)) assert.fail('there is nothing')
    }))
})

describe('a cursor with a session of the caller', () => {
  test('sends it with each command, the getMore that is given up and killCursors included, and leaves it to the caller', () =>
    withLog(async ({ bench, client, collection, sent }) => {
      const session = client.startSession()
      const cursor = collection.find({}, { ...awaiting, session, maxAwaitTimeMS: 60_000 })
      await readBoth(cursor)
      const next = cursor.next()
      await bench.runtime.sleep(100)
      await cursor.close()
      assert.equal(await next, null)
      const lsids = ['find', 'getMore', 'killCursors'].map(name => String(sent(name)[0]?.command['lsid'].id))
      assert.deepEqual(new Set(lsids).size, 1)
      assert.equal(session.hasEnded, false)
      const stream = collection.find({}, { session }).stream()
      assert.equal((await stream.toArray()).length, 2)
      await session.endSession()
    }))
})

describe('a tailable cursor without awaitData', () => {
  test('next asks again after pauses that grow from 10 ms to a second, anew after each document', () =>
    withLog(async ({ bench, collection, sent, insert }) => {
      const cursor = collection.find({}, tailable)
      await readBoth(cursor)
      const next = cursor.next()
      await bench.runtime.sleep(10_000)
      await insert(2)
      assert.deepEqual(await next, { _id: 2 })
      const pauses = sent('getMore').map(({ atMS }, index, all) => atMS - (all[index - 1]?.atMS ?? Number.NaN))
      const expected = [10, 20, 40, 80, 160, 320, 640, 1_000, 1_000]
      for (const [index, pauseMS] of expected.entries()) between(pauses[index + 1] ?? 0, pauseMS, pauseMS + 5)
      const before = sent('getMore').length
      between(before, 15, 20)
      const later = cursor.next()
      await bench.runtime.sleep(35)
      await insert(3)
      assert.deepEqual(await later, { _id: 3 })
      between(sent('getMore').length - before, 3, 6)
      await cursor.close()
    }))

  test('tryNext asks once and does not pause', () =>
    withLog(async ({ bench, collection, sent }) => {
      const cursor = collection.find({}, tailable)
      await readBoth(cursor)
      for (let times = 1; times <= 3; times++) {
        between(await took(bench, async () => assert.equal(await cursor.tryNext(), null)), 0, 5)
        assert.equal(sent('getMore').length, times)
      }
      await cursor.close()
    }))

  test('a pause ends with close, with the signal, and with the client', () =>
    withLog(async ({ bench, collection }) => {
      const controller = new AbortController()
      const cursors = [collection.find({}, tailable), collection.find({}, { ...tailable, signal: controller.signal })]
      for (const cursor of cursors) await readBoth(cursor)
      const [closed, aborted] = cursors.map(cursor => cursor.next())
      aborted?.catch(() => undefined)
      // Long pauses by now.
      await bench.runtime.sleep(5_000)
      between(await took(bench, async () => cursors[0]?.close()), 0, 10)
      assert.equal(await closed, null)
      controller.abort(new RangeError('enough'))
      assert.ok((await failureOf(aborted ?? Promise.resolve())) instanceof RangeError)
      await bench.runtime.sleep(10)
      assert.equal(bench.member.openCursors(), 0)
      for (const end of ['shutdown', 'close'] as const) {
        const other = bench.connect()
        const cursor = other.db('shop').collection<Numbered>('log').find({}, tailable)
        await readBoth(cursor)
        const waiting = failureOf(cursor.next())
        await bench.runtime.sleep(5_000)
        between(await took(bench, () => other[end]()), 0, 10)
        assert.ok((await waiting) instanceof MongoClientClosedError)
      }
    }))

  test('reads of one cursor that wait together are served in turn', () =>
    withLog(async ({ bench, collection, insert }) => {
      const cursor = collection.find({}, tailable)
      await readBoth(cursor)
      const reads = [cursor.next(), cursor.next(), cursor.tryNext()]
      await bench.runtime.sleep(100)
      await insert(2)
      assert.deepEqual(await reads[0], { _id: 2 })
      await insert(3, 4)
      assert.deepEqual(await Promise.all(reads), [{ _id: 2 }, { _id: 3 }, { _id: 4 }])
      await cursor.close()
    }))

  test('flags make one, and a flag that is unknown or not supported is refused by its name', () =>
    withLog(async ({ collection, sent }) => {
      const cursor = collection.find().addCursorFlag('tailable', true).addCursorFlag('noCursorTimeout', true)
      await readBoth(cursor)
      assert.equal(await cursor.tryNext(), null)
      assert.equal(cursor.closed, false)
      await cursor.close()
      const command = sent('find')[0]?.command
      assert.deepEqual([command?.['tailable'], command?.['noCursorTimeout']], [true, true])
      const partial = collection.find().addCursorFlag('partial', true)
      await partial.toArray()
      assert.equal(sent('find')[1]?.command['allowPartialResults'], true)
      for (const [flag, message] of [
        ['exhaust', /flag exhaust is not supported/],
        ['oplogReplay', /flag oplogReplay is not supported/],
        ['tailabel', /no cursor flag "tailabel"; there are tailable, awaitData/]
      ] as const)
        assert.throws(() => collection.find().addCursorFlag(flag as 'partial', true), message)
      assert.throws(() => collection.find().addCursorFlag('tailable', 1 as unknown as boolean), /true or false, not 1/)
      assert.throws(() => collection.aggregate([]).addCursorFlag('tailable', true), /aggregate takes no tailable/)
    }))

  test('options that could only be ignored are refused by their names', () =>
    withLog(async ({ client, collection, sent }) => {
      for (const name of [
        'cursorType',
        'oplogReplay',
        'exhaust',
        'partial',
        'tailableRetryInterval',
        'numberOfRetries'
      ]) {
        const options = { [name]: true } as FindOptions
        const reads = [
          collection.find({}, options).toArray(),
          collection.findOne({}, options),
          collection.aggregate([], options).toArray(),
          collection.listIndexes(options as object).toArray(),
          client
            .db('shop')
            .runCursorCommand({ find: 'log' }, options as object)
            .toArray()
        ]
        for (const read of reads) {
          const error = await failureOf(read)
          assert.ok(error instanceof MongoInvalidArgumentError)
          assert.ok(error.message.startsWith(`the option ${name} is not supported: `), error.message)
        }
      }
      assert.equal(sent('find').length + sent('aggregate').length, 0)
    }))
})

describe('runCursorCommand', () => {
  test('knows from the command that its cursor is tailable, and from options before that', () =>
    withLog(async ({ bench, client, sent, insert }) => {
      const db = client.db('shop')
      const cursors = [
        db.runCursorCommand({ find: 'log', tailable: true }),
        db.runCursorCommand({ find: 'log', tailable: true, awaitData: true }).setMaxTimeMS(200),
        db.runCursorCommand({ find: 'log', tailable: true }, { tailable: true, awaitData: false })
      ]
      for (const cursor of cursors) {
        assert.deepEqual([await cursor.next(), await cursor.next()], [{ _id: 0 }, { _id: 1 }])
        const before = sent('getMore').length
        const next = cursor.next()
        await bench.runtime.sleep(1_000)
        await insert(2)
        assert.deepEqual(await next, { _id: 2 })
        await cursor.close()
        await bench.connect().db('shop').collection<Numbered>('log').deleteOne({ _id: 2 })
        between(sent('getMore').length - before, 5, 9)
      }
      assert.equal(sent('getMore').filter(({ command }) => command['maxTimeMS'] === 200).length >= 5, true)
    }))

  test('its cursor takes what the command has not said by methods of its own alone', () =>
    withLog(async ({ client }) => {
      const cursor = client.db('shop').runCursorCommand({ find: 'log' })
      for (const change of [
        () => cursor.batchSize(1),
        () => cursor.maxTimeMS(1),
        () => cursor.addCursorFlag('tailable', true),
        () => cursor.withReadConcern('majority'),
        () => cursor.withReadPreference('secondary')
      ])
        assert.throws(change, /the command is sent as it is: say \w+ in the command itself/)
      assert.throws(() => cursor.clone(), /cannot be cloned: run the command again/)
    }))
})
