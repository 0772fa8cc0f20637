import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'

const program = new URL('./printing_program.js', import.meta.url).pathname

async function run(lines: number, readerLeaves: boolean): Promise<{ code: unknown; out: string; said: string }> {
  const child = spawn(process.execPath, [program, String(lines)], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let said = ''
  child.stderr.on('data', (data: Buffer) => (said += data.toString()))
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString()
    if (readerLeaves) child.stdout.destroy()
  })
  const [code] = (await once(child, 'close')) as [unknown]
  return { code, out, said }
}

test('what is printed arrives, in order, and leaves no listener behind', async () => {
  const { code, out, said } = await run(200, false)
  assert.equal(code, 0)
  const numbers = out.split('\n').flatMap(line => (line === '' ? [] : [Number(line.split(' ')[0])]))
  assert.deepEqual(
    numbers,
    Array.from({ length: 200 }, (_, line) => line)
  )
  assert.equal(said, 'listeners: 1 at most, 0 left\n')
})

test('a reader that goes away does not end the process', async () => {
  const { code, said } = await run(200, true)
  assert.equal(said, 'listeners: 1 at most, 0 left\n')
  assert.equal(code, 0)
})

test('on virtual time a test finds what was printed', () => {
  const runtime = virtualRuntime({ seed: 1 })
  assert.equal(runtime.print('stderr', 'a\n'), undefined)
  assert.deepEqual(runtime.printed, [{ stream: 'stderr', text: 'a\n' }])
})
