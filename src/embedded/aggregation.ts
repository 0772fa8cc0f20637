import type { BSONDocument, BSONValue, Expression, QueryContext, StringOrder } from './query/index.ts'

/** What a pipeline is run for. */
export interface PipelineContext extends QueryContext {
  readonly database: string
  /** The documents of another collection of the database, for stages that join. */
  documentsOf(collection: string): Iterable<BSONDocument>
  /** The sessions that the member knows, as `$listLocalSessions` shows them. */
  sessions(): Iterable<BSONDocument>
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
