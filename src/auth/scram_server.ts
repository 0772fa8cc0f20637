import type { Cryptography } from '../runtime/index.ts'
import { hashOf, type ScramMechanism } from './mechanism.ts'
import { type KeyParameters, type ScramKeys, xor } from './scram_keys.ts'
import {
  bytesOf,
  type ClientFirst,
  readClientFinal,
  readClientFirst,
  serverFinal,
  serverFirst
} from './scram_messages.ts'

/** What a server keeps of a password: enough to check a proof, and not to make one. */
export interface StoredKeys extends KeyParameters, Pick<ScramKeys, 'storedKey' | 'serverKey'> {}

/** A server's half of SCRAM: `challenge`, then `check`, each once. Source: RFC 5802. */
export class ScramServer {
  readonly #mechanism: ScramMechanism
  readonly #cryptography: Cryptography
  readonly #nonce: string
  #client: ClientFirst | undefined
  #stored: StoredKeys | undefined
  #challenge = ''
  #fullNonce = ''

  /** `nonce`: base64 of `nonceBytes` that nobody could foresee. */
  constructor(mechanism: ScramMechanism, nonce: string, cryptography: Cryptography) {
    this.#mechanism = mechanism
    this.#nonce = nonce
    this.#cryptography = cryptography
  }

  /**
   * Reads the client's first message, and answers it. `storedOf` has keys for every name: of a user who does not exist ones
   * that no password makes, so that nobody learns who exists.
   * @throws {MechanismViolation}
   */
  challenge(payload: Uint8Array, storedOf: (username: string) => StoredKeys): Uint8Array {
    this.#client = readClientFirst(payload)
    this.#stored = storedOf(this.#client.username)
    this.#fullNonce = this.#client.nonce + this.#nonce
    this.#challenge = serverFirst({ ...this.#stored, nonce: this.#fullNonce })
    return bytesOf(this.#challenge)
  }

  /**
   * Reads the client's final message, and answers it with the server's signature; undefined: the proof does not hold.
   * @throws {MechanismViolation}
   */
  check(payload: Uint8Array): Uint8Array | undefined {
    const { nonce, proof, withoutProof } = readClientFinal(payload)
    const stored = this.#stored
    if (stored === undefined || nonce !== this.#fullNonce || proof.length !== stored.storedKey.length) return undefined
    const hash = hashOf[this.#mechanism]
    const cryptography = this.#cryptography
    const signed = bytesOf(`${this.#client?.bare},${this.#challenge},${withoutProof}`)
    const clientKey = xor(proof, cryptography.hmac(hash, stored.storedKey, signed))
    if (!cryptography.equal(cryptography.digest(hash, clientKey), stored.storedKey)) return undefined
    return serverFinal(cryptography.hmac(hash, stored.serverKey, signed))
  }
}
