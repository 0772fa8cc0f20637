/**
 * What a client has in progress: operations, and what takes several, such as a `toArray`. A graceful shutdown refuses new
 * ones and waits for these.
 */
export class Activities {
  readonly #running = new Set<object>()
  #closing = false
  #onQuiet: (() => void) | undefined

  get size(): number {
    return this.#running.size
  }

  /** Whether new ones are refused. */
  get closing(): boolean {
    return this.#closing
  }

  has(activity: object): boolean {
    return this.#running.has(activity)
  }

  enter(activity: object): void {
    this.#running.add(activity)
  }

  leave(activity: object): void {
    this.#running.delete(activity)
    this.#tellIfQuiet()
  }

  /** From now on new ones are refused; `onQuiet` is called once none is left, perhaps at once. */
  close(onQuiet: () => void): void {
    this.#closing = true
    this.#onQuiet = onQuiet
    this.#tellIfQuiet()
  }

  /** For those that rest between two attempts, and so hang on nothing that ends with the client. */
  *[Symbol.iterator](): Generator<object, void, undefined> {
    yield* this.#running
  }

  #tellIfQuiet(): void {
    if (this.#running.size > 0) return
    const onQuiet = this.#onQuiet
    this.#onQuiet = undefined
    onQuiet?.()
  }
}
