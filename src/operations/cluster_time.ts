import type { Reply } from '../wire/index.ts'

/**
 * The highest cluster time that a client has seen, whichever server told it. It is taken from every reply, error replies
 * included, but not from those of monitors and handshakes. Source: the driver sessions specification.
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

  /** Takes the reply's time if it is later; replies overtake each other, so many are not. */
  advance(reply: Reply): void {
    if (!reply.hasClusterTime) return
    const { clusterTimeSeconds: seconds, clusterTimeIncrement: increment } = reply
    if (this.#bytes !== undefined && !this.#isBefore(seconds, increment)) return
    this.#seconds = seconds
    this.#increment = increment
    this.#bytes = reply.clusterTimeInto(this.#bytes)
  }

  /** Both are unsigned, as the reply has them. */
  #isBefore(seconds: number, increment: number): boolean {
    return this.#seconds < seconds || (this.#seconds === seconds && this.#increment < increment)
  }
}
