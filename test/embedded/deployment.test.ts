import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Document, Long, ObjectId } from '../../src/bson/index.ts'
import { type DeploymentOptions, startDeployment } from '../../src/embedded/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { withStandalone } from './bench.ts'
import { int, messageFlags, ok, RawClient } from './raw_client.ts'

const client = { driver: { name: 'raw', version: '1' }, os: { type: 'none' }, application: { name: 'tests' } }

describe('the options of a deployment', () => {
  for (const [options, pattern] of [
    [{ kind: 'replicaSet', members: 8 }, /the number of members is a whole number from 1 to 7, not 8/],
    [{ kind: 'replicaSet', members: 0 }, /from 1 to 7, not 0/],
    [{ kind: 'replicaSet', port: 65_530 }, /the port is a whole number/],
    [{ kind: 'replicaSet', setName: '' }, /the name of the set is empty/],
    [{ kind: 'replicaSet', electionMS: -1 }, /electionMS is a number of milliseconds from 0, not -1/],
    [{ kind: 'cluster' }, /the kind is one of "standalone", "replicaSet", "sharded", "loadBalanced", not "cluster"/],
    [{ kind: 'standalone', members: 3 }, /"members" is no option of the kind standalone/],
    [
      { kind: 'replicaSet', routers: 2 },
      /"routers" is no option of the kind replicaSet; there are kind, .*electionMS$/
    ],
    [{ kind: 'sharded', routers: 0 }, /the number of routers is a whole number from 1 to 16, not 0/],
    [{ kind: 'loadBalanced', routers: 17 }, /the number of routers is a whole number from 1 to 16, not 17/],
    [{ kind: 'sharded', port: 65_520 }, /the port is a whole number from 0 to 65512/],
    [{ kind: 'standalone', host: '0.0.0.0' }, /"0\.0\.0\.0" is no loopback address.*exposed/],
    [{ kind: 'standalone', host: 'example.org' }, /no loopback address/],
    [{ kind: 'standalone', port: 65_536 }, /0 to 65535, not 65536/]
  ] as const) {
    test(`${JSON.stringify(options)} is refused`, async () => {
      await assert.rejects(startDeployment(options as unknown as DeploymentOptions), pattern)
    })
  }

  test('a host that is not loopback is taken when it is exposed on purpose', async () => {
    const runtime = virtualRuntime({ seed: 1 })
    await runtime.run(async () => {
      const deployment = await startDeployment({
        kind: 'standalone',
        runtime,
        host: 'db.test',
        port: 27_017,
        exposed: true
      })
      assert.equal(deployment.uri, 'mongodb://db.test:27017/')
      await deployment.stop()
    })
  })

  test('a port is the first of all: the load balancer, then the routers, then the members', async () => {
    const runtime = virtualRuntime({ seed: 1 })
    await runtime.run(async () => {
      const options = { runtime, host: 'localhost', port: 27_017, members: 1 } as const
      const sharded = await startDeployment({ ...options, kind: 'sharded' })
      assert.equal(sharded.uri, 'mongodb://localhost:27017,localhost:27018/')
      assert.equal(sharded.members[0]?.address, 'localhost:27019')
      await sharded.stop()
      const balanced = await startDeployment({ ...options, kind: 'loadBalanced' })
      assert.equal(balanced.uri, 'mongodb://localhost:27017/?loadBalanced=true')
      const { routers, members } = balanced
      assert.deepEqual(
        [...routers, ...members].map(({ address }) => address),
        ['localhost:27018', 'localhost:27019', 'localhost:27020']
      )
      await balanced.stop()
    })
  })

  test('what has been started is stopped again when the rest cannot be', async () => {
    const runtime = virtualRuntime({ seed: 1 })
    await runtime.run(async () => {
      const taken = await startDeployment({ kind: 'standalone', runtime, port: 27_018 })
      await assert.rejects(startDeployment({ kind: 'sharded', runtime, port: 27_017, members: 1 }), /EADDRINUSE/)
      await taken.stop()
      await runtime.sleep(10)
      assert.deepEqual(runtime.network.transports(), [])
    })
    assert.equal(runtime.timersArmed(), 0)
  })

  test('a port that is taken is an error, which says so', async () => {
    const runtime = virtualRuntime({ seed: 1 })
    await runtime.run(async () => {
      const deployment = await startDeployment({ kind: 'standalone', runtime, port: 27_017 })
      await assert.rejects(startDeployment({ kind: 'standalone', runtime, port: 27_017 }), /EADDRINUSE/)
      await deployment.stop()
    })
  })
})

describe('what a member tells of its connections', () => {
  test('counts by client, and the purpose as far as a server can tell', () =>
    withStandalone(async ({ member, connect, client: silent }) => {
      const [pooled, monitor] = [await connect(), await connect()]
      for (const each of [pooled, monitor]) await each.command('admin', { hello: 1, client })
      assert.deepEqual(
        member.connections().open.map(({ purpose }) => purpose),
        ['unknown', 'unknown', 'unknown']
      )
      await pooled.command('admin', { ping: 1 })
      await monitor.command('admin', { hello: 1 })
      const { created, current, open, clients } = member.connections()
      assert.deepEqual([created, current], [3, 3])
      assert.deepEqual(
        open.map(({ id, purpose, driverName }) => [id, purpose, driverName]),
        [
          [1, 'unknown', undefined],
          [2, 'pool', 'raw'],
          [3, 'monitor', 'raw']
        ]
      )
      assert.deepEqual(clients, [{ applicationName: 'tests', driverName: 'raw', created: 2, current: 2 }])
      silent.close()
      pooled.close()
      await Promise.all([silent.ended, pooled.ended])
    }))

  test('a connection that has ended is gone from the current ones, and stays in the created', () =>
    withStandalone(async ({ member, client: raw, runtime }) => {
      await raw.command('admin', { hello: 1, client })
      raw.close()
      await runtime.sleep(5)
      const { created, current, clients } = member.connections()
      assert.deepEqual([created, current, clients[0]?.created, clients[0]?.current], [1, 0, 1, 0])
    }))
})

describe('faults on call', () => {
  test('dials are refused, and taken again on the same port; open connections stay', () =>
    withStandalone(async ({ member, client: raw, connect }) => {
      const { address } = member
      await member.refuseDials(true)
      await assert.rejects(connect(), /the dial failed/)
      assert.deepEqual(await raw.command('admin', { ping: 1 }), ok)
      for (let i = 0; i < 2; i++) await member.refuseDials(false)
      assert.equal(member.address, address)
      assert.deepEqual(await (await connect()).command('admin', { ping: 1 }), ok)
    }))

  test('the first hello of a connection waits, and no other', () =>
    withStandalone(async ({ member, client: raw, runtime }) => {
      member.handshakeDelayMS = 300
      const took = async (): Promise<number> => {
        const beganMS = runtime.clock.nowMS()
        await raw.command('admin', { hello: 1 })
        return runtime.clock.nowMS() - beganMS
      }
      assert.ok((await took()) >= 300)
      assert.ok((await took()) < 5)
    }))

  test('monitors are silenced, from their second hello on, until it is off; pools are not', () =>
    withStandalone(async ({ member, client: monitor, connect, runtime }) => {
      const { topologyVersion } = await monitor.command('admin', { hello: 1 })
      const awaited = {
        hello: 1,
        topologyVersion: { processId: new ObjectId(topologyVersion.processId.$oid), counter: Long.ZERO },
        maxAwaitTimeMS: 100,
        $db: 'admin'
      }
      monitor.send(awaited, { flags: messageFlags.exhaustAllowed })
      await monitor.reply()
      member.silenceMonitors(true)
      await runtime.sleep(1000)
      // One was on its way when the silence began.
      const before = monitor.unread
      assert.ok(before <= 1)
      assert.deepEqual((await (await connect()).command('admin', { hello: 1 }))['ok'], { $numberDouble: '1.0' })
      await runtime.sleep(1000)
      assert.equal(monitor.unread, before)
      member.silenceMonitors(false)
      await runtime.sleep(120)
      assert.ok(monitor.unread > before)
    }))

  test('connections are cut off by choice, in the midst of a command too', () =>
    withStandalone(async ({ member, client: raw, connect, runtime }) => {
      const other = await connect()
      const data = { failCommands: ['ping'], blockConnection: true, blockTimeMS: 5000 }
      member.configureFailPoint({ configureFailPoint: 'failCommand', mode: { times: 1 }, data })
      raw.send({ ping: 1, $db: 'admin' })
      await runtime.sleep(5)
      assert.equal(
        member.dropConnections(({ id }) => id === 1),
        1
      )
      await raw.ended
      assert.equal(runtime.timersArmed(), 0)
      assert.deepEqual(await other.command('admin', { ping: 1 }), ok)
      member.clearFailPoints()
      assert.equal(member.dropConnections(), 1)
      await other.ended
    }))
})

test('stop ends what waits, closes all connections, and may be called again', () =>
  withStandalone(async ({ deployment, member, client: raw, connect, runtime }) => {
    const { topologyVersion } = await raw.command('admin', { hello: 1 })
    const version = { processId: new ObjectId(topologyVersion.processId.$oid), counter: Long.ZERO }
    raw.send({ hello: 1, topologyVersion: version, maxAwaitTimeMS: 60_000, $db: 'admin' })
    await runtime.sleep(5)
    await Promise.all([deployment.stop(), deployment.stop()])
    assert.equal(runtime.timersArmed(), 0)
    assert.deepEqual(member.connections().current, 0)
    await raw.ended
    await assert.rejects(connect(), /the dial failed/)
  }))

test('on real sockets: commands, a streaming hello, a large message, and an end that lets the process go', async () => {
  const deployment = await startDeployment({ kind: 'standalone' })
  try {
    const [member] = deployment.members
    assert.ok(member)
    assert.match(deployment.uri, /^mongodb:\/\/127\.0\.0\.1:\d+\/$/)
    const raw = await RawClient.connect(nodeRuntime(), member)
    const { topologyVersion } = await raw.command('admin', { hello: 1, client })
    const documents: Document[] = Array.from({ length: 2000 }, (_, _id) => ({ _id, a: 'a'.repeat(1000) }))
    const sequence = { identifier: 'documents', documents }
    assert.deepEqual(await raw.command('test', { insert: 'c' }, { sequence }), { n: int(2000), ...ok })
    const found = await raw.command('test', { find: 'c', batchSize: 2001 })
    assert.equal(found['cursor'].firstBatch.length, 2000)
    const monitor = await RawClient.connect(nodeRuntime(), member)
    const version = { processId: new ObjectId(topologyVersion.processId.$oid), counter: Long.ZERO }
    const hello = { hello: 1, topologyVersion: version, maxAwaitTimeMS: 60_000, $db: 'admin' }
    monitor.send(hello, { flags: messageFlags.exhaustAllowed })
    await raw.command('admin', { ping: 1 })
    member.raiseTopologyVersion()
    assert.equal((await monitor.reply()).moreToCome, true)
    await member.refuseDials(true)
    await assert.rejects(RawClient.connect(nodeRuntime(), member), /the dial failed/)
    await member.refuseDials(false)
    assert.deepEqual(await (await RawClient.connect(nodeRuntime(), member)).command('admin', { ping: 1 }), ok)
  } finally {
    await deployment.stop()
  }
})
