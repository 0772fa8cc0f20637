import type { Timer, Timers } from '../runtime.ts'
import type { Schedule, ScheduledEvent } from './schedule.ts'
import type { Trace } from './trace.ts'

export class VirtualTimers implements Timers {
  readonly #schedule: Schedule
  readonly #trace: Trace
  readonly #armed = new Set<VirtualTimer>()
  #created = 0

  constructor(schedule: Schedule, trace: Trace) {
    this.#schedule = schedule
    this.#trace = trace
  }

  get armed(): number {
    return this.#armed.size
  }

  create(fire: () => void): Timer {
    const id = ++this.#created
    return new VirtualTimer(this.#schedule, this.#armed, () => {
      this.#trace.record('timer', `${id}`)
      fire()
    })
  }
}

class VirtualTimer implements Timer, ScheduledEvent {
  atMS = Infinity
  sequence = 0
  heapIndex = -1
  readonly #schedule: Schedule
  readonly #armed: Set<VirtualTimer>
  readonly #fire: () => void

  constructor(schedule: Schedule, armed: Set<VirtualTimer>, fire: () => void) {
    this.#schedule = schedule
    this.#armed = armed
    this.#fire = fire
  }

  armAt(atMS: number): void {
    if (atMS === Infinity) {
      this.disarm()
      return
    }
    this.#schedule.put(this, atMS)
    this.#armed.add(this)
  }

  disarm(): void {
    this.#armed.delete(this)
    this.#schedule.drop(this)
  }

  /** A virtual run lasts as long as its main: no timer keeps it alive. */
  setRef(): void {}

  happen(): void {
    this.#armed.delete(this)
    this.#fire()
  }
}
