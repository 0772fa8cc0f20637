import assert from 'node:assert/strict'
import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Received, Report } from './canned_server.ts'
import type { Cost } from './operation_program.ts'

const operations = 10_000
const workers = 10
const childMSMax = 60_000

interface Run {
  readonly cost: Cost
  /** What the server received of the operations that were measured. */
  readonly received: Received | undefined
  /** Checks of the round-trip time while the client was there: the one thing that arms timers without an operation. */
  readonly roundTripChecks: number
}

function compiled(name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url))
}

/** Client and server each in a process of its own, so that what is counted is the client's. */
async function run(command: string, ...programArguments: readonly string[]): Promise<Run> {
  const server = fork(compiled('canned_server'))
  try {
    const [port] = (await once(server, 'message')) as [number]
    const uri = `mongodb://127.0.0.1:${port}/?replicaSet=canned`
    const program = [compiled('operation_program'), uri, ...programArguments]
    const { stdout } = await promisify(execFile)(process.execPath, program, { timeout: childMSMax })
    server.send('report')
    const [report] = (await once(server, 'message')) as [Report]
    const hellos = report['admin.hello']?.commands ?? 0
    return { cost: JSON.parse(stdout), received: report[`measured.${command}`], roundTripChecks: hellos - 1 }
  } finally {
    server.disconnect()
  }
}

for (const [operation, command] of [
  ['ping', 'ping'],
  ['findOne', 'find']
] as const)
  test(`${operation} costs the two promises that no operation can do without, no timer and no event object`, async (t: TestContext) => {
    const { cost, received, roundTripChecks } = await run(command, operation)
    t.diagnostic(`${operation}: ${cost.promises / operations} promises, floor ${cost.floorPromises / operations}`)
    const all = { commands: operations, withSession: operations, withClusterTime: operations, sessions: workers }
    assert.deepEqual(received, all, 'each command carries a session and the cluster time')
    assert.ok(cost.floorPromises >= 2 * operations && cost.floorPromises < 2.01 * operations)
    assert.equal(cost.promises, cost.floorPromises)
    assert.ok(cost.timers <= timersOfCheckMax * roundTripChecks, `${cost.timers} timers`)
    assert.equal(cost.events, 0)
    assert.deepEqual(cost.resourcesAfter, cost.resourcesBefore, 'what keeps the process alive')
  })

/** The next check, and the limit of the one that runs. */
const timersOfCheckMax = 2

test('with a listener an operation makes three event objects: so the count above sees them', async () => {
  const { cost } = await run('ping', 'ping', 'listened')
  assert.equal(cost.events, 3 * operations)
})
