/**
 * Counts what operations cost on the heap of this process. Prints one number of bytes for an operation. Arguments: the
 * connection string, what is counted, and how many operations. To be run with `--expose-gc` and a young generation that holds
 * all that is counted; where something was collected meanwhile it prints 0, which is no count.
 *
 * `ping`, `findOne`, `insertOne`: allocated by an operation of ten workers that each await in a loop. `queued`: held by a
 * findOne that waits for a connection, the caller's promise included.
 */
import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { collections } from '../../benchmarks/server/collections.ts'
import { MongoClient } from '../../src/client/index.ts'

const workers = 10
/** Until all collections have been told. */
const settleMS = 20

type Operation = () => Promise<unknown>

const operations: Readonly<Record<string, (client: MongoClient) => Operation>> = {
  ping: client => {
    const db = client.db('measured')
    return () => db.command({ ping: 1 })
  },
  findOne: client => {
    const collection = client.db('measured').collection<{ _id: number }>(collections.small)
    return () => collection.findOne({ _id: 1 })
  },
  insertOne: client => {
    const collection = client.db('measured').collection('orders')
    return () => collection.insertOne({ sku: 'a1', count: 2 })
  }
}

async function work(operation: Operation, count: number): Promise<void> {
  for (let done = 0; done < count; done++) await operation()
}

async function run(operation: Operation, count: number): Promise<void> {
  await Promise.all(Array.from({ length: workers }, () => work(operation, count / workers)))
}

function heapBytes(): number {
  return process.memoryUsage().heapUsed
}

let collected = 0
new PerformanceObserver(list => (collected += list.getEntries().length)).observe({ entryTypes: ['gc'] })

async function allocated(operation: Operation, count: number): Promise<number> {
  await run(operation, 5 * count)
  globalThis.gc?.()
  await delay(settleMS)
  collected = 0
  const before = heapBytes()
  await run(operation, count)
  const bytes = (heapBytes() - before) / count
  await delay(settleMS)
  return collected === 0 ? bytes : 0
}

/** None of them is answered before all are queued, since nothing is read in between. */
async function held(client: MongoClient, count: number): Promise<number> {
  const operation = operations['findOne']?.(client) ?? (() => Promise.resolve())
  await run(operation, count)
  const nothing = Promise.resolve()
  const promises = Array.from<unknown, Promise<unknown>>({ length: count }, () => nothing)
  globalThis.gc?.()
  const before = heapBytes()
  for (let index = 0; index < count; index++) promises[index] = operation()
  globalThis.gc?.()
  const bytes = (heapBytes() - before) / count
  await Promise.all(promises)
  return bytes
}

const [, , uri = '', what = '', count = ''] = process.argv
const client = new MongoClient(uri)
const operation = operations[what]?.(client)
const bytes = operation === undefined ? await held(client, Number(count)) : await allocated(operation, Number(count))
await client.shutdown()
console.log(JSON.stringify(bytes))
