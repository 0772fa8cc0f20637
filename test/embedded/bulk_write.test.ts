import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BSON, type Document, Long } from '../../src/bson/index.ts'
import { withStandalone } from './bench.ts'
import { cursorId, double, int, long, ok } from './raw_client.ts'
import { withoutTimes, withReplicaSet } from './replica_bench.ts'

const ns = 'admin.$cmd.bulkWrite'
const nsInfo = [{ ns: 'shop.a' }, { ns: 'store.b' }]

function sums(counts: Readonly<Record<string, number>>): Document {
  const all = { nErrors: 0, nInserted: 0, nMatched: 0, nModified: 0, nUpserted: 0, nDeleted: 0, ...counts }
  return Object.fromEntries(Object.entries(all).map(([name, count]) => [name, int(count)]))
}

function success(idx: number, n: number, more: Document = {}): Document {
  return { ok: double(1), idx: int(idx), n: int(n), ...more }
}

const everyKind = [
  { insert: 0, document: { _id: 1, x: 1 } },
  { insert: 1, document: { _id: 1, list: [1, 5] } },
  { update: 0, filter: { _id: 1 }, updateMods: { $inc: { x: 1 } } },
  { update: 1, filter: {}, updateMods: { $set: { 'list.$[e]': 0 } }, arrayFilters: [{ e: { $gt: 2 } }], multi: true },
  { update: 0, filter: { _id: 2 }, updateMods: { x: 9 }, upsert: true },
  { update: 0, filter: { $expr: { $eq: ['$x', '$$two'] } }, updateMods: [{ $set: { y: '$$two' } }] },
  { delete: 0, filter: { name: 'NOBODY' }, collation: { locale: 'en', strength: 2 } },
  { delete: 0, filter: {}, hint: '_id_' }
]

test('bulkWrite does every kind of write to any collections, in order, and tells of each', () =>
  withStandalone(async ({ client }) => {
    const command = { bulkWrite: 1, ops: everyKind, nsInfo, let: { two: 2 } }
    const reply = await client.command('admin', command)
    assert.deepEqual(reply, {
      cursor: {
        firstBatch: [
          success(0, 1),
          success(1, 1),
          success(2, 1, { nModified: int(1) }),
          success(3, 1, { nModified: int(1) }),
          success(4, 1, { nModified: int(0), upserted: { _id: int(2) } }),
          success(5, 1, { nModified: int(1) }),
          success(6, 0),
          success(7, 1)
        ],
        id: long(0),
        ns
      },
      ...sums({ nInserted: 2, nMatched: 3, nModified: 3, nUpserted: 1, nDeleted: 1 }),
      ...ok
    })
    const found = async (database: string, find: string): Promise<unknown> =>
      ((await client.command(database, { find }))['cursor'] as Document)['firstBatch']
    assert.deepEqual(await found('shop', 'a'), [{ _id: int(2), x: int(9) }])
    assert.deepEqual(await found('store', 'b'), [{ _id: int(1), list: [int(1), int(0)] }])
  }))

test('the statements may come as sequences of documents', () =>
  withStandalone(async ({ client }) => {
    const sequence = { identifier: 'ops', documents: [{ insert: 0, document: { _id: 1 } }] }
    const reply = await client.command('admin', { bulkWrite: 1, nsInfo, errorsOnly: true }, { sequence })
    assert.deepEqual(reply['nInserted'], int(1))
  }))

const duplicate = {
  ok: double(0),
  code: int(11000),
  keyPattern: { _id: int(1) },
  keyValue: { _id: int(1) },
  errmsg: 'E11000 duplicate key error collection: shop.a index: _id_ dup key: { _id: 1 }',
  n: int(0)
}

test('a failure ends an ordered bulkWrite and no unordered one; errorsOnly leaves the successes out', () =>
  withStandalone(async ({ client }) => {
    const ops = [1, 1, 2].map(_id => ({ insert: 0, document: { _id } }))
    const ordered = await client.command('admin', { bulkWrite: 1, ops, nsInfo })
    assert.deepEqual(ordered['cursor'].firstBatch, [success(0, 1), { ...duplicate, idx: int(1) }])
    assert.deepEqual([ordered['nInserted'], ordered['nErrors'], ordered['ok']], [int(1), int(1), double(1)])
    const unordered = await client.command('admin', { bulkWrite: 1, ops, nsInfo, ordered: false, errorsOnly: true })
    const failures = [0, 1].map(index => ({ ...duplicate, idx: int(index) }))
    assert.deepEqual(unordered['cursor'].firstBatch, failures)
    assert.deepEqual([unordered['nInserted'], unordered['nErrors']], [int(1), int(2)])
  }))

test('an update that fails says that it changed nothing', () =>
  withStandalone(async ({ client }) => {
    const ops = [
      { insert: 0, document: { _id: 1, x: 'text' } },
      { update: 0, filter: {}, updateMods: { $inc: { x: 1 } } }
    ]
    const reply = await client.command('admin', { bulkWrite: 1, ops, nsInfo, errorsOnly: true })
    const [{ code, nModified, idx }] = reply['cursor'].firstBatch
    assert.deepEqual([code, nModified, idx], [int(14), int(0), int(1)])
  }))

test('results beyond the cursor’s batch size are read on, by getMore', () =>
  withStandalone(async ({ client }) => {
    const ops = [1, 2, 3].map(_id => ({ insert: 0, document: { _id } }))
    const reply = await client.command('admin', { bulkWrite: 1, ops, nsInfo, cursor: { batchSize: 2 } })
    assert.equal(reply['cursor'].firstBatch.length, 2)
    const rest = await client.command('admin', { getMore: cursorId(reply), collection: '$cmd.bulkWrite' })
    assert.deepEqual(rest['cursor'], { nextBatch: [success(2, 1)], id: long(0), ns })
  }))

test('what makes no sense fails the command before the first statement runs', () =>
  withStandalone(async ({ client }) => {
    const good = { insert: 0, document: { _id: 1 } }
    for (const [command, code] of [
      [{ ops: [] }, 16],
      [{ ops: [good], nsInfo: undefined }, 40414],
      [{ ops: [good, { insert: 2, document: {} }] }, 2],
      [{ ops: [good, { insert: -1, document: {} }] }, 51024],
      [{ ops: [good, { replace: 0, document: {} }] }, 9],
      [{ ops: [good, { insert: 0, document: {}, upsert: true }] }, 40415],
      [{ ops: [good, { update: 0, filter: {}, updateMods: { $set: {} }, multi: true, sort: { x: 1 } }] }, 9],
      [{ ops: [good, { delete: 0 }] }, 40414],
      [{ ops: [good], nsInfo: [{ ns: 'shop.a' }, { ns: 'shop.a' }] }, 2],
      [{ ops: [good], nsInfo: [{ ns: 'shop' }] }, 73],
      [{ ops: [good], nsInfo: [{ ns: 'shop.$a' }] }, 73],
      [{ ops: [good], surprise: 1 }, 40415]
    ] as const) {
      const reply = await client.command('admin', { bulkWrite: 1, nsInfo, ...command })
      assert.deepEqual([reply['ok'], reply['code']], [double(0), int(code)], JSON.stringify(command))
    }
    const elsewhere = await client.command('shop', { bulkWrite: 1, ops: [good], nsInfo })
    assert.deepEqual(elsewhere['code'], int(13), 'it is of the database admin alone')
    assert.deepEqual((await client.command('shop', { count: 'a' }))['n'], int(0))
  }))

test('a member takes as many statements as it says', () =>
  withStandalone(async ({ client }) => {
    const ops = Array.from({ length: 100_001 }, () => ({ delete: 0, filter: {} }))
    const reply = await client.command('admin', { bulkWrite: 1, ops, nsInfo })
    assert.deepEqual([reply['code'], reply['codeName']], [int(16), 'InvalidLength'])
    assert.match(reply['errmsg'], /between 1 and 100000\. Got 100001 operations/)
  }))

const lsid = { id: new BSON.UUID('00112233445566778899aabbccddeeff') }

test('one that is sent again is answered as it was, and the statements that had run do not run again', () =>
  withReplicaSet(async ({ member, connect }) => {
    const raw = await connect(member(0))
    const ops = [
      { insert: 0, document: { _id: 1, x: 0 } },
      { update: 0, filter: { _id: 1 }, updateMods: { $inc: { x: 1 } } },
      { update: 1, filter: { _id: 7 }, updateMods: { $inc: { x: 1 } }, upsert: true },
      { delete: 1, filter: { _id: 7 } }
    ]
    const command = { bulkWrite: 1, ops, nsInfo, lsid, txnNumber: Long.fromNumber(1) }
    const first = withoutTimes(await raw.command('admin', command))
    const { retriedStmtIds, ...again } = withoutTimes(await raw.command('admin', command))
    assert.deepEqual(again, first)
    assert.deepEqual(retriedStmtIds, [0, 1, 2, 3].map(int))
    assert.deepEqual((await raw.command('shop', { find: 'a' }))['cursor'].firstBatch, [{ _id: int(1), x: int(1) }])
  }))

test('one with a statement for many documents cannot be retried', () =>
  withReplicaSet(async ({ member, connect }) => {
    const raw = await connect(member(0))
    for (const op of [
      { update: 0, filter: {}, updateMods: { $set: { x: 1 } }, multi: true },
      { delete: 0, filter: {}, multi: true }
    ]) {
      const command = { bulkWrite: 1, ops: [op], nsInfo, lsid, txnNumber: Long.fromNumber(1) }
      assert.deepEqual((await raw.command('admin', command))['code'], int(72))
    }
  }))

test('a write concern that is not reached is told beside what was written', () =>
  withReplicaSet(async ({ member, connect }) => {
    const raw = await connect(member(0))
    const ops = [{ insert: 0, document: { _id: 1 } }]
    const writeConcern = { w: 9 }
    const reply = await raw.command('admin', { bulkWrite: 1, ops, nsInfo, errorsOnly: true, writeConcern })
    assert.deepEqual([reply['ok'], reply['nInserted'], reply['writeConcernError'].code], [double(1), int(1), int(100)])
  }))
