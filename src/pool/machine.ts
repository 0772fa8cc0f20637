import type { ObjectId } from '../bson/index.ts'
import type { Connection } from '../connection/index.ts'
import { MongoRuntimeError } from '../errors/index.ts'
import { BackOff } from './back_off.ts'
import { newCounters, type PoolCounters } from './counters.ts'
import type { CheckOutFailure, Clear, CloseReason, PoolPort, Withdrawal } from './port.ts'
import { ServiceGenerations } from './service_generations.ts'
import { PooledConnection, Slots } from './slots.ts'
import { type Waiter, WaitQueue } from './wait_queue.ts'

/** What the machine needs of the options; 0 means no limit, except for `minPoolSize` and `maxConnecting`. */
export interface PoolLimits {
  readonly maxPoolSize: number
  readonly minPoolSize: number
  readonly maxConnecting: number
  readonly maxIdleTimeMS: number
  readonly waitQueueTimeoutMS: number
}

export type PoolState = 'paused' | 'ready' | 'closed'

/**
 * Decides everything that a pool does: no I/O, no clock, no chance, no promise. An input is a method with the time; an
 * output is a call on the port. `docs/pool-states.md` has the table of what each input does in each state, each cell of
 * which is a test.
 *
 * While `draining`, waiters are still served and dialled for, but nothing is kept: population is off, and a connection
 * that no waiter needs closes.
 */
export class PoolMachine {
  state: PoolState = 'paused'
  draining = false
  /** Raised by each clear; a connection of an older generation is never handed out. */
  generation = 0
  readonly slots: Slots = new Slots()
  readonly queue: WaitQueue = new WaitQueue()
  readonly services: ServiceGenerations = new ServiceGenerations()
  readonly counters: PoolCounters = newCounters()
  /** Why the last dial failed; undefined after one that succeeded. */
  lastDialError: Error | undefined = undefined
  /** The cause of the last clear. */
  lastClearCause: Error | undefined = undefined
  readonly #limits: PoolLimits
  readonly #port: PoolPort
  readonly #backOff = new BackOff()
  #lastId = 0
  #keepsLast: () => boolean = never

  constructor(limits: PoolLimits, port: PoolPort) {
    this.#limits = limits
    this.#port = port
  }

  /** An idle connection at once, else undefined: the waiter stands in the queue, or `fail` was called for it. */
  checkOut(waiter: Waiter, nowMS: number): PooledConnection | undefined {
    this.counters.checkOutsStarted++
    this.#port.checkOutStarted()
    waiter.waitSinceMS = nowMS
    if (this.state !== 'ready') {
      this.#fail(waiter, this.state === 'closed' ? 'poolClosed' : 'connectionError', undefined, nowMS)
      return undefined
    }
    const slot = this.#takeIdle(nowMS)
    if (slot === undefined) {
      this.queue.join(waiter)
    } else {
      this.#use(slot, waiter, nowMS)
      this.counters.checkedOutAtOnce++
      this.#port.checkedOut(slot)
    }
    this.#replenish(nowMS)
    this.#rearm(nowMS)
    return slot
  }

  checkIn(slot: PooledConnection, nowMS: number, broken: Error | undefined): void {
    if (slot.slots !== this.slots)
      throw new MongoRuntimeError(`connection ${slot.id} was checked in although it belongs to another pool`)
    if (slot.member === 'interrupted') {
      // It was told as checked in and closed when it was interrupted.
      this.slots.move(slot, 'closed')
      return
    }
    this.#expect(slot, 'inUse', 'checked in')
    this.#tellCheckedIn(slot)
    const reason = this.#perished(slot, broken)
    if (reason === undefined) this.#offer(slot, nowMS)
    else this.#drop(slot, reason, broken)
    this.#replenish(nowMS)
    this.#rearm(nowMS)
  }

  /** A waiter gives up. False: it has been served or refused before, and nothing happens. */
  withdraw(waiter: Waiter, nowMS: number, why: Withdrawal, cause: Error): boolean {
    if (waiter.waitQueue !== this.queue) return false
    this.#fail(waiter, why === 'aborted' ? 'connectionError' : 'timeout', cause, nowMS)
    if (why === 'aborted') this.counters.checkOutsAborted++
    this.#endSpareDials()
    this.#rearm(nowMS)
    return true
  }

  /** Behind a load balancer: the reply to the dial's hello has named the backend, and authentication may still fail. */
  greeted(slot: PooledConnection, serviceId: ObjectId): void {
    this.#expect(slot, 'pending', 'greeted')
    slot.serviceId = serviceId
    slot.generation = this.services.joined(serviceId)
  }

  /** A dial has ended with a connection that has shaken hands and authenticated. */
  landed(slot: PooledConnection, connection: Connection, nowMS: number): void {
    this.#expect(slot, 'pending', 'established')
    slot.connection = connection
    // The backend has let it in just now: what cleared the others of that backend since the hello is not about this one.
    if (slot.serviceId !== undefined) slot.generation = this.services.current(slot.serviceId)
    this.#backOff.succeeded()
    this.lastDialError = undefined
    this.counters.connectionsReady++
    this.#port.connectionReady(slot, nowMS - slot.createdMS)
    const waiter = this.queue.dialLanded(slot)
    // While draining somebody always waits: a dial without an owner has ended.
    if (waiter !== undefined) this.#serve(waiter, slot, nowMS)
    else this.#keep(slot, nowMS)
    this.#replenish(nowMS)
    this.#rearm(nowMS)
  }

  /** A dial has failed. `clear`: what the topology made of the error, applied in the same step. */
  dialFailed(slot: PooledConnection, error: Error, nowMS: number, fraction: number, clear?: Clear): void {
    this.#expect(slot, 'pending', 'failed')
    this.lastDialError = error
    this.#backOff.failed(nowMS, fraction)
    if (clear === undefined) {
      const owner = this.queue.dialFailed(slot)
      this.#drop(slot, 'error', error)
      if (owner !== undefined) this.#fail(owner, 'connectionError', error, nowMS)
    } else {
      this.#clear(clear, nowMS, slot, error)
    }
    this.#replenish(nowMS)
    this.#rearm(nowMS)
  }

  /** The server closed an idle connection, or sent bytes that nobody asked for. */
  idleBroke(slot: PooledConnection, error: Error, nowMS: number): void {
    this.#expect(slot, 'idle', 'told as broken')
    this.#drop(slot, 'error', error)
    this.#replenish(nowMS)
    this.#rearm(nowMS)
  }

  ready(nowMS: number): void {
    if (this.state !== 'paused') return
    this.state = 'ready'
    this.#port.poolReady()
    this.#replenish(nowMS)
    this.#rearm(nowMS)
  }

  clear(clear: Clear, nowMS: number): void {
    this.#clear(clear, nowMS, undefined, undefined)
    this.#replenish(nowMS)
    this.#rearm(nowMS)
  }

  /**
   * From now on nothing is kept: idle connections close, and so do dials that no waiter needs. `keepsLast` is asked when a
   * connection comes back that no waiter needs: the client's last one may still have something to say.
   */
  drain(nowMS: number, keepsLast: () => boolean = never): void {
    if (this.draining || this.state === 'closed') return
    this.draining = true
    this.#keepsLast = keepsLast
    this.#endSpareDials()
    for (const slot of this.slots.idle) this.#drop(slot, 'poolClosed', undefined)
    this.#rearm(nowMS)
  }

  /** `interruptInUse`: operations end now, rather than closing their connections when they give them back. */
  close(nowMS: number, interruptInUse: boolean): void {
    if (this.state !== 'closed') {
      this.state = 'closed'
      for (let waiter = this.queue.head; waiter !== undefined; waiter = this.queue.head)
        this.#fail(waiter, 'poolClosed', undefined, nowMS)
      for (const slot of this.slots.pending) this.#endDial(slot, 'poolClosed', undefined)
      for (const slot of this.slots.idle) this.#drop(slot, 'poolClosed', undefined)
      this.#port.poolClosed()
    }
    if (interruptInUse) for (const slot of this.slots.inUse) this.#interrupt(slot, 'poolClosed', undefined)
    this.#rearm(nowMS)
  }

  /** The time of the last `arm` has come. */
  woke(nowMS: number): void {
    const limitMS = this.#limits.waitQueueTimeoutMS
    for (let waiter = this.queue.head; waiter !== undefined && limitMS > 0; waiter = this.queue.head) {
      if (nowMS < waiter.waitSinceMS + limitMS) break
      this.#fail(waiter, 'timeout', undefined, nowMS)
    }
    this.#endSpareDials()
    this.#expireIdle(nowMS)
    this.#replenish(nowMS)
    this.#rearm(nowMS)
  }

  // ───────────────────────── how many dials, and for whom ─────────────────────────

  /** The one formula. A dial in progress counts for whoever needs it, waiter or population. */
  #dialsWanted(nowMS: number): number {
    if (this.state !== 'ready') return 0
    return Math.max(this.queue.size, this.#populationWanted(nowMS)) - this.slots.pending.size
  }

  #populationWanted(nowMS: number): number {
    if (this.draining || nowMS < this.#backOff.untilMS) return 0
    return this.#populationMissing
  }

  get #populationMissing(): number {
    return this.#limits.minPoolSize - this.slots.idle.size - this.slots.inUse.size
  }

  get #roomForDial(): boolean {
    const { maxPoolSize, maxConnecting } = this.#limits
    return this.slots.pending.size < maxConnecting && (maxPoolSize === 0 || this.slots.total < maxPoolSize)
  }

  #replenish(nowMS: number): void {
    while (this.#dialsWanted(nowMS) > 0 && this.#roomForDial) {
      const slot = new PooledConnection(this.slots, ++this.#lastId, this.generation, nowMS)
      this.slots.move(slot, 'pending')
      this.queue.dialStarted(slot)
      this.counters.connectionsCreated++
      this.#port.dial(slot)
    }
  }

  /** While draining, a dial that no waiter owns any more ends. */
  #endSpareDials(): void {
    if (!this.draining) return
    for (const dial of this.queue.spareDials) this.#endDial(dial, 'poolClosed', undefined)
  }

  // ───────────────────────── one connection ─────────────────────────

  /** The most recently used one, so that the others can grow old and expire. */
  #takeIdle(nowMS: number): PooledConnection | undefined {
    this.#expireIdle(nowMS)
    return this.slots.idle.newest
  }

  #use(slot: PooledConnection, waiter: Waiter, nowMS: number): void {
    slot.inUseSinceMS = nowMS
    slot.inUseFor = waiter.label
    this.slots.move(slot, 'inUse')
  }

  #serve(waiter: Waiter, slot: PooledConnection, nowMS: number): void {
    const waitedMS = nowMS - waiter.waitSinceMS
    this.#use(slot, waiter, nowMS)
    this.counters.checkedOutAfterWait++
    this.counters.waitedMS += waitedMS
    this.#port.serve(waiter, slot, waitedMS)
  }

  /** A connection that came back whole goes to the first waiter, else to the idle ones. */
  #offer(slot: PooledConnection, nowMS: number): void {
    const waiter = this.queue.head
    if (waiter !== undefined) {
      this.queue.leave(waiter)
      this.#serve(waiter, slot, nowMS)
      this.#endSpareDials()
    } else if (this.draining && !this.#keepsLast()) this.#drop(slot, 'poolClosed', undefined)
    else this.#keep(slot, nowMS)
  }

  #keep(slot: PooledConnection, nowMS: number): void {
    slot.idleSinceMS = nowMS
    this.slots.move(slot, 'idle')
  }

  #fail(waiter: Waiter, failure: CheckOutFailure, cause: Error | undefined, nowMS: number): void {
    const waitedMS = nowMS - waiter.waitSinceMS
    this.counters.checkOutsFailed[failure]++
    this.counters.waitedMS += waitedMS
    this.#port.fail(waiter, failure, cause, waitedMS)
    if (waiter.waitQueue === this.queue) this.queue.leave(waiter)
  }

  #drop(slot: PooledConnection, reason: CloseReason, error: Error | undefined): void {
    this.slots.move(slot, 'closed')
    this.#tellDropped(slot, reason, error)
  }

  #endDial(slot: PooledConnection, reason: CloseReason, error: Error | undefined): void {
    this.queue.dialEnded(slot)
    this.#drop(slot, reason, error)
  }

  #interrupt(slot: PooledConnection, reason: CloseReason, cause: Error | undefined): void {
    this.#tellCheckedIn(slot)
    this.slots.move(slot, 'interrupted')
    this.#tellDropped(slot, reason, undefined)
    this.#port.interrupt(slot, cause)
  }

  #tellCheckedIn(slot: PooledConnection): void {
    this.counters.checkedIn++
    this.#port.checkedIn(slot)
  }

  #tellDropped(slot: PooledConnection, reason: CloseReason, error: Error | undefined): void {
    if (slot.serviceId !== undefined) this.services.left(slot.serviceId)
    this.counters.connectionsClosed[reason]++
    this.#port.drop(slot, reason, error)
  }

  #perished(slot: PooledConnection, broken: Error | undefined): CloseReason | undefined {
    if (broken !== undefined) return 'error'
    if (this.state === 'closed') return 'poolClosed'
    return this.isStale(slot) ? 'stale' : undefined
  }

  /** Older than the last clear of the pool, or of its backend behind a load balancer. */
  isStale(slot: PooledConnection): boolean {
    const current = slot.serviceId === undefined ? this.generation : this.services.current(slot.serviceId)
    return slot.generation !== current
  }

  #expect(slot: PooledConnection, member: 'pending' | 'idle' | 'inUse', happened: string): void {
    if (slot.member === member) return
    throw new MongoRuntimeError(
      `connection ${slot.id} was ${happened} although it is ${slot.member}, not ${member}: this is a fault of the driver`
    )
  }

  // ───────────────────────── clearing ─────────────────────────

  /** `failed`: the dial whose error caused the clear; its owner is told that error. */
  #clear(clear: Clear, nowMS: number, failed: PooledConnection | undefined, error: Error | undefined): void {
    if (this.state === 'closed') return
    if (clear.serviceId !== undefined) {
      this.#clearService(clear, failed, error, nowMS)
      return
    }
    const wasReady = this.state === 'ready'
    this.generation++
    this.state = 'paused'
    this.lastClearCause = clear.cause
    if (wasReady) {
      this.counters.cleared++
      this.#port.poolCleared(clear)
    }
    const owner = failed?.owner
    if (failed !== undefined) this.#endDial(failed, 'error', error)
    for (const slot of this.slots.pending) this.#endDial(slot, 'stale', undefined)
    if (clear.interruptInUse) for (const slot of this.slots.inUse) this.#interrupt(slot, 'stale', clear.cause)
    for (const slot of this.slots.idle) this.#drop(slot, 'stale', undefined)
    for (let waiter = this.queue.head; waiter !== undefined; waiter = this.queue.head)
      this.#fail(waiter, 'connectionError', waiter === owner ? error : undefined, nowMS)
  }

  /** One backend behind a load balancer: nothing pauses and nobody who waits is refused. */
  #clearService(clear: Clear, failed: PooledConnection | undefined, error: Error | undefined, nowMS: number): void {
    const { serviceId } = clear
    if (serviceId === undefined) return
    if (this.services.cleared(serviceId)) {
      this.counters.cleared++
      this.lastClearCause = clear.cause
      this.#port.poolCleared(clear)
    }
    if (failed !== undefined) {
      const owner = this.queue.dialFailed(failed)
      this.#drop(failed, 'error', error)
      if (owner !== undefined) this.#fail(owner, 'connectionError', error, nowMS)
    }
    for (const slot of this.slots.idle) if (this.isStale(slot)) this.#drop(slot, 'stale', undefined)
  }

  // ───────────────────────── time ─────────────────────────

  #expireIdle(nowMS: number): void {
    const limitMS = this.#limits.maxIdleTimeMS
    if (limitMS === 0) return
    for (let slot = this.slots.idle.oldest; slot !== undefined; slot = this.slots.idle.oldest) {
      if (nowMS < slot.idleSinceMS + limitMS) return
      this.#drop(slot, 'idle', undefined)
    }
  }

  /**
   * One timer for all that can expire: the first waiter, the oldest idle connection, the back-off of population. What is
   * over is asked with the same sums, for a difference rounds otherwise: the same time would be armed again and again.
   */
  #rearm(nowMS: number): void {
    const { waitQueueTimeoutMS, maxIdleTimeMS } = this.#limits
    let atMS = Number.POSITIVE_INFINITY
    const waiter = this.queue.head
    if (waitQueueTimeoutMS > 0 && waiter !== undefined) atMS = waiter.waitSinceMS + waitQueueTimeoutMS
    const idle = this.slots.idle.oldest
    if (maxIdleTimeMS > 0 && idle !== undefined) atMS = Math.min(atMS, idle.idleSinceMS + maxIdleTimeMS)
    const waitsToPopulate =
      this.state === 'ready' && !this.draining && nowMS < this.#backOff.untilMS && this.#populationMissing > 0
    if (waitsToPopulate) atMS = Math.min(atMS, this.#backOff.untilMS)
    this.#port.arm(atMS)
  }
}

function never(): boolean {
  return false
}
