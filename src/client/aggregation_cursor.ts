import type { Document } from '../bson/index.ts'
import {
  aggregateCommand,
  type Command,
  type CursorBatch,
  type CursorOptions,
  endsInWrite,
  explainCursorCommand,
  type PipelinePurpose
} from '../operations/index.ts'
import { explicitSessionOf } from './client_session.ts'
import type { ClientCore } from './core.ts'
import { AbstractCursor } from './cursor.ts'
import { type ChangeableOptions, refuseUnsupported, requireChangeable } from './cursor_changes.ts'
import { MongoDBNamespace } from './cursor_namespace.ts'
import { explainCursor, explanationOf } from './explain.ts'
import { sortDocument } from './sorting.ts'
import { decodeOptionsOf, type Inherited, inheritInCursor, noOptions, placeInSession, serverLimit } from './targets.ts'
import type {
  AggregateOptions,
  ExplainCommandOptions,
  ExplainVerbosityLike,
  OperationOptions,
  Sort
} from './types/index.ts'

export interface AggregatePlace extends Inherited {
  readonly database: string
  /** 1: the database itself, for stages that need no collection. */
  readonly collection: string | 1
  readonly purpose?: PipelinePurpose | undefined
}

/** The documents that come out of a pipeline. Stages are appended by `addStage` and by the methods named after them. */
export class AggregationCursor<TSchema = Document> extends AbstractCursor<TSchema> {
  /** A copy of the one that was given. */
  readonly pipeline: Document[]
  readonly #core: ClientCore
  #place: AggregatePlace
  #options: AggregateOptions

  constructor(core: ClientCore, place: AggregatePlace, pipeline: readonly Document[], options: AggregateOptions) {
    super(core)
    this.#core = core
    this.#place = place
    this.pipeline = [...pipeline]
    this.#options = options
  }

  override clone(): AggregationCursor<TSchema> {
    return new AggregationCursor(this.#core, this.#place, this.pipeline, this.#options)
  }

  override get namespace(): MongoDBNamespace {
    const { database, collection } = this.#place
    return new MongoDBNamespace(database, collection === 1 ? undefined : collection)
  }

  get readPreference(): AggregatePlace['readPreference'] {
    return this.#place.readPreference
  }

  get readConcern(): AggregatePlace['readConcern'] {
    return this.#place.readConcern
  }

  addStage<Staged = Document>(stage: Document): AggregationCursor<Staged> {
    this.refuseOnceOpen('the pipeline')
    this.pipeline.push(stage)
    return this as unknown as AggregationCursor<Staged>
  }

  match(filter: Document): this {
    return this.#stage({ $match: filter })
  }

  group<Grouped = TSchema>(group: Document): AggregationCursor<Grouped> {
    return this.addStage({ $group: group })
  }

  project<Projected extends Document = Document>(projection: Document): AggregationCursor<Projected> {
    return this.addStage({ $project: projection })
  }

  sort(sort: Sort): this {
    return this.#stage({ $sort: sortDocument(sort) })
  }

  limit(limit: number): this {
    return this.#stage({ $limit: limit })
  }

  skip(skip: number): this {
    return this.#stage({ $skip: skip })
  }

  lookup(lookup: Document): this {
    return this.#stage({ $lookup: lookup })
  }

  unwind(unwind: Document | string): this {
    return this.#stage({ $unwind: unwind })
  }

  redact(redact: Document): this {
    return this.#stage({ $redact: redact })
  }

  geoNear(geoNear: Document): this {
    return this.#stage({ $geoNear: geoNear })
  }

  /** Has to be the last stage. Nothing is written before the cursor is read. */
  out(out: { readonly db: string; readonly coll: string } | string): this {
    return this.#stage({ $out: out })
  }

  #stage(stage: Document): this {
    return this.addStage(stage) as unknown as this
  }

  /** How the server would run the pipeline. The cursor itself is left as it is. */
  explain(
    explain: ExplainVerbosityLike | ExplainCommandOptions | OperationOptions = true,
    options: OperationOptions = noOptions
  ): Promise<Document> {
    const cursor = { place: this.#place, session: this.#options.session }
    return explainCursor(this.#core, () => this.#command(this.#place), cursor, explain, options)
  }

  override map<Mapped>(transform: (document: TSchema) => Mapped): AggregationCursor<Mapped> {
    return super.map(transform) as unknown as AggregationCursor<Mapped>
  }

  protected override change(options: ChangeableOptions): this {
    requireChangeable('aggregate', options, ['batchSize', 'maxTimeMS', 'readPreference', 'readConcern'])
    for (const name of Object.keys(options)) this.refuseOnceOpen(name)
    this.#options = { ...this.#options, ...options }
    this.#place = inheritInCursor(this.#place, options)
    return this
  }

  protected override open(): { readonly command: Command<CursorBatch>; readonly options: CursorOptions } {
    const { batchSize, comment, signal, session, timeoutMode, maxAwaitTimeMS } = this.#options
    const decodeOptions = decodeOptionsOf(this.#place)
    refuseUnsupported(this.#options)
    const place = placeInSession(this.#place, this.#options)
    const { timeoutMS } = place
    const explanation = explanationOf(this.#options.explain, place)
    const command = this.#command(place)
    const writes = endsInWrite(this.pipeline)
    const times = { timeoutMS, timeoutMode, maxAwaitTimeMS, writes }
    const common = { ...times, decodeOptions, signal, session: explicitSessionOf(session) }
    if (explanation !== undefined) return { command: explainCursorCommand(command, explanation), options: common }
    const waits = this.pipeline[0] !== undefined && '$changeStream' in this.pipeline[0]
    return { command, options: { ...common, kind: waits ? 'awaiting' : 'plain', batchSize, comment } }
  }

  #command(place: AggregatePlace): Command<CursorBatch> {
    const maxTimeMS = serverLimit(place, this.#options.maxTimeMS)
    const further = { ...furtherOf(this.#options), maxTimeMS }
    // What comes out of a pipeline is seldom like what lies in the collection.
    const site = this.#core.decodeSites.siteFor(`aggregate ${place.database}.${place.collection}`)
    return aggregateCommand(place, this.pipeline, this.#options.batchSize, further, site)
  }
}

function furtherOf(options: AggregateOptions): Readonly<Record<string, unknown>> {
  const { allowDiskUse, bypassDocumentValidation, hint, collation, let: variables, comment } = options
  return { allowDiskUse, bypassDocumentValidation, hint, collation, let: variables, comment }
}
