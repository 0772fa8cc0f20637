/** Code that is generic over the schema, as repositories and services of users are. */
import type { Document, ObjectId } from '../../../src/bson/index.ts'
import type {
  Filter,
  InferIdType,
  MatchKeysAndValues,
  OptionalUnlessRequiredId,
  UpdateFilter,
  WithId,
  WithoutId
} from '../../../src/client/types/index.ts'
import { accepts } from './assertions.ts'
import type { Account, Collection, User } from './schemas.ts'

export class Repository<T extends Document> {
  readonly #collection: Collection<T>

  constructor(collection: Collection<T>) {
    this.#collection = collection
  }

  async add(document: T): Promise<InferIdType<T>> {
    return (await this.#collection.insertOne(document)).insertedId
  }

  async addAll(documents: T[]): Promise<number> {
    return (await this.#collection.insertMany(documents)).insertedCount
  }

  async addWithCast(document: Omit<T, '_id'>): Promise<void> {
    await this.#collection.insertOne(document as OptionalUnlessRequiredId<T>)
  }

  async get(id: InferIdType<T>): Promise<T | null> {
    return this.#collection.findOne({ _id: id } as Filter<T>)
  }

  async all(): Promise<number> {
    return this.#collection.countDocuments({})
  }

  async find(filter: Filter<T>): Promise<WithId<T> | null> {
    return this.#collection.findOne({ $and: [filter] } as Filter<T>)
  }

  async update(filter: Filter<T>, fields: Partial<T>): Promise<void> {
    await this.#collection.updateOne(filter, { $set: fields })
    await this.#collection.updateOne(filter, { $set: fields as MatchKeysAndValues<T> })
    await this.#collection.updateOne(filter, { $set: { changed: true } } as unknown as UpdateFilter<T>)
  }

  async replace(filter: Filter<T>, document: WithoutId<T>): Promise<void> {
    await this.#collection.replaceOne(filter, document)
  }

  async replaceWith(filter: Filter<T>, document: T): Promise<void> {
    await this.#collection.replaceOne(filter, document)
  }
}

export async function idOf<T extends Document>(collection: Collection<T>, filter: Filter<T>): Promise<InferIdType<T>> {
  const found = await collection.findOne(filter)
  if (found === null) throw new Error('none')
  return found._id
}

export async function byName<T extends { name: string }>(collection: Collection<T>, name: string): Promise<T | null> {
  return collection.findOne({ name } as Filter<T>)
}

interface Base {
  _id: ObjectId
  createdAt: Date
}

export async function touch<T extends Base>(collection: Collection<T>, document: T): Promise<Date | undefined> {
  await collection.insertOne(document)
  await collection.deleteOne({ _id: document._id } as Filter<T>)
  return (await collection.findOne({}))?.createdAt
}

export async function named<T extends { name: string }>(collection: Collection<T>, document: T): Promise<void> {
  await collection.insertOne(document)
}

export async function keyed<T extends { _id: string }>(collection: Collection<T>, document: T): Promise<void> {
  await collection.insertOne(document as OptionalUnlessRequiredId<T>)
  await collection.deleteOne({ _id: document._id } as Filter<T>)
}

export async function concrete(users: Repository<User>, accounts: Repository<Account>, user: User): Promise<void> {
  accepts<ObjectId>(await users.add(user), await idOf({} as Collection<User>, { name: 'a' }))
  accepts<string>(await accounts.add({ _id: 'a', count: user.balance as never }))
  await users.update({ name: 'a' }, { age: 5 })
  await users.replace({ name: 'a' }, user)
}
