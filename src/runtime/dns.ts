/** One SRV record. Whoever resolves names may know more of it; no more is read. */
export interface SRVRecord {
  /** The host that it leads to. */
  readonly name: string
  readonly port: number
  /** Seconds for which it holds, where the resolver tells it. Node.js does not. */
  readonly ttl?: number | undefined
}

/** Strings of one TXT record, in their order. */
export type TXTRecord = readonly string[]

/**
 * Records of the DNS by name. `done` is called once, in a later turn, outside any caller's `AsyncLocalStorage` context, and
 * never after the look-up was cancelled. A look-up has no limit of its own: whoever asks sets one, and cancels.
 */
export interface DNS {
  srv(name: string, done: (error: DNSError | undefined, records: readonly SRVRecord[]) => void): CancelLookup
  txt(name: string, done: (error: DNSError | undefined, records: readonly TXTRecord[]) => void): CancelLookup
}

/** Idempotent. */
export type CancelLookup = () => void

/** A look-up failed, or the name has no such records. */
export class DNSError extends Error {
  /** As `node:dns` has them: `ENOTFOUND` for a name that does not exist, `ENODATA` for one without such records, … */
  readonly code: string | undefined

  constructor(message: string, code?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'DNSError'
    this.code = code
  }

  /** The DNS answers, and has no such records. */
  get saysNone(): boolean {
    return this.code === 'ENOTFOUND' || this.code === 'ENODATA'
  }
}
