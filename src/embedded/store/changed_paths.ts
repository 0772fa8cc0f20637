import { Int32 } from '../../bson/index.ts'
import { type BSONDocument, type BSONValue, encodeDocument, isDocument } from '../query/index.ts'
import { fields, int32 } from '../reply.ts'

/** A field's name, or a place in an array. */
export type PathPart = string | Int32

/**
 * What an update has changed, as paths: `set` and `unset` are arrays of them, `truncated` has the new size with each. The
 * values are not in it: they are in the document. `whole`: paths that are told as one, not by their parts.
 */
export function changedPaths(before: BSONDocument, after: BSONDocument, whole: ReadonlySet<string>): BSONDocument {
  const found = new ChangedPaths(whole)
  found.compareDocuments(before, after, [])
  const { set, unset, truncated } = found
  return fields<BSONValue>({ set, unset, truncated })
}

class ChangedPaths {
  readonly set: BSONValue[] = []
  readonly unset: BSONValue[] = []
  readonly truncated: BSONValue[] = []
  readonly #whole: ReadonlySet<string>

  constructor(whole: ReadonlySet<string>) {
    this.#whole = whole
  }

  compareDocuments(before: BSONDocument, after: BSONDocument, path: readonly PathPart[]): void {
    for (const name of before.keys()) if (!after.has(name)) this.unset.push([...path, name])
    for (const [name, value] of after) this.#compare(before.get(name), value, [...path, name])
  }

  #compareArrays(before: readonly BSONValue[], after: readonly BSONValue[], path: readonly PathPart[]): void {
    if (after.length < before.length)
      this.truncated.push(fields<BSONValue>({ path: [...path], size: int32(after.length) }))
    after.forEach((value, index) => this.#compare(before[index], value, [...path, int32(index)]))
  }

  #compare(before: BSONValue | undefined, after: BSONValue, path: readonly PathPart[]): void {
    if (before !== undefined && isSame(before, after)) return
    const parts = this.#whole.has(dotted(path)) ? undefined : before
    if (isDocument(parts) && isDocument(after)) this.compareDocuments(parts, after, path)
    else if (Array.isArray(parts) && Array.isArray(after)) this.#compareArrays(parts, after, path)
    else this.set.push([...path])
  }
}

export function dotted(path: readonly PathPart[]): string {
  return path.map(part => (part instanceof Int32 ? part.value : part)).join('.')
}

/** Byte by byte: 1 and 1.0 are different values here. */
function isSame(one: BSONValue, other: BSONValue): boolean {
  if (one === other) return true
  return Buffer.compare(encodeDocument(new Map([['', one]])), encodeDocument(new Map([['', other]]))) === 0
}
