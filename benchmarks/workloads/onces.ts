import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '../drivers.ts'
import type { Measured } from '../measures.ts'
import { collections, database } from '../server/collections.ts'
import { type Once, type OnceContext, poolSize } from './workload.ts'

const dialMS = 150

async function connected(context: OnceContext, options: object = {}): Promise<Client> {
  const { MongoClient } = await context.importDriver()
  const client = new MongoClient(context.uri, { maxPoolSize: poolSize, ...options })
  await client.connect()
  return client
}

/** A client whose pool has `connections` of them. */
async function filled(context: OnceContext, connections: number, options: object): Promise<Client> {
  const { MongoClient } = await context.importDriver()
  const client = new MongoClient(context.uri, { minPoolSize: connections, ...options })
  let ready = 0
  const all = new Promise<void>(resolve => {
    client.on('connectionReady', () => {
      if (++ready === connections) resolve()
    })
  })
  await client.connect()
  await all
  return client
}

async function importing(context: OnceContext): Promise<Measured> {
  return timed(() => context.importDriver())
}

async function firstReply(context: OnceContext): Promise<Measured> {
  const { MongoClient } = await context.importDriver()
  let client: Client | undefined
  const measured = await timed(async () => {
    client = new MongoClient(context.uri, { maxPoolSize: poolSize })
    await client.db(database).command({ ping: 1 })
  })
  await client?.close()
  return measured
}

async function fill(context: OnceContext): Promise<Measured> {
  const connections = Math.ceil(200 / context.dividedBy)
  await context.importDriver()
  let client: Client | undefined
  const measured = await timed(async () => {
    client = await filled(context, connections, { maxPoolSize: connections, maxConnecting: 2 })
  })
  await client?.close()
  return measured
}

/** Queries that come at once, more than there are connections, where a new connection takes long. */
async function spike(context: OnceContext): Promise<Measured> {
  const client = await filled(context, 5, { maxPoolSize: poolSize, maxConnecting: 2 })
  const handle = client.db(database).collection(collections.small)
  // What the first query of a process does once is not what is asked.
  for (let done = 0; done < 100; done++) await handle.findOne({})
  const measured = await timed(() => Promise.all(Array.from({ length: 50 }, () => handle.findOne({}))))
  await client.close()
  return measured
}

/** Operations that wait for a connection, with nothing of them done yet. */
async function queued(context: OnceContext): Promise<Measured> {
  const waiting = Math.ceil(20_000 / context.dividedBy)
  const client = await connected(context)
  const handle = client.db(database).collection(collections.never)
  const promises: Promise<unknown>[] = []
  const ask = (): void => {
    const promise = handle.findOne({})
    promise.catch(ignore)
    promises.push(promise)
  }
  for (let connection = 0; connection < poolSize; connection++) ask()
  await delay(settleMS)
  const before = heldBytes()
  for (let operation = 0; operation < waiting; operation++) ask()
  await delay(settleMS)
  const held = heldBytes() - before
  await client.close()
  await Promise.allSettled(promises)
  return { heldBytes: held }
}

/** The queries are answered late, so that each needs a connection of its own. */
async function idleConnections(context: OnceContext): Promise<Measured> {
  const connections = Math.ceil(1_000 / context.dividedBy)
  const client = await connected(context, { maxPoolSize: connections, maxConnecting: 100 })
  const handle = client.db(database).collection(collections.late)
  await client.db(database).command({ ping: 1 })
  const before = heldBytes()
  await Promise.all(Array.from({ length: connections }, () => handle.findOne({})))
  await delay(settleMS)
  const held = (heldBytes() - before) / connections
  const rssMB = process.memoryUsage().rss / 1e6
  await client.close()
  return { heldBytes: held, rssMB }
}

/**
 * Two heartbeats with the default interval. Some eight seconds into its rest the engine collects what starting left behind:
 * 30 ms that a process pays once, and that are not what idling costs it.
 */
async function idle(context: OnceContext): Promise<Measured> {
  const client = await connected(context)
  await Promise.all(Array.from({ length: poolSize }, () => client.db(database).command({ ping: 1 })))
  await delay(restMS / context.dividedBy)
  const began = process.cpuUsage()
  await delay(20_000 / context.dividedBy)
  const cpuUS = cpuSince(began)
  await client.close()
  return { cpuUS }
}

/** How long whatever an operation does after its call may take. */
const settleMS = 300

/** After it, an idle process has collected what its start left behind. */
const restMS = 12_000

function ignore(): void {}

async function timed(work: () => Promise<unknown>): Promise<Measured> {
  const beganMS = performance.now()
  const began = process.cpuUsage()
  await work()
  return { cpuUS: cpuSince(began), elapsedMS: performance.now() - beganMS }
}

function cpuSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began)
  return user + system
}

function heldBytes(): number {
  // Twice: what the first finds dead may keep more alive until the second.
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

export const onces: readonly Once[] = [
  { kind: 'once', name: 'import', title: 'import', judgedBy: 'elapsedMS', target: { mustRatio: 0.4 }, run: importing },
  { kind: 'once', name: 'first-reply', title: 'connect to first reply', judgedBy: 'elapsedMS', run: firstReply },
  {
    kind: 'once',
    name: 'fill',
    title: 'fill of minPoolSize 200',
    judgedBy: 'elapsedMS',
    target: { mustMost: 500 },
    pairsMax: 3,
    run: fill
  },
  {
    kind: 'once',
    name: 'fill-slow',
    title: `fill of minPoolSize 200, dials of ${dialMS} ms`,
    judgedBy: 'elapsedMS',
    target: { mustMost: 16_000 },
    pairsMax: 1,
    handshakeDelayMS: dialMS,
    run: fill
  },
  {
    kind: 'once',
    name: 'spike',
    title: `50 queries at once on 5 connections, dials of ${dialMS} ms`,
    judgedBy: 'elapsedMS',
    target: { mustMost: 10 },
    handshakeDelayMS: dialMS,
    run: spike
  },
  {
    kind: 'once',
    name: 'queued',
    title: '20,000 queued operations',
    judgedBy: 'heldBytes',
    target: { mustMost: 25e6 },
    pairsMax: 3,
    run: queued
  },
  {
    kind: 'once',
    name: 'idle-connections',
    title: '1,000 idle connections, each',
    judgedBy: 'heldBytes',
    pairsMax: 3,
    run: idleConnections
  },
  {
    kind: 'once',
    name: 'idle',
    title: 'idle for 20 s, after 12 s of rest',
    judgedBy: 'cpuUS',
    target: { mustRatio: 0.4 },
    pairsMax: 3,
    run: idle
  }
]
