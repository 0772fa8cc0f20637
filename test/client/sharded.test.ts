/**
 * A client of routers of the embedded deployment. Sources: the prose tests of the retryable writes and the retryable reads
 * specification for sharded clusters; the transactions specification, "Recovering Commit Outcome".
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MongoClient, type MongoClientOptions, type MongoServerError } from '../../src/client/index.ts'
import { type Deployment, startDeployment } from '../../src/embedded/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { failureOf } from './bench.ts'

interface Bench {
  readonly runtime: VirtualRuntime
  readonly deployment: Deployment
  readonly connect: (options?: MongoClientOptions, uri?: string) => MongoClient
  /** At both routers: the command fails once. */
  readonly failOnce: (command: string, data: object) => void
}

/** Two routers on virtual time. Afterwards nothing is left: no timer, no socket, no warning; where no router was killed, no cursor and no session. */
async function withSharded(work: (bench: Bench) => Promise<void>): Promise<void> {
  const runtime = virtualRuntime({ seed: 1, virtualMSMax: 3_600_000 })
  await runtime.run(async () => {
    const deployment = await startDeployment({ kind: 'sharded', runtime })
    const clients: MongoClient[] = []
    await work({
      runtime,
      deployment,
      connect: (options, uri = deployment.uri) => {
        const client = new MongoClient(uri, { runtime, ...options })
        clients.push(client)
        return client
      },
      failOnce: (command, data) => {
        for (const router of deployment.routers)
          router.configureFailPoint({
            configureFailPoint: 'failCommand',
            mode: { times: 1 },
            data: { failCommands: [command], ...data }
          })
      }
    })
    for (const client of clients) await client.shutdown()
    // A router that is killed leaves its cursors at members; who had to do with it throws the session away, and tells nobody.
    const servers = deployment.routers.every(({ isRunning }) => isRunning)
      ? [...deployment.routers, ...deployment.members]
      : []
    for (const server of servers) assert.deepEqual([server.openCursors(), server.sessions()], [0, []])
    await deployment.stop()
    assert.deepEqual(runtime.network.transports(), [], 'sockets are left')
  })
  assert.equal(runtime.timersArmed(), 0, 'timers are left')
  assert.deepEqual(runtime.warnings, [])
}

/** The addresses to which commands of that name went, and how each ended. */
function endsOf(client: MongoClient, name: string): { readonly failed: string[]; readonly succeeded: string[] } {
  const ends: { failed: string[]; succeeded: string[] } = { failed: [], succeeded: [] }
  client.on('commandFailed', ({ commandName, address }) => {
    if (commandName === name) ends.failed.push(address)
  })
  client.on('commandSucceeded', ({ commandName, address }) => {
    if (commandName === name) ends.succeeded.push(address)
  })
  return ends
}

/** Until the client has found both routers. */
async function discovered({ runtime }: Bench, client: MongoClient): Promise<void> {
  await client.db('admin').command({ ping: 1 })
  await runtime.sleep(50)
  const { servers, type } = client.topologyDescription()
  assert.deepEqual([type, [...servers.values()].map(server => server.type)], ['Sharded', ['Mongos', 'Mongos']])
}

describe('what is tried again', () => {
  const unreachable = { errorCode: 6, errorLabels: ['RetryableWriteError'] }
  const work = {
    insert: (client: MongoClient) => client.db('shop').collection('c').insertOne({ sku: 'a' }),
    find: (client: MongoClient) => client.db('shop').collection('c').findOne({})
  } as const

  for (const [name, run] of Object.entries(work)) {
    test(`${name}: goes to another router where there is one`, () =>
      withSharded(async bench => {
        const client = bench.connect()
        await discovered(bench, client)
        const ends = endsOf(client, name)
        bench.failOnce(name, unreachable)
        const error = (await failureOf(run(client))) as MongoServerError
        assert.equal(error.code, 6)
        assert.deepEqual(ends.failed.toSorted(), bench.deployment.routers.map(({ address }) => address).toSorted())
      }))

    test(`${name}: goes to the same router where there is one only`, () =>
      withSharded(async bench => {
        const [router] = bench.deployment.routers
        assert.ok(router)
        const client = bench.connect({}, `mongodb://${router.address}/`)
        await client.db('admin').command({ ping: 1 })
        const ends = endsOf(client, name)
        bench.failOnce(name, unreachable)
        await run(client)
        assert.deepEqual(ends, { failed: [router.address], succeeded: [router.address] })
      }))
  }
})

test('a step-down of the shard is seen by no writer, and no router loses its place in the topology', () =>
  withSharded(async bench => {
    const client = bench.connect()
    await discovered(bench, client)
    const changes: unknown[] = []
    client.on('serverDescriptionChanged', event => changes.push(event))
    const things = client.db('shop').collection<{ _id: number }>('things')
    const failures: unknown[] = []
    const writing = Promise.all(
      [0, 1, 2, 3].map(async writer => {
        for (let index = 0; index < 50; index++) {
          await things.insertOne({ _id: writer * 1000 + index }).catch((error: unknown) => failures.push(error))
          await bench.runtime.sleep(5)
        }
      })
    )
    await bench.runtime.sleep(50)
    await bench.deployment.stepDown()
    await writing
    assert.deepEqual(failures, [])
    assert.equal(await things.countDocuments(), 200)
    assert.deepEqual(changes, [])
  }))

describe('a router that is killed', () => {
  test('ends what goes through it, which goes on at the other one', () =>
    withSharded(async bench => {
      const client = bench.connect()
      await discovered(bench, client)
      await bench.deployment.killRouter(0)
      const [, left] = bench.deployment.routers
      const ends = endsOf(client, 'insert')
      for (let times = 0; times < 10; times++) await client.db('shop').collection('c').insertOne({})
      assert.deepEqual(new Set(ends.succeeded), new Set([left?.address]))
      assert.equal(await client.db('shop').collection('c').countDocuments(), 10)
    }))

  test('between two commits of a transaction leaves it to the other one, which finds its outcome by the token', () =>
    withSharded(async bench => {
      const client = bench.connect()
      await discovered(bench, client)
      const things = client.db('shop').collection('things')
      await client.withSession(async session => {
        session.startTransaction()
        await things.insertOne({ sku: 'a' }, { session })
        await session.commitTransaction()
        const { pinnedAddress } = session.transaction
        const index = bench.deployment.routers.findIndex(({ address }) => address === pinnedAddress)
        await bench.deployment.killRouter(index)
        const ends = endsOf(client, 'commitTransaction')
        await session.commitTransaction()
        assert.deepEqual(ends.succeeded, [bench.deployment.routers[1 - index]?.address])
      })
      assert.equal(await things.countDocuments(), 1)
    }))

  test('before the commit has aborted the transaction, and withTransaction tries it again at the other one', () =>
    withSharded(async bench => {
      const client = bench.connect()
      await discovered(bench, client)
      const things = client.db('shop').collection('things')
      await things.insertOne({ sku: 'first' })
      let calls = 0
      await client.withSession(session =>
        session.withTransaction(async () => {
          calls++
          await things.insertOne({ sku: 'a' }, { session })
          const { pinnedAddress } = session.transaction
          const index = bench.deployment.routers.findIndex(({ address }) => address === pinnedAddress)
          if (calls === 1) await bench.deployment.killRouter(index)
        })
      )
      assert.equal(calls, 2)
      assert.equal(await things.countDocuments({ sku: 'a' }), 1)
    }))
})

test('a change stream goes on at another router when its own is killed', () =>
  withSharded(async bench => {
    const client = bench.connect({ heartbeatFrequencyMS: 500 })
    await discovered(bench, client)
    const things = client.db('shop').collection<{ _id: number }>('things')
    const stream = things.watch()
    await stream.open()
    await things.insertOne({ _id: 1 })
    assert.deepEqual((await stream.next())?.operationType, 'insert')
    const open = bench.deployment.routers.findIndex(router => router.openCursors() > 0)
    await bench.deployment.killRouter(open)
    await things.insertOne({ _id: 2 })
    const event = await stream.next()
    assert.deepEqual(event.operationType === 'insert' && event.documentKey, { _id: 2 })
    await stream.close()
  }))

test('cursors are read and closed where they are, and reads with a preference go to secondaries', () =>
  withSharded(async bench => {
    const client = bench.connect()
    await discovered(bench, client)
    const things = client.db('shop').collection('things')
    await things.insertMany(Array.from({ length: 20 }, (_, n) => ({ n })))
    for (let times = 0; times < 5; times++) assert.equal((await things.find({}, { batchSize: 3 }).toArray()).length, 20)
    const cursor = things.find({}, { batchSize: 3, readPreference: 'secondary' })
    await cursor.next()
    const { members, routers } = bench.deployment
    const open = (servers: readonly { openCursors(): number }[]): number[] => servers.map(each => each.openCursors())
    assert.equal(
      open(routers).reduce((sum, each) => sum + each),
      1
    )
    assert.equal(members.find(member => member.openCursors() === 1)?.isPrimary, false)
    await cursor.close()
    assert.deepEqual([...open(routers), ...open(members)], [0, 0, 0, 0, 0])
  }))
