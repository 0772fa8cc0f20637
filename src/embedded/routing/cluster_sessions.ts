import { type SessionId, SessionRegistry } from '../sessions.ts'

/** The sessions of a cluster: all routers see the same ones, and hear of the end that one of them was told of. */
export class ClusterSessions extends SessionRegistry {
  readonly #listeners = new Set<(id: SessionId) => void>()

  override end(id: SessionId): void {
    super.end(id)
    for (const listener of this.#listeners) listener(id)
  }

  /** Calls `listener` with each session that ends, until the function that is returned is called. */
  onEnd(listener: (id: SessionId) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }
}
