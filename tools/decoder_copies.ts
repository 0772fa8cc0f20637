/** Makes two files of the decoder that repeat themselves; their heads say what for. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

export const fillCopiesFile = 'src/bson/decoding/fill_copies.ts'
export const roomyConstructorFile = 'src/bson/decoding/roomy_constructor.ts'

/** Chosen by measuring: see `benchmarks/micro/decode.ts`. */
const copies = 64
export const fieldsOfFill = 16
const roomFields = 128

const made = 'Made by `npx tsc -b && node dist/tools/decoder_copies.js`; do not edit it here.'

/** The text of the file. */
export function fillCopies(): string {
  return `/**
 * ${made}
 *
 * The same function again and again, on purpose. V8 remembers for each \`object[key] = value\` of the source, not for
 * each closure, which keys and which kinds of objects it has met: one that has met a single key is several times as fast
 * as one that has met many. So the keys of documents that come often are given a function of their own, in which each
 * key has a line. It cannot be made when it is needed, since that would be code made while the program runs, for what a
 * server has sent. A minifier that merges equal functions makes decoding slower, and nothing else.
 */
/* oxlint-disable max-lines -- the copies are the use of it */
import type { Fields } from './roomy_constructor.ts'

/** As many keys as a function has lines; behind the last of fewer, anything. */
export type FillKeys = readonly [
${Array.from({ length: fieldsOfFill }, () => '  string').join(',\n')}
]

/** Gives \`o\` the first \`n\` of the keys, at least one, with the values from \`v[b]\` on. */
export type Fill = (o: Fields, k: FillKeys, v: readonly unknown[], b: number, n: number) => void

export const fillCopies: readonly Fill[] = [
${Array.from({ length: copies }, fillCopy).join(',\n')}
]
`
}

function fillCopy(): string {
  const lines = Array.from({ length: fieldsOfFill }, (_, i) => {
    const store = i === 0 ? 'o[k[0]] = v[b]' : `o[k[${i}]] = v[b + ${i}]`
    return i === fieldsOfFill - 1 ? `    ${store}\n` : `    ${store}\n    if (n === ${i + 1}) return\n`
  })
  return `  (o, k, v, b, n) => {\n${lines.join('')}  }`
}

/** The text of the other file. */
export function roomyConstructor(): string {
  return `/**
 * ${made}
 *
 * A constructor of plain objects with room for ${roomFields} fields in the object itself: V8 counts the assignments in it, though
 * none is ever made, and shrinks the room once it has seen what the first few objects need. Without the room an object
 * grows again and again while it is filled, and becomes a hash table after a dozen fields.
 */
/* oxlint-disable max-lines-per-function -- the assignments are the room */

export type Fields = Record<string, unknown>
export type MakeObject = new () => Fields

/** Always false; a constant would be seen through. */
const never = Object.is(0, 1)

export function roomyConstructor(): MakeObject {
  function Room(this: Fields): void {
    if (!never) return
${Array.from({ length: roomFields }, (_, i) => `    this['p${i}'] = 0\n`).join('')}  }
  Room.prototype = Object.prototype
  return Room as unknown as MakeObject
}
`
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(resolve(fillCopiesFile), fillCopies())
  writeFileSync(resolve(roomyConstructorFile), roomyConstructor())
}
