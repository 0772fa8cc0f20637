import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MongoClient, type MongoClientOptions } from '../../src/client/index.ts'
import { type Bench, many, roundTripsMS, withClient } from './bench.ts'

/** More operations at once than all pools of three servers can hold. */
const operations = 200
const slowFindMS = 5_000

/** How many sockets the client has, in all and of each purpose. */
function sockets({ client }: Bench): Readonly<Record<'all' | 'pool' | 'monitoring', number>> {
  const rows = client.connections()
  const pool = rows.filter(({ purpose }) => purpose === 'pool').length
  return { all: rows.length, pool, monitoring: rows.length - pool }
}

/** How many sockets the members have, which know nothing of what the client says. */
function acceptedSockets({ deployment }: Bench): number {
  return deployment.members.reduce((sum, member) => sum + member.connections().current, 0)
}

/** Runs many finds at once and gives the sockets while all that can be in use are. */
async function underLoad(options: MongoClientOptions, look: (bench: Bench) => void): Promise<void> {
  await withClient('replicaSet', options, async bench => {
    await bench.client.connect()
    // All members are found, and each is streamed from, which is when its second socket is there.
    await bench.runtime.sleep(2_000)
    bench.slowFinds(slowFindMS)
    const ended = Promise.allSettled(many(operations, bench.find))
    await bench.runtime.sleep(slowFindMS / 2)
    look(bench)
    await bench.client.close()
    await ended
  })
}

describe('sockets', () => {
  test('each server is monitored on two sockets, six for three servers, and no others are opened before an operation', () =>
    withClient('replicaSet', {}, async bench => {
      await bench.client.connect()
      await bench.runtime.sleep(2_000)
      assert.deepEqual(sockets(bench), { all: 6, pool: 0, monitoring: 6 })
      assert.deepEqual(
        bench.deployment.members.map(member => member.connections().current),
        [2, 2, 2]
      )
    }))

  test('three servers of which only the primary is used take at most 16 sockets with maxPoolSize 10', () =>
    underLoad({}, bench => {
      assert.deepEqual(sockets(bench), { all: 16, pool: 10, monitoring: 6 })
      assert.equal(acceptedSockets(bench), 16)
      const primary = bench.deployment.primary?.address
      for (const { address, total } of bench.client.pools()) assert.equal(total, address === primary ? 10 : 0)
    }))

  test('three servers that are all read from take at most 36 sockets with maxPoolSize 10', () =>
    underLoad({ readPreference: 'nearest', localThresholdMS: 10_000 }, bench => {
      assert.deepEqual(sockets(bench), { all: 36, pool: 30, monitoring: 6 })
      assert.equal(acceptedSockets(bench), 36)
      for (const { total } of bench.client.pools()) assert.equal(total, 10)
    }))
})

describe('one pool for each server', () => {
  test('from one host of the connection string all servers of the set are found, each with a pool of its own', () =>
    withClient('replicaSet', {}, async ({ deployment, runtime }) => {
      const addresses = deployment.members.map(({ address }) => address)
      const client = new MongoClient(`mongodb://${addresses[0]}/?replicaSet=rs0`, { runtime })
      await client.connect()
      await runtime.sleep(roundTripsMS)
      const pools = client.pools()
      assert.deepEqual(pools.map(({ address }) => address).sort(), addresses.sort())
      assert.ok(pools.every(({ state }) => state === 'ready'))
      await client.shutdown()
    }))

  test('two clients share no pool', () =>
    withClient('standalone', {}, async ({ deployment, runtime, client, find }) => {
      const other = new MongoClient(deployment.uri, { runtime })
      await find()
      await other.connect()
      assert.deepEqual(
        [client, other].map(each => each.pools()[0]?.total),
        [1, 0]
      )
      await other.shutdown()
    }))
})
