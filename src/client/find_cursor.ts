import type { Document } from '../bson/index.ts'
import {
  type Command,
  type CursorBatch,
  type CursorKind,
  type CursorOptions,
  explainCursorCommand,
  findCommand,
  type FindFields
} from '../operations/index.ts'
import { explicitSessionOf } from './client_session.ts'
import type { ClientCore } from './core.ts'
import { AbstractCursor } from './cursor.ts'
import { type ChangeableOptions, refuseUnsupported } from './cursor_changes.ts'
import { MongoDBNamespace } from './cursor_namespace.ts'
import { explainCursor, explanationOf } from './explain.ts'
import { modifierOf } from './query_modifiers.ts'
import { sortDocument } from './sorting.ts'
import { decodeOptionsOf, type Inherited, inheritInCursor, noOptions, placeInSession, serverLimit } from './targets.ts'
import type {
  ExplainCommandOptions,
  ExplainVerbosityLike,
  FindOptions,
  OperationOptions,
  Sort,
  SortDirection
} from './types/index.ts'

export interface FindPlace extends Inherited {
  readonly database: string
  readonly collection: string
}

/** The documents that match a filter. */
export class FindCursor<TSchema = Document> extends AbstractCursor<TSchema> {
  readonly #core: ClientCore
  #place: FindPlace
  #filter: Document
  #options: FindOptions

  constructor(core: ClientCore, place: FindPlace, filter: Document, options: FindOptions) {
    super(core)
    this.#core = core
    this.#place = place
    this.#filter = filter
    this.#options = options
  }

  override clone(): FindCursor<TSchema> {
    return new FindCursor(this.#core, this.#place, this.#filter, this.#options)
  }

  override get namespace(): MongoDBNamespace {
    return new MongoDBNamespace(this.#place.database, this.#place.collection)
  }

  get readPreference(): FindPlace['readPreference'] {
    return this.#place.readPreference
  }

  get readConcern(): FindPlace['readConcern'] {
    return this.#place.readConcern
  }

  filter(filter: Document): this {
    this.refuseOnceOpen('the filter')
    this.#filter = filter
    return this
  }

  sort(sort: Sort | string, direction?: SortDirection): this {
    return this.#set(
      'sort',
      (typeof sort === 'string' && direction !== undefined ? { [sort]: direction } : sort) as Sort
    )
  }

  project<Projected extends Document = Document>(projection: Document): FindCursor<Projected> {
    return this.#set('projection', projection) as unknown as FindCursor<Projected>
  }

  limit(limit: number): this {
    return this.#set('limit', limit)
  }

  skip(skip: number): this {
    return this.#set('skip', skip)
  }

  hint(hint: FindOptions['hint']): this {
    return this.#set('hint', hint)
  }

  comment(comment: unknown): this {
    return this.#set('comment', comment)
  }

  collation(collation: FindOptions['collation']): this {
    return this.#set('collation', collation)
  }

  allowDiskUse(allow = true): this {
    return this.#set('allowDiskUse', allow)
  }

  /** Milliseconds that the server waits for documents of a tailable cursor with awaitData before it answers with none. */
  maxAwaitTimeMS(maxAwaitTimeMS: number): this {
    return this.#set('maxAwaitTimeMS', maxAwaitTimeMS)
  }

  /** The lower bound of the index that `hint` names; it is within. */
  min(min: Document): this {
    return this.#set('min', min)
  }

  /** The upper bound of the index that `hint` names; it is not within. */
  max(max: Document): this {
    return this.#set('max', max)
  }

  returnKey(value: boolean): this {
    return this.#set('returnKey', value)
  }

  showRecordId(value: boolean): this {
    return this.#set('showRecordId', value)
  }

  /** An option, or the filter, by the name that it had in MongoDB's old query documents: `$orderby`, `$query` and so on. */
  addQueryModifier(name: string, value: string | boolean | number | Document): this {
    this.refuseOnceOpen(name)
    const { filter = this.#filter, ...options } = modifierOf(name, value)
    this.#filter = filter
    this.#options = { ...this.#options, ...options }
    return this
  }

  /** How the server would find the documents. The cursor itself is left as it is. */
  explain(
    explain: ExplainVerbosityLike | ExplainCommandOptions | OperationOptions = true,
    options: OperationOptions = noOptions
  ): Promise<Document> {
    const cursor = { place: this.#place, session: this.#options.session }
    return explainCursor(this.#core, () => this.#command(this.#place), cursor, explain, options)
  }

  override map<Mapped>(transform: (document: TSchema) => Mapped): FindCursor<Mapped> {
    return super.map(transform) as unknown as FindCursor<Mapped>
  }

  protected override change(options: ChangeableOptions): this {
    for (const name of Object.keys(options)) this.refuseOnceOpen(name)
    this.#options = { ...this.#options, ...options }
    this.#place = inheritInCursor(this.#place, options)
    return this
  }

  #set<Name extends keyof FindOptions>(name: Name, value: FindOptions[Name]): this {
    this.refuseOnceOpen(name)
    this.#options = { ...this.#options, [name]: value }
    return this
  }

  protected override open(): { readonly command: Command<CursorBatch>; readonly options: CursorOptions } {
    const options = this.#options
    const { limit, batchSize, comment, signal, timeoutMode, maxAwaitTimeMS } = options
    const place = placeInSession(this.#place, options)
    const { timeoutMS } = place
    const decodeOptions = decodeOptionsOf(place)
    const explanation = explanationOf(options.explain, place)
    const command = this.#command(place)
    const common = { timeoutMS, timeoutMode, decodeOptions, signal, session: explicitSessionOf(options.session) }
    if (explanation !== undefined) return { command: explainCursorCommand(command, explanation), options: common }
    return { command, options: { ...common, kind: kindOf(options), limit, batchSize, comment, maxAwaitTimeMS } }
  }

  #command(place: FindPlace): Command<CursorBatch> {
    const site = this.#core.decodeSites.siteFor(`${place.database}.${place.collection}`)
    return findCommand(place, this.#filter, findFields(this.#options, place), site)
  }
}

function kindOf({ tailable, awaitData }: FindOptions): CursorKind {
  if (tailable !== true) return 'plain'
  return awaitData === true ? 'awaiting' : 'tailable'
}

/** What the command calls as the options do. */
const sameInCommand: ReadonlySet<string> = new Set([
  'projection',
  'skip',
  'limit',
  'batchSize',
  'singleBatch',
  'hint',
  'collation',
  'comment',
  'let',
  'allowDiskUse',
  'noCursorTimeout',
  'returnKey',
  'showRecordId',
  'min',
  'max',
  'tailable',
  'awaitData',
  'allowPartialResults'
])

/**
 * The options as the command knows them. What it does not know is not sent, be it the driver's own business or that of a
 * library which hands its options on.
 */
export function findFields(options: FindOptions, inherited: Inherited): FindFields {
  if (options === noOptions) return noOptions
  refuseUnsupported(options)
  const { maxTimeMS, sort }: FindOptions = options
  const fields: Record<string, unknown> = { sort: sortDocument(sort), maxTimeMS: serverLimit(inherited, maxTimeMS) }
  for (const name in options) if (sameInCommand.has(name)) fields[name] = options[name as keyof FindOptions]
  return fields
}
