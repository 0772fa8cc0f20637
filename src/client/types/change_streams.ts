import type { Binary, Document, Long, Timestamp } from '../../bson/index.ts'
import type { InferIdType } from './schema.ts'
import type { AggregateOptions } from './options.ts'

/** Where a change stream is to go on. What is in it is the server's matter. */
export type ResumeToken = unknown

/** What is told, from where on, and how the server is asked. Source: the manual, "$changeStream". */
export interface ChangeStreamOptions extends Omit<AggregateOptions, 'writeConcern' | 'explain'> {
  /**
   * With updates: `updateLookup` for the document as it is when the event is read, `whenAvailable` and `required` for the one
   * that the update made, of collections that keep it. Default: what changed.
   */
  readonly fullDocument?: string | undefined
  /** `whenAvailable` or `required`: the document before the change, of collections that keep it. Default `off`. */
  readonly fullDocumentBeforeChange?: string | undefined
  /** Begins behind that event. Not behind an `invalidate`. */
  readonly resumeAfter?: ResumeToken
  /** Begins behind that event, an `invalidate` as well: with what has the name now. */
  readonly startAfter?: ResumeToken
  /** Begins with what was changed then. */
  readonly startAtOperationTime?: Timestamp | undefined
  /** Whether events of indexes and options of collections come too; default false. */
  readonly showExpandedEvents?: boolean | undefined
}

export interface ChangeStreamNameSpace {
  db: string
  coll: string
}

/** What every event has. */
export interface ChangeStreamDocumentCommon {
  /** The token behind which a stream can go on. */
  _id: ResumeToken
  clusterTime?: Timestamp
  /** By the clock of the primary. */
  wallTime?: Date
  /** Of a change in a transaction. */
  txnNumber?: Long | number
  lsid?: { id: Binary; uid?: Binary }
  /** With `$changeStreamSplitLargeEvent`: which part of an event too large for one document. */
  splitEvent?: { fragment: number; of: number }
}

export interface ChangeStreamDocumentCollectionUUID {
  /** With `showExpandedEvents`. */
  collectionUUID?: Binary
}

export interface ChangeStreamDocumentOperationDescription {
  /** With `showExpandedEvents`. */
  operationDescription?: Document
}

export interface ChangeStreamDocumentKey<TSchema extends Document = Document> {
  documentKey: { _id: InferIdType<TSchema>; [shardKey: string]: unknown }
}

interface OfCollection extends ChangeStreamDocumentCommon, ChangeStreamDocumentCollectionUUID {
  ns: ChangeStreamNameSpace
}

interface OfDocument<TSchema extends Document> extends OfCollection, ChangeStreamDocumentKey<TSchema> {}

export interface ChangeStreamInsertDocument<TSchema extends Document = Document> extends OfDocument<TSchema> {
  operationType: 'insert'
  fullDocument: TSchema
}

export interface ChangeStreamUpdateDocument<TSchema extends Document = Document> extends OfDocument<TSchema> {
  operationType: 'update'
  updateDescription: UpdateDescription<TSchema>
  /** Null: there is none any more, or it was not kept. */
  fullDocument?: TSchema | null
  fullDocumentBeforeChange?: TSchema | null
}

export interface ChangeStreamReplaceDocument<TSchema extends Document = Document> extends OfDocument<TSchema> {
  operationType: 'replace'
  fullDocument: TSchema
  fullDocumentBeforeChange?: TSchema | null
}

export interface ChangeStreamDeleteDocument<TSchema extends Document = Document> extends OfDocument<TSchema> {
  operationType: 'delete'
  fullDocumentBeforeChange?: TSchema | null
}

export interface ChangeStreamDropDocument extends OfCollection {
  operationType: 'drop'
}

export interface ChangeStreamRenameDocument extends OfCollection, ChangeStreamDocumentOperationDescription {
  operationType: 'rename'
  to: ChangeStreamNameSpace
}

export interface ChangeStreamDropDatabaseDocument extends ChangeStreamDocumentCommon {
  operationType: 'dropDatabase'
  ns: { db: string }
}

/** What was watched is not there under its name any more: the stream has ended. */
export interface ChangeStreamInvalidateDocument extends ChangeStreamDocumentCommon {
  operationType: 'invalidate'
}

export interface ChangeStreamCreateDocument extends OfCollection, ChangeStreamDocumentOperationDescription {
  operationType: 'create'
  nsType?: 'collection' | 'timeseries' | 'view'
}

export interface ChangeStreamCreateIndexDocument extends OfCollection, ChangeStreamDocumentOperationDescription {
  operationType: 'createIndexes'
}

export interface ChangeStreamDropIndexDocument extends OfCollection, ChangeStreamDocumentOperationDescription {
  operationType: 'dropIndexes'
}

export interface ChangeStreamCollModDocument extends OfCollection, ChangeStreamDocumentOperationDescription {
  operationType: 'modify'
}

export interface ChangeStreamShardCollectionDocument extends OfCollection, ChangeStreamDocumentOperationDescription {
  operationType: 'shardCollection'
}

export interface ChangeStreamReshardCollectionDocument extends OfCollection, ChangeStreamDocumentOperationDescription {
  operationType: 'reshardCollection'
}

export interface ChangeStreamRefineCollectionShardKeyDocument
  extends OfCollection,
    ChangeStreamDocumentOperationDescription {
  operationType: 'refineCollectionShardKey'
}

/** What happened, as the server tells it. Newer servers may tell more. Source: the manual, "Change Events". */
export type ChangeStreamDocument<TSchema extends Document = Document> =
  | ChangeStreamInsertDocument<TSchema>
  | ChangeStreamUpdateDocument<TSchema>
  | ChangeStreamReplaceDocument<TSchema>
  | ChangeStreamDeleteDocument<TSchema>
  | ChangeStreamDropDocument
  | ChangeStreamRenameDocument
  | ChangeStreamDropDatabaseDocument
  | ChangeStreamInvalidateDocument
  | ChangeStreamCreateDocument
  | ChangeStreamCreateIndexDocument
  | ChangeStreamDropIndexDocument
  | ChangeStreamCollModDocument
  | ChangeStreamShardCollectionDocument
  | ChangeStreamReshardCollectionDocument
  | ChangeStreamRefineCollectionShardKeyDocument

export interface UpdateDescription<TSchema extends Document = Document> {
  /** Paths with dots, and what stands there now. */
  updatedFields?: Partial<TSchema>
  removedFields?: string[]
  /** Arrays that have become shorter. */
  truncatedArrays?: { field: string; newSize: number }[]
  /** Of paths that can be read in two ways: their parts, places in arrays as numbers. */
  disambiguatedPaths?: Document
}
