import { delayMaxMS } from '../delays.ts'
import type { Clock, Timer, Timers } from '../runtime.ts'
import { outside } from './outside.ts'

export function nodeTimers(clock: Clock): Timers {
  return { create: fire => new NodeTimer(clock, fire) }
}

class NodeTimer implements Timer {
  readonly #clock: Clock
  readonly #fire: () => void
  readonly #wake = (): void => this.#woken()
  #atMS = Infinity
  #timeout: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined
  #ref = true

  constructor(clock: Clock, fire: () => void) {
    this.#clock = clock
    this.#fire = fire
  }

  armAt(atMS: number): void {
    if (Number.isNaN(atMS)) throw new RangeError('A timer was armed at NaN ms; the time must be a number')
    this.disarm()
    if (atMS === Infinity) return
    this.#atMS = atMS
    this.#wait(atMS - this.#clock.nowMS())
  }

  disarm(): void {
    this.#atMS = Infinity
    if (this.#timeout !== undefined) clearTimeout(this.#timeout)
    if (this.#immediate !== undefined) clearImmediate(this.#immediate)
    this.#timeout = undefined
    this.#immediate = undefined
  }

  setRef(on: boolean): void {
    this.#ref = on
    this.#applyRef()
  }

  #wait(delayMS: number): void {
    if (delayMS <= 0) this.#immediate = outside.runInAsyncScope(setImmediate, undefined, this.#wake)
    else {
      const wholeMS = Math.min(Math.ceil(delayMS), delayMaxMS)
      this.#timeout = outside.runInAsyncScope(setTimeout, undefined, this.#wake, wholeMS)
    }
    if (!this.#ref) this.#applyRef()
  }

  #applyRef(): void {
    if (this.#ref) {
      this.#timeout?.ref()
      this.#immediate?.ref()
    } else {
      this.#timeout?.unref()
      this.#immediate?.unref()
    }
  }

  /** Too early when the delay was cut to what a timer holds, or when Node's coarser clock rounded it down. */
  #woken(): void {
    this.#timeout = undefined
    this.#immediate = undefined
    const remainingMS = this.#atMS - this.#clock.nowMS()
    if (remainingMS > 0) {
      this.#wait(remainingMS)
      return
    }
    this.#atMS = Infinity
    this.#fire()
  }
}
