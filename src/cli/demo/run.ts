import { setMaxListeners } from 'node:events'
import { ClientOptions, MongoClient } from '../../client/index.ts'
import type { Deployment } from '../../embedded/index.ts'
import type { Runtime } from '../../runtime/index.ts'
import { SeededChance } from '../../runtime/virtual/index.ts'
import type { AnyEvent } from './event_line.ts'
import { Journal } from './journal.ts'
import { Load, type Verification, workerCount } from './load.ts'
import { pause } from './pause.ts'
import { Recovery } from './recovery.ts'
import type { Report } from './report.ts'
import { line, type Screen } from './screen.ts'
import { commandMS, handshakeMS } from './slow_set.ts'
import { socketsLeft, socketsNow } from './sockets.ts'

export interface DemoSetup {
  readonly runtime: Runtime
  readonly uri: string
  /** The deployment behind `uri` if it is the demo's own, to step down and to ask. The caller stops it. */
  readonly deployment: Deployment | undefined
  /** The one database that is written to; dropped at the end. */
  readonly databaseName: string
  readonly screen: Screen
  readonly seed: number
  /** How long the load runs; `Infinity`: until `stop`. */
  readonly durationMS: number
  /** A line for each event, those of routine too. */
  readonly everyEvent: boolean
  /** Ends the load; all that follows is the same as after `durationMS`. */
  readonly stop: AbortSignal
}

/** The custom client of the manual's page on connection pools. What the connection string says goes first. */
const manualOptions = { maxPoolSize: 20, maxConnecting: 3, minPoolSize: 1, maxIdleTimeMS: 90_000 } as const

const routineMS = 1_000
/** Without an end there is no middle: then the first step-down comes so early, and others follow. */
const stepDownFirstMS = 5_000
const stepDownEveryMS = 30_000
/** At the end operations in progress may take so long before they are interrupted. */
const finishMSMax = 5_000
const verifyMSMax = 5_000
const dropMSMax = 5_000
const dropAgainMS = 200
const shutdownMSMax = 5_000
const addressCharactersMin = 15
const databaseNameBytes = 6

export function randomDatabaseName({ chance }: Runtime): string {
  const bytes = new Uint8Array(databaseNameBytes)
  chance.fill(bytes)
  return `cenote_demo_${Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')}`
}

/** When, after the begin of the load, the next step-down comes; `Infinity`: there is none. */
export function stepDownAtMS(durationMS: number, earlier: number): number {
  if (durationMS === Infinity) return stepDownFirstMS + earlier * stepDownEveryMS
  return earlier === 0 ? durationMS / 2 : Infinity
}

/**
 * Runs the demo from the first dial to the last socket, and resolves with what it found.
 * @throws what the connection string or its options are refused with.
 */
export function runDemo(setup: DemoSetup): Promise<Report> {
  return new DemoRun(setup).run()
}

class DemoRun {
  readonly #setup: DemoSetup
  readonly #startedMS: number
  readonly #journal: Journal
  readonly #client: MongoClient
  readonly #load: Load
  readonly #recoveries: Recovery[] = []
  #failures = 0
  #operationsBefore = 0
  #perSecond = 0

  constructor(setup: DemoSetup) {
    this.#setup = setup
    const { runtime, uri, screen, everyEvent } = setup
    this.#startedMS = runtime.clock.nowMS()
    const options = ClientOptions.parse(uri)
    const addresses = addressesIn(options)
    this.#journal = new Journal({
      write: told => screen.log(told),
      elapsedMS: () => this.#elapsedMS(),
      addressCharacters: Math.max(addressCharactersMin, ...addresses.map(({ length }) => length)),
      everyEvent
    })
    options.maxPoolSize ??= manualOptions.maxPoolSize
    options.maxConnecting ??= manualOptions.maxConnecting
    options.minPoolSize ??= manualOptions.minPoolSize
    options.maxIdleTimeMS ??= manualOptions.maxIdleTimeMS
    options.runtime = { ...runtime, warn: message => this.#journal.note(message, 'bad') }
    options.cmapEventHandler = event => this.#told(event)
    options.sdamEventHandler = event => this.#told(event)
    this.#client = new MongoClient(options)
    this.#load = new Load({
      runtime,
      database: this.#client.db(setup.databaseName),
      chance: new SeededChance(setup.seed, 0),
      failed: text => this.#failed(text),
      wrote: () => this.#wrote()
    })
    this.#introduce(addresses)
  }

  async run(): Promise<Report> {
    const { runtime, screen, stop, durationMS, deployment, seed, databaseName } = this.#setup
    const watching = new AbortController()
    const views = [this.#showViews(watching.signal), this.#tellRoutine(watching.signal)]
    try {
      const loadMS = await this.#runLoad(durationMS, stop)
      const anything = this.#load.counts.size > 0
      const verified = anything ? await this.#verify() : undefined
      const dropped = anything ? await this.#drop() : undefined
      const sockets = socketsNow(this.#client, deployment)
      this.#journal.note('the client shuts down')
      await this.#client.shutdown({ timeoutMS: shutdownMSMax })
      const left = await socketsLeft(this.#client, deployment, runtime)
      return {
        seed,
        loadMS,
        operations: this.#load.counts,
        failures: this.#failures,
        verified,
        stepDowns: this.#recoveries.map(({ electedAfterMS, writtenAfterMS }) => ({ electedAfterMS, writtenAfterMS })),
        events: this.#journal.counts,
        sockets: sockets.map(row => ({ ...row, left: left.get(row.address) ?? 0 })),
        database: databaseName,
        dropped
      }
    } finally {
      watching.abort()
      await Promise.all(views)
      await this.#client.close()
      screen.endViews()
    }
  }

  /** Resolves, when no operation is in progress any more, with how long the load ran. */
  async #runLoad(durationMS: number, stop: AbortSignal): Promise<number> {
    const { runtime } = this.#setup
    const beganMS = runtime.clock.nowMS()
    const ended = new AbortController()
    const interrupted = new AbortController()
    // Each worker's pauses listen to it.
    setMaxListeners(0, ended.signal)
    if (stop.aborted) ended.abort()
    const running = this.#load.run(ended.signal, interrupted.signal)
    const stepping = this.#stepDowns(durationMS, ended.signal)
    await pause(runtime, durationMS, stop)
    const loadMS = runtime.clock.nowMS() - beganMS
    this.#journal.note(`the load ends${stop.aborted ? ' as it was told to' : ''}: operations in progress finish`)
    ended.abort()
    const finished = new AbortController()
    void pause(runtime, finishMSMax, finished.signal).then(() => {
      if (!finished.signal.aborted)
        interrupted.abort(new Error(`not finished ${finishMSMax} ms after the end of the load`))
    })
    await running
    finished.abort()
    await stepping
    return loadMS
  }

  async #stepDowns(durationMS: number, ended: AbortSignal): Promise<void> {
    const { runtime, deployment } = this.#setup
    if (deployment === undefined) return
    const beganMS = this.#nowMS()
    for (let earlier = 0; ; earlier++) {
      await pause(runtime, beganMS + stepDownAtMS(durationMS, earlier) - this.#nowMS(), ended)
      if (ended.aborted) return
      await this.#stepDown(deployment)
    }
  }

  async #stepDown(deployment: Deployment): Promise<void> {
    const address = deployment.primary?.address
    if (address === undefined) return
    this.#journal.note(`the primary ${address} is told to step down`)
    this.#recoveries.push(new Recovery(address, this.#nowMS()))
    try {
      await deployment.stepDown()
    } catch (error) {
      this.#failed(`the step-down: ${messageOf(error)}`)
    }
  }

  async #verify(): Promise<Verification | undefined> {
    try {
      return await this.#load.verify(verifyMSMax)
    } catch (error) {
      this.#failed(`what was written could not be read again: ${messageOf(error)}`)
      return undefined
    }
  }

  /** Whether it is gone. A deployment that elects a primary right now has one soon. */
  async #drop(): Promise<boolean> {
    const { runtime, databaseName } = this.#setup
    const untilMS = this.#nowMS() + dropMSMax
    for (;;) {
      try {
        await this.#client.db(databaseName).dropDatabase({ timeoutMS: Math.max(1, untilMS - this.#nowMS()) })
        this.#journal.note(`the database ${databaseName} is dropped`)
        return true
      } catch (error) {
        if (this.#nowMS() + dropAgainMS >= untilMS) {
          this.#failed(`dropDatabase: ${messageOf(error)}`)
          return false
        }
        await pause(runtime, dropAgainMS)
      }
    }
  }

  #told(event: AnyEvent): void {
    this.#journal.told(event)
    const news = this.#recoveries.at(-1)?.told(event, this.#nowMS())
    if (news !== undefined) this.#journal.note(news)
  }

  #wrote(): void {
    const news = this.#recoveries.at(-1)?.wrote(this.#nowMS())
    if (news !== undefined) this.#journal.note(`${news}; ${this.#failures} failures so far`)
  }

  #failed(text: string): void {
    this.#failures++
    this.#journal.note(`FAILED ${text}`, 'bad')
  }

  async #showViews(ended: AbortSignal): Promise<void> {
    const { runtime, screen } = this.#setup
    for (; !ended.aborted; await pause(runtime, screen.viewMS, ended))
      screen.show({ pools: this.#client.pools(), status: this.#status() })
  }

  async #tellRoutine(ended: AbortSignal): Promise<void> {
    let lastMS = this.#nowMS()
    while (!ended.aborted) {
      await pause(this.#setup.runtime, routineMS, ended)
      this.#journal.tellRoutine()
      const operations = this.#operations()
      this.#perSecond = ((operations - this.#operationsBefore) * 1_000) / Math.max(1, this.#nowMS() - lastMS)
      this.#operationsBefore = operations
      lastMS = this.#nowMS()
    }
  }

  #status(): string {
    const seconds = (this.#elapsedMS() / 1_000).toFixed(1)
    const rate = `${Math.round(this.#perSecond)}/s`
    return `${seconds} s  ${this.#operations()} operations  ${rate}  ${this.#failures} failures  Ctrl-C ends it`
  }

  #operations(): number {
    return [...this.#load.counts.values()].reduce((sum, count) => sum + count, 0)
  }

  #introduce(addresses: readonly string[]): void {
    const { deployment, databaseName, screen, seed } = this.#setup
    const { maxPoolSize, maxConnecting, minPoolSize, maxIdleTimeMS } = this.#client.options
    const where =
      deployment === undefined
        ? ['the deployment of MONGODB_URI, used as it is']
        : [
            `an embedded replica set of ${deployment.members.length}, as slow as over a network:`,
            `  ${handshakeMS} ms for a handshake, ${commandMS} ms for a command`
          ]
    const [first = '', ...further] = where
    screen.log(line(`cenote demo: ${first}`, 'mark'))
    for (const text of further) screen.log(line(text))
    screen.log(line(`  servers   ${addresses.join(', ')}`))
    screen.log(line(`  database  ${databaseName}, dropped at the end`))
    screen.log(
      line(`  client    maxPoolSize ${maxPoolSize}, maxConnecting ${maxConnecting}, minPoolSize ${minPoolSize}`)
    )
    screen.log(line(`            maxIdleTimeMS ${maxIdleTimeMS}`))
    screen.log(line(`  load      ${workerCount} workers that read and write, seed ${seed}`))
  }

  #elapsedMS(): number {
    return this.#nowMS() - this.#startedMS
  }

  #nowMS(): number {
    return this.#setup.runtime.clock.nowMS()
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** With `mongodb+srv` the name that stands for them: they are not known yet. */
function addressesIn({ hosts, srvHost }: ClientOptions): string[] {
  if (srvHost !== undefined) return [srvHost]
  return hosts.map(host => ('host' in host ? `${host.host}:${host.port}` : host.socketPath))
}
