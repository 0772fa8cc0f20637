import type { SiteAllowance } from './allowance.ts'
import { type Head, noHead } from './heads.ts'
import { type Fields, type MakeObject, roomyConstructor } from './roomy_constructor.ts'
import type { Shape } from './shape.ts'
import { Step } from './steps.ts'

/** Documents that are plain before a place is worth a constructor, and after one with a key that was not known. */
const plainDocuments = 16

/** Documents that went on as none before, until a place may be one where steps are of no use. */
const unforeseenMax = 250

/** They are, if so many of the documents begin by them for one that goes on otherwise. */
const foreseenForOneMin = 3

/** Documents at the same place in other documents: all of a batch, all in one field, or all in one field's array. */
export class Place {
  /** Before the first element of a document; undefined where documents are too different for steps. */
  start: Step | undefined = new Step(undefined, noHead())
  /** How many documents began by steps. */
  documents = 0
  #unforeseen = 0
  readonly #allowance: SiteAllowance
  readonly #fields = new Map<string, Place>()
  #inner: Place | undefined
  #make: MakeObject | undefined
  #plainLeft = plainDocuments
  /** Documents that were made without copies. */
  #withoutCopies = 0

  constructor(allowance: SiteAllowance) {
    this.#allowance = allowance
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

  /** Gives `object` the values from `values[base]` on, by a shape without copies, which gets some if it is common here. */
  fill(object: Fields, shape: Shape, values: readonly unknown[], base: number): void {
    shape.fill(object, values, base)
    this.#withoutCopies++
    shape.meet(this.#withoutCopies, this.#allowance.fills)
  }

  /** A document has left the steps: to foresee only beginnings costs more than it saves. */
  meetUnforeseen(): void {
    this.#unforeseen++
    if (this.#unforeseen < unforeseenMax || this.#unforeseen * foreseenForOneMin < this.documents) return
    this.start = undefined
  }

  /** The step that follows with this head; undefined where none is kept. */
  stepAfter(step: Step, head: Head): Step | undefined {
    return step.to(head, this.#allowance)
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
    return this.#allowance.takePlace() ? new Place(this.#allowance) : undefined
  }
}
