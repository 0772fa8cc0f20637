import assert from 'node:assert/strict'
import type { Document } from '../../src/bson/index.ts'
import {
  type Deployment,
  type DeploymentOptions,
  type Member,
  type Router,
  startDeployment
} from '../../src/embedded/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { RawClient } from './raw_client.ts'
import { electionMS } from './replica_bench.ts'

export interface ClusterBench {
  readonly runtime: VirtualRuntime
  readonly deployment: Deployment
  readonly router: (index: number) => Router
  readonly member: (index: number) => Member
  readonly connect: (to: { readonly address: string }) => Promise<RawClient>
  /** One client of each of the first two routers. */
  readonly first: RawClient
  readonly second: RawClient
  /** Runs a command of the first of them, against the database `test`. */
  readonly run: (command: Document) => Promise<Document>
  /** The index of the primary, once there is one. */
  readonly primary: () => Promise<number>
  /** Resolves with what has come by then; undefined: nothing. */
  readonly soon: <Value>(promise: Promise<Value>) => Promise<Value | undefined>
}

/** Two routers before a set of three, on virtual time; afterwards no timer is armed, no socket open, and nothing has been warned of. */
export async function withCluster(
  test: (bench: ClusterBench) => Promise<void>,
  options: Partial<DeploymentOptions> & { readonly seed?: number } = {}
): Promise<void> {
  const { seed = 1, ...further } = options
  const runtime = virtualRuntime({ seed, virtualMSMax: 3_600_000 })
  await runtime.run(async () => {
    const deployment = await startDeployment({ kind: 'sharded', runtime, electionMS, ...further })
    const at =
      <Server>(servers: readonly Server[]) =>
      (index: number): Server => {
        const found = servers[index]
        assert.ok(found)
        return found
      }
    const router = at(deployment.routers)
    const connect = (to: { readonly address: string }): Promise<RawClient> => RawClient.connect(runtime, to)
    const [first, second] = [await connect(router(0)), await connect(router(1))]
    await test({
      runtime,
      deployment,
      router,
      member: at(deployment.members),
      connect,
      first,
      second,
      run: command => first.command('test', command),
      primary: async () => {
        while (deployment.primary === undefined) await runtime.sleep(electionMS / 10)
        return deployment.members.indexOf(deployment.primary)
      },
      soon: promise => Promise.race([promise, runtime.sleep(100).then(() => undefined)])
    })
    await deployment.stop()
    await runtime.sleep(10)
    assert.deepEqual(runtime.network.transports(), [])
  })
  assert.equal(runtime.timersArmed(), 0)
  assert.deepEqual(runtime.warnings, [])
}

/** Documents with these numbers as their `_id`, by way of the client. */
export async function insert(raw: RawClient, ids: readonly number[], more: Document = {}): Promise<Document> {
  return raw.command('test', { insert: 'c', documents: ids.map(_id => ({ _id })), ...more })
}

export function codeOf(reply: Document): number {
  assert.deepEqual(reply['ok'], { $numberDouble: '0.0' }, JSON.stringify(reply))
  return Number(reply['code'].$numberInt)
}
