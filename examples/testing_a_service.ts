/**
 * How a service tests itself with `cenote/embedded`, without a server to install: one replica set for the file, started in
 * milliseconds, a fresh database for each test, and the faults of production on call. Run by `node --test`.
 */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { MongoClient, MongoNetworkError } from 'cenote'
import { type Deployment, startDeployment } from 'cenote/embedded'
import { OrderBook, OrderExistsError } from './order_book.ts'

suite('an order book', () => {
  let deployment: Deployment
  let client: MongoClient
  let book: OrderBook
  let count = 0

  before(async () => {
    deployment = await startDeployment({ kind: 'replicaSet' })
    client = new MongoClient(deployment.uri)
  })

  beforeEach(() => {
    for (const member of deployment.members) member.clearFailPoints()
    book = new OrderBook(client.db(`test_${++count}`))
  })

  after(async () => {
    await client.shutdown()
    await deployment.stop()
  })

  test('tells the demand for each article', async () => {
    await book.place({ _id: 'o1', sku: 'a1', count: 2 })
    await book.place({ _id: 'o2', sku: 'b2', count: 5 })
    await book.place({ _id: 'o3', sku: 'a1', count: 4 })
    assert.deepEqual(await book.demand(), { a1: 6, b2: 5 })
  })

  test('has each order once', async () => {
    await book.place({ _id: 'o1', sku: 'a1', count: 2 })
    await assert.rejects(book.place({ _id: 'o1', sku: 'b2', count: 1 }), OrderExistsError)
    assert.deepEqual(await book.demand(), { a1: 2 })
  })

  test('loses no order when the primary steps down', async () => {
    const placed = Array.from({ length: 20 }, (_, index) => book.place({ _id: `o${index}`, sku: 'a1', count: 1 }))
    await Promise.all([...placed, deployment.stepDown()])
    assert.deepEqual(await book.demand(), { a1: 20 })
  })

  test('outlives a connection that breaks, because a write is retried, and fails when it breaks again', async () => {
    const closing = { failCommands: ['insert'], closeConnection: true }
    const failInserts = (times: number) => {
      for (const member of deployment.members)
        member.configureFailPoint({ configureFailPoint: 'failCommand', mode: { times }, data: closing })
    }
    failInserts(1)
    await book.place({ _id: 'o1', sku: 'a1', count: 1 })
    failInserts(2)
    await assert.rejects(book.place({ _id: 'o2', sku: 'a1', count: 1 }), MongoNetworkError)
    assert.deepEqual(await book.demand(), { a1: 1 })
  })

  test('gives each connection back', async () => {
    await Promise.all(['o1', 'o2', 'o3'].map(_id => book.place({ _id, sku: 'a1', count: 1 })))
    for (const { checkedOut, waiting } of client.pools()) assert.deepEqual([checkedOut, waiting], [0, 0])
  })
})
