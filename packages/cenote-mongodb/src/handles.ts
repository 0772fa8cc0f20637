/**
 * Databases and collections as users of the official driver know them: an insert without an `_id` gives the caller's own
 * document one, before anything is sent. cenote itself never changes what it is given.
 */
import {
  type AnyBulkWriteOperation,
  type BulkWriteOptions as BaseBulkWriteOptions,
  type BulkWriteResult,
  Collection as BaseCollection,
  Db as BaseDb,
  type Document,
  type InsertManyResult,
  type InsertOneOptions as BaseInsertOneOptions,
  type InsertOneResult,
  type ObjectId,
  type OptionalUnlessRequiredId
} from 'cenote'
import { asOfficialDriver, type PlacedId } from './bulk_write_errors.ts'

export interface IdentifierOptions {
  /** With true the caller's documents stay as they are. What is stored has an `_id` of cenote's, which the result tells. */
  readonly forceServerObjectId?: boolean | undefined
}

export interface InsertOneOptions extends BaseInsertOneOptions, IdentifierOptions {}

export interface BulkWriteOptions extends BaseBulkWriteOptions, IdentifierOptions {}

type HandleOptions = Parameters<BaseDb['collection']>[1]

export class Db extends BaseDb {
  override collection<TSchema extends Document = Document>(name: string, options?: HandleOptions): Collection<TSchema> {
    return super.collection<TSchema>(name, options) as Collection<TSchema>
  }

  protected override makeCollection<TSchema extends Document>(
    ...of: ConstructorParameters<typeof BaseCollection>
  ): Collection<TSchema> {
    return new Collection<TSchema>(...of)
  }
}

export class Collection<TSchema extends Document = Document> extends BaseCollection<TSchema> {
  /** mongoose copies the methods that are the prototype's own: those that are cenote's are made so. */
  static {
    for (const [name, method] of Object.entries(Object.getOwnPropertyDescriptors(BaseCollection.prototype)))
      if (!Object.hasOwn(this.prototype, name)) Object.defineProperty(this.prototype, name, method)
  }

  protected override makeCollection<Schema extends Document>(
    ...of: ConstructorParameters<typeof BaseCollection>
  ): Collection<Schema> {
    return new Collection<Schema>(...of)
  }

  override async insertOne(
    document: OptionalUnlessRequiredId<TSchema>,
    options?: InsertOneOptions
  ): Promise<InsertOneResult<TSchema>> {
    this.#identify(document, options)
    return await super.insertOne(document, options)
  }

  override async insertMany(
    documents: readonly OptionalUnlessRequiredId<TSchema>[],
    options?: BulkWriteOptions
  ): Promise<InsertManyResult<TSchema>> {
    if (Array.isArray(documents)) for (const document of documents) this.#identify(document, options)
    try {
      return await super.insertMany(documents, options)
    } catch (error) {
      throw asOfficialDriver(error)
    }
  }

  override async bulkWrite(
    operations: readonly AnyBulkWriteOperation<TSchema>[],
    options?: BulkWriteOptions
  ): Promise<BulkWriteResult> {
    if (Array.isArray(operations)) for (const each of operations) this.#identify(documentOf(each), options)
    try {
      return await super.bulkWrite(operations, options)
    } catch (error) {
      const { ordered = true, forceServerObjectId = false } = options ?? {}
      throw asOfficialDriver(error, ordered && !forceServerObjectId ? insertsOf(operations) : undefined)
    }
  }

  #identify(document: unknown, options: IdentifierOptions | undefined): void {
    if (options?.forceServerObjectId !== true) identify(document, () => this.nextId())
  }
}

/**
 * Gives a document its `_id` as the official driver does: one of null counts as none, and a document that takes no property
 * is a TypeError. A Map gets an entry, where the official driver sets a property of it that is not stored.
 */
export function identify(document: unknown, nextId: () => ObjectId): void {
  if (typeof document !== 'object' || document === null) return
  if (document instanceof Map) {
    if ((document.get('_id') ?? null) === null) document.set('_id', nextId())
  } else {
    const fields: Document = document
    fields['_id'] ??= nextId()
  }
}

type Insertion = { readonly document?: Document | Map<string, unknown> }

/** Undefined of other operations, and of what is none. */
function documentOf(operation: { readonly insertOne?: Insertion } | null): Document | undefined {
  return operation?.insertOne?.document
}

function insertsOf(operations: readonly AnyBulkWriteOperation[]): readonly PlacedId[] {
  return [...operations.entries()].flatMap(([place, operation]): PlacedId[] => {
    const document = documentOf(operation as { readonly insertOne?: Insertion })
    if (document === undefined) return []
    return [[place, document instanceof Map ? document.get('_id') : document['_id']]]
  })
}
