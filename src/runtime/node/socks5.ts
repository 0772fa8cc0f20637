/** The client's part of SOCKS5 up to the reply to CONNECT, as bytes in and bytes out. Sources: RFC 1928 and RFC 1929. */
import { isIPv4, isIPv6 } from 'node:net'
import type { SOCKS5Proxy } from '../runtime.ts'

const version = 5
const noAuthentication = 0
const usernameAndPassword = 2
const noneAcceptable = 0xff
const connectCommand = 1
const addressTypes = { ipv4: 1, name: 3, ipv6: 4 } as const
const textBytesMax = 255

/** What a proxy says in place of success. */
const refusals: ReadonlyMap<number, string> = new Map([
  [1, 'it failed'],
  [2, 'its rules do not allow the connection'],
  [3, 'the network of the server cannot be reached'],
  [4, 'the server cannot be reached, or its name not resolved'],
  [5, 'the server refused the connection'],
  [6, 'the connection took too long'],
  [7, 'it does not support CONNECT'],
  [8, 'it does not support this type of address']
])

/** What to do with what came: wait for more, send something, go on with the connection, or give it up. */
export type SOCKS5Step =
  | { readonly do: 'wait' | 'open' }
  | { readonly do: 'send'; readonly bytes: Uint8Array }
  | { readonly do: 'fail'; readonly reason: string }

const wait: SOCKS5Step = { do: 'wait' }

/** One connection through a proxy. The name of the server goes to the proxy as it is, which resolves it. */
export class SOCKS5Handshake {
  readonly #host: string
  readonly #port: number
  readonly #credentials: SOCKS5Proxy['credentials']
  #expects: 'method' | 'authentication' | 'connection' = 'method'
  #held: Uint8Array = new Uint8Array(0)

  constructor(
    { host, port }: { readonly host: string; readonly port: number },
    credentials: SOCKS5Proxy['credentials']
  ) {
    this.#host = host
    this.#port = port
    this.#credentials = credentials
  }

  /** What goes out first. */
  greeting(): Uint8Array {
    const methods = this.#credentials === undefined ? [noAuthentication] : [noAuthentication, usernameAndPassword]
    return Uint8Array.of(version, methods.length, ...methods)
  }

  /** `bytes` may be a piece of an answer; they are copied. */
  received(bytes: Uint8Array): SOCKS5Step {
    this.#held = Buffer.concat([this.#held, bytes])
    switch (this.#expects) {
      case 'method':
        return this.#take(2, answer => this.#methodChosen(answer))
      case 'authentication':
        return this.#take(2, answer => this.#authenticated(answer))
      case 'connection':
        return this.#connected()
    }
  }

  /** An answer has no more bytes than it should: a proxy says nothing, nor does a server, before the next request. */
  #take(length: number, read: (answer: Uint8Array) => SOCKS5Step): SOCKS5Step {
    if (this.#held.length < length) return wait
    if (this.#held.length > length) return fail('it sent more bytes than its answer has')
    const answer = this.#held
    this.#held = new Uint8Array(0)
    return read(answer)
  }

  #methodChosen([spoken, method]: Uint8Array): SOCKS5Step {
    if (spoken !== version) return noProxy()
    if (method === noAuthentication) return this.#ask()
    if (method === usernameAndPassword && this.#credentials !== undefined) {
      const { username, password } = this.#credentials
      if (tooLong(username, password))
        return fail(`SOCKS5 carries a user name and a password of up to ${textBytesMax} bytes each`)
      this.#expects = 'authentication'
      return send(Uint8Array.of(1, ...counted(username), ...counted(password)))
    }
    if (method !== noneAcceptable) return fail(`it chose the method ${method}, which it was not offered`)
    return fail(
      this.#credentials === undefined
        ? 'it demands authentication, and there is none; give proxyUsername and proxyPassword'
        : 'it takes neither a user name and a password nor nobody'
    )
  }

  /** The first byte, the version, is often wrong; the second counts. */
  #authenticated([, status]: Uint8Array): SOCKS5Step {
    if (status === 0) return this.#ask()
    return fail('it does not accept the user; check proxyUsername and proxyPassword')
  }

  #ask(): SOCKS5Step {
    if (tooLong(this.#host)) return fail(`SOCKS5 carries names of up to ${textBytesMax} bytes`)
    this.#expects = 'connection'
    return send(
      Uint8Array.of(version, connectCommand, 0, ...addressBytes(this.#host), this.#port >> 8, this.#port & 0xff)
    )
  }

  #connected(): SOCKS5Step {
    const [spoken, status, , type, nameLength] = this.#held
    if (spoken !== undefined && spoken !== version) return noProxy()
    // Some send no address with a refusal.
    if (status !== undefined && status !== 0)
      return fail(refusals.get(status) ?? `it answers with the unknown code ${status}`)
    if (nameLength === undefined) return wait
    const addressLength = boundAddressLength(type, nameLength)
    if (addressLength === undefined) return fail(`it answers with an address of the unknown type ${type}`)
    return this.#take(4 + addressLength + 2, () => ({ do: 'open' }))
  }
}

/** Of the proxy's own end, which nobody needs. */
function boundAddressLength(type: number | undefined, nameLength: number): number | undefined {
  if (type === addressTypes.ipv4) return 4
  if (type === addressTypes.ipv6) return 16
  return type === addressTypes.name ? 1 + nameLength : undefined
}

function addressBytes(host: string): Uint8Array {
  if (isIPv4(host)) return Uint8Array.of(addressTypes.ipv4, ...host.split('.').map(Number))
  if (isIPv6(host)) return Uint8Array.of(addressTypes.ipv6, ...ipv6Bytes(host))
  return Uint8Array.of(addressTypes.name, ...counted(host))
}

/** Eight groups of two bytes, where `::` stands for those that are missing. An IPv4 address at the end is two groups. */
function ipv6Bytes(address: string): number[] {
  const [beforeZone = ''] = address.split('%')
  const hexadecimal = beforeZone.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a, b, c, d] = parts.map(Number) as [number, number, number, number]
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })
  const [head = '', tail] = hexadecimal.split('::')
  const groupsOf = (text: string): number[] =>
    text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16))
  const [first, last] = [groupsOf(head), groupsOf(tail ?? '')]
  const missing = Array.from({ length: 8 - first.length - last.length }, () => 0)
  return [...first, ...missing, ...last].flatMap(group => [group >> 8, group & 0xff])
}

/** A byte that counts, then the text. */
function counted(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'utf8')
  return Uint8Array.of(bytes.length, ...bytes)
}

function tooLong(...texts: readonly string[]): boolean {
  return texts.some(text => Buffer.byteLength(text, 'utf8') > textBytesMax)
}

function send(bytes: Uint8Array): SOCKS5Step {
  return { do: 'send', bytes }
}

function fail(reason: string): SOCKS5Step {
  return { do: 'fail', reason }
}

function noProxy(): SOCKS5Step {
  return fail('it does not speak SOCKS5; check proxyHost and proxyPort')
}
