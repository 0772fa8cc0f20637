/** A thread of a case: does what it is given, one after the other, beside the case itself. */
export class TestThread {
  #tail: Promise<void> = Promise.resolve()

  run(work: () => Promise<void>): void {
    this.#tail = this.#tail.then(work)
    // Whoever waits for the thread is told; until then its failure is nobody's.
    this.#tail.catch(() => undefined)
  }

  /** Resolves when it has done all; rejects with its first failure. */
  finished(): Promise<void> {
    return this.#tail
  }
}
