import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { suite, test } from 'node:test'
import { failureOf, withServer } from './bench.ts'
import { active, traced, type Tree, treeOf, within } from './tracing_bench.ts'

suite('the caller’s span', () => {
  test('is the parent of his operations, across what he awaits, and of nobody else’s', () =>
    withServer(async bench => {
      const { client, tracer } = traced(bench, {}, { maxPoolSize: 1 })
      const orders = client.db('shop').collection<{ _id: number }>('orders')
      const callers = [1, 2, 3].map(_id =>
        within(tracer, async () => {
          await orders.insertOne({ _id })
          await orders.findOne({ _id })
        })
      )
      const expected = [
        ['insert shop.orders', 'insert'],
        ['find shop.orders', 'find']
      ]
      assert.deepEqual(await Promise.all(callers), [expected, expected, expected])
      assert.equal(tracer.roots.length, 3)
    }))

  test('is the parent of each getMore, also where one reply makes the driver ask for the next', () =>
    withServer(async bench => {
      const { client, tracer } = traced(bench)
      const orders = client.db('shop').collection('orders')
      await orders.insertMany([{}, {}, {}, {}, {}])
      const getMore: Tree = ['getMore shop.orders', 'getMore']
      const all = await within(tracer, () => orders.find({}, { batchSize: 2 }).toArray())
      assert.deepEqual(all, [['find shop.orders', 'find'], getMore, getMore])
      const cursor = orders.find({}, { batchSize: 2 })
      assert.deepEqual(await within(tracer, () => cursor.next()), [['find shop.orders', 'find']])
      const id = cursor.id?.toString()
      await cursor.next()
      const caller = tracer.startSpan('caller')
      await active.run(caller, () => cursor.next())
      assert.deepEqual(caller.nested.map(treeOf), [getMore])
      for (const { attributes } of [caller.nested[0]!, caller.nested[0]!.nested[0]!])
        assert.equal(attributes['db.mongodb.cursor_id'], id)
      assert.deepEqual(await within(tracer, () => cursor.close()), [['killCursors shop.orders', 'killCursors']])
    }))

  test('is told the cursor that a find leaves open, and none where it does not', () =>
    withServer(async bench => {
      const { client, tracer } = traced(bench)
      const orders = client.db('shop').collection('orders')
      await orders.insertMany([{}, {}, {}])
      tracer.forget()
      const cursor = orders.find({}, { batchSize: 2 })
      await cursor.next()
      await orders.find().toArray()
      const ids = tracer.roots.map(({ nested }) => nested[0]!.attributes['db.mongodb.cursor_id'])
      assert.deepEqual(ids, [cursor.id?.toString(), undefined])
    }))

  test('is the parent of the killCursors that follows a getMore that failed', () =>
    withServer(async bench => {
      const { client, tracer } = traced(bench)
      const orders = client.db('shop').collection('orders')
      await orders.insertMany([{}, {}, {}])
      bench.failCommand(['getMore'], { errorCode: 8 })
      const trees = await within(tracer, async () => {
        await failureOf(orders.find({}, { batchSize: 2 }).toArray())
        await bench.runtime.sleep(10)
      })
      assert.deepEqual(trees, [
        ['find shop.orders', 'find'],
        ['getMore shop.orders', 'getMore'],
        ['killCursors shop.orders', 'killCursors']
      ])
    }))

  test('is the parent of what is asked again and again for a tailable cursor', () =>
    withServer(async bench => {
      const { client, tracer } = traced(bench)
      const log = await client.db('shop').createCollection('log', { capped: true, size: 4096 })
      await log.insertOne({ line: 1 })
      const cursor = log.find({}, { tailable: true })
      await cursor.next()
      const waiting = within(tracer, () => cursor.next())
      await bench.runtime.sleep(100)
      await log.insertOne({ line: 2 })
      const trees = await waiting
      assert.ok(trees.length > 2, `${trees.length} spans`)
      assert.deepEqual(new Set(trees.map(String)), new Set(['getMore shop.log,getMore']))
      await cursor.close()
    }))

  test('is the parent of what a change stream asks, for each of its readers', () =>
    withServer(
      async bench => {
        const { client, tracer } = traced(bench)
        const orders = client.db('shop').collection('orders')
        await orders.insertOne({})
        const changes = orders.watch()
        assert.deepEqual(await within(tracer, () => changes.open()), [['watch shop.orders', 'aggregate']])
        const readers = [within(tracer, () => changes.next()), within(tracer, () => changes.next())]
        await bench.runtime.sleep(10)
        await orders.insertOne({})
        await bench.runtime.sleep(10)
        await orders.insertOne({})
        for (const trees of await Promise.all(readers))
          assert.deepEqual(new Set(trees.map(String)), new Set(['getMore shop.orders,getMore']))
        await changes.close()
      },
      { kind: 'replicaSet' }
    ))

  test('sees command events of later batches in its context too', () =>
    withServer(async ({ connect }) => {
      const client = connect()
      const orders = client.db('shop').collection('orders')
      await orders.insertMany([{}, {}, {}])
      const storage = new AsyncLocalStorage<string>()
      const heard: unknown[] = []
      client.on('commandStarted', ({ commandName }) => heard.push([commandName, storage.getStore()]))
      await storage.run('mine', () => orders.find({}, { batchSize: 2 }).toArray())
      assert.deepEqual(heard, [
        ['find', 'mine'],
        ['getMore', 'mine']
      ])
    }))
})
