import type { DecodeSite, Document, ObjectId } from '../bson/index.ts'
import { type BulkWriteResult, MongoInvalidArgumentError } from '../errors/index.ts'
import {
  countCommand,
  distinctCommand,
  encodeReplacement,
  encodeUpdate,
  estimatedCountCommand,
  findOneCommand,
  InsertCommand,
  insertOneCommand
} from '../operations/index.ts'
import { AggregationCursor } from './aggregation_cursor.ts'
import { bulkWrite } from './bulk_write.ts'
import { ChangeStream } from './change_stream.ts'
import { dropCollection, optionsOfCollection, renameCollection } from './collection_management.ts'
import type { ClientCore } from './core.ts'
import { runOrExplain } from './explain.ts'
import { findOneAnd } from './find_and_modify.ts'
import { FindCursor, findFields } from './find_cursor.ts'
import { compactOf, createIndexes, descriptionOf, dropIndexes } from './index_management.ts'
import { ListIndexesCursor } from './list_cursors.ts'
import {
  createSearchIndexes,
  dropSearchIndex,
  listSearchIndexes,
  type ListSearchIndexesCursor,
  updateSearchIndex
} from './search_indexes.ts'
import { statementOptions } from './statement_options.ts'
import {
  type CollectionPlace,
  type HandleOptions,
  inherit,
  type Inherited,
  inheritInCursor,
  noOptions,
  orRejected,
  runOptions,
  serverLimit
} from './targets.ts'
import type {
  AggregateOptions,
  AnyBulkWriteOperation,
  BulkWriteOptions,
  ChangeStreamDocument,
  ChangeStreamOptions,
  CountDocumentsOptions,
  CreateIndexesOptions,
  DeleteOptions,
  DeleteResult,
  DistinctOptions,
  DropCollectionOptions,
  DropIndexesOptions,
  EstimatedDocumentCountOptions,
  ExplainOptions,
  Filter,
  FindOneAndDeleteOptions,
  FindOneAndReplaceOptions,
  FindOneAndUpdateOptions,
  FindOptions,
  Flatten,
  IndexDescription,
  IndexDescriptionCompact,
  IndexDescriptionInfo,
  IndexInformationOptions,
  IndexSpecification,
  InsertManyResult,
  InsertOneOptions,
  InsertOneResult,
  ListIndexesOptions,
  ListSearchIndexesOptions,
  ModifyResult,
  OperationOptions,
  OptionalUnlessRequiredId,
  RenameOptions,
  ReplaceOptions,
  SearchIndexDescription,
  Sorted,
  UpdateFilter,
  UpdateOptions,
  UpdateResult,
  WithId,
  WithoutId
} from './types/index.ts'
import { remove, update } from './update_and_delete.ts'

/** A collection of documents. Making a handle costs nothing and asks no server. */
export class Collection<TSchema extends Document = Document> {
  readonly #core: ClientCore
  /** What operations without options go by: made once. */
  readonly #place: CollectionPlace
  #site: DecodeSite | undefined

  constructor(core: ClientCore, database: string, name: string, inherited: Inherited) {
    if (typeof name !== 'string' || name === '')
      throw new MongoInvalidArgumentError(
        `a collection's name must be a string with something in it, not ${JSON.stringify(name)}`
      )
    this.#core = core
    const { readPreference, readConcern, writeConcern, timeoutMS, enableUtf8Validation } = inherited
    // Field by field: a spread would cost as much as the rest of a handle, and some make one for each call.
    this.#place = {
      readPreference,
      readConcern,
      writeConcern,
      timeoutMS,
      enableUtf8Validation,
      database,
      collection: name
    }
  }

  get collectionName(): string {
    return this.#place.collection
  }

  get dbName(): string {
    return this.#place.database
  }

  /** `database.collection` */
  get namespace(): string {
    return `${this.dbName}.${this.collectionName}`
  }

  /** The same collection with other defaults. */
  withOptions(options: HandleOptions): Collection<TSchema> {
    return this.makeCollection<TSchema>(this.#core, this.dbName, this.collectionName, inherit(this.#place, options))
  }

  /** Makes what `withOptions` and `rename` give. A subclass overrides it as it does its database's. */
  protected makeCollection<Schema extends Document>(
    core: ClientCore,
    database: string,
    name: string,
    inherited: Inherited
  ): Collection<Schema> {
    return new Collection<Schema>(core, database, name, inherited)
  }

  /** An identifier as documents without one get it; for subclasses that give it to them before. */
  protected nextId(): ObjectId {
    return this.#core.context.objectIds.next()
  }

  insertOne(
    document: OptionalUnlessRequiredId<TSchema>,
    options: InsertOneOptions = noOptions
  ): Promise<InsertOneResult<TSchema>> {
    return orRejected(() => {
      const place = inherit(this.#place, options)
      const { comment, bypassDocumentValidation } = options
      const further = { bypassDocumentValidation, comment, maxTimeMS: serverLimit(place, options.maxTimeMS) }
      const command = insertOneCommand(place, document as Document, this.#core.context.objectIds, further)
      return this.#core.run(command, runOptions(place, options)) as Promise<InsertOneResult<TSchema>>
    })
  }

  /** Any number of documents: as many commands as the server's limits ask for, each retried by itself. */
  insertMany(
    documents: readonly OptionalUnlessRequiredId<TSchema>[],
    options: BulkWriteOptions = noOptions
  ): Promise<InsertManyResult<TSchema>> {
    return orRejected(() => {
      if (!Array.isArray(documents) || documents.length === 0)
        throw new MongoInvalidArgumentError('insertMany takes an array with at least one document')
      const { ordered = true, comment, bypassDocumentValidation } = options
      const place = inherit(this.#place, options)
      const further = { bypassDocumentValidation, comment, maxTimeMS: serverLimit(place, options.maxTimeMS) }
      const { objectIds } = this.#core.context
      const command = new InsertCommand(place, documents as readonly Document[], objectIds, ordered, further)
      return this.#core.run(command, runOptions(place, options)) as Promise<InsertManyResult<TSchema>>
    })
  }

  /**
   * Writes of several kinds. Ordered: in their order, to the first failure. Unordered: all of them, in an order of the
   * driver's. Rejects with a `MongoBulkWriteError` that tells what was done, by each operation's place, when some fail.
   * With write concern 0 nobody waits for one command before the next is sent, perhaps on another connection.
   */
  bulkWrite(
    operations: readonly AnyBulkWriteOperation<TSchema>[],
    options: BulkWriteOptions = noOptions
  ): Promise<BulkWriteResult> {
    return bulkWrite(this.#core, this.#place, operations as readonly AnyBulkWriteOperation[], options)
  }

  find(filter?: Filter<TSchema>, options?: FindOptions): FindCursor<WithId<TSchema>>
  find<T extends Document>(filter: Filter<TSchema>, options?: FindOptions): FindCursor<T>
  find(filter: Filter<TSchema> = {}, options: FindOptions = noOptions): FindCursor<WithId<TSchema>> {
    return new FindCursor(this.#core, inheritInCursor(this.#place, options), filter as Document, options)
  }

  findOne(filter?: Filter<TSchema>, options?: FindOptions): Promise<WithId<TSchema> | null>
  findOne<T extends Document>(filter: Filter<TSchema>, options?: FindOptions): Promise<T | null>
  findOne(filter: Filter<TSchema> = {}, options: FindOptions = noOptions): Promise<WithId<TSchema> | null> {
    return orRejected(() => {
      const place = inherit(this.#place, options)
      this.#site ??= this.#core.decodeSites.siteFor(this.namespace)
      const command = findOneCommand(place, filter as Document, findFields(options, place), this.#site)
      return runOrExplain(this.#core, command, place, options) as Promise<WithId<TSchema> | null>
    })
  }

  updateOne(
    filter: Filter<TSchema>,
    update: UpdateFilter<TSchema> | readonly Document[],
    options: UpdateOptions & Sorted = noOptions
  ): Promise<UpdateResult<TSchema>> {
    return orRejected(() =>
      this.#update(encodeUpdate(filter as Document, update, false, statementOptions(options)), options, false)
    )
  }

  updateMany(
    filter: Filter<TSchema>,
    update: UpdateFilter<TSchema> | readonly Document[],
    options: UpdateOptions = noOptions
  ): Promise<UpdateResult<TSchema>> {
    return orRejected(() =>
      this.#update(encodeUpdate(filter as Document, update, true, statementOptions(options)), options, true)
    )
  }

  replaceOne(
    filter: Filter<TSchema>,
    replacement: WithoutId<TSchema>,
    options: ReplaceOptions = noOptions
  ): Promise<UpdateResult<TSchema>> {
    return orRejected(() =>
      this.#update(
        encodeReplacement(filter as Document, replacement as Document, statementOptions(options)),
        options,
        false
      )
    )
  }

  deleteOne(filter: Filter<TSchema> = {}, options: DeleteOptions = noOptions): Promise<DeleteResult> {
    return remove(this.#core, this.#place, filter as Document, options, false)
  }

  deleteMany(filter: Filter<TSchema> = {}, options: DeleteOptions = noOptions): Promise<DeleteResult> {
    return remove(this.#core, this.#place, filter as Document, options, true)
  }

  /** Resolves with the document as it was, or null. */
  findOneAndDelete(
    filter: Filter<TSchema>,
    options: FindOneAndDeleteOptions & { readonly includeResultMetadata: true }
  ): Promise<ModifyResult<TSchema>>
  findOneAndDelete(filter: Filter<TSchema>, options?: FindOneAndDeleteOptions): Promise<WithId<TSchema> | null>
  findOneAndDelete(filter: Filter<TSchema>, options: FindOneAndDeleteOptions = noOptions): Promise<unknown> {
    return findOneAnd(this.#core, this.#place, filter, { kind: 'remove' }, options)
  }

  /** Resolves with the document before the replacement, or after it, or null. */
  findOneAndReplace(
    filter: Filter<TSchema>,
    replacement: WithoutId<TSchema>,
    options: FindOneAndReplaceOptions & { readonly includeResultMetadata: true }
  ): Promise<ModifyResult<TSchema>>
  findOneAndReplace(
    filter: Filter<TSchema>,
    replacement: WithoutId<TSchema>,
    options?: FindOneAndReplaceOptions
  ): Promise<WithId<TSchema> | null>
  findOneAndReplace(
    filter: Filter<TSchema>,
    replacement: WithoutId<TSchema>,
    options: FindOneAndReplaceOptions = noOptions
  ): Promise<unknown> {
    return findOneAnd(this.#core, this.#place, filter, { kind: 'replace', replacement }, options)
  }

  /** Resolves with the document before the update, or after it, or null. */
  findOneAndUpdate(
    filter: Filter<TSchema>,
    update: UpdateFilter<TSchema> | readonly Document[],
    options: FindOneAndUpdateOptions & { readonly includeResultMetadata: true }
  ): Promise<ModifyResult<TSchema>>
  findOneAndUpdate(
    filter: Filter<TSchema>,
    update: UpdateFilter<TSchema> | readonly Document[],
    options?: FindOneAndUpdateOptions
  ): Promise<WithId<TSchema> | null>
  findOneAndUpdate(
    filter: Filter<TSchema>,
    update: UpdateFilter<TSchema> | readonly Document[],
    options: FindOneAndUpdateOptions = noOptions
  ): Promise<unknown> {
    return findOneAnd(this.#core, this.#place, filter, { kind: 'update', update }, options)
  }

  /**
   * How many documents there are by the collection's metadata: fast, and after an unclean shutdown or on a sharded cluster
   * not exact. It is the command `count`, which MongoDB 5.0.0 to 5.0.8 lack in version 1 of the Stable API. Source: the
   * manual, "count", Behavior.
   */
  estimatedDocumentCount(options: EstimatedDocumentCountOptions = noOptions): Promise<number> {
    return orRejected(() => {
      const place = inherit(this.#place, options)
      const further = { comment: options.comment, maxTimeMS: serverLimit(place, options.maxTimeMS) }
      return this.#core.run(estimatedCountCommand(place, further), runOptions(place, options))
    })
  }

  /** Each value that the field has in the documents that match; those of an array one by one. */
  distinct<Key extends keyof WithId<TSchema>>(
    key: Key,
    filter?: Filter<TSchema>,
    options?: DistinctOptions & { readonly explain?: undefined }
  ): Promise<Flatten<WithId<TSchema>[Key]>[]>
  distinct(key: string, filter: Filter<TSchema>, options: DistinctOptions & Required<ExplainOptions>): Promise<Document>
  distinct(key: string, filter?: Filter<TSchema>, options?: DistinctOptions): Promise<unknown[]>
  distinct(
    key: string,
    filter: Filter<TSchema> = {},
    options: DistinctOptions = noOptions
  ): Promise<unknown[] | Document> {
    return orRejected(() => {
      const { hint, collation, comment } = options
      const place = inherit(this.#place, options)
      const further = { hint, collation, comment, maxTimeMS: serverLimit(place, options.maxTimeMS) }
      const command = distinctCommand(place, key, filter as Document, further)
      return runOrExplain(this.#core, command, place, options)
    })
  }

  /**
   * How many documents match, by a pipeline that counts them. What a `$match` stage does not take, `$where` and `$near`
   * among it, the filter cannot have either.
   */
  async countDocuments(filter: Filter<TSchema> = {}, options: CountDocumentsOptions = {}): Promise<number> {
    const { skip, limit, ...others } = options
    const pipeline: Document[] = [{ $match: filter }]
    if (skip !== undefined && skip > 0) pipeline.push({ $skip: skip })
    if (limit !== undefined && limit > 0) pipeline.push({ $limit: limit })
    pipeline.push({ $group: { _id: 1, n: { $sum: 1 } } })
    const place = { ...inheritInCursor(this.#place, others), purpose: 'countDocuments' } as const
    const [group] = await new AggregationCursor<{ n: number }>(this.#core, place, pipeline, others).toArray()
    return group?.n ?? 0
  }

  /**
   * Counts what matches by the command of that name, which on a sharded cluster can count documents twice that are being moved.
   * @deprecated `countDocuments` counts rightly, `estimatedDocumentCount` all documents at once.
   */
  count(filter: Filter<TSchema> = {}, options: CountDocumentsOptions = noOptions): Promise<number> {
    return orRejected(() => {
      const { skip, limit, hint, collation, comment } = options
      const place = inherit(this.#place, options)
      const further = { skip, limit, hint, collation, comment, maxTimeMS: serverLimit(place, options.maxTimeMS) }
      return this.#core.run(countCommand(place, filter as Document, further), runOptions(place, options))
    })
  }

  aggregate<T extends Document = Document>(
    pipeline: readonly Document[] = [],
    options: AggregateOptions = {}
  ): AggregationCursor<T> {
    return new AggregationCursor<T>(this.#core, inheritInCursor(this.#place, options), pipeline, options)
  }

  /** What is changed in the collection. */
  watch<TLocal extends Document = TSchema, TChange extends Document = ChangeStreamDocument<TLocal>>(
    pipeline: readonly Document[] = [],
    options: ChangeStreamOptions = noOptions
  ): ChangeStream<TLocal, TChange> {
    return new ChangeStream<TLocal, TChange>(this.#core, inherit(this.#place, options), pipeline, options)
  }

  /** Resolves with the index's name. */
  createIndex(specification: IndexSpecification, options: CreateIndexesOptions = noOptions): Promise<string> {
    return orRejected(() =>
      createIndexes(this.#core, this.#place, [descriptionOf(specification, options)], options)
    ).then(([name]) => name as string)
  }

  /** Resolves with the indexes' names. All of them are made, or none. */
  createIndexes(
    descriptions: readonly IndexDescription[],
    options: Pick<CreateIndexesOptions, 'commitQuorum' | keyof DropIndexesOptions> = noOptions
  ): Promise<string[]> {
    return createIndexes(this.#core, this.#place, descriptions, options)
  }

  /** By its name. Resolves with the server's reply. */
  dropIndex(name: string, options: DropIndexesOptions = noOptions): Promise<Document> {
    return orRejected(() => {
      if (typeof name !== 'string' || name === '' || name === '*')
        throw new MongoInvalidArgumentError(
          `dropIndex takes the name of one index, not ${JSON.stringify(name)}; dropIndexes drops all of them`
        )
      return dropIndexes(this.#core, this.#place, name, options)
    })
  }

  /** All but that of `_id`. */
  dropIndexes(options: DropIndexesOptions = noOptions): Promise<boolean> {
    return dropIndexes(this.#core, this.#place, '*', options).then(() => true)
  }

  listIndexes(options: ListIndexesOptions = noOptions): ListIndexesCursor {
    return new ListIndexesCursor(this.#core, inheritInCursor(this.#place, options), options)
  }

  /** All indexes, whole unless `full` is false: then each index's fields and directions, by its name. */
  indexes(options: IndexInformationOptions & { readonly full: false }): Promise<IndexDescriptionCompact>
  indexes(options?: IndexInformationOptions & { readonly full?: true | undefined }): Promise<IndexDescriptionInfo[]>
  indexes(options?: IndexInformationOptions): Promise<IndexDescriptionInfo[] | IndexDescriptionCompact>
  async indexes(
    options: IndexInformationOptions = noOptions
  ): Promise<IndexDescriptionInfo[] | IndexDescriptionCompact> {
    const indexes = await this.listIndexes(options).toArray()
    return options.full === false ? compactOf(indexes) : indexes
  }

  /** As `indexes`, and not whole unless `full` is true. */
  indexInformation(options: IndexInformationOptions & { readonly full: true }): Promise<IndexDescriptionInfo[]>
  indexInformation(
    options?: IndexInformationOptions & { readonly full?: false | undefined }
  ): Promise<IndexDescriptionCompact>
  indexInformation(options?: IndexInformationOptions): Promise<IndexDescriptionInfo[] | IndexDescriptionCompact>
  indexInformation(
    options: IndexInformationOptions = noOptions
  ): Promise<IndexDescriptionInfo[] | IndexDescriptionCompact> {
    return this.indexes({ ...options, full: options.full ?? false })
  }

  /** Whether there is an index of this name, or of each of these. */
  async indexExists(names: string | readonly string[], options: ListIndexesOptions = noOptions): Promise<boolean> {
    const known = new Set((await this.listIndexes(options).toArray()).map(({ name }) => name))
    return [names].flat().every(name => known.has(name))
  }

  /** Resolves with the name of the index, which is built later: `listSearchIndexes` tells when it can be queried. MongoDB Atlas. */
  createSearchIndex(description: SearchIndexDescription, options: OperationOptions = noOptions): Promise<string> {
    return createSearchIndexes(this.#core, this.#place, [description], options).then(([name]) => name as string)
  }

  /** Resolves with the names of the indexes, which are built later. MongoDB Atlas. */
  createSearchIndexes(
    descriptions: readonly SearchIndexDescription[],
    options: OperationOptions = noOptions
  ): Promise<string[]> {
    return createSearchIndexes(this.#core, this.#place, descriptions, options)
  }

  /** Gives the index of this name another definition. It goes by the old one until it is built. MongoDB Atlas. */
  updateSearchIndex(name: string, definition: Document, options: OperationOptions = noOptions): Promise<void> {
    return updateSearchIndex(this.#core, this.#place, name, definition, options)
  }

  /** One that is not there has been dropped. MongoDB Atlas. */
  dropSearchIndex(name: string, options: OperationOptions = noOptions): Promise<void> {
    return dropSearchIndex(this.#core, this.#place, name, options)
  }

  /** All search indexes, or the one of this name. MongoDB Atlas. */
  listSearchIndexes(options?: ListSearchIndexesOptions): ListSearchIndexesCursor
  listSearchIndexes(name: string | undefined, options?: ListSearchIndexesOptions): ListSearchIndexesCursor
  listSearchIndexes(
    nameOrOptions?: string | ListSearchIndexesOptions,
    options?: ListSearchIndexesOptions
  ): ListSearchIndexesCursor {
    const [name, given = {}] =
      typeof nameOrOptions === 'string' ? [nameOrOptions, options] : [undefined, nameOrOptions ?? options]
    return listSearchIndexes(this.#core, this.#place, name, given)
  }

  /** Resolves with the collection under its new name, in the same database. */
  rename(name: string, options: RenameOptions = noOptions): Promise<Collection<TSchema>> {
    return orRejected(() => {
      const renamed = this.makeCollection<TSchema>(this.#core, this.dbName, name, this.#place)
      return renameCollection(this.#core, this.#place, renamed.namespace, options).then(() => renamed)
    })
  }

  /** What the collection was created with. */
  options(options: OperationOptions = noOptions): Promise<Document> {
    return optionsOfCollection(this.#core, this.#place, options)
  }

  async isCapped(options: OperationOptions = noOptions): Promise<boolean> {
    const { capped }: { capped?: boolean } = await this.options(options)
    return capped === true
  }

  /** True also when there was nothing to drop. */
  drop(options: DropCollectionOptions = {}): Promise<boolean> {
    return dropCollection(this.#core, this.#place, options)
  }

  #update(statement: Uint8Array, options: UpdateOptions, multi: boolean): Promise<UpdateResult<TSchema>> {
    return update(this.#core, this.#place, statement, options, multi)
  }
}
