import { MongoInvalidArgumentError } from '../errors/index.ts'
import type { ResolvedOptions } from '../options/index.ts'
import type { SOCKS5Proxy } from '../runtime/index.ts'

/**
 * The proxy through which all servers are dialled, if the options name one.
 * @throws MongoInvalidArgumentError where a proxy was asked for and cannot be used: nothing goes around it.
 */
export function clientProxyOf(options: ResolvedOptions): SOCKS5Proxy | undefined {
  const unusable = (['proxyHost', 'proxyPort'] as const).filter(name => options.unusable.includes(name))
  if (unusable.length > 0)
    throw new MongoInvalidArgumentError(
      `${unusable.join(', ')} in the connection string cannot be used, and cenote does not connect around a proxy that was asked for: correct it, or leave it out`
    )
  const { proxyHost, proxyPort: port, hosts, secrets } = options
  if (proxyHost === undefined) return undefined
  const path = hosts.find(each => 'socketPath' in each)
  if (path !== undefined)
    throw new MongoInvalidArgumentError(
      `proxyHost: a UNIX domain socket is not reached through a proxy; name ${JSON.stringify(path.socketPath)} without proxyHost`
    )
  const username = secrets.reveal('proxyUsername')
  const password = secrets.reveal('proxyPassword')
  const credentials = username === undefined || password === undefined ? undefined : { username, password }
  // An IPv6 address may stand in brackets, as it does among the hosts.
  return { host: proxyHost.replace(/^\[(.*)\]$/, '$1'), port, credentials }
}
