const firstDelayMS = 100
const delayMSMax = 10_000

/**
 * Delays the population of a pool after a dial that failed: 100 ms doubled up to 10 s, each with a jitter of half. Only a
 * dial that succeeds resets it. Dials that a waiter needs are not delayed.
 */
export class BackOff {
  #failures = 0
  /** Until when no dial is made for population's sake. */
  untilMS = 0

  /** Dials of one wave fail together: while the delay runs, further failures count as the same one. */
  failed(nowMS: number, fraction: number): void {
    if (nowMS < this.untilMS) return
    const fullMS = Math.min(delayMSMax, firstDelayMS * 2 ** this.#failures)
    this.#failures = Math.min(this.#failures + 1, 30)
    this.untilMS = nowMS + fullMS * (0.5 + fraction / 2)
  }

  succeeded(): void {
    this.#failures = 0
    this.untilMS = 0
  }
}
