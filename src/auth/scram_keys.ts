import type { Cryptography, KeyDerivation } from '../runtime/index.ts'
import { hashOf, type ScramMechanism } from './mechanism.ts'
import { preparedPassword } from './prepared_password.ts'
import { bytesOf } from './scram_messages.ts'

/** What a password becomes. A client proves with `clientKey`; a server keeps the other two, and cannot prove with them. */
export interface ScramKeys {
  readonly clientKey: Uint8Array
  readonly storedKey: Uint8Array
  readonly serverKey: Uint8Array
}

/** What a server gives a client to make its keys with. */
export interface KeyParameters {
  readonly salt: Uint8Array
  readonly iterations: number
}

export interface ScramUser {
  readonly mechanism: ScramMechanism
  readonly username: string
  readonly password: string
}

/**
 * SCRAM-SHA-1 hashes name and password together, as servers did before SCRAM; SCRAM-SHA-256 takes the password prepared by
 * SASLprep. Names are never prepared. Source: the authentication specification.
 * @throws {Error} for a password with characters that SASLprep prohibits; it does not show them.
 */
export function derivationOf(
  { mechanism, username, password }: ScramUser,
  { salt, iterations }: KeyParameters,
  cryptography: Cryptography
): KeyDerivation {
  const secret =
    mechanism === 'SCRAM-SHA-1'
      ? Buffer.from(cryptography.digest('md5', bytesOf(`${username}:mongo:${password}`))).toString('hex')
      : preparedPassword(password)
  return { hash: hashOf[mechanism], password: bytesOf(secret), salt, iterations }
}

export function keysFrom(salted: Uint8Array, mechanism: ScramMechanism, cryptography: Cryptography): ScramKeys {
  const hash = hashOf[mechanism]
  const clientKey = cryptography.hmac(hash, salted, bytesOf('Client Key'))
  return {
    clientKey,
    storedKey: cryptography.digest(hash, clientKey),
    serverKey: cryptography.hmac(hash, salted, bytesOf('Server Key'))
  }
}

/** `one` and `other` have one length. */
export function xor(one: Uint8Array, other: Uint8Array): Uint8Array {
  return one.map((byte, index) => byte ^ (other[index] ?? 0))
}
