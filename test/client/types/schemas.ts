import type { Binary, Document, Int32, Long, ObjectId, Timestamp } from '../../../src/bson/index.ts'
import type {
  AggregateOptions,
  CountDocumentsOptions,
  DeleteOptions,
  DeleteResult,
  Filter,
  FindOptions,
  InsertManyResult,
  InsertOneOptions,
  InsertOneResult,
  BulkWriteOptions,
  OptionalUnlessRequiredId,
  UpdateFilter,
  UpdateOptions,
  UpdateResult,
  WithId,
  WithoutId
} from '../../../src/client/types/index.ts'

/** Schemas as users write them. */
export interface Address {
  street: string
  city: string
  position?: { type: 'Point'; coordinates: [number, number] }
}

export interface User {
  name: string
  age?: number
  role: 'admin' | 'member'
  level: 1 | 2 | 3
  balance: Long
  active: boolean
  address: Address
  tags: string[]
  visits: { at: Date; path: string }[]
  owner: ObjectId
  photo?: Binary
  createdAt: Date
  changedAt?: Timestamp
  deletedAt?: Date | null
  grid: readonly number[]
  payload: unknown
}

export interface Account {
  _id: string
  count: Int32
}

export interface Order {
  _id?: ObjectId
  sku: string
  lines: { _id: ObjectId; sku: string; amount: number }[]
}

export type Shape = { kind: 'circle'; radius: number } | { kind: 'square'; side: number }

export interface Category {
  name: string
  parent?: Category
  children: Category[]
}

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

export interface Tree {
  json: Json
  nodes: Tree[]
}

export interface Loose extends Document {
  _id: string
  name: string
}

/** The methods that take the types, so that they are met as in user code. */
export interface Collection<TSchema extends Document = Document> {
  insertOne(document: OptionalUnlessRequiredId<TSchema>, options?: InsertOneOptions): Promise<InsertOneResult<TSchema>>
  insertMany(
    documents: readonly OptionalUnlessRequiredId<TSchema>[],
    options?: BulkWriteOptions
  ): Promise<InsertManyResult<TSchema>>
  findOne(filter: Filter<TSchema>, options?: FindOptions): Promise<WithId<TSchema> | null>
  updateOne(
    filter: Filter<TSchema>,
    update: UpdateFilter<TSchema> | Document[],
    options?: UpdateOptions
  ): Promise<UpdateResult<TSchema>>
  replaceOne(filter: Filter<TSchema>, replacement: WithoutId<TSchema>): Promise<UpdateResult<TSchema>>
  deleteOne(filter: Filter<TSchema>, options?: DeleteOptions): Promise<DeleteResult>
  countDocuments(filter?: Filter<TSchema>, options?: CountDocumentsOptions): Promise<number>
  aggregate<T extends Document = Document>(pipeline: Document[], options?: AggregateOptions): Promise<T[]>
}
