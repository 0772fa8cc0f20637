import type { Chance, Cryptography } from '../runtime/index.ts'
import { derivationOf, type KeyParameters, keysFrom, type ScramKeys, type ScramUser } from './scram_keys.ts'
import { bytesOf } from './scram_messages.ts'

/** A client has one user, and its servers the same salts: more are servers that make them up. */
export const cachedKeysMax = 64

const cacheKeyBytes = 32

/** Called once, at once when the keys are there already. The error does not show the password. */
export type KeysDone = (error: Error | undefined, keys: ScramKeys | undefined) => void

/**
 * Makes keys of passwords and keeps them, so that thousands of hash rounds are run once for a client and not for each
 * connection; connections that are opened at the same time share one run. An entry is found by a keyed digest: the cache
 * holds no password, and nothing from which one could be tried but the keys themselves.
 */
export class KeyCache {
  readonly #cryptography: Cryptography
  readonly #secret = new Uint8Array(cacheKeyBytes)
  /** In the order of their last use. */
  readonly #keys = new Map<string, ScramKeys>()
  readonly #running = new Map<string, KeysDone[]>()

  constructor(cryptography: Cryptography, chance: Pick<Chance, 'fill'>) {
    this.#cryptography = cryptography
    chance.fill(this.#secret)
  }

  get size(): number {
    return this.#keys.size
  }

  keys(user: ScramUser, parameters: KeyParameters, done: KeysDone): void {
    const id = this.#idOf(user, parameters)
    const known = this.#keys.get(id)
    if (known !== undefined) {
      this.#keep(id, known)
      done(undefined, known)
      return
    }
    const waiting = this.#running.get(id)
    if (waiting === undefined) this.#derive(id, user, parameters, done)
    else waiting.push(done)
  }

  #derive(id: string, user: ScramUser, parameters: KeyParameters, first: KeysDone): void {
    const cryptography = this.#cryptography
    let derivation
    try {
      derivation = derivationOf(user, parameters, cryptography)
    } catch (error) {
      first(error instanceof Error ? error : new Error(String(error)), undefined)
      return
    }
    this.#running.set(id, [first])
    cryptography.deriveKey(derivation, (error, salted) => {
      const waiting = this.#running.get(id) ?? []
      this.#running.delete(id)
      const keys = error === undefined ? keysFrom(salted, user.mechanism, cryptography) : undefined
      if (keys !== undefined) this.#keep(id, keys)
      for (const done of waiting) done(error, keys)
    })
  }

  /** As the one that was used last; the one whose last use is longest ago goes when there are too many. */
  #keep(id: string, keys: ScramKeys): void {
    this.#keys.delete(id)
    this.#keys.set(id, keys)
    for (const oldest of this.#keys.keys()) {
      if (this.#keys.size <= cachedKeysMax) return
      this.#keys.delete(oldest)
    }
  }

  #idOf({ mechanism, username, password }: ScramUser, { salt, iterations }: KeyParameters): string {
    const parts = [mechanism, username, password, Buffer.from(salt).toString('base64'), iterations]
    return Buffer.from(this.#cryptography.hmac('sha256', this.#secret, bytesOf(JSON.stringify(parts)))).toString(
      'base64'
    )
  }
}
