import type { ObjectId } from '../bson/index.ts'
import type { Connection } from '../connection/index.ts'
import type { Waiter } from './wait_queue.ts'

/**
 * Where a connection stands. The first three are sets with a size; `interrupted` is closed, but its operation has not
 * given it back yet.
 */
export type Membership = 'pending' | 'idle' | 'inUse' | 'interrupted' | 'closed'

/** What a connection stays checked out for when no operation runs on it. */
export type PinHolder = 'cursor' | 'transaction'

/** The pool's record of one connection, from before its socket is opened until after it has closed. */
export class PooledConnection {
  /** Those of the pool it belongs to. */
  readonly slots: Slots
  /** From 1, in order of creation. */
  readonly id: number
  readonly createdMS: number
  /** The pool's generation at creation; behind a load balancer that of the backend, from its hello on. */
  generation: number
  serviceId: ObjectId | undefined = undefined
  /** The socket that has shaken hands; undefined while pending. */
  connection: Connection | undefined = undefined
  /** While pending: the waiter that is told if this dial fails. */
  owner: Waiter | undefined = undefined
  /** While idle: since when. */
  idleSinceMS = 0
  /** While in use: since when, and for which command. */
  inUseSinceMS = 0
  inUseFor = ''
  /** While in use: who keeps it from one operation to the next; undefined: it comes back with the operation. */
  pinnedFor: PinHolder | undefined = undefined

  /** Changed by `Slots.move` only. */
  member: Membership = 'closed'
  previous: PooledConnection | undefined = undefined
  next: PooledConnection | undefined = undefined

  constructor(slots: Slots, id: number, generation: number, createdMS: number) {
    this.slots = slots
    this.id = id
    this.generation = generation
    this.createdMS = createdMS
  }
}

/** A set with an order, linked through its members: joining and leaving cost no allocation. */
export class SlotList {
  /** The member that has been here longest. */
  oldest: PooledConnection | undefined = undefined
  newest: PooledConnection | undefined = undefined
  size = 0

  push(slot: PooledConnection): void {
    slot.previous = this.newest
    slot.next = undefined
    if (this.newest === undefined) this.oldest = slot
    else this.newest.next = slot
    this.newest = slot
    this.size++
  }

  remove(slot: PooledConnection): void {
    if (slot.previous === undefined) this.oldest = slot.next
    else slot.previous.next = slot.next
    if (slot.next === undefined) this.newest = slot.previous
    else slot.next.previous = slot.previous
    slot.previous = undefined
    slot.next = undefined
    this.size--
  }

  *[Symbol.iterator](): Generator<PooledConnection, void, undefined> {
    let slot = this.oldest
    while (slot !== undefined) {
      // Read first: whoever iterates may move the slot to another set.
      const next: PooledConnection | undefined = slot.next
      yield slot
      slot = next
    }
  }
}

/**
 * All connections of a pool. Each is in exactly one set and only `move` changes which, so that no count can drift:
 * counts are the sizes of the sets.
 */
export class Slots {
  readonly pending: SlotList = new SlotList()
  /** Ordered by the time of return, since every return pushes at the end. */
  readonly idle: SlotList = new SlotList()
  readonly inUse: SlotList = new SlotList()

  get total(): number {
    return this.pending.size + this.idle.size + this.inUse.size
  }

  move(slot: PooledConnection, to: Membership): void {
    this.#listOf(slot.member)?.remove(slot)
    slot.member = to
    this.#listOf(to)?.push(slot)
  }

  #listOf(member: Membership): SlotList | undefined {
    switch (member) {
      case 'pending':
        return this.pending
      case 'idle':
        return this.idle
      case 'inUse':
        return this.inUse
      case 'interrupted':
      case 'closed':
        return undefined
    }
  }
}
