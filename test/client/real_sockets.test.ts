import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoClient, type PoolEvents } from '../../src/client/index.ts'
import { startDeployment } from '../../src/embedded/index.ts'
import { failureOf } from './bench.ts'

const clientResources = new Set(['TCPSocketWrap', 'TCPWRAP', 'Timeout', 'GetAddrInfoReqWrap', 'TCPConnectWrap'])

function resources(): string[] {
  return process.getActiveResourcesInfo().filter(resource => clientResources.has(resource))
}

test('on real sockets a client that has shut down leaves no socket and no timer of its own', async () => {
  await using deployment = await startDeployment({ kind: 'standalone' })
  const before = resources()
  const client = new MongoClient(deployment.uri, { maxConnecting: 4 })
  const collection = client.db().collection('a')
  await collection.insertMany(Array.from({ length: 50 }, (_, n) => ({ n })))
  const found = await Promise.all(Array.from({ length: 20 }, () => collection.find({}, { batchSize: 20 }).toArray()))
  assert.ok(found.every(documents => documents.length === 50))
  assert.ok(resources().length > before.length)
  await client.shutdown()
  assert.deepEqual(client.connections(), [])
  await deployment.stop()
  assert.deepEqual(resources(), [])
})

test('on real sockets operations of every stage end with close, and the pairs of events balance', async () => {
  await using deployment = await startDeployment({ kind: 'standalone' })
  const [member] = deployment.members
  member?.configureFailPoint({
    configureFailPoint: 'failCommand',
    mode: 'alwaysOn',
    data: { failCommands: ['ping'], blockConnection: true, blockTimeMS: 60_000 }
  })
  const told = new Map<string, number>()
  const client = new MongoClient(deployment.uri, {
    maxPoolSize: 2,
    cmapEventHandler: ({ name }) => void told.set(name, (told.get(name) ?? 0) + 1)
  })
  const twoInUse = new Promise<void>(resolve => {
    client.on('connectionCheckedOut', () => {
      if (client.pools()[0]?.checkedOut === 2) resolve()
    })
  })
  const pings = Array.from({ length: 5 }, () => failureOf(client.db().command({ ping: 1 })))
  await twoInUse
  await client.close()
  for (const error of await Promise.all(pings)) assert.equal(error.name, 'MongoClientClosedError')
  const count = (name: keyof PoolEvents): number => told.get(name) ?? 0
  assert.equal(count('connectionCheckOutStarted'), 5)
  assert.equal(count('connectionCheckedOut') + count('connectionCheckOutFailed'), 5)
  assert.equal(count('connectionCheckedOut'), count('connectionCheckedIn'))
  assert.equal(count('connectionCreated'), count('connectionClosed'))
})
