import type { Document } from '../../bson/index.ts'
import type { CollationOptions } from './collation.ts'
import type { Filter } from './filter.ts'
import type { Hint, Sorted } from './options.ts'
import type { OptionalId, WithoutId } from './schema.ts'
import type { UpdateFilter } from './update.ts'

/** One operation of a bulk write: exactly one of the six. */
export type AnyBulkWriteOperation<TSchema extends Document = Document> =
  | { readonly insertOne: InsertOneModel<TSchema> }
  | { readonly replaceOne: ReplaceOneModel<TSchema> }
  | { readonly updateOne: UpdateOneModel<TSchema> }
  | { readonly updateMany: UpdateManyModel<TSchema> }
  | { readonly deleteOne: DeleteOneModel<TSchema> }
  | { readonly deleteMany: DeleteManyModel<TSchema> }

export interface InsertOneModel<TSchema extends Document = Document> {
  readonly document: OptionalId<TSchema>
}

export interface DeleteOneModel<TSchema extends Document = Document> {
  readonly filter: Filter<TSchema>
  readonly hint?: Hint | undefined
  readonly collation?: CollationOptions | undefined
}

export interface DeleteManyModel<TSchema extends Document = Document> extends DeleteOneModel<TSchema> {}

export interface UpdateManyModel<TSchema extends Document = Document> {
  readonly filter: Filter<TSchema>
  readonly update: UpdateFilter<TSchema> | readonly Document[]
  /** Which elements `$[name]` stands for. */
  readonly arrayFilters?: readonly Document[] | undefined
  readonly hint?: Hint | undefined
  readonly collation?: CollationOptions | undefined
  /** Whether a document is inserted when none matches; default false. */
  readonly upsert?: boolean | undefined
}

export interface UpdateOneModel<TSchema extends Document = Document> extends UpdateManyModel<TSchema>, Sorted {}

export interface ReplaceOneModel<TSchema extends Document = Document> extends Sorted {
  readonly filter: Filter<TSchema>
  readonly replacement: WithoutId<TSchema>
  readonly hint?: Hint | undefined
  readonly collation?: CollationOptions | undefined
  /** Whether the replacement is inserted when no document matches; default false. */
  readonly upsert?: boolean | undefined
}
