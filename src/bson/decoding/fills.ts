import type { Fill } from './fill_copies.ts'

/** Lines of a fill copy: fields that it fills. */
export const fieldsOfFill = 16

/** None until they are loaded. */
let copies: readonly Fill[] = []
/** How many of the process's copies have keys: for good, since a copy that has met two keys in a line is as slow as any. */
let given = 0
let loading: Promise<void> | undefined

/**
 * Loads the copies for the process. They come in a file of their own, when documents first come again: their text alone
 * would be a thirtieth of what it takes to import the driver. Where the file is missing, as it may be in a program that was
 * bundled into one, objects are filled key by key.
 */
export function loadFillCopies(): Promise<void> {
  loading ??= import('./fill_copies.ts').then(
    ({ fillCopies }) => {
      copies = fillCopies
    },
    () => undefined
  )
  return loading
}

/** Fill copies for one client, so that no server takes those of all others. */
export class Fills {
  #left: number

  constructor(max: number) {
    this.#left = max
  }

  /** So many copies that fill nothing yet; undefined when there are not as many left, or none yet. */
  next(count: number): readonly Fill[] | undefined {
    if (this.#left < count || given + count > copies.length) return undefined
    this.#left -= count
    given += count
    return copies.slice(given - count, given)
  }
}
