import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import type { Timer } from '../../src/runtime/index.ts'
import { nodeTimers } from '../../src/runtime/node/timers.ts'
import { onBoth } from './both.ts'

onBoth('a timer fires once, not before its time, and can be armed again', async runtime => {
  for (let round = 0; round < 3; round++) {
    const atMS = runtime.clock.nowMS() + 1.5
    let fired = 0
    await new Promise<void>(resolve => {
      const timer = runtime.timers.create(() => {
        fired++
        resolve()
      })
      timer.armAt(atMS)
    })
    assert.ok(runtime.clock.nowMS() >= atMS)
    assert.equal(fired, 1)
  }
})

onBoth('a time that has passed fires in a turn of its own, never within armAt', async runtime => {
  const order: string[] = []
  for (const atMS of [runtime.clock.nowMS(), 0, -Infinity])
    await new Promise<void>(resolve => {
      const timer = runtime.timers.create(() => {
        order.push('fired')
        resolve()
      })
      timer.armAt(atMS)
      order.push('armed')
      void Promise.resolve().then(() => order.push('microtask'))
    })
  assert.deepEqual(order, Array(3).fill(['armed', 'microtask', 'fired']).flat())
})

onBoth('arming replaces the earlier time; a disarmed timer does not fire, nor one armed at Infinity', async runtime => {
  const fired: string[] = []
  const nowMS = runtime.clock.nowMS()
  const make = (name: string): Timer => runtime.timers.create(() => fired.push(name))
  const [early, disarmed, endless, past] = [make('later'), make('disarmed'), make('endless'), make('past')]
  for (const timer of [early, disarmed, endless]) timer.armAt(nowMS + 1)
  past.armAt(nowMS)
  past.disarm()
  early.armAt(nowMS + 3)
  disarmed.disarm()
  endless.armAt(Infinity)
  await new Promise<void>(resolve => runtime.timers.create(resolve).armAt(nowMS + 6))
  assert.deepEqual(fired, ['later'])
})

onBoth('a timer armed 2^40 ms ahead does not fire at once', async runtime => {
  let fired = false
  const far = runtime.timers.create(() => {
    fired = true
  })
  far.armAt(runtime.clock.nowMS() + 2 ** 40)
  await new Promise<void>(resolve => runtime.timers.create(resolve).armAt(runtime.clock.nowMS() + 5))
  assert.equal(fired, false)
  far.disarm()
})

onBoth('NaN is refused as a time', runtime => {
  assert.throws(() => runtime.timers.create(() => undefined).armAt(Number.NaN), RangeError)
  return Promise.resolve()
})

test('Node: beyond what a platform timer holds it is armed anew until its time, and fires then', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    let nowMS = 5
    let firedAtMS: number | undefined
    const timers = nodeTimers({ nowMS: () => nowMS, epochMS: () => 0 })
    timers
      .create(() => {
        firedAtMS = nowMS
      })
      .armAt(5 + 2 ** 32)
    for (const stepMS of [2 ** 31 - 1, 2 ** 31 - 1, 1]) {
      nowMS += stepMS
      mock.timers.tick(stepMS)
      assert.equal(firedAtMS, undefined)
    }
    nowMS += 1
    mock.timers.tick(1)
    assert.equal(firedAtMS, 5 + 2 ** 32)
  } finally {
    mock.timers.reset()
  }
})

test('Node: a platform timer that is early is waited out', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    let nowMS = 0
    let fired = false
    const timer = nodeTimers({ nowMS: () => nowMS, epochMS: () => 0 }).create(() => {
      fired = true
    })
    timer.armAt(10)
    nowMS = 9.4
    mock.timers.tick(10)
    assert.equal(fired, false)
    nowMS = 10
    mock.timers.tick(1)
    assert.equal(fired, true)
  } finally {
    mock.timers.reset()
  }
})
