import { MongoInvalidArgumentError } from '../errors/index.ts'
import type { ResolvedOptions } from '../options/index.ts'
import { type ClientTLS, type Runtime, type SecureContext, type TLS, TLSMaterialError } from '../runtime/index.ts'

/** Of a file of certificates, keys or revocation lists; the platform's own authorities are a quarter of a megabyte. */
const fileBytesMax = 16 * 1024 * 1024

type FileOption = 'tlsCAFile' | 'tlsCertificateKeyFile' | 'tlsCRLFile'

/**
 * What all dials of a client share, if its options ask for TLS. Reads the files.
 * @throws MongoInvalidArgumentError that names the option, the file, and what is wrong with it.
 */
export function clientTLSOf(
  options: ResolvedOptions,
  secureContext: SecureContext | undefined,
  runtime: Runtime
): ClientTLS | undefined {
  if (!options.tls) return undefined
  const { tls } = runtime
  if (tls === undefined) {
    throw new MongoInvalidArgumentError(
      "tls: the virtual Runtime has no TLS; leave tls out there, or use Node's Runtime, which is the default"
    )
  }
  warnOfWeakness(options, runtime)
  const read = (option: FileOption): string | undefined => textOf(tls, option, options[option])
  const certificateKey = read('tlsCertificateKeyFile')
  try {
    return tls.client({
      secureContext,
      ca: read('tlsCAFile'),
      certificate: certificateKey,
      key: certificateKey,
      keyPassword: options.secrets.reveal('tlsCertificateKeyFilePassword'),
      crl: read('tlsCRLFile'),
      allowInvalidCertificates: options.tlsInsecure || options.tlsAllowInvalidCertificates,
      allowInvalidHostnames: options.tlsInsecure || options.tlsAllowInvalidHostnames
    })
  } catch (error) {
    throw error instanceof TLSMaterialError ? unusable(error, options) : error
  }
}

function textOf(tls: TLS, option: FileOption, path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  try {
    return tls.readText(path, fileBytesMax)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new MongoInvalidArgumentError(
      `${option}: the file ${JSON.stringify(path)} cannot be read: ${reason}. Correct the path, or let this process read it`,
      { cause }
    )
  }
}

function unusable(error: TLSMaterialError, options: ResolvedOptions): MongoInvalidArgumentError {
  const cause = { cause: error }
  const ofFile = (option: FileOption, advice = ''): MongoInvalidArgumentError =>
    new MongoInvalidArgumentError(
      `${option}: the file ${JSON.stringify(options[option])} cannot be used: ${error.message}${advice}`,
      cause
    )
  switch (error.part) {
    case 'ca':
      return ofFile('tlsCAFile')
    case 'crl':
      return ofFile('tlsCRLFile')
    case 'certificate':
    case 'key':
      return ofFile('tlsCertificateKeyFile', '. The file holds both the certificate and its private key')
    case 'keyPassword':
      return ofFile('tlsCertificateKeyFile', '. Correct tlsCertificateKeyFilePassword')
    case 'secureContext':
      return new MongoInvalidArgumentError(`secureContext: ${error.message}`, cause)
  }
}

/** Once for a client, loud enough not to be forgotten. */
function warnOfWeakness(options: ResolvedOptions, runtime: Runtime): void {
  const weak = (['tlsInsecure', 'tlsAllowInvalidCertificates', 'tlsAllowInvalidHostnames'] as const).filter(
    name => options[name]
  )
  if (weak.length === 0) return
  runtime.warn(
    `${weak.join(', ')}: servers are not fully checked, and somebody in between may read and change everything; for tests only`,
    'CENOTE_TLS_WEAKENED'
  )
}
