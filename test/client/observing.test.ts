import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  MongoClient,
  MongoClientClosedError,
  MongoServerSelectionError,
  type PoolEvents
} from '../../src/client/index.ts'
import { countListeners, failureOf, targetOf, withServer } from './bench.ts'

test('pools() has a row for each server with the numbers of this moment', () =>
  withServer(async ({ connect, failCommand, runtime, member }) => {
    const client = await connect({ maxPoolSize: 2, maxConnecting: 2 }).connect()
    failCommand(['ping'], { blockConnection: true, blockTimeMS: 200 }, 0)
    const slow = [1, 2, 3].map(() => client.db().command({ ping: 1 }))
    await runtime.sleep(50)
    const [row] = client.pools()
    assert.ok(row)
    assert.deepEqual(
      [row.address, row.serverType, row.state, row.generation, row.maxPoolSize, row.minPoolSize, row.maxConnecting],
      [member.address, 'Standalone', 'ready', 0, 2, 0, 2]
    )
    assert.deepEqual([row.total, row.available, row.pending, row.checkedOut, row.waiting], [2, 0, 0, 2, 1])
    assert.equal(Math.round(row.longestWaitMS), 50)
    await Promise.all(slow)
    assert.equal(client.pools()[0]?.counters.checkedOutAfterWait, 3)
  }))

test('pools() tells why a pool was cleared last', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = await connect({ retryReads: false }).connect()
    failCommand(['find'], { closeConnection: true })
    const error = await failureOf(client.db().collection('a').findOne())
    const [row] = client.pools()
    assert.equal(row?.lastClearCause, error)
    assert.equal(row.counters.cleared, 1)
    assert.equal(row.generation, 1)
  }))

test('connections() has a row for each socket with its purpose, its age and what it is doing', () =>
  withServer(async ({ connect, failCommand, runtime, member }) => {
    const client = await connect().connect()
    failCommand(['ping'], { blockConnection: true, blockTimeMS: 500 })
    const slow = client.db().command({ ping: 1 })
    await runtime.sleep(100)
    const rows = client.connections()
    assert.deepEqual(rows.map(({ purpose }) => purpose).sort(), ['monitor', 'pool', 'roundTripTime'])
    const row = rows.find(({ purpose }) => purpose === 'pool')
    assert.ok(row)
    assert.deepEqual([row.address, row.connectionId, row.state, row.inUseFor], [member.address, 1, 'inUse', 'ping'])
    assert.deepEqual(rows.map(({ purpose, activity }) => `${purpose}: ${activity}`).sort(), [
      'monitor: waiting for a reply',
      'pool: waiting for a reply',
      'roundTripTime: idle'
    ])
    assert.ok(row.ageMS >= 99 && (row.inUseMS ?? 0) > 90, JSON.stringify(row))
    assert.equal(rows.find(({ purpose }) => purpose === 'monitor')?.connectionId, undefined)
    await slow
    const after = client.connections().find(({ purpose }) => purpose === 'pool')
    assert.deepEqual([after?.state, after?.inUseFor, after?.inUseMS], ['idle', undefined, undefined])
  }))

test('topologyDescription() has what is known of each server at this moment, by its address', () =>
  withServer(
    async ({ connect, member }) => {
      const client = connect()
      assert.equal(client.topologyDescription().type, 'ReplicaSetNoPrimary')
      assert.equal(client.topologyDescription().servers.get(member.address)?.type, 'Unknown')
      await client.connect()
      const { type, servers } = client.topologyDescription()
      assert.equal(type, 'ReplicaSetWithPrimary')
      const server = servers.get(member.address)
      assert.deepEqual([server?.type, `${server?.host}:${server?.port}`], ['RSPrimary', member.address])
    },
    { kind: 'replicaSet' }
  ))

test('a class that extends the client connects as itself', () =>
  withServer(async ({ deployment, runtime }) => {
    class OwnClient extends MongoClient {}
    const client = await OwnClient.connect(deployment.uri, { runtime })
    assert.ok(client instanceof OwnClient)
    await client.close(true)
  }))

test('connections() shows a dial while it lasts', () =>
  withServer(async ({ connect, runtime, member }) => {
    const client = await connect().connect()
    runtime.network.dialDelayMS(targetOf(member.address), 100)
    const ping = client.db().command({ ping: 1 })
    const row = client.connections().find(({ purpose }) => purpose === 'pool')
    assert.deepEqual([row?.state, row?.activity], ['pending', 'opening'])
    await ping
  }))

test('after a run with time-outs, aborts, resets and a clear the pairs of events balance and equal the counters', () =>
  withServer(async ({ connect, failCommand, runtime }) => {
    const told = new Map<string, number>()
    const client = connect({
      maxPoolSize: 3,
      waitQueueTimeoutMS: 30,
      cmapEventHandler: ({ name }) => void told.set(name, (told.get(name) ?? 0) + 1)
    })
    const count = (name: keyof PoolEvents): number => told.get(name) ?? 0
    await client.connect()
    failCommand(['ping'], { blockConnection: true, blockTimeMS: 50 }, 0)
    const operations: Promise<unknown>[] = []
    for (let round = 0; round < 40; round++) {
      const controller = new AbortController()
      const { signal } = controller
      operations.push(
        client
          .db()
          .command({ ping: 1 }, round % 3 === 0 ? { signal } : {})
          .catch(() => undefined)
      )
      await runtime.sleep(7)
      controller.abort()
      if (round === 20) runtime.network.reset(({ id }) => id > 2)
      if (round === 30) failCommand(['ping'], { blockConnection: true, blockTimeMS: 5, closeConnection: true }, 0)
    }
    await Promise.all(operations)
    const [row] = client.pools()
    assert.ok(row)
    const { counters } = row
    const failed = counters.checkOutsFailed
    assert.ok(failed.timeout > 0 && counters.checkOutsAborted > 0 && counters.cleared > 0, JSON.stringify(counters))
    assert.equal(count('connectionCheckOutStarted'), counters.checkOutsStarted)
    assert.equal(count('connectionCheckedOut'), counters.checkedOutAtOnce + counters.checkedOutAfterWait)
    assert.equal(count('connectionCheckOutFailed'), failed.timeout + failed.connectionError + failed.poolClosed)
    assert.equal(count('connectionCheckOutStarted'), count('connectionCheckedOut') + count('connectionCheckOutFailed'))
    assert.equal(count('connectionCheckedOut'), count('connectionCheckedIn'))
    assert.equal(count('connectionCreated') - count('connectionClosed'), row.total)
    await client.close()
    assert.equal(count('connectionCreated'), count('connectionClosed'))
    assert.equal(count('connectionPoolCreated'), count('connectionPoolClosed'))
  }))

test('warmUp resolves when minPoolSize is reached', () =>
  withServer(async ({ connect, member }) => {
    const client = connect({ minPoolSize: 4 })
    assert.deepEqual(await client.warmUp(), [
      { address: member.address, connections: 4, minPoolSize: 4, error: undefined }
    ])
    assert.equal(client.pools()[0]?.available, 4)
  }))

test('warmUp says what failed where the minimum was not reached', () =>
  withServer(async ({ connect, runtime, member }) => {
    const client = connect({ minPoolSize: 1 })
    client.once('connectionPoolReady', () => runtime.network.refuse(targetOf(member.address), true))
    const [row] = await client.warmUp()
    assert.equal(row?.connections, 0)
    assert.match(String(row.error), /ECONNREFUSED/)
  }))

test('warmUp ends with the reason of its signal, and leaves nothing behind', () =>
  withServer(async ({ connect, runtime, member, nowMS }) => {
    const client = connect({ minPoolSize: 1 })
    const controller = new AbortController()
    const warm = failureOf(client.warmUp({ signal: controller.signal }))
    runtime.network.dialDelayMS(targetOf(member.address), 5_000)
    await runtime.sleep(50)
    assert.equal(client.pools()[0]?.pending, 1)
    const reason = new Error('too slow')
    controller.abort(reason)
    assert.equal(await warm, reason)
    assert.ok(nowMS() < 100)
    assert.equal(countListeners(controller.signal)(), 0)
  }))

test('warmUp ends in time where no server is found, and with the client', () =>
  withServer(async ({ connect, member, runtime, nowMS }) => {
    await member.refuseDials(true)
    const error = await failureOf(connect({ minPoolSize: 1, serverSelectionTimeoutMS: 300 }).warmUp())
    assert.ok(error instanceof MongoServerSelectionError)
    assert.equal(nowMS(), 300)
    await member.refuseDials(false)
    const client = connect({ minPoolSize: 2 })
    const warm = failureOf(client.warmUp())
    runtime.network.dialDelayMS(targetOf(member.address), 5_000)
    await runtime.sleep(50)
    await client.close()
    assert.ok((await warm) instanceof MongoClientClosedError)
  }))
