import { Allowance } from './allowance.ts'
import { type Fields, type MakeObject, roomyConstructor } from './roomy_constructor.ts'
import { type EightKeys, type Store, stores } from './store_copies.ts'

/** Documents of a shape that are made one key after the other before it may get store copies, and between attempts. */
const attemptDocuments = 100

/** A shape gets store copies when so large a part of its place's documents have it. */
const partMin = 0.02

const groupFields = 8

/** One for the process: a copy that has stored the fields of one shape would be slow for any other, for good. */
export const storesOfProcess: Allowance = new Allowance(stores.length)
let storesTaken = 0

/** The keys of documents that are alike, in order, and the best way to make an object of them. */
export class Shape {
  readonly keys: readonly string[]
  /** Which stores to use; undefined as long as there are none for this shape. */
  plan: Plan | undefined
  #documents = 0

  constructor(keys: readonly string[]) {
    this.keys = keys
  }

  /** Of the values from `base` on. */
  objectOf(values: readonly unknown[], base: number): Fields {
    const { keys } = this
    const object: Fields = {}
    for (let i = 0; i < keys.length; i++) object[keys[i] as string] = values[base + i]
    return object
  }

  /** Counts a document that was made without a plan; `allowance` is of stores, `documents` all at the place. */
  count(allowance: Allowance, documents: number): void {
    this.#documents++
    if (this.#documents % attemptDocuments !== 0 || this.#documents < partMin * documents) return
    const groups = groupsOf(this.keys)
    if (groups.length === 0 || !allowance.take(groups.length)) return
    this.plan = new Plan(groups, stores.slice(storesTaken, storesTaken + groups.length))
    storesTaken += groups.length
  }
}

/** Store copies for the keys of one shape, eight at a time. */
export class Plan {
  readonly #groups: readonly EightKeys[]
  readonly #stores: readonly Store[]
  readonly #make: MakeObject = roomyConstructor()

  constructor(groups: readonly EightKeys[], stores: readonly Store[]) {
    this.#groups = groups
    this.#stores = stores
  }

  /** Of the values in `[base, top)`; what is above them is lost. */
  objectOf(values: unknown[], base: number, top: number): Fields {
    const groups = this.#groups
    const stores = this.#stores
    const end = base + groupFields * groups.length
    for (let at = top; at < end; at++) values[at] = values[top - 1]
    let object: Fields | undefined
    for (let i = 0; i < groups.length; i++) {
      object = (stores[i] as Store)(object, this.#make, groups[i] as EightKeys, values, base + groupFields * i)
    }
    for (let at = top; at < end; at++) values[at] = undefined
    return object as Fields
  }
}

/** The last group is filled up with the last key: to store a value twice changes nothing. */
function groupsOf(keys: readonly string[]): EightKeys[] {
  const groups: EightKeys[] = []
  for (let i = 0; i < keys.length; i += groupFields) {
    const key = (place: number) => keys[Math.min(i + place, keys.length - 1)] as string
    groups.push([key(0), key(1), key(2), key(3), key(4), key(5), key(6), key(7)])
  }
  return groups
}
