/**
 * What `for await` goes through: one promise for an item, where an async generator takes three. What it reads from keeps
 * all state, so that several iterations of one cursor share its documents.
 */
export class CursorIterator<Item> implements AsyncGenerator<Item, void, undefined> {
  readonly #read: () => Promise<IteratorResult<Item, void>>
  readonly #close: () => Promise<void>

  /** `close` never fails, and ends what `read` gives. */
  constructor(read: () => Promise<IteratorResult<Item, void>>, close: () => Promise<void>) {
    this.#read = read
    this.#close = close
  }

  next(): Promise<IteratorResult<Item, void>> {
    return this.#read()
  }

  /** A loop was left early. */
  async return(): Promise<IteratorResult<Item, void>> {
    await this.#close()
    return { done: true, value: undefined }
  }

  async throw(reason: unknown): Promise<IteratorResult<Item, void>> {
    await this.#close()
    throw reason
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}
