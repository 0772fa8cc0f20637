import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bestServer, startCannedServer } from '../../benchmarks/server/start.ts'

const program = fileURLToPath(new URL('memory_program.js', import.meta.url))
const childMSMax = 60_000
/** Megabytes of the young generation: more than all operations that are counted allocate. */
const youngMB = 256
const flags = ['--expose-gc', `--min-semi-space-size=${youngMB}`, `--max-semi-space-size=${youngMB}`]

async function bytesOf(t: TestContext, what: string, count: number): Promise<number> {
  const server = await startCannedServer({ kind: bestServer(text => t.diagnostic(text)) })
  try {
    const args = [...flags, program, server.uri, what, String(count)]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: childMSMax })
    const bytes: number = JSON.parse(stdout)
    t.diagnostic(`${what}: ${Math.round(bytes)} bytes`)
    return bytes
  } finally {
    await server.stop()
  }
}

/** Of the heap, all that Node allocates for a write and a read included. */
for (const [what, bytesMax] of [
  ['ping', 3_000],
  ['findOne', 3_300],
  ['insertOne', 3_000]
] as const)
  test(`${what} allocates at most ${bytesMax} bytes`, async t => {
    const bytes = await bytesOf(t, what, 4_000)
    assert.ok(bytes > 500, 'something was counted')
    assert.ok(bytes <= bytesMax, `${bytes} bytes`)
  })

test('an operation that waits for a connection holds at most 900 bytes, with the promise of its caller', async t => {
  const bytes = await bytesOf(t, 'queued', 20_000)
  assert.ok(bytes > 100 && bytes <= 900, `${bytes} bytes`)
})
