import type { Document } from '../../bson/index.ts'
import type {
  DeleteManyModel,
  DeleteOneModel,
  InsertOneModel,
  ReplaceOneModel,
  UpdateManyModel,
  UpdateOneModel
} from './bulk_write.ts'
import type { BulkWriteOptions } from './options.ts'

/** What a model of a client's bulk write has besides that of a collection's. */
interface ClientWriteModel {
  /** `database.collection` */
  readonly namespace: string
}

export interface ClientInsertOneModel<TSchema extends Document = Document>
  extends ClientWriteModel,
    InsertOneModel<TSchema> {
  readonly name: 'insertOne'
}

export interface ClientUpdateOneModel<TSchema extends Document = Document>
  extends ClientWriteModel,
    UpdateOneModel<TSchema> {
  readonly name: 'updateOne'
}

export interface ClientUpdateManyModel<TSchema extends Document = Document>
  extends ClientWriteModel,
    UpdateManyModel<TSchema> {
  readonly name: 'updateMany'
}

export interface ClientReplaceOneModel<TSchema extends Document = Document>
  extends ClientWriteModel,
    ReplaceOneModel<TSchema> {
  readonly name: 'replaceOne'
}

export interface ClientDeleteOneModel<TSchema extends Document = Document>
  extends ClientWriteModel,
    DeleteOneModel<TSchema> {
  readonly name: 'deleteOne'
}

export interface ClientDeleteManyModel<TSchema extends Document = Document>
  extends ClientWriteModel,
    DeleteManyModel<TSchema> {
  readonly name: 'deleteMany'
}

/** One operation of a client's bulk write, on a collection of this schema. */
export type AnyClientBulkWriteModel<TSchema extends Document = Document> =
  | ClientInsertOneModel<TSchema>
  | ClientUpdateOneModel<TSchema>
  | ClientUpdateManyModel<TSchema>
  | ClientReplaceOneModel<TSchema>
  | ClientDeleteOneModel<TSchema>
  | ClientDeleteManyModel<TSchema>

/** One operation of a client's bulk write. `SchemaMap`: the schema of each namespace. */
export type ClientBulkWriteModel<SchemaMap extends Record<string, Document> = Record<string, Document>> = {
  [Namespace in keyof SchemaMap & string]: AnyClientBulkWriteModel<SchemaMap[Namespace]> & {
    readonly namespace: Namespace
  }
}[keyof SchemaMap & string]

export interface ClientBulkWriteOptions extends BulkWriteOptions {
  /** Whether the result tells of each operation; default false. */
  readonly verboseResults?: boolean | undefined
}
