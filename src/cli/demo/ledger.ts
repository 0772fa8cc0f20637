/** What the load wrote, as far as the deployment has acknowledged it, and whether what is read agrees with that. */
import { counterCount } from './load_plan.ts'

/** An order: what it says follows from its number, so that whoever reads it can tell whether it is as it was written. */
export interface Order {
  readonly _id: number
  readonly worker: number
  readonly amount: number
}

export interface CounterDocument {
  readonly _id: number
  readonly count: number
}

/** Numbers of one worker's orders begin at its own multiple of this. */
const ordersOfWorkerMax = 1_000_000_000
const amountPrime = 7_919
const amountMax = 100_000

export function orderOf(worker: number, sequence: number): Order {
  const _id = worker * ordersOfWorkerMax + sequence
  return { _id, worker, amount: (_id * amountPrime) % amountMax }
}

/** What is wrong with an order that was read; undefined: nothing. */
export function problemOf(read: Partial<Order>): string | undefined {
  const id = read._id ?? Number.NaN
  const written = orderOf(Math.floor(id / ordersOfWorkerMax), id % ordersOfWorkerMax)
  if (read.worker === written.worker && read.amount === written.amount) return undefined
  return `order ${id} was written with worker ${written.worker} and amount ${written.amount}, and read with ${read.worker} and ${read.amount}`
}

interface CounterState {
  /** Raised so often for certain. */
  acknowledged: number
  /** And perhaps so often more: the update failed, and nobody knows whether it was applied. */
  unknown: number
}

export class Ledger {
  readonly #orders = new Map<number, Order>()
  /** Their insert or delete failed, and nobody knows whether it was applied. */
  readonly #unknownOrders = new Set<number>()
  readonly #counters: CounterState[] = Array.from({ length: counterCount }, () => ({ acknowledged: 0, unknown: 0 }))

  inserted(order: Order): void {
    this.#orders.set(order._id, order)
  }

  deleted({ _id }: Order): void {
    this.#orders.delete(_id)
  }

  /** The order's insert or delete failed. */
  orderUnknown({ _id }: Order): void {
    this.#orders.delete(_id)
    this.#unknownOrders.add(_id)
  }

  raised(counter: number): void {
    this.#counter(counter).acknowledged++
  }

  counterUnknown(counter: number): void {
    this.#counter(counter).unknown++
  }

  /** Everything that differs from what was acknowledged, given all that is stored at the end. */
  problems(orders: readonly Order[], counters: readonly CounterDocument[]): string[] {
    return [...this.#orderProblems(orders), ...this.#counterProblems(counters)]
  }

  #orderProblems(orders: readonly Order[]): string[] {
    const read = new Map(orders.map(order => [order._id, order]))
    const wrong = orders.map(problemOf).filter(problem => problem !== undefined)
    const lost = [...this.#orders.keys()]
      .filter(id => !read.has(id))
      .map(id => `order ${id} was acknowledged and is lost`)
    const extra = [...read.keys()]
      .filter(id => !this.#orders.has(id) && !this.#unknownOrders.has(id))
      .map(id => `order ${id} was deleted or never written, and is there`)
    return [...wrong, ...lost, ...extra]
  }

  #counterProblems(counters: readonly CounterDocument[]): string[] {
    const read = new Map(counters.map(({ _id, count }) => [_id, count]))
    return this.#counters.flatMap(({ acknowledged, unknown }, id) => {
      const count = read.get(id) ?? 0
      if (count >= acknowledged && count <= acknowledged + unknown) return []
      const doubt = unknown === 0 ? '' : ` (${unknown} more updates failed)`
      return [`counter ${id} was raised ${acknowledged} times${doubt}, and stands at ${count}`]
    })
  }

  #counter(index: number): CounterState {
    const state = this.#counters[index]
    if (state === undefined) throw new RangeError(`there is no counter ${index}; there are ${counterCount}`)
    return state
  }
}
