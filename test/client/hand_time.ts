import type { Clock, Timer, Timers } from '../../src/runtime/index.ts'

class HandTimer implements Timer {
  atMS = Number.POSITIVE_INFINITY
  readonly #fire: () => void

  constructor(fire: () => void) {
    this.#fire = fire
  }

  armAt(atMS: number): void {
    this.atMS = atMS
  }

  disarm(): void {
    this.atMS = Number.POSITIVE_INFINITY
  }

  setRef(): void {}

  fireBy(nowMS: number): void {
    if (this.atMS > nowMS) return
    this.disarm()
    this.#fire()
  }
}

/** Time for a Runtime with real sockets: it stands still but when a test moves it, however slow the machine is. */
export class HandTime {
  #nowMS = 0
  readonly #timers: HandTimer[] = []
  readonly clock: Clock = { nowMS: () => this.#nowMS, epochMS: () => this.#nowMS }
  readonly timers: Timers = {
    create: fire => {
      const timer = new HandTimer(fire)
      this.#timers.push(timer)
      return timer
    }
  }

  /** Fires what is due within so many milliseconds, in the order in which it was made. */
  advance(byMS: number): void {
    this.#nowMS += byMS
    for (const timer of this.#timers) timer.fireBy(this.#nowMS)
  }
}
