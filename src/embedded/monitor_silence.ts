import type { Caller } from './caller.ts'
import { Signal } from './signal.ts'

/** A fault on call: while it is on, the hellos of monitors get no answer. */
export class MonitorSilence {
  readonly #ended = new Signal()
  #on = false

  set(on: boolean): void {
    this.#on = on
    if (!on) this.#ended.notify()
  }

  /** Resolves when there is no silence. */
  async end(caller: Caller): Promise<void> {
    while (this.#on) await caller.pause(Infinity, wake => this.#ended.subscribe(wake))
  }
}
