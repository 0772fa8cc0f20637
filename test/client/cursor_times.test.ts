import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type FindOptions, MongoInvalidArgumentError, MongoOperationTimeoutError } from '../../src/client/index.ts'
import { failureOf } from './bench.ts'
import { awaiting, between, readBoth, tailable, took, withLog } from './capped_log.ts'

/** Rules of the client side operations timeout specification, in times that are exact. */
describe('timeoutMS of cursors', () => {
  const late = async (promise: Promise<unknown>): Promise<void> => {
    const error = await failureOf(promise)
    assert.ok(error instanceof MongoOperationTimeoutError, String(error))
  }

  test('iteration: each read has the whole time, and no command tells the server of it', () =>
    withLog(async ({ bench, collection, sent }) => {
      bench.failCommand(['find', 'getMore'], { blockConnection: true, blockTimeMS: 60 }, 2)
      const options = { timeoutMS: 100, timeoutMode: 'iteration', batchSize: 1 } as const
      assert.equal((await collection.find({}, options).toArray()).length, 2)
      for (const { command } of [...sent('find'), ...sent('getMore')]) assert.ok(!('maxTimeMS' in command))
      bench.failCommand(['getMore'], { blockConnection: true, blockTimeMS: 110 })
      await late(collection.find({}, options).toArray())
    }))

  test('cursorLifetime, also where it is not said: one time for all, told with the first command', async () => {
    for (const mode of [{}, { timeoutMode: 'cursorLifetime' }] as const)
      await withLog(async ({ bench, collection, sent }) => {
        bench.failCommand(['find', 'getMore'], { blockConnection: true, blockTimeMS: 60 }, 2)
        await late(collection.find({}, { timeoutMS: 100, batchSize: 1, ...mode }).toArray())
        between(Number(sent('find')[0]?.command['maxTimeMS']), 50, 101)
        assert.ok(!('maxTimeMS' in (sent('getMore')[0]?.command ?? {})))
      })
  })

  test('of a tailable cursor: each read has the whole time, pauses included, and no command tells the server of it', () =>
    withLog(async ({ bench, collection, sent, insert }) => {
      const cursor = collection.find({}, { ...tailable, timeoutMS: 500 })
      await readBoth(cursor)
      for (const _id of [2, 3]) {
        const next = cursor.next()
        await bench.runtime.sleep(400)
        await insert(_id)
        assert.deepEqual(await next, { _id })
      }
      let error: Error | undefined
      between(await took(bench, async () => (error = await failureOf(cursor.next()))), 500, 502)
      assert.ok(error instanceof MongoOperationTimeoutError)
      assert.match(
        error.message,
        /no document came within timeoutMS 500: after 50\d ms the tailable cursor on shop\.log/
      )
      for (const { command } of [...sent('find'), ...sent('getMore')]) assert.ok(!('maxTimeMS' in command))
      // A read that fails ends the cursor.
      assert.equal(await cursor.next(), null)
      await bench.runtime.sleep(10)
      assert.equal(bench.member.openCursors(), 0)
    }))

  test('of a tailable cursor: a getMore that takes too long ends the read', () =>
    withLog(async ({ bench, client, collection }) => {
      bench.failCommand(['getMore'], { blockConnection: true, blockTimeMS: 110 }, 2)
      const cursor = collection.find({}, { ...tailable, timeoutMS: 100, batchSize: 1 })
      assert.deepEqual(await cursor.next(), { _id: 0 })
      await late(cursor.next())
      const command = { find: 'log', tailable: true, awaitData: true, batchSize: 1 }
      const ran = client.db('shop').runCursorCommand(command, { timeoutMS: 100, timeoutMode: 'iteration' })
      assert.deepEqual(await ran.next(), { _id: 0 })
      await late(ran.next())
    }))

  test('with awaitData: all getMores of a read have it together, and each is told no more than what is left', () =>
    withLog(async ({ bench, collection, sent }) => {
      const cursor = collection.find({}, { ...awaiting, timeoutMS: 500, maxAwaitTimeMS: 200 })
      await readBoth(cursor)
      between(Number(sent('find')[0]?.command['maxTimeMS']), 400, 501)
      between(await took(bench, () => late(cursor.next())), 490, 502)
      const told = sent('getMore').map(({ command }) => Number(command['maxTimeMS']))
      assert.deepEqual(told.slice(0, 2), [200, 200])
      between(told[2] ?? 0, 80, 101)
    }))

  test('with awaitData and no maxAwaitTimeMS the server is told nothing with a getMore', () =>
    withLog(async ({ bench, collection, sent }) => {
      const cursor = collection.find({}, { ...awaiting, timeoutMS: 2_500 })
      await readBoth(cursor)
      between(await took(bench, () => late(cursor.next())), 2_500, 2_502)
      for (const { command } of sent('getMore')) assert.ok(!('maxTimeMS' in command))
    }))

  test('what cannot be kept together is refused before anything is sent, wherever timeoutMS stands', async () => {
    const refused: readonly [FindOptions, RegExp][] = [
      [{ timeoutMode: 'iteration' }, /there is no timeoutMS/],
      [{ timeoutMode: 'cursorLifetime', timeoutMS: 9, ...tailable }, /would end a tailable cursor/],
      [{ timeoutMode: 'cursorLifetime', timeoutMS: 9, ...awaiting }, /would end a tailable cursor/],
      [{ timeoutMode: 'each' as 'iteration', timeoutMS: 9 }, /is "cursorLifetime" or "iteration", not "each"/],
      [{ ...awaiting, timeoutMS: 5, maxAwaitTimeMS: 5 }, /maxAwaitTimeMS 5 must be less than timeoutMS 5/],
      [{ ...awaiting, timeoutMS: 5, maxAwaitTimeMS: 6 }, /maxAwaitTimeMS 6 must be less than timeoutMS 5/],
      [{ ...awaiting, maxAwaitTimeMS: -1 }, /a number of milliseconds from 0 on, not -1/]
    ]
    await withLog(async ({ collection, sent }) => {
      for (const [options, message] of refused) {
        const error = await failureOf(collection.find({}, options).next())
        assert.ok(error instanceof MongoInvalidArgumentError)
        assert.match(error.message, message)
      }
      const out = collection.aggregate([], { timeoutMode: 'iteration', timeoutMS: 9 }).out('other')
      assert.match((await failureOf(out.toArray())).message, /gives nothing to read/)
      const long = collection.aggregate([], { maxAwaitTimeMS: 9, timeoutMS: 9 })
      assert.match((await failureOf(long.toArray())).message, /must be less than timeoutMS 9/)
      assert.equal(sent('find').length + sent('aggregate').length, 0)
      // No limit is longer than any wait.
      assert.equal(
        await collection.find({}, { ...awaiting, timeoutMS: 0, maxAwaitTimeMS: 5, limit: 1 }).hasNext(),
        true
      )
    })
    await withLog(
      async ({ collection }) => {
        const cursor = collection.find({}, { ...awaiting, maxAwaitTimeMS: 50 })
        assert.match((await failureOf(cursor.next())).message, /must be less than timeoutMS 50/)
        const read = await collection.find({}, { timeoutMode: 'iteration' }).toArray()
        assert.equal(read.length, 2)
      },
      { timeoutMS: 50 }
    )
  })

  test('close has the whole time again, or the time that it is given', () =>
    withLog(async ({ bench, collection, sent }) => {
      bench.failCommand(['killCursors'], { blockConnection: true, blockTimeMS: 250 }, 2)
      for (const [options, tookMS] of [
        [undefined, 200],
        [{ timeoutMS: 400 }, 250]
      ] as const) {
        const cursor = collection.find({}, { batchSize: 1, timeoutMS: 200 })
        await cursor.next()
        await bench.runtime.sleep(150)
        between(await took(bench, () => cursor.close(options)), tookMS - 5, tookMS + 5)
      }
      for (const [index, most] of [200, 400].entries())
        between(Number(sent('killCursors')[index]?.command['maxTimeMS']), most - 10, most + 1)
    }))

  test('maxAwaitTimeMS is sent where the server waits, and nowhere else', () =>
    withLog(async ({ collection, sent }) => {
      await collection.find({}, { maxAwaitTimeMS: 10, batchSize: 1 }).toArray()
      await collection.aggregate([], { maxAwaitTimeMS: 10, batchSize: 1 }).toArray()
      const cursor = collection.find({}, { ...tailable, maxAwaitTimeMS: 10, batchSize: 1 })
      await cursor.next()
      await cursor.next()
      await cursor.close()
      assert.ok(sent('getMore').length >= 3)
      for (const name of ['find', 'aggregate', 'getMore'])
        for (const { command } of sent(name)) assert.ok(!('maxTimeMS' in command) && !('maxAwaitTimeMS' in command))
    }))
})
