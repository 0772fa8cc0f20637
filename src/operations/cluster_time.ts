import { type Binary, decodeDocument, type Document, encodeDocument, type Long, Timestamp } from '../bson/index.ts'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import type { Reply } from '../wire/index.ts'

/** A cluster time as servers tell it, signed where they have keys. */
export interface ClusterTimeDocument {
  readonly clusterTime: Timestamp
  readonly signature?: { readonly hash: Binary; readonly keyId: Long | bigint | number } | undefined
}

/** One that a server has told takes about a hundred; it has to fit into each command. */
const documentBytesMax = 256

/**
 * The highest cluster time that a client or a session has seen, whichever server told it. It is taken from every reply,
 * error replies included, but not from those of monitors and handshakes. Source: the driver sessions specification.
 */
export class ClusterTime {
  #seconds = 0
  #increment = 0
  #bytes: Uint8Array | undefined

  /**
   * The value of `$clusterTime` for commands, signature included; undefined until a server has told one. A later time is
   * written over it, since every reply may bring one: to be copied at once.
   */
  get bytes(): Uint8Array | undefined {
    return this.#bytes
  }

  /** The time alone; undefined as `bytes`. */
  get time(): Timestamp | undefined {
    return this.#bytes === undefined ? undefined : new Timestamp({ t: this.#seconds, i: this.#increment })
  }

  /** As servers tell it, a copy; undefined as `bytes`. */
  get document(): ClusterTimeDocument | undefined {
    const bytes = this.#bytes
    return bytes === undefined ? undefined : (decodeDocument(bytes, 0, bytes.length) as Document as ClusterTimeDocument)
  }

  isLaterThan(other: ClusterTime): boolean {
    if (this.#bytes === undefined) return false
    return other.#bytes === undefined || other.#isBefore(this.#seconds, this.#increment)
  }

  /** Takes the reply's time if it is later; replies overtake each other, so many are not. */
  advance(reply: Reply): void {
    if (!reply.hasClusterTime) return
    const { clusterTimeSeconds: seconds, clusterTimeIncrement: increment } = reply
    if (this.#bytes !== undefined && !this.#isBefore(seconds, increment)) return
    this.#seconds = seconds
    this.#increment = increment
    this.#bytes = reply.clusterTimeInto(this.#bytes)
  }

  /**
   * Takes a time that somebody has got elsewhere, if it is later. Whether it is signed rightly is the server's to see.
   * @throws {MongoInvalidArgumentError} for what is no cluster time.
   */
  advanceTo(document: ClusterTimeDocument): void {
    const { clusterTime, signature } = (document ?? {}) as Partial<ClusterTimeDocument>
    if (!(clusterTime instanceof Timestamp))
      throw new MongoInvalidArgumentError(
        'a cluster time is a document with a "clusterTime", a Timestamp, and a "signature", as a session has it'
      )
    const { t: seconds, i: increment } = clusterTime
    if (this.#bytes !== undefined && !this.#isBefore(seconds, increment)) return
    const bytes = encodeDocument(signature === undefined ? { clusterTime } : { clusterTime, signature })
    if (bytes.length > documentBytesMax)
      throw new MongoInvalidArgumentError(
        `this cluster time takes ${bytes.length} bytes; ${documentBytesMax} are taken at most, and servers need fewer`
      )
    this.#seconds = seconds
    this.#increment = increment
    this.#bytes = Uint8Array.from(bytes)
  }

  /** Both are unsigned, as the reply has them. */
  #isBefore(seconds: number, increment: number): boolean {
    return this.#seconds < seconds || (this.#seconds === seconds && this.#increment < increment)
  }
}
