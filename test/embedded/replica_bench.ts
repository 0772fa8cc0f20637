import assert from 'node:assert/strict'
import type { Document } from '../../src/bson/index.ts'
import { type Deployment, type DeploymentOptions, type Member, startDeployment } from '../../src/embedded/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { RawClient } from './raw_client.ts'

export const electionMS = 200

export interface ReplicaBench {
  readonly runtime: VirtualRuntime
  readonly deployment: Deployment
  readonly connect: (member: Member | undefined) => Promise<RawClient>
  readonly member: (index: number) => Member
  /** Waits for a primary, and says which member it is. */
  readonly primary: () => Promise<number>
  /** All that a member has, read from it whatever it is. */
  readonly documentsOf: (index: number, collection?: string) => Promise<Document[]>
}

/** A replica set on virtual time; afterwards no timer is armed, no socket is open, and nothing has been warned of. */
export async function withReplicaSet(
  test: (bench: ReplicaBench) => Promise<void>,
  options: Partial<DeploymentOptions> & { readonly seed?: number } = {}
): Promise<void> {
  const { seed = 1, ...further } = options
  const runtime = virtualRuntime({ seed, virtualMSMax: 3_600_000 })
  await runtime.run(async () => {
    const deployment = await startDeployment({ kind: 'replicaSet', runtime, electionMS, ...further })
    const member = (index: number): Member => {
      const found = deployment.members[index]
      assert.ok(found)
      return found
    }
    const connect = (to: Member | undefined): Promise<RawClient> => {
      assert.ok(to)
      return RawClient.connect(runtime, to)
    }
    await test({
      runtime,
      deployment,
      member,
      connect,
      primary: async () => {
        while (deployment.primary === undefined) await runtime.sleep(electionMS / 10)
        return deployment.members.indexOf(deployment.primary)
      },
      documentsOf: async (index, collection = 'c') => {
        const client = await connect(member(index))
        const find = { find: collection, batchSize: 10_000, ...nearest }
        const reply = await client.command('test', find)
        client.close()
        return reply['cursor'].firstBatch
      }
    })
    await deployment.stop()
    await runtime.sleep(10)
    assert.deepEqual(runtime.network.transports(), [])
  })
  assert.equal(runtime.timersArmed(), 0)
  assert.deepEqual(runtime.warnings, [])
}

export const nearest: Document = { $readPreference: { mode: 'nearest' } }

/** Without what every reply of a member has. */
export function withoutTimes({ $clusterTime, operationTime, ...reply }: Document): Document {
  assert.ok($clusterTime !== undefined && operationTime !== undefined)
  return reply
}
