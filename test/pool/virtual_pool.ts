/** A real pool on the virtual Runtime, with a dialer that the test scripts. */
import type { ObjectId } from '../../src/bson/index.ts'
import type { Connection, EstablishHandler, EstablishPhase } from '../../src/connection/index.ts'
import { EventHub } from '../../src/events/index.ts'
import type { PoolLimits } from '../../src/pool/machine.ts'
import {
  type Clear,
  ConnectionPool,
  type PooledConnection,
  poolEventChannels,
  type PoolEvents,
  type Waiter
} from '../../src/pool/index.ts'
import type { Timer } from '../../src/runtime/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { roomyLimits } from './bench.ts'

export const address = 'db1.example:27017'

export interface ToldEvent {
  readonly kind: keyof PoolEvents
  readonly event: PoolEvents[keyof PoolEvents]
}

/** What the pool sees of a connection; it starts nothing on one. */
export class FakeConnection
  implements Pick<Connection, 'id' | 'address' | 'purpose' | 'serviceId' | 'broken' | 'onBroken' | 'abandon' | 'close'>
{
  readonly id: number
  readonly address = address
  readonly purpose = 'pool'
  readonly serviceId: ObjectId | undefined
  broken: Error | undefined = undefined
  onBroken: ((error: Error) => void) | undefined = undefined
  abandonedWith: Error | undefined = undefined
  closed = false

  constructor(id: number, serviceId?: ObjectId) {
    this.id = id
    this.serviceId = serviceId
  }

  abandon(error: Error): void {
    this.abandonedWith = error
    this.broken = error
  }

  close(): void {
    this.closed = true
  }
}

export interface Dial {
  readonly id: number
  cancelled: boolean
  land(serviceId?: ObjectId): FakeConnection
  fail(error: Error, phase?: EstablishPhase): void
}

export class Caller implements Waiter {
  waitPrevious: Waiter['waitPrevious'] = undefined
  waitNext: Waiter['waitNext'] = undefined
  waitQueue: Waiter['waitQueue'] = undefined
  waitDial: Waiter['waitDial'] = undefined
  waitSinceMS = 0
  readonly label: string
  slot: PooledConnection | undefined = undefined
  error: Error | undefined = undefined
  onGranted: ((slot: PooledConnection) => void) | undefined = undefined

  constructor(label: string) {
    this.label = label
  }

  granted(slot: PooledConnection): void {
    this.slot = slot
    this.onGranted?.(slot)
  }

  refused(error: Error): void {
    this.error = error
  }
}

export class VirtualPool {
  readonly runtime: VirtualRuntime = virtualRuntime({ seed: 7 })
  readonly hub: EventHub<PoolEvents> = new EventHub<PoolEvents>({ runtime: this.runtime, channels: poolEventChannels })
  readonly dials: Dial[] = []
  readonly told: ToldEvent[] = []
  readonly pool: ConnectionPool
  /** How often the pool has armed its timer. */
  timesArmed = 0
  /** What the topology would make of a dial's error. */
  clearFor: (error: Error, generation: number, phase: EstablishPhase) => Clear | undefined = () => undefined

  constructor(limits: Partial<PoolLimits> = {}, loadBalanced = false) {
    for (const kind of Object.keys(poolEventChannels) as (keyof PoolEvents)[])
      this.hub.subscribe(kind, event => {
        this.told.push({ kind, event })
      })
    this.pool = new ConnectionPool({
      address,
      limits: { ...roomyLimits, ...limits },
      loadBalanced,
      nonDefaultOptions: limits,
      runtime: { ...this.runtime, timers: { create: fire => this.#countedTimer(fire) } },
      hub: this.hub,
      establish: ({ id }, handler) => this.#establish(id, handler),
      onEstablishmentError: (error, generation, phase) => this.clearFor(error, generation, phase)
    })
  }

  checkOut(label: string): Caller {
    const caller = new Caller(label)
    const slot = this.pool.checkOut(caller)
    if (slot !== undefined) caller.granted(slot)
    return caller
  }

  dial(id: number): Dial {
    const dial = this.dials.find(each => each.id === id)
    if (dial === undefined) throw new Error(`no dial ${id}`)
    return dial
  }

  /** The kinds told since the last call. */
  take(): string[] {
    return this.told.splice(0).map(({ kind }) => kind)
  }

  #countedTimer(fire: () => void): Timer {
    const timer = this.runtime.timers.create(fire)
    return {
      armAt: atMS => {
        this.timesArmed++
        timer.armAt(atMS)
      },
      disarm: () => timer.disarm(),
      setRef: on => timer.setRef(on)
    }
  }

  #establish(id: number, handler: EstablishHandler): () => void {
    const dial: Dial = {
      id,
      cancelled: false,
      land: serviceId => {
        const connection = new FakeConnection(id, serviceId)
        if (serviceId !== undefined) handler.greeted?.(serviceId)
        handler.established(connection as Partial<Connection> as Connection)
        return connection
      },
      fail: (error, phase = 'connect') => handler.failed(error, phase)
    }
    this.dials.push(dial)
    return () => {
      dial.cancelled = true
    }
  }
}
