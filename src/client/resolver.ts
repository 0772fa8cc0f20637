import {
  type CancelLookup,
  type DNS,
  DNSError,
  type Runtime,
  type SRVRecord,
  type TXTRecord
} from '../runtime/index.ts'

/** What looks up SRV and TXT records: a `Resolver` of `node:dns/promises` does, and whatever has these two methods. */
export interface NameResolver {
  resolveSrv(name: string): Promise<readonly SRVRecord[]>
  resolveTxt(name: string): Promise<readonly TXTRecord[]>
}

/** A program's own resolver as the Runtime's. It cannot be cancelled: what it says too late is not heard. */
export function dnsOf(resolver: NameResolver, runtime: Pick<Runtime, 'detached'>): DNS {
  return {
    srv: (name, done) => look(runtime, () => resolver.resolveSrv(name), done),
    txt: (name, done) => look(runtime, () => resolver.resolveTxt(name), done)
  }
}

function look<Records>(
  { detached }: Pick<Runtime, 'detached'>,
  ask: () => Promise<readonly Records[]>,
  done: (error: DNSError | undefined, records: readonly Records[]) => void
): CancelLookup {
  let cancelled = false
  const settle = (error: DNSError | undefined, records: readonly Records[]): void => {
    if (!cancelled) done(error, records)
  }
  detached(() => {
    void asked(ask).then(
      records => settle(undefined, records),
      (error: unknown) => settle(errorFrom(error), [])
    )
  })
  return () => {
    cancelled = true
  }
}

/** A method that throws instead of rejecting is told later all the same; so is one that gives no list. */
async function asked<Records>(ask: () => Promise<readonly Records[]>): Promise<readonly Records[]> {
  const records = await ask()
  if (!Array.isArray(records)) throw new TypeError('the resolver gave no array of records')
  return records
}

function errorFrom(thrown: unknown): DNSError {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  const code = thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined
  return new DNSError(message, code, thrown)
}
