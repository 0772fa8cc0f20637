import { Binary, uuidFrom } from '../../bson/index.ts'
import type { Chance } from '../../runtime/index.ts'
import { CommandFailure } from '../failure.ts'
import { type BSONDocument, type BSONValue, decodeDocument } from '../query/index.ts'
import type { Change, ChangeListener } from './change.ts'
import { Collection, type RecordId } from './collection.ts'
import { displayValue } from './display.ts'
import { IndexDefinition } from './index_definition.ts'

/** A collection's full name has at most so many bytes, the database's and the dot included. */
export const namespaceBytesMax = 255

export interface Namespace {
  readonly database: string
  readonly collection: string
}

/** The databases of a member. A database is there as long as it has a collection. Nothing outlives the process. */
export class Store {
  /** Told of every change while it is there. Who applies the changes of another store has none. */
  recorder: ChangeListener | undefined
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

  create(namespace: Namespace, options: BSONDocument = new Map()): Collection {
    const uuid = new Binary(uuidFrom(bytes => this.#chance.fill(bytes)).buffer, Binary.SUBTYPE_UUID)
    return this.#create(namespace, uuid, options)
  }

  #create({ database, collection }: Namespace, uuid: Binary, options: BSONDocument): Collection {
    const namespace = `${database}.${collection}`
    const created = new Collection(namespace, uuid, options, this)
    this.#attach({ database, collection }, created)
    this.recorder?.({ kind: 'createCollection', namespace, uuid, options }, [{ kind: 'dropCollection', namespace }])
    return created
  }

  drop({ database, collection }: Namespace): void {
    const dropped = this.#detach({ database, collection })
    if (dropped === undefined) return
    dropped.dropped()
    const { namespace, uuid } = dropped
    this.recorder?.({ kind: 'dropCollection', namespace, uuid }, [...dropped.changes()])
  }

  /** A collection that has the new name is dropped in the same step. */
  rename(from: Namespace, to: Namespace): void {
    const collection = this.#existing(from)
    const target = this.#detach(to)
    const namespace = `${to.database}.${to.collection}`
    this.#detach(from)
    this.#attach(to, collection)
    const before = collection.namespace
    const { uuid } = collection
    const dropTarget = target?.uuid
    const undo: Change[] = [{ kind: 'renameCollection', namespace, to: before }, ...(target?.changes() ?? [])]
    target?.dropped()
    collection.renamed(namespace)
    this.recorder?.({ kind: 'renameCollection', namespace: before, uuid, to: namespace, dropTarget }, undo)
  }

  #attach({ database, collection: name }: Namespace, collection: Collection): void {
    const siblings = this.#databases.get(database) ?? new Map<string, Collection>()
    siblings.set(name, collection)
    this.#databases.set(database, siblings)
  }

  #detach({ database, collection: name }: Namespace): Collection | undefined {
    const siblings = this.#databases.get(database)
    const collection = siblings?.get(name)
    siblings?.delete(name)
    if (siblings?.size === 0) this.#databases.delete(database)
    return collection
  }

  dropDatabase(database: string): void {
    for (const collection of this.collections(database).keys()) this.drop({ database, collection })
    this.recorder?.({ kind: 'dropDatabase', namespace: `${database}.$cmd` }, [])
  }

  /** Everything is gone, and the recorder is not told: what follows is another store's data. */
  clear(): void {
    const all = [...this.#databases.values()].flatMap(collections => [...collections.values()])
    this.#databases.clear()
    for (const collection of all) collection.dropped()
  }

  /**
   * Makes a change that another store has told of.
   * @throws {TypeError} for one that does not follow from what is here.
   */
  apply(change: Change): void {
    const namespace = namespaceOf(change.namespace)
    if (change.kind === 'createCollection') this.#create(namespace, change.uuid, change.options)
    else if (change.kind === 'dropCollection') this.drop(namespace)
    else if (change.kind === 'renameCollection') this.rename(namespace, namespaceOf(change.to))
    else if (change.kind === 'dropDatabase') this.dropDatabase(namespace.database)
    else applyTo(this.#existing(namespace), change)
  }

  /** Another store of the same. */
  copy(): Store {
    const copy = new Store(this.#chance)
    for (const [database, collections] of this.#databases) {
      for (const [collection, state] of collections) copy.#attach({ database, collection }, state.copy(copy))
    }
    return copy
  }

  /** The changes that make an empty store one like this, in the order in which they are to be applied. */
  *changes(): Generator<Change> {
    for (const collections of this.#databases.values()) {
      for (const collection of collections.values()) yield* collection.changes()
    }
  }

  #existing(namespace: Namespace): Collection {
    const collection = this.find(namespace)
    if (collection !== undefined) return collection
    throw new TypeError(`there is no collection ${namespace.database}.${namespace.collection} to apply a change to`)
  }
}

function applyTo(
  collection: Collection,
  change: Exclude<Change, { kind: 'createCollection' | 'dropCollection' | 'dropDatabase' | 'renameCollection' }>
): void {
  switch (change.kind) {
    case 'modifyCollection':
      return collection.modify(change.options)
    case 'createIndex':
      return collection.createIndex(new IndexDefinition(change.definition))
    case 'modifyIndex':
      return collection.modifyIndex(new IndexDefinition(change.definition))
    case 'dropIndex':
      return collection.dropIndex(change.name)
    case 'insert':
      return collection.add(decodeDocument(change.document), change.document)
    case 'replace': {
      const { record, document } = stored(collection, change.id)
      return collection.replace(record, document, decodeDocument(change.document), change.document)
    }
    case 'remove': {
      const { record, document } = stored(collection, change.id)
      return collection.remove(record, document)
    }
  }
}

function stored(collection: Collection, id: BSONValue): { readonly record: RecordId; readonly document: BSONDocument } {
  const record = collection.recordOf(id)
  const bytes = record === undefined ? undefined : collection.bytesOf(record)
  if (record !== undefined && bytes !== undefined) return { record, document: decodeDocument(bytes) }
  throw new TypeError(`there is no document ${displayValue(id)} in ${collection.namespace} to apply a change to`)
}

/** A database's name has no dot; a collection's may have some. */
export function namespaceOf(name: string): Namespace {
  const dot = name.indexOf('.')
  return { database: name.slice(0, dot), collection: name.slice(dot + 1) }
}

/** The databases that a server keeps for itself. */
export const serversDatabases: readonly string[] = ['admin', 'config', 'local']

export function isDatabaseName(name: string): boolean {
  return /^[^/\\. "$*<>:|?\0]{1,63}$/.test(name)
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
