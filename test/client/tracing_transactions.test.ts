import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { RecordedSpan } from '../../conformance/unified/recording_tracer.ts'
import type { ClientSession } from '../../src/client/index.ts'
import { type Bench, failureOf, withServer } from './bench.ts'
import { traced, type Traced, type Tree, treesOf, within } from './tracing_bench.ts'

suite('a transaction', () => {
  const insert: Tree = ['insert shop.orders', 'insert']
  const commit: Tree = ['commitTransaction admin', 'commitTransaction']
  const abort: Tree = ['abortTransaction admin', 'abortTransaction']

  /** On a replica set with a collection, in which nothing of this has been traced. */
  function withSession(run: (bench: Bench, traced: Traced, session: ClientSession) => Promise<void>): Promise<void> {
    return withServer(
      async bench => {
        const made = traced(bench)
        await made.client.db('shop').createCollection('orders')
        made.tracer.forget()
        const session = made.client.startSession()
        await run(bench, made, session)
        await session.endSession()
      },
      { kind: 'replicaSet' }
    )
  }

  test('has a span from its start to its commit, in which its operations stand side by side', () =>
    withSession(async (_bench, { client, tracer }, session) => {
      const orders = client.db('shop').collection('orders')
      const trees = await within(tracer, async () => {
        session.startTransaction()
        await orders.insertMany([{}, {}, {}], { session })
        await orders.find({}, { session, batchSize: 2 }).toArray()
        await orders.countDocuments()
        await session.commitTransaction()
        await orders.estimatedDocumentCount({ session })
      })
      assert.deepEqual(trees, [
        ['transaction', insert, ['find shop.orders', 'find'], ['getMore shop.orders', 'getMore'], commit],
        ['countDocuments shop.orders', 'aggregate'],
        ['count shop.orders', 'count']
      ])
      const [span] = tracer.roots[0]!.nested
      assert.deepEqual(span!.attributes, { 'db.system.name': 'mongodb' })
      assert.equal(span!.nested[0]!.nested[0]!.attributes['db.mongodb.txn_number'], 1)
    }))

  test('that is aborted, by a call or with its session, ends too, and so does one without operations', () =>
    withSession(async (_bench, { client, tracer }, session) => {
      const orders = client.db('shop').collection('orders')
      session.startTransaction()
      await orders.insertOne({}, { session })
      await session.abortTransaction()
      session.startTransaction()
      await session.commitTransaction()
      session.startTransaction()
      await session.abortTransaction()
      session.startTransaction()
      await orders.insertOne({}, { session })
      await session.endSession()
      assert.deepEqual(treesOf(tracer), [
        ['transaction', insert, abort],
        'transaction',
        'transaction',
        ['transaction', insert, abort]
      ])
    }))

  test('whose commit fails says so, and a commit that is called again stands in it too', () =>
    withSession(async (bench, { client, tracer }, session) => {
      session.startTransaction()
      await client.db('shop').collection('orders').insertOne({}, { session })
      bench.failCommand(['commitTransaction'], { errorCode: 20 })
      const error = await failureOf(session.commitTransaction())
      await session.commitTransaction()
      assert.deepEqual(treesOf(tracer), [['transaction', insert, commit, commit]])
      const [{ status, attributes, exceptions }] = tracer.roots as [RecordedSpan]
      assert.deepEqual(status, { code: 2, message: error.message })
      assert.deepEqual([attributes, exceptions], [{ 'db.system.name': 'mongodb' }, []])
    }))

  test('ends with the client that it was begun with', () =>
    withSession(async (_bench, { client, tracer }, session) => {
      session.startTransaction()
      await client.db('shop').collection('orders').insertOne({}, { session })
      await client.close()
      assert.deepEqual(treesOf(tracer), [['transaction', insert]])
    }))

  test('of withTransaction has one span for all tries', () =>
    withSession(async (bench, { client, tracer }, session) => {
      const orders = client.db('shop').collection('orders')
      bench.failCommand(['insert'], { errorCode: 112, errorLabels: ['TransientTransactionError'] })
      const trees = await within(tracer, () =>
        session.withTransaction(async () => {
          await orders.insertOne({}, { session })
        })
      )
      assert.deepEqual(trees, [['transaction', insert, abort, insert, commit]])
      assert.equal(tracer.roots[0]!.nested[0]!.status, undefined)
    }))

  test('of withTransaction that fails says so, and the next one has a span of its own', () =>
    withSession(async (_bench, { client, tracer }, session) => {
      const refused = session.withTransaction(async () => {
        await client.db('shop').collection('orders').insertOne({}, { session })
        throw new RangeError('sold out')
      })
      await assert.rejects(refused, RangeError)
      await session.withTransaction(async () => {})
      assert.deepEqual(treesOf(tracer), [['transaction', insert, abort], 'transaction'])
      assert.deepEqual(
        tracer.roots.map(({ status }) => status?.message),
        ['sold out', undefined]
      )
    }))

  test('that is in progress goes on where withTransaction is refused for it', () =>
    withSession(async (_bench, { client, tracer }, session) => {
      session.startTransaction()
      await assert.rejects(
        session.withTransaction(async () => {}),
        /already in progress/
      )
      await client.db('shop').collection('orders').insertOne({}, { session })
      await session.commitTransaction()
      assert.deepEqual(treesOf(tracer), [['transaction', insert, commit]])
    }))
})
