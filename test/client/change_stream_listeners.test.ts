/** A change stream as an emitter. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { ChangeStream, ChangeStreamDocument } from '../../src/client/index.ts'
import { failureOf } from './bench.ts'
import { assertQuiet, idOf, resumable, withOrders } from './change_bench.ts'

/** Events of all kinds as they come, with what they are about. */
function listened(stream: ChangeStream): string[] {
  const told: string[] = []
  stream.on('init', ({ cursor }) => told.push(`init ${cursor.ns}`))
  stream.on('error', error => told.push(`error ${error.name}`))
  stream.on('end', () => told.push('end'))
  stream.on('close', () => told.push('close'))
  stream.on('change', event => told.push(`change ${String(idOf(event))}`))
  return told
}

describe('a change stream that is listened to', () => {
  test('tells each event, that it was opened, that it has ended, and that it is closed, once', () =>
    withOrders(async watched => {
      const { bench, collection, insert } = watched
      const stream = collection.watch()
      const told = listened(stream)
      await bench.runtime.sleep(100)
      await insert(1, 2)
      bench.failCommand(['getMore'], { errorCode: 262, errorLabels: resumable })
      await bench.runtime.sleep(2_000)
      await collection.drop()
      await bench.runtime.sleep(100)
      const init = 'init shop.orders'
      assert.deepEqual(told, [init, 'change 1', 'change 2', init, 'change drop', 'change invalidate', 'end', 'close'])
      await stream.close()
      await bench.runtime.sleep(100)
      assert.deepEqual([told.length, stream.closed], [8, true])
      assertQuiet(watched)
    }))

  test('tells each token, those of answers without events too', () =>
    withOrders(async ({ bench, collection, insert }) => {
      const stream = collection.watch([], { maxAwaitTimeMS: 100 })
      const tokens: unknown[] = []
      stream.on('resumeTokenChanged', token => tokens.push(token))
      stream.on('change', () => undefined)
      await bench.runtime.sleep(100)
      assert.equal(tokens.length, 1)
      await insert(1)
      await bench.runtime.sleep(1_000)
      assert.ok(tokens.length >= 2)
      assert.deepEqual(tokens.at(-1), stream.resumeToken)
      await stream.close()
    }))

  test('takes nothing while nobody listens', () =>
    withOrders(async ({ bench, collection, sent, insert }) => {
      const stream = collection.watch([], { batchSize: 1 })
      const seen: unknown[] = []
      const listener = (event: ChangeStreamDocument): void => void seen.push(idOf(event))
      stream.on('change', listener)
      await bench.runtime.sleep(10)
      stream.off('change', listener)
      await insert(1, 2, 3)
      await bench.runtime.sleep(10_000)
      assert.deepEqual([seen, stream.bufferedCount(), sent('getMore').length], [[], 1, 1])
      stream.once('change', listener)
      await bench.runtime.sleep(100)
      assert.deepEqual(seen, [1])
      stream.removeAllListeners()
      stream.addListener('change', listener)
      await bench.runtime.sleep(100)
      assert.deepEqual(seen, [1, 2, 3])
      await stream.close()
    }))

  test('can be closed by its listener, and is not disturbed by one that throws', () =>
    withOrders(
      async watched => {
        const { bench, collection, insert } = watched
        const stream = collection.watch()
        const seen: unknown[] = []
        stream.on('change', () => {
          throw new Error('the listener broke')
        })
        stream.on('change', event => {
          seen.push(idOf(event))
          if (seen.length === 2) void stream.close()
        })
        await bench.runtime.sleep(100)
        await insert(1, 2, 3)
        await bench.runtime.sleep(100)
        assert.deepEqual([seen, stream.closed], [[1, 2], true])
        assertQuiet(watched)
      },
      {},
      { warnings: /A listener of "change" failed: the listener broke/ }
    ))

  test('tells an error and closes; a time-out is told, and it goes on', () =>
    withOrders(async ({ bench, collection, insert }) => {
      const stream = collection.watch([], { timeoutMS: 500 })
      const told = listened(stream)
      await bench.runtime.sleep(700)
      await insert(1)
      await bench.runtime.sleep(100)
      bench.failCommand(['getMore'], { errorCode: 11601 })
      await bench.runtime.sleep(1_000)
      const init = 'init shop.orders'
      assert.deepEqual(told.slice(0, 4), [init, 'error MongoOperationTimeoutError', init, 'change 1'])
      assert.deepEqual(told.slice(-2), ['error MongoServerError', 'close'])
    }))

  test('is not read by calls as well, nor the other way round', () =>
    withOrders(async ({ collection }) => {
      const listening = collection.watch()
      listening.on('change', () => undefined)
      assert.match((await failureOf(listening.next())).message, /tells its events to listeners/)
      assert.throws(() => listening.stream(), /tells its events to listeners/)
      await listening.close()
      const called = collection.watch()
      void called.hasNext()
      assert.throws(() => called.on('change', () => undefined), /is read by calls/)
      assert.equal(called.listenerCount('change'), 0)
      await called.close()
    }))
})

describe('an error that a change stream tells', () => {
  const program = fileURLToPath(new URL('./listener_program.js', import.meta.url))
  const ended = (...given: readonly string[]) => spawnSync(process.execPath, [program, ...given], { encoding: 'utf8' })

  test('ends the process where nobody listens to errors, as that of any EventEmitter', () => {
    const { status, stderr } = ended()
    assert.equal(status, 1)
    assert.match(stderr, /Failing command via 'failCommand' failpoint/)
  })

  test('is the listener’s where one does', () => {
    const { status, stdout, stderr } = ended('errors')
    assert.deepEqual([status, stdout, stderr], [0, "Failing command via 'failCommand' failpoint\n", ''])
  })
})
