import { type Fill, fillCopies } from './fill_copies.ts'

/** How many of the process's copies have keys: for good, since a copy that has met two keys in a line is as slow as any. */
let given = 0

/** Fill copies for one client, so that no server takes those of all others. */
export class Fills {
  #left: number

  constructor(max: number) {
    this.#left = max
  }

  /** So many copies that fill nothing yet; undefined when there are not as many left. */
  next(count: number): Fill[] | undefined {
    if (this.#left < count || given + count > fillCopies.length) return undefined
    this.#left -= count
    given += count
    return fillCopies.slice(given - count, given)
  }
}
