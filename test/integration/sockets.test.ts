/** The manual's sums of sockets for a three-node replica set, as its servers count them. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { MongoClient, type Runtime } from '../../src/client/index.ts'
import { type Deployment, startDeployment } from '../../src/embedded/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { Traffic } from './traffic.ts'

describe('a three-node replica set with the default maxPoolSize', () => {
  let deployment: Deployment
  let client: MongoClient

  const traffic = new Traffic()

  function runtimeOf(owner: string): Runtime {
    const runtime = nodeRuntime()
    return { ...runtime, network: traffic.network(runtime.network, owner) }
  }

  before(async () => {
    deployment = await startDeployment({ kind: 'replicaSet', runtime: runtimeOf('members') })
    client = await MongoClient.connect(deployment.uri, { runtime: runtimeOf('client') })
  })
  after(async () => {
    await client.close()
    await deployment.stop()
  })

  /** The client's sockets on each member: the members' own connections are not in it. */
  function sockets(): number[] {
    return deployment.members.map(member => member.connections().current)
  }

  async function settlesAt(expected: readonly number[]): Promise<void> {
    const asText = (numbers: readonly number[]): string => [...numbers].sort((a, b) => a - b).join(' ')
    while (asText(sockets()) !== asText(expected)) await traffic.change()
    await traffic.settled()
    assert.equal(asText(sockets()), asText(expected), 'and so it stays')
  }

  /** Finds hang on the servers for so long that those that come meanwhile need connections of their own. */
  function slowFinds(): void {
    const data = { failCommands: ['find'], blockConnection: true, blockTimeMS: 200 }
    for (const member of deployment.members)
      member.configureFailPoint({ configureFailPoint: 'failCommand', mode: 'alwaysOn', data })
  }

  /**
   * Readers who ask again and again, more of them than there are connections: however slowly these come, they are needed.
   * Gives what ends it, when all have their last answer.
   */
  function load(readers: number, readPreference: 'primary' | 'secondary'): () => Promise<void> {
    const collection = client.db('shop').collection('orders', { readPreference })
    let goesOn = true
    const read = async (): Promise<void> => {
      while (goesOn) await collection.findOne()
    }
    const reading = Promise.all(Array.from({ length: readers }, read))
    return async () => {
      goesOn = false
      await reading
    }
  }

  test('an idle client has six sockets, two for each node, and no other after connect()', async () => {
    await settlesAt([2, 2, 2])
    const purposes = client.connections().map(({ purpose }) => purpose)
    assert.deepEqual(purposes.sort(), [...Array(3).fill('monitor'), ...Array(3).fill('roundTripTime')])
  })

  test('reading from and writing to the primary under load makes it 16', async () => {
    slowFinds()
    const end = load(20, 'primary')
    await settlesAt([12, 2, 2])
    assert.equal(client.connections().length, 16)
    await end()
    await settlesAt([12, 2, 2])
  })

  test('reading from the secondaries too makes it 36', async () => {
    slowFinds()
    const ends = [load(20, 'primary'), load(40, 'secondary')]
    await settlesAt([12, 12, 12])
    assert.equal(client.connections().length, 36)
    for (const end of ends) await end()
    await settlesAt([12, 12, 12])
  })

  test('after the shutdown there is none', async () => {
    await client.shutdown()
    await settlesAt([0, 0, 0])
    assert.deepEqual(client.connections(), [])
  })
})
