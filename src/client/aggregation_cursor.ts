import type { Document } from '../bson/index.ts'
import {
  aggregateCommand,
  type Command,
  type CursorBatch,
  type CursorOptions,
  explainCursorCommand
} from '../operations/index.ts'
import { explicitSessionOf } from './client_session.ts'
import type { ClientCore } from './core.ts'
import { AbstractCursor } from './cursor.ts'
import { explanationOf, runOrExplain } from './explain.ts'
import { inherit, type Inherited, noOptions, orRejected, serverLimit } from './targets.ts'
import type { AggregateOptions, ExplainCommandOptions, ExplainVerbosityLike, OperationOptions } from './types/index.ts'

export interface AggregatePlace extends Inherited {
  readonly database: string
  /** 1: the database itself, for stages that need no collection. */
  readonly collection: string | 1
}

/** The documents that come out of a pipeline. */
export class AggregationCursor<TSchema = Document> extends AbstractCursor<TSchema> {
  readonly #core: ClientCore
  readonly #place: AggregatePlace
  readonly #pipeline: readonly Document[]
  #options: AggregateOptions

  constructor(core: ClientCore, place: AggregatePlace, pipeline: readonly Document[], options: AggregateOptions) {
    super(core)
    this.#core = core
    this.#place = place
    this.#pipeline = pipeline
    this.#options = options
  }

  batchSize(batchSize: number): this {
    this.refuseOnceOpen('batchSize')
    this.#options = { ...this.#options, batchSize }
    return this
  }

  /** How the server would run the pipeline. The cursor itself is left as it is. */
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

  override map<Mapped>(transform: (document: TSchema) => Mapped): AggregationCursor<Mapped> {
    return super.map(transform) as unknown as AggregationCursor<Mapped>
  }

  protected override open(): { readonly command: Command<CursorBatch>; readonly options: CursorOptions } {
    const { batchSize, comment, signal, session } = this.#options
    const { timeoutMS } = this.#place
    const explanation = explanationOf(this.#options.explain, this.#place)
    const command = this.#command()
    return {
      command: explanation === undefined ? command : explainCursorCommand(command, explanation),
      options: { batchSize, comment, timeoutMS, signal, session: explicitSessionOf(session) }
    }
  }

  #command(): Command<CursorBatch> {
    const maxTimeMS = serverLimit(this.#place, this.#options.maxTimeMS)
    const further = { ...furtherOf(this.#options), maxTimeMS }
    // What comes out of a pipeline is seldom like what lies in the collection.
    const site = this.#core.decodeSites.siteFor(`aggregate ${this.#place.database}.${this.#place.collection}`)
    return aggregateCommand(this.#place, this.#pipeline, this.#options.batchSize, further, site)
  }
}

function furtherOf(options: AggregateOptions): Readonly<Record<string, unknown>> {
  const { allowDiskUse, bypassDocumentValidation, hint, collation, let: variables, comment } = options
  return { allowDiskUse, bypassDocumentValidation, hint, collation, let: variables, comment }
}
