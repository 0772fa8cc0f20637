import { domainToASCII } from 'node:url'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import { type Quote, quoted } from './describe.ts'
import { type Host, looksLikeTemplate, malformed, parseHost, percentDecoded } from './hosts.ts'

/** A connection string taken apart; what its options mean is not known here. */
export interface ConnectionString {
  /** `mongodb+srv`: the one host is a name to look up, not a server. */
  readonly srv: boolean
  readonly hosts: readonly Host[]
  readonly username: string | undefined
  readonly password: string | undefined
  /** The database behind the slash; by itself it asks for no authentication. */
  readonly database: string | undefined
  readonly pairs: readonly KeyValuePair[]
  /** No user information, but an @ in the options: all before it may be a user name and a password with / and ? in them. */
  readonly strayAt: boolean
  readonly quote: Quote
}

export interface KeyValuePair {
  readonly key: string
  /** Decoded; undefined where an escape is malformed. */
  readonly value: string | undefined
}

/** Far more than any deployment's hosts need; it keeps every step below fast. */
const connectionStringCharsMax = 16_384

const schemes = ['mongodb://', 'mongodb+srv://'] as const

/**
 * Takes a connection string apart, in the order of the connection string specification: scheme, hosts up to the first slash
 * or question mark, user information up to the last @, database, options.
 * @throws MongoParseError that says what is wrong and what to do; no message has any part of the user information.
 */
export function parseConnectionString(text: string): ConnectionString {
  refuseUnreadable(text)
  const scheme = schemes.find(known => text.startsWith(known))
  if (scheme === undefined) throw malformed('it must begin with mongodb:// or mongodb+srv://')
  const rest = text.slice(scheme.length)
  const authorityEnd = rest.search(/[/?]/)
  const authority = authorityEnd === -1 ? rest : rest.slice(0, authorityEnd)
  const tail = rest.slice(authority.length)
  const questionMark = tail.indexOf('?')
  const path = questionMark === -1 ? tail : tail.slice(0, questionMark)
  // An @ behind the hosts may end a password that has a slash or a question mark in it: then any piece may be secret.
  const quote = tail.includes('@') ? () => '(not shown, since an @ follows it)' : quoted
  if (path.includes('@'))
    throw malformed(
      'an @ follows the first slash; percent-encode / as %2F and @ as %40 in user name, password and database'
    )
  const at = authority.lastIndexOf('@')
  const srv = scheme === 'mongodb+srv://'
  return {
    srv,
    ...userInformation(at === -1 ? undefined : authority.slice(0, at)),
    hosts: hostsOf(authority.slice(at + 1), srv, quote),
    database: databaseOf(path.slice(1)),
    pairs: questionMark === -1 ? [] : pairsOf(tail.slice(questionMark + 1), quote),
    strayAt: at === -1 && tail.includes('@'),
    quote
  }
}

function refuseUnreadable(text: string): void {
  if (typeof text !== 'string')
    throw new MongoInvalidArgumentError(
      `The connection string must be a string; it is ${text === null ? 'null' : typeof text}. Is an environment variable unset?`
    )
  if (text.length > connectionStringCharsMax)
    throw malformed(`it has ${text.length} characters; the limit is ${connectionStringCharsMax}`)
  if (text === '') throw malformed('it is empty; is an environment variable unset?')
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x20 || code === 0x7f)
      throw malformed(
        `character ${index + 1} of ${text.length} is a control character, such as a line break; remove or percent-encode it`
      )
  }
}

function userInformation(text: string | undefined): { username: string | undefined; password: string | undefined } {
  if (text === undefined) return { username: undefined, password: undefined }
  if (looksLikeTemplate(text))
    throw malformed('the user name or the password is a template that was not filled in (it has < > or ${ in it)')
  const colon = text.indexOf(':')
  if (text.includes('@') || (colon !== -1 && text.includes(':', colon + 1)))
    throw malformed(
      'the user information has more than one : or an @; percent-encode : as %3A and @ as %40 in user name and password'
    )
  // RFC 3986, section 3.2.1; text beyond ASCII is let pass, as everywhere in a connection string.
  if (/[^\w\-.~!$&'()*+,;=%:\u0080-\uffff]/.test(text))
    throw malformed(
      'the user name or the password has a character that must be percent-encoded, such as / ? # [ ] ^ | " or a space'
    )
  const username = decodedCredential(colon === -1 ? text : text.slice(0, colon))
  if (username === '') throw malformed('there is an @ without a user name before it')
  return { username, password: colon === -1 ? undefined : decodedCredential(text.slice(colon + 1)) }
}

function decodedCredential(text: string): string {
  const decoded = percentDecoded(text)
  if (decoded === undefined)
    throw malformed('the user name or the password has a % that does not begin an escape; percent-encode % as %25')
  return decoded
}

function hostsOf(text: string, srv: boolean, quote: Quote): readonly Host[] {
  if (text === '')
    throw malformed('it names no host; a socket path must be percent-encoded, as in %2Ftmp%2Fmongodb-27017.sock')
  const hosts = text.split(',').map((host, index) => parseHost(host, index + 1, quote))
  if (!srv) return hosts
  const [only] = hosts
  if (hosts.length > 1) throw malformed(`mongodb+srv:// takes one host name to look up; there are ${hosts.length}`)
  if (text.includes(':') || only === undefined || 'socketPath' in only)
    throw malformed('mongodb+srv:// takes a host name to look up, without a port; the port comes from the SRV record')
  return [{ ...only, host: nameToLookUp(only.host, quote) }]
}

/** As the DNS knows it: in ASCII, without the dot of the root. */
function nameToLookUp(host: string, quote: Quote): string {
  const name = /[\u0080-\uffff]/.test(host) ? domainToASCII(host) : host
  const bare = name.endsWith('.') ? name.slice(0, -1) : name
  if (bare.split('.').includes(''))
    throw malformed(`mongodb+srv:// cannot look up ${quote(host)}, which is no host name`)
  return bare
}

function databaseOf(text: string): string | undefined {
  if (text === '') return undefined
  const decoded = percentDecoded(text)
  if (decoded === undefined)
    throw malformed('the database has a % that does not begin an escape; percent-encode % as %25')
  const prohibited = /[/\\ "$]/.exec(decoded)
  if (prohibited !== null)
    throw malformed(`the database has the character ${quoted(prohibited[0])}, which no database name may have`)
  return decoded
}

function pairsOf(text: string, quote: Quote): readonly KeyValuePair[] {
  return text
    .split('&')
    .filter(pair => pair !== '')
    .map((pair, index) => {
      const equals = pair.indexOf('=')
      if (equals === -1) throw malformed(`option ${index + 1}, ${quote(pair)}, has no value; write name=value`)
      if (equals === 0) throw malformed(`option ${index + 1} has a value and no name; write name=value`)
      return { key: pair.slice(0, equals), value: percentDecoded(pair.slice(equals + 1)) }
    })
}
