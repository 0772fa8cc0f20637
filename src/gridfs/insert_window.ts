/** Inserts of chunks that one upload has on their way at the same time; each needs a connection. */
export const insertsInFlightMax = 4

/** Bytes of chunks that one upload has on their way at the same time, where more than one chunk fits. */
export const bytesInFlightMax: number = 4 * 1024 * 1024

/** The inserts of one upload that have not been answered. */
export class InsertWindow {
  readonly #running = new Set<Promise<void>>()
  #bytes = 0

  /** Resolves when an insert of so many bytes may begin: at once where none is on its way. Never rejects. */
  async roomFor(bytes: number): Promise<void> {
    while (!this.#hasRoomFor(bytes)) await Promise.race(this.#running)
  }

  /** `failed` hears why, if it fails. */
  add(bytes: number, insert: Promise<unknown>, failed: (reason: unknown) => void): void {
    this.#bytes += bytes
    const ended = insert.catch(failed).then(() => {
      this.#running.delete(ended)
      this.#bytes -= bytes
    })
    this.#running.add(ended)
  }

  /** Resolves when none is on its way. Never rejects. */
  async settled(): Promise<void> {
    await Promise.all(this.#running)
  }

  #hasRoomFor(bytes: number): boolean {
    const { size } = this.#running
    return size === 0 || (size < insertsInFlightMax && this.#bytes + bytes <= bytesInFlightMax)
  }
}
