import { pbkdf2Sync } from 'node:crypto'
import { derivationOf, type KeyParameters, keysFrom, type ScramKeys, type ScramUser } from '../../src/auth/index.ts'
import type { Cryptography } from '../../src/runtime/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'

export const cryptography: Cryptography = virtualRuntime({ seed: 1 }).cryptography

export const bytes = (text: string): Uint8Array => Buffer.from(text)
export const text = (value: Uint8Array): string => Buffer.from(value).toString()

/** The keys of a password, at once. */
export function keysOf(user: ScramUser, parameters: KeyParameters): ScramKeys {
  const { hash, password, salt, iterations } = derivationOf(user, parameters, cryptography)
  const salted = pbkdf2Sync(password, salt, iterations, hash === 'sha1' ? 20 : 32, hash)
  return keysFrom(salted, user.mechanism, cryptography)
}
