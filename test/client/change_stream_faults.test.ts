/** A change stream while members step down, lag, break, fail and are killed, as chance has it: each write is told once, in order. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type ChangeStream,
  type ChangeStreamOptions,
  MongoClient,
  MongoOperationTimeoutError
} from '../../src/client/index.ts'
import { type Deployment, startDeployment } from '../../src/embedded/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { idOf } from './change_bench.ts'

const writes = 80
const seeds = 15

describe('with faults by chance', () => {
  for (let seed = 1; seed <= seeds; seed++)
    test(`from seed ${seed} a change stream tells each write once, in the order of the writes`, async () => {
      const runtime = virtualRuntime({ seed, virtualMSMax: 3_600_000 })
      await runtime.run(() => watchedThroughFaults(runtime))
      assert.equal(runtime.timersArmed(), 0)
      assert.deepEqual(runtime.warnings, [])
    })
})

async function watchedThroughFaults(runtime: VirtualRuntime): Promise<void> {
  const below = (count: number): number => Math.floor(runtime.chance.fraction() * count)
  const deployment = await startDeployment({ kind: 'replicaSet', runtime, members: 3 })
  const writer = new MongoClient(deployment.uri, { runtime })
  const reader = new MongoClient(deployment.uri, { runtime, maxPoolSize: 1 + below(4) })
  await writer.db('shop').createCollection('orders')
  const stream = reader.db('shop').collection('orders').watch([], optionsBy(below))
  await untilNoTimeout(() => stream.open())
  const faults = new Faults(deployment, below)
  const writing = writeAll(writer, async () => {
    await runtime.sleep(below(60))
    await faults.next()
  })
  const told: unknown[] = []
  while (told.length < writes) told.push(await nextId(stream, below))
  assert.deepEqual(told, await writing)
  await stream.close()
  await faults.end()
  for (const { checkedOut, waiting } of reader.pools()) assert.deepEqual([checkedOut, waiting], [0, 0])
  await Promise.all([reader.shutdown(), writer.shutdown()])
  await deployment.stop()
  await runtime.sleep(10)
  assert.deepEqual(runtime.network.transports(), [])
}

function optionsBy(below: (count: number) => number): ChangeStreamOptions {
  const readPreferences = ['primary', 'secondary', 'nearest', 'secondaryPreferred'] as const
  return {
    batchSize: 1 + below(4),
    readPreference: readPreferences[below(readPreferences.length)],
    maxAwaitTimeMS: below(2) === 0 ? 50 : undefined,
    timeoutMS: below(3) === 0 ? 300 : undefined
  }
}

async function writeAll(writer: MongoClient, between: () => Promise<void>): Promise<number[]> {
  const orders = writer.db('shop').collection<{ _id: number }>('orders')
  const written: number[] = []
  for (let _id = 0; _id < writes; _id++) {
    await orders.insertOne({ _id })
    written.push(_id)
    await between()
  }
  return written
}

/** By one of the ways to read. */
async function nextId(stream: ChangeStream, below: (count: number) => number): Promise<unknown> {
  for (;;) {
    const event = await untilNoTimeout(() => (below(3) === 0 ? stream.tryNext() : stream.next()))
    if (event !== null) return idOf(event)
  }
}

async function untilNoTimeout<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof MongoOperationTimeoutError)) throw error
    }
  }
}

class Faults {
  readonly #deployment: Deployment
  readonly #below: (count: number) => number
  /** The member that is down; one at a time, so that there is a majority. */
  #killed: number | undefined

  constructor(deployment: Deployment, below: (count: number) => number) {
    this.#deployment = deployment
    this.#below = below
  }

  async next(): Promise<void> {
    const below = this.#below
    const member = this.#deployment.members[below(3)]
    assert.ok(member !== undefined)
    const fail = (failPoint: string, times: number, data: object): unknown =>
      member.configureFailPoint({ configureFailPoint: failPoint, mode: { times }, data })
    const getMore = ['getMore']
    const blocked = { blockConnection: true, blockTimeMS: 100 + below(400) }
    const faults: readonly (() => unknown)[] = [
      // There may be no primary just now, or none that could follow.
      () => this.#deployment.stepDown().catch(() => undefined),
      () => member.dropConnections(),
      () => fail('failCommand', 1 + below(3), { failCommands: getMore, closeConnection: true }),
      () => fail('failGetMoreAfterCursorCheckout', 1 + below(2), { errorCode: 234 }),
      () => fail('failCommand', 1, { failCommands: [...getMore, 'aggregate'], ...blocked }),
      () => (member.replicationDelayMS = below(200)),
      () => (this.#killed === undefined ? this.#kill(below(3)) : this.end())
    ]
    await faults[below(2 * faults.length)]?.()
  }

  async #kill(index: number): Promise<void> {
    this.#killed = index
    await this.#deployment.kill(index)
  }

  async end(): Promise<void> {
    const killed = this.#killed
    this.#killed = undefined
    if (killed !== undefined) await this.#deployment.restart(killed)
  }
}
