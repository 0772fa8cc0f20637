import { ObjectId, UUID } from 'bson'

const counterMax = 0xff_ff_ff

/**
 * Makes ObjectIds as the ObjectID specification has them: 4 bytes of seconds since 1970, 5 random ones that stay, a
 * counter of 3 that begins anywhere. The library's own would take time and chance past the Runtime.
 */
export class ObjectIds {
  readonly #epochMS: () => number
  readonly #bytes: Uint8Array = new Uint8Array(12)
  #counter: number

  /** `epochMS`: milliseconds since 1970. `fill` fills all of the bytes with random ones. */
  constructor(epochMS: () => number, fill: (bytes: Uint8Array) => void) {
    const random = new Uint8Array(8)
    fill(random)
    this.#epochMS = epochMS
    this.#bytes.set(random.subarray(0, 5), 4)
    this.#counter = ((random[5] as number) << 16) | ((random[6] as number) << 8) | (random[7] as number)
  }

  next(): ObjectId {
    const bytes = this.#bytes
    const seconds = Math.floor(this.#epochMS() / 1000)
    bytes[0] = seconds >>> 24
    bytes[1] = seconds >>> 16
    bytes[2] = seconds >>> 8
    bytes[3] = seconds
    const counter = this.#counter
    this.#counter = (counter + 1) & counterMax
    bytes[9] = counter >>> 16
    bytes[10] = counter >>> 8
    bytes[11] = counter
    // The library copies the bytes into fields of its own, so that one array serves for all identifiers.
    return new ObjectId(bytes)
  }
}

/** A random UUID (version 4, variant 1), as sessions have it. */
export function uuidFrom(fill: (bytes: Uint8Array) => void): UUID {
  const bytes = Buffer.alloc(16)
  fill(bytes)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  return new UUID(bytes)
}
