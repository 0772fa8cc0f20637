/** A client and an embedded deployment on the virtual Runtime, for what the manual states of the two together. */
import { type ClientEvents, MongoClient, type MongoClientOptions, type PoolEvents } from '../../src/client/index.ts'
import {
  type Deployment,
  type DeploymentOptions,
  startDeployment,
  type VirtualRuntime,
  virtualRuntime
} from '../../src/embedded/index.ts'

export type PoolEvent = PoolEvents[keyof PoolEvents]

/** More than a dial, a handshake and a command take on the virtual network. */
export const roundTripsMS = 50

/** Several times what the longest test takes: one that waits for what never happens ends soon. */
const eventsMax = 200_000

export interface Bench {
  readonly runtime: VirtualRuntime
  readonly deployment: Deployment
  readonly client: MongoClient
  /** Every event of the client's pools, in order, unless the options have a handler of their own. */
  readonly told: PoolEvent[]
  readonly count: (name: keyof ClientEvents) => number
  /** Finds on each member take so long from now on. */
  readonly slowFinds: (blockTimeMS: number) => void
  readonly find: () => Promise<unknown>
}

/** Both are ended after `work`, and nothing may be left then. */
export async function withClient(
  kind: DeploymentOptions['kind'],
  options: MongoClientOptions,
  work: (bench: Bench) => Promise<void>
): Promise<void> {
  const runtime = virtualRuntime({ seed: 11, eventsMax })
  await runtime.run(async () => {
    const deployment = await startDeployment({ kind, runtime })
    const told: PoolEvent[] = []
    const client = new MongoClient(deployment.uri, {
      cmapEventHandler: event => told.push(event),
      ...options,
      runtime
    })
    try {
      await work({
        runtime,
        deployment,
        client,
        told,
        count: name => told.filter(event => event.name === name).length,
        slowFinds(blockTimeMS) {
          const data = { failCommands: ['find'], blockConnection: true, blockTimeMS }
          for (const member of deployment.members)
            member.configureFailPoint({ configureFailPoint: 'failCommand', mode: 'alwaysOn', data })
        },
        find: () => client.db('shop').collection('orders').findOne({})
      })
    } finally {
      await client.close()
      await deployment.stop()
    }
  })
}

export function many<T>(count: number, make: () => Promise<T>): Promise<T>[] {
  return Array.from({ length: count }, make)
}
