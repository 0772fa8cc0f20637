import type { VirtualRuntime } from '../../src/embedded/index.ts'
import type { Network } from '../../src/runtime/index.ts'

/** The virtual network as one program's own: it tells that program's connections from those between members. */
export class ClientNetwork implements Network {
  readonly #network: VirtualRuntime['network']
  readonly #dials = new Set<number>()

  constructor(network: VirtualRuntime['network']) {
    this.#network = network
  }

  readonly connect: Network['connect'] = (target, handler, options) => {
    const transport = this.#network.connect(target, handler, options)
    const dialled = this.#network.transports().at(-1)
    if (dialled !== undefined) this.#dials.add(dialled.id)
    return transport
  }

  readonly listen: Network['listen'] = (...args) => this.#network.listen(...args)

  /** How many dials there have been. */
  get dialled(): number {
    return this.#dials.size
  }

  /** The dialling ends that the network holds, from `connect` until `closed` is told. */
  ends(): number {
    return this.#network.transports().filter(({ id }) => this.#dials.has(id)).length
  }
}
