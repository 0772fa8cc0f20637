import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { Trace } from '../../src/runtime/virtual/trace.ts'
import { runProgram } from './determinism_program.ts'

const program = fileURLToPath(new URL('./determinism_program.js', import.meta.url))

function hashOfChild(seed: number): string {
  return spawnSync(process.execPath, [program, `${seed}`], { encoding: 'utf8', timeout: 60_000 }).stdout.trim()
}

test('one seed gives one hash: twice in this process, interleaved with each other, and in two others', async () => {
  const { hash, tail } = await runProgram(42)
  assert.match(hash, /^[0-9a-f]{16}$/)
  assert.ok(tail.length > 100)
  assert.deepEqual(await runProgram(42), { hash, tail })
  const interleaved = await Promise.all([runProgram(42), runProgram(43), runProgram(42)])
  assert.equal(interleaved[0].hash, hash)
  assert.equal(interleaved[2].hash, hash)
  assert.deepEqual([hashOfChild(42), hashOfChild(42)], [hash, hash])
})

test('ten seeds give ten hashes', async t => {
  const hashes = new Set<string>()
  for (let seed = 0; seed < 10; seed++) {
    const { hash } = await runProgram(seed)
    t.diagnostic(`seed ${seed}: ${hash}`)
    hashes.add(hash)
  }
  assert.equal(hashes.size, 10)
})

test('one draw without a seed makes two runs differ, and the records show where', async () => {
  const planted = (): Promise<{ hash: string; tail: readonly string[] }> => runProgram(42, () => Math.random)
  const [one, other] = [await planted(), await planted()]
  assert.notEqual(one.hash, other.hash)
  const first = one.tail.findIndex((record, index) => record !== other.tail[index])
  assert.ok(first >= 0)
})

for (const [name, change] of Object.entries<(runtime: ReturnType<typeof virtualRuntime>) => void>({
  'its kind': runtime => runtime.trace('other', 'detail'),
  'its detail': runtime => runtime.trace('kind', 'detaik'),
  'the border of kind and detail': runtime => runtime.trace('kindd', 'etail'),
  'being there twice': runtime => {
    runtime.trace('kind', 'detail')
    runtime.trace('kind', 'detail')
  },
  'not being there': () => undefined
}))
  test(`a record changes the hash by ${name}`, () => {
    const runtime = virtualRuntime({ seed: 1 })
    runtime.trace('kind', 'detail')
    const changed = virtualRuntime({ seed: 1 })
    change(changed)
    assert.notEqual(changed.hash(), runtime.hash())
  })

test('a delivered slice changes the hash by each of its bytes and by its length', () => {
  const hashOf = (text: string, length: number): string => {
    const trace = new Trace(0, { nowMS: () => 0, epochMS: () => 0 })
    trace.recordBytes('received', 'client 1', Buffer.from(text), length)
    return trace.hash()
  }
  const whole = 'abcdefghij'
  const changed = Array.from(whole, (_, index) => hashOf(`${whole.slice(0, index)}.${whole.slice(index + 1)}`, 10))
  const hashes = [hashOf(whole, 10), hashOf(whole, 9), hashOf(`${whole}\0`, 11), ...changed]
  assert.equal(new Set(hashes).size, 13)
  assert.equal(hashOf(`${whole} beyond`, 10), hashOf(whole, 10))
})

test('a record changes the hash by its virtual time', async () => {
  const hashes = await Promise.all(
    [1, 2].map(async traceAfterMS => {
      const runtime = virtualRuntime({ seed: 1 })
      const fired: string[] = []
      runtime.timers.create(() => fired.push(runtime.hash())).armAt(traceAfterMS)
      await runtime.run(() => runtime.sleep(3))
      return fired[0]
    })
  )
  assert.notEqual(hashes[0], hashes[1])
})

test('the tail holds the last records only, oldest first', () => {
  const runtime = virtualRuntime({ seed: 1, traceTailMax: 3 })
  for (let record = 1; record <= 2; record++) runtime.trace('told', `${record}`)
  assert.deepEqual(runtime.traceTail(), ['0 ms told 1', '0 ms told 2'])
  for (let record = 3; record <= 7; record++) runtime.trace('told', `${record}`)
  assert.deepEqual(runtime.traceTail(), ['0 ms told 5', '0 ms told 6', '0 ms told 7'])
})
