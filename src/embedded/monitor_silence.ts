import type { Caller } from './caller.ts'

/** A fault on call: while it is on, the hellos of monitors get no answer. */
export class MonitorSilence {
  readonly #waiting = new Set<() => void>()
  #on = false

  set(on: boolean): void {
    this.#on = on
    if (!on) for (const wake of this.#waiting) wake()
  }

  /** Resolves when there is no silence. */
  async end(caller: Caller): Promise<void> {
    while (this.#on) await caller.pause(Infinity, wake => this.#untilWoken(wake))
  }

  #untilWoken(wake: () => void): () => void {
    this.#waiting.add(wake)
    return () => {
      this.#waiting.delete(wake)
    }
  }
}
