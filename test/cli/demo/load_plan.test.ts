import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { counterCount, nextStep, ordersMax, reads, type Step, writes } from '../../../src/cli/demo/load_plan.ts'
import { SeededChance } from '../../../src/runtime/virtual/index.ts'

/** The steps of a worker whose operations all succeed, each at the time when the one before has ended. */
function stepsFrom(seed: number, count: number): Step[] {
  const chance = new SeededChance(seed, 0)
  let own = 0
  let elapsedMS = 0
  return Array.from({ length: count }, () => {
    const step = nextStep(chance, own, elapsedMS)
    if (step.operation === 'insertOne') own++
    if (step.operation === 'deleteOne') own--
    elapsedMS += step.pauseMS
    return step
  })
}

test('the same seed chooses the same, another seed something else', () => {
  assert.deepEqual(stepsFrom(7, 50), stepsFrom(7, 50))
  assert.notDeepEqual(stepsFrom(7, 50), stepsFrom(8, 50))
})

test('every kind of operation comes, some on the primary and some on secondaries', () => {
  const kinds = new Set(stepsFrom(1, 500).map(({ operation }) => operation))
  assert.deepEqual([...kinds].sort(), [...writes, ...reads].sort())
})

test('a worker never has more orders than the limit, deletes only what it has and reads only its own', () => {
  fc.assert(
    fc.property(fc.nat(), seed => {
      let own = 0
      for (const { operation, order, counter, pauseMS } of stepsFrom(seed, 200)) {
        if (operation === 'findOne' || operation === 'deleteOne') assert.ok(own > 0 && order >= 0 && order < own)
        if (operation === 'insertOne') own++
        if (operation === 'deleteOne') own--
        assert.ok(own >= 0 && own <= ordersMax)
        assert.ok(counter >= 0 && counter < counterCount)
        assert.ok(pauseMS > 5 && pauseMS < 200, 'the load has a limit, and does not fall asleep')
      }
    })
  )
})

test('the load comes in waves', () => {
  const pausesAt = (elapsedMS: number): number[] =>
    Array.from({ length: 50 }, (_, seed) => nextStep(new SeededChance(seed, 0), 1, elapsedMS).pauseMS)
  assert.ok(Math.max(...pausesAt(2_000)) < Math.min(...pausesAt(0)))
  assert.ok(Math.max(...pausesAt(6_000)) < Math.min(...pausesAt(4_000)))
})
