import { Binary, uuidFrom } from '../../bson/index.ts'
import type { Chance } from '../../runtime/index.ts'
import { CommandFailure } from '../failure.ts'
import { Collection } from './collection.ts'

/** A collection's full name has at most so many bytes, the database's and the dot included. */
export const namespaceBytesMax = 255

export interface Namespace {
  readonly database: string
  readonly collection: string
}

/** The databases of a member. A database is there as long as it has a collection. Nothing outlives the process. */
export class Store {
  readonly #chance: Chance
  readonly #databases = new Map<string, Map<string, Collection>>()

  constructor(chance: Chance) {
    this.#chance = chance
  }

  databases(): ReadonlyMap<string, ReadonlyMap<string, Collection>> {
    return this.#databases
  }

  collections(database: string): ReadonlyMap<string, Collection> {
    return this.#databases.get(database) ?? new Map()
  }

  find({ database, collection }: Namespace): Collection | undefined {
    return this.#databases.get(database)?.get(collection)
  }

  /** A write makes the collection that it names. The name has been checked. */
  findOrCreate(namespace: Namespace): Collection {
    return this.find(namespace) ?? this.create(namespace)
  }

  create(namespace: Namespace): Collection {
    const { database, collection } = namespace
    const uuid = new Binary(uuidFrom(bytes => this.#chance.fill(bytes)).buffer, Binary.SUBTYPE_UUID)
    const created = new Collection(`${database}.${collection}`, uuid)
    const siblings = this.#databases.get(database) ?? new Map<string, Collection>()
    siblings.set(collection, created)
    this.#databases.set(database, siblings)
    return created
  }

  drop({ database, collection }: Namespace): void {
    const siblings = this.#databases.get(database)
    siblings?.delete(collection)
    if (siblings?.size === 0) this.#databases.delete(database)
  }

  dropDatabase(database: string): void {
    this.#databases.delete(database)
  }
}

/** @throws {CommandFailure} for names that no collection can have. */
export function checkNamespace({ database, collection }: Namespace): void {
  const name = `${database}.${collection}`
  if (
    collection === '' ||
    collection.includes('$') ||
    collection.includes('\0') ||
    collection.startsWith('.') ||
    collection.endsWith('.')
  ) {
    throw new CommandFailure('InvalidNamespace', `Invalid collection name: ${JSON.stringify(collection)}`)
  }
  if (Buffer.byteLength(name) <= namespaceBytesMax) return
  throw new CommandFailure(
    'InvalidNamespace',
    `the namespace ${name} has ${Buffer.byteLength(name)} bytes; at most ${namespaceBytesMax} are possible`
  )
}
