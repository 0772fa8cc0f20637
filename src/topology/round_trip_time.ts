/** Round-trip times of one server. Sources: the server selection and the server monitoring specification. */
const weightOfNewest = 0.2
const samplesMax = 10

export class RoundTripTime {
  #averageMS: number | undefined
  /** The last samples, as a ring. */
  readonly #samplesMS: number[] = []
  #oldest = 0

  /** Exponentially weighted; undefined until there is a sample. */
  get averageMS(): number | undefined {
    return this.#averageMS
  }

  /** The least of the last ten samples. One sample proves nothing: 0 until there are two. */
  get minMS(): number {
    return this.#samplesMS.length < 2 ? 0 : Math.min(...this.#samplesMS)
  }

  /** Negative samples (and NaN) are no durations and are refused; false says so. */
  add(sampleMS: number): boolean {
    if (!(sampleMS >= 0 && sampleMS < Number.POSITIVE_INFINITY)) return false
    this.#averageMS =
      this.#averageMS === undefined ? sampleMS : weightOfNewest * sampleMS + (1 - weightOfNewest) * this.#averageMS
    this.#samplesMS[this.#oldest] = sampleMS
    this.#oldest = (this.#oldest + 1) % samplesMax
    return true
  }

  /** After a failed check: what comes back may be another machine. */
  reset(): void {
    this.#averageMS = undefined
    this.#samplesMS.length = 0
    this.#oldest = 0
  }
}
