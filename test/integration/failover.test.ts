/** A primary that goes while operations are in progress: all of them succeed on the next one, each applied once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoClient } from '../../src/client/index.ts'
import { startDeployment, type VirtualRuntime, virtualRuntime } from '../../src/embedded/index.ts'
import { countByKind, recordPoolEvents } from './drivers.ts'
import { ends, killPrimaryUnderLoad, type Scene } from './killing.ts'

/** Between the moment when the client has noticed and the death of the primary. */
const heldBackMS = 2_000

const clientOptions = { maxPoolSize: 100, maxConnecting: 10 }

interface VirtualScene extends Scene {
  readonly runtime: VirtualRuntime
}

async function onReplicaSet(run: (scene: VirtualScene) => Promise<void>): Promise<void> {
  const runtime = virtualRuntime({ seed: 6 })
  await runtime.run(async () => {
    const deployment = await startDeployment({ kind: 'replicaSet', runtime })
    const client = await MongoClient.connect(deployment.uri, { ...clientOptions, runtime })
    await run({ runtime, deployment, client })
    await client.shutdown()
    assert.deepEqual(client.connections(), [])
    await deployment.stop()
    assert.equal(runtime.timersArmed(), 0)
  })
  assert.deepEqual(runtime.warnings, [])
}

for (const end of ends)
  test(`the primary is killed under load, and ${end.title}: no operation fails, none is applied twice`, () =>
    onReplicaSet(scene => killPrimaryUnderLoad(scene, end, () => scene.runtime.sleep(heldBackMS))))

for (const end of ends)
  test(`on real sockets too the primary is killed under load, and ${end.title}`, async () => {
    await using deployment = await startDeployment({ kind: 'replicaSet' })
    const client = await MongoClient.connect(deployment.uri, clientOptions)
    try {
      await killPrimaryUnderLoad({ deployment, client }, end)
      await client.shutdown()
      assert.deepEqual(client.connections(), [])
    } finally {
      void client.close()
    }
  })

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
