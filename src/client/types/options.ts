import type { Document } from '../../bson/index.ts'
import type { ReadConcern, ReadPreferenceInput, ReadPreferenceMode, WriteConcernInput } from '../../options/index.ts'
import type { CollationOptions } from './collation.ts'
import type { IndexProperties } from './indexes.ts'
import type { Sort } from './sort.ts'

/** What every operation takes. `undefined` is as good as absent, here and below. */
export interface OperationOptions {
  /** Ends the operation when it is aborted; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds for the whole operation, retries included; 0: no limit. */
  readonly timeoutMS?: number | undefined
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

export interface InsertOneOptions extends WriteOptions {}

export interface BulkWriteOptions extends WriteOptions {
  /** Whether the first failure ends the whole; default true. */
  readonly ordered?: boolean | undefined
}

export interface FindOptions extends ReadOptions {
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

export interface UpdateOptions extends WriteOptions {
  /** Whether a document is inserted when none matches; default false. */
  readonly upsert?: boolean | undefined
  /** Which elements `$[name]` stands for. */
  readonly arrayFilters?: readonly Document[] | undefined
  readonly hint?: Hint | undefined
  readonly collation?: CollationOptions | undefined
  /** Variables for `$expr` and pipelines. */
  readonly let?: Document | undefined
}

export interface DeleteOptions extends WriteOptions {
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

/** A pipeline can end in a write, so it takes every concern. */
export interface AggregateOptions extends CommandOperationOptions {
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

export interface DropCollectionOptions extends WriteOptions {}

/** The command is sent as it is: all else stands in the command itself. */
export interface RunCommandOptions extends OperationOptions {
  readonly readPreference?: ReadPreferenceMode | ReadPreferenceInput | undefined
}
