import type { NetworkHost, ResolvedOptions, SeedList } from '../options/index.ts'
import type { Chance, DNS, Runtime, SRVRecord, Timer } from '../runtime/index.ts'
import {
  chooseHosts,
  type FoundRecords,
  type LookupOutcome,
  lookupFailure,
  RecordsLookup,
  type RecordsLookupSetup,
  seedHosts,
  type SeedListName,
  type SRVHostValidator,
  txtTextOf
} from '../topology/index.ts'

export interface SeedListDiscoverySetup {
  readonly options: ResolvedOptions
  readonly srvHost: string
  readonly srvHostValidator: SRVHostValidator | undefined
  readonly dns: DNS
  readonly runtime: Pick<Runtime, 'clock' | 'timers' | 'chance'>
  /** Least time between the end of a look-up that failed and the beginning of the next: a DNS server is not to be flooded. */
  readonly restMS: number
  /** The options as they are with what was found. Throws what is wrong with them. */
  readonly complete: (list: SeedList) => ResolvedOptions
}

export interface SeedListHandler {
  found(options: ResolvedOptions, records: readonly SRVRecord[]): void
  /** Makes one error for each that is to be told. */
  failed(makeError: () => Error): void
}

/**
 * Where a `mongodb+srv` client gets its seeds from. One look-up at a time, begun when they are needed; one that failed is
 * over, and the next who needs them begins another.
 */
export class SeedListDiscovery {
  readonly #setup: SeedListDiscoverySetup
  readonly #handler: SeedListHandler
  readonly #timer: Timer
  #lookup: RecordsLookup | undefined
  #soonestMS = Number.NEGATIVE_INFINITY

  constructor(setup: SeedListDiscoverySetup, handler: SeedListHandler) {
    this.#setup = setup
    this.#handler = handler
    this.#timer = setup.runtime.timers.create(() => this.begin())
  }

  /** What every look-up of the client goes by. */
  get lookupSetup(): RecordsLookupSetup {
    const { options, srvHost, srvHostValidator, dns, runtime } = this.#setup
    const { srvServiceName, connectTimeoutMS } = options
    return { srvHost, srvServiceName, srvHostValidator, dns, runtime, connectTimeoutMS }
  }

  /** Nothing happens while a look-up is under way. Soon after one that failed it waits a little. */
  begin(): void {
    if (this.#lookup !== undefined) return
    if (this.#setup.runtime.clock.nowMS() < this.#soonestMS) this.#timer.armAt(this.#soonestMS)
    else this.#look()
  }

  /** Nobody is told anything. */
  cancel(): void {
    this.#timer.disarm()
    this.#lookup?.cancel()
  }

  #look(): void {
    this.#timer.disarm()
    this.#lookup = new RecordsLookup(this.lookupSetup, { withTXT: true }, outcome => this.#ended(outcome))
  }

  #failed(makeError: () => Error): void {
    const { runtime, restMS } = this.#setup
    this.#soonestMS = runtime.clock.nowMS() + restMS
    this.#handler.failed(makeError)
  }

  #ended(outcome: LookupOutcome): void {
    this.#lookup = undefined
    const { srvHost, srvHostValidator, options, complete, runtime } = this.#setup
    const { srvServiceName, srvMaxHosts } = options
    const name = { srvHost, srvServiceName, srvHostValidator }
    if ('error' in outcome) {
      this.#failed(() => lookupFailure(name, outcome))
      return
    }
    const read = (): ResolvedOptions => complete(seedListOf(outcome, name, srvMaxHosts, runtime))
    let completed: ResolvedOptions
    try {
      completed = read()
    } catch {
      this.#failed(() => thrownBy(read))
      return
    }
    this.#handler.found(completed, outcome.srv)
  }
}

function seedListOf(
  { srv, txt }: FoundRecords,
  name: SeedListName,
  srvMaxHosts: number,
  { chance }: { readonly chance: Pick<Chance, 'fraction'> }
): SeedList {
  const hosts: readonly NetworkHost[] = seedHosts(srv, name)
  const chosen = srvMaxHosts === 0 ? hosts : chooseHosts(hosts, srvMaxHosts, chance)
  return { hosts: chosen, txt: txtTextOf(txt, name.srvHost) }
}

/** The same answer is wrong in the same way each time: so each who waits gets an error object of its own. */
function thrownBy(read: () => unknown): Error {
  try {
    read()
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
  return new Error('a seed list that could not be read could be read when it was read again')
}
