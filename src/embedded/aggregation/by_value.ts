import { compareStrings, compareValues, type BSONValue, type StringOrder } from '../query/index.ts'
import { valueKey } from '../store/value_key.ts'

/**
 * A map by BSON value: 1 as an int32, an int64, a double and a decimal are one key. Under a collation strings that it
 * holds for equal are one key, too; only a comparison can tell, so it looks through all.
 */
export class ByValue<Item> {
  readonly #byKey = new Map<string, Item>()
  readonly #entries: { readonly value: BSONValue; readonly item: Item }[] = []
  readonly #strings: StringOrder

  constructor(strings: StringOrder) {
    this.#strings = strings
  }

  get(value: BSONValue): Item | undefined {
    if (this.#strings === compareStrings) return this.#byKey.get(valueKey(value))
    return this.#entries.find(entry => compareValues(entry.value, value, this.#strings) === 0)?.item
  }

  /** The value must not be there yet. */
  add(value: BSONValue, item: Item): void {
    if (this.#strings === compareStrings) this.#byKey.set(valueKey(value), item)
    else this.#entries.push({ value, item })
  }

  /** The item of a value, made if there is none. */
  getOrAdd(value: BSONValue, make: () => Item): Item {
    const known = this.get(value)
    if (known !== undefined) return known
    const item = make()
    this.add(value, item)
    return item
  }
}

/** The different values, each as it came first. */
export function distinctValues(values: Iterable<BSONValue>, strings: StringOrder): BSONValue[] {
  const seen = new ByValue<true>(strings)
  const distinct: BSONValue[] = []
  for (const value of values) {
    if (seen.get(value) !== undefined) continue
    seen.add(value, true)
    distinct.push(value)
  }
  return distinct
}
