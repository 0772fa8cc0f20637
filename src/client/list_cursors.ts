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
import { type CollectionPlace, type Inherited, runOptions, serverLimit } from './targets.ts'
import type { CollectionInfo, IndexDescriptionInfo, ListCollectionsOptions, ListIndexesOptions } from './types/index.ts'

/** The collections of a database. */
export class ListCollectionsCursor<
  Info extends Pick<CollectionInfo, 'name' | 'type'> = CollectionInfo
> extends AbstractCursor<Info> {
  readonly #place: Inherited & { readonly database: string }
  readonly #filter: Document
  readonly #options: ListCollectionsOptions

  constructor(
    core: ClientCore,
    place: Inherited & { readonly database: string },
    filter: Document,
    options: ListCollectionsOptions
  ) {
    super(core)
    this.#place = place
    this.#filter = filter
    this.#options = options
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
  readonly #place: CollectionPlace
  readonly #options: ListIndexesOptions

  constructor(core: ClientCore, place: CollectionPlace, options: ListIndexesOptions) {
    super(core)
    this.#place = place
    this.#options = options
  }

  protected override open(): { readonly command: Command<CursorBatch>; readonly options: CursorOptions } {
    const { batchSize, comment, maxTimeMS } = this.#options
    const { database, collection } = this.#place
    const further = { comment, maxTimeMS: serverLimit(this.#place, maxTimeMS) }
    const command = listIndexesCommand(database, collection, batchSize, further)
    return { command, options: cursorOptions(this.#place, this.#options) }
  }
}

/** Without the comment: later batches of these cursors have that of the first. */
function cursorOptions(place: Inherited, options: ListIndexesOptions): CursorOptions {
  return { batchSize: options.batchSize, ...runOptions(place, options) }
}
