import type { Document } from '../../bson/index.ts'
import type { ReadConcern, ReadPreferenceInput, ReadPreferenceMode, WriteConcernInput } from '../../options/index.ts'
import type { ClientSession } from '../client_session.ts'
import type { CursorTimeoutMode } from '../cursor_timeout_mode.ts'
import type { CollationOptions } from './collation.ts'
import type { ExplainOptions } from './explain.ts'
import type { IndexProperties } from './indexes.ts'
import type { Sort } from './sort.ts'

/** What every operation takes. `undefined` is as good as absent, here and below. */
export interface OperationOptions {
  /** Ends the operation when it is aborted; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds for the whole operation, retries included; 0: no limit. */
  readonly timeoutMS?: number | undefined
  /**
   * Whether text in replies that is not UTF-8 is an error; with false what cannot be read is U+FFFD. Default: the collection's,
   * the database's, the client's, and true. Text of errors is never refused.
   */
  readonly enableUtf8Validation?: boolean | undefined
  /** What `startSession` of the same client returned. */
  readonly session?: ClientSession | undefined
}

/** What a command can carry, besides its own fields. Concerns and preference default to the collection's. */
export interface CommandOperationOptions extends OperationOptions {
  /** Shown in the server's logs and profiles. */
  readonly comment?: unknown
  /** Milliseconds of the server's own work; 0: no limit. Not sent where timeoutMS counts: that tells the server what remains. */
  readonly maxTimeMS?: number | undefined
  readonly readPreference?: ReadPreferenceMode | ReadPreferenceInput | undefined
  readonly readConcern?: ReadConcern | string | undefined
  readonly writeConcern?: WriteConcernInput | undefined
}

type ReadOptions = Omit<CommandOperationOptions, 'writeConcern'>
type WriteOptions = Omit<CommandOperationOptions, 'readConcern' | 'readPreference'>

/** An index by its name or its fields. */
export type Hint = string | Document

/** Of a write that stores whole documents or changes them. */
interface ValidatedWriteOptions extends WriteOptions {
  /** Whether the collection's validator is passed over; default false. */
  readonly bypassDocumentValidation?: boolean | undefined
}

export interface InsertOneOptions extends ValidatedWriteOptions {}

export interface BulkWriteOptions extends ValidatedWriteOptions {
  /** Whether the first failure ends the whole; default true. */
  readonly ordered?: boolean | undefined
  /** Variables for `$expr` and pipelines, in updates and deletes. */
  readonly let?: Document | undefined
}

/** Of what gives a cursor. */
export interface CursorTimeOptions {
  /**
   * What `timeoutMS` limits, which has to be set then. Default: the cursor's life, and of a tailable cursor each call, which
   * is all that those take. Source: the client side operations timeout specification.
   */
  readonly timeoutMode?: CursorTimeoutMode | undefined
}

/** Of a cursor that follows a collection to documents that are not there yet. */
export interface AwaitOptions {
  /**
   * Milliseconds that the server waits for documents before it answers with none; less than `timeoutMS`. The server's own
   * default is one second. Of no effect on a cursor for which the server does not wait.
   */
  readonly maxAwaitTimeMS?: number | undefined
}

/** `partial` stands for `allowPartialResults`. */
export type CursorFlag = 'tailable' | 'awaitData' | 'noCursorTimeout' | 'partial'

export interface FindOptions extends ReadOptions, ExplainOptions, CursorTimeOptions, AwaitOptions {
  /** Whether the cursor stays at the last document for those to come; of capped collections alone. Default false. */
  readonly tailable?: boolean | undefined
  /** Of a tailable cursor: whether the server waits for documents before it answers; default false. */
  readonly awaitData?: boolean | undefined
  /** Whether shards that cannot be reached are left out; default false. */
  readonly allowPartialResults?: boolean | undefined
  readonly sort?: Sort | undefined
  readonly projection?: Document | undefined
  readonly skip?: number | undefined
  /** 0: no limit. */
  readonly limit?: number | undefined
  /** Documents in each of the server's replies; the server's default where absent. */
  readonly batchSize?: number | undefined
  readonly singleBatch?: boolean | undefined
  readonly hint?: Hint | undefined
  readonly collation?: CollationOptions | undefined
  /** Variables for `$expr`. */
  readonly let?: Document | undefined
  readonly allowDiskUse?: boolean | undefined
  readonly noCursorTimeout?: boolean | undefined
  readonly returnKey?: boolean | undefined
  readonly showRecordId?: boolean | undefined
  /** Bounds of the index that `hint` names: `min` is within, `max` is not. */
  readonly min?: Document | undefined
  readonly max?: Document | undefined
}

export interface UpdateOptions extends ValidatedWriteOptions, ExplainOptions {
  /** Whether a document is inserted when none matches; default false. */
  readonly upsert?: boolean | undefined
  /** Which elements `$[name]` stands for. */
  readonly arrayFilters?: readonly Document[] | undefined
  readonly hint?: Hint | undefined
  readonly collation?: CollationOptions | undefined
  /** Variables for `$expr` and pipelines. */
  readonly let?: Document | undefined
}

export interface ReplaceOptions extends ValidatedWriteOptions, Sorted {
  /** Whether the replacement is inserted when no document matches; default false. */
  readonly upsert?: boolean | undefined
  readonly hint?: Hint | undefined
  readonly collation?: CollationOptions | undefined
  /** Variables for `$expr`. */
  readonly let?: Document | undefined
}

/** Of what changes one document. */
export interface Sorted {
  /** Which one, where several match: the first in this order. For updates from MongoDB 8.0 on. */
  readonly sort?: Sort | undefined
}

export interface FindOneAndDeleteOptions extends WriteOptions, Sorted, ExplainOptions {
  readonly projection?: Document | undefined
  readonly hint?: Hint | undefined
  readonly collation?: CollationOptions | undefined
  /** Variables for `$expr`. */
  readonly let?: Document | undefined
  /** Whether the result is a `ModifyResult` with what the server says besides the document; default false. */
  readonly includeResultMetadata?: boolean | undefined
}

export interface FindOneAndReplaceOptions extends FindOneAndDeleteOptions, ValidatedWriteOptions {
  /** Which version of the document is returned; default `before`. */
  readonly returnDocument?: 'before' | 'after' | undefined
  /** Whether a document is inserted when none matches; default false. */
  readonly upsert?: boolean | undefined
}

export interface FindOneAndUpdateOptions extends FindOneAndReplaceOptions {
  /** Which elements `$[name]` stands for. */
  readonly arrayFilters?: readonly Document[] | undefined
}

export interface DeleteOptions extends WriteOptions, ExplainOptions {
  readonly hint?: Hint | undefined
  readonly collation?: CollationOptions | undefined
  /** Variables for `$expr`. */
  readonly let?: Document | undefined
}

export interface CountDocumentsOptions extends ReadOptions {
  readonly skip?: number | undefined
  readonly limit?: number | undefined
  readonly hint?: Hint | undefined
  readonly collation?: CollationOptions | undefined
}

export interface EstimatedDocumentCountOptions extends ReadOptions {}

export interface DistinctOptions extends ReadOptions, ExplainOptions {
  readonly hint?: Hint | undefined
  readonly collation?: CollationOptions | undefined
}

/** A pipeline can end in a write, so it takes every concern. */
export interface AggregateOptions extends CommandOperationOptions, ExplainOptions, CursorTimeOptions, AwaitOptions {
  /** Of a pipeline that writes: whether the collection's validator is passed over; default false. */
  readonly bypassDocumentValidation?: boolean | undefined
  /** Documents in each of the server's replies; the server's default where absent. */
  readonly batchSize?: number | undefined
  readonly allowDiskUse?: boolean | undefined
  readonly hint?: Hint | undefined
  readonly collation?: CollationOptions | undefined
  /** Variables for the pipeline. */
  readonly let?: Document | undefined
}

export interface CreateIndexesOptions extends WriteOptions, IndexProperties {
  /** How many members must be ready before the index is committed. */
  readonly commitQuorum?: number | string | undefined
}

export interface DropIndexesOptions extends WriteOptions {}

export interface ListIndexesOptions extends Omit<WriteOptions, 'writeConcern'>, CursorTimeOptions {
  /** Documents in each of the server's replies; the server's default where absent. */
  readonly batchSize?: number | undefined
}

export interface ListSearchIndexesOptions extends Omit<AggregateOptions, 'readConcern' | 'writeConcern'> {}

export interface IndexInformationOptions extends ListIndexesOptions {
  /** Whether each index is told whole, or by its fields alone. */
  readonly full?: boolean | undefined
}

export interface DropCollectionOptions extends WriteOptions {}

/** The command is sent as it is: all else stands in the command itself. */
export interface RunCommandOptions extends OperationOptions {
  readonly readPreference?: ReadPreferenceMode | ReadPreferenceInput | undefined
}
