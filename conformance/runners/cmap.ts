import { AssertionError } from 'node:assert'
import { MongoPoolClearedError, MongoPoolClosedError, MongoWaitQueueTimeoutError } from '../../src/errors/index.ts'
import type { ConnectionPool, PooledConnection } from '../../src/pool/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import type { Runner, SpecificationCase } from '../runner.ts'
import type { Operation, PoolCase, ToldEvent } from './cmap_case.ts'
import { poolOfIntegrationCase, poolOfUnitCase } from './cmap_pools.ts'
import { PoolCheckOut, type PoolUnderTest } from './cmap_waiter.ts'

const fields = [
  'version',
  'style',
  'description',
  'poolOptions',
  'operations',
  'error',
  'events',
  'ignore',
  'runOn',
  'failPoint'
]
/** How long an event is waited for on virtual time where the file does not say. */
const eventMSMax = 60_000
/** After the last operation: what it set off is still to happen. */
const settleMS = 1

export const cmapFormat: Runner = {
  cases(content: unknown, file: string): readonly SpecificationCase[] {
    const poolCase = content as PoolCase
    const unknownFields = Object.keys(poolCase).filter(field => !fields.includes(field))
    if (unknownFields.length > 0) throw new Error(`${file} has unknown fields: ${unknownFields.join(', ')}`)
    if (poolCase.version !== 1) throw new Error(`${file} is of version ${poolCase.version}, not 1`)
    if (poolCase.style !== 'unit' && poolCase.style !== 'integration')
      throw new Error(`${file} is of the style "${String(poolCase.style)}"`)
    return [{ name: poolCase.description, run: () => runCase(poolCase) }]
  }
}

async function runCase(poolCase: PoolCase): Promise<void> {
  const runtime = virtualRuntime({ seed: 1 })
  await runtime.run(async () => {
    const unit = poolCase.style === 'unit'
    const subject = unit ? poolOfUnitCase(poolCase, runtime) : await poolOfIntegrationCase(poolCase, runtime)
    const threads = new Threads(subject)
    let error: unknown
    try {
      for (const operation of poolCase.operations) await threads.run(operation)
      await runtime.sleep(settleMS)
    } catch (thrown) {
      if (thrown instanceof AssertionError || poolCase.error === undefined) throw thrown
      error = thrown
    }
    assertError(error, poolCase.error)
    assertEvents(subject.events, poolCase)
    await subject.stop()
  })
}

// ───────────────────────── operations ─────────────────────────

/** The main thread, and those that the case starts: each does its operations one after the other. */
class Threads {
  readonly #subject: PoolUnderTest
  readonly #tails = new Map<string, Promise<void>>()
  readonly #connections = new Map<string, PooledConnection>()

  constructor(subject: PoolUnderTest) {
    this.#subject = subject
  }

  async run(operation: Operation): Promise<void> {
    const { thread } = operation
    if (thread === undefined) return await this.#perform(operation)
    const tail = this.#tails.get(thread)
    if (tail === undefined) throw new Error(`the thread ${thread} was not started`)
    const next = tail.then(() => this.#perform(operation))
    // Whoever waits for the thread is told; until then its failure is nobody's.
    next.catch(() => undefined)
    this.#tails.set(thread, next)
  }

  async #perform(operation: Operation): Promise<void> {
    const { pool, runtime } = this.#subject
    switch (operation.name) {
      case 'start':
        this.#tails.set(required(operation, 'target'), Promise.resolve())
        return
      case 'wait':
        await runtime.sleep(required(operation, 'ms'))
        return
      case 'waitForThread':
        await this.#tails.get(required(operation, 'target'))
        return
      case 'waitForEvent':
        await this.#waitForEvent(operation)
        return
      case 'checkOut':
        await this.#checkOut(pool, operation.label)
        return
      case 'checkIn':
        pool.checkIn(this.#connectionOf(required(operation, 'connection')))
        return
      case 'ready':
        pool.ready()
        return
      case 'clear': {
        const cause = new Error('the case cleared the pool')
        pool.clear({ cause, interruptInUse: operation.interruptInUseConnections ?? false })
        return
      }
      case 'close':
        pool.close()
        return
      default:
        throw new AssertionError({ message: `the operation "${operation.name}" is unknown to this runner` })
    }
  }

  async #checkOut(pool: ConnectionPool, label: string | undefined): Promise<void> {
    const slot = await new PoolCheckOut(pool).promise
    if (label !== undefined) this.#connections.set(label, slot)
  }

  #connectionOf(label: string): PooledConnection {
    const slot = this.#connections.get(label)
    if (slot === undefined) throw new AssertionError({ message: `no connection has the label ${label}` })
    return slot
  }

  async #waitForEvent(operation: Operation): Promise<void> {
    const { runtime, events } = this.#subject
    const kind = required(operation, 'event')
    const count = required(operation, 'count')
    const untilMS = runtime.clock.nowMS() + (operation.timeout ?? eventMSMax)
    const seen = (): number => events.filter(event => event['type'] === kind).length
    while (seen() < count) {
      if (runtime.clock.nowMS() >= untilMS)
        throw new AssertionError({ message: `${kind} was told ${seen()} times, not ${count}, in the time there was` })
      await runtime.sleep(1)
    }
  }
}

function required<Field extends keyof Operation>(operation: Operation, field: Field): NonNullable<Operation[Field]> {
  const value = operation[field]
  if (value === undefined || value === null)
    throw new AssertionError({ message: `the operation ${operation.name} lacks "${field}"` })
  return value
}

// ───────────────────────── what is compared ─────────────────────────

function assertEvents(events: readonly ToldEvent[], { events: expected, ignore = [] }: PoolCase): void {
  const actual = events.filter(event => !ignore.includes(String(event['type'])))
  expected.forEach((event, index) => {
    const found = actual[index]
    const told = actual.map(each => each['type']).join(', ')
    if (found === undefined) fail(`event ${index + 1}, ${String(event['type'])}, is missing; told: ${told}`)
    assertMatches(event, found, `event ${index + 1} (told: ${told})`)
  })
}

const errorNames: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [MongoPoolClosedError, 'PoolClosedError'],
  [MongoPoolClearedError, 'PoolClearedError'],
  [MongoWaitQueueTimeoutError, 'WaitQueueTimeoutError']
])

/** The text of a wait-queue time-out goes on after the specification's sentence: there the beginning is compared. */
function assertError(error: unknown, expected: Readonly<Record<string, unknown>> | undefined): void {
  if (expected === undefined) return
  if (!(error instanceof Error)) fail(`the main thread should have failed with ${String(expected['type'])}`)
  const { message, ...others } = expected
  const actual = { ...Object.fromEntries(Object.entries(error)), type: errorNames.get(error.constructor) ?? error.name }
  assertMatches(others, actual, 'the error')
  if (typeof message !== 'string') return
  const told = error instanceof MongoWaitQueueTimeoutError ? error.message.slice(0, message.length) : error.message
  if (told !== message) fail(`the error says "${error.message}", not "${message}"`)
}

/** The format's own rule: what is expected is a part of what is; 42 and "42" stand for anything that exists. */
function assertMatches(expected: unknown, actual: unknown, where: string): void {
  if (expected === 42 || expected === '42') {
    if (actual === undefined || actual === null) fail(`${where} should exist`)
  } else if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) fail(`${where} should be an array`)
    expected.forEach((each, index) => assertMatches(each, (actual as unknown[])[index], `${where}, ${index}`))
  } else if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null) fail(`${where} should be an object`)
    for (const [key, value] of Object.entries(expected))
      assertMatches(value, (actual as Record<string, unknown>)[key], `${where}, ${key}`)
  } else if (actual !== expected) {
    fail(`${where} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`)
  }
}

function fail(message: string): never {
  throw new AssertionError({ message })
}
