/**
 * The process that is measured: one side, one workload. Its argument is a `Task` as JSON; it prints what it measured as
 * JSON. It loads its driver and nothing else that costs.
 */
import { createHook } from 'node:async_hooks'
import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { poolEventNames } from '../test/integration/pool_event_names.ts'
import { type Client, commandEvents, type Driver, importDriver, type NodeDriver } from './drivers.ts'
import type { Measured } from './measures.ts'
import { workloads } from './workloads/index.ts'
import { type Loop, type Operation, poolSize } from './workloads/workload.ts'

export interface Task {
  readonly driver: NodeDriver
  readonly workload: string
  readonly uri: string
  /** What is measured in this process: each of the three would disturb the others. */
  readonly measuring: 'time' | 'bytes' | 'promises'
  /** How many operations come before those that are measured. */
  readonly warmUp: number
  /** They are repeated until so much time has passed. */
  readonly warmUpMS: number
  readonly operations: number
  /** For what is done once: how much smaller it is to be. */
  readonly dividedBy: number
}

const task = JSON.parse(process.argv[2] ?? '') as Task

async function main(): Promise<Measured> {
  const workload = workloads.find(({ name }) => name === task.workload)
  if (workload === undefined) throw new Error(`there is no workload "${task.workload}"`)
  if (workload.kind === 'once')
    return workload.run({ uri: task.uri, dividedBy: task.dividedBy, importDriver: () => importDriver(task.driver) })
  const driver = await importDriver(task.driver)
  const client = new driver.MongoClient(task.uri, {
    maxPoolSize: poolSize,
    // The official driver makes command events only then.
    monitorCommands: workload.listeners
  })
  if (workload.listeners) listen(client)
  await client.connect()
  const measured = await measureLoop(workload, client, driver)
  await client.close()
  return measured
}

function listen(client: Client): void {
  let heard = 0
  for (const name of [...poolEventNames, ...commandEvents]) client.on(name, () => heard++)
}

async function measureLoop(workload: Loop, client: Client, driver: Driver): Promise<Measured> {
  const { inFlight } = workload
  const { warmUp, warmUpMS, operations } = task
  const operation = workload.operation(client, driver)
  if (task.measuring === 'promises') return promisesOf(operation, inFlight, operations)
  const warmMS = performance.now() + warmUpMS
  do await run(operation, inFlight, warmUp)
  while (performance.now() < warmMS)
  if (task.measuring === 'bytes') {
    new PerformanceObserver(list => (collected += list.getEntries().length)).observe({ entryTypes: ['gc'] })
    return bytesOf(operation, inFlight, operations)
  }
  const throughput = await throughputOf(operation, inFlight, operations)
  // Not the largest ever: that is inherited from the process that started this one.
  const rssMB = process.memoryUsage.rss() / 1e6
  const latencies = await latenciesOf(operation, inFlight, Math.ceil(operations / 2))
  return { ...throughput, ...latencies, rssMB }
}

async function work(operation: Operation, count: number): Promise<void> {
  for (let done = 0; done < count; done++) await operation()
}

/** As many workers as are in flight share the operations out; `worker` does its share. */
async function share(
  inFlight: number,
  operations: number,
  worker: (share: number, index: number) => Promise<void>
): Promise<number> {
  const each = Math.ceil(operations / inFlight)
  const running: Promise<void>[] = []
  for (let index = 0; index < inFlight; index++) running.push(worker(each, index))
  for (const one of running) await one
  return each * inFlight
}

function run(operation: Operation, inFlight: number, operations: number): Promise<number> {
  return share(inFlight, operations, count => work(operation, count))
}

/**
 * Right behind the warm-up, with no forced collection between them: that would find no operation in flight, so that the
 * engine drops all compiled code that knows the shapes of operations, of replies and of documents, and a short part would
 * measure how it is compiled again. What the warm-up leaves to collect, this part leaves too.
 */
async function throughputOf(operation: Operation, inFlight: number, operations: number): Promise<Measured> {
  const beganMS = performance.now()
  const began = process.cpuUsage()
  const done = await run(operation, inFlight, operations)
  const { user, system } = process.cpuUsage(began)
  const elapsedMS = performance.now() - beganMS
  return { cpuUS: (user + system) / done, operationsPerSecond: (done * 1000) / elapsedMS }
}

/** In a part of its own, since looking at the clock costs too. */
async function latenciesOf(operation: Operation, inFlight: number, operations: number): Promise<Measured> {
  const latenciesMS = new Float64Array(Math.ceil(operations / inFlight) * inFlight)
  await share(inFlight, operations, async (count, index) => {
    for (let at = index * count; at < (index + 1) * count; at++) {
      const beganMS = performance.now()
      await operation()
      latenciesMS[at] = performance.now() - beganMS
    }
  })
  latenciesMS.sort()
  return { p50US: at(latenciesMS, 0.5), p99US: at(latenciesMS, 0.99), p999US: at(latenciesMS, 0.999) }
}

function at(sortedMS: Float64Array, part: number): number {
  return (sortedMS[Math.min(sortedMS.length - 1, Math.floor(sortedMS.length * part))] ?? Number.NaN) * 1000
}

/**
 * The growth of a heap whose young generation is so large that nothing is collected meanwhile (see `nodeFlags`); of fewer
 * operations where something was, and nothing where one operation is too much.
 */
async function bytesOf(operation: Operation, inFlight: number, operations: number): Promise<Measured> {
  for (let count = operations; count >= inFlight; count = Math.floor(count / 4)) {
    globalThis.gc?.()
    await delay(settleMS)
    collected = 0
    const before = process.memoryUsage().heapUsed
    const done = await run(operation, inFlight, count)
    const bytes = (process.memoryUsage().heapUsed - before) / done
    await delay(settleMS)
    if (collected === 0) return { bytes }
  }
  return {}
}

/** Until all collections have been told. */
const settleMS = 20

let collected = 0

async function promisesOf(operation: Operation, inFlight: number, operations: number): Promise<Measured> {
  let promises = 0
  // From before the warm-up on: a promise that is older than the hook would count when it is first resumed.
  createHook({ init: (_id, type) => void (type === 'PROMISE' && promises++) }).enable()
  await run(operation, inFlight, operations)
  promises = 0
  const done = await run(operation, inFlight, operations)
  return { promises: promises / done }
}

console.log(JSON.stringify(await main()))
