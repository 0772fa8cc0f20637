import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Fifo } from '../../src/events/fifo.ts'
import { collectGarbage } from './fake_runtime.ts'

test('a queue gives what was put in, in that order, and knows its size, for any mix of calls', () => {
  const call = fc.oneof(
    { weight: 5, arbitrary: fc.record({ push: fc.integer() }) },
    { weight: 4, arbitrary: fc.constant('shift' as const) },
    { weight: 1, arbitrary: fc.constant('clear' as const) }
  )
  fc.assert(
    fc.property(fc.array(call, { maxLength: 200 }), calls => {
      const queue = new Fifo<number>()
      const model: number[] = []
      for (const step of calls) {
        if (step === 'shift') assert.equal(queue.shift(), model.shift())
        else if (step === 'clear') {
          queue.clear()
          model.length = 0
        } else {
          queue.push(step.push)
          model.push(step.push)
        }
        assert.equal(queue.size, model.length)
      }
    })
  )
})

test('what was taken out is not kept alive, also while other items wait', async () => {
  const queue = new Fifo<object>()
  const taken = [1, 2, 3, 4, 5].map(id => {
    const item = { id }
    queue.push(item)
    return new WeakRef(item)
  })
  queue.shift()
  queue.shift()
  // A weak reference holds its target until the end of the turn that made it.
  await new Promise(setImmediate)
  collectGarbage()
  assert.deepEqual(
    taken.map(item => item.deref() === undefined),
    [true, true, false, false, false]
  )
  assert.equal(queue.size, 3)
})

test('a queue that never runs empty takes memory for what waits, not for all that passed through it', () => {
  const queue = new Fifo<number>()
  queue.push(0)
  collectGarbage()
  const bytesBefore = process.memoryUsage().heapUsed
  for (let id = 1; id <= 1_000_000; id++) {
    queue.push(id)
    queue.shift()
  }
  collectGarbage()
  assert.ok(process.memoryUsage().heapUsed - bytesBefore < 1_000_000)
  assert.equal(queue.shift(), 1_000_000)
})
