import { type CancelLookup, type DNS, DNSError, type SRVRecord, type TXTRecord } from '../dns.ts'
import type { Schedule } from './schedule.ts'
import type { Trace } from './trace.ts'

type RecordType = 'SRV' | 'TXT'

/**
 * A table of records that may change at any time. Names are the same in either case. A name without an entry does not exist
 * (`ENOTFOUND`), and one with entries of the other type has no such records (`ENODATA`).
 */
export interface VirtualDNS extends DNS {
  /** How long each look-up takes (1 at first). */
  latencyMS: number
  /** An empty list removes the entry. */
  setSRV(name: string, records: readonly SRVRecord[]): void
  /** An empty list removes the entry. */
  setTXT(name: string, records: readonly TXTRecord[]): void
  /** Look-ups of the name fail with this code, such as `ESERVFAIL`; undefined: no more. */
  fail(name: string, code: string | undefined): void
  /** Look-ups of the name are never answered. */
  silence(name: string, on: boolean): void
  /** Every look-up so far: `SRV _mongodb._tcp.cluster.test`. */
  readonly lookups: readonly string[]
}

export class MemoryDNS implements VirtualDNS {
  latencyMS = 1
  readonly lookups: string[] = []
  readonly #schedule: Schedule
  readonly #trace: Trace
  readonly #srv = new Map<string, readonly SRVRecord[]>()
  readonly #txt = new Map<string, readonly TXTRecord[]>()
  readonly #failing = new Map<string, string>()
  readonly #silent = new Set<string>()

  constructor(schedule: Schedule, trace: Trace) {
    this.#schedule = schedule
    this.#trace = trace
  }

  setSRV(name: string, records: readonly SRVRecord[]): void {
    enter(this.#srv, name, records)
  }

  setTXT(name: string, records: readonly TXTRecord[]): void {
    enter(this.#txt, name, records)
  }

  fail(name: string, code: string | undefined): void {
    if (code === undefined) this.#failing.delete(name.toLowerCase())
    else this.#failing.set(name.toLowerCase(), code)
  }

  silence(name: string, on: boolean): void {
    if (on) this.#silent.add(name.toLowerCase())
    else this.#silent.delete(name.toLowerCase())
  }

  srv(name: string, done: (error: DNSError | undefined, records: readonly SRVRecord[]) => void): CancelLookup {
    return this.#look('SRV', name, this.#srv, done)
  }

  txt(name: string, done: (error: DNSError | undefined, records: readonly TXTRecord[]) => void): CancelLookup {
    return this.#look('TXT', name, this.#txt, done)
  }

  #look<Records>(
    type: RecordType,
    name: string,
    table: ReadonlyMap<string, readonly Records[]>,
    done: (error: DNSError | undefined, records: readonly Records[]) => void
  ): CancelLookup {
    this.lookups.push(`${type} ${name}`)
    const key = name.toLowerCase()
    let cancelled = this.#silent.has(key)
    this.#schedule.at(this.#schedule.nowMS + this.latencyMS, () => {
      if (cancelled) return
      const records = table.get(key) ?? []
      const code = this.#failing.get(key) ?? (records.length > 0 ? undefined : this.#codeOfNone(key))
      this.#trace.record('lookup', `${type} ${name}: ${code ?? records.length}`)
      if (code === undefined) done(undefined, records)
      else done(new DNSError(`query${type === 'SRV' ? 'Srv' : 'Txt'} ${code} ${name}`, code), [])
    })
    return () => {
      cancelled = true
    }
  }

  #codeOfNone(key: string): string {
    return this.#srv.has(key) || this.#txt.has(key) ? 'ENODATA' : 'ENOTFOUND'
  }
}

function enter<Records>(table: Map<string, readonly Records[]>, name: string, records: readonly Records[]): void {
  const key = name.toLowerCase()
  if (records.length === 0) table.delete(key)
  else table.set(key, [...records])
}
