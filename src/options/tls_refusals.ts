import { MongoInvalidArgumentError } from '../errors/index.ts'
import type { OptionName } from './option_row.ts'
import { credentialsOf, type ResolvedOptions } from './resolve_options.ts'
import { isSecret } from './secrets.ts'
import { tlsOptions } from './tls_options.ts'

const fileOptions = ['tlsCAFile', 'tlsCertificateKeyFile', 'tlsCertificateKeyFilePassword', 'tlsCRLFile'] as const

/**
 * Refuses options of TLS that would not do what they were given for: who names a certificate must not end in plain text, nor
 * who misspells `true`; and whoever a certificate is to authenticate without one. Parsing accepts them all, as the
 * specification has it.
 * @throws MongoInvalidArgumentError that names the options and what to do.
 */
export function refuseUselessTLS(options: ResolvedOptions, secureContext: boolean): void {
  const problem = problemOf(options, secureContext)
  if (problem !== undefined) throw new MongoInvalidArgumentError(problem)
}

function problemOf(options: ResolvedOptions, secureContext: boolean): string | undefined {
  const names = Object.keys(tlsOptions) as (keyof typeof tlsOptions)[]
  const unusable = names.filter(name => options.unusable.includes(name))
  if (unusable.length > 0)
    return `${unusable.join(', ')} in the connection string cannot be used; TLS is not guessed at: correct it, or leave it out`
  const missing = missingForCertificate(options, secureContext)
  if (missing !== undefined)
    return `authMechanism: MONGODB-X509 proves the user by a certificate in TLS, and there is none; give ${missing}`
  const given = names.filter(name => name !== 'tls' && isAskedFor(options, name))
  const asked = [...given, ...(secureContext ? ['secureContext'] : [])]
  if (!options.tls) {
    if (asked.length === 0) return undefined
    return `${asked.join(', ')}: TLS is off, so this would do nothing; add tls=true, or leave it out`
  }
  const replaced = given.filter(name => fileOptions.some(option => option === name))
  if (secureContext && replaced.length > 0)
    return `secureContext stands for certificates and keys as a whole; leave out ${replaced.join(', ')}, or secureContext`
  if (options.secrets.has('tlsCertificateKeyFilePassword') && options.tlsCertificateKeyFile === undefined)
    return 'tlsCertificateKeyFilePassword is given without tlsCertificateKeyFile; give both or neither'
  if (options.tlsCRLFile !== undefined && options.tlsDisableCertificateRevocationCheck)
    return 'tlsCRLFile and tlsDisableCertificateRevocationCheck contradict each other; give one'
  return undefined
}

/** Whether a `secureContext` has a certificate in it nobody can see: then the server tells. */
function missingForCertificate(options: ResolvedOptions, secureContext: boolean): string | undefined {
  if (credentialsOf(options)?.mechanism !== 'MONGODB-X509') return undefined
  const certificate = options.tlsCertificateKeyFile !== undefined || secureContext
  const missing = [...(options.tls ? [] : ['tls=true']), ...(certificate ? [] : ['tlsCertificateKeyFile'])]
  return missing.length === 0 ? undefined : missing.join(' and ')
}

function isAskedFor(options: ResolvedOptions, name: OptionName): boolean {
  if (isSecret(name)) return options.secrets.has(name)
  const value = (options as Readonly<Partial<Record<OptionName, unknown>>>)[name]
  return value !== undefined && value !== false
}
