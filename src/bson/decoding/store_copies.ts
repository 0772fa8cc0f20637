/**
 * Made by `npx tsc -b && node dist/tools/store_copies.js`; do not edit it here.
 *
 * The same function again and again, on purpose. V8 remembers for each `object[key] = value` of the source, not for
 * each closure, which keys and which objects it has met: one that has met a single key of a single shape of objects is
 * five times as fast as one that has met many. So each shape that comes often is given functions of its own. They cannot
 * be made when they are needed, since that would be code made while the program runs, from keys that a server has sent.
 * A minifier that merges equal functions makes decoding slower, and nothing else.
 */
import type { Fields, MakeObject } from './roomy_constructor.ts'

export type EightKeys = readonly [string, string, string, string, string, string, string, string]

/** Stores the eight values at `at` in `object`, or in one that `make` makes if there is none yet. */
export type Store = (
  object: Fields | undefined,
  make: MakeObject,
  keys: EightKeys,
  values: readonly unknown[],
  at: number
) => Fields

const store0: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store1: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store2: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store3: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store4: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store5: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store6: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store7: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store8: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store9: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store10: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store11: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store12: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store13: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store14: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store15: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store16: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store17: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store18: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store19: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store20: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store21: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store22: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store23: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store24: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store25: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store26: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store27: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store28: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store29: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store30: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

const store31: Store = (object, make, keys, values, at) => {
  const o = object ?? new make()
  o[keys[0]] = values[at]
  o[keys[1]] = values[at + 1]
  o[keys[2]] = values[at + 2]
  o[keys[3]] = values[at + 3]
  o[keys[4]] = values[at + 4]
  o[keys[5]] = values[at + 5]
  o[keys[6]] = values[at + 6]
  o[keys[7]] = values[at + 7]
  return o
}

export const stores: readonly Store[] = [
  store0,
  store1,
  store2,
  store3,
  store4,
  store5,
  store6,
  store7,
  store8,
  store9,
  store10,
  store11,
  store12,
  store13,
  store14,
  store15,
  store16,
  store17,
  store18,
  store19,
  store20,
  store21,
  store22,
  store23,
  store24,
  store25,
  store26,
  store27,
  store28,
  store29,
  store30,
  store31
]
