/** First in, first out, in constant time: an array whose read items are cut off once they are the larger half. */
export class Fifo<Item> {
  #items: (Item | undefined)[] = []
  #first = 0

  get size(): number {
    return this.#items.length - this.#first
  }

  push(item: Item): void {
    this.#items.push(item)
  }

  /** The oldest item, or undefined when there is none. */
  shift(): Item | undefined {
    if (this.size === 0) return undefined
    const item = this.#items[this.#first]
    // The slot must not keep the item alive until the next cut.
    this.#items[this.#first] = undefined
    this.#first += 1
    if (this.#first === this.#items.length) this.clear()
    else if (this.#first * 2 > this.#items.length) this.#cut()
    return item
  }

  clear(): void {
    this.#items.length = 0
    this.#first = 0
  }

  #cut(): void {
    this.#items.splice(0, this.#first)
    this.#first = 0
  }
}
