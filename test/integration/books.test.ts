/** Load and faults on real sockets: what client, events, network and servers count of one client's connections agrees. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { type Collection, MongoClient, MongoClientClosedError, MongoError } from '../../src/client/index.ts'
import { type Deployment, type Member, startDeployment } from '../../src/embedded/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { many } from '../manual/bench.ts'
import { Ledger } from '../simulation/ledger.ts'
import { Traffic } from './traffic.ts'

interface Order {
  _id: number
  count: number
}

const workers = 8
/** A member that stepped down does not stand for election for 10 s: a third time there would be nobody. */
const rounds = 2
const momentsMin = 20

interface Scene {
  readonly deployment: Deployment
  readonly client: MongoClient
  readonly primary: Member
  readonly secondary: Member
  readonly orders: Collection<Order>
  /** Resolves when nothing is under way between the client and its servers, nor between those. */
  readonly settled: () => Promise<void>
}

/** What happens while the workers work. */
const faults: Readonly<Record<string, (scene: Scene) => unknown>> = {
  'the primary drops the connections of a pool': ({ primary }) =>
    primary.dropConnections(({ purpose }) => purpose === 'pool'),
  'a secondary drops all connections': ({ secondary }) => secondary.dropConnections(),
  async 'the primary refuses dials for a while'({ primary, settled }) {
    await primary.refuseDials(true)
    primary.dropConnections()
    await settled()
    await primary.refuseDials(false)
  },
  async 'handshakes are slow for a while'({ deployment, settled }) {
    for (const member of deployment.members) {
      member.handshakeDelayMS = 20
      member.dropConnections(({ purpose }) => purpose === 'pool')
    }
    await settled()
    for (const member of deployment.members) member.handshakeDelayMS = 0
  },
  async 'operations are aborted in flight'({ primary, client, orders }) {
    const data = { failCommands: ['aggregate'], blockConnection: true, blockTimeMS: 60_000 }
    primary.configureFailPoint({ configureFailPoint: 'failCommand', mode: 'alwaysOn', data })
    const controller = new AbortController()
    const counting = many(3, () => orders.countDocuments({}, { signal: controller.signal }))
    while (client.connections().filter(({ inUseFor }) => inUseFor === 'aggregate').length < counting.length)
      await once(client, 'connectionCheckedOut')
    controller.abort()
    await Promise.allSettled(counting)
    primary.clearFailPoints()
  },
  'the primary steps down': ({ deployment }) => deployment.stepDown(),
  async 'a secondary dies and comes again'({ deployment, secondary, settled }) {
    const index = deployment.members.indexOf(secondary)
    await deployment.kill(index)
    await settled()
    await deployment.restart(index)
  },
  async 'the primary dies and comes again'({ deployment, primary, settled }) {
    const index = deployment.members.indexOf(primary)
    await deployment.kill(index)
    await settled()
    await deployment.restart(index)
  }
}

class Load {
  readonly #orders: Collection<Order>
  readonly #secondaries: Collection<Order>
  #ends = false
  #done = 0
  #waiting: (() => void)[] = []

  constructor(client: MongoClient) {
    const db = client.db('shop')
    this.#orders = db.collection('orders')
    this.#secondaries = db.collection('orders', { readPreference: 'secondaryPreferred' })
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: workers }, (_, key) => this.#work(key)))
  }

  /** Resolves when so many operations have succeeded from now on that each worker has had its turn. */
  async goesOn(): Promise<void> {
    const due = this.#done + 3 * workers
    while (this.#done < due) await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  end(): void {
    this.#ends = true
  }

  async #work(_id: number): Promise<void> {
    for (let turn = 0; !this.#ends; turn++) {
      try {
        if (turn % 3 === 0) await this.#orders.updateOne({ _id }, { $inc: { count: 1 } }, { upsert: true })
        else await (turn % 3 === 1 ? this.#orders : this.#secondaries).findOne({ _id })
        this.#done++
        for (const tell of this.#waiting.splice(0)) tell()
      } catch (error) {
        // Two faults in a row may be too much for an operation; anything else is a defect.
        if (!(error instanceof MongoError) || error instanceof MongoClientClosedError) throw error
      }
    }
  }
}

async function underLoadWithFaults(
  client: MongoClient,
  deployment: Deployment,
  settled: Scene['settled'],
  after: (fault: string) => void
): Promise<void> {
  const load = new Load(client)
  const running = load.run()
  // Where a fault's end is not as it should be, that is told, and not what it means for the workers.
  running.catch(() => undefined)
  const orders = client.db('shop').collection<Order>('orders')
  try {
    for (let round = 0; round < rounds; round++)
      for (const [name, happen] of Object.entries(faults)) {
        await load.goesOn()
        await settled()
        const { primary, members } = deployment
        const secondary = members.find(member => member !== primary)
        assert.ok(primary !== undefined && secondary !== undefined, 'each fault begins with a primary')
        await happen({ deployment, client, primary, secondary, orders, settled })
        await load.goesOn()
        await settled()
        after(name)
      }
  } finally {
    load.end()
  }
  // The last operations are in progress, and must end as if nobody shut down.
  const ended = client.shutdown()
  await Promise.all([running, ended])
}

test(`on real sockets, under load with faults, pools(), events, client ends and the servers' counts agree at ${momentsMin} moments and more`, async t => {
  const traffic = new Traffic()
  const runtime = nodeRuntime()
  const { network } = runtime
  await using deployment = await startDeployment({
    kind: 'replicaSet',
    electionMS: 20,
    runtime: { ...runtime, network: traffic.network(network, 'members') }
  })
  const ledger = new Ledger({ ends: () => traffic.ends('client') }, deployment.members)
  const client = new MongoClient(deployment.uri, {
    runtime: { ...runtime, network: traffic.network(network, 'client') },
    maxPoolSize: 5,
    minPoolSize: 2,
    minHeartbeatFrequencyMS: 10,
    cmapEventHandler: event => ledger.told(event)
  })
  let moments = 0
  let before = 0
  traffic.onStill = () => {
    moments++
    ledger.check(client)
    ledger.checkServers(client)
  }
  const settled = (): Promise<void> => traffic.settled()
  try {
    await underLoadWithFaults(client, deployment, settled, fault => {
      t.diagnostic(`${fault}: ${moments - before} moments`)
      assert.ok(moments > before, `${fault}: no connection was dialled or closed`)
      before = moments
    })
    await settled()
    assert.equal(traffic.ends('client'), 0)
    assert.ok(moments >= momentsMin, `${moments} moments`)
  } finally {
    // Not awaited: a socket that it would wait for in vain ends with the deployment.
    void client.close()
  }
})
