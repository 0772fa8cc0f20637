import { Heap, type HeapItem } from '../heap.ts'
import { detached } from '../node/outside.ts'
import { nextTurn } from '../node/turn.ts'

/** Something that happens at a virtual time. It may be scheduled again after it has happened, or moved before. */
export interface ScheduledEvent extends HeapItem {
  /** Set by the schedule. */
  atMS: number
  /** Set by the schedule: simultaneous events happen in the order in which they were scheduled. */
  sequence: number
  happen(): void
}

export interface ScheduleLimits {
  readonly eventsMax: number
  readonly virtualMSMax: number
}

/** Virtual time: it stands still while anything runs, and leaps to the next event when nothing does. */
export class Schedule {
  readonly #events = new Heap<ScheduledEvent>(happensBefore)
  readonly #limits: ScheduleLimits
  #nowMS = 0
  #sequence = 0
  #happened = 0
  #running = false

  constructor(limits: ScheduleLimits) {
    this.#limits = limits
  }

  get nowMS(): number {
    return this.#nowMS
  }

  /** A time that has passed means now, after all else that is due now. An event that is scheduled already moves. */
  put(event: ScheduledEvent, atMS: number): void {
    const whenMS = Math.max(atMS, this.#nowMS)
    if (!Number.isFinite(whenMS)) throw new RangeError(`An event at virtual time ${atMS} ms cannot be scheduled`)
    event.atMS = whenMS
    event.sequence = this.#sequence++
    if (event.heapIndex < 0) this.#events.add(event)
    else this.#events.moved(event)
  }

  drop(event: ScheduledEvent): void {
    if (event.heapIndex >= 0) this.#events.remove(event)
  }

  at(atMS: number, happen: () => void): void {
    this.put({ atMS, sequence: 0, heapIndex: -1, happen }, atMS)
  }

  /** One event, then one real macrotask, so that all microtasks have run; and so on until `main` has settled. */
  async run<T>(main: () => Promise<T>): Promise<T> {
    if (this.#running)
      throw new Error('run was called while it runs already; a virtual Runtime runs one main at a time')
    this.#running = true
    try {
      let settled = false
      const settle = (): void => {
        settled = true
      }
      const result = main()
      result.then(settle, settle)
      await nextTurn()
      while (!settled) {
        detached(() => this.#next().happen())
        await nextTurn()
      }
      return await result
    } finally {
      this.#running = false
    }
  }

  #next(): ScheduledEvent {
    const event = this.#events.first()
    if (event === undefined) {
      throw new Error(
        `At virtual time ${this.#nowMS} ms main is pending and nothing is left that could wake it: no timer is armed and ` +
          'nothing is on its way in the network. (What main does outside the Runtime, such as a real file, is not seen.)'
      )
    }
    const { eventsMax, virtualMSMax } = this.#limits
    if (event.atMS > virtualMSMax) {
      throw new Error(
        `main is pending and the next event is at virtual time ${event.atMS} ms, past the limit virtualMSMax ` +
          `(${virtualMSMax} ms)`
      )
    }
    if (this.#happened === eventsMax) {
      throw new Error(
        `At virtual time ${this.#nowMS} ms main is pending after ${eventsMax} events, the limit eventsMax: either it runs ` +
          'in a circle or the limit must be raised'
      )
    }
    this.#happened++
    this.#events.remove(event)
    this.#nowMS = event.atMS
    return event
  }
}

function happensBefore(one: ScheduledEvent, other: ScheduledEvent): boolean {
  return one.atMS < other.atMS || (one.atMS === other.atMS && one.sequence < other.sequence)
}
