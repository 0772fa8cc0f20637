import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { PooledConnection } from '../../src/pool/slots.ts'
import { Bench, plainClear, type TestWaiter } from './bench.ts'

/** Steps that a world could take; each picks its subject by an index into what exists at that moment. */
type Step =
  | { readonly do: 'checkOut' | 'ready' | 'drain' }
  | {
      readonly do: 'checkIn' | 'break' | 'land' | 'fail' | 'failClearing' | 'abort' | 'idleBroke'
      readonly pick: number
    }
  | { readonly do: 'clear' | 'close'; readonly interrupt: boolean }
  | { readonly do: 'advance'; readonly ms: number }

const pick = fc.nat(20)
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.constant<Step>({ do: 'checkOut' }) },
    { weight: 8, arbitrary: fc.record<Step>({ do: fc.constantFrom('checkIn' as const), pick }) as fc.Arbitrary<Step> },
    { weight: 8, arbitrary: fc.record({ do: fc.constant('land' as const), pick }) },
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constantFrom('break', 'fail', 'failClearing', 'abort', 'idleBroke'), pick })
    },
    { weight: 5, arbitrary: fc.constant<Step>({ do: 'ready' }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('clear' as const), interrupt: fc.boolean() }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.nat(200) }) },
    { weight: 1, arbitrary: fc.constant<Step>({ do: 'drain' }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), interrupt: fc.boolean() }) }
  ) as fc.Arbitrary<Step>,
  { maxLength: 80 }
)

const limits = fc.record({
  maxPoolSize: fc.nat(5),
  minPoolSize: fc.nat(3),
  maxConnecting: fc.integer({ min: 1, max: 4 }),
  maxIdleTimeMS: fc.constantFrom(0, 50),
  waitQueueTimeoutMS: fc.constantFrom(0, 70)
})

const failure = new Error('connection reset')

class World {
  readonly bench: Bench
  readonly waiters: TestWaiter[] = []
  readonly served: TestWaiter[] = []
  #held: PooledConnection[] = []

  constructor(bench: Bench) {
    this.bench = bench
  }

  run(step: Step): void {
    const { machine } = this.bench
    switch (step.do) {
      case 'checkOut':
        this.waiters.push(this.bench.checkOut(`${this.waiters.length}`))
        break
      case 'checkIn':
      case 'break': {
        const slot = this.#held[step.pick % Math.max(1, this.#held.length)]
        if (slot !== undefined) this.bench.checkIn(slot, step.do === 'break' ? failure : undefined)
        this.#held = this.#held.filter(held => held !== slot)
        break
      }
      case 'land':
      case 'fail':
      case 'failClearing': {
        const dial = [...machine.slots.pending][step.pick % Math.max(1, machine.slots.pending.size)]
        if (dial === undefined) break
        if (step.do === 'land') this.bench.land(dial.id)
        else this.bench.fail(dial.id, failure, step.do === 'fail' ? undefined : plainClear)
        break
      }
      case 'abort': {
        const waiter = this.waiters[step.pick % Math.max(1, this.waiters.length)]
        if (waiter !== undefined) machine.withdraw(waiter, this.bench.nowMS, 'aborted', failure)
        break
      }
      case 'idleBroke': {
        const slot = [...machine.slots.idle][step.pick % Math.max(1, machine.slots.idle.size)]
        if (slot !== undefined) machine.idleBroke(slot, failure, this.bench.nowMS)
        break
      }
      case 'ready':
        machine.ready(this.bench.nowMS)
        break
      case 'drain':
        machine.drain(this.bench.nowMS)
        break
      case 'clear':
        machine.clear({ ...plainClear, interruptInUse: step.interrupt }, this.bench.nowMS)
        break
      case 'close':
        machine.close(this.bench.nowMS, step.interrupt)
        break
      case 'advance':
        this.bench.advance(step.ms)
        break
    }
    this.#note()
  }

  /** Who was served in this step, and that nobody was served before somebody who came earlier and still waits. */
  #note(): void {
    for (const waiter of this.waiters) {
      assert.ok(waiter.slot === undefined || waiter.error === undefined, 'served or refused, never both')
      if (waiter.slot === undefined || this.served.includes(waiter)) continue
      this.served.push(waiter)
      this.#held.push(waiter.slot)
      const earlier = this.waiters.slice(0, this.waiters.indexOf(waiter))
      assert.ok(
        earlier.every(other => other.waitQueue === undefined),
        'first come, first served'
      )
    }
    this.bench.take()
  }
}

test('no sequence of steps breaks an invariant, and nobody is served before somebody who came earlier', () => {
  fc.assert(
    fc.property(limits, steps, (chosen, sequence) => {
      const minPoolSize =
        chosen.maxPoolSize === 0 ? chosen.minPoolSize : Math.min(chosen.minPoolSize, chosen.maxPoolSize)
      const world = new World(new Bench({ ...chosen, minPoolSize }))
      world.bench.machine.ready(0)
      for (const step of sequence) world.run(step)
    }),
    { numRuns: 2_000, seed: 20_261_121 }
  )
})

test('every sequence ends in peace: once all dials end and all connections return, nobody waits', () => {
  fc.assert(
    fc.property(limits, steps, (chosen, sequence) => {
      const minPoolSize =
        chosen.maxPoolSize === 0 ? chosen.minPoolSize : Math.min(chosen.minPoolSize, chosen.maxPoolSize)
      const world = new World(new Bench({ ...chosen, minPoolSize }))
      for (const step of sequence) world.run(step)
      const { machine } = world.bench
      for (let round = 0; round < 500 && !isQuiet(machine); round++) {
        world.run({ do: 'land', pick: 0 })
        world.run({ do: 'checkIn', pick: 0 })
      }
      assert.equal(isQuiet(machine), true)
      const ended = world.waiters.filter(waiter => waiter.slot !== undefined || waiter.error !== undefined)
      assert.equal(ended.length, world.waiters.length, 'each check-out has one end')
    }),
    { numRuns: 500, seed: 20_261_121 }
  )
})

function isQuiet({ slots, queue }: Bench['machine']): boolean {
  return slots.inUse.size === 0 && slots.pending.size === 0 && queue.size === 0
}
