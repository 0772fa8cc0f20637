import type { Member } from '../../src/embedded/index.ts'
import type { Clock } from '../../src/runtime/index.ts'
import type { ClientNetwork } from './client_network.ts'

/** So long after the last change that either side saw, no dial and no close is under way: more than a round trip. */
const stillAfterMS = 5

/** Tells, on virtual time, when no dial and no close is under way between a client and its servers. */
export class Stillness {
  readonly #network: ClientNetwork
  readonly #members: readonly Member[]
  readonly #clock: Clock
  #seen = ''
  #seenSinceMS = 0

  constructor(network: ClientNetwork, members: readonly Member[], clock: Clock) {
    this.#network = network
    this.#members = members
    this.#clock = clock
  }

  /** To be asked at each step: what changes between two questions is noticed by the second. */
  reached(): boolean {
    const counts = this.#members.map(member => member.connections())
    const seen = JSON.stringify([
      this.#network.dialled,
      this.#network.ends(),
      counts.map(each => [each.created, each.current])
    ])
    const nowMS = this.#clock.nowMS()
    if (seen !== this.#seen) {
      this.#seen = seen
      this.#seenSinceMS = nowMS
    }
    return nowMS - this.#seenSinceMS >= stillAfterMS
  }
}
