import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Fifo } from '../../src/events/fifo.ts'

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
