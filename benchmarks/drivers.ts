/** What cenote and the official driver have in common, as far as the workloads need it: they are one program for both. */
import type { MakeId, PlainDocument as Document } from './documents.ts'

export type NodeDriver = 'cenote' | 'mongodb'

export interface Cursor {
  toArray(): Promise<Document[]>
  [Symbol.asyncIterator](): AsyncIterator<Document>
}

export interface Collection {
  findOne(filter: Document): Promise<Document | null>
  find(filter: Document, options: { readonly batchSize: number }): Cursor
  insertOne(document: Document): Promise<unknown>
  insertMany(documents: Document[]): Promise<unknown>
  bulkWrite(operations: readonly { readonly insertOne: { readonly document: Document } }[]): Promise<unknown>
  updateOne(filter: Document, update: Document): Promise<unknown>
  deleteOne(filter: Document): Promise<unknown>
  aggregate(pipeline: Document[]): Cursor
}

export interface Database {
  command(command: Document): Promise<Document>
  collection(name: string): Collection
}

export interface Client {
  connect(): Promise<unknown>
  db(name: string): Database
  bulkWrite(models: readonly object[]): Promise<unknown>
  on(event: string, listener: (event: unknown) => void): unknown
  close(): Promise<void>
}

export interface Driver {
  readonly ObjectId: MakeId
  readonly BSON: { readonly EJSON: { parse(text: string): unknown } }
  readonly MongoClient: new (uri: string, options: object) => Client
}

/** As users import it. */
export async function importDriver(driver: NodeDriver): Promise<Driver> {
  const module: unknown = driver === 'cenote' ? await import('cenote') : await import('mongodb')
  return module as Driver
}

export const commandEvents: readonly string[] = ['commandStarted', 'commandSucceeded', 'commandFailed']
