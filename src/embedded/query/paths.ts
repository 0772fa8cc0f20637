import { type BSONDocument, type BSONValue, isDocument } from './values.ts'

export function splitPath(path: string): readonly string[] {
  return path.split('.')
}

/** The array index that a path's component means, if it means one: digits only, with no zero in front. */
export function arrayIndexOf(component: string): number | undefined {
  return /^(?:0|[1-9][0-9]{0,14})$/.test(component) ? Number(component) : undefined
}

/**
 * What a filter's path does with an array at its end: `expanded` looks at each element, then at the array; `whole` looks
 * at the array alone, as `$exists`, `$size` and `$elemMatch` do.
 */
export type LeafArrays = 'expanded' | 'whole'

/**
 * Looks at one value; undefined is a missing field. `position` is the index in the outermost array that the path went
 * through, for the positional operator. A true answer ends the walk.
 */
export type ValueTest = (value: BSONValue | undefined, position: number | undefined) => boolean

/**
 * Walks a path as filters see it: an array on the way is gone through element by element, and a number in the path is
 * an index as well as a name. Whether the test says yes to any value.
 */
export function someValue(
  document: BSONDocument,
  path: readonly string[],
  leafArrays: LeafArrays,
  test: ValueTest
): boolean {
  return new Walk(path, leafArrays, test).document(document, 0, undefined)
}

class Walk {
  readonly #path: readonly string[]
  readonly #leafArrays: LeafArrays
  readonly #test: ValueTest

  constructor(path: readonly string[], leafArrays: LeafArrays, test: ValueTest) {
    this.#path = path
    this.#leafArrays = leafArrays
    this.#test = test
  }

  document(document: BSONDocument, at: number, position: number | undefined): boolean {
    const value = document.get(this.#path[at] ?? '')
    if (at === this.#path.length - 1) return this.#leaf(value, position)
    if (isDocument(value)) return this.document(value, at + 1, position)
    if (Array.isArray(value)) return this.#array(value, at + 1, position)
    return this.#test(undefined, position)
  }

  #leaf(value: BSONValue | undefined, position: number | undefined): boolean {
    if (Array.isArray(value) && this.#leafArrays === 'expanded') {
      if (value.some((element, index) => this.#test(element, position ?? index))) return true
    }
    return this.#test(value, position)
  }

  #array(array: readonly BSONValue[], at: number, position: number | undefined): boolean {
    return array.some((element, index) => {
      const outermost = position ?? index
      if (isDocument(element) && this.document(element, at, outermost)) return true
      if (this.#path[at] !== String(index)) return false
      // An element that is named by its index is looked at as it is, even if it is an array.
      if (at === this.#path.length - 1) return this.#test(element, outermost)
      if (isDocument(element)) return this.document(element, at + 1, outermost)
      return Array.isArray(element) && this.#array(element, at + 1, outermost)
    })
  }
}

/** The values that `distinct` counts: those at the path, and of an array there its elements in its place. */
export function distinctCandidates(document: BSONDocument, path: string): BSONValue[] {
  const candidates: BSONValue[] = []
  someValue(document, splitPath(path), 'whole', value => {
    if (Array.isArray(value)) candidates.push(...value)
    else if (value !== undefined) candidates.push(value)
    return false
  })
  return candidates
}
