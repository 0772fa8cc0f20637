/** The work that foreign drivers are given, through cenote: the tables of what it comes to are right before a stranger sees them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeWorker } from '../../interop/foreign/node_work.ts'
import { comparisonOf, countsExpectedOf, poolEventsExpected } from '../../interop/foreign/pool_events.ts'
import { crudExpected, stepDownExpected, usersExpected } from '../../interop/foreign/work.ts'
import { startDeployment } from '../../src/embedded/index.ts'
import { drivers } from '../integration/drivers.ts'
import { poolEventNames } from '../integration/pool_event_names.ts'

for (const driver of drivers) {
  const worker = nodeWorker(driver)

  test(`${driver.name}: CRUD and a step-down under four writers come to what the tables say`, async () => {
    const { uri, stop } = await setOf({})
    try {
      assert.deepEqual(await worker.work({ task: 'crud', uri }), crudExpected)
      assert.deepEqual(await worker.work({ task: 'stepDown', uri }), stepDownExpected)
    } finally {
      await stop()
    }
  })

  test(`${driver.name}: SCRAM comes to what the table says`, async () => {
    const [user, password] = ['ada', 'p@ss: wörd/%']
    const { uri, stop } = await setOf({ users: [{ name: user, password }] })
    try {
      assert.deepEqual(await worker.work({ task: 'users', uri, user, password }), usersExpected)
    } finally {
      await stop()
    }
  })
}

async function setOf(options: { readonly users?: readonly { readonly name: string; readonly password: string }[] }) {
  const deployment = await startDeployment({ kind: 'replicaSet', ...options })
  return { uri: deployment.uri, stop: () => deployment.stop() }
}

test('a reason stands in the table of pool events where a driver’s number is another, and only there', () => {
  for (const [name, { cenote, others = {} }] of Object.entries(poolEventsExpected))
    for (const { count, why } of Object.values(others)) {
      assert.notEqual(count, cenote, name)
      assert.notEqual(why, '', name)
    }
})

test('the comparison shows each kind of event with both numbers', () => {
  const counts = countsExpectedOf('cenote')
  const lines = comparisonOf('pymongo', counts, { ...counts, connectionCheckedIn: 7 }).split('\n')
  assert.equal(lines.length, poolEventNames.length + 2)
  assert.match(lines.at(-1) ?? '', /^ {2}connectionCheckedIn +41 +7$/)
})
