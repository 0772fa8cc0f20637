/** What a transaction of the embedded replica set may be, and how it ends. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Document, Long } from '../../src/bson/index.ts'
import { transactionBytesMax } from '../../src/embedded/replication/transaction.ts'
import { openTransactionsMax, transactionLifetimeSecondsMax } from '../../src/embedded/replication/transactions.ts'
import { int } from './raw_client.ts'
import { withReplicaSet } from './replica_bench.ts'
import { failureOf, gone, outside, succeeds, transient, Txn, withOne } from './transaction_bench.ts'

const lifetimeMS = transactionLifetimeSecondsMax * 1_000

describe('the end', () => {
  test('a commit that is sent again is answered as it was, on the next primary too, and an abort of it is refused', () =>
    withReplicaSet(async ({ deployment, member, connect, primary, documentsOf, runtime }) => {
      const raw = await connect(member(0))
      const txn = new Txn(raw, 1)
      succeeds(await txn.insert(1, 2))
      succeeds(await txn.commit())
      succeeds(await txn.commit({ writeConcern: { w: 'majority', wtimeout: 10_000 } }))
      assert.equal(failureOf(await txn.end('abortTransaction')).code, 256)
      assert.equal(failureOf(await txn.insert(3)).code, 256)
      await deployment.stepDown()
      const elected = await connect(member(await primary()))
      const same = new Txn(elected, 1)
      succeeds(await same.commit())
      assert.deepEqual(await outside(elected), [1, 2])
      await runtime.sleep(50)
      for (const index of [0, 1, 2]) assert.equal((await documentsOf(index)).length, 2)
    }))

  test('an abort undoes all, and there is nothing to commit then, nor where nothing was begun', () =>
    withOne(async raw => {
      const txn = new Txn(raw, 1)
      succeeds(await txn.insert(3))
      succeeds(await txn.command({ create: 'made' }))
      succeeds(await txn.end('abortTransaction'))
      assert.deepEqual(await outside(raw), [1, 2])
      assert.deepEqual(failureOf(await txn.commit()), gone)
      assert.deepEqual(failureOf(await txn.end('abortTransaction')), gone)
      assert.deepEqual(failureOf(await new Txn(raw, 2).commit()), gone)
      const { cursor } = await raw.command('test', { listCollections: 1 })
      assert.deepEqual(
        cursor.firstBatch.map(({ name }: Document) => name),
        ['c']
      )
    }))

  test('of a primary’s term is that of its transactions', () =>
    withReplicaSet(async ({ deployment, member, connect, primary }) => {
      const txn = new Txn(await connect(member(0)), 1)
      succeeds(await txn.insert(1))
      await deployment.stepDown()
      const next = await primary()
      assert.deepEqual(failureOf(await new Txn(await connect(member(next)), 1).commit()), gone)
      await deployment.kill(next)
      const last = await connect(member(await primary()))
      assert.deepEqual(await outside(last), [])
    }))

  for (const [what, command] of Object.entries({
    endSessions: (lsid: Document) => ({ endSessions: [lsid] }),
    killSessions: (lsid: Document) => ({ killSessions: [lsid] }),
    killAllSessions: () => ({ killAllSessions: [] })
  }))
    test(`${what} aborts`, () =>
      withOne(async raw => {
        const txn = new Txn(raw, 1)
        succeeds(await txn.increment(1))
        succeeds(await raw.command('admin', command(txn.lsid)))
        assert.deepEqual(failureOf(await txn.commit()), gone)
        succeeds(await new Txn(raw, 2).increment(1))
      }))

  test('comes by itself after a minute, for each in its time', () =>
    withOne(async (raw, { runtime }) => {
      const [one, two] = [new Txn(raw, 1), new Txn(raw, 2)]
      succeeds(await one.increment(1))
      await runtime.sleep(lifetimeMS / 2)
      succeeds(await two.increment(2))
      await runtime.sleep(lifetimeMS / 2 + 1)
      assert.deepEqual(failureOf(await one.commit()), gone)
      succeeds(await two.increment(2))
      await runtime.sleep(lifetimeMS / 2)
      assert.deepEqual(failureOf(await two.commit()), gone)
      const { transactionLifetimeLimitSeconds } = await raw.command('admin', {
        getParameter: 1,
        transactionLifetimeLimitSeconds: 1
      })
      assert.deepEqual(transactionLifetimeLimitSeconds, int(60))
    }))

  test('a failure within is the end, of a statement too; one that was refused before it began is not', () =>
    withOne(async raw => {
      const txn = new Txn(raw, 1)
      succeeds(await txn.insert(3))
      assert.equal(failureOf(await txn.command({ count: 'c' })).code, 263)
      const duplicate = await txn.insert(1)
      assert.deepEqual(duplicate['writeErrors'][0].code, int(11_000))
      assert.deepEqual(failureOf(await txn.commit()), gone)
      const other = new Txn(raw, 1, 2)
      assert.equal(failureOf(await other.command({ find: 'c', filter: { $no: 1 } })).code, 2)
      assert.deepEqual(failureOf(await other.commit()), gone)
    }))
})

describe('numbers', () => {
  const plain = (session: Txn, number: number): Document => ({
    insert: 'c',
    documents: [{}],
    lsid: session.lsid,
    txnNumber: Long.fromNumber(number)
  })

  test('a later transaction, or a later retryable write, of the session aborts the one before; an earlier number is too old', () =>
    withOne(async raw => {
      const [one, two] = [new Txn(raw, 1, 1), new Txn(raw, 1, 2)]
      succeeds(await one.increment(1))
      succeeds(await two.increment(1))
      assert.equal(failureOf(await one.commit()).code, 225)
      assert.equal(failureOf(await new Txn(raw, 1, 1).insert(9)).code, 225)
      assert.equal(failureOf(await raw.command('test', plain(two, 1))).code, 225)
      succeeds(await raw.command('test', plain(two, 3)))
      assert.equal(failureOf(await two.commit()).code, 225)
      assert.equal(failureOf(await new Txn(raw, 1, 2).insert(9)).code, 225)
    }))

  test('none is used twice, for whatever', () =>
    withOne(async raw => {
      const txn = new Txn(raw, 1)
      succeeds(await txn.insert(3))
      const again = async (): Promise<number> => failureOf(await new Txn(raw, 1).insert(9)).code
      const write = async (): Promise<number> => failureOf(await raw.command('test', plain(txn, 1))).code
      assert.deepEqual([await again(), await write()], [50_911, 251])
      succeeds(await txn.commit())
      assert.deepEqual([await again(), await write()], [50_911, 251])
      const aborted = new Txn(raw, 2)
      succeeds(await aborted.insert(4))
      succeeds(await aborted.end('abortTransaction'))
      assert.deepEqual(failureOf(await new Txn(raw, 2).insert(9)).code, 50_911)
      succeeds(await raw.command('test', plain(new Txn(raw, 3), 1)))
      assert.equal(failureOf(await new Txn(raw, 3).insert(9)).code, 50_911)
    }))

  test('there are only so many transactions at once, and only so many bytes in one', () =>
    withOne(async raw => {
      for (let session = 1; session <= openTransactionsMax; session++)
        succeeds(await new Txn(raw, session).insert(session + 10))
      assert.equal(failureOf(await new Txn(raw, openTransactionsMax + 1).insert(5)).code, 402)
      succeeds(await raw.command('admin', { killAllSessions: [] }))
      const txn = new Txn(raw, 1, 2)
      const text = 'x'.repeat(transactionBytesMax / 2)
      succeeds(await txn.command({ insert: 'c', documents: [{ text }] }))
      assert.equal(failureOf(await txn.command({ insert: 'c', documents: [{ text }] })).code, 257)
      assert.deepEqual(failureOf(await txn.commit()), gone)
    }))
})

describe('what a command of a transaction may be and say', () => {
  const find = { find: 'c' }
  const refused: readonly (readonly [string, Document, number, string?])[] = [
    ['no count', { count: 'c' }, 263],
    ['no list of collections', { listCollections: 1 }, 263],
    ['no drop', { drop: 'c' }, 263],
    ['no explanation', { explain: find }, 263],
    ['no data of the server’s own', find, 263, 'admin'],
    ['no tailable cursor', { ...find, tailable: true }, 263],
    ['no getMore to begin with', { getMore: Long.fromNumber(5), collection: 'c' }, 263],
    ['no killCursors to begin with', { killCursors: 'c', cursors: [] }, 263],
    ['no write concern', { insert: 'c', documents: [{}], writeConcern: { w: 1 } }, 72],
    ['no other read preference', { ...find, $readPreference: { mode: 'secondary' } }, 72],
    ['no level that transactions have not', { ...find, readConcern: { level: 'available' } }, 72],
    ['no autocommit', { ...find, autocommit: true }, 72],
    ['no start that is none', { ...find, startTransaction: false }, 72]
  ]
  for (const [what, command, code, database] of refused)
    test(what, () =>
      withOne(async raw => {
        const txn = new Txn(raw, 1)
        const given = { ...command, ...txn.fields, startTransaction: true, ...command }
        assert.equal(failureOf(await raw.command(database ?? 'test', given)).code, code)
        assert.deepEqual(failureOf(await txn.commit()).code, 251)
      })
    )

  test('a read concern stands in the first one alone', () =>
    withOne(async raw => {
      const txn = new Txn(raw, 1)
      succeeds(await txn.command({ insert: 'c', documents: [{ _id: 3 }], readConcern: { level: 'snapshot' } }))
      assert.equal(failureOf(await txn.command({ find: 'c', readConcern: { level: 'local' } })).code, 72)
      succeeds(await txn.commit())
    }))

  test('startTransaction alone, an end without a transaction, an end elsewhere than on admin', () =>
    withOne(async raw => {
      const { lsid, txnNumber, autocommit } = new Txn(raw, 1).fields
      assert.equal(failureOf(await raw.command('test', { ...find, lsid, txnNumber, startTransaction: true })).code, 72)
      assert.equal(failureOf(await raw.command('admin', { commitTransaction: 1, lsid })).code, 125)
      assert.equal(failureOf(await raw.command('test', { commitTransaction: 1, lsid, txnNumber, autocommit })).code, 13)
    }))

  test('it makes collections, and indexes of those, but no indexes of others, and writes to no capped one', () =>
    withOne(async raw => {
      const index = [{ key: { a: 1 }, name: 'a_1', unique: true }]
      const txn = new Txn(raw, 1)
      succeeds(await txn.command({ create: 'made' }))
      succeeds(await txn.command({ createIndexes: 'made', indexes: index }))
      succeeds(await txn.command({ createIndexes: 'too', indexes: index }))
      succeeds(await txn.command({ insert: 'made', documents: [{ a: 1 }] }))
      succeeds(await txn.commit())
      const { cursor } = await raw.command('test', { listIndexes: 'too' })
      assert.equal(cursor.firstBatch.length, 2)
      const plain = [{ key: { a: 1 }, name: 'a_1' }]
      assert.equal(failureOf(await new Txn(raw, 2).command({ createIndexes: 'c', indexes: plain })).code, 263)
      await raw.command('test', { create: 'log', capped: true, size: 4096 })
      assert.equal(failureOf(await new Txn(raw, 2, 2).command({ insert: 'log', documents: [{}] })).code, 263)
    }))

  test('it takes a bulkWrite of several collections, whose results can be read in it, and which ends it where one fails', () =>
    withOne(async raw => {
      const nsInfo = [{ ns: 'test.c' }, { ns: 'test.d' }]
      const inserts = (...ids: readonly number[]) => ids.map((_id, index) => ({ insert: index % 2, document: { _id } }))
      const txn = new Txn(raw, 1)
      const bulk = { bulkWrite: 1, ops: inserts(5, 6, 7), nsInfo, cursor: { batchSize: 2 } }
      const { cursor, nInserted } = succeeds(await txn.command(bulk, 'admin'))
      assert.deepEqual([nInserted, cursor.firstBatch.length], [int(3), 2])
      const more = { getMore: Long.fromString(cursor.id.$numberLong), collection: '$cmd.bulkWrite' }
      assert.equal(succeeds(await txn.command(more, 'admin'))['cursor'].nextBatch.length, 1)
      succeeds(await txn.commit())
      assert.deepEqual([await outside(raw), await outside(raw, 'd')], [[1, 2, 5, 7], [6]])
      const other = new Txn(raw, 1, 2)
      const failed = await other.command({ ...bulk, ops: inserts(1) }, 'admin')
      assert.deepEqual(failed['nErrors'], int(1))
      assert.deepEqual(failureOf(await other.commit()), gone)
    }))

  test('only on the primary', () =>
    withReplicaSet(async ({ member, connect }) => {
      const reply = await new Txn(await connect(member(1)), 1).command(find)
      assert.deepEqual([failureOf(reply).code, reply['errorLabels']], [10_107, transient])
    }))
})
