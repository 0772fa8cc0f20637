/** What the models of a client's bulk write accept and refuse, with a schema for each namespace and without. */
import type { ObjectId } from '../../../src/bson/index.ts'
import type { ClientBulkWriteResult, MongoClient } from '../../../src/client/index.ts'
import type { ClientBulkWriteModel, ClientBulkWriteOptions } from '../../../src/client/types/index.ts'
import { accepts, same } from './assertions.ts'
import type { Account, Order } from './schemas.ts'

type Schemas = { 'shop.accounts': Account; 'shop.orders': Order }

export async function modelsNameWhatTheyDoAndWhere(client: MongoClient, id: ObjectId): Promise<void> {
  const result = await client.bulkWrite([
    { name: 'insertOne', namespace: 'a.b', document: { anything: 1 } },
    { name: 'updateMany', namespace: 'a.b', filter: { _id: id }, update: [{ $unset: 'x' }], arrayFilters: [{ e: 1 }] },
    { name: 'deleteOne', namespace: 'c.d', filter: {}, hint: '_id_' }
  ])
  same<typeof result, ClientBulkWriteResult>(true)
  // @ts-expect-error: no namespace
  accepts<ClientBulkWriteModel>({ name: 'deleteOne', filter: {} })
  // @ts-expect-error: a name that does not exist
  accepts<ClientBulkWriteModel>({ name: 'insert', namespace: 'a.b', document: {} })
  // @ts-expect-error: an insert has no filter
  accepts<ClientBulkWriteModel>({ name: 'insertOne', namespace: 'a.b', filter: {} })
}

export function eachNamespaceHasItsSchema(): void {
  accepts<ClientBulkWriteModel<Schemas>>(
    { name: 'deleteOne', namespace: 'shop.accounts', filter: { _id: 'a' } },
    { name: 'deleteMany', namespace: 'shop.orders', filter: {} }
  )
  // @ts-expect-error: an _id of another type
  accepts<ClientBulkWriteModel<Schemas>>({ name: 'deleteOne', namespace: 'shop.accounts', filter: { _id: 1 } })
  // @ts-expect-error: a namespace that is not in the map
  accepts<ClientBulkWriteModel<Schemas>>({ name: 'deleteMany', namespace: 'shop.others', filter: {} })
}

export function optionsAreThoseOfAWrite(): void {
  accepts<ClientBulkWriteOptions>({ ordered: false, verboseResults: true, let: { a: 1 }, writeConcern: { w: 1 } })
  // @ts-expect-error: a write has no read preference
  accepts<ClientBulkWriteOptions>({ readPreference: 'secondary' })
}
