import { MongoInvalidArgumentError } from '../errors/index.ts'
import { type MechanismName, needsPassword } from './credentials.ts'
import type { Feature, OptionName, OptionRow } from './option_row.ts'
import { optionTable } from './option_table.ts'
import { credentialsOf, type ResolvedOptions } from './resolve_options.ts'
import { isSecret } from './secrets.ts'

const refusals: Readonly<Record<Feature, string>> = {
  bson: 'this is not built yet; leave it out, or give the default',
  encryption: 'client-side encryption is not built yet; cenote will not send in plain text what was to be encrypted'
}

/** Mechanism → why it is refused, and what to do. */
const mechanismRefusals: ReadonlyMap<MechanismName, string> = new Map([
  ['GSSAPI', 'GSSAPI (Kerberos) is not built yet; use SCRAM-SHA-256, PLAIN or MONGODB-X509 where the server has them'],
  ['MONGODB-AWS', 'MONGODB-AWS is not built yet; use a user with SCRAM-SHA-256, or MONGODB-X509'],
  ['MONGODB-OIDC', 'MONGODB-OIDC is not built yet; use a user with SCRAM-SHA-256, or MONGODB-X509'],
  ['MONGODB-CR', 'servers of today no longer have MONGODB-CR; leave authMechanism out, and SCRAM is negotiated']
])

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
  for (const [name, row] of Object.entries(optionTable) as [OptionName, OptionRow][])
    if (row.later !== undefined && asksFor(options, name, row)) ask(row.later, name)
  const reasons = [...asked].map(([feature, what]) => `${what.join(', ')}: ${refusals[feature]}`)
  const authentication = refusalOfAuthentication(options)
  if (authentication !== undefined) reasons.push(authentication)
  if (reasons.length === 0) return
  throw new MongoInvalidArgumentError(reasons.join('. '))
}

/** A mechanism that is not built, or that could not work: the client must not go on without authentication. */
function refusalOfAuthentication(options: ResolvedOptions): string | undefined {
  const unusable = (['authMechanism', 'authMechanismProperties'] as const).find(name => options.unusable.includes(name))
  if (unusable !== undefined)
    return `${unusable}: its value cannot be used, and authentication is not left out in silence`
  const credentials = credentialsOf(options)
  if (credentials === undefined) return undefined
  const { mechanism, password } = credentials
  const why = mechanism === undefined ? undefined : mechanismRefusals.get(mechanism)
  if (why !== undefined) return `authMechanism: ${why}`
  if (needsPassword(mechanism) && password === undefined)
    return 'user name: there is no password; give it in the connection string, or both in the option auth'
  return undefined
}

/** What a user should know of a client that may be made all the same. */
export function warningOfAuthentication(options: ResolvedOptions): string | undefined {
  if (credentialsOf(options)?.mechanism !== 'PLAIN' || options.tls) return undefined
  return 'authMechanism PLAIN without tls sends the password so that anybody on the way can read it; set tls=true'
}

function asksFor(options: ResolvedOptions, name: OptionName, row: OptionRow): boolean {
  if (options.unusable.includes(name)) return true
  if (isSecret(name)) return options.secrets.has(name)
  const value = (options as Readonly<Partial<Record<OptionName, unknown>>>)[name]
  return value !== undefined && value !== row.default
}
