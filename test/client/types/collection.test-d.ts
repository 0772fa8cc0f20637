/** What the collection's methods accept and refuse, and what they resolve with. */
import type {
  AnyBulkWriteOperation,
  BulkWriteResult,
  Collection,
  CollectionInfo,
  Db,
  Document,
  IndexDescriptionCompact,
  IndexDescriptionInfo,
  ModifyResult,
  ObjectId,
  WithId
} from '../../../src/client/index.ts'
import { accepts, same } from './assertions.ts'
import type { Account, Order, User } from './schemas.ts'

const user: User = undefined as never

export async function foundDocumentsAreOfTheSchema(
  users: Collection<User>,
  accounts: Collection<Account>
): Promise<void> {
  const updated = await users.findOneAndUpdate(
    { name: 'a' },
    { $set: { age: 5 } },
    { returnDocument: 'after', upsert: true }
  )
  same<typeof updated, WithId<User> | null>(true)
  const replaced = await users.findOneAndReplace({ name: 'a' }, user, { sort: { age: -1 }, projection: { name: 1 } })
  same<typeof replaced, WithId<User> | null>(true)
  const deleted = await accounts.findOneAndDelete({ _id: 'a' }, { hint: '_id_' })
  same<typeof deleted, WithId<Account> | null>(true)
  const told = await accounts.findOneAndDelete({ _id: 'a' }, { includeResultMetadata: true })
  same<typeof told, ModifyResult<Account>>(true)
  const untold = await accounts.findOneAndDelete({ _id: 'a' }, { includeResultMetadata: false })
  same<typeof untold, WithId<Account> | null>(true)
  accepts<string | undefined>(told.value?._id)
}

export async function modificationsAreOfTheSchema(users: Collection<User>): Promise<void> {
  await users.findOneAndUpdate({}, [{ $set: { total: 1 } }], { arrayFilters: [{ a: 1 }] })
  await users.replaceOne({ name: 'a' }, user, { upsert: true, sort: 'age', let: { a: 1 } })
  await users.updateOne({}, { $set: { age: 1 } }, { sort: ['age', -1], bypassDocumentValidation: true })
  // @ts-expect-error: a number for a string
  await users.findOneAndUpdate({}, { $set: { name: 5 } })
  // @ts-expect-error: a version of the document that does not exist
  await users.findOneAndUpdate({}, { $set: { age: 5 } }, { returnDocument: 'new' })
  // @ts-expect-error: nothing is returned after a removal
  await users.findOneAndDelete({}, { returnDocument: 'after' })
  // @ts-expect-error: a replacement has no array filters
  await users.findOneAndReplace({}, user, { arrayFilters: [] })
  // @ts-expect-error: an update by operators is no replacement
  await users.replaceOne({}, { $set: { age: 5 } })
  // @ts-expect-error: many documents have no first one
  await users.updateMany({}, { $set: { age: 5 } }, { sort: { age: 1 } })
}

export async function distinctValuesAreOfTheField(
  users: Collection<User>,
  orders: Collection<Order>,
  anything: Collection
): Promise<void> {
  same<Awaited<ReturnType<typeof tagsOf>>, string[]>(true)
  const ids = await orders.distinct('_id')
  same<typeof ids, ObjectId[]>(true)
  const paths = await users.distinct('address.city', { age: { $gt: 5 } }, { collation: { locale: 'en' } })
  same<typeof paths, unknown[]>(true)
  const values = await anything.distinct('a')
  accepts<readonly unknown[]>(values)
  accepts<number>(await users.estimatedDocumentCount({ maxTimeMS: 5 }))
  const explained = await users.distinct('name', {}, { explain: 'queryPlanner' })
  same<typeof explained, Document>(true)
  // @ts-expect-error: an estimate has no filter
  await users.estimatedDocumentCount({ skip: 5 })
}

async function tagsOf(users: Collection<User>): Promise<string[]> {
  return users.distinct('tags')
}

export function documentsOfAnyKindWork(anything: Collection): void {
  accepts<Promise<Document | null>>(
    anything.findOneAndUpdate({ a: 1 }, { $inc: { a: 1 } }),
    anything.findOneAndReplace({ a: 1 }, { b: 1 }),
    anything.findOneAndDelete({ a: 1 })
  )
}

export async function bulkOperationsAreOfTheSchema(users: Collection<User>, anything: Collection): Promise<void> {
  const operations: AnyBulkWriteOperation<User>[] = [
    { insertOne: { document: user } },
    { updateOne: { filter: { name: 'a' }, update: { $inc: { age: 1 } }, upsert: true, sort: { age: 1 } } },
    { updateMany: { filter: {}, update: [{ $set: { age: 1 } }], arrayFilters: [{ a: 1 }] } },
    { replaceOne: { filter: {}, replacement: user, hint: '_id_' } },
    { deleteOne: { filter: { age: { $gt: 5 } }, collation: { locale: 'en' } } },
    { deleteMany: { filter: { active: false } } }
  ]
  const result = await users.bulkWrite(operations, { ordered: false, let: { a: 1 } })
  same<typeof result, BulkWriteResult>(true)
  accepts<number>(result.insertedCount, result.matchedCount, result.upsertedCount)
  await anything.bulkWrite([{ insertOne: { document: { a: 1 } } }])
  // @ts-expect-error: a field of another type
  await users.bulkWrite([{ updateOne: { filter: { name: 'a' }, update: { $set: { name: 5 } } } }])
  // @ts-expect-error: an operation that does not exist
  await users.bulkWrite([{ upsertOne: { filter: { name: 'a' } } }])
  // @ts-expect-error: many documents have no first one
  await users.bulkWrite([{ updateMany: { filter: {}, update: { $set: { age: 5 } }, sort: { age: 1 } } }])
  // @ts-expect-error: a removal takes no update
  await users.bulkWrite([{ deleteOne: { filter: {}, update: {} } }])
}

export async function indexesAreToldWholeOrByTheirFields(users: Collection<User>): Promise<void> {
  const whole = await users.indexes()
  same<typeof whole, IndexDescriptionInfo[]>(true)
  const compact = await users.indexes({ full: false })
  same<typeof compact, IndexDescriptionCompact>(true)
  const information = await users.indexInformation()
  same<typeof information, IndexDescriptionCompact>(true)
  const cursor = users.listIndexes({ batchSize: 5 })
  for await (const { name, key } of cursor) accepts<unknown>(name.length, key['a'])
  await users.createIndexes([{ key: { name: 1 }, unique: true }, { key: new Map([['age', -1]]) }], { commitQuorum: 1 })
  // @ts-expect-error: several indexes have no common name
  await users.createIndexes([{ key: { name: 1 } }], { name: 'a' })
  // @ts-expect-error: an index without fields
  await users.createIndexes([{ name: 'a' }])
}

export async function searchIndexesHaveNamesAndDefinitions(users: Collection<User>): Promise<void> {
  const name = await users.createSearchIndex({ definition: { mappings: { dynamic: true } }, type: 'vectorSearch' })
  same<typeof name, string>(true)
  await users.createSearchIndexes([{ name, definition: {} }], { timeoutMS: 1_000 })
  for await (const index of users.listSearchIndexes(name, { batchSize: 5 })) accepts<string>(index.name)
  for await (const { queryable } of users.listSearchIndexes({ comment: 'why' })) accepts<unknown>(queryable)
  await users.updateSearchIndex(name, {})
  await users.dropSearchIndex(name)
  // @ts-expect-error: an index without a definition
  await users.createSearchIndex({ name })
  // @ts-expect-error: they are listed by a process without concerns
  users.listSearchIndexes({ readConcern: 'local' })
}

export async function collectionsAreListedAndMade(db: Db): Promise<void> {
  const infos = await db.listCollections().toArray()
  same<typeof infos, CollectionInfo[]>(true)
  const names = await db.listCollections({}, { nameOnly: true }).toArray()
  same<typeof names, Pick<CollectionInfo, 'name' | 'type'>[]>(true)
  const users = await db.createCollection<User>('users', { validator: { $jsonSchema: {} }, validationAction: 'warn' })
  same<typeof users, Collection<User>>(true)
  const renamed = await users.rename('others', { dropTarget: true })
  same<typeof renamed, Collection<User>>(true)
  const { databases } = await db.admin().listDatabases({ nameOnly: true })
  accepts<string | undefined>(databases[0]?.name)
  for await (const document of db.runCursorCommand({ find: 'users' }).setBatchSize(5)) accepts<Document>(document)
  // @ts-expect-error: an action that does not exist
  await db.createCollection('users', { validationAction: 'ignore' })
}
