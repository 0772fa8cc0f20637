/** What a client that shuts down tells the servers of a replica set, in the bytes that it sends. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Document, MongoClient } from '../../src/client/index.ts'
import { startDeployment, virtualRuntime } from '../../src/embedded/index.ts'
import type { Network, Target } from '../../src/runtime/index.ts'
import { readRequest } from '../connection/messages.ts'
import { many } from '../manual/bench.ts'

interface Sent {
  readonly port: number
  readonly document: Document
}

/** That network, on which each message of a client is kept. It writes whole messages. */
function recorded(network: Network, sent: Sent[]): Network {
  return {
    listen: (...args) => network.listen(...args),
    connect(target, handler, options) {
      const transport = network.connect(target, handler, options)
      const write = transport.write.bind(transport)
      transport.write = bytes => {
        sent.push({ port: portOf(target), document: readRequest(bytes).document })
        write(bytes)
      }
      return transport
    }
  }
}

function portOf(target: Target): number {
  return target.kind === 'tcp' ? target.port : 0
}

function sessionOf({ id }: Document): string {
  return Buffer.from((id as { buffer: Uint8Array }).buffer).toString('hex')
}

test('the servers of a set receive endSessions for every lsid that they saw, once, and killCursors for the cursor left open', async () => {
  const runtime = virtualRuntime({ seed: 5 })
  await runtime.run(async () => {
    const deployment = await startDeployment({ kind: 'replicaSet', runtime })
    const sent: Sent[] = []
    const network = recorded(runtime.network, sent)
    const client = new MongoClient(deployment.uri, { runtime: { ...runtime, network } })
    const orders = client.db('shop').collection('orders')
    const onSecondaries = client.db('shop').collection('orders', { readPreference: 'secondary' })
    await orders.insertMany([{}, {}, {}, {}, {}, {}])
    await runtime.sleep(100)
    const data = { failCommands: ['find'], blockConnection: true, blockTimeMS: 50 }
    for (const member of deployment.members)
      member.configureFailPoint({ configureFailPoint: 'failCommand', mode: 'alwaysOn', data })
    await Promise.all([...many(4, () => orders.findOne()), ...many(8, () => onSecondaries.findOne())])
    const left = onSecondaries.find({}, { batchSize: 2 })
    await left.next()
    const serverOfCursor = deployment.members.filter(member => member.openCursors() > 0)
    assert.equal(serverOfCursor.length, 1)
    const seen = new Set(deployment.members.flatMap(member => member.sessions()))
    assert.ok(seen.size >= 12, `${seen.size} sessions`)
    await client.shutdown()
    const ended = sent.flatMap(({ document }) => (document['endSessions'] as Document[] | undefined) ?? [])
    assert.deepEqual(ended.map(sessionOf).sort(), [...seen].sort())
    const kills = sent.filter(({ document }) => 'killCursors' in document)
    assert.deepEqual(
      kills.map(({ port, document }) => [port, document['killCursors']]),
      serverOfCursor.map(({ target }) => [portOf(target), 'orders'])
    )
    for (const member of deployment.members) assert.equal(member.openCursors(), 0)
    await deployment.stop()
  })
})
