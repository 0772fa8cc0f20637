/**
 * Made by `npx tsc -b && node dist/tools/decoder_copies.js`; do not edit it here.
 *
 * The same function again and again, on purpose. V8 remembers for each `object[key] = value` of the source, not for
 * each closure, which keys and which kinds of objects it has met: one that has met a single key is several times as fast
 * as one that has met many. So the keys of documents that come often are given a function of their own, in which each
 * key has a line. It cannot be made when it is needed, since that would be code made while the program runs, for what a
 * server has sent. A minifier that merges equal functions makes decoding slower, and nothing else.
 */
/* oxlint-disable max-lines -- the copies are the use of it */
import type { Fields } from './roomy_constructor.ts'

/** As many keys as a function has lines; behind the last of fewer, anything. */
export type FillKeys = readonly [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string
]

/** Gives `o` the first `n` of the keys, at least one, with the values from `v[b]` on. */
export type Fill = (o: Fields, k: FillKeys, v: readonly unknown[], b: number, n: number) => void

export const fillCopies: readonly Fill[] = [
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  },
  (o, k, v, b, n) => {
    o[k[0]] = v[b]
    if (n === 1) return
    o[k[1]] = v[b + 1]
    if (n === 2) return
    o[k[2]] = v[b + 2]
    if (n === 3) return
    o[k[3]] = v[b + 3]
    if (n === 4) return
    o[k[4]] = v[b + 4]
    if (n === 5) return
    o[k[5]] = v[b + 5]
    if (n === 6) return
    o[k[6]] = v[b + 6]
    if (n === 7) return
    o[k[7]] = v[b + 7]
    if (n === 8) return
    o[k[8]] = v[b + 8]
    if (n === 9) return
    o[k[9]] = v[b + 9]
    if (n === 10) return
    o[k[10]] = v[b + 10]
    if (n === 11) return
    o[k[11]] = v[b + 11]
    if (n === 12) return
    o[k[12]] = v[b + 12]
    if (n === 13) return
    o[k[13]] = v[b + 13]
    if (n === 14) return
    o[k[14]] = v[b + 14]
    if (n === 15) return
    o[k[15]] = v[b + 15]
  }
]
