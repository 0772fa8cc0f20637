import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Bench, plainClear } from './bench.ts'

const refused = new Error('connect ECONNREFUSED')

function lastDialErrorOf(bench: Bench): Error | undefined {
  return bench.machine.lastDialError
}

describe('the back-off of population', () => {
  /** Refuses every dial the moment it begins. */
  function refuseAll(bench: Bench): void {
    for (let slot = bench.machine.slots.pending.oldest; slot !== undefined; slot = bench.machine.slots.pending.oldest)
      bench.fail(slot.id, refused)
  }

  function populate(fraction: number, untilMS: number): Bench {
    const bench = new Bench({ minPoolSize: 5, maxPoolSize: 10 })
    bench.fraction = fraction
    bench.machine.ready(0)
    refuseAll(bench)
    while (bench.armedMS <= untilMS) {
      bench.advance(bench.armedMS - bench.nowMS)
      refuseAll(bench)
    }
    return bench
  }

  test('with minPoolSize 5 and all dials refused there are 5 to 20 of them in 10 s', () => {
    for (const fraction of [0, 0.25, 0.5, 0.75, 0.999]) {
      const made = populate(fraction, 10_000).machine.counters.connectionsCreated
      assert.ok(made >= 5 && made <= 20, `${made} dials with a fraction of ${fraction}`)
    }
  })

  test('the delay never passes 10 s, and the minimum is reached within one delay of the server accepting again', () => {
    const bench = populate(0.999, 120_000)
    assert.ok(bench.armedMS - bench.nowMS <= 10_000)
    bench.advance(10_000)
    for (let slot = bench.machine.slots.pending.oldest; slot !== undefined; slot = bench.machine.slots.pending.oldest)
      bench.land(slot.id)
    assert.equal(bench.machine.slots.idle.size, 5)
    bench.take()
  })

  test('a dial that a waiter needs does not wait for it', () => {
    const bench = populate(0.5, 1_000)
    assert.equal(bench.machine.slots.pending.size, 0)
    bench.checkOut('a')
    assert.equal(bench.machine.slots.pending.size, 1)
    bench.take()
  })

  test('ready does not end it, a dial that succeeds does', () => {
    const bench = populate(0.5, 1_000)
    bench.machine.clear(plainClear, bench.nowMS)
    bench.machine.ready(bench.nowMS)
    assert.equal(bench.machine.slots.pending.size, 0, 'its last dial failed')
    bench.checkOut('a')
    const made = bench.machine.counters.connectionsCreated
    bench.land(made)
    assert.equal(bench.machine.slots.pending.size, 2, 'a dial succeeded: population goes on at once')
    bench.take()
  })

  test('ready populates at once when the last dial had succeeded', () => {
    const bench = new Bench({ minPoolSize: 1 })
    bench.ready()
    bench.machine.clear(plainClear, 0)
    bench.take()
    bench.machine.ready(0)
    assert.deepEqual(bench.take(), ['pool ready', '2 dialled'])
  })

  test('after a success the first delay is short again', () => {
    const bench = populate(0.5, 60_000)
    bench.checkOut('a')
    bench.land(bench.machine.counters.connectionsCreated)
    refuseAll(bench)
    assert.equal(bench.armedMS - bench.nowMS, 75)
    bench.take()
  })

  test('a dial that succeeds ends the report of the one that failed', () => {
    const bench = new Bench()
    bench.ready({ waiting: 2 })
    bench.fail(1, refused)
    assert.equal(lastDialErrorOf(bench), refused)
    bench.land(2)
    assert.equal(lastDialErrorOf(bench), undefined)
    bench.take()
  })

  test('no timer is armed for it while the pool is paused or drains', () => {
    for (const stop of [
      (bench: Bench) => bench.machine.clear(plainClear, bench.nowMS),
      (bench: Bench) => bench.machine.drain(bench.nowMS)
    ]) {
      const bench = populate(0.5, 1_000)
      assert.ok(bench.armedMS < Number.POSITIVE_INFINITY)
      stop(bench)
      assert.equal(bench.armedMS, Number.POSITIVE_INFINITY)
      bench.take()
    }
  })

  test('dials that fail together count once', () => {
    const together = new Bench({ minPoolSize: 2, maxConnecting: 2 })
    const alone = new Bench({ minPoolSize: 1, maxConnecting: 1 })
    for (const bench of [together, alone]) {
      bench.machine.ready(0)
      refuseAll(bench)
    }
    assert.equal(together.armedMS, alone.armedMS)
  })
})
