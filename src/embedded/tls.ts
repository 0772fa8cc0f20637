import { MongoInvalidArgumentError } from '../errors/index.ts'
import { type ClientTLS, type Runtime, type ServerTLS, TLSMaterialError } from '../runtime/index.ts'
import { type Peer, tryToReach } from './replication/index.ts'

/** Encryption of a deployment: all is PEM text. */
export interface DeploymentTLS {
  readonly key: string
  /** For the hosts that the members listen on, and after it those that lead from it to an authority. */
  readonly cert: string
  /** Authorities of clients' certificates. */
  readonly ca?: string
  /**
   * `required`: a client must present a certificate of `ca`, members among each other too, which present `cert`.
   * `optional`: one without may connect. Default: clients are not asked for one.
   */
  readonly requestClientCertificate?: 'optional' | 'required'
}

/** For the listeners of the members, and for their connections to each other. */
export interface MemberTLS {
  readonly server: ServerTLS
  readonly internal: ClientTLS
}

const names: ReadonlySet<string> = new Set(['key', 'cert', 'ca', 'requestClientCertificate'])

/** @throws {MongoInvalidArgumentError} for what is missing or cannot be used. */
export function memberTLSOf(given: DeploymentTLS, runtime: Runtime): MemberTLS {
  check(given)
  const { key, cert: certificate, ca, requestClientCertificate: clientCertificate = 'none' } = given
  const { tls } = runtime
  if (tls === undefined) throw invalid('the virtual Runtime has no TLS; leave tls out there, or leave out the Runtime')
  try {
    return {
      server: tls.server({ key, certificate, ca, clientCertificate }),
      // Members dial each other within this process: whom they reach needs no proof, whatever the certificate is made to be.
      internal: tls.client({ key, certificate, allowInvalidCertificates: true, allowInvalidHostnames: true })
    }
  } catch (error) {
    if (!(error instanceof TLSMaterialError)) throw error
    const part = error.part === 'certificate' ? 'cert' : error.part
    throw invalid(`${part} cannot be used: ${error.message}`, error)
  }
}

/**
 * A set whose members refuse each other's certificates would never come into being.
 * @throws {MongoInvalidArgumentError}
 */
export async function requireMutualTrust(runtime: Runtime, [member]: readonly Peer[]): Promise<void> {
  if (member?.internalTLS === undefined) return
  try {
    await tryToReach(runtime, member)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw invalid(
      `members cannot connect to each other: ${why}. Where a certificate is required of clients, cert must be one of ca, ` +
        'valid, and not for servers alone',
      error
    )
  }
}

function check(given: DeploymentTLS): void {
  if (typeof given !== 'object' || given === null) throw invalid('it is an object with key and cert')
  for (const name of Object.keys(given)) {
    if (!names.has(name)) throw invalid(`"${name}" is no part of it; there are ${[...names].join(', ')}`)
  }
  for (const name of ['key', 'cert', 'ca'] as const) {
    const text: unknown = given[name]
    if (typeof text !== 'string' && (name !== 'ca' || text !== undefined)) throw invalid(`${name} is PEM text`)
  }
  const request: unknown = given.requestClientCertificate
  if (request === undefined) return
  if (request !== 'optional' && request !== 'required') {
    throw invalid(`requestClientCertificate is "optional" or "required", not ${JSON.stringify(request)}`)
  }
  if (given.ca === undefined) throw invalid('requestClientCertificate needs ca, the authorities of these certificates')
}

function invalid(what: string, cause?: unknown): MongoInvalidArgumentError {
  return new MongoInvalidArgumentError(`startDeployment: tls: ${what}`, cause === undefined ? {} : { cause })
}
