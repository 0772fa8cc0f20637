import type { Document } from '../bson/index.ts'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import { administrativeCommand, runCommand } from '../operations/index.ts'
import { Admin } from './admin.ts'
import { AggregationCursor } from './aggregation_cursor.ts'
import { Collection } from './collection.ts'
import { refuseTwoLimits, RunCommandCursor } from './command_cursor.ts'
import { ChangeStream } from './change_stream.ts'
import type { ClientCore } from './core.ts'
import { ListCollectionsCursor } from './list_cursors.ts'
import {
  type HandleOptions,
  inherit,
  type Inherited,
  inheritInCursor,
  noOptions,
  orRejected,
  preferenceOfCommand,
  propertiesOf,
  runOptions,
  serverLimit
} from './targets.ts'
import type {
  AggregateOptions,
  ChangeStreamDocument,
  ChangeStreamOptions,
  CollectionInfo,
  CreateCollectionOptions,
  CreateIndexesOptions,
  DropCollectionOptions,
  IndexSpecification,
  ListCollectionsOptions,
  OperationOptions,
  RenameOptions,
  RunCommandOptions,
  RunCursorCommandOptions
} from './types/index.ts'

const forbiddenInName = /[/\\. "$\0]/
/** It has users and no data. */
const externalDatabase = '$external'

/** What stands behind a database's face. */
export interface DbInternals {
  readonly core: ClientCore
  /** What its collections inherit. */
  readonly inherited: Inherited
}

let internalsOfDb: (db: Db) => DbInternals

/** @throws {MongoInvalidArgumentError} for what is no database of this package. */
export function internalsOf(db: Db): DbInternals {
  if (db instanceof Db) return internalsOfDb(db)
  throw new MongoInvalidArgumentError("a database is wanted here, as a client's db() gives it")
}

/** A database. Making a handle costs nothing and asks no server. */
export class Db {
  readonly databaseName: string
  readonly #core: ClientCore
  readonly #inherited: Inherited

  static {
    internalsOfDb = db => ({ core: db.#core, inherited: db.#inherited })
  }

  constructor(core: ClientCore, name: string, inherited: Inherited) {
    if (typeof name !== 'string' || name === '' || (forbiddenInName.test(name) && name !== externalDatabase))
      throw new MongoInvalidArgumentError(
        `a database's name is a string with something in it and without / \\ . " $ or a space, not ${JSON.stringify(name)}`
      )
    this.#core = core
    this.databaseName = name
    this.#inherited = inherited
  }

  collection<TSchema extends Document = Document>(name: string, options?: HandleOptions): Collection<TSchema> {
    return this.makeCollection<TSchema>(this.#core, this.databaseName, name, inherit(this.#inherited, options))
  }

  /** Makes every collection of this database. A subclass can make them of a class of its own, which extends `Collection`. */
  protected makeCollection<TSchema extends Document>(
    core: ClientCore,
    database: string,
    name: string,
    inherited: Inherited
  ): Collection<TSchema> {
    return new Collection<TSchema>(core, database, name, inherited)
  }

  admin(): Admin {
    return new Admin(this.#core, new Db(this.#core, 'admin', this.#inherited), this.#inherited)
  }

  /**
   * Sends the command as it is, to the primary unless a read preference is given here, and resolves with the reply. Undefined
   * for a command that has `lsid`, `apiVersion` or another field that the client or the session adds.
   */
  command(command: Document, options: RunCommandOptions = noOptions): Promise<Document> {
    return orRejected(() => {
      const { timeoutMS = this.#inherited.timeoutMS, enableUtf8Validation = this.#inherited.enableUtf8Validation } =
        options
      refuseTwoLimits(command, timeoutMS)
      const sent = runCommand(this.databaseName, command, preferenceOfCommand(options), this.#core.decodeSites)
      return this.#core.run(sent, runOptions({ timeoutMS, enableUtf8Validation }, options))
    })
  }

  /** A pipeline whose first stage needs no collection. */
  aggregate<T extends Document = Document>(
    pipeline: readonly Document[] = [],
    options: AggregateOptions = {}
  ): AggregationCursor<T> {
    const place = { ...inheritInCursor(this.#inherited, options), database: this.databaseName, collection: 1 as const }
    return new AggregationCursor<T>(this.#core, place, pipeline, options)
  }

  /** What is changed in any of its collections, but for the server's own. */
  watch<TSchema extends Document = Document, TChange extends Document = ChangeStreamDocument<TSchema>>(
    pipeline: readonly Document[] = [],
    options: ChangeStreamOptions = noOptions
  ): ChangeStream<TSchema, TChange> {
    const place = {
      ...inherit(this.#inherited, options),
      database: this.databaseName,
      collection: 1
    } as const
    return new ChangeStream<TSchema, TChange>(this.#core, place, pipeline, options)
  }

  /**
   * Sends the command as it is, as `command` does, and gives the documents of the cursor in its reply, to the end.
   */
  runCursorCommand(command: Document, options: RunCursorCommandOptions = noOptions): RunCommandCursor {
    return new RunCommandCursor(this.#core, this.databaseName, command, options, this.#inherited)
  }

  listCollections(
    filter: Document,
    options: ListCollectionsOptions & { readonly nameOnly: true }
  ): ListCollectionsCursor<Pick<CollectionInfo, 'name' | 'type'>>
  listCollections(filter?: Document, options?: ListCollectionsOptions): ListCollectionsCursor
  listCollections(filter: Document = {}, options: ListCollectionsOptions = noOptions): ListCollectionsCursor {
    const place = { ...inheritInCursor(this.#inherited, options), database: this.databaseName }
    return new ListCollectionsCursor(this.#core, place, filter, options)
  }

  /** A handle for each collection; those of the server itself, with a `$` in their names, are left out. */
  async collections(options: Omit<ListCollectionsOptions, 'nameOnly'> = noOptions): Promise<Collection[]> {
    const infos = await this.listCollections({}, { ...options, nameOnly: true }).toArray()
    return infos.filter(({ name }) => !name.includes('$')).map(({ name }) => this.collection(name))
  }

  /** Needed only for collections with options: a write makes the collection that it names. */
  createCollection<TSchema extends Document = Document>(
    name: string,
    options: CreateCollectionOptions = noOptions
  ): Promise<Collection<TSchema>> {
    return orRejected(() => {
      const collection = this.collection<TSchema>(name)
      const place = inherit(this.#inherited, options)
      const { comment } = options
      const maxTimeMS = serverLimit(place, options.maxTimeMS)
      const fields = { create: name, ...propertiesOf(options), comment, maxTimeMS }
      const command = administrativeCommand(this.databaseName, fields, place.writeConcern)
      return this.#core.run(command, runOptions(place, options)).then(() => collection)
    })
  }

  /** True also when there was nothing to drop. */
  dropCollection(name: string, options?: DropCollectionOptions): Promise<boolean> {
    return orRejected(() => this.collection(name).drop(options))
  }

  /** Resolves with the collection under its new name. */
  renameCollection<TSchema extends Document = Document>(
    from: string,
    to: string,
    options?: RenameOptions
  ): Promise<Collection<TSchema>> {
    return orRejected(() => this.collection<TSchema>(from).rename(to, options))
  }

  /** Resolves with the index's name. */
  createIndex(name: string, specification: IndexSpecification, options?: CreateIndexesOptions): Promise<string> {
    return orRejected(() => this.collection(name).createIndex(specification, options))
  }

  async dropDatabase(options: OperationOptions = {}): Promise<boolean> {
    const place = inherit(this.#inherited, options)
    const command = administrativeCommand(this.databaseName, { dropDatabase: 1 }, place.writeConcern)
    await this.#core.run(command, runOptions(place, options))
    return true
  }
}
