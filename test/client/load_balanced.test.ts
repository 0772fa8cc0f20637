/** What is a client's matter behind a load balancer, besides connections that are kept. Source: the load balancers specification. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoNetworkError } from '../../src/client/index.ts'
import { withBalancer } from './balancer.ts'
import { failureOf } from './bench.ts'

test('sessions are used again however old they are: no backend’s word on their time counts', () =>
  withBalancer(async ({ collection, runtime, started }) => {
    await collection.findOne()
    await runtime.sleep(40 * 60_000)
    await collection.findOne()
    const [first, second] = started.map(({ command }) => String((command['lsid'] as { id: unknown }).id))
    assert.ok(first !== undefined)
    assert.equal(second, first)
  }))

test('an error clears the connections of its backend alone, also those that are kept', () =>
  withBalancer(
    async ({ client, collection, take, failCommand, inUse }) => {
      const cursors = [1, 2, 3, 4].map(() => collection.find({}, { batchSize: 2 }))
      for (const cursor of cursors) await cursor.next()
      await Promise.all(cursors.slice(2).map(cursor => cursor.close()))
      assert.deepEqual(inUse(), [2, 2, 0])
      take()
      failCommand(['insert'], { closeConnection: true }, 1, 0)
      failCommand(['insert'], { closeConnection: true }, 1, 1)
      assert.ok((await failureOf(collection.insertOne({ _id: 6 }))) instanceof MongoNetworkError)
      assert.deepEqual(take(), ['out 4', 'insert 4', 'cleared', 'in 4', 'closed 4: error'])
      // The first leads to the other backend.
      await cursors[0]?.close()
      assert.deepEqual(take(), ['killCursors 1', 'in 1'])
      await cursors[1]?.close()
      assert.deepEqual(take(), ['killCursors 2', 'in 2', 'closed 2: stale'])
      assert.equal(client.pools()[0]?.available, 2)
    },
    { retryWrites: false }
  ))

test('a cursor that fails on a connection of an older generation clears nothing more', () =>
  withBalancer(async ({ collection, take, failCommand }) => {
    const cursors = [1, 2, 3].map(() => collection.find({}, { batchSize: 1 }))
    for (const cursor of cursors) await cursor.next()
    take()
    failCommand(['getMore'], { closeConnection: true }, 2)
    await failureOf(cursors[0]?.next() ?? Promise.resolve())
    await failureOf(cursors[2]?.next() ?? Promise.resolve())
    assert.deepEqual(take(), ['getMore 1', 'cleared', 'getMore 3'])
    for (const cursor of cursors) await cursor.close()
  }))

test('pools and connections tell what is kept, and by whom', () =>
  withBalancer(async ({ client, collection }) => {
    const cursor = collection.find({}, { batchSize: 2 })
    await cursor.next()
    await using session = client.startSession()
    session.startTransaction()
    await collection.insertOne({ _id: 6 }, { session })
    const [pool] = client.pools()
    assert.deepEqual([pool?.checkedOut, pool?.checkedOutByCursors, pool?.checkedOutByTransactions], [2, 1, 1])
    assert.deepEqual(
      client.connections().map(({ inUseFor, pinnedFor, activity }) => [inUseFor, pinnedFor, activity]),
      [
        ['find', 'cursor', 'idle'],
        ['insert', 'transaction', 'idle']
      ]
    )
    await cursor.close()
    await collection.findOne()
    assert.deepEqual(
      client.connections().map(({ inUseFor, pinnedFor }) => [inUseFor, pinnedFor]),
      [
        [undefined, undefined],
        ['insert', 'transaction']
      ]
    )
  }))
