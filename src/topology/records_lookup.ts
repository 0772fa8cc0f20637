import type { CancelLookup, DNS, Runtime, SRVRecord, Timer, TXTRecord } from '../runtime/index.ts'
import { type FailedLookup, type LookupOutcome, type SeedListName, srvNameOf } from './seed_list.ts'

export interface RecordsLookupSetup extends SeedListName {
  readonly dns: DNS
  readonly runtime: Pick<Runtime, 'clock' | 'timers'>
  /** For all records together; 0: no limit. */
  readonly connectTimeoutMS: number
}

/**
 * One look-up of the SRV record of a `mongodb+srv` name, and at its side of the TXT record, under one limit. `ended` is called
 * once, in a later turn, unless it is cancelled. That there is no TXT record is no failure.
 */
export class RecordsLookup {
  readonly #setup: RecordsLookupSetup
  readonly #ended: (outcome: LookupOutcome) => void
  readonly #timer: Timer
  readonly #cancels: CancelLookup[] = []
  #srv: readonly SRVRecord[] | undefined
  #txt: readonly TXTRecord[] | undefined
  #over = false

  constructor(
    setup: RecordsLookupSetup,
    { withTXT }: { readonly withTXT: boolean },
    ended: (outcome: LookupOutcome) => void
  ) {
    this.#setup = setup
    this.#ended = ended
    const { dns, runtime, connectTimeoutMS, srvHost } = setup
    this.#timer = runtime.timers.create(() => this.#tooLate())
    if (connectTimeoutMS > 0) this.#timer.armAt(runtime.clock.nowMS() + connectTimeoutMS)
    if (!withTXT) this.#txt = []
    this.#cancels.push(
      dns.srv(srvNameOf(setup), (error, records) => {
        this.#srv = records
        this.#answered(error === undefined ? undefined : { type: 'SRV', error })
      })
    )
    if (!withTXT) return
    this.#cancels.push(
      dns.txt(srvHost, (error, records) => {
        this.#txt = records
        this.#answered(error === undefined || error.saysNone ? undefined : { type: 'TXT', error })
      })
    )
  }

  /** Idempotent. */
  cancel(): void {
    this.#over = true
    this.#timer.disarm()
    for (const cancel of this.#cancels) cancel()
  }

  #answered(failed: FailedLookup | undefined): void {
    if (failed !== undefined) this.#end(failed)
    else if (this.#srv !== undefined && this.#txt !== undefined) this.#end({ srv: this.#srv, txt: this.#txt })
  }

  #tooLate(): void {
    const { connectTimeoutMS: limitMS } = this.#setup
    this.#end({ type: this.#srv === undefined ? 'SRV' : 'TXT', error: { limitMS } })
  }

  #end(outcome: LookupOutcome): void {
    if (this.#over) return
    this.cancel()
    this.#ended(outcome)
  }
}
