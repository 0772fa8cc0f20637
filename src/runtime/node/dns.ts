import type { Resolver } from 'node:dns'
import { type CancelLookup, type DNS, DNSError } from '../dns.ts'
import { asError } from './dial.ts'
import { dnsModule } from './late_modules.ts'
import { outside } from './outside.ts'

type Answered<Records> = (error: NodeJS.ErrnoException | null, records: readonly Records[]) => void
type Done<Records> = (error: DNSError | undefined, records: readonly Records[]) => void

export const nodeDNS: DNS = {
  srv: (name, done) => look((resolver, answered) => resolver.resolveSrv(name, answered), done),
  txt: (name, done) => look((resolver, answered) => resolver.resolveTxt(name, answered), done)
}

/** Each look-up has a resolver of its own, so that it can be cancelled alone. */
function look<Records>(
  ask: (resolver: Resolver, answered: Answered<Records>) => void,
  done: Done<Records>
): CancelLookup {
  let resolver: Resolver | undefined
  const answered: Answered<Records> = (error, records) => {
    if (resolver === undefined) return
    resolver = undefined
    if (error === null) done(undefined, records)
    else done(new DNSError(error.message, error.code, error), [])
  }
  outside.runInAsyncScope(() => {
    try {
      resolver = resolverOfProcess()
      ask(resolver, answered)
    } catch (error) {
      // Node refuses some names by throwing. The caller is told as of any other failure, later.
      setImmediate(answered, asError(error), [])
    }
  })
  return () => {
    const cancelled = resolver
    resolver = undefined
    cancelled?.cancel()
  }
}

/** With the servers that the program may have given to `setServers` of `node:dns`: a new resolver has the system's. */
function resolverOfProcess(): Resolver {
  const dns = dnsModule()
  const resolver = new dns.Resolver()
  const servers = dns.getServers()
  if (servers.join() !== resolver.getServers().join()) resolver.setServers(servers)
  return resolver
}
