import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { MongoServerSelectionError } from '../../src/client/index.ts'
import { failureOf, MongoClient, targetOf, withServer } from './bench.ts'

test('the constructor opens no socket and tells nothing', () =>
  withServer(async ({ connect, runtime }) => {
    const told: string[] = []
    const client = connect({
      cmapEventHandler: event => told.push(event.name),
      sdamEventHandler: event => told.push(event.name)
    })
    assert.deepEqual(told, [])
    assert.deepEqual(runtime.network.transports(), [])
    assert.deepEqual(client.connections(), [])
    assert.deepEqual(client.pools(), [])
  }))

test('discovery starts by itself one turn after the constructor', () =>
  withServer(async ({ connect, runtime }) => {
    const told: string[] = []
    const client = connect({ sdamEventHandler: event => told.push(event.name) })
    await Promise.resolve()
    assert.deepEqual(told, [], 'not within the same turn')
    await runtime.sleep(0.01)
    assert.equal(told[0], 'topologyOpening')
    assert.equal(client.connections().length, 1)
  }))

test('discovery starts at once with the first operation, and with connect', () =>
  withServer(async ({ connect }) => {
    for (const begin of [
      (client: MongoClient) => client.connect(),
      (client: MongoClient) => client.db().command({ ping: 1 })
    ]) {
      const client = connect()
      const begun = begin(client)
      assert.deepEqual(
        client.connections().map(({ purpose }) => purpose),
        ['monitor']
      )
      await begun
    }
  }))

test('connect resolves with the client once a server is known, and opens no connection of a pool', () =>
  withServer(async ({ connect, runtime, member }) => {
    const client = connect()
    assert.equal(await client.connect(), client)
    await runtime.sleep(1_000)
    const [row] = client.pools()
    assert.equal(row?.serverType, 'Standalone')
    assert.equal(row.total, 0)
    assert.equal(member.connections().created, 2)
  }))

test('a client that is idle has two monitoring sockets to a server and no other', () =>
  withServer(async ({ connect, runtime }) => {
    const client = await connect().connect()
    await runtime.sleep(60_000)
    const purposes = client.connections().map(({ purpose }) => purpose)
    assert.deepEqual(purposes.sort(), ['monitor', 'roundTripTime'])
  }))

test('MongoClient.connect gives a client that has found its server', () =>
  withServer(async ({ deployment, runtime }) => {
    const client = await MongoClient.connect(deployment.uri, { runtime })
    assert.equal(client.pools()[0]?.state, 'ready')
    await client.close()
  }))

test('MongoClient.connect closes the client that it gives up', () =>
  withServer(async ({ deployment, runtime, member }) => {
    await member.refuseDials(true)
    const error = await failureOf(MongoClient.connect(deployment.uri, { runtime, serverSelectionTimeoutMS: 50 }))
    assert.ok(error instanceof MongoServerSelectionError)
    assert.deepEqual(runtime.network.transports(), [])
    assert.equal(runtime.timersArmed(), 0)
  }))

test('connect waits for a server that is down at first', () =>
  withServer(async ({ connect, runtime, member }) => {
    await member.refuseDials(true)
    const client = connect()
    const connected = client.connect()
    await runtime.sleep(2_000)
    await member.refuseDials(false)
    await connected
    assert.equal(client.pools()[0]?.serverType, 'Standalone')
  }))

test('a server that is waited for is checked every minHeartbeatFrequencyMS, whatever made it unknown', () =>
  withServer(async ({ connect, failCommand, runtime, member, nowMS }) => {
    const atOnce = (): unknown => member.dropConnections()
    const byAnOperation = (): unknown => failCommand(['find'], { closeConnection: true })
    for (const lost of [atOnce, byAnOperation]) {
      const collection = connect().db().collection('a')
      await collection.findOne()
      await runtime.sleep(1_000)
      await member.refuseDials(true)
      lost()
      const found = collection.findOne()
      await runtime.sleep(4_900)
      await member.refuseDials(false)
      const againMS = nowMS()
      await found
      assert.ok(nowMS() - againMS < 510, `it took ${nowMS() - againMS} ms`)
    }
  }))

test('connect ends with the reason of its signal, and leaves nothing behind', () =>
  withServer(async ({ connect, runtime, deployment }) => {
    runtime.network.blackHole(targetOf(new URL(deployment.uri).host), true)
    const controller = new AbortController()
    const reason = new Error('enough')
    const connected = failureOf(connect().connect({ signal: controller.signal }))
    await runtime.sleep(10)
    controller.abort(reason)
    assert.equal(await connected, reason)
    assert.equal(await failureOf(connect().connect({ signal: controller.signal })), reason)
  }))

test('db() is the database of the connection string, else test', () =>
  withServer(async ({ deployment, runtime, connect }) => {
    const client = new MongoClient(`${deployment.uri}shop`, { runtime })
    assert.equal(client.db().databaseName, 'shop')
    assert.equal(connect().db().databaseName, 'test')
    await client.close()
  }))

test('an inspected client shows its hosts, and as JSON its hosts and pools', () =>
  withServer(async ({ connect, member }) => {
    const client = await connect().connect()
    assert.equal(inspect(client), `MongoClient { ${member.address} }`)
    const shown = JSON.parse(JSON.stringify(client)) as { pools: { address: string }[] }
    assert.equal(shown.pools[0]?.address, member.address)
  }))
