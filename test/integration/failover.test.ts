/** A primary that goes while operations are in progress: all of them succeed on the next one, each applied once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Document, MongoClient } from '../../src/client/index.ts'
import {
  type Deployment,
  type Member,
  startDeployment,
  type VirtualRuntime,
  virtualRuntime
} from '../../src/embedded/index.ts'
import { countByKind, recordPoolEvents } from './drivers.ts'

interface Scene {
  readonly runtime: VirtualRuntime
  readonly deployment: Deployment
  readonly client: MongoClient
}

async function onReplicaSet(run: (scene: Scene) => Promise<void>): Promise<void> {
  const runtime = virtualRuntime({ seed: 6 })
  await runtime.run(async () => {
    const deployment = await startDeployment({ kind: 'replicaSet', runtime })
    const client = await MongoClient.connect(deployment.uri, { runtime, maxPoolSize: 100, maxConnecting: 10 })
    await run({ runtime, deployment, client })
    await client.shutdown()
    assert.deepEqual(client.connections(), [])
    await deployment.stop()
    assert.equal(runtime.timersArmed(), 0)
  })
  assert.deepEqual(runtime.warnings, [])
}

const kindsOfOperation = 3
const operations = 20 * kindsOfOperation

/** How the primary goes. Each resolves when it is dead. */
const ends: readonly { readonly title: string; readonly end: (scene: Scene, primary: Member) => Promise<void> }[] = [
  {
    title: 'the monitor notices first',
    end: async ({ runtime, deployment }, primary) => {
      primary.dropConnections(({ purpose }) => purpose === 'monitor')
      await primary.refuseDials(true)
      await runtime.sleep(50)
      await deployment.kill(deployment.members.indexOf(primary))
    }
  },
  {
    title: 'the operations notice first, two seconds before it is dead',
    end: async ({ runtime, deployment }, primary) => {
      primary.silenceMonitors(true)
      await primary.refuseDials(true)
      primary.dropConnections(({ purpose }) => purpose === 'pool')
      await runtime.sleep(2_000)
      await deployment.kill(deployment.members.indexOf(primary))
    }
  },
  {
    title: 'all of its sockets close at once',
    end: async ({ deployment }, primary) => deployment.kill(deployment.members.indexOf(primary))
  }
]

for (const { title, end } of ends)
  test(`the primary is killed under load, and ${title}: no operation fails, none is applied twice`, () =>
    onReplicaSet(async scene => {
      const { runtime, deployment, client } = scene
      const counters = client.db('shop').collection<{ _id: number; count: number }>('counters')
      await counters.insertMany(Array.from({ length: operations }, (_, _id) => ({ _id, count: 0 })))
      const primary = deployment.primary
      assert.ok(primary !== undefined)
      const data = { failCommands: ['update', 'insert', 'find'], blockConnection: true, blockTimeMS: 500 }
      primary.configureFailPoint({ configureFailPoint: 'failCommand', mode: 'alwaysOn', data })
      const events = recordPoolEvents(client)
      const running: Promise<unknown>[] = []
      for (let key = 0; key < operations; key += kindsOfOperation) {
        running.push(counters.updateOne({ _id: key }, { $inc: { count: 1 } }))
        running.push(counters.insertOne({ _id: operations + key, count: 1 }))
        running.push(counters.findOne({ _id: key }))
      }
      await runtime.sleep(100)
      const before = client.pools().find(({ address }) => address === primary.address)
      assert.ok(before !== undefined && before.checkedOut >= 20, 'enough operations are under way')
      await end(scene, primary)
      await Promise.all(running)
      const retries = countByKind(events).connectionCheckOutStarted - operations
      assert.ok(retries >= 20, `${retries} retries`)
      assert.notEqual(deployment.primary?.address, primary.address)
      const pool = client.pools().find(({ address }) => address === primary.address)
      assert.deepEqual([pool?.state, pool?.total], ['paused', 0])
      assert.ok(countByKind(events).connectionPoolCleared >= 1)
      const counts = await counters.find({}, { sort: { _id: 1 } }).toArray()
      const expected: Document[] = []
      for (let key = 0; key < operations; key++)
        expected.push({ _id: key, count: key % kindsOfOperation === 0 ? 1 : 0 })
      for (let key = 0; key < operations; key += kindsOfOperation) expected.push({ _id: operations + key, count: 1 })
      assert.deepEqual(counts, expected)
    }))

test('the primary steps down under load: no operation fails, and its pool is kept', () =>
  onReplicaSet(async ({ runtime, deployment, client }) => {
    const counters = client.db('shop').collection<{ _id: number; count: number }>('counters')
    const events = recordPoolEvents(client)
    let done = 0
    const work = async (key: number): Promise<void> => {
      for (let turn = 0; turn < 50; turn++, done++) {
        await counters.updateOne({ _id: key }, { $inc: { count: 1 } }, { upsert: true })
        await runtime.sleep(10)
      }
    }
    const running = Promise.all(Array.from({ length: 20 }, (_, key) => work(key)))
    await runtime.sleep(200)
    const old = deployment.primary
    assert.ok(done > 0 && done < 1_000, `${done} operations before the step-down`)
    await deployment.stepDown()
    await running
    assert.notEqual(deployment.primary, old)
    assert.deepEqual(
      (await counters.find({}, { sort: { _id: 1 } }).toArray()).map(({ count }) => count),
      Array(20).fill(50)
    )
    assert.equal(countByKind(events).connectionPoolCleared, 0)
  }))

test('a secondary that is delayed returns the old document, until it has applied the new one', () =>
  onReplicaSet(async ({ runtime, deployment, client }) => {
    const written = client.db('shop').collection<{ _id: number; state: string }>('orders', { writeConcern: { w: 1 } })
    const read = client.db('shop').collection('orders', { readPreference: 'secondary' })
    await client
      .db('shop')
      .collection('orders')
      .insertOne({ _id: 1, state: 'old' } as never)
    await runtime.sleep(100)
    for (const member of deployment.members) member.replicationDelayMS = 1_000
    await written.updateOne({ _id: 1 }, { $set: { state: 'new' } })
    assert.equal((await read.findOne({ _id: 1 } as never))?.['state'], 'old')
    await runtime.sleep(1_100)
    assert.equal((await read.findOne({ _id: 1 } as never))?.['state'], 'new')
  }))
