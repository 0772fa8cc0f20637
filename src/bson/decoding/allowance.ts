/** So much of something, which may be a part of a larger allowance: what is taken is taken from that one too. */
export class Allowance {
  readonly #whole: Allowance | undefined
  #max: number
  #taken = 0

  constructor(max: number, whole?: Allowance) {
    this.#max = max
    this.#whole = whole
  }

  get taken(): number {
    return this.#taken
  }

  /** All of `count`, or nothing. */
  take(count = 1): boolean {
    if (this.#taken + count > this.#max || this.#whole?.take(count) === false) return false
    this.#taken += count
    return true
  }

  /** Nothing can be taken any more. */
  close(): void {
    this.#max = 0
  }

  /** What was taken here is again where it came from. */
  giveBack(): void {
    this.#whole?.receive(this.#taken)
    this.#taken = 0
  }

  private receive(count: number): void {
    this.#whole?.receive(count)
    this.#taken -= count
  }
}
