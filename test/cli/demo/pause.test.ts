import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pause } from '../../../src/cli/demo/pause.ts'
import { virtualRuntime } from '../../../src/embedded/index.ts'

test('a pause ends at its time, or with the signal if that is earlier, and leaves no timer', async () => {
  const runtime = virtualRuntime({ seed: 1 })
  const lengthOf = async (durationMS: number, abortMS: number): Promise<number> => {
    const startedMS = runtime.clock.nowMS()
    const stop = new AbortController()
    const aborting = runtime.sleep(abortMS).then(() => stop.abort())
    await pause(runtime, durationMS, stop.signal)
    const lengthMS = runtime.clock.nowMS() - startedMS
    await aborting
    return lengthMS
  }
  await runtime.run(async () => {
    assert.equal(await lengthOf(30, 50), 30)
    assert.equal(await lengthOf(50, 30), 30)
    assert.equal(await lengthOf(Infinity, 70), 70)
    const startedMS = runtime.clock.nowMS()
    await pause(runtime, Infinity, AbortSignal.abort())
    assert.equal(runtime.clock.nowMS(), startedMS)
  })
  assert.equal(runtime.timersArmed(), 0)
})
