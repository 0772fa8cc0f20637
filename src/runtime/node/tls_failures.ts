/** The wording of what goes wrong with TLS: what failed, where, and which option mends it. */
import type { PeerCertificate } from 'node:tls'
import { addressOf } from '../failures.ts'
import { type Target, TransportError, type TransportStage } from '../runtime.ts'
import { reasonOf } from './dial.ts'

/** A server chooses the names in its certificate. */
const quotedCharsMax = 200

/** One end's alert that it does not accept, or misses, the other's certificate. */
const certificateAlerts: ReadonlySet<string> = new Set([
  'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
  'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
  'ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED',
  'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN',
  'ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE',
  'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
  'ERR_SSL_TLSV1_ALERT_ACCESS_DENIED',
  'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'
])

/** What the other end says is no TLS at all. */
const plainTextCodes: ReadonlySet<string> = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_UNEXPECTED_MESSAGE',
  'ERR_SSL_HTTP_REQUEST'
])

const altNameCode = 'ERR_TLS_CERT_ALTNAME_INVALID'
const unknownAuthority = 'its authority is not trusted: name it with tlsCAFile'

const certificateAdvice: ReadonlyMap<string, string> = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'it is self-signed: if it is to be trusted, name it with tlsCAFile'],
  ['SELF_SIGNED_CERT_IN_CHAIN', unknownAuthority],
  ['UNABLE_TO_GET_ISSUER_CERT', unknownAuthority],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', unknownAuthority],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', unknownAuthority],
  ['CERT_SIGNATURE_FAILURE', 'its signature is not of the authority that it names: is tlsCAFile up to date?'],
  ['CERT_HAS_EXPIRED', 'it has expired, or one that vouches for it has: the server needs a new one'],
  ['CERT_NOT_YET_VALID', 'its time has not begun: are the clocks of client and server right?'],
  ['CERT_REVOKED', 'the list in tlsCRLFile says that it was revoked'],
  ['UNABLE_TO_GET_CRL', 'tlsCRLFile has no list of its authority'],
  ['CRL_HAS_EXPIRED', 'the list in tlsCRLFile has expired: get a new one'],
  ['INVALID_PURPOSE', 'it is not made for servers (extended key usage)']
])

/**
 * A TLS handshake failed: a certificate, or its bytes. `refused`: it was this end that refused the server's certificate,
 * which is out of reach by now. Not every runtime says so, but then the code does.
 */
export function handshakeFailure(target: Target, error: NodeJS.ErrnoException, refused: boolean): TransportError {
  const { code } = error
  const address = addressOf(target)
  if (code === altNameCode) return hostNameFailure(target, error)
  const advice = certificateAdvice.get(code ?? '')
  if (refused || advice !== undefined)
    return refusedCertificate(address, advice ?? error.message, code ?? 'unknown', error)
  const alert = certificateAlert(address, error)
  if (alert !== undefined) return alert
  const failed = (reason: string): TransportError =>
    new TransportError(`The TLS handshake with ${address} failed: ${reason}`, 'tls-io', code, error)
  if (code === 'ECONNRESET') {
    return failed('the server ended the connection. Does it speak TLS on this port? If not, leave out the option tls')
  }
  if (code !== undefined && plainTextCodes.has(code)) {
    return failed('the server answers in something else than TLS. If it speaks plain text, leave out the option tls')
  }
  if (code === 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE') {
    return failed(
      'the server refuses it: it may demand a certificate of the client (tlsCertificateKeyFile), or have no cipher in common'
    )
  }
  if (code === 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' || code === 'ERR_SSL_UNSUPPORTED_PROTOCOL') {
    return failed('there is no common version of TLS; cenote speaks 1.2 and 1.3')
  }
  return failed(reasonOf(error))
}

/** A certificate that is not for the host it came from. `error` is what `checkServerIdentity` gives. */
export function hostNameFailure(target: Target, error: NodeJS.ErrnoException): TransportError {
  const certificate = 'cert' in error ? (error.cert as Partial<PeerCertificate> | undefined) : undefined
  const { subjectaltname, subject } = certificate ?? {}
  const names = subjectaltname ?? (subject?.CN === undefined ? 'none that it names' : `CN ${String(subject.CN)}`)
  const reason =
    `it is for other hosts: ${quoted(names)}. Connect by a name that it has, or give the server one for this name; ` +
    'tlsAllowInvalidHostnames turns this check off'
  return refusedCertificate(addressOf(target), reason, altNameCode, error)
}

/** Some alerts come only after the client's part of the handshake is done. */
export function alertFailure(target: Target, error: NodeJS.ErrnoException): TransportError | undefined {
  return certificateAlert(addressOf(target), error)
}

function refusedCertificate(address: string, reason: string, code: string, cause: Error): TransportError {
  const stage: TransportStage = 'certificate'
  return new TransportError(`The certificate of ${address} was refused: ${reason} (${code})`, stage, code, cause)
}

function certificateAlert(address: string, error: NodeJS.ErrnoException): TransportError | undefined {
  const { code } = error
  if (code === undefined || !certificateAlerts.has(code)) return undefined
  const what =
    code === 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'
      ? 'demands a certificate of the client, and there is none: name its file with tlsCertificateKeyFile'
      : `does not accept the certificate of the client (${reasonOf(error)}): is the one in tlsCertificateKeyFile of its authority, and valid?`
  return new TransportError(`${address} ${what}`, 'certificate', code, error)
}

function quoted(text: string): string {
  const line = text.replace(/\p{C}+/gu, ' ')
  return line.length > quotedCharsMax ? `${line.slice(0, quotedCharsMax)}…` : line
}
