import { type Head, noHead } from './heads.ts'
import { type Fields, type MakeObject, roomyConstructor } from './roomy_constructor.ts'

/** Documents that are plain before a place is worth a constructor, and after one with a key that was not known. */
const plainDocuments = 16

/** How many places a site may still have. */
export interface PlacesLeft {
  places: number
}

/** Documents at the same place in other documents: all of a batch, all in one field, or all in one field's array. */
export class Place {
  /** What stands before the first elements here. */
  readonly start: Head = noHead()
  readonly #left: PlacesLeft
  readonly #fields = new Map<string, Place>()
  #inner: Place | undefined
  #make: MakeObject | undefined
  #plainLeft = plainDocuments

  constructor(left: PlacesLeft) {
    this.#left = left
  }

  /** An object of the place's own kind: its room fits what the first ones had. */
  newObject(): Fields {
    if (this.#plainLeft > 0) {
      this.#plainLeft--
      return {}
    }
    this.#make ??= roomyConstructor()
    return new this.#make()
  }

  /** Where keys are data, each makes another kind of object, the more of them the more room there is. */
  meetUnknownKey(): void {
    this.#plainLeft = plainDocuments
  }

  /** Of what is in arrays that are in the array here. */
  get inner(): Place | undefined {
    this.#inner ??= this.#newPlace()
    return this.#inner
  }

  /** Of the documents in the field of this head; undefined if there are too many places, or the key is not known yet. */
  field(head: Head): Place | undefined {
    const known = this.#fields.get(head.key)
    if (known !== undefined || !head.isKept) return known
    const place = this.#newPlace()
    if (place !== undefined) this.#fields.set(head.key, place)
    return place
  }

  #newPlace(): Place | undefined {
    if (this.#left.places === 0) return undefined
    this.#left.places--
    return new Place(this.#left)
  }
}
