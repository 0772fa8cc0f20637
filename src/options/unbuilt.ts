import { MongoInvalidArgumentError } from '../errors/index.ts'
import type { Feature, OptionName, OptionRow } from './option_row.ts'
import { optionTable } from './option_table.ts'
import type { ResolvedOptions } from './resolve_options.ts'
import { isSecret } from './secrets.ts'

const refusals: Readonly<Record<Feature, string>> = {
  auth: 'authentication is not built yet; cenote will not talk without authentication when it is asked for',
  compression: 'compression is not built yet; leave it out, and messages go as they are',
  srv: 'mongodb+srv:// is not built yet; name the hosts with mongodb://',
  proxy: 'proxies are not built yet; cenote will not connect around a proxy that was asked for',
  serverApi: 'the stable API is not built yet; leave it out',
  bson: 'this is not built yet; leave it out, or give the default',
  encryption: 'client-side encryption is not built yet; cenote will not send in plain text what was to be encrypted'
}

/**
 * Refuses what was asked for and is not built yet, so that nothing of it is ignored. A value that is the default asks for
 * nothing. An option whose value could not be used asks all the same.
 * @throws MongoInvalidArgumentError that names each option.
 */
export function refuseUnbuilt(options: ResolvedOptions): void {
  const asked = new Map<Feature, string[]>()
  const ask = (feature: Feature, what: string): void => {
    asked.set(feature, [...(asked.get(feature) ?? []), what])
  }
  if (options.secrets.has('username')) ask('auth', 'user name')
  if (options.srvHost !== undefined) ask('srv', 'mongodb+srv://')
  for (const [name, row] of Object.entries(optionTable) as [OptionName, OptionRow][])
    if (row.later !== undefined && asksFor(options, name, row)) ask(row.later, name)
  if (asked.size === 0) return
  const reasons = [...asked].map(([feature, what]) => `${what.join(', ')}: ${refusals[feature]}`)
  throw new MongoInvalidArgumentError(reasons.join('. '))
}

function asksFor(options: ResolvedOptions, name: OptionName, row: OptionRow): boolean {
  if (options.unusable.includes(name)) return true
  if (isSecret(name)) return options.secrets.has(name)
  const value = (options as Readonly<Partial<Record<OptionName, unknown>>>)[name]
  return value !== undefined && value !== row.default
}
