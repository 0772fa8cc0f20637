/** A small service, as its own tests see it: see `testing_a_service.ts`. */
import { type Collection, type Db, MongoServerError } from 'cenote'

export interface Order {
  readonly _id: string
  readonly sku: string
  readonly count: number
}

/** The number of an order is taken already. */
export class OrderExistsError extends Error {}

export class OrderBook {
  readonly #orders: Collection<Order>

  constructor(db: Db) {
    this.#orders = db.collection<Order>('orders')
  }

  async place(order: Order): Promise<void> {
    try {
      await this.#orders.insertOne(order)
    } catch (error) {
      if (error instanceof MongoServerError && error.code === 11_000)
        throw new OrderExistsError(`there is an order ${order._id}`, { cause: error })
      throw error
    }
  }

  /** How many of each article are ordered, the most wanted first. */
  async demand(): Promise<Record<string, number>> {
    const groups = this.#orders.aggregate<{ readonly _id: string; readonly count: number }>([
      { $group: { _id: '$sku', count: { $sum: '$count' } } },
      { $sort: { count: -1, _id: 1 } }
    ])
    return Object.fromEntries((await groups.toArray()).map(({ _id, count }) => [_id, count]))
  }
}
