/**
 * The contract of the pool machine: what each input does in each state. Each cell has words, for `docs/pool-states.md`,
 * and a scenario with everything that the port is told, in order, for `states.test.ts`.
 */
import assert from 'node:assert/strict'
import { Bench, interruptingClear, plainClear, someCause } from './bench.ts'

export const inputs = [
  'checkOut',
  'checkIn',
  'clear',
  'ready',
  'drain',
  'close',
  'dial landed',
  'dial failed',
  'dial failed with a clear',
  'abort',
  'deadline'
] as const
export type Input = (typeof inputs)[number]

export const columns = ['paused', 'paused, draining', 'ready', 'ready, draining', 'closed'] as const
export type Column = (typeof columns)[number]

export interface Cell {
  readonly words: string
  /** Brings a machine into the state, gives the input, and returns what the port was told from the input on. */
  scenario(): string[]
  readonly told: readonly string[]
}

const late = new Error('connection reset')

/** Paused by a clear while connection 1 was in use: what comes back is stale. */
function paused(): Bench {
  const bench = new Bench()
  bench.ready({ inUse: 1 })
  bench.machine.clear(plainClear, 0)
  bench.take()
  return bench
}

function closed(): Bench {
  const bench = new Bench()
  bench.ready({ inUse: 1 })
  bench.machine.close(0, false)
  bench.take()
  return bench
}

function draining(bench: Bench): Bench {
  bench.machine.drain(0)
  bench.take()
  return bench
}

/** Connection 1 in use, connections 2 and 3 being dialled, three check-outs waiting for them. */
function busy(): Bench {
  const bench = new Bench()
  bench.ready({ inUse: 1, waiting: 3 })
  assert.equal(bench.machine.slots.pending.size, 2)
  return bench
}

function after(bench: Bench, input: (bench: Bench) => void): string[] {
  input(bench)
  return bench.take()
}

function firstInUse(bench: Bench) {
  return bench.machine.slots.inUse.oldest
}

/** A dial that a clear or a close has ended: were it to land all the same, that would be a fault of the caller. */
function faultOfEndedDial(bench: Bench, report: (bench: Bench) => void): string[] {
  assert.equal(bench.machine.slots.pending.size, 0)
  assert.throws(() => report(bench), /this is a fault of the driver/)
  return bench.take()
}

const nothingPending = 'cannot happen: nothing is pending, and a late report is refused as a fault'
const nobodyWaits = 'nothing: nobody waits'

function endedDialCells(
  make: () => Bench
): Pick<Record<Input, Cell>, 'dial landed' | 'dial failed' | 'dial failed with a clear'> {
  return {
    'dial landed': {
      words: nothingPending,
      told: [],
      scenario: () => faultOfEndedDial(make(), bench => bench.land(1))
    },
    'dial failed': {
      words: nothingPending,
      told: [],
      scenario: () => faultOfEndedDial(make(), bench => bench.fail(1, late))
    },
    'dial failed with a clear': {
      words: nothingPending,
      told: [],
      scenario: () => faultOfEndedDial(make(), bench => bench.fail(1, late, plainClear))
    }
  }
}

function nobodyWaitsCells(make: () => Bench): Pick<Record<Input, Cell>, 'abort' | 'deadline'> {
  const withdraw = (why: 'aborted' | 'deadline') => () => {
    const bench = make()
    const gone = bench.checkOut('gone')
    bench.take()
    assert.equal(bench.machine.withdraw(gone, 0, why, late), false)
    return bench.take()
  }
  return {
    abort: { words: nobodyWaits, told: [], scenario: withdraw('aborted') },
    deadline: { words: nobodyWaits, told: [], scenario: withdraw('deadline') }
  }
}

function pausedCells(make: () => Bench): Omit<Record<Input, Cell>, 'ready' | 'drain'> {
  return {
    checkOut: {
      words: 'fails at once: connectionError, the pool was cleared',
      told: ['check-out started', 'a failed: connectionError'],
      scenario: () => after(make(), bench => bench.checkOut('a'))
    },
    checkIn: {
      words: 'closes: stale (error if it broke)',
      told: ['1 checked in', '1 closed: stale'],
      scenario: () => after(make(), bench => bench.checkIn(firstInUse(bench)))
    },
    clear: {
      words: 'generation + 1, told to nobody; interrupts what is in use if asked',
      told: ['1 checked in', '1 closed: stale', '1 interrupted'],
      scenario: () =>
        after(make(), bench => {
          const before = bench.machine.generation
          bench.machine.clear(plainClear, 0)
          assert.deepEqual(bench.take(), [])
          bench.machine.clear(interruptingClear, 0)
          assert.equal(bench.machine.generation, before + 2)
        })
    },
    close: {
      words: 'closed; what is in use closes when it comes back',
      told: ['pool closed'],
      scenario: () => after(make(), bench => bench.machine.close(0, false))
    },
    ...endedDialCells(make),
    ...nobodyWaitsCells(make)
  }
}

const pausedColumn: Record<Input, Cell> = {
  ...pausedCells(paused),
  ready: {
    words: 'ready; population begins',
    told: ['pool ready', '1 dialled'],
    scenario: () => after(new Bench({ minPoolSize: 1 }), bench => bench.machine.ready(0))
  },
  drain: {
    words: 'draining',
    told: [],
    scenario: () =>
      after(paused(), bench => {
        bench.machine.drain(0)
        assert.equal(bench.machine.draining, true)
      })
  }
}

const pausedDrainingColumn: Record<Input, Cell> = {
  ...pausedCells(() => draining(paused())),
  ready: {
    words: 'ready; no population',
    told: ['pool ready'],
    scenario: () => after(draining(new Bench({ minPoolSize: 1 })), bench => bench.machine.ready(0))
  },
  drain: { words: 'nothing', told: [], scenario: () => after(draining(paused()), bench => bench.machine.drain(0)) }
}

/** Cells that read the same whether or not the pool drains. */
function readyCells(make: () => Bench): Omit<Record<Input, Cell>, 'checkOut' | 'checkIn' | 'drain' | 'dial landed'> {
  return {
    clear: {
      words:
        'paused, generation + 1: PoolCleared; pending dials close (stale), in-use ones if it interrupts, idle ones; then each waiter fails in order: connectionError',
      told: [
        'pool cleared, interrupting',
        '2 closed: stale',
        '3 closed: stale',
        '1 checked in',
        '1 closed: stale',
        '1 interrupted',
        'waiter1 failed: connectionError',
        'waiter2 failed: connectionError',
        'waiter3 failed: connectionError'
      ],
      scenario: () => after(make(), bench => bench.machine.clear(interruptingClear, 0))
    },
    ready: { words: 'nothing', told: [], scenario: () => after(make(), bench => bench.machine.ready(0)) },
    close: {
      words:
        'each waiter fails in order: poolClosed; pending dials and idle ones close (poolClosed); PoolClosed; in-use ones if it interrupts',
      told: [
        'waiter1 failed: poolClosed',
        'waiter2 failed: poolClosed',
        'waiter3 failed: poolClosed',
        '2 closed: poolClosed',
        '3 closed: poolClosed',
        'pool closed',
        '1 checked in',
        '1 closed: poolClosed',
        '1 interrupted'
      ],
      scenario: () => after(make(), bench => bench.machine.close(0, true))
    },
    'dial failed': {
      words: 'closes: error; its owner fails with the dial’s error; the next dial begins if one is wanted',
      told: ['3 closed: error', 'waiter2 failed: connectionError', '4 dialled'],
      scenario: () =>
        after(make(), bench => {
          bench.fail(3, late)
          assert.equal(bench.failCauses.get('waiter2'), late)
        })
    },
    'dial failed with a clear': {
      words:
        'paused, generation + 1: PoolCleared; this dial closes (error), the others (stale), idle ones; then each waiter fails in order, its owner with the dial’s error',
      told: [
        'pool cleared',
        '3 closed: error',
        '2 closed: stale',
        'waiter1 failed: connectionError',
        'waiter2 failed: connectionError',
        'waiter3 failed: connectionError'
      ],
      scenario: () =>
        after(make(), bench => {
          bench.fail(3, late, plainClear)
          assert.equal(bench.failCauses.get('waiter1'), undefined)
          assert.equal(bench.failCauses.get('waiter2'), late)
          assert.equal(bench.machine.lastClearCause, someCause)
        })
    },
    abort: {
      words: 'the waiter leaves: connectionError with the signal’s reason, counted apart',
      told: ['waiter2 failed: connectionError'],
      scenario: () =>
        after(make(), bench => {
          withdrawSecond(bench, 'aborted')
          assert.equal(bench.machine.counters.checkOutsAborted, 1)
        })
    },
    deadline: {
      words: 'the waiter leaves: timeout',
      told: ['waiter2 failed: timeout'],
      scenario: () => after(make(), bench => withdrawSecond(bench, 'deadline'))
    }
  }
}

function withdrawSecond(bench: Bench, why: 'aborted' | 'deadline'): void {
  const second = bench.machine.queue.head?.waitNext
  assert.ok(second !== undefined)
  assert.equal(bench.machine.withdraw(second, 0, why, late), true)
  assert.equal(bench.failCauses.get('waiter2'), late)
  assert.equal(bench.machine.slots.pending.size, 2, 'its dial goes to the next waiter')
}

const readyColumn: Record<Input, Cell> = {
  ...readyCells(busy),
  checkOut: {
    words: 'the idle one used last, at once; with none idle it waits, and a dial begins if the limits allow',
    told: ['check-out started', '2 checked out', 'check-out started', '3 dialled'],
    scenario: () => {
      const bench = new Bench()
      bench.ready({ inUse: 1, idle: 1 })
      return after(bench, () => {
        bench.checkOut('a')
        bench.checkOut('b')
      })
    }
  },
  checkIn: {
    words: 'goes to the first waiter, else becomes idle (closes if it broke or is stale)',
    told: ['1 checked in', '1 checked out by waiter1', '1 checked in', '1 closed: error'],
    scenario: () => {
      const bench = busy()
      return after(bench, () => {
        const slot = firstInUse(bench)
        bench.checkIn(slot)
        bench.checkIn(slot, late)
      })
    }
  },
  drain: {
    words: 'draining: idle ones and dials that no waiter owns close (poolClosed)',
    told: ['3 closed: poolClosed', '1 closed: poolClosed'],
    scenario: () => {
      const bench = new Bench({ minPoolSize: 3 })
      bench.machine.ready(0)
      bench.land(1)
      bench.land(2)
      assert.equal(bench.checkOut('user').slot?.id, 2)
      assert.equal(bench.machine.queue.spareDials.size, 1)
      bench.take()
      return after(bench, () => bench.machine.drain(0))
    }
  },
  'dial landed': {
    words: 'ConnectionReady; goes to the first waiter, whoever owned the dial, else becomes idle',
    told: ['3 ready', '3 checked out by waiter1'],
    scenario: () => after(busy(), bench => bench.land(3))
  }
}

const readyDrainingColumn: Record<Input, Cell> = {
  ...readyCells(() => draining(busy())),
  checkOut: {
    words: 'waits (only operations that began before ask); a dial begins if the limits allow',
    told: ['check-out started', '2 dialled'],
    scenario: () => {
      const bench = new Bench()
      bench.ready({ inUse: 1 })
      return after(draining(bench), () => bench.checkOut('a'))
    }
  },
  checkIn: {
    words: 'goes to the first waiter, whose dial ends if no other waiter needs it; else closes (poolClosed)',
    told: ['1 checked in', '1 checked out by waiter1', '2 closed: poolClosed', '1 checked in', '1 closed: poolClosed'],
    scenario: () => {
      const bench = new Bench()
      bench.ready({ inUse: 1, waiting: 1 })
      return after(draining(bench), () => {
        const slot = firstInUse(bench)
        bench.checkIn(slot)
        bench.checkIn(slot)
        assert.equal(bench.machine.slots.total, 0)
      })
    }
  },
  drain: { words: 'nothing', told: [], scenario: () => after(draining(busy()), bench => bench.machine.drain(0)) },
  'dial landed': {
    words: 'ConnectionReady; goes to the first waiter, whose own dial passes to the owner of this one',
    told: ['3 ready', '3 checked out by waiter1', '2 ready', '2 checked out by waiter2'],
    scenario: () => {
      const bench = new Bench()
      bench.ready({ inUse: 1, waiting: 2 })
      return after(draining(bench), () => {
        bench.land(3)
        bench.land(2)
      })
    }
  }
}

const closedColumn: Record<Input, Cell> = {
  checkOut: {
    words: 'fails at once: poolClosed',
    told: ['check-out started', 'a failed: poolClosed'],
    scenario: () => after(closed(), bench => bench.checkOut('a'))
  },
  checkIn: {
    words: 'closes: poolClosed (error if it broke)',
    told: ['1 checked in', '1 closed: poolClosed'],
    scenario: () => after(closed(), bench => bench.checkIn(firstInUse(bench)))
  },
  clear: {
    words: 'nothing',
    told: [],
    scenario: () => after(closed(), bench => bench.machine.clear(interruptingClear, 0))
  },
  ready: { words: 'nothing', told: [], scenario: () => after(closed(), bench => bench.machine.ready(0)) },
  drain: { words: 'nothing', told: [], scenario: () => after(closed(), bench => bench.machine.drain(0)) },
  close: {
    words: 'nothing, or interrupts what is in use if asked now',
    told: ['1 checked in', '1 closed: poolClosed', '1 interrupted'],
    scenario: () =>
      after(closed(), bench => {
        bench.machine.close(0, false)
        assert.deepEqual(bench.take(), [])
        bench.machine.close(0, true)
      })
  },
  ...endedDialCells(closed),
  ...nobodyWaitsCells(closed)
}

export const cells: Readonly<Record<Column, Readonly<Record<Input, Cell>>>> = {
  paused: pausedColumn,
  'paused, draining': pausedDrainingColumn,
  ready: readyColumn,
  'ready, draining': readyDrainingColumn,
  closed: closedColumn
}
