import { MongoParseError } from '../errors/index.ts'
import type { Quote } from './describe.ts'

/** Where a server listens: a TCP host and port, or the path of a UNIX domain socket. */
export type Host = NetworkHost | SocketHost

export interface NetworkHost {
  /** A name in lower case, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string
  readonly port: number
}

export interface SocketHost {
  readonly socketPath: string
}

const defaultPort = 27017

export function malformed(what: string): MongoParseError {
  return new MongoParseError(`The connection string cannot be read: ${what}`)
}

/** `host:port` as the specifications write it, with brackets around an IPv6 address; a socket is its path. */
export function addressOf(host: Host): string {
  if ('socketPath' in host) return host.socketPath
  return host.host.includes(':') ? `[${host.host}]:${host.port}` : `${host.host}:${host.port}`
}

/** The host of an address as `addressOf` writes it. */
export function hostOf(address: string): Host {
  if (address.includes('/')) return { socketPath: address }
  const colon = address.lastIndexOf(':')
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(colon + 1)) }
}

/**
 * One host of a connection string. `place` is its number, from 1: errors name the host by it, since the text itself could be
 * a piece of a password whose @ was not encoded, or forgotten.
 * Source: the connection string specification.
 */
export function parseHost(text: string, place: number, quote: Quote): Host {
  const it = `host ${place}`
  if (text === '') throw malformed(`${it} is empty; give one name or address between the commas`)
  refuseTemplate(text, it)
  const { name, port } = text.startsWith('[') ? splitLiteral(text, it) : splitName(text, it)
  const decoded = percentDecoded(name)
  if (decoded === undefined)
    throw malformed(`${it} has a % that is not followed by two hexadecimal digits of UTF-8 text`)
  if (decoded.includes('/')) return socketHost(decoded, port, it)
  const strange = text.startsWith('[') ? null : /[^\w\-.~\u0080-\uffff]/.exec(decoded)
  if (strange !== null)
    throw malformed(
      `${it} has the character ${quote(strange[0])}, which no host name has; names have letters, digits, - and .`
    )
  return { host: decoded.toLowerCase(), port: port === undefined ? defaultPort : parsePort(port, it, quote) }
}

/** What a program puts into a connection string when a variable or a template was not filled in. */
const templates = ['${', '{{', '<', '>', '[object ']

/** What a variable without a value becomes. */
const unfilled: ReadonlySet<string> = new Set(['undefined', 'null', 'NaN'])

export function looksLikeTemplate(text: string): boolean {
  return templates.some(template => text.includes(template))
}

function refuseTemplate(text: string, it: string): void {
  const name = text.split(':', 1)[0] ?? ''
  const mark = templates.find(template => text.includes(template)) ?? (unfilled.has(name) ? name : undefined)
  if (mark !== undefined)
    throw malformed(
      `${it} has ${JSON.stringify(mark)} in it: a template or a variable was not filled in; check what the connection string is made from`
    )
}

function splitName(text: string, it: string): { name: string; port: string | undefined } {
  const colon = text.indexOf(':')
  if (colon === -1) return { name: text, port: undefined }
  if (text.includes(':', colon + 1))
    throw malformed(`${it} has more than one colon; an IPv6 address stands in brackets, as in [::1]:27017`)
  if (colon === 0) throw malformed(`${it} has a port and no name before it`)
  return { name: text.slice(0, colon), port: text.slice(colon + 1) }
}

function splitLiteral(text: string, it: string): { name: string; port: string | undefined } {
  const end = text.indexOf(']')
  const after = end === -1 ? '' : text.slice(end + 1)
  if (end === -1 || (after !== '' && !after.startsWith(':')))
    throw malformed(`${it} begins with a bracket; write [address] or [address]:port`)
  const name = text.slice(1, end)
  const zone = name.indexOf('%')
  if (!isIPv6(zone === -1 ? name : name.slice(0, zone)))
    throw malformed(`${it} has brackets around what is no IPv6 address; only IPv6 addresses stand in brackets`)
  return { name, port: after === '' ? undefined : after.slice(1) }
}

const portCharactersMax = 5

/** A number that is too long for a port may be a password. */
function parsePort(text: string, it: string, quote: Quote): number {
  if (!/^-?\d+$/.test(text))
    throw malformed(
      `the port of ${it} is not a number (${text.length} characters); if a user name and a password stand here, percent-encode them and put @ before the host`
    )
  const port = Number(text)
  if (port < 1 || port > 65_535)
    throw malformed(
      text.length > portCharactersMax
        ? `the port of ${it} has ${text.length} digits, and must be 1 to 65535`
        : `the port ${quote(text)} of ${it} must be 1 to 65535`
    )
  return port
}

function socketHost(path: string, port: string | undefined, it: string): SocketHost {
  if (port !== undefined) throw malformed(`${it} is a socket path and has a port; a socket has none (write : as %3A)`)
  if (!path.endsWith('.sock'))
    throw malformed(
      `${it} has a slash, as the path of a UNIX domain socket, which must end in .sock; a host name has none`
    )
  return { socketPath: path }
}

/** RFC 4291, section 2.2: eight groups, or fewer around one `::`; the last two groups may be an IPv4 address. */
function isIPv6(text: string): boolean {
  if (text.length > 45) return false
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap(half => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1)
  const dotted = last !== undefined && last.includes('.') && !text.endsWith('::')
  if (dotted && !isIPv4(last)) return false
  const plain = dotted ? groups.slice(0, -1) : groups
  if (!plain.every(group => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false
  const count = plain.length + (dotted ? 2 : 0)
  return halves.length === 2 ? count < 8 : count === 8
}

function isIPv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every(part => /^\d{1,3}$/.test(part) && Number(part) < 256)
}

/** Undefined when an escape is malformed or the bytes are no UTF-8. */
export function percentDecoded(text: string): string | undefined {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
