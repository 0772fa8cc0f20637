import type { BSONDocument, BSONValue, Expression, QueryContext, StringOrder } from './query/index.ts'

/** What is known of a collection, besides its documents. */
export interface CollectionStatistics {
  readonly namespace: string
  /** `host:port` of the member. */
  readonly host: string
  readonly count: number
  readonly bytes: number
  readonly indexes: number
  /** Undefined: it is not capped. */
  readonly capped: { readonly bytesMax: number; readonly documentsMax: number } | undefined
}

/** What a pipeline is run for. */
export interface PipelineContext extends QueryContext {
  readonly database: string
  /** The documents of another collection of the database, for stages that join. */
  documentsOf(collection: string): Iterable<BSONDocument>
  /** The sessions that the member knows, as `$listLocalSessions` shows them. */
  sessions(): Iterable<BSONDocument>
  /** Of the collection that is read; undefined: it reads none. @throws {CommandFailure} where there is none. */
  readonly statistics?: (() => CollectionStatistics) | undefined
}

/** A pipeline whose stages have all been checked. */
export type Pipeline = (documents: Iterable<BSONDocument>) => Iterable<BSONDocument>

/** Evaluates aggregation expressions and pipelines. */
export interface Aggregation {
  /** A compiler of expressions in which the variables of a command's `let` are bound, and its collation orders strings. */
  expressions(variables: BSONDocument, strings?: StringOrder): (expression: BSONValue) => Expression
  /** @throws {CommandFailure} for a stage that is unknown, or not supported. */
  pipeline(stages: readonly BSONDocument[], context: PipelineContext): Pipeline
}
