import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { ClientOptions, MongoClient, type MongoClientOptions } from '../../src/client/index.ts'
import { type Deployment, type Member, startDeployment } from '../../src/embedded/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'

export interface Bench {
  readonly runtime: VirtualRuntime
  readonly deployment: Deployment
  readonly member: Member
  /** A client of the deployment; closed at the end, if the test has not done so. */
  readonly connect: (options?: MongoClientOptions) => MongoClient
  /** Lets the commands fail, `times` times or (0) until further notice. */
  readonly failCommand: (commands: readonly string[], data: object, times?: number) => void
  readonly nowMS: () => number
}

export interface BenchOptions {
  /** Default: a standalone server. */
  readonly kind?: 'standalone' | 'replicaSet'
  /** Of a replica set; default 1. */
  readonly members?: number
  /** What the process is warned of in this test; anything else fails it. */
  readonly warnings?: RegExp
}

/** A server on virtual time. Afterwards nothing is left: no timer, no socket, no warning. */
export async function withServer(test: (bench: Bench) => Promise<void>, options: BenchOptions = {}): Promise<void> {
  const runtime = virtualRuntime({ seed: 1, virtualMSMax: 3_600_000 })
  const clients: MongoClient[] = []
  await runtime.run(async () => {
    const { kind = 'standalone', members = 1 } = options
    const deployment = await startDeployment(kind === 'standalone' ? { kind, runtime } : { kind, runtime, members })
    const [member] = deployment.members
    assert.ok(member)
    await test({
      runtime,
      deployment,
      member,
      connect: more => {
        const client = new MongoClient(deployment.uri, { runtime, ...more })
        clients.push(client)
        return client
      },
      failCommand: (failCommands, data, times = 1) => {
        const mode = times === 0 ? 'alwaysOn' : { times }
        member.configureFailPoint({ configureFailPoint: 'failCommand', mode, data: { failCommands, ...data } })
      },
      nowMS: () => runtime.clock.nowMS()
    })
    for (const client of clients) await client.close()
    // Members of a set have sockets of their own to each other.
    if (members === 1) assert.deepEqual(runtime.network.transports(), [], 'sockets are left')
    await deployment.stop()
    assert.deepEqual(runtime.network.transports(), [], 'sockets are left')
  })
  assert.equal(runtime.timersArmed(), 0, 'timers are left')
  const unexpected = runtime.warnings.filter(({ message }) => options.warnings?.test(message) !== true)
  assert.deepEqual(unexpected, [])
}

/** A write that the server acknowledges, to be found again by `assertWhole`. */
export async function acknowledge(client: MongoClient): Promise<void> {
  await client.db().collection('acknowledged').insertOne({})
}

/**
 * After bad input: what was acknowledged `times` is there, operations work, nobody waits or has a connection, and the sums of
 * each pool hold.
 */
export async function assertWhole(client: MongoClient, times: number): Promise<void> {
  await acknowledge(client)
  assert.equal(await client.db().collection('acknowledged').countDocuments(), times + 1)
  for (const { counters, ...row } of client.pools()) {
    const { connectionsClosed: closed, checkOutsFailed: failed } = counters
    assert.deepEqual([row.state, row.pending, row.checkedOut, row.waiting], ['ready', 0, 0, 0])
    assert.equal(row.total, row.available)
    assert.equal(row.total, counters.connectionsCreated - sum(closed))
    const checkedOut = counters.checkedOutAtOnce + counters.checkedOutAfterWait
    assert.equal(counters.checkOutsStarted, checkedOut + sum(failed))
    assert.equal(counters.checkedIn, checkedOut)
  }
}

function sum(counts: object): number {
  return Object.values(counts).reduce((total: number, count: number) => total + count, 0)
}

/** `host:port` as the Runtime's network knows it. */
export function targetOf(address: string): { readonly kind: 'tcp'; readonly host: string; readonly port: number } {
  const [host = '', port] = address.split(':')
  return { kind: 'tcp', host, port: Number(port) }
}

/** The error that the promise rejects with; it has to. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    assert.ok(error instanceof Error, `rejected with ${String(error)}, which is no Error`)
    return error
  }
  throw new assert.AssertionError({ message: 'the promise was fulfilled, although it had to be rejected' })
}

/** How many listeners for `abort` the signal has now. */
export function countListeners(signal: AbortSignal): () => number {
  return () => getEventListeners(signal, 'abort').length
}

export { ClientOptions, MongoClient }
