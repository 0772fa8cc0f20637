/** What a heap holds remembers its own place there, so that it can leave or move without a search. */
export interface HeapItem {
  /** Owned by the heap; -1 while the item is in none. */
  heapIndex: number
}

/** A binary heap, for deadlines and for the virtual Runtime's events. `precedes` must be a total order. */
export class Heap<Item extends HeapItem> {
  readonly #items: Item[] = []
  readonly #precedes: (one: Item, other: Item) => boolean

  constructor(precedes: (one: Item, other: Item) => boolean) {
    this.#precedes = precedes
  }

  get size(): number {
    return this.#items.length
  }

  first(): Item | undefined {
    return this.#items[0]
  }

  add(item: Item): void {
    this.#items.push(item)
    this.#rise(item, this.#items.length - 1)
  }

  remove(item: Item): void {
    const index = item.heapIndex
    const last = this.#items.pop()
    item.heapIndex = -1
    if (last === undefined || last === item) return
    last.heapIndex = index
    this.moved(last)
  }

  /** The item's key has changed. */
  moved(item: Item): void {
    this.#rise(item, item.heapIndex)
    this.#sink(item, item.heapIndex)
  }

  #rise(item: Item, from: number): void {
    let index = from
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = this.#items[parentIndex]
      if (parent === undefined || !this.#precedes(item, parent)) break
      this.#place(parent, index)
      index = parentIndex
    }
    this.#place(item, index)
  }

  #sink(item: Item, from: number): void {
    let index = from
    for (;;) {
      const left = this.#items[2 * index + 1]
      if (left === undefined) break
      const right = this.#items[2 * index + 2]
      const child = right !== undefined && this.#precedes(right, left) ? right : left
      if (!this.#precedes(child, item)) break
      const childIndex = child.heapIndex
      this.#place(child, index)
      index = childIndex
    }
    this.#place(item, index)
  }

  #place(item: Item, index: number): void {
    this.#items[index] = item
    item.heapIndex = index
  }
}
