import { delayMaxMS } from './delays.ts'
import { Heap, type HeapItem } from './heap.ts'
import type { Clock, Timer, Timers } from './runtime.ts'

/**
 * Deadlines on one timer: a linked list for each distinct duration, linked through the entry itself, so that joining and
 * leaving cost no allocation. Entries of one duration expire in the order in which they came.
 */
export interface DeadlineEntry {
  /** Monotonic milliseconds; set by `Deadlines.add`. */
  deadlineMS: number
  deadlinePrevious: DeadlineEntry | undefined
  deadlineNext: DeadlineEntry | undefined
  /** The list that holds the entry, or undefined. Owned by `Deadlines`. */
  deadlineList: unknown
  /** Called in a timer's turn, after the entry has left its list. */
  expired(nowMS: number): void
}

/** So many emptied lists are kept for the next entry of their duration. A service uses few durations, again and again. */
const emptyListsMax = 64

/** The entries of one duration. They joined in the order of their deadlines, so the head is the earliest. */
class DeadlineList implements HeapItem {
  readonly owner: Deadlines
  readonly durationMS: number
  head: DeadlineEntry | undefined
  tail: DeadlineEntry | undefined
  heapIndex = -1

  constructor(owner: Deadlines, durationMS: number) {
    this.owner = owner
    this.durationMS = durationMS
  }
}

/**
 * Entries expire in the order of their deadlines, and of their adding where these are equal. An expiry may remove and add
 * any entries. The lists that hold entries stand in a heap by their heads, so that an entry costs O(log of the distinct
 * durations in use), and nothing that grows with the number of entries.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #timer: Timer
  readonly #lists = new Map<number, DeadlineList>()
  readonly #occupied = new Heap<DeadlineList>(expiresBefore)
  #size = 0
  /** When the timer fires: at the earliest deadline or before it; `Infinity` while it is disarmed. */
  #armedAtMS = Infinity

  constructor(clock: Clock, timers: Timers) {
    this.#clock = clock
    this.#timer = timers.create(() => this.#fire())
  }

  get size(): number {
    return this.#size
  }

  /**
   * Lets `entry` expire `durationMS` from now: rounded up to whole milliseconds, at least 1, at most 2^31 - 1 (24.8 days).
   * Throws if the entry has a deadline already, or if the duration is not finite: who has no limit adds no entry.
   */
  add(entry: DeadlineEntry, durationMS: number): void {
    if (entry.deadlineList !== undefined) {
      throw new Error('The entry has a deadline already; remove it before it is added again')
    }
    const list = this.#listOf(wholeDurationMS(durationMS))
    entry.deadlineMS = this.#clock.nowMS() + list.durationMS
    entry.deadlineList = list
    entry.deadlinePrevious = list.tail
    if (list.tail === undefined) {
      list.head = entry
      this.#occupied.add(list)
    } else {
      list.tail.deadlineNext = entry
    }
    list.tail = entry
    this.#size++
    if (entry.deadlineMS < this.#armedAtMS) this.#arm(entry.deadlineMS)
  }

  /** Nothing happens if the entry has no deadline, or has expired. */
  remove(entry: DeadlineEntry): void {
    const list = entry.deadlineList
    if (!(list instanceof DeadlineList)) return
    if (list.owner !== this) throw new Error('The entry has its deadline elsewhere; remove it there')
    this.#unlink(entry, list)
    // While others remain the timer stays as it is: at worst it fires once with nothing due, which costs less than arming
    // it anew whenever the earliest operation ends.
    if (this.#size === 0 && this.#armedAtMS !== Infinity) this.#disarm()
  }

  #listOf(durationMS: number): DeadlineList {
    const known = this.#lists.get(durationMS)
    if (known !== undefined) return known
    const list = new DeadlineList(this, durationMS)
    this.#lists.set(durationMS, list)
    return list
  }

  #unlink(entry: DeadlineEntry, list: DeadlineList): void {
    const previous = entry.deadlinePrevious
    const next = entry.deadlineNext
    if (next === undefined) list.tail = previous
    else next.deadlinePrevious = previous
    if (previous !== undefined) {
      previous.deadlineNext = next
    } else {
      list.head = next
      if (next !== undefined) this.#occupied.moved(list)
      else this.#emptied(list)
    }
    entry.deadlinePrevious = undefined
    entry.deadlineNext = undefined
    entry.deadlineList = undefined
    this.#size--
  }

  #emptied(list: DeadlineList): void {
    this.#occupied.remove(list)
    if (this.#lists.size - this.#occupied.size > emptyListsMax) this.#lists.delete(list.durationMS)
  }

  #fire(): void {
    const nowMS = this.#clock.nowMS()
    try {
      for (;;) {
        // The heap's first list has the earliest head of all.
        const list = this.#occupied.first()
        const entry = list?.head
        if (list === undefined || entry === undefined || entry.deadlineMS > nowMS) break
        this.#unlink(entry, list)
        entry.expired(nowMS)
      }
    } finally {
      // Also when an expiry has thrown: the others keep their deadlines.
      const head = this.#occupied.first()?.head
      if (head === undefined) this.#disarm()
      else this.#arm(head.deadlineMS)
    }
  }

  #arm(atMS: number): void {
    this.#armedAtMS = atMS
    this.#timer.armAt(atMS)
  }

  #disarm(): void {
    this.#armedAtMS = Infinity
    this.#timer.disarm()
  }
}

function expiresBefore(one: DeadlineList, other: DeadlineList): boolean {
  const oneMS = one.head?.deadlineMS ?? Infinity
  const otherMS = other.head?.deadlineMS ?? Infinity
  // Of two equal deadlines that of the longer duration was added earlier: durations differ by a whole millisecond or more.
  return oneMS < otherMS || (oneMS === otherMS && one.durationMS > other.durationMS)
}

function wholeDurationMS(durationMS: number): number {
  if (!Number.isFinite(durationMS)) {
    throw new RangeError(`A deadline needs a finite duration, not ${durationMS} ms; without a limit add no entry`)
  }
  return Math.min(Math.max(Math.ceil(durationMS), 1), delayMaxMS)
}
