/** One session is kept for each address, and so many of them; the oldest goes first. */
const addressesMax = 1000

/** A session holds the server's certificates, whose length is the server's choice. */
const sessionBytesMax = 64 * 1024

/** What servers gave for resuming: the next connection needs no key exchange with certificates. */
export class TLSSessions {
  readonly #sessions = new Map<string, Buffer>()

  get size(): number {
    return this.#sessions.size
  }

  get(address: string): Buffer | undefined {
    return this.#sessions.get(address)
  }

  /** Only of a connection whose server was checked: resuming checks no certificate again. */
  keep(address: string, session: Buffer): void {
    this.#sessions.delete(address)
    if (session.length > sessionBytesMax) return
    this.#sessions.set(address, session)
    const [oldest] = this.#sessions.keys()
    if (this.#sessions.size > addressesMax && oldest !== undefined) this.#sessions.delete(oldest)
  }

  forget(address: string): void {
    this.#sessions.delete(address)
  }
}
