/** Transactions through cenote and through the official driver, on the embedded replica set and on routers before it, with deep-equal results. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { MongoClient } from '../../src/client/index.ts'
import { type Deployment, type DeploymentKind, startDeployment } from '../../src/embedded/index.ts'
import { servedBy } from './cases/case.ts'
import { transactionCases } from './cases/transactions.ts'
import { type Driver, drivers } from './drivers.ts'
import { plain } from './plain.ts'

const heartbeatFrequencyMS = 500

const kinds = ['replicaSet', 'sharded'] as const

for (const kind of kinds)
  for (const driver of drivers) describe(`transactions with ${driver.name}, ${kind}`, () => runCases(kind, driver))

function runCases(kind: DeploymentKind, { library, end }: Driver): void {
  let deployment: Deployment
  let client: MongoClient
  before(async () => {
    // One router: it has the fail points of the cases alone.
    deployment = await startDeployment({ kind, ...(kind === 'sharded' ? { routers: 1 } : {}) })
    client = new library.MongoClient(deployment.uri, { heartbeatFrequencyMS })
    await client.connect()
  })
  after(async () => {
    await end(client)
    await deployment.stop()
  })
  for (const { name, run, expected } of transactionCases)
    test(name, async () => {
      const db = client.db('parity')
      await db.dropDatabase()
      const subject = { client, db, collection: db.collection('things'), library, deployment: servedBy(deployment) }
      assert.deepEqual(plain(await run(subject)), plain(expected))
    })
}
