import assert from 'node:assert/strict'
import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Received, Report } from './canned_server.ts'
import { manyDocuments } from './many.ts'
import type { Cost } from './operation_program.ts'

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
async function run(command: string, operation: string, operations: number, listened = ''): Promise<Run> {
  const server = fork(compiled('canned_server'))
  try {
    const [port] = (await once(server, 'message')) as [number]
    const uri = `mongodb://127.0.0.1:${port}/?replicaSet=canned`
    const program = [compiled('operation_program'), uri, operation, `${operations / workers}`, listened]
    const { stdout } = await promisify(execFile)(process.execPath, program, { timeout: childMSMax })
    server.send('report')
    const [report] = (await once(server, 'message')) as [Report]
    const hellos = report['admin.hello']?.commands ?? 0
    return { cost: JSON.parse(stdout), received: report[`measured.${command}`], roundTripChecks: hellos - 1 }
  } finally {
    server.disconnect()
  }
}

/** The next check, and the limit of the one that runs. */
const timersOfCheckMax = 2

function assertNothingElse({ cost, roundTripChecks }: Run): void {
  assert.ok(cost.timers <= timersOfCheckMax * roundTripChecks, `${cost.timers} timers`)
  assert.equal(cost.events, 0)
  assert.deepEqual(cost.resourcesAfter, cost.resourcesBefore, 'what keeps the process alive')
}

for (const [operation, command] of [
  ['ping', 'ping'],
  ['findOne', 'find'],
  ['insertOne', 'insert'],
  ['toArray', 'find']
] as const) {
  const operations = operation === 'toArray' ? 300 : 10_000
  test(`${operation} costs the two promises that no operation can do without, no timer and no event object`, async (t: TestContext) => {
    const measured = await run(command, operation, operations)
    const { cost, received } = measured
    t.diagnostic(`${operation}: ${cost.promises / operations} promises, floor ${cost.floorPromises / operations}`)
    const all = { commands: operations, withSession: operations, withClusterTime: operations, sessions: workers }
    const withTxnNumber = command === 'insert' ? operations : 0
    assert.deepEqual(received, { ...all, withTxnNumber }, 'each command carries what it has to')
    assert.ok(cost.floorPromises >= 2 * operations && cost.floorPromises < 2.1 * operations)
    assert.equal(cost.promises, cost.floorPromises)
    assertNothingElse(measured)
  })
}

/** Loops of a thousand documents each; what a loop costs besides them is the workers' and the cursors'. */
for (const [loop, promisesOfDocument] of [
  ['iteration', 2],
  ['batches', 0]
] as const)
  test(`${loop}: ${promisesOfDocument} promises for a document, and none that is not seen`, async (t: TestContext) => {
    const loops = 100
    const measured = await run('find', loop, loops)
    const { cost } = measured
    assert.equal(cost.documents, loops * manyDocuments)
    t.diagnostic(`${loop}: ${cost.promises / cost.documents} promises for a document`)
    const ofLoops = cost.promises - promisesOfDocument * cost.documents
    assert.ok(ofLoops >= 0 && ofLoops <= promisesOfLoopMax * loops, `${ofLoops / loops} promises for a loop`)
    assertNothingElse(measured)
  })

/** The loop's own function and the one that calls it, what each awaits, and the loop's last step. */
const promisesOfLoopMax = 8

test('with a listener an operation makes three event objects: so the count above sees them', async () => {
  const { cost } = await run('ping', 'ping', 1_000, 'listened')
  assert.equal(cost.events, 3_000)
})
