/** Transactions of the embedded replica set, by the wire alone: what they see, what they change, and who waits for them. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BSON, type Document, Long, Timestamp } from '../../src/bson/index.ts'
import { int } from './raw_client.ts'
import { nearest, withReplicaSet } from './replica_bench.ts'
import { conflict, failureOf, gone, outside, soon, succeeds, Txn, withOne } from './transaction_bench.ts'

describe('isolation', () => {
  test('its own writes are seen inside alone, until the commit shows all of them', () =>
    withOne(async raw => {
      const txn = new Txn(raw, 1)
      succeeds(await txn.insert(3))
      succeeds(await txn.command({ delete: 'c', deletes: [{ q: { _id: 1 }, limit: 1 }] }))
      succeeds(await txn.command({ findAndModify: 'c', query: { _id: 2 }, update: { $set: { n: 5 } } }))
      assert.deepEqual(await txn.ids(), [2, 3])
      assert.deepEqual(await outside(raw), [1, 2])
      succeeds(await txn.commit())
      assert.deepEqual(await outside(raw), [2, 3])
      const { cursor } = await raw.command('test', { find: 'c', filter: { n: 5 } })
      assert.equal(cursor.firstBatch.length, 1)
    }))

  test('it sees the data as it was when it began, whatever is written meanwhile', () =>
    withOne(async raw => {
      const txn = new Txn(raw, 1)
      assert.deepEqual(await txn.ids(), [1, 2])
      await raw.command('test', { insert: 'c', documents: [{ _id: 3 }] })
      await raw.command('test', { insert: 'other', documents: [{ _id: 3 }] })
      await raw.command('test', { delete: 'c', deletes: [{ q: { _id: 1 }, limit: 1 }] })
      assert.deepEqual([await txn.ids(), await txn.ids('other')], [[1, 2], []])
      const distinct = await txn.command({ distinct: 'c', key: '_id' })
      assert.deepEqual(distinct['values'], [int(1), int(2)])
      const pipeline = [{ $group: { _id: null, n: { $sum: 1 } } }]
      const grouped = await txn.command({ aggregate: 'c', pipeline, cursor: {} })
      assert.deepEqual(grouped['cursor'].firstBatch[0].n, int(2))
      succeeds(await txn.commit())
      assert.deepEqual(await outside(raw), [2, 3])
    }))

  test('of the past, with atClusterTime: it reads what was, and cannot change what was changed since', () =>
    withOne(async raw => {
      const { operationTime } = await raw.command('test', { ping: 1 })
      const atClusterTime = new Timestamp({ t: operationTime.$timestamp.t, i: operationTime.$timestamp.i })
      await raw.command('test', { update: 'c', updates: [{ q: { _id: 1 }, u: { $inc: { n: 1 } } }] })
      const txn = new Txn(raw, 1)
      const found = await txn.command({
        find: 'c',
        sort: { _id: 1 },
        readConcern: { level: 'snapshot', atClusterTime }
      })
      assert.deepEqual(found['cursor'].firstBatch[0].n, int(0))
      succeeds(await txn.increment(2))
      assert.deepEqual(failureOf(await txn.increment(1)), conflict)
    }))

  test('a cursor is the transaction’s, and gone with it', () =>
    withOne(async raw => {
      const txn = new Txn(raw, 1)
      const { cursor } = await txn.command({ find: 'c', batchSize: 1 })
      const more = { getMore: Long.fromString(cursor.id.$numberLong), collection: 'c', batchSize: 1 }
      assert.equal(failureOf(await raw.command('test', { ...more, lsid: txn.lsid })).code, 43)
      assert.equal((await txn.command(more))['cursor'].nextBatch.length, 1)
      succeeds(await txn.commit())
      assert.equal(failureOf(await raw.command('test', { ...more, lsid: txn.lsid })).code, 43)
    }))
})

describe('conflicts', () => {
  test('two transactions that change one document: the second is aborted at once', () =>
    withOne(async raw => {
      const [one, two] = [new Txn(raw, 1), new Txn(raw, 2)]
      succeeds(await one.increment(1))
      assert.deepEqual(failureOf(await two.increment(1)), conflict)
      assert.deepEqual(failureOf(await two.command({ find: 'c' })), gone)
      succeeds(await one.commit())
      assert.deepEqual(failureOf(await two.commit()), gone)
    }))

  test('with what was changed since it began, and not with what was changed before', () =>
    withOne(async raw => {
      const txn = new Txn(raw, 1)
      await txn.ids()
      await raw.command('test', { update: 'c', updates: [{ q: { _id: 1 }, u: { $inc: { n: 1 } } }] })
      await raw.command('test', { insert: 'c', documents: [{ _id: 3 }] })
      succeeds(await txn.increment(2))
      assert.deepEqual(failureOf(await txn.increment(1)), conflict)
      const next = new Txn(raw, 1, 2)
      succeeds(await next.increment(1))
      succeeds(await next.commit())
    }))

  test('of one _id, and of one key of a unique index, that two insert', () =>
    withOne(async raw => {
      const indexes = [{ key: { u: 1 }, name: 'u_1', unique: true }]
      await raw.command('test', { createIndexes: 'c', indexes: indexes.map(each => ({ ...each, sparse: true })) })
      const insert = (txn: Txn, document: Document) => txn.command({ insert: 'c', documents: [document] })
      const [one, two, three] = [new Txn(raw, 1), new Txn(raw, 2), new Txn(raw, 3)]
      await three.ids()
      succeeds(await insert(one, { _id: 5, u: 7 }))
      assert.deepEqual(failureOf(await insert(two, { _id: 6, u: 7 })), conflict)
      succeeds(await one.commit())
      assert.deepEqual(failureOf(await insert(three, { _id: 8, u: 7 })), conflict, 'one that came since it began')
      const again = await insert(new Txn(raw, 2, 2), { _id: 6, u: 7 })
      assert.deepEqual(again['writeErrors'][0].code, int(11_000), 'one that was there before')
    }))

  test('a collection that both make, that was made, dropped or got an index meanwhile', () =>
    withOne(async raw => {
      const into = (txn: Txn, collection: string) => txn.command({ insert: collection, documents: [{}] })
      const [one, two, three] = [new Txn(raw, 1), new Txn(raw, 2), new Txn(raw, 3)]
      for (const txn of [two, three]) await txn.ids()
      succeeds(await into(one, 'new'))
      assert.deepEqual(failureOf(await into(two, 'new')), conflict)
      succeeds(await one.commit())
      assert.deepEqual(failureOf(await into(three, 'new')), conflict)
      const changes: readonly (readonly [string, Document])[] = [
        ['new', { drop: 'new' }],
        ['c', { createIndexes: 'c', indexes: [{ key: { n: 1 }, name: 'n_1' }] }]
      ]
      for (const [at, [collection, change]] of changes.entries()) {
        const txn = new Txn(raw, 4 + at)
        await txn.ids()
        succeeds(await raw.command('test', change))
        assert.deepEqual(failureOf(await into(txn, collection)), conflict)
      }
    }))
})

describe('who writes outside of a transaction', () => {
  const increment = { update: 'c', updates: [{ q: { _id: 1 }, u: { $inc: { n: 1 } } }] }

  test('waits for what one has changed, and comes after it', () =>
    withOne(async (raw, bench) => {
      const txn = new Txn(raw, 1)
      succeeds(await txn.increment(1))
      const other = await bench.connect(bench.member(0))
      succeeds(await raw.command('test', { insert: 'c', documents: [{ _id: 7 }] }))
      const waiting = other.command('test', increment)
      assert.equal(await soon(bench, waiting), undefined)
      succeeds(await txn.commit())
      assert.deepEqual(succeeds(await waiting)['nModified'], int(1))
      const { cursor } = await raw.command('test', { find: 'c', filter: { _id: 1 } })
      assert.deepEqual(cursor.firstBatch[0].n, int(2))
    }))

  const numbered = { lsid: { id: new BSON.UUID('ff'.repeat(16)) }, txnNumber: Long.fromNumber(1) }
  for (const [what, more] of [
    ['', {}],
    [' with a number', numbered]
  ] as const)
    test(`goes on where it was: no statement of a write${what} is done twice`, () =>
      withOne(async (raw, bench) => {
        const txn = new Txn(raw, 1)
        succeeds(await txn.insert(4))
        const other = await bench.connect(bench.member(0))
        const inserting = other.command('test', { insert: 'c', documents: [{ _id: 5 }, { _id: 4 }], ...more })
        assert.equal(await soon(bench, inserting), undefined)
        assert.deepEqual(await outside(raw), [1, 2, 5])
        succeeds(await txn.commit())
        const { n, retriedStmtIds, writeErrors } = await inserting
        assert.deepEqual([n, retriedStmtIds, writeErrors[0].code], [int(1), undefined, int(11_000)])
      }))

  test('shows nothing of a statement before the whole of it', () =>
    withOne(async (raw, bench) => {
      const txn = new Txn(raw, 1)
      succeeds(await txn.increment(2))
      const other = await bench.connect(bench.member(0))
      const waiting = other.command('test', { update: 'c', updates: [{ q: {}, u: { $inc: { n: 1 } }, multi: true }] })
      assert.equal(await soon(bench, waiting), undefined)
      const counts = async (): Promise<unknown> =>
        (await raw.command('test', { find: 'c' }))['cursor'].firstBatch.map(({ n }: Document) => Number(n.$numberInt))
      assert.deepEqual(await counts(), [0, 0])
      succeeds(await txn.end('abortTransaction'))
      assert.deepEqual((await waiting)['nModified'], int(2))
      assert.deepEqual(await counts(), [1, 1])
    }))

  test('no longer than its maxTimeMS, and not beyond the end of the primary’s term', () =>
    withReplicaSet(async bench => {
      const raw = await bench.connect(bench.member(0))
      await raw.command('test', { insert: 'c', documents: [{ _id: 1, n: 0 }] })
      const txn = new Txn(raw, 1)
      succeeds(await txn.increment(1))
      const other = await bench.connect(bench.member(0))
      assert.equal(failureOf(await other.command('test', { ...increment, maxTimeMS: 50 })).code, 50)
      const waiting = other.command('test', increment)
      assert.equal(await soon(bench, waiting), undefined)
      await bench.deployment.stepDown()
      assert.equal(failureOf(await waiting).code, 11_602)
    }))

  test('or makes, drops, renames or indexes the collection', () =>
    withOne(async (raw, bench) => {
      const txn = new Txn(raw, 1)
      succeeds(await txn.increment(1))
      succeeds(await txn.command({ insert: 'made', documents: [{}] }))
      const changes: readonly (readonly [string, Document])[] = [
        ['test', { insert: 'made', documents: [{}] }],
        ['test', { createIndexes: 'c', indexes: [{ key: { n: 1 }, name: 'n_1' }] }],
        ['admin', { renameCollection: 'test.c', to: 'test.d' }],
        ['test', { dropDatabase: 1 }]
      ]
      const waiting: Promise<Document>[] = []
      for (const [database, change] of changes)
        waiting.push((await bench.connect(bench.member(0))).command(database, change))
      for (const each of waiting) assert.equal(await soon(bench, each), undefined)
      assert.deepEqual(await outside(raw), [1, 2])
      succeeds(await txn.commit())
      for (const each of waiting) succeeds(await each)
      const { databases } = await raw.command('admin', { listDatabases: 1 })
      assert.deepEqual(databases, [])
    }))
})

describe('replication', () => {
  test('a commit is one entry, which the others apply in one step, catalogue and all', () =>
    withReplicaSet(async bench => {
      const { connect, member, documentsOf } = bench
      const raw = await connect(member(0))
      await raw.command('test', { insert: 'c', documents: [{ _id: 1, n: 0 }], writeConcern: { w: 3 } })
      const txn = new Txn(raw, 1)
      succeeds(await txn.increment(1))
      succeeds(await txn.insert(2, 3))
      succeeds(await txn.command({ insert: 'made', documents: [{ _id: 1 }] }))
      const seen = new Set<string>()
      const own = await connect(member(1))
      const pipeline = [{ $unionWith: 'made' }, { $count: 'n' }]
      const look = async (): Promise<void> => {
        const { cursor } = await own.command('test', { aggregate: 'c', pipeline, cursor: {}, ...nearest })
        seen.add(String(cursor.firstBatch[0].n.$numberInt))
      }
      await look()
      const committing = txn.commit({ writeConcern: { w: 3 } })
      for (let times = 0; times < 40; times++) await look()
      succeeds(await committing)
      assert.deepEqual([...seen], ['1', '4'])
      for (const index of [0, 1, 2]) assert.deepEqual(await documentsOf(index), await documentsOf(0))
    }))

  test('a snapshot of the past has all of a commit, or nothing', () =>
    withOne(async raw => {
      const before = (await raw.command('test', { ping: 1 }))['operationTime'].$timestamp
      const txn = new Txn(raw, 1)
      succeeds(await txn.command({ delete: 'c', deletes: [{ q: { _id: 1 }, limit: 1 }] }))
      succeeds(await txn.insert(5, 1))
      succeeds(await txn.increment(2))
      const after = (await txn.commit())['operationTime'].$timestamp
      const at = async ({ t, i }: { t: number; i: number }): Promise<unknown> => {
        const readConcern = { level: 'snapshot', atClusterTime: new Timestamp({ t, i }) }
        const { cursor } = await raw.command('test', { find: 'c', sort: { _id: 1 }, readConcern })
        return cursor.firstBatch.map(({ _id, n }: Document) => [Number(_id.$numberInt), n?.$numberInt])
      }
      assert.deepEqual(await at(before), [
        [1, '0'],
        [2, '0']
      ])
      assert.deepEqual(await at(after), [
        [1, undefined],
        [2, '1'],
        [5, undefined]
      ])
      assert.deepEqual(await at({ ...after, i: after.i - 1 }), await at(before))
    }))
})

test('transfers at once lose nothing: what is tried again comes to the sum that it should', () =>
  withOne(async (raw, bench) => {
    const accounts = [1, 2]
    const transfers = 12
    const transfer = async (session: number): Promise<void> => {
      const own = await bench.connect(bench.member(0))
      for (let number = 1; ; number++) {
        const txn = new Txn(own, session, number)
        const [from = 1, to = 2] = session % 2 === 0 ? accounts : [...accounts].reverse()
        const move = (_id: number, amount: number) =>
          txn.command({ update: 'c', updates: [{ q: { _id }, u: { $inc: { n: amount } } }] })
        const outcome = await move(from, -session)
        if (outcome['errorLabels'] === undefined) await bench.runtime.sleep(session)
        const second = outcome['errorLabels'] === undefined ? await move(to, session) : outcome
        if (second['errorLabels'] === undefined) {
          succeeds(await txn.commit())
          return
        }
        assert.deepEqual(failureOf(second), conflict)
        await bench.runtime.sleep(session)
      }
    }
    await Promise.all(Array.from({ length: transfers }, (_, index) => transfer(index + 1)))
    const { cursor } = await raw.command('test', { find: 'c', sort: { _id: 1 } })
    const odd = [1, 3, 5, 7, 9, 11].reduce((sum, each) => sum + each, 0)
    const even = [2, 4, 6, 8, 10, 12].reduce((sum, each) => sum + each, 0)
    assert.deepEqual(
      cursor.firstBatch.map(({ n }: Document) => Number(n.$numberInt)),
      [odd - even, even - odd]
    )
  }))
