/** Types that declarations written for the official driver name, and that cenote calls otherwise or does not have. */
import type {
  AggregateOptions,
  CountDocumentsOptions,
  DeleteManyModel,
  DeleteOneModel,
  Document,
  OptionalId,
  ReplaceOneModel,
  UpdateManyModel,
  UpdateOneModel
} from 'cenote'

/** cenote's operations all take a signal. */
export interface Abortable {
  readonly signal?: AbortSignal | undefined
}

export interface AggregationCursorOptions extends AggregateOptions {}

export interface CountOptions extends CountDocumentsOptions {}

/** `TSchema` stands here by itself so that it can be inferred from a document. */
export interface InsertOneModel<TSchema extends Document = Document> {
  readonly document: TSchema | OptionalId<TSchema>
}

export type AnyBulkWriteOperation<TSchema extends Document = Document> =
  | { readonly insertOne: InsertOneModel<TSchema> }
  | { readonly replaceOne: ReplaceOneModel<TSchema> }
  | { readonly updateOne: UpdateOneModel<TSchema> }
  | { readonly updateMany: UpdateManyModel<TSchema> }
  | { readonly deleteOne: DeleteOneModel<TSchema> }
  | { readonly deleteMany: DeleteManyModel<TSchema> }

// What is not built: there are no values of these types, so that a program which needs one does not compile.

export type ClientEncryption = never
