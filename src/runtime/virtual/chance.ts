import type { Chance } from '../runtime.ts'

/**
 * Chance from a seed: Doty-Humphrey's small fast counter (sfc32), its state spread from the seed by a 32-bit splitmix.
 * Two streams of one seed share nothing: a draw more in one does not shift the other.
 */
export class SeededChance implements Chance {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: number, stream: number) {
    let state = (seed >>> 0) ^ Math.imul(stream + 1, 0x632be5ab)
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0
      const once = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
      const twice = Math.imul(once ^ (once >>> 15), 0x735a2d97)
      return twice ^ (twice >>> 15)
    }
    this.#a = next()
    this.#b = next() ^ Math.floor(seed / 2 ** 32)
    this.#c = next()
    for (let round = 0; round < 12; round++) this.word()
  }

  /** 32 bits, without a sign. */
  word(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  fraction(): number {
    return this.word() / 2 ** 32
  }

  fill(bytes: Uint8Array): void {
    let word = 0
    for (let index = 0; index < bytes.length; index++) {
      word = index % 4 === 0 ? this.word() : word >>> 8
      bytes[index] = word
    }
  }
}
