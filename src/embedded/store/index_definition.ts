import { CommandFailure } from '../failure.ts'
import {
  type BSONDocument,
  type BSONValue,
  compileFilter,
  documentKeys,
  type Filter,
  isDocument,
  splitPath
} from '../query/index.ts'
import { displayDocument } from './display.ts'
import { valueKey } from './value_key.ts'

/** An index as `listIndexes` tells it, and whether and how it enforces that keys are unique. */
export class IndexDefinition {
  /** `v`, `key`, `name` and the options that were given. */
  readonly document: BSONDocument
  readonly name: string
  readonly key: BSONDocument
  readonly unique: boolean
  readonly hidden: boolean
  readonly #paths: readonly (readonly string[])[]
  readonly #sparse: boolean
  readonly #covers: Filter | undefined

  constructor(document: BSONDocument) {
    const name = document.get('name')
    const key = document.get('key')
    if (typeof name !== 'string' || !isDocument(key)) throw new TypeError('an index needs a name and a key')
    const partial = document.get('partialFilterExpression')
    this.document = document
    this.name = name
    this.key = key
    this.unique = document.get('unique') === true || name === idIndexName
    this.hidden = document.get('hidden') === true
    this.#paths = Array.from(key.keys(), splitPath)
    this.#sparse = document.get('sparse') === true
    this.#covers = isDocument(partial) ? compileFilter(partial) : undefined
  }

  /** The keys of a document: several where an array is indexed, none where the index leaves the document out. */
  keysOf(document: BSONDocument): ReadonlyMap<string, BSONDocument> {
    const keys = new Map<string, BSONDocument>()
    if (this.#covers !== undefined && !this.#covers(document)) return keys
    if (this.#sparse && this.#paths.every(path => !document.has(path[0] ?? ''))) return keys
    const values = documentKeys(document, this.#paths)
    if (values === undefined) {
      throw new CommandFailure(
        'CannotIndexParallelArrays',
        `cannot index parallel arrays: index ${this.name}, key ${displayDocument(this.key)}`
      )
    }
    for (const key of values) keys.set(key.map(valueKey).join(' '), this.#named(key))
    return keys
  }

  /** Whether both say the same of everything but the name. */
  sameOptions(other: IndexDefinition): boolean {
    const options = ({ document }: IndexDefinition): string =>
      valueKey(
        new Map([...document].filter(([field]) => field !== 'name').sort(([one], [two]) => (one < two ? -1 : 1)))
      )
    return options(this) === options(other)
  }

  sameKey(key: BSONDocument): boolean {
    return valueKey(this.key) === valueKey(key)
  }

  #named(key: readonly BSONValue[]): BSONDocument {
    return new Map(Array.from(this.key.keys(), (path, index) => [path, key[index] ?? null]))
  }
}

export const idIndexName = '_id_'
