import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { RoundTripTime } from '../../src/topology/index.ts'

function timeOf(...samples: readonly number[]): RoundTripTime {
  const time = new RoundTripTime()
  for (const sample of samples) time.add(sample)
  return time
}

suite('round-trip time', () => {
  test('there is no average without a sample', () => assert.equal(timeOf().averageMS, undefined))
  test('the first sample is the average, also when it is 0', () => {
    assert.equal(timeOf(10).averageMS, 10)
    assert.equal(timeOf(0).averageMS, 0)
    assert.equal(timeOf(0, 10).averageMS, 2)
  })
  test('a new sample weighs a fifth', () => assert.equal(timeOf(1, 1000).averageMS, 200.8))
  test('negative samples and NaN are refused', () => {
    const time = timeOf(5, 5)
    assert.equal(time.add(5), true)
    for (const sample of [-1, Number.NaN, Number.POSITIVE_INFINITY]) assert.equal(time.add(sample), false)
    assert.deepEqual([time.averageMS, time.minMS], [5, 5])
  })
  test('the least is 0 until there are two samples', () => {
    assert.deepEqual([timeOf().minMS, timeOf(7).minMS, timeOf(7, 9).minMS], [0, 0, 7])
  })
  test('the least is that of the last ten samples', () => {
    assert.equal(timeOf(1, ...Array.from({ length: 9 }, () => 5)).minMS, 1)
    assert.equal(timeOf(1, ...Array.from({ length: 10 }, () => 5)).minMS, 5)
    assert.equal(timeOf(9, 1, ...Array.from({ length: 9 }, () => 5)).minMS, 1)
  })
  test('a reset forgets all, and the next sample begins anew', () => {
    const time = timeOf(1, 1, 1)
    time.reset()
    assert.deepEqual([time.averageMS, time.minMS], [undefined, 0])
    time.add(9)
    assert.deepEqual([time.averageMS, time.minMS], [9, 0])
  })
})
