/** The same work through both drivers, and how often each tells of each kind of pool event. */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { type Deployment, type DeploymentOptions, startDeployment } from '../../src/embedded/index.ts'
import { countByKind, type Driver, type DriverName, drivers, recordPoolEvents, type ToldEvent } from './drivers.ts'
import type { PoolEventName } from './pool_event_names.ts'

/** One server, so that there is one pool to count. */
const kind: DeploymentOptions['kind'] = 'standalone'
const maxPoolSize = 10
const finds = 40

/** How long the first find on each connection takes: more than the dials of a full pool, so that the pool becomes full. */
const firstFindMS = 200

/** How often an event is told by each driver, and why not equally often. */
type Row = Readonly<Record<DriverName, number>> & { readonly why?: string }

const connectUsesPool = 'its connect() opens and checks out a connection of the pool; cenote’s opens none'

const expected: Readonly<Record<PoolEventName, Row>> = {
  connectionPoolCreated: { cenote: 1, mongodb: 1 },
  connectionPoolReady: { cenote: 1, mongodb: 1 },
  connectionPoolCleared: { cenote: 0, mongodb: 0 },
  connectionPoolClosed: { cenote: 1, mongodb: 1 },
  connectionCreated: { cenote: maxPoolSize, mongodb: maxPoolSize },
  connectionReady: { cenote: maxPoolSize, mongodb: maxPoolSize },
  connectionClosed: { cenote: maxPoolSize, mongodb: maxPoolSize },
  connectionCheckOutStarted: { cenote: finds + 1, mongodb: finds + 2, why: connectUsesPool },
  connectionCheckOutFailed: { cenote: 0, mongodb: 0 },
  connectionCheckedOut: { cenote: finds + 1, mongodb: finds + 2, why: connectUsesPool },
  connectionCheckedIn: { cenote: finds + 1, mongodb: finds + 2, why: connectUsesPool }
}

/** 40 finds at once on an empty pool, then a clean end. Resolves with all events of the client's life. */
async function work({ library, end }: Driver, deployment: Deployment): Promise<readonly ToldEvent[]> {
  const data = { failCommands: ['find'], blockConnection: true, blockTimeMS: firstFindMS }
  for (const member of deployment.members)
    member.configureFailPoint({ configureFailPoint: 'failCommand', mode: { times: maxPoolSize }, data })
  const client = new library.MongoClient(deployment.uri, { maxPoolSize, maxConnecting: 2 })
  const told = recordPoolEvents(client)
  try {
    await client.connect()
    const things = client.db('parity').collection('things')
    await Promise.all(Array.from({ length: finds }, () => things.findOne()))
  } finally {
    await end(client)
  }
  return told
}

for (const driver of drivers)
  describe(`${driver.name}: ${finds} finds at once with maxPoolSize ${maxPoolSize}, then a clean end`, () => {
    let told: readonly ToldEvent[] = []
    before(async () => {
      const deployment = await startDeployment({ kind })
      try {
        told = await work(driver, deployment)
      } finally {
        await deployment.stop()
      }
    })

    test('each kind of pool event is told as often as the table says', () => {
      const numbers = Object.entries(expected).map(([name, row]) => [name, row[driver.name]])
      assert.deepEqual(countByKind(told), Object.fromEntries(numbers))
    })

    test('every connection is closed because the pool is', () => {
      const reasons = told.filter(({ name }) => name === 'connectionClosed').map(({ reason }) => reason)
      assert.deepEqual(
        reasons,
        Array.from({ length: maxPoolSize }, () => 'poolClosed')
      )
    })
  })

test('the table of numbers says why wherever they differ, and only there', () => {
  for (const [name, { cenote, mongodb, why }] of Object.entries(expected))
    assert.equal(why !== undefined, cenote !== mongodb, name)
})
