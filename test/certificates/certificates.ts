/**
 * X.509 certificates and revocation lists for tests, made in the process: version 3, elliptic keys of P-256, SHA-256.
 * Source: RFC 5280.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { isIP } from 'node:net'
import { bitString, der, integer, objectIdentifier, octetString, sequence, set, time, utf8, yes } from './der.ts'

type Attribute = readonly [type: 'C' | 'O' | 'OU' | 'CN', value: string]

/** In the order of the certificate: the last is the most specific. A part may have several attributes. */
export type Name = readonly (Attribute | readonly Attribute[])[]

export interface CertificateOptions {
  readonly name: Name
  /** Names and IP addresses that the certificate is for. */
  readonly hosts?: readonly string[]
  /** What the certificate is for, and for nothing else. Default: anything. */
  readonly purpose?: 'client' | 'server'
  /** Days from now; may be in the past. Default: valid from yesterday for a year. */
  readonly validFromDays?: number
  readonly validToDays?: number
}

/** A certificate with its key, as PEM text. */
export interface Issued {
  readonly certificate: string
  readonly key: string
  readonly serial: number
  readonly name: Name
}

const attributes: Readonly<Record<Attribute[0], string>> = {
  C: '2.5.4.6',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  CN: '2.5.4.3'
}
const ecdsaWithSHA256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'))
const purposes = { client: '1.3.6.1.5.5.7.3.2', server: '1.3.6.1.5.5.7.3.1' } as const
const dayMS = 86_400_000
let lastSerial = 1000

/** An authority that signs certificates. */
export class Authority {
  /** PEM text: what trusts it has as its CA. */
  readonly certificate: string
  readonly #key: KeyObject
  readonly #name: Name

  constructor(commonName: string) {
    const { privateKey } = newKey()
    this.#key = privateKey
    this.#name = [['CN', commonName]]
    const extensions = [extension('2.5.29.19', sequence(yes()), true)]
    this.certificate = signed({ name: this.#name, issuer: this.#name, extensions, key: privateKey, by: privateKey }).pem
  }

  issue(options: CertificateOptions): Issued {
    return issued(options, this.#name, this.#key)
  }

  /** A revocation list, as PEM text; valid for so many days from now. */
  revocations(revoked: readonly Issued[], validDays = 30): string {
    const now = new Date()
    const entries = revoked.map(({ serial }) => sequence(integer(serial), time(now)))
    const list = sequence(
      ecdsaWithSHA256,
      encodeName(this.#name),
      time(daysFromNow(-30)),
      time(daysFromNow(validDays)),
      ...(entries.length === 0 ? [] : [sequence(...entries)])
    )
    return pem('X509 CRL', signedSequence(list, this.#key))
  }
}

/** A certificate that vouches for itself. */
export function selfSigned(options: CertificateOptions): Issued {
  return issued(options, options.name)
}

/** The same key, encrypted with a password. */
export function encryptedKey(key: string, password: string): string {
  return createPrivateKey(key)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: password })
    .toString()
}

function issued(options: CertificateOptions, issuer: Name, by?: KeyObject): Issued {
  const { name, hosts = [], purpose, validFromDays, validToDays } = options
  const { privateKey } = newKey()
  const extensions = [
    ...(hosts.length === 0 ? [] : [extension('2.5.29.17', sequence(...hosts.map(alternativeName)))]),
    ...(purpose === undefined ? [] : [extension('2.5.29.37', sequence(objectIdentifier(purposes[purpose])))])
  ]
  const { pem: certificate, serial } = signed({
    name,
    issuer,
    extensions,
    key: privateKey,
    by: by ?? privateKey,
    validFromDays,
    validToDays
  })
  return { certificate, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), serial, name }
}

interface ToSign {
  readonly name: Name
  readonly issuer: Name
  readonly extensions: readonly Uint8Array[]
  readonly key: KeyObject
  readonly by: KeyObject
  readonly validFromDays?: number | undefined
  readonly validToDays?: number | undefined
}

function signed(what: ToSign): { readonly pem: string; readonly serial: number } {
  const { name, issuer, extensions, key, by, validFromDays = -1, validToDays = 365 } = what
  const serial = ++lastSerial
  const content = sequence(
    der(0xa0, integer(2)),
    integer(serial),
    ecdsaWithSHA256,
    encodeName(issuer),
    sequence(time(daysFromNow(validFromDays)), time(daysFromNow(validToDays))),
    encodeName(name),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))])
  )
  return { pem: pem('CERTIFICATE', signedSequence(content, by)), serial }
}

function signedSequence(content: Buffer, by: KeyObject): Buffer {
  return sequence(content, ecdsaWithSHA256, bitString(sign('sha256', content, by)))
}

function encodeName(name: Name): Buffer {
  return sequence(
    ...name.map(part => {
      const all = isAttribute(part) ? [part] : part
      return set(...all.map(([type, value]) => sequence(objectIdentifier(attributes[type]), utf8(value))))
    })
  )
}

function isAttribute(part: Name[number]): part is Attribute {
  return typeof part[0] === 'string'
}

function extension(identifier: string, content: Uint8Array, critical = false): Buffer {
  return sequence(objectIdentifier(identifier), ...(critical ? [yes()] : []), octetString(content))
}

/** IPv6 addresses: `::1` alone. */
function alternativeName(host: string): Buffer {
  switch (isIP(host)) {
    case 4:
      return der(0x87, Buffer.from(host.split('.').map(Number)))
    case 6:
      return der(0x87, Buffer.alloc(16).fill(1, 15))
    default:
      return der(0x82, Buffer.from(host))
  }
}

function newKey(): { readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * dayMS)
}

function pem(label: string, bytes: Uint8Array): string {
  const lines = Buffer.from(bytes).toString('base64').replace(/.{64}/g, '$&\n').trimEnd()
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}
