import type { Document } from '../bson/index.ts'
import {
  type Command,
  type CursorBatch,
  type CursorOptions,
  listCollectionsCommand,
  listIndexesCommand
} from '../operations/index.ts'
import type { ClientCore } from './core.ts'
import { AbstractCursor } from './cursor.ts'
import { type ChangeableOptions, refuseUnsupported, requireChangeable } from './cursor_changes.ts'
import { MongoDBNamespace } from './cursor_namespace.ts'
import { type CollectionPlace, type Inherited, runOptions, serverLimit } from './targets.ts'
import type { CollectionInfo, IndexDescriptionInfo, ListCollectionsOptions, ListIndexesOptions } from './types/index.ts'

/** The collections of a database. */
export class ListCollectionsCursor<
  Info extends Pick<CollectionInfo, 'name' | 'type'> = CollectionInfo
> extends AbstractCursor<Info> {
  readonly #core: ClientCore
  readonly #place: Inherited & { readonly database: string }
  readonly #filter: Document
  #options: ListCollectionsOptions

  constructor(
    core: ClientCore,
    place: Inherited & { readonly database: string },
    filter: Document,
    options: ListCollectionsOptions
  ) {
    super(core)
    this.#core = core
    this.#place = place
    this.#filter = filter
    this.#options = options
  }

  override clone(): ListCollectionsCursor<Info> {
    return new ListCollectionsCursor(this.#core, this.#place, this.#filter, this.#options)
  }

  override get namespace(): MongoDBNamespace {
    return new MongoDBNamespace(this.#place.database)
  }

  protected override change(options: ChangeableOptions): this {
    this.#options = { ...this.#options, ...changed('listCollections', options, name => this.refuseOnceOpen(name)) }
    return this
  }

  protected override open(): { readonly command: Command<CursorBatch>; readonly options: CursorOptions } {
    const { nameOnly, authorizedCollections, batchSize, comment, maxTimeMS } = this.#options
    const limit = serverLimit(this.#place, maxTimeMS)
    const further = { filter: this.#filter, nameOnly, authorizedCollections, comment, maxTimeMS: limit }
    const command = listCollectionsCommand(this.#place.database, batchSize, further)
    return { command, options: cursorOptions(this.#place, this.#options) }
  }
}

/** The indexes of a collection. */
export class ListIndexesCursor extends AbstractCursor<IndexDescriptionInfo> {
  readonly #core: ClientCore
  readonly #place: CollectionPlace
  #options: ListIndexesOptions

  constructor(core: ClientCore, place: CollectionPlace, options: ListIndexesOptions) {
    super(core)
    this.#core = core
    this.#place = place
    this.#options = options
  }

  override clone(): ListIndexesCursor {
    return new ListIndexesCursor(this.#core, this.#place, this.#options)
  }

  override get namespace(): MongoDBNamespace {
    return new MongoDBNamespace(this.#place.database, this.#place.collection)
  }

  protected override change(options: ChangeableOptions): this {
    this.#options = { ...this.#options, ...changed('listIndexes', options, name => this.refuseOnceOpen(name)) }
    return this
  }

  protected override open(): { readonly command: Command<CursorBatch>; readonly options: CursorOptions } {
    const { batchSize, comment, maxTimeMS } = this.#options
    const { database, collection } = this.#place
    const further = { comment, maxTimeMS: serverLimit(this.#place, maxTimeMS) }
    const command = listIndexesCommand(database, collection, batchSize, further)
    return { command, options: cursorOptions(this.#place, this.#options) }
  }
}

/** The changes, if the command takes them. */
function changed(command: string, options: ChangeableOptions, check: (name: string) => void): ChangeableOptions {
  requireChangeable(command, options, ['batchSize', 'maxTimeMS'])
  for (const name of Object.keys(options)) check(name)
  return options
}

/** Without the comment: later batches of these cursors have that of the first. */
function cursorOptions(place: Inherited, options: ListIndexesOptions): CursorOptions {
  refuseUnsupported(options)
  const { batchSize, timeoutMode } = options
  return { batchSize, timeoutMode, ...runOptions(place, options) }
}
