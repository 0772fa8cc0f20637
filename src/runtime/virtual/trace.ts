import type { Clock } from '../runtime.ts'

/**
 * A running 64-bit hash of all that can be observed of a run, each record with its virtual time, in two lanes of 32 bits.
 * Two runs with the same hash did the same; where they differ, the last records of both show where.
 */
export class Trace {
  readonly #tailMax: number
  readonly #clock: Clock
  /** A ring once it is full; `#records` says where it begins. */
  readonly #tail: string[] = []
  readonly #time = new Float64Array(1)
  readonly #timeWords = new Uint32Array(this.#time.buffer)
  #records = 0
  #one = 0x243f6a88
  #other = 0x85a308d3

  constructor(tailMax: number, clock: Clock) {
    this.#tailMax = tailMax
    this.#clock = clock
  }

  record(kind: string, detail: string): void {
    this.#begin(kind, detail)
    if (this.#tailMax > 0) this.#keep(kind, detail)
    this.#records++
  }

  /** A slice that was delivered: its length and its content. */
  recordBytes(kind: string, detail: string, bytes: Uint8Array, length: number): void {
    this.#begin(kind, detail)
    this.#mix(length)
    for (let index = 0; index < length; index += 4) {
      const high = (byteAt(bytes, index, length) << 8) | byteAt(bytes, index + 1, length)
      const low = (byteAt(bytes, index + 2, length) << 8) | byteAt(bytes, index + 3, length)
      this.#mix((high << 16) | low)
    }
    // The hash after the content is in the text too, so that the first record that differs is found by the tails.
    if (this.#tailMax > 0) this.#keep(kind, `${detail}: ${length} bytes, hash ${this.hash()}`)
    this.#records++
  }

  /** 16 hexadecimal digits. */
  hash(): string {
    return hexadecimal(this.#one) + hexadecimal(this.#other)
  }

  /** The last records, oldest first: `12.5 ms kind detail`. */
  tail(): string[] {
    const start = this.#tail.length < this.#tailMax ? 0 : this.#records % this.#tailMax
    return [...this.#tail.slice(start), ...this.#tail.slice(0, start)]
  }

  #begin(kind: string, detail: string): void {
    this.#time[0] = this.#clock.nowMS()
    this.#mix(this.#timeWords[0] ?? 0)
    this.#mix(this.#timeWords[1] ?? 0)
    this.#mixText(kind)
    this.#mixText(detail)
  }

  #keep(kind: string, detail: string): void {
    this.#tail[this.#records % this.#tailMax] = `${this.#clock.nowMS()} ms ${kind} ${detail}`
  }

  #mixText(text: string): void {
    this.#mix(text.length)
    for (let index = 0; index < text.length; index++) this.#mix(text.charCodeAt(index))
  }

  #mix(word: number): void {
    let one = Math.imul(this.#one ^ word, 0x9e3779b1)
    one ^= one >>> 15
    let other = Math.imul((this.#other + word) | 0, 0x85ebca77) ^ one
    other = (other << 13) | (other >>> 19)
    this.#one = one
    this.#other = Math.imul(other, 5) + 0x52dce729
  }
}

function byteAt(bytes: Uint8Array, index: number, length: number): number {
  return index < length ? (bytes[index] ?? 0) : 0
}

function hexadecimal(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}
