/** The options of pools as the server sees what they do: on virtual time, to the millisecond, and on real sockets. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { MongoClient, type MongoClientOptions } from '../../src/client/index.ts'
import { type Deployment, type Member, startDeployment, virtualRuntime } from '../../src/embedded/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import type { Runtime } from '../../src/runtime/index.ts'
import { many, type PoolEvent, roundTripsMS, withClient } from '../manual/bench.ts'
import { Handshakes } from './handshakes.ts'

interface Scene {
  readonly deployment: Deployment
  readonly member: Member
  readonly client: MongoClient
  readonly handshakes: Handshakes
  readonly told: readonly PoolEvent[]
}

/** A standalone whose handshakes are counted, and a client that has both its monitoring sockets. */
async function onStandalone(
  runtime: Runtime,
  options: MongoClientOptions,
  work: (scene: Scene) => Promise<void>
): Promise<void> {
  const handshakes = new Handshakes()
  const network = handshakes.network(runtime.network)
  await using deployment = await startDeployment({ kind: 'standalone', runtime: { ...runtime, network } })
  const [member] = deployment.members
  assert.ok(member)
  const told: PoolEvent[] = []
  await using client = new MongoClient(deployment.uri, {
    runtime,
    cmapEventHandler: event => told.push(event),
    ...options
  })
  await client.connect()
  // The connection that measures round-trip times is dialled once the server streams.
  const monitored = (): boolean => client.connections().some(({ purpose }) => purpose === 'roundTripTime')
  while (!monitored()) await once(client, 'serverHeartbeatStarted')
  await client.db('shop').command({ ping: 1 })
  await work({ deployment, member, client, handshakes, told })
}

/** A server knows a monitor by its second hello; that of the connection for round-trip times comes with the next heartbeat. */
const monitorsKnownMS = 11_000

const virtually = (work: (runtime: Runtime) => Promise<void>): Promise<void> => {
  const runtime = virtualRuntime({ seed: 3, latencyMinMS: 1, latencyMaxMS: 1 })
  return runtime.run(() => work(runtime))
}

describe('maxConnecting, as the server counts handshakes', () => {
  /** No find ends before the client does: 30 of them need all 10 connections that the pool may have. */
  async function mostHandshakes(runtime: Runtime, maxConnecting: number): Promise<number> {
    let most = 0
    await onStandalone(runtime, { maxConnecting, maxPoolSize: 10 }, async ({ member, client, handshakes }) => {
      const data = { failCommands: ['find'], blockConnection: true, blockTimeMS: 600_000 }
      member.configureFailPoint({ configureFailPoint: 'failCommand', mode: 'alwaysOn', data })
      member.handshakeDelayMS = 10
      handshakes.most = 0
      const ended = Promise.allSettled(many(30, () => client.db('shop').collection('orders').findOne()))
      while (client.pools()[0]?.checkedOut !== 10) await once(client, 'connectionCheckedOut')
      most = handshakes.most
      await client.close()
      await ended
    })
    return most
  }

  for (const maxConnecting of [1, 2, 3]) {
    test(`${maxConnecting} of it is reached and never exceeded`, () =>
      virtually(async runtime => assert.equal(await mostHandshakes(runtime, maxConnecting), maxConnecting)))

    test(`${maxConnecting} of it is never exceeded on real sockets`, async () => {
      const most = await mostHandshakes(nodeRuntime(), maxConnecting)
      assert.ok(most >= 1 && most <= maxConnecting, `${most} at once`)
    })
  }
})

describe('minPoolSize 50 with maxConnecting 10', () => {
  const options = { minPoolSize: 50, maxPoolSize: 50, maxConnecting: 10 }

  test('is filled in the time of five handshakes', () => {
    const runtime = virtualRuntime({ seed: 3, latencyMinMS: 1, latencyMaxMS: 1 })
    return runtime.run(async () => {
      const deployment = await startDeployment({ kind: 'standalone', runtime })
      const atMS: number[] = []
      const client = new MongoClient(deployment.uri, { ...options, runtime })
      for (const kind of ['connectionCreated', 'connectionReady'] as const)
        client.on(kind, () => atMS.push(runtime.clock.nowMS()))
      const durations = new Set<number>()
      client.on('connectionReady', ({ durationMS }) => durations.add(Math.round(durationMS)))
      await client.warmUp()
      const [handshakeMS = 0] = durations
      assert.equal(durations.size, 1)
      assert.equal(Math.round((atMS.at(-1) ?? 0) - (atMS[0] ?? 0)), 5 * handshakeMS)
      await client.shutdown()
      await deployment.stop()
    })
  })

  // How long it takes is printed and not judged: a busy machine may take any time. That no time is spent waiting is judged.
  test('is filled on real sockets without a pause: where a dial ends, the next has begun in the same step', async t => {
    await using deployment = await startDeployment({ kind: 'standalone' })
    const told: string[] = []
    await using client = new MongoClient(deployment.uri, options)
    for (const kind of ['connectionPoolReady', 'connectionCreated', 'connectionReady'] as const)
      client.on(kind, () => told.push(kind))
    let beganMS = 0
    client.on('connectionPoolReady', () => {
      beganMS = performance.now()
    })
    await client.warmUp()
    t.diagnostic(`filled in ${Math.round(performance.now() - beganMS)} ms`)
    assert.deepEqual(told, [
      'connectionPoolReady',
      ...Array<string>(10).fill('connectionCreated'),
      ...Array.from({ length: 40 }, () => ['connectionReady', 'connectionCreated']).flat(),
      ...Array<string>(10).fill('connectionReady')
    ])
  })
})

describe('a dial that takes long', () => {
  test('of 1.5 s: its check-out is served at 0.3 s by the connection that comes back, the dial joins the pool, two were created', () =>
    withClient('standalone', {}, async ({ client, runtime, deployment, told, find, slowFinds, count }) => {
      await find()
      await runtime.sleep(roundTripsMS)
      const [member] = deployment.members
      assert.ok(member)
      member.handshakeDelayMS = 1_500
      slowFinds(300)
      const beganMS = runtime.clock.nowMS()
      const first = find()
      const second = find()
      await first
      await runtime.sleep(0)
      const served = told.filter(({ name }) => name === 'connectionCheckedOut').at(-1)
      assert.ok(served?.name === 'connectionCheckedOut')
      assert.equal(served.connectionId, 1)
      assert.ok(Math.abs(served.durationMS - 300) < 5, `served after ${served.durationMS} ms`)
      await second
      assert.equal(client.pools()[0]?.pending, 1)
      await runtime.sleep(1_499 - (runtime.clock.nowMS() - beganMS))
      assert.equal(client.pools()[0]?.available, 1)
      await runtime.sleep(10)
      assert.equal(client.pools()[0]?.available, 2)
      assert.equal(count('connectionCreated'), 2)
    }))
})

describe('dials that are refused while the monitor is healthy', () => {
  /** The monitor's sockets stay; those of the pool are cut off, and no other is accepted. */
  async function refuse({ deployment }: { readonly deployment: Deployment }): Promise<void> {
    for (const member of deployment.members) {
      await member.refuseDials(true)
      member.dropConnections(({ purpose }) => purpose !== 'monitor')
    }
  }

  test('with minPoolSize 5 there are 5 to 20 in 10 s, and the minimum is reached within one back-off of the server accepting again', () =>
    withClient('standalone', { minPoolSize: 5 }, async bench => {
      const { client, deployment, runtime, told, count } = bench
      await client.warmUp()
      await runtime.sleep(monitorsKnownMS)
      told.length = 0
      await refuse(bench)
      await runtime.sleep(10_000)
      const dials = count('connectionCreated')
      assert.ok(dials >= 5 && dials <= 20, `${dials} dials`)
      assert.equal(count('connectionPoolCleared'), 0)
      assert.equal(client.pools()[0]?.state, 'ready')
      for (const member of deployment.members) await member.refuseDials(false)
      await runtime.sleep(10_000)
      assert.equal(client.pools()[0]?.available, 5)
    }))

  test('for 60 s: 1,000 check-outs without a limit each fail with their own dial’s error, maxConnecting at a time', () =>
    withClient('standalone', { maxAdaptiveRetries: 0 }, async bench => {
      const { client, deployment, runtime, told } = bench
      await client.connect()
      await runtime.sleep(monitorsKnownMS)
      const { address, target } = deployment.members[0] ?? assert.fail('no member')
      const dialMS = 100
      runtime.network.dialDelayMS(target, dialMS)
      await refuse(bench)
      told.length = 0
      const beganMS = runtime.clock.nowMS()
      const ended = await Promise.all(
        many(1_000, () =>
          client
            .db('shop')
            .command({ ping: 1 })
            .catch((error: Error) => ({ error, afterMS: runtime.clock.nowMS() - beganMS }))
        )
      )
      const limitMS = (1_000 / client.options.maxConnecting) * (dialMS + 2)
      for (const { error, afterMS } of ended as { error: Error; afterMS: number }[]) {
        assert.match(error.message, new RegExp(`connect ECONNREFUSED ${address}`))
        assert.ok(afterMS <= limitMS, `one failed after ${afterMS} ms`)
      }
      const errors = told.flatMap(event => (event.name === 'connectionCheckOutFailed' ? [event.error] : []))
      assert.equal(new Set(errors).size, 1_000)
      assert.equal(client.pools()[0]?.waiting, 0)
    }))
})

test('idle connections that the server closes are replaced up to the minimum, and no pool is cleared', () =>
  withClient('standalone', { minPoolSize: 3 }, async ({ client, deployment, runtime, told, count }) => {
    await client.warmUp()
    await runtime.sleep(monitorsKnownMS)
    told.length = 0
    assert.equal(
      deployment.members[0]?.dropConnections(({ purpose }) => purpose !== 'monitor'),
      3
    )
    await runtime.sleep(roundTripsMS)
    assert.equal(client.pools()[0]?.available, 3)
    assert.equal(count('connectionCreated'), 3)
    assert.ok(told.every(event => event.name !== 'connectionClosed' || event.reason === 'error'))
    assert.equal(count('connectionPoolCleared'), 0)
  }))
