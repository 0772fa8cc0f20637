import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { startDeployment } from '../../src/embedded/index.ts'
import { winnerOf } from '../../src/embedded/replication/election.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { int, long, ok, RawClient } from './raw_client.ts'
import { electionMS, nearest, withoutTimes, withReplicaSet } from './replica_bench.ts'

describe('who wins an election', () => {
  const voter = (term: number, timestamp: number, mayLead = true) => ({
    lastOpTime: { term: BigInt(term), timestamp: BigInt(timestamp) },
    mayLead
  })

  test('the newest oplog, where a later term counts more than a later time', () => {
    const running = [voter(1, 9), voter(2, 3), voter(2, 5)]
    assert.equal(winnerOf(running, 2), running[2])
  })

  test('nobody without a majority that runs', () => {
    assert.equal(winnerOf([voter(1, 1)], 2), undefined)
    assert.equal(winnerOf([], 1), undefined)
  })

  test('nobody whose oplog is older than that of too many, whether those may lead or not', () => {
    assert.equal(winnerOf([voter(1, 2, false), voter(1, 1)], 2), undefined)
    const running = [voter(1, 2, false), voter(1, 1), voter(1, 1)]
    assert.equal(winnerOf(running, 2), running[1])
  })
})

describe('a primary', () => {
  test('that is killed takes its sockets with it, and a write that a majority had survives', () =>
    withReplicaSet(async ({ deployment, member, connect, runtime, primary, documentsOf }) => {
      const raw = await connect(member(0))
      await raw.command('test', { insert: 'c', documents: [{ _id: 1 }] })
      const beganMS = runtime.clock.nowMS()
      await deployment.kill(0)
      await raw.ended
      await assert.rejects(connect(member(0)), /the dial failed/)
      const elected = await primary()
      const tookMS = runtime.clock.nowMS() - beganMS
      assert.ok(tookMS >= electionMS && tookMS < electionMS + 25, `${tookMS}`)
      assert.deepEqual(await documentsOf(elected), [{ _id: int(1) }])
    }))

  test('that is left without a majority steps down, and leads no more until there is one', () =>
    withReplicaSet(async ({ deployment, member, connect, runtime, primary }) => {
      await deployment.kill(1)
      assert.equal(deployment.primary, member(0))
      await deployment.kill(2)
      assert.equal(deployment.primary, undefined)
      await runtime.sleep(electionMS * 3)
      const reply = await (await connect(member(0))).command('test', { insert: 'c', documents: [{}] })
      assert.deepEqual(reply['codeName'], 'NotWritablePrimary')
      await deployment.restart(1)
      assert.equal(await primary(), 0)
    }))

  test('counts an entry of an earlier term as committed only together with one of its own', () =>
    withReplicaSet(async ({ deployment, member, connect, runtime, primary, documentsOf }) => {
      for (const index of [1, 2]) member(index).replicationDelayMS = 60_000
      const write = async (_id: string) => {
        const raw = await connect(deployment.primary)
        const reply = await raw.command('test', { insert: 'c', documents: [{ _id }], writeConcern: { w: 1 } })
        return reply['operationTime'].$timestamp
      }
      const first = await write('of the first term')
      await deployment.kill(0)
      assert.equal(await primary(), 1)
      await write('of the second term, which may still win')
      await deployment.kill(1)
      await deployment.restart(0)
      assert.equal(await primary(), 0)
      // Due is what was written in the first term, and not yet what the third began with.
      member(2).replicationDelayMS = runtime.clock.nowMS() - 100
      await runtime.sleep(20)
      assert.deepEqual(await documentsOf(2), [{ _id: 'of the first term' }])
      const majority = async () => {
        const { lastWrite } = await (await connect(member(0))).command('admin', { hello: 1 })
        return [lastWrite.majorityOpTime.ts.$timestamp, lastWrite.majorityOpTime.t]
      }
      const [committed, term] = await majority()
      assert.ok(term.$numberLong === '1' && committed.t * 1000 + committed.i < first.t * 1000 + first.i)
      await runtime.sleep(1000)
      assert.deepEqual((await majority())[1], long(3))
    }))

  test('does not step down before another one has caught up, unless it is forced', () =>
    withReplicaSet(async ({ member, connect, runtime }) => {
      for (const index of [1, 2]) member(index).replicationDelayMS = 60_000
      const raw = await connect(member(0))
      await raw.command('test', { insert: 'c', documents: [{}], writeConcern: { w: 1 } })
      const beganMS = runtime.clock.nowMS()
      const late = await raw.command('admin', { replSetStepDown: 60, secondaryCatchUpPeriodSecs: 2 })
      assert.deepEqual([late['code'], late['codeName']], [int(262), 'ExceededTimeLimit'])
      assert.ok(runtime.clock.nowMS() - beganMS >= 2000)
      assert.deepEqual(withoutTimes(await raw.command('admin', { replSetStepDown: 60, force: true })), ok)
      assert.equal((await raw.command('admin', { hello: 1 }))['secondary'], true)
    }))

  test('that stepped down stands again when its time is over', () =>
    withReplicaSet(
      async ({ deployment, member, runtime, connect }) => {
        const raw = await connect(member(0))
        await raw.command('admin', { replSetStepDown: 5, force: true })
        await runtime.sleep(4900)
        assert.equal(deployment.primary, undefined)
        await runtime.sleep(100 + electionMS + 10)
        assert.equal(deployment.primary, member(0))
        assert.deepEqual((await raw.command('admin', { hello: 1 }))['electionId'], { $oid: '7fffffff0000000000000002' })
      },
      { members: 1 }
    ))

  test('is no member that cannot be: it is told so', () =>
    withReplicaSet(async ({ deployment, member, connect }) => {
      const secondary = await connect(member(1))
      assert.deepEqual((await secondary.command('admin', { replSetStepDown: 1 }))['code'], int(2))
      const refused = await secondary.command('admin', { replSetStepDown: 60 })
      assert.deepEqual(refused['codeName'], 'NotWritablePrimary')
      const frozen = await (await connect(member(0))).command('admin', { replSetFreeze: 1 })
      assert.deepEqual(frozen['codeName'], 'NotSecondary')
      await assert.rejects(deployment.kill(3), /there is no member 3; there are 3/)
    }))
})

describe('a member that starts again', () => {
  test('is a new process with its old data, and catches up by the oplog', () =>
    withReplicaSet(async ({ deployment, member, connect, runtime, documentsOf }) => {
      const raw = await connect(member(0))
      const insert = (_id: number) => raw.command('test', { insert: 'c', documents: [{ _id }] })
      await insert(1)
      const before = await (await connect(member(2))).command('admin', { hello: 1 })
      await deployment.kill(2)
      await insert(2)
      await deployment.restart(2)
      assert.equal(member(2).connections().created, 0)
      const after = await (await connect(member(2))).command('admin', { hello: 1 })
      assert.notDeepEqual(after['topologyVersion'].processId, before['topologyVersion'].processId)
      await runtime.sleep(50)
      assert.deepEqual(await documentsOf(2), [{ _id: int(1) }, { _id: int(2) }])
    }))

  test('loses what nobody else had, and copies all data: also more than fits into one reply', () =>
    withReplicaSet(async ({ deployment, member, connect, runtime, primary }) => {
      for (const index of [1, 2]) member(index).replicationDelayMS = 60_000
      const raw = await connect(member(0))
      await raw.command('test', { insert: 'c', documents: [{ _id: 'lost' }], writeConcern: { w: 1 } })
      await deployment.kill(0)
      for (const index of [1, 2]) member(index).replicationDelayMS = 0
      const elected = await connect(member(await primary()))
      const text = 'x'.repeat(9_000_000)
      for (const _id of [1, 2, 3]) await elected.command('test', { insert: 'c', documents: [{ _id, text }] })
      const indexes = [{ key: { a: 1 }, name: 'a_1' }]
      await elected.command('test', { createIndexes: 'c', indexes })
      await deployment.restart(0)
      await runtime.sleep(200)
      const copy = await connect(member(0))
      const found = await copy.command('test', { find: 'c', projection: { text: 0 }, ...nearest })
      assert.deepEqual(found['cursor'].firstBatch, [{ _id: int(1) }, { _id: int(2) }, { _id: int(3) }])
      const listed = await copy.command('test', { listIndexes: 'c', ...nearest })
      assert.equal(listed['cursor'].firstBatch.length, 2)
    }))

  test('while it runs is left as it is, also when it refuses dials', () =>
    withReplicaSet(async ({ deployment, member, connect }) => {
      const raw = await connect(member(1))
      await member(1).refuseDials(true)
      await deployment.restart(1)
      assert.deepEqual(withoutTimes(await raw.command('admin', { ping: 1 })), ok)
      await member(1).refuseDials(false)
    }))
})

type Step =
  | { readonly kind: 'write' | 'writeToOne' | 'stepDown' | 'killPrimary' | 'restartAll' | 'wait' }
  | { readonly kind: 'kill' | 'restart'; readonly index: number }
  | { readonly kind: 'delay'; readonly index: number; readonly delayMS: number }

const index = fc.nat(2)
const step: fc.Arbitrary<Step> = fc.oneof<fc.WeightedArbitrary<Step>[]>(
  { weight: 6, arbitrary: fc.constantFrom<Step>({ kind: 'write' }, { kind: 'writeToOne' }) },
  { weight: 4, arbitrary: fc.constantFrom<Step>({ kind: 'wait' }, { kind: 'restartAll' }) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ kind: 'stepDown' }, { kind: 'killPrimary' }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('kill' as const, 'restart' as const), index }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delay' as const), index, delayMS: fc.constantFrom(0, 1000) }) }
)

test('whatever is killed, restarted, delayed or steps down: no write that a majority acknowledged is lost, and all members become the same', async () => {
  const property = fc.asyncProperty(
    fc.nat(),
    fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }),
    async (seed, steps) => {
      await withReplicaSet(
        async ({ deployment, member, connect, runtime, primary, documentsOf }) => {
          const acknowledged: number[] = []
          const terms = new Map<string, string>()
          let nextId = 0
          const write = async (w: 1 | 'majority'): Promise<void> => {
            const { primary: to } = deployment
            if (to === undefined) return
            const _id = nextId++
            try {
              const raw = await connect(to)
              const { electionId, me } = await raw.command('admin', { hello: 1 })
              if (electionId !== undefined) {
                assert.equal(terms.get(electionId.$oid) ?? me, me, 'one primary for each term')
                terms.set(electionId.$oid, me)
              }
              const command = { insert: 'c', documents: [{ _id }], writeConcern: { w } }
              const reply = await raw.command('test', command)
              raw.close()
              const done = reply['ok'].$numberDouble === '1.0' && reply['writeConcernError'] === undefined
              if (done && w === 'majority') acknowledged.push(_id)
            } catch (error) {
              assert.match(String(error), /the dial failed|the connection is closed/)
            }
          }
          const writes: Promise<void>[] = []
          for (const each of steps) {
            if (each.kind === 'delay') member(each.index).replicationDelayMS = each.delayMS
            else if (each.kind === 'kill') await deployment.kill(each.index)
            else if (each.kind === 'restart') await deployment.restart(each.index)
            else if (each.kind === 'write') writes.push(write('majority'))
            else if (each.kind === 'writeToOne') writes.push(write(1))
            else if (each.kind === 'restartAll') await Promise.all([0, 1, 2].map(each => deployment.restart(each)))
            else if (each.kind === 'wait') await runtime.sleep(electionMS * 1.5)
            else if (each.kind === 'killPrimary') await deployment.primary?.stop()
            else void deployment.stepDown().catch(() => undefined)
            await runtime.sleep(runtime.chance.fraction() * 4)
          }
          for (const each of [0, 1, 2]) {
            member(each).replicationDelayMS = 0
            await deployment.restart(each)
          }
          await primary()
          await Promise.all(writes)
          await runtime.sleep(15_000)
          const [first, ...others] = await Promise.all([0, 1, 2].map(each => documentsOf(each)))
          for (const other of others) assert.deepEqual(other, first)
          const ids = new Set(first?.map(({ _id }) => Number(_id.$numberInt)))
          for (const _id of acknowledged) assert.ok(ids.has(_id), `the write ${_id} is lost`)
        },
        { seed }
      )
    }
  )
  await fc.assert(property, { seed: 7, numRuns: 50 })
})

test('on real sockets: a write, a killed primary, a new one with the write, and an end that lets the process go', async () => {
  const deployment = await startDeployment({ kind: 'replicaSet', electionMS: 20 })
  try {
    const [first] = deployment.members
    assert.ok(first)
    const raw = await RawClient.connect(nodeRuntime(), first)
    const monitor = await RawClient.connect(nodeRuntime(), deployment.members[1] ?? first)
    await raw.command('test', { insert: 'c', documents: [{ _id: 1 }] })
    const { topologyVersion } = await monitor.command('admin', { hello: 1 })
    assert.ok(topologyVersion)
    await deployment.kill(0)
    await raw.ended
    await deployment.restart(0)
    let found: unknown
    while (found === undefined) {
      const { primary } = deployment
      const reply = await monitor.command('test', { find: 'c', ...nearest })
      if (primary !== undefined) found = reply['cursor'].firstBatch
    }
    assert.deepEqual(found, [{ _id: int(1) }])
  } finally {
    await deployment.stop()
  }
})
