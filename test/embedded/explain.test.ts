import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Document } from '../../src/bson/index.ts'
import { withStandalone } from './bench.ts'
import { int, numbered } from './raw_client.ts'

const forward = { stage: 'COLLSCAN', direction: 'forward' }

describe('explain', () => {
  test('tells how documents are found, and changes nothing', () =>
    withStandalone(async ({ run }) => {
      await run({ insert: 'c', documents: numbered(3) })
      const planOf = async (explain: Document): Promise<Document> => {
        const reply = await run({ explain, verbosity: 'queryPlanner' })
        assert.equal(reply['executionStats'], undefined)
        assert.deepEqual(Object.keys(reply['command'])[0], Object.keys(explain)[0])
        return reply['queryPlanner'].winningPlan
      }
      assert.deepEqual(await planOf({ find: 'c', filter: { a: 1 } }), forward)
      assert.deepEqual(await planOf({ find: 'c', filter: { _id: 1 } }), { stage: 'IDHACK' })
      assert.deepEqual(await planOf({ find: 'missing' }), { stage: 'EOF' })
      assert.deepEqual(await planOf({ find: 'c', sort: { $natural: -1 } }), { ...forward, direction: 'backward' })
      assert.deepEqual(await planOf({ find: 'c', sort: { a: 1 } }), {
        stage: 'SORT',
        sortPattern: { a: int(1) },
        inputStage: forward
      })
      assert.deepEqual(await planOf({ count: 'c', query: { a: 1 } }), forward)
      assert.deepEqual(await planOf({ distinct: 'c', key: 'a' }), forward)
      assert.deepEqual(await planOf({ update: 'c', updates: [{ q: { _id: 1 }, u: { $set: { a: 9 } } }] }), {
        stage: 'IDHACK'
      })
      assert.deepEqual(await planOf({ delete: 'c', deletes: [{ q: {}, limit: 0 }] }), forward)
      assert.deepEqual(await planOf({ findAndModify: 'c', query: {}, remove: true }), forward)
      assert.deepEqual((await run({ count: 'c', query: { a: 9 } }))['n'], int(0))
      assert.deepEqual((await run({ count: 'c' }))['n'], int(3))
    }))

  test('of a pipeline has its stages behind what reads the collection', () =>
    withStandalone(async ({ run }) => {
      await run({ insert: 'c', documents: numbered(3) })
      const explain = { aggregate: 'c', pipeline: [{ $match: { a: 1 } }], cursor: {} }
      const { stages } = await run({ explain, verbosity: 'queryPlanner' })
      assert.deepEqual(stages[0].$cursor.queryPlanner.winningPlan, forward)
      assert.deepEqual(stages[1], { $match: { a: int(1) } })
    }))

  test('with executionStats reads counts what they look at and return', () =>
    withStandalone(async ({ run }) => {
      await run({ insert: 'c', documents: numbered(5) })
      const counted = async (explain: Document): Promise<unknown[]> => {
        const { executionStats } = await run({ explain, verbosity: 'executionStats' })
        return [executionStats.nReturned, executionStats.totalDocsExamined]
      }
      assert.deepEqual(await counted({ find: 'c', filter: { _id: { $gt: 1 } }, skip: 1, limit: 9 }), [int(2), int(5)])
      assert.deepEqual(await counted({ find: 'c', filter: { _id: 1 } }), [int(1), int(1)])
      assert.deepEqual(await counted({ find: 'missing' }), [int(0), int(0)])
      assert.deepEqual(await counted({ distinct: 'c', key: '_id' }), [int(0), int(5)])
    }))

  test('refuses what it cannot explain, by name', () =>
    withStandalone(async ({ refused }) => {
      const update = { update: 'c', updates: [{ q: {}, u: { $set: { a: 1 } } }] }
      const two = {
        delete: 'c',
        deletes: [
          { q: {}, limit: 1 },
          { q: {}, limit: 1 }
        ]
      }
      assert.match(await refused({ explain: update }, 238, 'NotImplemented'), /allPlansExecution of update/)
      assert.match(await refused({ explain: { ping: 1 } }, 20, 'IllegalOperation'), /Cannot explain cmd: ping/)
      assert.match(await refused({ explain: { nothing: 1 } }, 59, 'CommandNotFound'), /unknown command: nothing/)
      await refused({ explain: { find: 'c', fitler: {} }, verbosity: 'queryPlanner' }, 40415, 'IDLUnknownField')
      await refused({ explain: { find: 'c', oplogReplay: true }, verbosity: 'queryPlanner' }, 238, 'NotImplemented')
      await refused({ explain: { find: 'c' }, verbosity: 'all' }, 2, 'BadValue')
      await refused({ explain: two, verbosity: 'queryPlanner' }, 16, 'InvalidLength')
      await refused({ explain: { ...update, writeConcern: { w: 1 } }, verbosity: 'queryPlanner' }, 72, 'InvalidOptions')
    }))
})
