/** What mongoose reads of a driver's insides, on an embedded server. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { inspect } from 'node:util'
import { BulkWriteResult, MongoClient } from '../../packages/cenote-mongodb/src/mongoose_habits.ts'
import { Collection } from 'cenote'
import { startDeployment } from 'cenote/embedded'

async function withClient(test: (client: MongoClient, uri: string) => Promise<void>): Promise<void> {
  const deployment = await startDeployment({ kind: 'standalone' })
  const client = new MongoClient(`${deployment.uri}shop`)
  try {
    await test(client, `${deployment.uri}shop`)
  } finally {
    await client.close(true)
    await deployment.stop()
  }
}

suite('the client', () => {
  test('has a topology when it has connected, with the description of each moment', () =>
    withClient(async client => {
      assert.equal('topology' in client && client.topology === undefined, true)
      await client.connect()
      const { topology } = client
      assert.ok(topology)
      assert.equal(topology.constructor.name, 'Topology')
      assert.equal(topology.description.type, 'Single')
      assert.equal(topology.description.constructor.name, 'TopologyDescription')
      assert.equal(topology.s.description.heartbeatFrequencyMS, 10_000)
      assert.equal(await client.connect(), client)
      assert.equal(client.topology, topology)
    }))

  test('tells its connection string, its database and its hosts', () =>
    withClient(async (client, uri) => {
      const { url, options } = client.s
      assert.equal(url, uri)
      assert.equal(options.dbName, 'shop')
      const [host] = options.hosts
      assert.ok(host !== undefined && 'host' in host)
      assert.equal(host.host, '127.0.0.1')
      await Promise.resolve()
    }))

  test('shows no password, wherever it is printed', async () => {
    const client = new MongoClient('mongodb://ada:p4ssword@127.0.0.1:9/')
    const printed = [client, client.s, client.topology].map(each => inspect(each, { depth: null, showHidden: true }))
    assert.doesNotMatch(printed.join(''), /p4ssword/)
    assert.doesNotMatch(JSON.stringify([client, client.s]), /p4ssword/)
    await client.close()
  })

  test('is connected by the static method too', () =>
    withClient(async (_, uri) => {
      const client = await MongoClient.connect(uri)
      assert.ok(client instanceof MongoClient)
      assert.ok(client.topology)
      await client.close()
    }))
})

test('methods of collections are plain functions of the prototype, as those are copied by name', () => {
  const called =
    'insertOne findOne find updateOne deleteMany findOneAndUpdate createIndex listIndexes bulkWrite insertMany aggregate ' +
    'deleteOne countDocuments updateMany findOneAndReplace findOneAndDelete drop replaceOne distinct dropIndex ' +
    'indexInformation estimatedDocumentCount options isCapped'
  for (const name of called.split(' ')) {
    const descriptor = Object.getOwnPropertyDescriptor(Collection.prototype, name)
    assert.equal(typeof descriptor?.value, 'function', name)
  }
  for (const name of ['collectionName', 'dbName', 'namespace'])
    assert.equal(typeof Object.getOwnPropertyDescriptor(Collection.prototype, name)?.get, 'function', name)
})

test('a result is made of the official driver’s sums, and takes further fields', () => {
  const result = new BulkWriteResult({
    nInserted: 1,
    nMatched: 2,
    nModified: 3,
    nRemoved: 4,
    insertedIds: [{ index: 0, _id: 'a' }],
    upserted: [{ index: 5, _id: 'b' }]
  })
  assert.deepEqual(
    [result.insertedCount, result.matchedCount, result.modifiedCount, result.deletedCount, result.upsertedCount],
    [1, 2, 3, 4, 1]
  )
  assert.deepEqual([result.insertedIds, result.getUpsertedIdAt(5)], [{ 0: 'a' }, 'b'])
  assert.equal(result.hasWriteErrors(), false)
  assert.deepEqual(Object.keys(Object.assign(result, { n: 0, result: {}, mongoose: {} })).slice(-3), [
    'n',
    'result',
    'mongoose'
  ])
})
