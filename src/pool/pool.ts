import type { ObjectId } from '../bson/index.ts'
import type { Cancel, Connection, Establish, EstablishPhase } from '../connection/index.ts'
import type { Hub } from '../events/index.ts'
import type { Runtime, Timer } from '../runtime/index.ts'
import {
  ConnectionCheckedInEvent,
  ConnectionCheckedOutEvent,
  ConnectionCheckOutFailedEvent,
  ConnectionCheckOutStartedEvent,
  ConnectionClosedEvent,
  ConnectionCreatedEvent,
  ConnectionReadyEvent,
  type NonDefaultPoolOptions,
  PoolClearedEvent,
  PoolClosedEvent,
  PoolCreatedEvent,
  type PoolEvents,
  PoolReadyEvent
} from './events.ts'
import { interrupted, poolCleared, poolClosed, waitQueueTimeout } from './failures.ts'
import { type PoolLimits, PoolMachine, type PoolState } from './machine.ts'
import type { ConnectionSource } from './pinned_connection.ts'
import type { CheckOutFailure, Clear, CloseReason, PoolPort, Withdrawal } from './port.ts'
import { Settlements } from './settlements.ts'
import type { PooledConnection } from './slots.ts'
import { conditionOf, connectionsOf, type PooledConnectionSnapshot, type PoolSnapshot, snapshotOf } from './snapshot.ts'
import type { Waiter } from './wait_queue.ts'

export interface PoolSetup {
  /** `host:port` of the server. */
  readonly address: string
  readonly limits: PoolLimits
  /** Whether a load balancer was declared; default false. */
  readonly loadBalanced?: boolean
  /** For the event that tells the creation. */
  readonly nonDefaultOptions: NonDefaultPoolOptions
  readonly runtime: Pick<Runtime, 'clock' | 'timers' | 'chance'>
  readonly hub: Pick<Hub<PoolEvents>, 'wanted' | 'begin' | 'end' | 'emit'>
  readonly establish: Establish
  /**
   * What a failed dial means for the server's description is decided above the pool: this applies it, and returns the
   * clear that follows. It is called before the failure is told, in the same step.
   */
  readonly onEstablishmentError: (
    error: Error,
    generation: number,
    phase: EstablishPhase,
    serviceId: ObjectId | undefined
  ) => Clear | undefined
}

/**
 * The connections to one server, for one client. The machine decides; this class owns the sockets, the timer and the
 * events, and settles waiters once a step is over.
 */
export class ConnectionPool implements ConnectionSource {
  readonly address: string
  readonly #setup: PoolSetup
  readonly #machine: PoolMachine
  readonly #timer: Timer
  /** When the timer fires. It may be earlier than what can expire next: a wake-up for nothing is cheaper than re-arming. */
  #armedMS = Number.POSITIVE_INFINITY
  readonly #dials = new Map<PooledConnection, Cancel>()
  readonly #settlements = new Settlements()

  constructor(setup: PoolSetup) {
    this.address = setup.address
    this.#setup = setup
    this.#machine = new PoolMachine(setup.limits, this.#port())
    this.#timer = setup.runtime.timers.create(() => this.#woke())
    const { hub } = setup
    if (hub.wanted.connectionPoolCreated)
      hub.emit('connectionPoolCreated', new PoolCreatedEvent(this.address, setup.nonDefaultOptions))
  }

  get generation(): number {
    return this.#machine.generation
  }

  get state(): PoolState {
    return this.#machine.state
  }

  /** That of a backend where there is one: errors of an older generation say nothing about the server as it is now. */
  currentGeneration(serviceId: ObjectId | undefined): number {
    return serviceId === undefined ? this.#machine.generation : this.#machine.services.current(serviceId)
  }

  /** An idle connection at once; else undefined, and one of `granted` and `refused` is called, perhaps before this returns. */
  checkOut(waiter: Waiter): PooledConnection | undefined {
    this.#begin()
    try {
      return this.#machine.checkOut(waiter, this.#nowMS())
    } finally {
      this.#end()
    }
  }

  checkIn(slot: PooledConnection, nowMS: number = this.#nowMS()): void {
    this.#begin()
    try {
      this.#machine.checkIn(slot, nowMS, slot.connection?.broken)
    } finally {
      this.#end()
    }
  }

  /** The waiter gives up and is refused with `cause`. False: it has been served or refused before. */
  withdraw(waiter: Waiter, why: Withdrawal, cause: Error): boolean {
    this.#begin()
    try {
      return this.#machine.withdraw(waiter, this.#nowMS(), why, cause)
    } finally {
      this.#end()
    }
  }

  ready(): void {
    this.#step(nowMS => this.#machine.ready(nowMS))
  }

  clear(clear: Clear): void {
    this.#step(nowMS => this.#machine.clear(clear, nowMS))
  }

  /** Whether a check-out would be served at once. */
  get hasIdle(): boolean {
    return this.#machine.slots.idle.size > 0
  }

  /** Connections in use, being established and waited for: what keeps a drain from its end. */
  get busy(): number {
    return this.#machine.slots.inUse.size + this.#machine.slots.pending.size + this.#machine.queue.size
  }

  /** Lets what is under way finish, and keeps nothing from now on, but for one that `keepsLast` says is the last. */
  drain(keepsLast?: () => boolean): void {
    this.#step(nowMS => this.#machine.drain(nowMS, keepsLast))
  }

  /** `interruptInUse`: operations in progress are refused now; else they finish, and their connections close then. */
  close({ interruptInUse = false }: { interruptInUse?: boolean } = {}): void {
    this.#step(nowMS => this.#machine.close(nowMS, interruptInUse))
  }

  snapshot(): PoolSnapshot {
    return snapshotOf(this.#machine, this.address, this.#setup.limits, this.#nowMS())
  }

  connections(): PooledConnectionSnapshot[] {
    return connectionsOf(this.#machine, this.#nowMS())
  }

  #nowMS(): number {
    return this.#setup.runtime.clock.nowMS()
  }

  #step(work: (nowMS: number) => void): void {
    this.#begin()
    try {
      work(this.#nowMS())
    } finally {
      this.#end()
    }
  }

  #begin(): void {
    this.#setup.hub.begin()
  }

  /** Waiters are settled before the events are delivered: what they cause stands behind what caused it, in one queue. */
  #end(): void {
    try {
      this.#settlements.run()
    } finally {
      this.#setup.hub.end()
    }
  }

  #woke(): void {
    this.#armedMS = Number.POSITIVE_INFINITY
    this.#step(nowMS => this.#machine.woke(nowMS))
  }

  #arm(atMS: number): void {
    if (atMS < this.#armedMS) {
      this.#armedMS = atMS
      this.#timer.armAt(atMS)
    } else if (this.#armedMS !== Number.POSITIVE_INFINITY && this.#machine.slots.total === 0 && atMS > this.#armedMS) {
      // Nothing is left that the early wake-up could be for: an empty pool must not keep the process alive.
      this.#armedMS = atMS
      this.#timer.armAt(atMS)
    }
  }

  #dial(slot: PooledConnection): void {
    const cancel = this.#setup.establish(
      { id: slot.id, purpose: 'pool' },
      {
        greeted: serviceId => this.#machine.greeted(slot, serviceId),
        established: connection => this.#established(slot, connection),
        failed: (error, phase) => this.#establishmentFailed(slot, error, phase)
      }
    )
    this.#dials.set(slot, cancel)
  }

  #established(slot: PooledConnection, connection: Connection): void {
    this.#dials.delete(slot)
    connection.onBroken = error => this.#broke(slot, error)
    this.#step(nowMS => this.#machine.landed(slot, connection, nowMS))
  }

  #establishmentFailed(slot: PooledConnection, error: Error, phase: EstablishPhase): void {
    this.#dials.delete(slot)
    this.#step(nowMS => {
      const clear = this.#setup.onEstablishmentError(error, slot.generation, phase, slot.serviceId)
      this.#machine.dialFailed(slot, error, nowMS, this.#setup.runtime.chance.fraction(), clear)
    })
  }

  /** One that breaks while it is checked out is found broken when it comes back. */
  #broke(slot: PooledConnection, error: Error): void {
    if (slot.member === 'idle') this.#step(nowMS => this.#machine.idleBroke(slot, error, nowMS))
  }

  #endSocket(slot: PooledConnection): void {
    const cancel = this.#dials.get(slot)
    if (cancel !== undefined) {
      this.#dials.delete(slot)
      cancel()
    } else if (slot.member !== 'interrupted') slot.connection?.close()
  }

  #port(): PoolPort {
    const { hub, address, limits } = this.#setup
    const { wanted } = hub
    return {
      poolReady: () => {
        if (wanted.connectionPoolReady) hub.emit('connectionPoolReady', new PoolReadyEvent(address))
      },
      poolCleared: ({ cause, interruptInUse, serviceId }) => {
        if (wanted.connectionPoolCleared)
          hub.emit('connectionPoolCleared', new PoolClearedEvent(address, interruptInUse, serviceId, cause))
      },
      poolClosed: () => {
        if (wanted.connectionPoolClosed) hub.emit('connectionPoolClosed', new PoolClosedEvent(address))
      },
      checkOutStarted: () => {
        if (wanted.connectionCheckOutStarted)
          hub.emit('connectionCheckOutStarted', new ConnectionCheckOutStartedEvent(address))
      },
      connectionReady: (slot, durationMS) => {
        if (wanted.connectionReady) hub.emit('connectionReady', new ConnectionReadyEvent(address, slot.id, durationMS))
      },
      checkedIn: slot => {
        if (wanted.connectionCheckedIn) hub.emit('connectionCheckedIn', new ConnectionCheckedInEvent(address, slot.id))
      },
      checkedOut: slot => {
        if (wanted.connectionCheckedOut)
          hub.emit('connectionCheckedOut', new ConnectionCheckedOutEvent(address, slot.id, 0))
      },
      dial: slot => {
        if (wanted.connectionCreated) hub.emit('connectionCreated', new ConnectionCreatedEvent(address, slot.id))
        this.#dial(slot)
      },
      drop: (slot, reason: CloseReason, error) => {
        if (wanted.connectionClosed)
          hub.emit('connectionClosed', new ConnectionClosedEvent(address, slot.id, reason, error))
        this.#endSocket(slot)
      },
      serve: (waiter, slot, waitedMS) => {
        if (wanted.connectionCheckedOut)
          hub.emit('connectionCheckedOut', new ConnectionCheckedOutEvent(address, slot.id, waitedMS))
        this.#settlements.grant(waiter, slot)
      },
      fail: (waiter, failure: CheckOutFailure, cause, waitedMS) => {
        const error = this.#failure(failure, cause, waitedMS, limits)
        if (wanted.connectionCheckOutFailed)
          hub.emit('connectionCheckOutFailed', new ConnectionCheckOutFailedEvent(address, failure, error, waitedMS))
        this.#settlements.refuse(waiter, error)
      },
      interrupt: (slot, cause) => this.#settlements.interrupt(slot, interrupted(address, slot.inUseFor, cause)),
      arm: atMS => this.#arm(atMS)
    }
  }

  #failure(failure: CheckOutFailure, cause: Error | undefined, waitedMS: number, limits: PoolLimits): Error {
    if (cause !== undefined) return cause
    if (failure === 'poolClosed') return poolClosed(this.address)
    if (failure === 'connectionError') return poolCleared(this.address, this.#machine.lastClearCause)
    const { loadBalanced = false } = this.#setup
    const settings = { limits, loadBalanced }
    return waitQueueTimeout(conditionOf(this.#machine, this.address, settings, waitedMS, this.#nowMS()))
  }
}
