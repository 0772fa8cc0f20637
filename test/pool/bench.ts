/** A pool machine on a bench: time is a number, dials land when the test says so, and every call on the port is a line. */
import { ObjectId } from '../../src/bson/index.ts'
import type { Connection } from '../../src/connection/index.ts'
import { type PoolLimits, PoolMachine } from '../../src/pool/machine.ts'
import type { Clear, PoolPort } from '../../src/pool/port.ts'
import type { PooledConnection } from '../../src/pool/slots.ts'
import type { WaitQueue, Waiter } from '../../src/pool/wait_queue.ts'
import { assertInvariants } from './invariants.ts'

export class TestWaiter implements Waiter {
  waitPrevious: Waiter | undefined = undefined
  waitNext: Waiter | undefined = undefined
  waitQueue: WaitQueue | undefined = undefined
  waitDial: PooledConnection | undefined = undefined
  waitSinceMS = 0
  readonly label: string
  slot: PooledConnection | undefined = undefined
  error: Error | undefined = undefined

  constructor(label: string) {
    this.label = label
  }

  granted(slot: PooledConnection): void {
    this.slot = slot
  }

  refused(error: Error): void {
    this.error = error
  }
}

export const roomyLimits: PoolLimits = {
  maxPoolSize: 3,
  minPoolSize: 0,
  maxConnecting: 2,
  maxIdleTimeMS: 0,
  waitQueueTimeoutMS: 0
}

export const someCause: Error = new Error('the server went away')
export const plainClear: Clear = { cause: someCause, interruptInUse: false }
export const interruptingClear: Clear = { cause: someCause, interruptInUse: true }

export class Bench {
  nowMS = 0
  fraction = 0.5
  readonly limits: PoolLimits
  readonly machine: PoolMachine
  armedMS: number = Number.POSITIVE_INFINITY
  /** Every call on the port since the last `take`, but `arm`. */
  #told: string[] = []
  readonly dials: PooledConnection[] = []
  readonly failCauses = new Map<string, Error | undefined>()

  constructor(limits: Partial<PoolLimits> = {}) {
    this.limits = { ...roomyLimits, ...limits }
    this.machine = new PoolMachine(this.limits, this.#port())
  }

  /** What the port was told since the last call, after checking that no invariant is broken. */
  take(): string[] {
    assertInvariants(this.machine, this.limits, this.nowMS)
    return this.#told.splice(0)
  }

  /** As `take`, where an invariant does not hold on purpose. */
  takeUnchecked(): string[] {
    return this.#told.splice(0)
  }

  checkOut(label: string): TestWaiter {
    const waiter = new TestWaiter(label)
    const slot = this.machine.checkOut(waiter, this.nowMS)
    if (slot !== undefined) waiter.granted(slot)
    return waiter
  }

  checkIn(slot: PooledConnection | undefined, broken?: Error): void {
    if (slot === undefined) throw new Error('the test checks nothing in')
    this.machine.checkIn(slot, this.nowMS, broken)
  }

  /** The dial with this number lands. */
  land(id: number, serviceId?: ObjectId): PooledConnection {
    const slot = this.dial(id)
    if (serviceId !== undefined) this.machine.greeted(slot, serviceId)
    this.machine.landed(slot, { id, serviceId } as Connection, this.nowMS)
    return slot
  }

  fail(id: number, error: Error, clear?: Clear): PooledConnection {
    const slot = this.dial(id)
    this.machine.dialFailed(slot, error, this.nowMS, this.fraction, clear)
    return slot
  }

  dial(id: number): PooledConnection {
    const slot = this.dials.find(dial => dial.id === id)
    if (slot === undefined) throw new Error(`no dial ${id}`)
    return slot
  }

  pendingIds(): number[] {
    return [...this.machine.slots.pending].map(slot => slot.id)
  }

  /** Time passes; the machine is woken at each time it armed for. */
  advance(byMS: number): void {
    const untilMS = this.nowMS + byMS
    while (this.armedMS <= untilMS) {
      this.nowMS = Math.max(this.nowMS, this.armedMS)
      this.machine.woke(this.nowMS)
    }
    this.nowMS = untilMS
  }

  /** Ready, with this many connections in use, this many idle and this many check-outs waiting; `take` starts afresh. */
  ready({ inUse = 0, idle = 0, waiting = 0 } = {}): { inUse: PooledConnection[]; waiters: TestWaiter[] } {
    this.machine.ready(this.nowMS)
    const users = Array.from({ length: inUse + idle }, (_, index) => this.checkOut(`user${index + 1}`))
    while (this.machine.slots.pending.oldest !== undefined) this.land(this.machine.slots.pending.oldest.id)
    const slots = users.flatMap(user => user.slot ?? [])
    for (const slot of slots.slice(inUse)) this.checkIn(slot)
    const waiters = Array.from({ length: waiting }, (_, index) => this.checkOut(`waiter${index + 1}`))
    this.take()
    return { inUse: slots.slice(0, inUse), waiters }
  }

  #port(): PoolPort {
    const tell = (line: string): void => {
      this.#told.push(line)
    }
    return {
      poolReady: () => tell('pool ready'),
      poolCleared: ({ interruptInUse, serviceId }) =>
        tell(`pool cleared${interruptInUse ? ', interrupting' : ''}${serviceId === undefined ? '' : ', one service'}`),
      poolClosed: () => tell('pool closed'),
      checkOutStarted: () => tell('check-out started'),
      connectionReady: slot => tell(`${slot.id} ready`),
      checkedIn: slot => tell(`${slot.id} checked in`),
      checkedOut: slot => tell(`${slot.id} checked out`),
      dial: slot => {
        this.dials.push(slot)
        tell(`${slot.id} dialled`)
      },
      drop: (slot, reason) => tell(`${slot.id} closed: ${reason}`),
      serve: (waiter, slot) => {
        waiter.granted(slot)
        tell(`${slot.id} checked out by ${waiter.label}`)
      },
      fail: (waiter, failure, cause) => {
        this.failCauses.set(waiter.label, cause)
        waiter.refused(cause ?? new Error(failure))
        tell(`${waiter.label} failed: ${failure}`)
      },
      interrupt: slot => tell(`${slot.id} interrupted`),
      arm: atMS => {
        this.armedMS = atMS
      }
    }
  }
}

export function newServiceId(): ObjectId {
  return new ObjectId()
}
