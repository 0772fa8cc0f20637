import { BSONRegExp } from '../bson/index.ts'
import type { Arguments } from './arguments.ts'
import type { Services } from './command.ts'
import { badValue } from './failure.ts'
import {
  type BSONDocument,
  type BSONValue,
  compileCollation,
  compileFilter,
  compileSort,
  decodeDocument,
  type Filter,
  isDocument,
  isNumber,
  type MatchPosition,
  type QueryContext,
  type Sort
} from './query/index.ts'
import { idIndexName, type IndexDefinition, type Readable, type RecordId } from './store/index.ts'

export interface Selected {
  readonly record: RecordId
  readonly bytes: Uint8Array
  readonly document: BSONDocument
  /** Where in an array the filter matched. */
  readonly found: MatchPosition
}

/** How a statement chooses documents. */
export interface QueryFields {
  readonly filter: BSONDocument
  readonly sort?: BSONDocument | undefined
  /** An index by name or by key, or `$natural`. */
  readonly hint?: BSONValue | undefined
}

/** The collation and the variables of a command or of one of its statements. */
export function queryContext(given: Arguments, { aggregation }: Pick<Services, 'aggregation'>): QueryContext {
  const collation = given.document('collation')
  const variables = given.document('let') ?? new Map()
  const strings = collation === undefined ? undefined : compileCollation(collation)
  return { strings, compileExpression: aggregation.expressions(variables, strings) }
}

export function first(selected: Iterable<Selected>): Selected | undefined {
  for (const each of selected) return each
  return undefined
}

/** Compiled once for a statement: whatever is wrong with it is refused before a document is looked at. */
export class Query {
  readonly #fields: QueryFields
  readonly #matches: Filter
  readonly #sort: Sort | undefined
  readonly #backwards: boolean
  /** The `_id` that alone can match. */
  readonly #id: BSONValue | undefined
  readonly #context: QueryContext

  constructor(fields: QueryFields, context: QueryContext) {
    const { filter, sort } = fields
    this.#fields = fields
    this.#context = context
    this.#matches = compileFilter(filter, context)
    this.#backwards = isBackwards(sort) || isBackwards(fields.hint)
    const byFields = sort !== undefined && sort.size > 0 && !sort.has('$natural')
    this.#sort = byFields ? compileSort(sort, context.strings) : undefined
    this.#id = context.strings === undefined ? exactId(filter) : undefined
  }

  /** Whether an `_id` leads to the one document that can match; else all are looked at. */
  get byId(): boolean {
    return this.#id !== undefined
  }

  /** The order of strings, by the collation. */
  get strings(): QueryContext['strings'] {
    return this.#context.strings
  }

  /** Whether the last document is looked at first. */
  get backwards(): boolean {
    return this.#backwards
  }

  /**
   * The documents that match, in the order asked for. Without a sort they are looked for one by one, as they are asked for; a
   * hint is checked at once, beside a sort too.
   */
  select(collection: Readable | undefined): Iterable<Selected> {
    if (collection === undefined) return []
    const hinted = this.#hintedSort(collection)
    return this.#sorted(collection, this.#sort ?? hinted)
  }

  *#sorted(collection: Readable, sort: Sort | undefined): Generator<Selected> {
    if (sort === undefined) yield* this.#matching(collection)
    else yield* sort.sorted([...this.#matching(collection)], ({ document }) => document)
  }

  *#matching(collection: Readable): Generator<Selected> {
    for (const [record, bytes] of this.#candidates(collection)) {
      const selected = this.selected(record, bytes)
      if (selected !== undefined) yield selected
    }
  }

  /** The document, if it matches. */
  selected(record: RecordId, bytes: Uint8Array): Selected | undefined {
    const document = decodeDocument(bytes)
    const found: MatchPosition = {}
    return this.#matches(document, found) ? { record, bytes, document, found } : undefined
  }

  #candidates(collection: Readable): Iterable<[RecordId, Uint8Array]> {
    if (this.#id !== undefined) return collection.candidates(this.#id)
    return this.#backwards ? [...collection.records()].reverse() : collection.records()
  }

  /**
   * The index through which a server reads: the one of the hint, that of `_id`, or one that has the order asked for. Undefined:
   * all documents are looked at.
   */
  indexIn(collection: Readable): IndexDefinition | undefined {
    const { hint, sort } = this.#fields
    if (hint !== undefined) return isDocument(hint) && hint.has('$natural') ? undefined : hintedIndex(collection, hint)
    if (this.byId) return collection.indexes.find(({ name }) => name === idIndexName)
    if (sort === undefined || this.#context.strings !== undefined) return undefined
    const wanted = directionsOf(sort)
    // Not through one that leaves documents out.
    return collection.indexes.find(
      ({ key, hidden, document }) =>
        !hidden &&
        document.get('sparse') !== true &&
        !document.has('partialFilterExpression') &&
        wanted.includes(directionsOf(key)[0] ?? '')
    )
  }

  /** Who reads through an index gets the documents in its order. */
  #hintedSort(collection: Readable): Sort | undefined {
    const { hint } = this.#fields
    if (hint === undefined || (isDocument(hint) && hint.has('$natural'))) return undefined
    return compileSort(hintedIndex(collection, hint).key, this.#context.strings)
  }
}

function hintedIndex(collection: Readable, hint: BSONValue): IndexDefinition {
  if (typeof hint !== 'string' && !isDocument(hint)) throw badValue('the hint must be a string or an object')
  const index = collection.indexes.find(each => (typeof hint === 'string' ? each.name === hint : each.sameKey(hint)))
  if (index !== undefined && !index.hidden) return index
  const reason = 'planner returned error :: caused by :: hint provided does not correspond to an existing index'
  throw badValue(`error processing query: ns=${collection.namespace} ${reason}`)
}

/** The order as text, and the one backwards: an index is read from either end. */
function directionsOf(order: BSONDocument): readonly string[] {
  return [1, -1].map(sign => JSON.stringify(Array.from(order, ([path, direction]) => [path, sign * signOf(direction)])))
}

function signOf(direction: BSONValue): number {
  return isNumber(direction) ? Math.sign(Number(direction.toString())) : 0
}

function isBackwards(order: BSONValue | undefined): boolean {
  const natural = isDocument(order) ? order.get('$natural') : undefined
  if (natural === undefined) return false
  const direction = isNumber(natural) ? Number(natural.toString()) : 0
  if (direction === 1 || direction === -1) return direction === -1
  throw badValue('$natural must be 1 or -1')
}

function exactId(filter: BSONDocument): BSONValue | undefined {
  const id = filter.get('_id')
  if (!isDocument(id)) return id instanceof BSONRegExp || Array.isArray(id) ? undefined : id
  const [first] = id.keys()
  if (first?.startsWith('$') !== true) return id
  const exact = first === '$eq' && id.size === 1 ? id.get('$eq') : undefined
  return Array.isArray(exact) ? undefined : exact
}
