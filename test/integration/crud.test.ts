/** The same operations through cenote and through the official driver, with deep-equal results. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { MongoClient } from '../../src/client/index.ts'
import { type Deployment, type DeploymentOptions, startDeployment } from '../../src/embedded/index.ts'
import { servedBy } from './cases/case.ts'
import { cases } from './cases/index.ts'
import { differences } from './differences.ts'
import { type Driver, drivers } from './drivers.ts'
import { plain } from './plain.ts'

const kinds: readonly DeploymentOptions['kind'][] = ['standalone', 'replicaSet', 'sharded']

/** Some cases fail a command once, and the next is sent when a heartbeat has found the server again. */
const heartbeatFrequencyMS = 500

for (const kind of kinds) {
  for (const driver of drivers)
    describe(`${driver.name}, ${kind}`, () => {
      runCases(kind, driver)
    })
}

test('each difference between the drivers is one: it names a case, and gives another result than the case', () => {
  for (const [name, { result }] of Object.entries(differences)) {
    const differing = cases.find(each => each.name === name)
    assert.ok(differing !== undefined, `there is no case "${name}"`)
    assert.notDeepEqual(result, plain(differing.expected))
  }
})

test('no two cases have the same name', () => {
  const names = cases.map(({ name }) => name)
  assert.deepEqual(names, [...new Set(names)])
})

function runCases(kind: DeploymentOptions['kind'], driver: Driver): void {
  let deployment: Deployment
  let client: MongoClient
  before(async () => {
    // One router: it has the fail points of the cases alone.
    deployment = await startDeployment({ kind, ...(kind === 'sharded' ? { routers: 1 } : {}) })
    client = new driver.library.MongoClient(deployment.uri, { heartbeatFrequencyMS })
    await client.connect()
  })
  after(async () => {
    await client.close()
    await deployment.stop()
  })
  for (const { name, run, expected } of cases) {
    test(name, async () => {
      const db = client.db('parity')
      await db.dropDatabase()
      const { library } = driver
      const subject = { client, db, collection: db.collection('things'), library, deployment: servedBy(deployment) }
      const result = await run(subject)
      const difference = differences[name]
      const differing = kind === 'standalone' ? difference?.result : (difference?.onReplicaSet ?? difference?.result)
      assert.deepEqual(plain(result), difference?.driver === driver.name ? differing : plain(expected))
    })
  }
}
