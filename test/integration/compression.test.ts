/** The same file for both drivers: `compressors=zlib` against an embedded replica set, with the bytes on the wire counted. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { MongoClient, MongoClientOptions } from '../../src/client/index.ts'
import { type Deployment, startDeployment } from '../../src/embedded/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { type Driver, drivers } from './drivers.ts'
import { WireCounter } from './wire_counter.ts'

const wire = new WireCounter()
let deployment: Deployment

before(async () => {
  const runtime = nodeRuntime()
  const users = [{ name: 'ada', password: 'pencil' }]
  deployment = await startDeployment({
    kind: 'replicaSet',
    users,
    runtime: { ...runtime, network: wire.network(runtime.network) }
  })
})
after(() => deployment.stop())

/** Runs on a client that has found its primary and has a connection to it. */
async function withClient(driver: Driver, query: string, work: (client: MongoClient) => Promise<void>): Promise<void> {
  const uri = deployment.uri.replace('mongodb://', 'mongodb://ada:pencil@')
  const client = new driver.library.MongoClient(`${uri}&${query}`)
  try {
    await client.db('admin').command({ ping: 1 })
    await work(client)
  } finally {
    await driver.end(client)
  }
}

const documentCount = 500
const documents = Array.from({ length: documentCount }, (_, index) => ({
  _id: index,
  name: `an order with the number ${index}`,
  text: 'the same words again and again '.repeat(8)
}))

/** The bytes in both directions of writing and reading the documents; a standalone has no members that talk beside them. */
async function bytesOf(driver: Driver, options: MongoClientOptions): Promise<{ sent: number; received: number }> {
  const runtime = nodeRuntime()
  const counter = new WireCounter()
  const network = counter.network(runtime.network)
  await using standalone = await startDeployment({ kind: 'standalone', runtime: { ...runtime, network } })
  const client = new driver.library.MongoClient(standalone.uri, options)
  try {
    const collection = client.db('shop').collection<{ _id: number }>('orders')
    await collection.insertMany(documents)
    assert.deepEqual(await collection.find().sort({ _id: 1 }).toArray(), documents)
    return { sent: counter.sent.bytes, received: counter.received.bytes }
  } finally {
    await driver.end(client)
  }
}

for (const driver of drivers)
  describe(`${driver.name}, with compressors=zlib`, () => {
    test('authenticates, and each kind of operation has the results that it has without', () =>
      withClient(driver, 'compressors=zlib&maxPoolSize=1', async client => {
        const collection = client.db('shop').collection<{ _id: number; n: number }>(driver.name)
        await collection.insertOne({ _id: 1, n: 1 })
        await collection.bulkWrite([
          { insertOne: { document: { _id: 2, n: 2 } } },
          { deleteOne: { filter: { _id: 9 } } }
        ])
        const { modifiedCount } = await collection.updateMany({}, { $inc: { n: 10 } })
        assert.equal(modifiedCount, 2)
        assert.deepEqual(await collection.find({}, { batchSize: 1 }).sort({ _id: 1 }).toArray(), [
          { _id: 1, n: 11 },
          { _id: 2, n: 12 }
        ])
        assert.deepEqual(await collection.distinct('n'), [11, 12])
        await assert.rejects(collection.insertOne({ _id: 1, n: 0 }), { code: 11_000 })
        await collection.insertOne({ _id: 3, n: 3 }, { writeConcern: { w: 0 } })
        // The pool's only connection takes one after the other.
        assert.equal(await collection.countDocuments(), 3)
      }))

    test('all commands of a pool’s connection are compressed in both directions, from the first one on', () =>
      withClient(driver, 'compressors=zlib&maxPoolSize=1&heartbeatFrequencyMS=100000', async client => {
        wire.reset()
        const collection = client.db('shop').collection<{ _id: string }>(`${driver.name}_counted`)
        for (let index = 0; index < 20; index++) await collection.insertOne({ _id: `${index}` })
        assert.ok(wire.received.compressed >= 20, `${wire.received.compressed} requests`)
        assert.ok(wire.sent.compressed >= 20, `${wire.sent.compressed} replies`)
      }))

    test('handshakes and authentication are not compressed, nor is a new user’s password', () =>
      withClient(driver, 'compressors=zlib&maxPoolSize=1', async client => {
        const { compressed } = wire.received
        await client.db('admin').command({ createUser: `${driver.name}_user`, pwd: 'secret', roles: [] })
        assert.equal(wire.received.compressed, compressed)
        await client.db('admin').command({ ping: 1 })
        assert.equal(wire.received.compressed, compressed + 1)
      }))

    test('long messages have less than a fifth of the bytes in both directions', async () => {
      const plain = await bytesOf(driver, {})
      const packed = await bytesOf(driver, { compressors: ['zlib'] })
      for (const direction of ['sent', 'received'] as const) {
        assert.ok(plain[direction] > 100 * documentCount)
        assert.ok(5 * packed[direction] < plain[direction], `${packed[direction]} of ${plain[direction]} bytes`)
      }
    })

    test('without compressors nothing is compressed', () =>
      withClient(driver, 'appName=plain', async client => {
        wire.reset()
        await client.db('shop').collection(driver.name).countDocuments()
        assert.deepEqual([wire.received.compressed, wire.sent.compressed], [0, 0])
      }))

    test('a deployment that has no compressor is spoken to without', async () => {
      const { length } = documents
      await using plain = await startDeployment({ kind: 'standalone', compressors: [] })
      const client = new driver.library.MongoClient(`${plain.uri}?compressors=zlib`)
      try {
        const collection = client.db('shop').collection<{ _id: number }>('orders')
        assert.equal((await collection.insertMany(documents)).insertedCount, length)
      } finally {
        await driver.end(client)
      }
    })
  })
