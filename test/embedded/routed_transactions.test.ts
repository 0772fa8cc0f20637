/** Transactions that go through routers: what a router knows of them, and how another one commits what it does not know. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Document, Long } from '../../src/bson/index.ts'
import { codeOf, insert, withCluster } from './cluster_bench.ts'
import { ok } from './raw_client.ts'
import { withoutTimes } from './replica_bench.ts'
import { failureOf, gone, idsOf, outside, succeeds, Txn } from './transaction_bench.ts'

const token = { recoveryShardId: 'rs0' }

describe('a transaction through a router', () => {
  test('is seen by nobody until it is committed, and each good reply has a token, which names the shard once it has written', () =>
    withCluster(async ({ first, second }) => {
      await insert(first, [1])
      const transaction = new Txn(first, 1)
      const read = await transaction.command({ find: 'c' })
      assert.deepEqual([idsOf(read), read['recoveryToken']], [[1], {}])
      assert.deepEqual(succeeds(await transaction.insert(2))['recoveryToken'], token)
      assert.deepEqual(succeeds(await transaction.command({ find: 'c' }))['recoveryToken'], token)
      assert.deepEqual(await outside(second), [1])
      for (let times = 0; times < 2; times++)
        assert.deepEqual(withoutTimes(await transaction.commit()), { recoveryToken: token, ...ok })
      assert.deepEqual(await outside(second), [1, 2])
    }))

  test('is known to no other router: what continues it there fails, and it is untouched', () =>
    withCluster(async ({ first, second }) => {
      await insert(first, [1])
      const transaction = new Txn(first, 1)
      await transaction.insert(2)
      const continued = await second.command('test', { find: 'c', ...transaction.fields })
      assert.deepEqual(failureOf(continued), gone)
      assert.deepEqual(failureOf(await second.command('admin', { abortTransaction: 1, ...transaction.fields })), gone)
      succeeds(await transaction.commit())
      assert.deepEqual(await outside(second), [1, 2])
    }))

  test('has numbers that grow, and each begins once', () =>
    withCluster(async ({ first }) => {
      await insert(first, [1])
      const begun = (number: number) => new Txn(first, 1, number).command({ find: 'c' })
      succeeds(await begun(5))
      assert.equal(codeOf(await begun(5)), 117)
      assert.equal(codeOf(await begun(4)), 225)
      succeeds(await begun(6))
    }))

  test('has cursors, which are over with it', () =>
    withCluster(async ({ first, router }) => {
      await insert(first, [1, 2, 3])
      const transaction = new Txn(first, 1)
      const { cursor } = succeeds(await transaction.command({ find: 'c', batchSize: 1 }))
      const id = Long.fromString(cursor.id.$numberLong)
      const more = succeeds(await transaction.command({ getMore: id, collection: 'c', batchSize: 1 }))
      assert.deepEqual([more['cursor'].nextBatch.length, more['recoveryToken']], [1, {}])
      assert.equal(router(0).openCursors(), 1)
      succeeds(await transaction.commit())
      assert.equal(router(0).openCursors(), 0)
    }))

  test('that a router forgets for the end of its session is aborted at the shard', () =>
    withCluster(async ({ first, second }) => {
      await insert(first, [1])
      const transaction = new Txn(first, 1)
      succeeds(await transaction.increment(1))
      succeeds(await first.command('admin', { endSessions: [transaction.lsid] }))
      succeeds(
        await second.command('test', {
          update: 'c',
          updates: [{ q: { _id: 1 }, u: { $set: { n: 9 } } }],
          maxTimeMS: 50
        })
      )
      assert.deepEqual(failureOf(await first.command('test', { find: 'c', ...transaction.fields })), gone)
    }))
})

describe('a commit at another router', () => {
  const committed = (transaction: Txn, more: Document = {}): Document => ({
    commitTransaction: 1,
    ...transaction.fields,
    ...more
  })

  test('finds out with the token that it was committed', () =>
    withCluster(async ({ first, second }) => {
      await insert(first, [1])
      const transaction = new Txn(first, 1)
      await transaction.insert(2)
      succeeds(await transaction.commit())
      const writeConcern = { w: 'majority', wtimeout: 1000 }
      succeeds(await second.command('admin', committed(transaction, { recoveryToken: token, writeConcern })))
      assert.deepEqual(await outside(first), [1, 2])
    }))

  test('aborts what has not been committed, so that it can be tried again', () =>
    withCluster(async ({ first, second }) => {
      await insert(first, [1])
      const transaction = new Txn(first, 1)
      await transaction.insert(2)
      const recovered = await second.command('admin', committed(transaction, { recoveryToken: token }))
      assert.deepEqual(failureOf(recovered), gone)
      assert.deepEqual(failureOf(await transaction.commit()), gone)
      assert.deepEqual(await outside(first), [1])
    }))

  test('works after the router has been restarted that began it', () =>
    withCluster(async ({ deployment, first, router, connect }) => {
      await insert(first, [1])
      const transaction = new Txn(first, 1)
      await transaction.insert(2)
      succeeds(await transaction.commit())
      await deployment.killRouter(0)
      await first.ended
      await deployment.restartRouter(0)
      const again = await connect(router(0))
      succeeds(await again.command('admin', committed(transaction, { recoveryToken: token })))
    }))

  test('is refused without a token, and with one of another shard; one of nothing written is to be tried again', () =>
    withCluster(async ({ first, second }) => {
      await insert(first, [1])
      const transaction = new Txn(first, 1)
      succeeds(await transaction.command({ find: 'c' }))
      assert.equal(codeOf(await second.command('admin', committed(transaction))), 50_940)
      const other = { recoveryToken: { recoveryShardId: 'other' } }
      assert.equal(codeOf(await second.command('admin', committed(transaction, other))), 70)
      assert.deepEqual(failureOf(await second.command('admin', committed(transaction, { recoveryToken: {} }))), gone)
    }))
})
