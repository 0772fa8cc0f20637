/**
 * Counts what operations cost this process, everything in it included: 10 workers that each await in a loop. Prints the
 * counts as JSON. Arguments: the connection string, the operation, how many of them each worker does, and `listened` to
 * have a listener of the pool's events, or `traced` to have spans.
 */
import { createHook } from 'node:async_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { loadFillCopies } from '../../src/bson/decoding/fills.ts'
import { MongoClient, type MongoClientOptions, type Span } from '../../src/client/index.ts'
import { collections } from '../../benchmarks/server/collections.ts'

export interface Cost {
  readonly promises: number
  /** What the same workers make when an operation is one promise and nothing else. */
  readonly floorPromises: number
  /** Timeouts and immediates that were made. */
  readonly timers: number
  /** That the loops among the operations have gone through. */
  readonly documents: number
  readonly events: number
  readonly spans: number
  /** What kept the process alive, before and after. */
  readonly resourcesBefore: readonly string[]
  readonly resourcesAfter: readonly string[]
}

const workers = 10

type Operation = () => Promise<unknown>

const operations: Readonly<Record<string, (client: MongoClient, database: string) => Operation>> = {
  ping: (client, database) => {
    const db = client.db(database)
    return () => db.command({ ping: 1 })
  },
  findOne: (client, database) => {
    const collection = client.db(database).collection<{ _id: number }>(collections.small)
    return () => collection.findOne({ _id: 1 })
  },
  insertOne: (client, database) => {
    const collection = client.db(database).collection('orders')
    return () => collection.insertOne({ sku: 'a1', count: 2 })
  },
  toArray: (client, database) => {
    const collection = client.db(database).collection(collections.thousand)
    return () => collection.find().toArray()
  },
  iteration: (client, database) => {
    const collection = client.db(database).collection(collections.thousand)
    return async () => {
      for await (const document of collection.find()) seen += Number('_id' in document)
    }
  },
  batches: (client, database) => {
    const collection = client.db(database).collection(collections.thousand)
    return async () => {
      for await (const documents of collection.find().batches()) seen += documents.length
    }
  }
}

/** Documents that loops have gone through. */
let seen = 0

const floor: Operation = () => new Promise<void>(resolve => process.nextTick(resolve))

async function work(operation: Operation, count: number): Promise<void> {
  for (let done = 0; done < count; done++) await operation()
}

async function run(operation: Operation, count: number): Promise<void> {
  const running: Promise<void>[] = []
  for (let worker = 0; worker < workers; worker++) running.push(work(operation, count))
  for (const each of running) await each
}

/** Every event object is frozen when it is made, and hardly anything else is. */
function countEvents(): { events: number } {
  const counted = { events: 0 }
  const { freeze } = Object
  Object.freeze = <T>(value: T): Readonly<T> => {
    if ((value as object).constructor.name.endsWith('Event')) counted.events++
    return freeze(value)
  }
  return counted
}

/** Asynchronous resources of all the process, by their type. */
const made = new Map<string, number>()

async function resourcesMadeBy(operation: Operation): Promise<{ promises: number; timers: number }> {
  made.clear()
  await run(operation, Number(operationsOfWorker))
  const count = (type: string): number => made.get(type) ?? 0
  return { promises: count('PROMISE'), timers: count('Timeout') + count('Immediate') }
}

/** Sees everything and keeps nothing. */
const span: Span = {
  setAttributes: () => undefined,
  setStatus: () => undefined,
  recordException: () => undefined,
  isRecording: () => true,
  end: () => void spansEnded++
}
let spansEnded = 0

/** What is there to be told of operations. */
const audiences: Readonly<Record<string, MongoClientOptions>> = {
  listened: { cmapEventHandler: () => undefined },
  traced: { tracing: { enabled: true, queryTextMaxLength: 100, tracer: { startSpan: () => span } } }
}

const [, , uri = '', name = '', operationsOfWorker = '1', audience = ''] = process.argv
const handle = operations[name]
if (handle === undefined) throw new Error(`the operations are ${Object.keys(operations).join(', ')}, not "${name}"`)
// Otherwise it is done behind the first hundred documents, and leaves things of its own.
await loadFillCopies()
// All other options are the defaults. The connections are there from the start, since a dial has timers of its own.
const minPoolSize = workers
const client = new MongoClient(uri, { minPoolSize, ...audiences[audience] })
// From before the warm-up on: a promise that is older than the hook counts when it is first resumed.
createHook({ init: (_id, type) => void made.set(type, (made.get(type) ?? 0) + 1) }).enable()
await client.warmUp()
// When the warm-up is over each of the ten connections has been told a cluster time, and nothing is left to be done.
await run(handle(client, 'warmUp'), Math.ceil(Number(operationsOfWorker) / 3))
// The first check of the round-trip time arms the timer of the next one when it ends.
while (client.connections().some(({ purpose, activity }) => purpose !== 'monitor' && activity !== 'idle'))
  await nextTurn()
// Both from here, so that awaiting them counts alike.
const { promises: floorPromises } = await resourcesMadeBy(floor)
const resourcesBefore = process.getActiveResourcesInfo().sort()
const counted = countEvents()
seen = 0
spansEnded = 0
const measured = await resourcesMadeBy(handle(client, 'measured'))
const { events } = counted
const spans = spansEnded
const resourcesAfter = process.getActiveResourcesInfo().sort()
await client.shutdown()
const counts = { documents: seen, events, spans }
const cost: Cost = { ...measured, floorPromises, ...counts, resourcesBefore, resourcesAfter }
console.log(JSON.stringify(cost))
