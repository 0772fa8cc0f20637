/** Indices that have three digits at most: as the key of an array's element each is one word, with the NUL behind it. */
export const indexWordsMax = 1000

/** Each is made when it is first needed, since making all is time that an import would take; none is 0. */
const words = new Int32Array(indexWordsMax)

/** The bytes of the key of an index below `indexWordsMax`, the first one lowest. */
export function indexWord(index: number): number {
  return (words[index] as number) || (words[index] = made(index))
}

function made(index: number): number {
  let word = 0
  for (let left = index, digits = 0; digits === 0 || left > 0; digits++) {
    word = (word << 8) | (0x30 + (left % 10))
    left = Math.floor(left / 10)
  }
  return word
}
