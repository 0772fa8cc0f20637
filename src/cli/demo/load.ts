import type { Collection, Db } from '../../client/index.ts'
import type { Chance, Runtime } from '../../runtime/index.ts'
import { type CounterDocument, Ledger, type Order, orderOf, problemOf } from './ledger.ts'
import { type LoadOperation, nextStep, ordersMax, type Step } from './load_plan.ts'
import { pause } from './pause.ts'

/** How many operations can be in progress at once. */
export const workerCount = 48
/** After a failure a worker rests so long: what fails at once must not flood the terminal, nor the deployment. */
const restAfterFailureMS = 1_000

export interface LoadSetup {
  readonly runtime: Runtime
  readonly database: Db
  readonly chance: Chance
  /** An operation failed, or read what was not written. */
  readonly failed: (text: string) => void
  /** A write was acknowledged. */
  readonly wrote: () => void
}

/** What was compared at the end, on the primary. */
export interface Verification {
  readonly orders: number
  readonly counters: number
}

/** Reads and writes by many workers at once: writes and some reads on the primary, the other reads on secondaries. */
export class Load {
  readonly #setup: LoadSetup
  readonly #ledger = new Ledger()
  readonly #counts = new Map<LoadOperation, number>()
  readonly #orders: Collection<Order>
  readonly #ordersOnSecondaries: Collection<Order>
  readonly #counters: Collection<CounterDocument>

  constructor(setup: LoadSetup) {
    this.#setup = setup
    const { database } = setup
    this.#orders = database.collection('orders', { readPreference: 'primary' })
    this.#ordersOnSecondaries = database.collection('orders', { readPreference: 'secondaryPreferred' })
    this.#counters = database.collection('counters', { readPreference: 'primary' })
  }

  /** Operations that have ended, those that failed included. */
  get counts(): ReadonlyMap<LoadOperation, number> {
    return this.#counts
  }

  /** Runs until `stop`; then what is in progress ends by itself, or with `abort`. Never rejects. */
  async run(stop: AbortSignal, abort: AbortSignal): Promise<void> {
    const startedMS = this.#setup.runtime.clock.nowMS()
    const work = async (worker: number): Promise<void> => {
      const own: Order[] = []
      for (let sequence = 0; !stop.aborted; sequence++) {
        const elapsedMS = this.#setup.runtime.clock.nowMS() - startedMS
        const step = nextStep(this.#setup.chance, own.length, elapsedMS)
        const succeeded = await this.#take(step, orderOf(worker, sequence), own, abort)
        await pause(this.#setup.runtime, succeeded ? step.pauseMS : restAfterFailureMS, stop)
      }
    }
    await Promise.all(Array.from({ length: workerCount }, (_, worker) => work(worker)))
  }

  /**
   * Reads everything from the primary, and tells what differs from what was acknowledged.
   * @throws what the reads fail with.
   */
  async verify(timeoutMS: number): Promise<Verification> {
    const [orders, counters] = await Promise.all([
      this.#orders.find({}, { timeoutMS }).toArray(),
      this.#counters.find({}, { timeoutMS }).toArray()
    ])
    for (const problem of this.#ledger.problems(orders, counters)) this.#setup.failed(problem)
    return { orders: orders.length, counters: counters.length }
  }

  /** Whether it went well. `fresh` is the order that an insert writes; `own` are those that the worker has. */
  async #take(step: Step, fresh: Order, own: Order[], signal: AbortSignal): Promise<boolean> {
    let problem: string | undefined
    try {
      problem = await this.#operate(step, fresh, own, signal)
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error)
    }
    this.#counts.set(step.operation, (this.#counts.get(step.operation) ?? 0) + 1)
    if (problem === undefined) return true
    this.#setup.failed(`${step.operation}: ${problem}`)
    return false
  }

  /** Resolves with what is wrong with the answer. */
  #operate(step: Step, fresh: Order, own: Order[], signal: AbortSignal): Promise<string | undefined> {
    switch (step.operation) {
      case 'insertOne':
        return this.#insert(fresh, own, signal)
      case 'updateOne':
        return this.#raise(step.counter, signal)
      case 'deleteOne':
        return this.#delete(own, signal)
      case 'findOne':
        return this.#findOwn(own[step.order], signal)
      case 'find':
        return this.#findOnSecondaries(fresh.worker, signal)
      case 'countDocuments':
        return this.#countOnSecondaries(fresh.worker, signal)
    }
  }

  async #insert(order: Order, own: Order[], signal: AbortSignal): Promise<string | undefined> {
    await orElse(this.#orders.insertOne(order, { signal }), () => this.#ledger.orderUnknown(order))
    this.#ledger.inserted(order)
    own.push(order)
    this.#setup.wrote()
    return undefined
  }

  async #raise(counter: number, signal: AbortSignal): Promise<string | undefined> {
    const update = this.#counters.updateOne({ _id: counter }, { $inc: { count: 1 } }, { upsert: true, signal })
    await orElse(update, () => this.#ledger.counterUnknown(counter))
    this.#ledger.raised(counter)
    this.#setup.wrote()
    return undefined
  }

  async #delete(own: Order[], signal: AbortSignal): Promise<string | undefined> {
    const order = own.shift()
    if (order === undefined) return undefined
    const deleted = this.#orders.deleteOne({ _id: order._id }, { signal })
    const { deletedCount } = await orElse(deleted, () => this.#ledger.orderUnknown(order))
    this.#ledger.deleted(order)
    this.#setup.wrote()
    return deletedCount === 1 ? undefined : `order ${order._id} was acknowledged, and was not there`
  }

  /** The primary has what it acknowledged, also after a failover. */
  async #findOwn(order: Order | undefined, signal: AbortSignal): Promise<string | undefined> {
    if (order === undefined) return undefined
    const found = await this.#orders.findOne({ _id: order._id }, { signal })
    return found === null ? `order ${order._id} was acknowledged, and was not found` : problemOf(found)
  }

  /** A secondary may be behind, but what it has is whole. */
  async #findOnSecondaries(worker: number, signal: AbortSignal): Promise<string | undefined> {
    const found = await this.#ordersOnSecondaries.find({ worker }, { signal }).toArray()
    return found.map(problemOf).find(problem => problem !== undefined)
  }

  async #countOnSecondaries(worker: number, signal: AbortSignal): Promise<string | undefined> {
    const count = await this.#ordersOnSecondaries.countDocuments({ worker }, { signal })
    return count <= ordersMax ? undefined : `worker ${worker} has ${count} orders, and never had more than ${ordersMax}`
  }
}

async function orElse<T>(promise: Promise<T>, failed: () => void): Promise<T> {
  try {
    return await promise
  } catch (error) {
    failed()
    throw error
  }
}
