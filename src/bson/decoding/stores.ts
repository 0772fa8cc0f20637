import { type Store, storeCopies } from './store_copies.ts'

/** How many of the process's copies have a key: for good, since a copy that has met two keys is as slow as any. */
let given = 0

/** Store copies for one client, so that no server takes those of all others. */
export class Stores {
  #left: number

  constructor(max: number) {
    this.#left = max
  }

  /** A copy that stores nothing yet; undefined when there is none left. */
  next(): Store | undefined {
    if (this.#left === 0 || given === storeCopies.length) return undefined
    this.#left--
    return storeCopies[given++]
  }
}
