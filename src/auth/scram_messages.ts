/** The four messages of SCRAM as text, strictly: what is not exactly as it must be is refused. Source: RFC 5802. */
import { MechanismViolation } from './violation.ts'

/** Fewer are refused, as the authentication specification demands. */
export const iterationsMin = 4_096
/** More are refused before any work: a hostile server could keep a processor busy. This many take about 0.2 s. */
export const iterationsMax = 1_000_000
/** A client's or a server's own part of the nonce, before it is written as base64. */
export const nonceBytes = 24
/** A message that is longer is refused unread. */
export const messageBytesMax = 4_096

/** No channel binding, no other identity: `n,,`; in the last message the same as base64. */
const gs2Header = 'n,,'
const channelBinding = 'biws'

export interface ServerFirst {
  /** The client's, with the server's behind it. */
  readonly nonce: string
  readonly salt: Uint8Array
  readonly iterations: number
}

export interface ClientFirst {
  readonly username: string
  readonly nonce: string
  /** Without the header: part of what both sign. */
  readonly bare: string
}

export interface ClientFinal {
  readonly nonce: string
  readonly proof: Uint8Array
  /** Part of what both sign. */
  readonly withoutProof: string
}

export function clientFirstBare(username: string, nonce: string): string {
  return `n=${username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`
}

export function clientFirst(bare: string): Uint8Array {
  return bytesOf(gs2Header + bare)
}

/** @throws {MechanismViolation} */
export function readClientFirst(payload: Uint8Array): ClientFirst {
  const text = textOf(payload)
  const match = /^n,,(?<bare>n=(?<name>[^,]+),r=(?<nonce>[!-+\--~]+))$/u.exec(text)
  const { bare = '', name = '', nonce = '' } = match?.groups ?? {}
  if (match === null || /=(?!3D|2C)/.test(name))
    throw new MechanismViolation('its first message has another form than n,,n=…,r=…')
  return { username: name.replaceAll('=2C', ',').replaceAll('=3D', '='), nonce, bare }
}

export function serverFirst({ nonce, salt, iterations }: ServerFirst): string {
  return `r=${nonce},s=${toBase64(salt)},i=${iterations}`
}

/**
 * `text` is what both sign. Extensions are refused too: no server that is known has any.
 * @throws {MechanismViolation}
 */
export function readServerFirst(payload: Uint8Array, clientNonce: string): ServerFirst & { readonly text: string } {
  const text = textOf(payload)
  refuseError(text)
  const match = /^r=(?<nonce>[!-+\--~]+),s=(?<salt>[^,]*),i=(?<iterations>[^,]*)$/.exec(text)
  if (match === null) throw new MechanismViolation('its first message has another form than r=…,s=…,i=…')
  const { nonce = '', salt: saltText = '', iterations: iterationsText = '' } = match.groups ?? {}
  if (!nonce.startsWith(clientNonce) || nonce.length === clientNonce.length)
    throw new MechanismViolation("its nonce does not extend the client's")
  const salt = fromBase64(saltText)
  if (salt === undefined || salt.length === 0) throw new MechanismViolation('its salt is no base64, or empty')
  return { nonce, salt, iterations: iterationsOf(iterationsText), text }
}

function iterationsOf(text: string): number {
  if (!/^[1-9]\d{0,15}$/.test(text)) throw new MechanismViolation('its iteration count is no whole number')
  const iterations = Number(text)
  if (iterations >= iterationsMin && iterations <= iterationsMax) return iterations
  throw new MechanismViolation(
    `its iteration count is ${iterations}, and cenote takes ${iterationsMin} to ${iterationsMax}: fewer are unsafe, more are work for nothing`
  )
}

export function clientFinalWithoutProof(nonce: string): string {
  return `c=${channelBinding},r=${nonce}`
}

export function clientFinal(withoutProof: string, proof: Uint8Array): Uint8Array {
  return bytesOf(`${withoutProof},p=${toBase64(proof)}`)
}

/** @throws {MechanismViolation} */
export function readClientFinal(payload: Uint8Array): ClientFinal {
  const match = /^(?<withoutProof>c=(?<channel>[^,]*),r=(?<nonce>[!-+\--~]+)),p=(?<proof>[^,]*)$/.exec(textOf(payload))
  const { withoutProof = '', channel, nonce = '', proof: proofText = '' } = match?.groups ?? {}
  const proof = fromBase64(proofText)
  if (match === null || proof === undefined)
    throw new MechanismViolation('its final message has another form than c=…,r=…,p=…')
  if (channel !== channelBinding) throw new MechanismViolation('it binds to a channel')
  return { nonce, proof, withoutProof }
}

export function serverFinal(signature: Uint8Array): Uint8Array {
  return bytesOf(`v=${toBase64(signature)}`)
}

/**
 * The server's signature.
 * @throws {MechanismViolation}
 */
export function readServerFinal(payload: Uint8Array): Uint8Array {
  const text = textOf(payload)
  refuseError(text)
  const signature = text.startsWith('v=') ? fromBase64(text.slice(2)) : undefined
  if (signature === undefined) throw new MechanismViolation('its final message has no signature (v=…)')
  return signature
}

/** A server may say why it refuses: RFC 5802 has words for it, which are letters and hyphens. */
function refuseError(text: string): void {
  if (!text.startsWith('e=')) return
  const why = /^e=(?<why>[a-z-]{1,64})$/i.exec(text)?.groups?.['why']
  throw new MechanismViolation(why === undefined ? 'it reported an error' : `it reported the error ${why}`)
}

export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'utf8')
}

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}

/** Undefined for anything but the one way in which the bytes are written. */
export function fromBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

function textOf(payload: Uint8Array): string {
  if (payload.length > messageBytesMax)
    throw new MechanismViolation(`its message has ${payload.length} bytes, more than ${messageBytesMax}`)
  try {
    return utf8.decode(payload)
  } catch {
    throw new MechanismViolation('its message is no UTF-8')
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
