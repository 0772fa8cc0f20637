/** Indices that have three digits at most: as the key of an array's element each is one word, with the NUL behind it. */
export const indexWordsMax = 1000

/** The bytes of such a key, the first one lowest. By arithmetic: the tables made of it are made when the driver is imported. */
export function indexWord(index: number): number {
  let word = 0
  for (let left = index, digits = 0; digits === 0 || left > 0; digits++) {
    word = (word << 8) | (0x30 + (left % 10))
    left = Math.floor(left / 10)
  }
  return word
}
