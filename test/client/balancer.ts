/** A client behind a load balancer with two routers, on virtual time. Its check-outs are counted. */
import assert from 'node:assert/strict'
import {
  type Collection,
  type CommandStartedEvent,
  MongoClient,
  type MongoClientOptions
} from '../../src/client/index.ts'
import { type Deployment, startDeployment } from '../../src/embedded/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'

export interface Numbered {
  readonly _id: number
}

export interface Balanced {
  readonly runtime: VirtualRuntime
  readonly nowMS: () => number
  /** Its connections lead to the routers in turn: those with odd numbers to the first. */
  readonly client: MongoClient
  /** `shop.c`, with the documents `{ _id: 0 }` to `{ _id: 5 }`. */
  readonly collection: Collection<Numbered>
  /** Another client, ended and counted at the end of the test like the first. */
  readonly connect: (options?: MongoClientOptions) => MongoClient
  readonly started: CommandStartedEvent[]
  /** Commands of the client and what its pool told, with the connection's number, since the last call: `find 1`, `in 1`. */
  readonly take: () => string[]
  /** Connections of the client that are in use: all, by cursors, by transactions. */
  readonly inUse: () => readonly [number, number, number]
  /** Lets the first router fail the commands, `times` times or (0) until further notice; or the one with that index. */
  readonly failCommand: (commands: readonly string[], data: object, times?: number, router?: number) => void
  readonly breakConnections: () => void
  /** Of all servers. */
  readonly openCursors: () => number
  /** Those that the shard knows. */
  readonly sessions: () => readonly string[]
}

/** Afterwards nothing is left: no timer, no socket, no warning, and no connection that was checked out and has not come back. */
export async function withBalancer(
  act: (balanced: Balanced) => Promise<void>,
  options: MongoClientOptions = {},
  seed = 1
): Promise<void> {
  const runtime = virtualRuntime({ seed, virtualMSMax: 3_600_000 })
  await runtime.run(async () => {
    const deployment = await startDeployment({ kind: 'loadBalanced', runtime, members: 1 })
    await fill(deployment, runtime)
    const clients: CountedClient[] = []
    const connect = (more: MongoClientOptions = {}): CountedClient => {
      const counted = new CountedClient(deployment.uri, { runtime, ...more })
      clients.push(counted)
      return counted
    }
    await act(balancedBench(deployment, runtime, connect(options), more => connect(more).client))
    for (const counted of clients) await counted.end()
    await deployment.stop()
    assert.deepEqual(runtime.network.transports(), [], 'sockets are left')
  })
  assert.equal(runtime.timersArmed(), 0, 'timers are left')
  assert.deepEqual(runtime.warnings, [])
}

/** Not by way of the balancer, so that the first connection that it sees is the test's. */
async function fill({ routers }: Deployment, runtime: VirtualRuntime): Promise<void> {
  await using client = new MongoClient(`mongodb://${routers[0]?.address}/`, { runtime })
  const collection = client.db('shop').collection<Numbered>('c')
  await collection.insertMany(Array.from({ length: 6 }, (_, _id) => ({ _id })))
}

function balancedBench(
  { routers, members }: Deployment,
  runtime: VirtualRuntime,
  { client, told, started }: CountedClient,
  connect: Balanced['connect']
): Balanced {
  const servers = [...routers, ...members]
  return {
    runtime,
    nowMS: () => runtime.clock.nowMS(),
    client,
    collection: client.db('shop').collection<Numbered>('c'),
    connect,
    started,
    take: () => told.splice(0),
    inUse: () => {
      const [pool] = client.pools()
      return [pool?.checkedOut ?? 0, pool?.checkedOutByCursors ?? 0, pool?.checkedOutByTransactions ?? 0]
    },
    failCommand: (failCommands, data, times = 1, router = 0) => {
      const mode = times === 0 ? 'alwaysOn' : { times }
      routers[router]?.configureFailPoint({
        configureFailPoint: 'failCommand',
        mode,
        data: { failCommands, ...data }
      })
    },
    breakConnections: () => {
      for (const router of routers) router.dropConnections()
    },
    openCursors: () => servers.reduce((sum, server) => sum + server.openCursors(), 0),
    sessions: () => members.flatMap(member => member.sessions())
  }
}

/** Every check-out has one end, and every connection that was checked out came back before it closed. */
class CountedClient {
  readonly client: MongoClient
  readonly told: string[] = []
  readonly started: CommandStartedEvent[] = []
  readonly #out = new Set<number>()
  #checkOutsUnderWay = 0

  constructor(uri: string, options: MongoClientOptions) {
    this.client = new MongoClient(uri, options)
    const { client, told } = this
    client.on('commandStarted', event => {
      this.started.push(event)
      told.push(`${event.commandName} ${event.connectionId}`)
    })
    client.on('connectionCheckOutStarted', () => this.#checkOutsUnderWay++)
    client.on('connectionCheckOutFailed', ({ reason }) => {
      this.#checkOutsUnderWay--
      told.push(`failed: ${reason}`)
    })
    client.on('connectionCheckedOut', ({ connectionId }) => {
      this.#checkOutsUnderWay--
      assert.ok(!this.#out.has(connectionId), 'nothing is checked out twice')
      this.#out.add(connectionId)
      told.push(`out ${connectionId}`)
    })
    client.on('connectionCheckedIn', ({ connectionId }) => {
      assert.ok(this.#out.delete(connectionId), 'nothing is checked in twice')
      told.push(`in ${connectionId}`)
    })
    client.on('connectionClosed', ({ connectionId, reason }) => {
      assert.ok(!this.#out.has(connectionId), 'what closes has come back')
      told.push(`closed ${connectionId}: ${reason}`)
    })
    client.on('connectionPoolCleared', ({ serviceId }) => {
      assert.ok(serviceId !== undefined, 'one backend at a time')
      told.push('cleared')
    })
  }

  async end(): Promise<void> {
    await this.client.shutdown()
    assert.deepEqual([[...this.#out], this.#checkOutsUnderWay], [[], 0], 'what was checked out has come back')
  }
}

/** Commands alone, without what pools told. */
export function commandsIn(told: readonly string[]): string[] {
  return told.filter(line => !/^(?:out|in|closed|cleared|failed)\b/.test(line))
}
