/** Makes two files of the decoder that repeat themselves; their heads say what for. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

export const storeCopiesFile = 'src/bson/decoding/store_copies.ts'
export const roomyConstructorFile = 'src/bson/decoding/roomy_constructor.ts'

/** Chosen by measuring: see `benchmarks/micro/decode.ts`. */
const copies = 128
const roomFields = 128

const head = `/**
 * Made by \`npx tsc -b && node dist/tools/store_copies.js\`; do not edit it here.
 *
 * The same function again and again, on purpose. V8 remembers for each \`object[key] = value\` of the source, not for
 * each closure, which keys and which kinds of objects it has met: one that has met a single key is several times as fast
 * as one that has met many. So each key that comes often is given a function of its own. They cannot be made when they
 * are needed, since that would be code made while the program runs, for what a server has sent. A minifier that merges
 * equal functions makes decoding slower, and nothing else.
 */
import type { Fields } from './roomy_constructor.ts'

export type Store = (o: Fields, k: string, v: unknown) => unknown

export const storeCopies: readonly Store[] = [
`

/** The text of the other file. */
export function roomyConstructor(): string {
  return `/**
 * Made by \`npx tsc -b && node dist/tools/store_copies.js\`; do not edit it here.
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

/** The text of the file. */
export function storeCopies(): string {
  const copy = '  (o, k, v) => (o[k] = v)'
  return `${head}${Array.from({ length: copies }, () => copy).join(',\n')}\n]\n`
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(resolve(storeCopiesFile), storeCopies())
  writeFileSync(resolve(roomyConstructorFile), roomyConstructor())
}
