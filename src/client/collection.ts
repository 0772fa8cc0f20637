import type { DecodeSite, Document } from '../bson/index.ts'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import {
  administrativeCommand,
  deleteCommand,
  findOneCommand,
  indexNameOf,
  InsertCommand,
  insertOneCommand,
  isMissingNamespace,
  type OperationOptions,
  updateCommand
} from '../operations/index.ts'
import { AggregationCursor } from './aggregation_cursor.ts'
import type { ClientCore } from './core.ts'
import { FindCursor, findFields } from './find_cursor.ts'
import { indexKeyOf } from './indexes.ts'
import { type HandleOptions, inherit, type Inherited, noOptions, orRejected, serverLimit } from './targets.ts'
import type {
  AggregateOptions,
  BulkWriteOptions,
  CountDocumentsOptions,
  CreateIndexesOptions,
  DeleteOptions,
  DeleteResult,
  DropCollectionOptions,
  Filter,
  FindOptions,
  IndexSpecification,
  InsertManyResult,
  InsertOneOptions,
  InsertOneResult,
  OptionalUnlessRequiredId,
  UpdateFilter,
  UpdateOptions,
  UpdateResult,
  WithId
} from './types/index.ts'

/** A collection of documents. Making a handle costs nothing and asks no server. */
export class Collection<TSchema extends Document = Document> {
  readonly collectionName: string
  readonly dbName: string
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
    this.dbName = database
    this.collectionName = name
    const { readPreference, readConcern, writeConcern, timeoutMS } = inherited
    // Field by field: a spread would cost as much as the rest of a handle, and some make one for each call.
    this.#place = { readPreference, readConcern, writeConcern, timeoutMS, database, collection: name }
  }

  /** `database.collection` */
  get namespace(): string {
    return `${this.dbName}.${this.collectionName}`
  }

  /** The same collection with other defaults. */
  withOptions(options: HandleOptions): Collection<TSchema> {
    return new Collection(this.#core, this.dbName, this.collectionName, inherit(this.#place, options))
  }

  insertOne(
    document: OptionalUnlessRequiredId<TSchema>,
    options: InsertOneOptions = noOptions
  ): Promise<InsertOneResult<TSchema>> {
    return orRejected(() => {
      const place = inherit(this.#place, options)
      const further = { comment: options.comment, maxTimeMS: serverLimit(place, options.maxTimeMS) }
      const command = insertOneCommand(place, document as Document, this.#core.context.objectIds, further)
      return this.#core.run(command, limits(place, options)) as Promise<InsertOneResult<TSchema>>
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
      const { ordered = true, comment } = options
      const place = inherit(this.#place, options)
      const further = { comment, maxTimeMS: serverLimit(place, options.maxTimeMS) }
      const { objectIds } = this.#core.context
      const command = new InsertCommand(place, documents as readonly Document[], objectIds, ordered, further)
      return this.#core.run(command, limits(place, options)) as Promise<InsertManyResult<TSchema>>
    })
  }

  find(filter?: Filter<TSchema>, options?: FindOptions): FindCursor<WithId<TSchema>>
  find<T extends Document>(filter: Filter<TSchema>, options?: FindOptions): FindCursor<T>
  find(filter: Filter<TSchema> = {}, options: FindOptions = noOptions): FindCursor<WithId<TSchema>> {
    return new FindCursor(this.#core, inherit(this.#place, options), filter as Document, options)
  }

  findOne(filter?: Filter<TSchema>, options?: FindOptions): Promise<WithId<TSchema> | null>
  findOne<T extends Document>(filter: Filter<TSchema>, options?: FindOptions): Promise<T | null>
  findOne(filter: Filter<TSchema> = {}, options: FindOptions = noOptions): Promise<WithId<TSchema> | null> {
    return orRejected(() => {
      const place = inherit(this.#place, options)
      this.#site ??= this.#core.decodeSites.siteFor(this.namespace)
      const command = findOneCommand(place, filter as Document, findFields(options, place), this.#site)
      return this.#core.run(command, limits(place, options)) as Promise<WithId<TSchema> | null>
    })
  }

  updateOne(
    filter: Filter<TSchema>,
    update: UpdateFilter<TSchema> | readonly Document[],
    options: UpdateOptions = noOptions
  ): Promise<UpdateResult<TSchema>> {
    return this.#update(filter, update, options, false)
  }

  updateMany(
    filter: Filter<TSchema>,
    update: UpdateFilter<TSchema> | readonly Document[],
    options: UpdateOptions = noOptions
  ): Promise<UpdateResult<TSchema>> {
    return this.#update(filter, update, options, true)
  }

  deleteOne(filter: Filter<TSchema> = {}, options: DeleteOptions = noOptions): Promise<DeleteResult> {
    return this.#delete(filter, options, false)
  }

  deleteMany(filter: Filter<TSchema> = {}, options: DeleteOptions = noOptions): Promise<DeleteResult> {
    return this.#delete(filter, options, true)
  }

  async countDocuments(filter: Filter<TSchema> = {}, options: CountDocumentsOptions = {}): Promise<number> {
    const { skip, limit, ...others } = options
    const pipeline: Document[] = [{ $match: filter }]
    if (skip !== undefined && skip > 0) pipeline.push({ $skip: skip })
    if (limit !== undefined && limit > 0) pipeline.push({ $limit: limit })
    pipeline.push({ $group: { _id: 1, n: { $sum: 1 } } })
    const [group] = await this.aggregate<{ n: number }>(pipeline, others).toArray()
    return group?.n ?? 0
  }

  aggregate<T extends Document = Document>(
    pipeline: readonly Document[] = [],
    options: AggregateOptions = {}
  ): AggregationCursor<T> {
    return new AggregationCursor<T>(this.#core, inherit(this.#place, options), pipeline, options)
  }

  /** Resolves with the index's name. */
  async createIndex(specification: IndexSpecification, options: CreateIndexesOptions = {}): Promise<string> {
    const {
      signal,
      timeoutMS: _timeoutMS,
      comment,
      maxTimeMS: givenMS,
      writeConcern: _writeConcern,
      commitQuorum,
      ...properties
    } = options
    const key = indexKeyOf(specification)
    const name = properties.name ?? indexNameOf(Object.fromEntries(key))
    const place = inherit(this.#place, options)
    const maxTimeMS = serverLimit(place, givenMS)
    const index = { ...definedOf(properties), key, name }
    const fields = { createIndexes: this.collectionName, indexes: [index], commitQuorum, comment, maxTimeMS }
    await this.#core.run(administrativeCommand(this.dbName, fields, place.writeConcern), limits(place, { signal }))
    return name
  }

  /** True also when there was nothing to drop. */
  async drop(options: DropCollectionOptions = {}): Promise<boolean> {
    const place = inherit(this.#place, options)
    const { comment } = options
    const maxTimeMS = serverLimit(place, options.maxTimeMS)
    const command = administrativeCommand(
      this.dbName,
      { drop: this.collectionName, comment, maxTimeMS },
      place.writeConcern
    )
    try {
      await this.#core.run(command, limits(place, options))
    } catch (error) {
      if (!isMissingNamespace(error)) throw error
    }
    return true
  }

  #update(
    filter: Filter<TSchema>,
    update: UpdateFilter<TSchema> | readonly Document[],
    options: UpdateOptions,
    multi: boolean
  ): Promise<UpdateResult<TSchema>> {
    return orRejected(() => {
      const { upsert, arrayFilters, hint, collation, let: variables, comment } = options
      const place = inherit(this.#place, options)
      const statement = { upsert, arrayFilters, hint, collation }
      const further = { let: variables, comment, maxTimeMS: serverLimit(place, options.maxTimeMS) }
      const command = updateCommand(place, filter as Document, update as Document, multi, statement, further)
      return this.#core.run(command, limits(place, options)) as Promise<UpdateResult<TSchema>>
    })
  }

  #delete(filter: Filter<TSchema>, options: DeleteOptions, multi: boolean): Promise<DeleteResult> {
    return orRejected(() => {
      const { hint, collation, let: variables, comment } = options
      const place = inherit(this.#place, options)
      const further = { let: variables, comment, maxTimeMS: serverLimit(place, options.maxTimeMS) }
      const command = deleteCommand(place, filter as Document, multi, { hint, collation }, further)
      return this.#core.run(command, limits(place, options))
    })
  }
}

interface CollectionPlace extends Inherited {
  readonly database: string
  readonly collection: string
}

/** Of the operation; those of its parts are the client's. */
function limits({ timeoutMS }: Inherited, { signal }: { readonly signal?: AbortSignal | undefined }): OperationOptions {
  return timeoutMS === undefined && signal === undefined ? noOptions : { timeoutMS, signal }
}

function definedOf(properties: object): Document {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined))
}
