import type { Fill, FillKeys } from './fill_copies.ts'
import { fieldsOfFill, type Fills, loadFillCopies } from './fills.ts'
import type { Fields } from './roomy_constructor.ts'

/** Documents of a shape before the copies are loaded: early enough that they are there when a shape may get some. */
const loadAfter = 10

/** Documents of a shape before it may get fill copies. */
const copiesAfter = 100

/** Of so many documents that are made without copies at a place, one at least must have the shape: copies are few. */
const documentsForOneMax = 50

const noCopies: readonly Fill[] = []

/** Documents that have the same keys in the same order. */
export class Shape {
  /** The keys, as many at once as a fill copy takes. */
  readonly #pieces: readonly FillKeys[]
  readonly #elements: number
  #copies: readonly Fill[] = noCopies
  #met = 0

  constructor(keys: readonly string[]) {
    this.#pieces = piecesOf(keys)
    this.#elements = keys.length
  }

  get hasCopies(): boolean {
    return this.#copies !== noCopies
  }

  /** Gives `object` the values from `values[base]` on. */
  fill(object: Fields, values: readonly unknown[], base: number): void {
    let at = base
    for (const keys of this.#pieces) for (const key of keys) object[key] = values[at++]
  }

  /** As `fill`, where there are copies. */
  fillByCopies(object: Fields, values: readonly unknown[], base: number): void {
    for (let i = 0, done = 0; done < this.#elements; i++, done += fieldsOfFill) {
      const fill = this.#copies[i] as Fill
      fill(object, this.#pieces[i] as FillKeys, values, base + done, this.#elements - done)
    }
  }

  /** A document was made without copies, of so many at its place. */
  meet(withoutCopies: number, fills: Fills): void {
    this.#met++
    if (this.#met === loadAfter) void loadFillCopies()
    if (this.#met < copiesAfter || this.#met * documentsForOneMax < withoutCopies) return
    this.#copies = fills.next(this.#pieces.length) ?? noCopies
  }
}

function piecesOf(keys: readonly string[]): FillKeys[] {
  const pieces: string[][] = []
  for (let at = 0; at < keys.length; at += fieldsOfFill) pieces.push(keys.slice(at, at + fieldsOfFill))
  return pieces as unknown as FillKeys[]
}
