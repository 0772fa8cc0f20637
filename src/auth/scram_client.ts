import type { Cryptography } from '../runtime/index.ts'
import { hashOf, type ScramMechanism } from './mechanism.ts'
import { type KeyParameters, type ScramKeys, xor } from './scram_keys.ts'
import {
  bytesOf,
  clientFinal,
  clientFinalWithoutProof,
  clientFirst,
  clientFirstBare,
  readServerFinal,
  readServerFirst,
  type ServerFirst
} from './scram_messages.ts'
import { MechanismViolation } from './violation.ts'

/**
 * A client's half of SCRAM: `first`, then `challenged`, `prove` and `verify`, each once. Only when `verify` has returned has
 * the server shown that it knows the user's key. Source: RFC 5802.
 */
export class ScramClient {
  readonly first: Uint8Array
  readonly #hash: (typeof hashOf)[ScramMechanism]
  readonly #cryptography: Cryptography
  readonly #nonce: string
  readonly #bare: string
  #challenge: (ServerFirst & { readonly text: string }) | undefined
  #expected: Uint8Array | undefined

  /** `nonce`: base64 of `nonceBytes` that nobody could foresee. */
  constructor(mechanism: ScramMechanism, username: string, nonce: string, cryptography: Cryptography) {
    this.#hash = hashOf[mechanism]
    this.#cryptography = cryptography
    this.#nonce = nonce
    this.#bare = clientFirstBare(username, nonce)
    this.first = clientFirst(this.#bare)
  }

  /**
   * Reads the server's first message: how to make the keys.
   * @throws {MechanismViolation} when it breaks the rules.
   */
  challenged(payload: Uint8Array): KeyParameters {
    this.#challenge = readServerFirst(payload, this.#nonce)
    return this.#challenge
  }

  /** The client's final message, with its proof. */
  prove({ clientKey, storedKey, serverKey }: ScramKeys): Uint8Array {
    if (this.#challenge === undefined) throw new MechanismViolation('it has sent no first message yet')
    const cryptography = this.#cryptography
    const withoutProof = clientFinalWithoutProof(this.#challenge.nonce)
    const signed = bytesOf(`${this.#bare},${this.#challenge.text},${withoutProof}`)
    this.#expected = cryptography.hmac(this.#hash, serverKey, signed)
    return clientFinal(withoutProof, xor(clientKey, cryptography.hmac(this.#hash, storedKey, signed)))
  }

  /**
   * Reads the server's final message.
   * @throws {MechanismViolation} unless its signature is the one that only the user's key makes.
   */
  verify(payload: Uint8Array): void {
    const signature = readServerFinal(payload)
    if (this.#expected === undefined || !this.#cryptography.equal(signature, this.#expected))
      throw new MechanismViolation('its signature is not what the key of the user makes')
  }
}
