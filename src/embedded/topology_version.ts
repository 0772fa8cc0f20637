import { Long, type ObjectId } from '../bson/index.ts'
import { fields, type Reply } from './reply.ts'
import { Signal } from './signal.ts'

/**
 * A member's `topologyVersion`: raised at each change of what its hello says. Hellos that wait for a change are woken at
 * once.
 */
export class TopologyVersion {
  readonly processId: ObjectId
  readonly #changes = new Signal()
  #counter = 0n

  constructor(processId: ObjectId) {
    this.processId = processId
  }

  get counter(): bigint {
    return this.#counter
  }

  raise(): void {
    this.#counter++
    this.#changes.notify()
  }

  /** Calls `wake` at each change, until the function that is returned is called. */
  onChange(wake: () => void): () => void {
    return this.#changes.subscribe(wake)
  }

  reply(): Reply {
    return fields({ processId: this.processId, counter: Long.fromBigInt(this.#counter) })
  }
}
