/** What ends when a signal is aborted. */
export interface Abortable {
  aborted(reason: unknown): void
}

interface Watch {
  readonly members: Set<Abortable>
  readonly told: () => void
}

/**
 * Tells operations that their signal was aborted. A signal has one listener here, however many operations it can end: Node
 * warns of a leak from the eleventh listener on, and adding one costs more than a check-out.
 */
export class AbortWatch {
  readonly #watches = new WeakMap<AbortSignal, Watch>()

  /** The signal has not been aborted yet. */
  join(signal: AbortSignal, member: Abortable): void {
    const watch = this.#watches.get(signal)
    if (watch !== undefined) {
      watch.members.add(member)
      return
    }
    const members = new Set([member])
    const told = (): void => {
      // Whoever is told acts at once, and may make others leave: those are not told.
      for (const each of members) each.aborted(signal.reason)
      this.#watches.delete(signal)
      signal.removeEventListener('abort', told)
    }
    this.#watches.set(signal, { members, told })
    signal.addEventListener('abort', told)
  }

  /** Nothing happens if it was told, or never joined. The last one takes the listener with it. */
  leave(signal: AbortSignal, member: Abortable): void {
    const watch = this.#watches.get(signal)
    if (watch === undefined) return
    watch.members.delete(member)
    if (watch.members.size > 0) return
    this.#watches.delete(signal)
    signal.removeEventListener('abort', watch.told)
  }
}
