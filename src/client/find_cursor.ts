import type { Document } from '../bson/index.ts'
import {
  type Command,
  type CursorBatch,
  type CursorOptions,
  explainCursorCommand,
  findCommand,
  type FindFields
} from '../operations/index.ts'
import { explicitSessionOf } from './client_session.ts'
import type { ClientCore } from './core.ts'
import { AbstractCursor } from './cursor.ts'
import { explanationOf, runOrExplain } from './explain.ts'
import { sortDocument } from './sorting.ts'
import { inherit, type Inherited, noOptions, orRejected, serverLimit } from './targets.ts'
import type { ExplainCommandOptions, ExplainVerbosityLike, FindOptions, OperationOptions, Sort } from './types/index.ts'

export interface FindPlace extends Inherited {
  readonly database: string
  readonly collection: string
}

/** The documents that match a filter. */
export class FindCursor<TSchema = Document> extends AbstractCursor<TSchema> {
  readonly #core: ClientCore
  readonly #place: FindPlace
  #filter: Document
  #options: FindOptions

  constructor(core: ClientCore, place: FindPlace, filter: Document, options: FindOptions) {
    super(core)
    this.#core = core
    this.#place = place
    this.#filter = filter
    this.#options = options
  }

  filter(filter: Document): this {
    this.refuseOnceOpen('the filter')
    this.#filter = filter
    return this
  }

  sort(sort: Sort | string, direction?: 1 | -1): this {
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

  batchSize(batchSize: number): this {
    return this.#set('batchSize', batchSize)
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

  maxTimeMS(maxTimeMS: number): this {
    return this.#set('maxTimeMS', maxTimeMS)
  }

  /** How the server would find the documents. The cursor itself is left as it is. */
  explain(
    explain: ExplainVerbosityLike | ExplainCommandOptions = true,
    options: OperationOptions = noOptions
  ): Promise<Document> {
    return orRejected(() => {
      const place = inherit(this.#place, options)
      const { session } = this.#options
      return runOrExplain(this.#core, this.#command(), place, { session, ...options, explain }) as Promise<Document>
    })
  }

  override map<Mapped>(transform: (document: TSchema) => Mapped): FindCursor<Mapped> {
    return super.map(transform) as unknown as FindCursor<Mapped>
  }

  #set<Name extends keyof FindOptions>(name: Name, value: FindOptions[Name]): this {
    this.refuseOnceOpen(name)
    this.#options = { ...this.#options, [name]: value }
    return this
  }

  protected override open(): { readonly command: Command<CursorBatch>; readonly options: CursorOptions } {
    const { limit, batchSize, comment, signal, session } = this.#options
    const { timeoutMS } = this.#place
    const explanation = explanationOf(this.#options.explain, this.#place)
    const command = this.#command()
    return {
      command: explanation === undefined ? command : explainCursorCommand(command, explanation),
      options: { limit, batchSize, comment, timeoutMS, signal, session: explicitSessionOf(session) }
    }
  }

  #command(): Command<CursorBatch> {
    const site = this.#core.decodeSites.siteFor(`${this.#place.database}.${this.#place.collection}`)
    return findCommand(this.#place, this.#filter, findFields(this.#options, this.#place), site)
  }
}

/** The options as the command knows them; those that are the driver's own business are not among them. */
export function findFields(options: FindOptions, inherited: Inherited): FindFields {
  if (options === noOptions) return noOptions
  const {
    signal: _signal,
    timeoutMS: _timeoutMS,
    session: _session,
    readPreference: _preference,
    readConcern: _concern,
    explain: _explain,
    sort,
    maxTimeMS,
    ...fields
  } = options
  return { ...fields, sort: sortDocument(sort), maxTimeMS: serverLimit(inherited, maxTimeMS) }
}
