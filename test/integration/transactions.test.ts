/** Transactions through cenote and through the official driver, on the embedded replica set, with deep-equal results. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { MongoClient } from '../../src/client/index.ts'
import { type Deployment, startDeployment } from '../../src/embedded/index.ts'
import { servedBy } from './cases/case.ts'
import { transactionCases } from './cases/transactions.ts'
import { drivers } from './drivers.ts'
import { plain } from './plain.ts'

const heartbeatFrequencyMS = 500

for (const { name: driver, library, end } of drivers)
  describe(`transactions with ${driver}`, () => {
    let deployment: Deployment
    let client: MongoClient
    before(async () => {
      deployment = await startDeployment({ kind: 'replicaSet' })
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
  })
