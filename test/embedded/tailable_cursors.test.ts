import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Document, Long, UUID } from '../../src/bson/index.ts'
import type { Member } from '../../src/embedded/index.ts'
import { type Bench, withStandalone } from './bench.ts'
import { long, type RawClient } from './raw_client.ts'
import { nearest, withReplicaSet } from './replica_bench.ts'

interface Batch {
  readonly ids: readonly number[]
  readonly id: Long
}

function batchOf(reply: Document): Batch {
  const cursor = reply['cursor']
  assert.ok(cursor !== undefined, JSON.stringify(reply))
  const documents: readonly Document[] = cursor.firstBatch ?? cursor.nextBatch
  return { ids: documents.map(({ _id }) => Number(_id.$numberInt)), id: Long.fromString(cursor.id.$numberLong) }
}

const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, index) => ({ _id: from + index }))

/** A capped collection `log` of at most `max` documents, with `count` in it. */
async function log({ run }: Pick<Bench, 'run'>, count: number, max = 100): Promise<void> {
  await run({ create: 'log', capped: true, size: 100_000, max })
  if (count > 0) await run({ insert: 'log', documents: numbered(count) })
}

const awaiting = { find: 'log', tailable: true, awaitData: true }
const more = (id: Long, options: Document = {}): Document => ({ getMore: id, collection: 'log', ...options })

/** The reply, and how long it took. */
async function timed({ runtime }: Pick<Bench, 'runtime'>, reply: Promise<Document>): Promise<[Batch, number]> {
  const beganMS = runtime.clock.nowMS()
  const batch = batchOf(await reply)
  return [batch, runtime.clock.nowMS() - beganMS]
}

describe('tailable cursors', () => {
  test('stay open at the end, and give what comes later, once', () =>
    withStandalone(async bench => {
      const { run, member } = bench
      await log(bench, 3)
      const { ids, id } = batchOf(await run({ find: 'log', tailable: true, batchSize: 2 }))
      assert.deepEqual(ids, [0, 1])
      assert.deepEqual(batchOf(await run(more(id))), { ids: [2], id })
      assert.deepEqual(batchOf(await run(more(id))), { ids: [], id })
      await run({ insert: 'log', documents: numbered(3, 3) })
      assert.deepEqual(batchOf(await run(more(id, { batchSize: 2 }))), { ids: [3, 4], id })
      assert.deepEqual(batchOf(await run(more(id))), { ids: [5], id })
      assert.equal(member.openCursors(), 1)
    }))

  test('give what matches, as the projection shows it, from skip on and up to limit', () =>
    withStandalone(async bench => {
      const { run } = bench
      await log(bench, 10)
      const find = { find: 'log', filter: { _id: { $mod: [2, 0] } }, skip: 1, limit: 5, tailable: true }
      const { ids, id } = batchOf(await run(find))
      assert.deepEqual(ids, [2, 4, 6, 8])
      await run({ insert: 'log', documents: numbered(10, 10) })
      assert.deepEqual(batchOf(await run(more(id))).ids, [10])
      assert.deepEqual(batchOf(await run(more(id))), { ids: [], id })
      const projected = await run({
        find: 'log',
        projection: { _id: 0, one: { $literal: 1 } },
        limit: 1,
        tailable: true
      })
      assert.deepEqual(projected['cursor'].firstBatch, [{ one: { $numberInt: '1' } }])
    }))

  test('are refused where the collection is not capped, with a sort, a hint or a single batch, and awaitData without them', () =>
    withStandalone(async bench => {
      const { run, refused } = bench
      await log(bench, 1)
      await run({ insert: 'plain', documents: [{ _id: 0 }] })
      assert.match(
        await refused({ find: 'plain', tailable: true }, 2, 'BadValue'),
        /ns=test\.plain tailable cursor requested on non capped collection$/
      )
      const tailable = { find: 'log', tailable: true }
      assert.match(await refused({ ...tailable, sort: { _id: 1 } }, 2, 'BadValue'), /with a sort/)
      assert.match(await refused({ ...tailable, sort: { $natural: -1 } }, 2, 'BadValue'), /with a sort/)
      assert.match(await refused({ ...tailable, hint: '_id_' }, 2, 'BadValue'), /with a hint/)
      assert.match(await refused({ ...tailable, singleBatch: true }, 2, 'BadValue'), /'singleBatch'/)
      assert.match(await refused({ find: 'log', awaitData: true }, 9, 'FailedToParse'), /'awaitData' without/)
      assert.deepEqual(batchOf(await run({ ...tailable, sort: { $natural: 1 } })).ids, [0])
    }))

  test('are over at once in an empty collection, and in none', () =>
    withStandalone(async bench => {
      const { run, member } = bench
      await log(bench, 0)
      for (const find of ['log', 'nowhere']) {
        const { cursor } = await run({ ...awaiting, find })
        assert.deepEqual(cursor, { firstBatch: [], id: long(0), ns: `test.${find}` })
      }
      assert.equal(member.openCursors(), 0)
    }))

  test('are lost when what was read last has been overwritten, and not before', () =>
    withStandalone(async bench => {
      const { run, refused, member } = bench
      await log(bench, 3, 3)
      const { id } = batchOf(await run({ find: 'log', tailable: true }))
      await run({ insert: 'log', documents: numbered(2, 3) })
      assert.deepEqual(batchOf(await run(more(id, { batchSize: 1 }))).ids, [3])
      await run({ insert: 'log', documents: numbered(3, 5) })
      assert.match(
        await refused(more(id), 136, 'CappedPositionLost'),
        /failure to restore tailable cursor position\. Last seen record id: RecordId\(4\)$/
      )
      await refused(more(id), 43, 'CursorNotFound')
      assert.equal(member.openCursors(), 0)
    }))

  test('are over when their collection is dropped or renamed, each with its reason', () =>
    withStandalone(async bench => {
      const { run, refused, client } = bench
      await log(bench, 1)
      const dropped = batchOf(await run({ find: 'log', tailable: true })).id
      await run({ drop: 'log' })
      assert.match(await refused(more(dropped), 175, 'QueryPlanKilled'), /^collection dropped\. UUID /)
      await log(bench, 1)
      const renamed = batchOf(await run({ find: 'log', tailable: true })).id
      await client.command('admin', { renameCollection: 'test.log', to: 'test.other' })
      assert.match(await refused(more(renamed), 175, 'QueryPlanKilled'), /renamed from 'test\.log' to 'test\.other'/)
    }))

  test('without awaitData answer at once, and take no maxTimeMS', () =>
    withStandalone(async bench => {
      const { run, refused } = bench
      await log(bench, 1)
      const { id } = batchOf(await run({ find: 'log', tailable: true }))
      const [batch, tookMS] = await timed(bench, run(more(id)))
      assert.deepEqual(batch, { ids: [], id })
      assert.ok(tookMS < 10, `${tookMS} ms`)
      await refused(more(id, { maxTimeMS: 100 }), 2, 'BadValue')
    }))
})

describe('awaitData', () => {
  const lsid = { id: new UUID('11111111-1111-4111-8111-111111111111') }

  /** Waits at the end of a collection with one document; `other` is a second client. */
  async function withWaiting(
    options: Document,
    act: (waiting: {
      readonly bench: Bench
      readonly other: RawClient
      readonly id: Long
      /** The getMore that waits. */
      readonly reply: Promise<[Batch, number]>
      readonly error: Promise<Document>
    }) => Promise<void>
  ): Promise<void> {
    await withStandalone(async bench => {
      await log(bench, 1, 3)
      const { id } = batchOf(await bench.run({ ...awaiting, lsid }))
      const other = await bench.connect()
      const error = bench.run(more(id, { ...options, lsid }))
      const reply = timed(bench, error)
      reply.catch(() => undefined)
      await bench.runtime.sleep(100)
      await act({ bench, other, id, reply, error })
    })
  }

  const between = (tookMS: number, least: number, most: number): void =>
    assert.ok(tookMS >= least && tookMS < most, `${tookMS} ms`)

  test('waits a second where nothing is said, or as long as maxTimeMS, then answers without documents', async () => {
    for (const [options, waitedMS] of [
      [{}, 1_000],
      [{ maxTimeMS: 0 }, 1_000],
      [{ maxTimeMS: 300 }, 300],
      [{ maxTimeMS: 60_000 }, 60_000]
    ] as const)
      await withWaiting(options, async ({ bench, id, reply }) => {
        const [batch, tookMS] = await reply
        assert.deepEqual(batch, { ids: [], id })
        between(tookMS, waitedMS, waitedMS + 10)
        assert.equal(bench.member.openCursors(), 1)
      })
  })

  test('is woken by an insert', () =>
    withWaiting({ maxTimeMS: 60_000 }, async ({ other, id, reply }) => {
      await other.command('test', { insert: 'log', documents: numbered(2, 1) })
      const [batch, tookMS] = await reply
      assert.deepEqual(batch, { ids: [1, 2], id })
      between(tookMS, 100, 110)
    }))

  test('goes on waiting when what was inserted does not match', () =>
    withStandalone(async bench => {
      await log(bench, 1)
      const { id } = batchOf(await bench.run({ ...awaiting, filter: { _id: { $gt: 5 } } }))
      const other = await bench.connect()
      const reply = timed(bench, bench.run(more(id, { maxTimeMS: 500 })))
      for (const _id of [1, 2, 9]) {
        await bench.runtime.sleep(100)
        await other.command('test', { insert: 'log', documents: [{ _id }] })
      }
      const [batch, tookMS] = await reply
      assert.deepEqual(batch, { ids: [9], id })
      between(tookMS, 300, 310)
    }))

  test('waits for nothing where documents are there', () =>
    withStandalone(async bench => {
      await log(bench, 3)
      const { id } = batchOf(await bench.run({ ...awaiting, batchSize: 1 }))
      const [batch, tookMS] = await timed(bench, bench.run(more(id)))
      assert.deepEqual(batch.ids, [1, 2])
      between(tookMS, 0, 10)
    }))

  test('ends with an error when the cursor is killed, its session ends, or the collection goes', async () => {
    const ends: readonly [(id: Long) => readonly [string, Document], string][] = [
      [id => ['test', { killCursors: 'log', cursors: [id] }], 'CursorKilled'],
      [() => ['admin', { endSessions: [lsid] }], 'CursorKilled'],
      [() => ['test', { drop: 'log' }], 'QueryPlanKilled'],
      [() => ['test', { dropDatabase: 1 }], 'QueryPlanKilled'],
      [() => ['admin', { renameCollection: 'test.log', to: 'test.other' }], 'QueryPlanKilled'],
      // All that was there is overwritten before the getMore looks again.
      [() => ['test', { insert: 'log', documents: numbered(5, 1) }], 'CappedPositionLost']
    ]
    for (const [end, codeName] of ends)
      await withWaiting({ maxTimeMS: 60_000 }, async ({ bench, other, id, error }) => {
        const [database, command] = end(id)
        await other.command(database, command)
        assert.equal((await error)['codeName'], codeName)
        assert.ok(bench.runtime.clock.nowMS() < 1_000)
        assert.equal(bench.member.openCursors(), 0)
      })
  })

  test('refuses a second getMore meanwhile', () =>
    withWaiting({ maxTimeMS: 200 }, async ({ other, id, reply }) => {
      assert.equal((await other.command('test', more(id, { lsid })))['codeName'], 'CursorInUse')
      assert.deepEqual((await reply)[0], { ids: [], id })
    }))

  test('a client that goes away takes its cursor with it', () =>
    withWaiting({ maxTimeMS: 60_000 }, async ({ bench, other, error }) => {
      error.catch(() => undefined)
      bench.client.close()
      await bench.runtime.sleep(10)
      assert.equal(bench.member.openCursors(), 0)
      const found = await other.command('test', { find: 'log' })
      assert.equal(batchOf(found).ids.length, 1)
    }))

  test('maxTimeMS of a getMore is no limit of its work: a fail point may hold it up for longer', () =>
    withStandalone(async bench => {
      await log(bench, 2)
      const { id } = batchOf(await bench.run({ ...awaiting, batchSize: 1 }))
      const data = { failCommands: ['getMore'], blockConnection: true, blockTimeMS: 100 }
      bench.member.configureFailPoint({ configureFailPoint: 'failCommand', mode: { times: 1 }, data })
      assert.deepEqual(batchOf(await bench.run(more(id, { maxTimeMS: 1 }))).ids, [1])
    }))

  test('waits on a secondary for what is replicated to it, and goes on through a step-down', () =>
    withReplicaSet(async ({ deployment, member, connect, primary, runtime }) => {
      const first = await primary()
      const to = async (which: Member): Promise<RawClient> => connect(which)
      const writer = await to(member(first))
      await writer.command('test', { create: 'log', capped: true, size: 4096, writeConcern: { w: 3 } })
      await writer.command('test', { insert: 'log', documents: numbered(1), writeConcern: { w: 3 } })
      const reader = await to(member((first + 1) % 3))
      const onPrimary = await to(member(first))
      const followed = batchOf(await reader.command('test', { ...awaiting, ...nearest })).id
      const led = batchOf(await onPrimary.command('test', awaiting)).id
      const replies = [
        reader.command('test', more(followed, { maxTimeMS: 60_000 })),
        onPrimary.command('test', more(led, { maxTimeMS: 60_000 }))
      ]
      await deployment.stepDown()
      const next = await to(member(await primary()))
      await next.command('test', { insert: 'log', documents: numbered(1, 1) })
      for (const reply of replies) assert.deepEqual(batchOf(await reply).ids, [1])
      assert.ok(runtime.clock.nowMS() < 10_000)
    }))
})
