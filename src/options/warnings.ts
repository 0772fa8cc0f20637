/** A connection string of nothing but unknown options must not become a thousand warnings. */
const warningsMax = 20

/** Collects warnings up to a limit, and counts the others; a warning past the limit is not even made. */
export class Warnings {
  readonly #texts: string[] = []
  #left = 0

  add(text: () => string): void {
    if (this.#texts.length < warningsMax) this.#texts.push(text())
    else this.#left += 1
  }

  list(): readonly string[] {
    const others = this.#left === 0 ? [] : [`… and ${this.#left} more warnings like these`]
    return Object.freeze([...this.#texts, ...others])
  }
}
