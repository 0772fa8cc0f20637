import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoNetworkError } from '../../src/client/index.ts'
import { countListeners, failureOf, withServer } from './bench.ts'

function abortable(): {
  readonly controller: AbortController
  readonly reason: Error
  readonly listeners: () => number
} {
  const controller = new AbortController()
  return { controller, reason: new Error('the user went away'), listeners: countListeners(controller.signal) }
}

test('one signal may end as many operations as it likes without a warning of a leak', () =>
  withServer(async ({ connect, failCommand }) => {
    const { controller, reason, listeners } = abortable()
    const warnings: Error[] = []
    const warned = (warning: Error): void => void warnings.push(warning)
    process.on('warning', warned)
    failCommand(['ping'], { blockConnection: true, blockTimeMS: 60_000 }, 0)
    const client = connect({ maxPoolSize: 2 })
    const pings = Array.from({ length: 100 }, () => client.db().command({ ping: 1 }, { signal: controller.signal }))
    const outcomes = Promise.allSettled(pings)
    assert.equal(listeners(), 1)
    controller.abort(reason)
    for (const outcome of await outcomes) assert.deepEqual(outcome, { status: 'rejected', reason })
    assert.equal(listeners(), 0)
    // Node tells its warnings in a turn of their own.
    await new Promise(resolve => setImmediate(resolve))
    process.off('warning', warned)
    assert.deepEqual(warnings, [])
  }))

test('a signal that was aborted before the call ends the operation before it starts', () =>
  withServer(async ({ connect, runtime }) => {
    const { controller, reason, listeners } = abortable()
    controller.abort(reason)
    const client = connect()
    assert.equal(await failureOf(client.db().command({ ping: 1 }, { signal: controller.signal })), reason)
    assert.equal(listeners(), 0)
    await runtime.sleep(10)
    assert.equal(client.pools()[0]?.counters.checkOutsStarted, 0)
  }))

test('a signal ends the wait for a server', () =>
  withServer(async ({ connect, member, runtime, nowMS }) => {
    const { controller, reason, listeners } = abortable()
    await member.refuseDials(true)
    const found = failureOf(connect().db().collection('a').findOne({}, { signal: controller.signal }))
    await runtime.sleep(25)
    assert.equal(listeners(), 1)
    controller.abort(reason)
    assert.equal(await found, reason)
    assert.equal(nowMS(), 25)
    assert.equal(listeners(), 0)
  }))

test('a signal ends the wait for a connection, and the next in the queue is served in its place', () =>
  withServer(async ({ connect, failCommand, runtime }) => {
    const { controller, reason, listeners } = abortable()
    const failed: unknown[] = []
    const client = await connect({ maxPoolSize: 1 }).connect()
    client.on('connectionCheckOutFailed', event => failed.push(event.reason, event.error))
    failCommand(['ping'], { blockConnection: true, blockTimeMS: 300 })
    const slow = client.db().command({ ping: 1 })
    await runtime.sleep(20)
    const aborted = failureOf(client.db().collection('a').findOne({}, { signal: controller.signal }))
    const next = client.db().collection('a').findOne()
    await runtime.sleep(20)
    controller.abort(reason)
    assert.equal(await aborted, reason)
    assert.deepEqual(failed, ['connectionError', reason], 'one error object for the caller and the event')
    assert.equal(client.pools()[0]?.counters.checkOutsAborted, 1)
    await Promise.all([slow, next])
    assert.equal(listeners(), 0)
  }))

test('a signal ends the wait for a reply; its connection closes and never carries another reply', () =>
  withServer(async ({ connect, failCommand, runtime }) => {
    const { controller, reason, listeners } = abortable()
    const closed: unknown[] = []
    const client = await connect({ maxPoolSize: 1 }).connect()
    client.on('connectionClosed', event => closed.push(event.connectionId, event.reason))
    const people = client.db().collection<{ _id: number }>('people')
    await people.insertMany([{ _id: 1 }, { _id: 2 }])
    failCommand(['find'], { blockConnection: true, blockTimeMS: 100 })
    const aborted = failureOf(people.findOne({ _id: 1 }, { signal: controller.signal }))
    await runtime.sleep(20)
    controller.abort(reason)
    assert.equal(await aborted, reason)
    assert.deepEqual(await people.findOne({ _id: 2 }), { _id: 2 })
    assert.deepEqual(closed, [1, 'error'])
    assert.equal(client.pools()[0]?.counters.cleared, 0)
    assert.equal(listeners(), 0)
  }))

test('a signal ends the rest between two attempts', () =>
  withServer(async ({ connect, failCommand, runtime, nowMS }) => {
    const { controller, reason, listeners } = abortable()
    const client = await connect().connect()
    failCommand(
      ['find'],
      {
        errorCode: 462,
        errorLabels: ['SystemOverloadedError', 'RetryableError'],
        errorExtraInfo: { baseBackoffMS: 9_000 }
      },
      0
    )
    const aborted = failureOf(client.db().collection('a').findOne({}, { signal: controller.signal }))
    await runtime.sleep(40)
    assert.equal(client.pools()[0]?.checkedOut, 0, 'it holds no connection while it rests')
    controller.abort(reason)
    assert.equal(await aborted, reason)
    assert.ok(nowMS() < 60)
    assert.equal(listeners(), 0)
  }))

test('an operation that succeeds leaves no listener on its signal', () =>
  withServer(async ({ connect }) => {
    const { controller, listeners } = abortable()
    const client = connect()
    const { signal } = controller
    await client.db().collection('a').insertMany([{}, {}, {}], { signal })
    assert.equal((await client.db().collection('a').find({}, { signal, batchSize: 1 }).toArray()).length, 3)
    await client.connect({ signal })
    await client.warmUp({ signal })
    assert.equal(listeners(), 0)
  }))

test('the reason of a signal may be anything, a frozen error too, and comes unchanged', () =>
  withServer(async ({ connect, failCommand, runtime }) => {
    const client = await connect().connect()
    failCommand(['ping'], { blockConnection: true, blockTimeMS: 300 }, 0)
    for (const reason of ['a word', 0, Object.freeze(new Error('frozen')), new DOMException('gone', 'AbortError')]) {
      const controller = new AbortController()
      const ping = client.db().command({ ping: 1 }, { signal: controller.signal })
      await runtime.sleep(20)
      controller.abort(reason)
      const outcome: unknown = await ping.then(
        () => 'fulfilled',
        (thrown: unknown) => thrown
      )
      assert.equal(outcome, reason)
    }
  }))

test('a reason that is a network error of another server says nothing about this one', () =>
  withServer(async ({ connect, failCommand, runtime }) => {
    const client = await connect().connect()
    failCommand(['ping'], { blockConnection: true, blockTimeMS: 300 })
    const controller = new AbortController()
    const reason = new MongoNetworkError('another server is gone')
    const ping = failureOf(client.db().command({ ping: 1 }, { signal: controller.signal }))
    await runtime.sleep(20)
    controller.abort(reason)
    assert.equal(await ping, reason)
    assert.equal(client.pools()[0]?.state, 'ready')
    assert.equal(client.pools()[0]?.counters.cleared, 0)
  }))

test('a cursor whose signal is aborted between its batches is given up on the server', () =>
  withServer(async ({ connect, member, runtime }) => {
    const { controller, reason } = abortable()
    const client = connect()
    await client.db().collection('a').insertMany([{}, {}, {}])
    const cursor = client.db().collection('a').find({}, { batchSize: 1, signal: controller.signal })
    await cursor.next()
    assert.equal(member.openCursors(), 1)
    controller.abort(reason)
    assert.equal(await failureOf(cursor.next()), reason)
    await runtime.sleep(10)
    assert.equal(member.openCursors(), 0)
  }))
