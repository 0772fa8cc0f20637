import type { Cryptography, HashName, KeyDerivation } from '../runtime.ts'
import { cryptoModule } from './late_modules.ts'
import { outside } from './outside.ts'

const digestBytes: Readonly<Record<HashName, number>> = { md5: 16, sha1: 20, sha256: 32 }

const nothing = new Uint8Array(0)

/** What needs no thread, and so is the same under the virtual Runtime. */
export const plainCryptography: Omit<Cryptography, 'deriveKey'> = {
  digest: (hash, data) => cryptoModule().createHash(hash).update(data).digest(),
  hmac: (hash, key, data) => cryptoModule().createHmac(hash, key).update(data).digest(),
  equal: (one, other) => one.length === other.length && cryptoModule().timingSafeEqual(one, other)
}

export const nodeCryptography: Cryptography = {
  ...plainCryptography,
  deriveKey: (derivation, done) => outside.runInAsyncScope(derive, undefined, derivation, done)
}

/** In this thread, and at once. */
export function deriveKeySync({ hash, password, salt, iterations }: KeyDerivation): Uint8Array {
  return cryptoModule().pbkdf2Sync(password, salt, iterations, digestBytes[hash], hash)
}

function derive(
  { hash, password, salt, iterations }: KeyDerivation,
  done: (error: Error | undefined, key: Uint8Array) => void
): void {
  cryptoModule().pbkdf2(password, salt, iterations, digestBytes[hash], hash, (error, key) => {
    if (error === null) done(undefined, key)
    else done(error, nothing)
  })
}
