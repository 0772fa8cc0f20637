import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { operations, type Outcome, simulate } from './program.ts'

const program = fileURLToPath(new URL('./program.js', import.meta.url))
const childMSMax = 60_000

async function outcomeOfChild(...programArguments: readonly string[]): Promise<Omit<Outcome, 'tail'>> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...programArguments], {
    timeout: childMSMax
  })
  return JSON.parse(stdout)
}

for (const kind of ['standalone', 'replicaSet'] as const)
  describe(kind, () => {
    test('one seed gives one run of client and deployment, faults and shutdown included: here and in two other processes', async () => {
      const { tail: _tail, ...here } = await simulate({ seed: 42, kind, planted: false })
      assert.match(here.hash, /^[0-9a-f]{16}$/)
      assert.deepEqual(await Promise.all([outcomeOfChild('42', kind), outcomeOfChild('42', kind)]), [here, here])
    })

    test('ten seeds give ten runs, each with all its operations ended and with faults', async t => {
      const hashes = new Set<string>()
      for (let seed = 0; seed < 10; seed++) {
        const { hash, ended, faults, stepDowns, settled } = await simulate({ seed, kind, planted: false })
        t.diagnostic(
          `seed ${seed}: ${hash}, ${faults} faults, ${stepDowns} step-downs, ${settled} comparisons with the servers, ${JSON.stringify(ended)}`
        )
        hashes.add(hash)
        assert.ok(faults > 0)
        assert.ok(settled >= 100, `the servers' counts were compared ${settled} times`)
        assert.equal(stepDowns, kind === 'replicaSet' ? 1 : 0)
        const sum = Object.values(ended).reduce((total, count) => total + count, 0)
        assert.equal(sum, operations)
      }
      assert.equal(hashes.size, 10)
    })

    test('one call that takes chance without a seed makes two runs differ, and the records show where', async () => {
      const one = await simulate({ seed: 42, kind, planted: true })
      const other = await simulate({ seed: 42, kind, planted: true })
      assert.notEqual(one.hash, other.hash)
      assert.ok(one.tail.some((record, index) => record !== other.tail[index]))
    })
  })
