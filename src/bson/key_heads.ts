/** Keys that are remembered. A head takes 100 to 450 bytes with its key and its place: 1 MiB for all, usually. */
export const keyHeadsMax = 4096

/** UTF-16 code units. What is longer is hardly a name of a field, and would make the table large. */
export const rememberedKeyLengthMax = 64

/** When the table is full, this many unknown keys later it is emptied, since what is in it may have been of one use. */
export const unknownKeysMax = 65_536

/** The bytes of a head that are stored as three whole words: a type, ten characters and a NUL. */
export const shortHeadBytes = 12

/** With two more words. */
export const headWordsBytes = 20

/**
 * What an element begins with: a place for its type, the key as UTF-8 and NUL. The first bytes are words to be stored
 * whole, the others stand in `rest`.
 */
export class KeyHead {
  readonly key: string
  readonly length: number
  readonly first: number
  readonly second: number
  readonly third: number
  readonly fourth: number
  readonly fifth: number
  readonly rest: Uint8Array | undefined
  /** The head that came after this one last time: documents repeat the order of their keys. */
  follower: KeyHead | undefined = undefined

  constructor(key: string) {
    const bytes = Buffer.alloc(Math.max(3 * key.length + 2, headWordsBytes))
    this.key = key
    this.length = bytes.write(key, 1) + 2
    this.first = bytes.readInt32LE(0)
    this.second = bytes.readInt32LE(4)
    this.third = bytes.readInt32LE(8)
    this.fourth = bytes.readInt32LE(12)
    this.fifth = bytes.readInt32LE(16)
    this.rest = this.length > headWordsBytes ? Uint8Array.from(bytes.subarray(headWordsBytes, this.length)) : undefined
  }
}

/** Remembers the heads of keys, no more than it may. A key with NUL is not for it. */
export class KeyHeads {
  /** Comes before the first head that is written. */
  readonly before: KeyHead = new KeyHead('')
  readonly #heads = new Map<string, KeyHead>()
  #unknown = 0

  get size(): number {
    return this.#heads.size
  }

  /** Undefined: the key is not remembered, and will not be. */
  find(key: string): KeyHead | undefined {
    return this.#heads.get(key) ?? this.#learn(key)
  }

  #learn(key: string): KeyHead | undefined {
    if (key.length > rememberedKeyLengthMax || key.includes('\0')) return undefined
    if (this.#heads.size === keyHeadsMax) {
      if (++this.#unknown < unknownKeysMax) return undefined
      this.#heads.clear()
      this.#unknown = 0
    }
    const head = new KeyHead(key)
    this.#heads.set(key, head)
    return head
  }
}
