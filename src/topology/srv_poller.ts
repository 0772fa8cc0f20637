import type { Runtime, SRVRecord, Timer } from '../runtime/index.ts'
import { RecordsLookup, type RecordsLookupSetup } from './records_lookup.ts'
import { type LookupOutcome, rescanDelayMS, rescanned } from './seed_list.ts'

export interface SRVPollerSetup extends RecordsLookupSetup {
  readonly runtime: Pick<Runtime, 'clock' | 'timers' | 'warn'>
  readonly heartbeatFrequencyMS: number
  /** What the topology began with: the first scan was that look-up. */
  readonly records: readonly SRVRecord[]
}

/** What a topology needs of it. */
export interface SeedListPoller {
  start(): void
  /** For good. Idempotent. */
  stop(): void
}

/**
 * Looks up the SRV record again and again, and tells which hosts it lists. A scan that finds none changes nothing, is warned
 * of, and is soon repeated. Source: polling SRV records for mongos discovery.
 */
export class SRVPoller implements SeedListPoller {
  readonly #setup: SRVPollerSetup
  readonly #listed: (addresses: readonly string[]) => void
  readonly #timer: Timer
  #lookup: RecordsLookup | undefined
  #stopped = false
  /** Not told again while it stays the same. */
  #lastWarning: string | undefined

  constructor(setup: SRVPollerSetup, listed: (addresses: readonly string[]) => void) {
    this.#setup = setup
    this.#listed = listed
    this.#timer = setup.runtime.timers.create(() => this.#scan())
  }

  start(): void {
    this.#rest(true, this.#setup.records)
  }

  stop(): void {
    this.#stopped = true
    this.#timer.disarm()
    this.#lookup?.cancel()
  }

  #scan(): void {
    this.#lookup = new RecordsLookup(this.#setup, { withTXT: false }, outcome => this.#ended(outcome))
  }

  #ended(outcome: LookupOutcome): void {
    const records = 'srv' in outcome ? outcome.srv : []
    const { addresses, problem } = rescanned(outcome, this.#setup)
    this.#warn(problem)
    if (addresses.length > 0) this.#listed(addresses)
    // What they are may have ended the polling.
    if (!this.#stopped) this.#rest(addresses.length > 0, records)
  }

  #warn(problem: string | undefined): void {
    if (problem !== undefined && problem !== this.#lastWarning) this.#setup.runtime.warn(problem, 'CENOTE_SRV_POLL')
    this.#lastWarning = problem
  }

  #rest(foundHosts: boolean, records: readonly SRVRecord[]): void {
    const { runtime, heartbeatFrequencyMS } = this.#setup
    const delayMS = rescanDelayMS({ foundHosts, records }, heartbeatFrequencyMS)
    this.#timer.armAt(runtime.clock.nowMS() + delayMS)
  }
}
