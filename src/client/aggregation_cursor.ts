import type { Document } from '../bson/index.ts'
import { aggregateCommand, type Command, type CursorBatch, type CursorOptions } from '../operations/index.ts'
import type { ClientCore } from './core.ts'
import { AbstractCursor } from './cursor.ts'
import { type Inherited, serverLimit } from './targets.ts'
import type { AggregateOptions } from './types/index.ts'

export interface AggregatePlace extends Inherited {
  readonly database: string
  /** 1: the database itself, for stages that need no collection. */
  readonly collection: string | 1
}

/** The documents that come out of a pipeline. */
export class AggregationCursor<TSchema = Document> extends AbstractCursor<TSchema> {
  readonly #place: AggregatePlace
  readonly #pipeline: readonly Document[]
  #options: AggregateOptions

  constructor(core: ClientCore, place: AggregatePlace, pipeline: readonly Document[], options: AggregateOptions) {
    super(core)
    this.#place = place
    this.#pipeline = pipeline
    this.#options = options
  }

  batchSize(batchSize: number): this {
    this.refuseOnceOpen('batchSize')
    this.#options = { ...this.#options, batchSize }
    return this
  }

  override map<Mapped>(transform: (document: TSchema) => Mapped): AggregationCursor<Mapped> {
    return super.map(transform) as unknown as AggregationCursor<Mapped>
  }

  protected override open(): { readonly command: Command<CursorBatch>; readonly options: CursorOptions } {
    const { batchSize, comment, signal } = this.#options
    const { timeoutMS } = this.#place
    const maxTimeMS = serverLimit(this.#place, this.#options.maxTimeMS)
    const further = { ...furtherOf(this.#options), maxTimeMS }
    const command = aggregateCommand(this.#place, this.#pipeline, batchSize, further)
    return { command, options: { batchSize, comment, timeoutMS, signal } }
  }
}

function furtherOf(options: AggregateOptions): Readonly<Record<string, unknown>> {
  const { allowDiskUse, bypassDocumentValidation, hint, collation, let: variables, comment } = options
  return { allowDiskUse, bypassDocumentValidation, hint, collation, let: variables, comment }
}
