import type { Document } from '../../bson/index.ts'
import type { InferIdType, WithId } from './schema.ts'

/** Of a write concern that nobody answers, `acknowledged` is false and the counts are 0. */
export interface InsertOneResult<TSchema = Document> {
  acknowledged: boolean
  insertedId: InferIdType<TSchema>
}

export interface InsertManyResult<TSchema = Document> {
  acknowledged: boolean
  insertedCount: number
  /** By the document's place in the call, from 0. */
  insertedIds: { [place: number]: InferIdType<TSchema> }
}

export interface UpdateResult<TSchema = Document> {
  acknowledged: boolean
  matchedCount: number
  /** Less than `matchedCount` where a document already was as the update would make it. */
  modifiedCount: number
  upsertedCount: number
  /** null: nothing was inserted. */
  upsertedId: InferIdType<TSchema> | null
}

export interface DeleteResult {
  acknowledged: boolean
  deletedCount: number
}

/** Of `findOneAnd…` with `includeResultMetadata`. */
export interface ModifyResult<TSchema = Document> {
  value: WithId<TSchema> | null
  /** `n`, and of an update `updatedExisting` and `upserted`, the `_id` of a document that was inserted. */
  lastErrorObject?: Document
  ok: 0 | 1
}
