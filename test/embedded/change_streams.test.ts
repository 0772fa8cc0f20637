import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Document, Long } from '../../src/bson/index.ts'
import { withStandalone } from './bench.ts'
import { nearest } from './replica_bench.ts'
import { refusal, set, types, Watch, withPrimary } from './watching.ts'

describe('a place in a change stream', () => {
  test('is found by a token, on every member, with nothing lost or told twice', () =>
    withPrimary(
      async ({ client, run, deployment, connect }) => {
        const watch = await Watch.open(client)
        await run({ insert: 'c', documents: [{ _id: 1 }, { _id: 2 }, { _id: 3 }] })
        const events = await watch.more()
        assert.equal(events.length, 3)
        for (const member of deployment.members) {
          const reader = await connect(member)
          for (const [at, { _id }] of events.entries())
            for (const option of ['resumeAfter', 'startAfter']) {
              const resumed = await Watch.open(reader, { [option]: _id }, nearest)
              assert.deepEqual(resumed.answer.events, events.slice(at + 1))
            }
          const behind = await Watch.open(reader, { resumeAfter: watch.answer.token }, nearest)
          assert.deepEqual(behind.answer.events, [])
          const atTime = await Watch.open(reader, { startAtOperationTime: events[1]?.['clusterTime'] }, nearest)
          assert.deepEqual(atTime.answer.events, events.slice(1))
        }
      },
      { members: 3 }
    ))

  test('goes on where a batch ends, and behind an empty one', () =>
    withPrimary(async ({ client, run }) => {
      const watch = await Watch.open(client, {}, { cursor: { batchSize: 0 } })
      await run({ insert: 'c', documents: [{ _id: 1 }, { _id: 2 }, { _id: 3 }] })
      const two = await watch.more(50, { batchSize: 2 })
      assert.equal(two.length, 2)
      assert.deepEqual(watch.answer.token, two[1]?.['_id'])
      assert.equal((await watch.more()).length, 1)
      await client.command('other', { insert: 'c', documents: [{}] })
      const { token } = watch.answer
      assert.deepEqual(await watch.more(), [])
      assert.ok(String(watch.answer.token['_data']) > String(token['_data']))
      assert.equal((await Watch.open(client, { resumeAfter: token })).answer.events.length, 0)
    }))

  test('behind an invalidate is taken by startAfter alone, and goes on with what has the name then', () =>
    withPrimary(async ({ client, run }) => {
      await run({ create: 'c' })
      const watch = await Watch.open(client)
      await run({ drop: 'c' })
      const [drop, invalidate] = await watch.more()
      await run({ insert: 'c', documents: [{ _id: 1 }] })
      const again = await Watch.open(client, { resumeAfter: drop?.['_id'] })
      assert.deepEqual(again.answer.events, [invalidate])
      const stage = { $changeStream: { resumeAfter: invalidate?.['_id'] } }
      refusal(await client.command('test', { aggregate: 'c', pipeline: [stage], cursor: {} }), 260)
      const anew = await Watch.open(client, { startAfter: invalidate?.['_id'] })
      assert.deepEqual(types(anew.answer.events), ['insert'])
    }))

  test('that a member has not got to yet is waited for there', () =>
    withPrimary(
      async ({ client, run, deployment, connect, primary }) => {
        const watch = await Watch.open(client)
        await run({ insert: 'c', documents: [{ _id: 1 }] })
        const at = await primary()
        const lagging = deployment.members[(at + 1) % 3]
        assert.ok(lagging !== undefined)
        lagging.replicationDelayMS = 2_000
        await run({ insert: 'c', documents: [{ _id: 2 }, { _id: 3 }] })
        const [, second] = await watch.more()
        const reader = await connect(lagging)
        const open: Watch[] = []
        for (const batchSize of [0, 101]) {
          const resumed = await Watch.open(
            reader,
            { resumeAfter: second?.['_id'] },
            { ...nearest, cursor: { batchSize } }
          )
          assert.deepEqual([resumed.answer.events, resumed.answer.token], [[], second?.['_id']])
          open.push(resumed)
        }
        for (const resumed of open) {
          const events = await resumed.more(10_000)
          assert.deepEqual([types(events), events[0]?.['documentKey']], [['insert'], { _id: 3 }])
        }
      },
      { members: 3 }
    ))

  test('that the oplog has no more is lost', () =>
    withPrimary(
      async ({ client, run, deployment, connect, primary }) => {
        const watch = await Watch.open(client)
        await run({ insert: 'c', documents: [{ _id: 0 }] })
        const [{ _id: token } = { _id: {} }] = await watch.more()
        const value = 'x'.repeat(15 * 1024 * 1024)
        for (let at = 1; at <= 5; at++) await run({ insert: 'c', documents: [{ _id: at, value }] })
        const opening = { aggregate: 'c', pipeline: [{ $changeStream: { resumeAfter: token } }], cursor: {} }
        const lost = refusal(await (await connect(deployment.members[await primary()])).command('test', opening), 286)
        assert.deepEqual(lost['errorLabels'], ['NonResumableChangeStreamError'])
        assert.match(lost['errmsg'], /no longer be in the oplog/)
        assert.equal((await watch.refused(286))['codeName'], 'ChangeStreamHistoryLost')
      },
      { members: 1 }
    ))
})

describe('only what a majority has', () => {
  test('is told, and as soon as it is so', () =>
    withPrimary(
      async ({ client, run, deployment, runtime }) => {
        await run({ create: 'c' })
        const watch = await Watch.open(client)
        for (const member of deployment.members) member.replicationDelayMS = 3_000
        await run({ insert: 'c', documents: [{ _id: 1 }], writeConcern: { w: 1 } })
        assert.deepEqual(await watch.more(1_000), [])
        const beganMS = runtime.clock.nowMS()
        assert.deepEqual(types(await watch.more(60_000)), ['insert'])
        assert.ok(runtime.clock.nowMS() - beganMS < 2_100)
      },
      { members: 3 }
    ))
})

describe('a pipeline behind the stage', () => {
  test('may filter and shape events, and keeps the token', () =>
    withPrimary(async ({ client, run }) => {
      const pipeline = [
        { $match: { 'fullDocument.a': { $gt: 1 } } },
        { $addFields: { twice: { $multiply: ['$fullDocument.a', 2] } } },
        { $project: { twice: 1 } }
      ]
      const watch = await Watch.open(client, {}, { pipeline })
      await run({
        insert: 'c',
        documents: [
          { _id: 1, a: 1 },
          { _id: 2, a: 2 }
        ]
      })
      const [event, ...others] = await watch.more()
      assert.deepEqual([event?.['twice'], others], [4, []])
      const resumed = await Watch.open(client, { resumeAfter: event?.['_id'] })
      assert.deepEqual(resumed.answer.events, [])
    }))

  test('that filters the last event out ends all the same', () =>
    withPrimary(async ({ client, run, member }) => {
      await run({ create: 'c' })
      const watch = await Watch.open(client, {}, { pipeline: [{ $match: { operationType: 'drop' } }] })
      await run({ drop: 'c' })
      assert.deepEqual(types(await watch.more()), ['drop'])
      assert.deepEqual([watch.answer.id.isZero(), member(0).openCursors()], [true, 0])
    }))

  test('with $changeStreamSplitLargeEvent last splits what is too large, and each part has a place', () =>
    withPrimary(async ({ client, run }) => {
      await run({ create: 'c', changeStreamPreAndPostImages: { enabled: true } })
      const megabytes = 9 * 1024 * 1024
      await run({ insert: 'c', documents: [{ _id: 1, a: 'x'.repeat(megabytes) }] })
      const split = { $changeStreamSplitLargeEvent: {} }
      const stage = { fullDocumentBeforeChange: 'required' }
      const whole = await Watch.open(client, stage)
      const parts = await Watch.open(client, stage, { pipeline: [split] })
      const smaller = await Watch.open(client, stage, { pipeline: [{ $unset: 'fullDocumentBeforeChange' }, split] })
      await run(set({ $set: { a: 'y'.repeat(megabytes) } }))
      assert.match((await whole.refused(10334))['errmsg'], /\$changeStreamSplitLargeEvent as the last stage splits it/)
      const events = [...(await parts.more()), ...(await parts.more())]
      assert.deepEqual(
        events.map(({ splitEvent }) => splitEvent as unknown),
        [
          { fragment: 1, of: 2 },
          { fragment: 2, of: 2 }
        ]
      )
      const [first, second] = events
      assert.deepEqual([first?.['operationType'], 'fullDocumentBeforeChange' in (second ?? {})], ['update', true])
      const [small] = await smaller.more()
      assert.ok(small !== undefined && !('splitEvent' in small))
      const resumed = await Watch.open(client, { ...stage, resumeAfter: first?.['_id'] }, { pipeline: [split] })
      assert.deepEqual(resumed.answer.events, [second])
    }))

  test('that changes the token ends the stream', () =>
    withPrimary(async ({ client, run }) => {
      for (const stage of [{ $project: { _id: 0 } }, { $set: { _id: 1 } }, { $replaceRoot: { newRoot: {} } }]) {
        const watch = await Watch.open(client, {}, { pipeline: [stage] })
        await run({ insert: 'c', documents: [{}] })
        const reply = await watch.refused(280)
        assert.deepEqual(reply['errorLabels'], ['NonResumableChangeStreamError'])
      }
    }))

  test('that makes no documents of single events is refused', () =>
    withPrimary(async ({ client }) => {
      const code = async (...pipeline: readonly Document[]): Promise<unknown> =>
        (await client.command('test', { aggregate: 'c', pipeline, cursor: {} }))['code']?.$numberInt
      const stage = { $changeStream: {} }
      assert.equal(await code(stage, { $group: { _id: 1 } }), '20')
      assert.equal(await code(stage, { $limit: 1 }), '20')
      assert.equal(await code(stage, { $unknown: 1 }), '40324')
      assert.equal(await code(stage, stage), '40602')
      assert.equal(await code({ $match: {} }, stage), '40602')
      assert.equal(await code(stage, { $changeStreamSplitLargeEvent: {} }, { $match: {} }), '7182802')
      assert.equal(await code(stage, { $changeStreamSplitLargeEvent: { no: 1 } }), '40415')
    }))
})

describe('a stage that makes no sense', () => {
  const data = (text: string): Document => ({ resumeAfter: { _data: text } })
  const rows: readonly (readonly [what: string, code: number, stage: unknown, more?: Document])[] = [
    ['an unknown field', 40415, { unknown: 1 }],
    ['a field of shards', 238, { showMigrationEvents: true }],
    ['no document', 50808, 1],
    ['an unknown value', 2, { fullDocument: 'sometimes' }],
    ['an unknown value for what was before', 2, { fullDocumentBeforeChange: 'default' }],
    ['two tokens', 50865, { ...data('82'), startAfter: { _data: '82' } }],
    ['a token and a time', 40674, { ...data('82'), startAtOperationTime: { $timestamp: { t: 1, i: 1 } } }],
    ['a token that is none', 14, { resumeAfter: 'token' }],
    ['a token without data', 40647, { resumeAfter: {} }],
    ['a token that is no text of digits', 9, data('no digits')],
    ['a token of somebody else', 50811, data('8265A1')],
    ['a token that was never given out', 280, data(`82${'0'.repeat(15)}700000000010000`)],
    ['a time that is none', 14, { startAtOperationTime: 1 }],
    ['all changes of a database', 72, { allChangesForCluster: true }],
    ['the database of the server itself', 73, {}, { database: 'admin', aggregate: 1 }],
    ['a collection of the server itself', 73, {}, { aggregate: 'system.users' }],
    ['another read concern', 72, {}, { readConcern: { level: 'local' } }],
    ['a snapshot', 72, {}, { readConcern: { level: 'snapshot' } }]
  ]
  for (const [what, code, stage, more = {}] of rows)
    test(`with ${what} is refused with ${code}`, () =>
      withPrimary(async ({ client, member }) => {
        const { database = 'test', aggregate = 'c', ...further } = more
        const pipeline = [{ $changeStream: stage }]
        refusal(await client.command(database, { aggregate, pipeline, cursor: {}, ...further }), code)
        assert.equal(member(0).openCursors(), 0)
      }))

  test('is one on a standalone, which has no oplog', () =>
    withStandalone(async ({ refused }) => {
      await refused({ aggregate: 'c', pipeline: [{ $changeStream: {} }], cursor: {} }, 40573, 'Location40573')
    }))
})

describe('the label that lets a client resume', () => {
  test('is on errors of a getMore that a server says it of, and on no other cursor', () =>
    withPrimary(async ({ client, run, member }) => {
      await run({ insert: 'c', documents: [{ _id: 1 }, { _id: 2 }] })
      const fail = (errorCode: number): number =>
        member(0).configureFailPoint({
          configureFailPoint: 'failGetMoreAfterCursorCheckout',
          mode: { times: 1 },
          data: { errorCode }
        })
      for (const [code, label] of [
        [6, ['ResumableChangeStreamError']],
        [133, ['ResumableChangeStreamError']],
        [234, ['ResumableChangeStreamError']],
        [10107, ['ResumableChangeStreamError']],
        [216, undefined],
        [280, ['NonResumableChangeStreamError']]
      ] as const) {
        const watch = await Watch.open(client)
        fail(code)
        assert.deepEqual((await watch.refused(code))['errorLabels'], label)
      }
      const { cursor } = await run({ find: 'c', batchSize: 1 })
      fail(6)
      const getMore = { getMore: Long.fromString(cursor.id.$numberLong), collection: 'c' }
      assert.equal(refusal(await client.command('test', getMore), 6)['errorLabels'], undefined)
    }))
})
