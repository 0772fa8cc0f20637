import type { PoolCondition } from '../errors/index.ts'
import type { PoolCounters } from './counters.ts'
import type { PoolLimits, PoolMachine, PoolState } from './machine.ts'
import type { Membership, PinHolder, PooledConnection } from './slots.ts'

/** One pool at one moment. `total = pending + available + checkedOut`. Times are milliseconds. */
export interface PoolSnapshot {
  /** `host:port` */
  readonly address: string
  readonly state: PoolState
  /** Whether the pool only lets operations that began before finish. */
  readonly draining: boolean
  readonly generation: number
  /** 0: no limit. */
  readonly maxPoolSize: number
  readonly minPoolSize: number
  readonly maxConnecting: number
  readonly total: number
  readonly available: number
  /** Connections that are being established. */
  readonly pending: number
  readonly checkedOut: number
  /** Of those, the ones that open cursors have to themselves; 0 without a load balancer. */
  readonly checkedOutByCursors: number
  /** The same of transactions. */
  readonly checkedOutByTransactions: number
  /** Check-outs in the queue. */
  readonly waiting: number
  /** How long the first in the queue has waited; 0 when nobody waits. */
  readonly longestWaitMS: number
  /** Why the pool was last cleared. */
  readonly lastClearCause: Error | undefined
  /** Why the last dial failed, if no later one succeeded. */
  readonly lastDialError: Error | undefined
  /** What has happened since the pool was made. */
  readonly counters: Readonly<PoolCounters>
}

/** One connection of a pool at one moment. */
export interface PooledConnectionSnapshot {
  readonly connectionId: number
  readonly state: Membership
  readonly generation: number
  readonly ageMS: number
  /** While in use: for which command, and how long. */
  readonly inUseFor: string | undefined
  readonly inUseMS: number | undefined
  /** While in use behind a load balancer: what has it to itself from one command to the next. */
  readonly pinnedFor: PinHolder | undefined
}

export function snapshotOf(machine: PoolMachine, address: string, limits: PoolLimits, nowMS: number): PoolSnapshot {
  const { slots, queue, counters } = machine
  return {
    address,
    state: machine.state,
    draining: machine.draining,
    generation: machine.generation,
    maxPoolSize: limits.maxPoolSize,
    minPoolSize: limits.minPoolSize,
    maxConnecting: limits.maxConnecting,
    total: slots.total,
    available: slots.idle.size,
    pending: slots.pending.size,
    checkedOut: slots.inUse.size,
    checkedOutByCursors: countPinned(machine, 'cursor'),
    checkedOutByTransactions: countPinned(machine, 'transaction'),
    waiting: queue.size,
    longestWaitMS: queue.head === undefined ? 0 : nowMS - queue.head.waitSinceMS,
    lastClearCause: machine.lastClearCause,
    lastDialError: machine.lastDialError,
    counters: {
      ...counters,
      connectionsClosed: { ...counters.connectionsClosed },
      checkOutsFailed: { ...counters.checkOutsFailed }
    }
  }
}

/** By going through them: a count of its own could drift. */
function countPinned({ slots }: PoolMachine, holder: PinHolder): number {
  let count = 0
  for (const { pinnedFor } of slots.inUse) if (pinnedFor === holder) count++
  return count
}

export function connectionsOf(machine: PoolMachine, nowMS: number): PooledConnectionSnapshot[] {
  const { pending, idle, inUse } = machine.slots
  return [...pending, ...idle, ...inUse].map(slot => ({
    connectionId: slot.id,
    state: slot.member,
    generation: slot.generation,
    ageMS: nowMS - slot.createdMS,
    inUseFor: slot.member === 'inUse' ? slot.inUseFor : undefined,
    inUseMS: slot.member === 'inUse' ? nowMS - slot.inUseSinceMS : undefined,
    pinnedFor: slot.member === 'inUse' ? slot.pinnedFor : undefined
  }))
}

/** The figures of a wait-queue time-out, taken while the waiter still stands in the queue. */
export function conditionOf(
  machine: PoolMachine,
  address: string,
  { limits, loadBalanced }: { readonly limits: PoolLimits; readonly loadBalanced: boolean },
  waitedMS: number,
  nowMS: number
): PoolCondition {
  const { slots, queue } = machine
  let oldest: PooledConnection | undefined
  const inUseBy = new Map<string, number>()
  for (const slot of slots.inUse) {
    if (oldest === undefined || slot.inUseSinceMS < oldest.inUseSinceMS) oldest = slot
    inUseBy.set(slot.inUseFor, (inUseBy.get(slot.inUseFor) ?? 0) + 1)
  }
  return {
    address,
    state: machine.state,
    generation: machine.generation,
    maxPoolSize: limits.maxPoolSize,
    maxConnecting: limits.maxConnecting,
    inUse: slots.inUse.size,
    inUseBy: Object.fromEntries([...inUseBy].sort(([, a], [, b]) => b - a)),
    loadBalanced,
    inUseByCursors: countPinned(machine, 'cursor'),
    inUseByTransactions: countPinned(machine, 'transaction'),
    oldestInUseMS: oldest === undefined ? undefined : nowMS - oldest.inUseSinceMS,
    available: slots.idle.size,
    pending: slots.pending.size,
    waiting: queue.size,
    waitedMS,
    lastDialError: machine.lastDialError
  }
}
