/** The wording of what can go wrong with a connection. What broke, and what it was doing, stand in every message. */
import type { Credentials, Mechanism } from '../auth/index.ts'
import { fieldOf, textField, type UntrustedDocument } from '../bson/index.ts'
import {
  MongoAuthenticationError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoRuntimeError,
  MongoServerError
} from '../errors/index.ts'
import { type ClientTLS, TransportError } from '../runtime/index.ts'
import { WireViolationError } from '../wire/index.ts'
import type { ConnectionPurpose } from './connection.ts'
import type { SocketActivity } from './socket_ledger.ts'

/** What a connection did when it broke, as a part of a sentence. */
const didWords: Readonly<Record<SocketActivity, string>> = {
  opening: 'was being opened',
  'waiting for the proxy': 'waited for the proxy',
  'starting TLS': 'was starting TLS',
  'shaking hands': 'was shaking hands',
  authenticating: 'was authenticating',
  idle: 'was idle',
  sending: 'was sending',
  'waiting for a reply': 'waited for a reply',
  closing: 'was closing'
}

const purposeWords: Readonly<Record<ConnectionPurpose, string>> = {
  pool: 'connection',
  monitor: 'monitor connection',
  roundTripTime: 'round-trip time connection'
}

/** `connection 3 to db1.example:27017` */
export function connectionName(purpose: ConnectionPurpose, id: number, address: string): string {
  return `${purposeWords[purpose]} ${id} to ${address}`
}

/** Without a cause the peer ended the connection in order. */
export function networkFailure(
  name: string,
  address: string,
  activity: SocketActivity,
  cause: TransportError | undefined,
  tls: ClientTLS | undefined
): MongoNetworkError {
  const what = cause?.message ?? `${address} closed the connection`
  const hint = activity === 'shaking hands' && cause?.stage !== 'certificate' ? `: ${unheardHint(tls)}` : ''
  const error = new MongoNetworkError(`${what} (${name}, which ${didWords[activity]})${hint}`, { cause })
  if (cause?.code !== undefined) error.code = cause.code
  return error
}

/** A server that ends a connection in place of its first answer mostly wants TLS otherwise than it was given. */
function unheardHint(tls: ClientTLS | undefined): string {
  if (tls === undefined) return 'does the server take TLS only (tls=true)?'
  return tls.hasCertificate === false
    ? 'does the server demand a certificate of the client (tlsCertificateKeyFile)?'
    : 'does the server accept the certificate of this client?'
}

export function closedByClient(name: string, activity: SocketActivity): MongoNetworkError {
  return new MongoNetworkError(`The ${name} was closed by this client while it ${didWords[activity]}`)
}

/** For an exchange that is started on a connection that broke before: an error object of its own, and nothing was sent. */
export function brokenBefore(name: string, cause: Error): MongoNetworkError {
  return new MongoNetworkError(`The ${name} broke before the command was sent: ${cause.message}`, { cause })
}

export function unaskedBytes(name: string, address: string, bytes: number): WireViolationError {
  return new WireViolationError(address, `it sent ${bytes} bytes that nobody asked for (${name})`, { observed: bytes })
}

export function unaskedStream(name: string, address: string): WireViolationError {
  return new WireViolationError(
    address,
    `it announced further replies (moreToCome) to a request that did not allow them (${name})`
  )
}

export function secondExchange(name: string): MongoRuntimeError {
  return new MongoRuntimeError(
    `The ${name} was given a command while it carries another; this is a fault in cenote, please report it`
  )
}

export function brokenByFault(name: string, fault: unknown): MongoRuntimeError {
  return new MongoRuntimeError(`The ${name} was closed because the reader of a reply failed: ${String(fault)}`, {
    cause: fault
  })
}

/** What was missing when the time was over. */
const missingWords: Readonly<Partial<Record<SocketActivity, string>>> = {
  opening: 'the server was not reached',
  'waiting for the proxy': 'it had not connected to the server',
  'starting TLS': 'the server did not complete the TLS handshake: does it speak TLS on this port?',
  authenticating: 'authentication did not come to its end'
}

export function establishTimeout(
  name: string,
  activity: SocketActivity,
  connectTimeoutMS: number
): MongoNetworkTimeoutError {
  const missing = missingWords[activity] ?? 'no reply to the hello came'
  const what = `The ${name} was not established within connectTimeoutMS (${connectTimeoutMS} ms): it ${didWords[activity]}, and ${missing}`
  // The stage tells what follows from it: a proxy that is slow says nothing of the server.
  const cause = activity === 'waiting for the proxy' ? new TransportError(what, 'proxy', 'ETIMEDOUT') : undefined
  return new MongoNetworkTimeoutError(what, { cause })
}

/** Of a refusal to authenticate these are kept: whoever was shown a password could say it again anywhere else. */
const keptFields = [
  'ok',
  'code',
  'codeName',
  'errorLabels',
  'topologyVersion',
  '$clusterTime',
  'operationTime'
] as const

const userNotFound = 11
const authenticationFailed = 18

/** Who could not authenticate, how and where: for messages. */
export interface AuthenticationAttempt {
  readonly credentials: Credentials
  readonly mechanism: Mechanism
  /** As `connectionName` has it. */
  readonly connection: string
}

/** The server's own code decides what follows. */
export function refusedByServer(attempt: AuthenticationAttempt, reply: UntrustedDocument): MongoServerError {
  const { credentials, mechanism, connection } = attempt
  const kept: Record<string, unknown> = {}
  for (const field of keptFields) if (Object.hasOwn(reply, field)) kept[field] = reply[field]
  const errmsg = mechanism === 'PLAIN' ? undefined : textField(reply, 'errmsg')
  if (errmsg !== undefined) kept['errmsg'] = errmsg
  const code = fieldOf(reply, 'code')
  const what = `${textField(reply, 'codeName') ?? 'an error'}${typeof code === 'number' ? ` (code ${code})` : ''}`
  const why = errmsg === undefined || errmsg === '' ? '' : `, "${errmsg}"`
  const advice = mechanism === 'MONGODB-X509' ? certificateAdvice(credentials, code) : passwordAdvice(code)
  return new MongoServerError(
    kept,
    `The server refused to authenticate ${credentials.describe()} with ${mechanism} (${connection}): ${what}${why}${advice}`
  )
}

function passwordAdvice(code: unknown): string {
  if (code !== authenticationFailed) return ''
  return '. Are name and password right, and is authSource the database that knows the user?'
}

/** Servers do not say which of the reasons for a failure it is; a name that is not the certificate's shows here. */
function certificateAdvice(credentials: Credentials, code: unknown): string {
  const { username, certificateSubject: subject } = credentials.reveal()
  if (code === userNotFound)
    return `. Create this user on ${credentials.source}, with the subject of the certificate, letter for letter, as its name`
  if (code !== authenticationFailed) return ''
  if (subject !== undefined && username !== undefined && subject !== username)
    return `. The subject of the certificate is ${JSON.stringify(subject)}: leave the user name out, or give this one`
  return '. Does the server ask clients for certificates, and was it shown one of an authority that it trusts?'
}

/** What the server said, or left out, is not what somebody says who knows the user's key. */
export function refusedByClient(
  { credentials, mechanism, connection }: AuthenticationAttempt,
  violation: Error
): MongoAuthenticationError {
  return new MongoAuthenticationError(
    `The server broke the rules of ${mechanism} when ${credentials.describe()} was to be authenticated (${connection}): ${violation.message}. ` +
      'Is it the server that it should be?'
  )
}

/** SASLprep refuses some passwords, which no server can have then; or there was no thread for the work. */
export function passwordUnusable(
  { credentials, mechanism, connection }: AuthenticationAttempt,
  cause: Error | undefined
): MongoAuthenticationError {
  return new MongoAuthenticationError(
    `The password of ${credentials.describe()} cannot be made into a key for ${mechanism} (${connection}): ${cause?.message ?? 'no reason is known'}`,
    { cause }
  )
}
