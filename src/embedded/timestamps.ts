import { Timestamp } from '../bson/index.ts'
import type { Clock } from '../runtime/index.ts'

/** Timestamps that grow: seconds since 1970, and a count within the second. */
export class Timestamps {
  readonly #clock: Clock
  #seconds = 0
  #increment = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  next(): Timestamp {
    const seconds = Math.floor(this.#clock.epochMS() / 1000)
    // A clock that was set back does not set the timestamps back.
    if (seconds > this.#seconds) {
      this.#seconds = seconds
      this.#increment = 0
    }
    this.#increment++
    return new Timestamp({ t: this.#seconds, i: this.#increment })
  }
}
