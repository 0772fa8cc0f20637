import { type Head, noHead } from './heads.ts'
import { type Fields, type MakeObject, roomyConstructor } from './roomy_constructor.ts'

/** Documents at a place before it is worth a constructor. */
const plainDocuments = 8

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
  #documents = 0
  #make: MakeObject | undefined

  constructor(left: PlacesLeft) {
    this.#left = left
  }

  /** An object of the place's own kind: its room fits what the first ones had. */
  newObject(): Fields {
    if (this.#make !== undefined) return new this.#make()
    if (++this.#documents === plainDocuments) this.#make = roomyConstructor()
    return {}
  }

  /** Of what is in arrays that are in the array here. */
  get inner(): Place | undefined {
    this.#inner ??= this.#newPlace()
    return this.#inner
  }

  /** Of the documents in the field `key`; undefined if there are too many places. */
  field(key: string): Place | undefined {
    const known = this.#fields.get(key)
    if (known !== undefined) return known
    const place = this.#newPlace()
    if (place !== undefined) this.#fields.set(key, place)
    return place
  }

  #newPlace(): Place | undefined {
    if (this.#left.places === 0) return undefined
    this.#left.places--
    return new Place(this.#left)
  }
}
