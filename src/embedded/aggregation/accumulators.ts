import { Double } from '../../bson/index.ts'
import { CommandFailure } from '../failure.ts'
import {
  type BSONDocument,
  type BSONValue,
  compareValues,
  isDocument,
  isNumber,
  type StringOrder
} from '../query/index.ts'
import { distinctValues } from './by_value.ts'
import { doubleOf, integerResult } from './numeric.ts'
import { isNullish, typeText } from './operator.ts'
import { Summation } from './summation.ts'

/** Takes in one value for each document of a group. A missing result counts as null. */
export interface Accumulator {
  add(value: BSONValue | undefined): void
  result(): BSONValue | undefined
}

export type MakeAccumulator = (strings: StringOrder) => Accumulator

/** All that there are, by name. */
export const accumulators: ReadonlyMap<string, MakeAccumulator> = new Map<string, MakeAccumulator>([
  [
    '$sum',
    () => {
      const total = new Summation()
      return { add: value => total.add(value), result: () => total.sum() }
    }
  ],
  [
    '$avg',
    () => {
      const total = new Summation()
      return { add: value => total.add(value), result: () => total.average() ?? null }
    }
  ],
  ['$count', () => new Count()],
  ['$min', strings => new Extreme(-1, strings)],
  ['$max', strings => new Extreme(1, strings)],
  ['$first', () => new First()],
  ['$last', () => new Last()],
  ['$push', () => new Collected(values => values)],
  ['$addToSet', strings => new Collected(values => distinctValues(values, strings))],
  ['$mergeObjects', () => new MergedObjects()],
  ['$stdDevPop', () => new Deviation(0)],
  ['$stdDevSamp', () => new Deviation(1)]
])

class Count implements Accumulator {
  #count = 0

  add(): void {
    this.#count += 1
  }

  result(): BSONValue {
    return integerResult(BigInt(this.#count), false)
  }
}

/** The least or the greatest by the order of BSON values; null and missing ones do not count. */
class Extreme implements Accumulator {
  readonly #direction: 1 | -1
  readonly #strings: StringOrder
  #extreme: BSONValue | undefined

  constructor(direction: 1 | -1, strings: StringOrder) {
    this.#direction = direction
    this.#strings = strings
  }

  add(value: BSONValue | undefined): void {
    if (isNullish(value)) return
    if (this.#extreme === undefined || compareValues(value, this.#extreme, this.#strings) * this.#direction > 0) {
      this.#extreme = value
    }
  }

  result(): BSONValue {
    return this.#extreme ?? null
  }
}

class First implements Accumulator {
  #seen = false
  #first: BSONValue | undefined

  add(value: BSONValue | undefined): void {
    if (!this.#seen) this.#first = value
    this.#seen = true
  }

  result(): BSONValue | undefined {
    return this.#first
  }
}

class Last implements Accumulator {
  #last: BSONValue | undefined

  add(value: BSONValue | undefined): void {
    this.#last = value
  }

  result(): BSONValue | undefined {
    return this.#last
  }
}

class Collected implements Accumulator {
  readonly #values: BSONValue[] = []
  readonly #shape: (values: BSONValue[]) => BSONValue[]

  constructor(shape: (values: BSONValue[]) => BSONValue[]) {
    this.#shape = shape
  }

  add(value: BSONValue | undefined): void {
    if (value !== undefined) this.#values.push(value)
  }

  result(): BSONValue {
    return this.#shape(this.#values)
  }
}

class MergedObjects implements Accumulator {
  readonly #merged: BSONDocument = new Map()

  add(value: BSONValue | undefined): void {
    mergeInto(this.#merged, value)
  }

  result(): BSONValue {
    return this.#merged
  }
}

/** Later fields win and keep the earlier ones' places. */
export function mergeInto(merged: BSONDocument, value: BSONValue | undefined): void {
  if (isNullish(value)) return
  if (!isDocument(value)) {
    throw new CommandFailure(40400, `$mergeObjects requires object inputs, but an input is of type ${typeText(value)}`)
  }
  for (const [name, field] of value) merged.set(name, field)
}

/** The standard deviation, updated value by value so that large means cost no digits. */
class Deviation implements Accumulator {
  /** What is taken off the count: 1 where the values are a sample of more. */
  readonly #correction: 0 | 1
  #count = 0
  #mean = 0
  #squares = 0

  constructor(correction: 0 | 1) {
    this.#correction = correction
  }

  add(value: BSONValue | undefined): void {
    if (!isNumber(value)) return
    const number = doubleOf(value)
    this.#count += 1
    const delta = number - this.#mean
    this.#mean += delta / this.#count
    this.#squares += delta * (number - this.#mean)
  }

  result(): BSONValue {
    const divisor = this.#count - this.#correction
    return divisor <= 0 ? null : new Double(Math.sqrt(this.#squares / divisor))
  }
}
