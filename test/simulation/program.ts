/**
 * A client and an embedded deployment on the virtual Runtime: workers, faults, a shutdown. As a program it prints the
 * outcome of its run as JSON. Arguments: the seed, and the kind of the deployment.
 */
import assert from 'node:assert/strict'
import { pathToFileURL } from 'node:url'
import { type Collection, MongoClient, MongoError } from '../../src/client/index.ts'
import {
  type Deployment,
  type DeploymentOptions,
  startDeployment,
  type VirtualRuntime,
  virtualRuntime
} from '../../src/embedded/index.ts'
import { ClientNetwork } from './client_network.ts'
import { Ledger } from './ledger.ts'
import { Stillness } from './stillness.ts'

export interface Outcome {
  readonly hash: string
  /** How often each operation succeeded, and with what it failed: `insertOne`, `insertOne: MongoNetworkError`. */
  readonly ended: Readonly<Record<string, number>>
  readonly faults: number
  readonly stepDowns: number
  /** At how many steps the servers' own counts were compared with the client's. */
  readonly settled: number
  readonly tail: readonly string[]
}

export interface Simulation {
  readonly seed: number
  readonly kind: DeploymentOptions['kind']
  /** One call that takes its chance from outside the Runtime. */
  readonly planted: boolean
}

interface Order {
  _id: number
  count: number
}

const workers = 8
const operationsOfWorker = 125
export const operations: number = workers * operationsOfWorker
const keys = 20

type Orders = Collection<Order>

const calls: readonly (readonly [name: string, call: (orders: Orders, key: number, client: MongoClient) => unknown])[] =
  [
    ['insertOne', (orders, key) => orders.insertOne({ _id: key, count: 0 })],
    ['updateOne', (orders, key) => orders.updateOne({ _id: key }, { $inc: { count: 1 } }, { upsert: true })],
    ['findOne', (orders, key) => orders.findOne({ _id: key })],
    ['toArray', (orders, key) => orders.find({ _id: { $gte: key } }, { batchSize: 3 }).toArray()],
    ['deleteOne', (orders, key) => orders.deleteOne({ _id: key })],
    ['ping', (_orders, _key, client) => client.db('shop').command({ ping: 1 })]
  ]

class Run {
  readonly #runtime: VirtualRuntime
  readonly #deployment: Deployment
  readonly #client: MongoClient
  readonly #network: ClientNetwork
  readonly #ledger: Ledger
  readonly #stillness: Stillness
  readonly ended: Record<string, number> = {}
  faults = 0
  stepDowns = 0
  /** At how many steps the servers' counts were compared. */
  settled = 0
  #begun = 0

  constructor(runtime: VirtualRuntime, deployment: Deployment) {
    this.#runtime = runtime
    this.#deployment = deployment
    this.#network = new ClientNetwork(runtime.network)
    this.#ledger = new Ledger(this.#network, deployment.members)
    this.#stillness = new Stillness(this.#network, deployment.members, runtime.clock)
    this.#client = new MongoClient(deployment.uri, {
      runtime: { ...runtime, network: this.#network },
      maxPoolSize: 5,
      minPoolSize: 2,
      serverSelectionTimeoutMS: 3_000,
      cmapEventHandler: event => this.#ledger.told(event)
    })
  }

  async all(): Promise<void> {
    const working = Promise.all(Array.from({ length: workers }, () => this.#work()))
    const disturbing = this.#disturb()
    await Promise.race([disturbing, working.then(() => disturbing)])
    // The last operations are in progress, and must end as if nobody shut down.
    await this.#client.shutdown()
    assert.equal(this.#network.ends(), 0, 'no transport after the shutdown')
    this.#check()
    await working
    await this.#deployment.stop()
    assert.equal(this.#runtime.timersArmed(), 0, 'no timer after the end')
    assert.deepEqual(this.#runtime.warnings, [])
  }

  async #work(): Promise<void> {
    const orders = this.#client.db('shop').collection<Order>('orders')
    for (let count = 0; count < operationsOfWorker; count++) {
      const [name, call] = calls[this.#draw(calls.length)]!
      this.#begun++
      try {
        await call(orders, this.#draw(keys), this.#client)
        this.#count(name)
      } catch (error) {
        // What servers and networks cause; anything else is a defect.
        if (!(error instanceof MongoError)) throw error
        this.#count(`${name}: ${error.name}`)
      }
      this.#check()
    }
  }

  /** Faults, one after the other, until the last operation has begun. Each worker then is in its last one, or has ended. */
  async #disturb(): Promise<void> {
    const { members } = this.#deployment
    while (this.#begun < operations) {
      if (members.length > 1 && this.stepDowns === 0 && this.#begun > operations / 2) await this.#stepDown()
      const member = members[this.#draw(members.length)]!
      await this.#pass(20 + this.#draw(40))
      const refuses = this.#draw(2) === 0
      if (refuses) await member.refuseDials(true)
      if (this.#draw(2) === 0) this.#runtime.network.reset()
      else member.dropConnections(() => this.#draw(3) > 0)
      this.#check()
      this.faults++
      await this.#pass(20 + this.#draw(100))
      if (refuses) await member.refuseDials(false)
      member.handshakeDelayMS = this.#draw(20)
    }
  }

  async #stepDown(): Promise<void> {
    this.stepDowns++
    const before = this.#deployment.primary
    await this.#deployment.stepDown()
    assert.notEqual(this.#deployment.primary, before)
  }

  /** Time passes, and the ledger is checked each millisecond, until the last operation has begun. */
  async #pass(durationMS: number): Promise<void> {
    for (let leftMS = durationMS; leftMS > 0 && this.#begun < operations; leftMS--) {
      await this.#runtime.sleep(1)
      this.#check()
    }
  }

  #check(): void {
    this.#ledger.check(this.#client)
    if (!this.#stillness.reached()) return
    this.#ledger.checkServers(this.#client)
    this.settled++
  }

  #draw(below: number): number {
    return Math.floor(this.#runtime.chance.fraction() * below)
  }

  #count(what: string): void {
    this.ended[what] = (this.ended[what] ?? 0) + 1
  }
}

export async function simulate({ seed, kind, planted }: Simulation): Promise<Outcome> {
  const runtime = virtualRuntime({ seed, fragment: 0.1, traceTailMax: 200_000, eventsMax: 1_000_000 })
  const run = await runtime.run(async () => {
    const started = new Run(runtime, await startDeployment({ kind, runtime }))
    if (planted) await runtime.sleep(Math.random())
    await started.all()
    return started
  })
  return {
    hash: runtime.hash(),
    ended: run.ended,
    faults: run.faults,
    stepDowns: run.stepDowns,
    settled: run.settled,
    tail: runtime.traceTail()
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , seed, kind] = process.argv
  const { tail: _tail, ...outcome } = await simulate({
    seed: Number(seed),
    kind: kind === 'replicaSet' ? kind : 'standalone',
    planted: false
  })
  console.log(JSON.stringify(outcome))
}
