/** A load balancer before two routers, on virtual time, and a client of it whose check-outs are counted. */
import assert from 'node:assert/strict'
import { ObjectId } from '../../src/bson/index.ts'
import {
  type Collection,
  type CommandStartedEvent,
  MongoClient,
  type MongoClientOptions
} from '../../src/client/index.ts'
import type { Listener, Transport, TransportHandler } from '../../src/runtime/index.ts'
import type { VirtualRuntime } from '../../src/runtime/virtual/index.ts'
import { type Bench, targetOf, withServer } from './bench.ts'
import { Middleman } from './middleman.ts'
import { rewritten } from './routers.ts'

const address = 'balancer.test:27017'
const transportOptions = { readBufferBytes: 65_536, keepAliveInitialDelayMS: 0 }

export interface Balanced extends Bench {
  readonly client: MongoClient
  /** `shop.c`, with the documents `{ _id: 0 }` to `{ _id: 5 }`. */
  readonly collection: Collection<Numbered>
  readonly routers: readonly Middleman[]
  /** A client by way of the balancer; ended, and its check-outs counted, at the end of the test. */
  readonly balanced: (options?: MongoClientOptions) => MongoClient
  readonly started: CommandStartedEvent[]
  /** Commands of the client and what its pool told, with the connection's number, since the last call: `find 1`, `in 1`. */
  readonly take: () => string[]
  /** Connections of the client that are in use: all, by cursors, by transactions. */
  readonly inUse: () => readonly [number, number, number]
  /** The connections that the balancer passes on break, as they do when a router goes. */
  readonly breakConnections: () => void
}

export interface Numbered {
  readonly _id: number
}

export function withBalancer(
  act: (balanced: Balanced) => Promise<void>,
  options: MongoClientOptions = {}
): Promise<void> {
  return withServer(
    async bench => {
      const { runtime, member, connect } = bench
      await connect()
        .db('shop')
        .collection<Numbered>('c')
        .insertMany(Array.from({ length: 6 }, (_, _id) => ({ _id })))
      const routers = ['one.test:27017', 'two.test:27017'].map(each => routerOf(runtime, member.address, each))
      for (const router of routers) await router.listen()
      const balancer = new Balancer(runtime, ['one.test:27017', 'two.test:27017'])
      await balancer.listen()
      const clients: CountedClient[] = []
      const balanced = (more: MongoClientOptions = {}): MongoClient => {
        const counted = new CountedClient(runtime, more)
        clients.push(counted)
        return counted.client
      }
      const client = balanced(options)
      const [{ told, started } = assert.fail()] = clients
      await act({
        ...bench,
        client,
        collection: client.db('shop').collection<Numbered>('c'),
        routers,
        balanced,
        started,
        take: () => told.splice(0),
        inUse: () => {
          const [pool] = client.pools()
          return [pool?.checkedOut ?? 0, pool?.checkedOutByCursors ?? 0, pool?.checkedOutByTransactions ?? 0]
        },
        breakConnections: () => balancer.breakConnections()
      })
      for (const counted of clients) await counted.end()
      await balancer.close()
      for (const router of routers) await router.close()
    },
    { kind: 'replicaSet' }
  )
}

/** Enough of a router for a driver to see one: each has an identity of its own, and both lead to the same member. */
function routerOf(runtime: VirtualRuntime, member: string, own: string): Middleman {
  const router = new Middleman(runtime, targetOf(member), own)
  const serviceId = new ObjectId()
  let token = 0
  router.rewriteReplies(reply => rewritten(reply, () => `${own} ${++token}`, { serviceId }))
  return router
}

/** Each connection goes to the next router, byte by byte. */
class Balancer {
  readonly #runtime: VirtualRuntime
  readonly #routers: readonly string[]
  readonly #ends = new Set<Transport>()
  #accepted = 0
  #listener: Listener | undefined

  constructor(runtime: VirtualRuntime, routers: readonly string[]) {
    this.#runtime = runtime
    this.#routers = routers
  }

  async listen(): Promise<void> {
    await new Promise<void>(resolve => {
      this.#listener = this.#runtime.network.listen(
        targetOf(address),
        transport => this.#accept(transport),
        () => resolve()
      )
    })
  }

  breakConnections(): void {
    for (const end of this.#ends) end.destroy()
  }

  async close(): Promise<void> {
    this.breakConnections()
    await new Promise<void>(resolve => this.#listener?.close(resolve))
    while (this.#ends.size > 0) await this.#runtime.sleep(1)
  }

  #accept(client: Transport): TransportHandler {
    const router = this.#routers[this.#accepted++ % this.#routers.length] ?? assert.fail()
    let waiting: Uint8Array[] | undefined = []
    const towards = this.#runtime.network.connect(
      targetOf(router),
      {
        ...this.#passing(client, () => towards),
        opened: () => {
          for (const bytes of waiting ?? []) towards.write(bytes)
          waiting = undefined
        }
      },
      transportOptions
    )
    this.#ends.add(towards)
    this.#ends.add(client)
    return {
      ...this.#passing(towards, () => client),
      received: (buffer, length) => {
        const bytes = Uint8Array.from(buffer.subarray(0, length))
        if (waiting === undefined) towards.write(bytes)
        else waiting.push(bytes)
      }
    }
  }

  #passing(to: Transport, own: () => Transport): TransportHandler {
    return {
      opened: () => undefined,
      received: (buffer, length) => to.write(Uint8Array.from(buffer.subarray(0, length))),
      flushed: () => undefined,
      closed: () => {
        this.#ends.delete(own())
        to.destroy()
      }
    }
  }
}

/** Every check-out has one end, and every connection that was checked out came back before it closed. */
class CountedClient {
  readonly client: MongoClient
  readonly told: string[] = []
  readonly started: CommandStartedEvent[] = []
  readonly #out = new Set<number>()
  #checkOutsUnderWay = 0

  constructor(runtime: VirtualRuntime, options: MongoClientOptions) {
    this.client = new MongoClient(`mongodb://${address}/?loadBalanced=true`, { runtime, ...options })
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
