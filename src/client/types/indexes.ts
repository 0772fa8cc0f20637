import type { Document } from '../../bson/index.ts'
import type { CollationOptions } from './collation.ts'

/** Ascending (1), descending (-1), or the kind of a special index. */
export type IndexDirection = number | '2d' | '2dsphere' | 'text' | 'hashed'

/** The fields of an index in their order: names (ascending), pairs, or objects. */
export type IndexSpecification = IndexKey | readonly IndexKey[] | readonly [field: string, direction: IndexDirection]

type IndexKey =
  | string
  | readonly [field: string, direction: IndexDirection]
  | { readonly [field: string]: IndexDirection }
  | ReadonlyMap<string, IndexDirection>

/** One index with its fields. Source: the manual's createIndexes command. */
export interface IndexDescription extends IndexProperties {
  readonly key: { readonly [field: string]: IndexDirection } | ReadonlyMap<string, IndexDirection>
}

/** An index as the server tells it. */
export interface IndexDescriptionInfo extends Document {
  v?: number
  key: { [field: string]: IndexDirection }
  name: string
}

/** Of each index, by its name, the fields with their directions. */
export type IndexDescriptionCompact = Record<string, [field: string, direction: IndexDirection][]>

/** What an index is, besides its fields. */
export interface IndexProperties {
  /** Default: made from the fields and their directions. */
  readonly name?: string | undefined
  readonly unique?: boolean | undefined
  readonly sparse?: boolean | undefined
  /** Seconds after the date in its field that a document goes. */
  readonly expireAfterSeconds?: number | undefined
  readonly partialFilterExpression?: Document | undefined
  readonly collation?: CollationOptions | undefined
  /** Kept up to date, but not used by queries. */
  readonly hidden?: boolean | undefined
  readonly wildcardProjection?: Document | undefined
  readonly storageEngine?: Document | undefined
  readonly weights?: Document | undefined
  readonly default_language?: string | undefined
  readonly language_override?: string | undefined
  readonly textIndexVersion?: number | undefined
  readonly '2dsphereIndexVersion'?: number | undefined
  /** Precision of a 2d index, in bits. */
  readonly bits?: number | undefined
  /** Bounds of a 2d index. */
  readonly min?: number | undefined
  readonly max?: number | undefined
}

/** A search index to be made. Source: the manual's createSearchIndexes command. */
export interface SearchIndexDescription extends Document {
  /** Default: `default`. */
  readonly name?: string | undefined
  /** Default: `search`. */
  readonly type?: 'search' | 'vectorSearch' | undefined
  /** Which fields are searched, and how: Atlas knows what it may have. */
  readonly definition: Document
}

/** A search index as Atlas tells it. */
export interface SearchIndexInfo extends Document {
  name: string
}
