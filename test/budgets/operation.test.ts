import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bestServer, startCannedServer } from '../../benchmarks/server/start.ts'
import type { Cost } from './operation_program.ts'
import { type Received, receivedOf } from './received.ts'

const workers = 10
const childMSMax = 60_000

interface Run {
  readonly cost: Cost
  /** What the server received of the operations that were measured. */
  readonly received: Received | undefined
  /** Checks of the round-trip time while the client was there: the one thing that arms timers without an operation. */
  readonly roundTripChecks: number
}

const program = fileURLToPath(new URL('operation_program.js', import.meta.url))

/** Client and server each in a process of its own, so that what is counted is the client's. */
async function run(
  t: TestContext,
  command: string,
  operation: string,
  operations: number,
  audience: 'listened' | 'traced' | '' = ''
): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'cenote-budget-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const recordFile = join(folder, 'record')
  const server = await startCannedServer({ kind: bestServer(text => t.diagnostic(text)), recordFile })
  let cost: Cost
  try {
    const args = [program, server.uri, operation, `${operations / workers}`, audience]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: childMSMax })
    cost = JSON.parse(stdout)
  } finally {
    await server.stop()
  }
  const received = receivedOf(recordFile)
  const hellos = received.get('admin.hello')?.commands ?? 0
  return { cost, received: received.get(`measured.${command}`), roundTripChecks: hellos - 1 }
}

/** The next check, and the limit of the one that runs. */
const timersOfCheckMax = 2

function assertNothingElse({ cost, roundTripChecks }: Run): void {
  assert.ok(cost.timers <= timersOfCheckMax * roundTripChecks, `${cost.timers} timers`)
  assert.equal(cost.events, 0)
  assert.equal(cost.spans, 0)
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
    const measured = await run(t, command, operation, operations)
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
    const measured = await run(t, 'find', loop, loops)
    const { cost } = measured
    assert.equal(cost.documents, loops * 1_000)
    t.diagnostic(`${loop}: ${cost.promises / cost.documents} promises for a document`)
    const ofLoops = cost.promises - promisesOfDocument * cost.documents
    assert.ok(ofLoops >= 0 && ofLoops <= promisesOfLoopMax * loops, `${ofLoops / loops} promises for a loop`)
    assertNothingElse(measured)
  })

/** The loop's own function and the one that calls it, what each awaits, and the loop's last step. */
const promisesOfLoopMax = 8

test('with a listener an operation makes three event objects: so the count above sees them', async t => {
  const { cost } = await run(t, 'ping', 'ping', 1_000, 'listened')
  assert.equal(cost.events, 3_000)
})

test('with a tracer an operation makes two spans, and not one promise more', async t => {
  const operations = 1_000
  const { cost } = await run(t, 'ping', 'ping', operations, 'traced')
  assert.deepEqual([cost.spans, cost.events], [2 * operations, 0])
  assert.equal(cost.promises, cost.floorPromises)
})
