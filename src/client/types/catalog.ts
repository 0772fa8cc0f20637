import type { Binary, Document } from '../../bson/index.ts'
import type { CollationOptions } from './collation.ts'
import type { CommandOperationOptions, CursorTimeOptions, OperationOptions } from './options.ts'

type Administrative = Omit<CommandOperationOptions, 'readPreference' | 'readConcern'>
type Listing = Omit<Administrative, 'writeConcern'>

/** What a collection is. Source: the manual's create command. */
export interface CreateCollectionOptions extends Administrative {
  readonly capped?: boolean | undefined
  /** Of a capped collection: its bytes, and how many documents at most. */
  readonly size?: number | undefined
  readonly max?: number | undefined
  readonly validator?: Document | undefined
  readonly validationLevel?: 'off' | 'strict' | 'moderate' | undefined
  readonly validationAction?: 'error' | 'warn' | 'errorAndLog' | undefined
  readonly viewOn?: string | undefined
  readonly pipeline?: readonly Document[] | undefined
  readonly collation?: CollationOptions | undefined
  readonly timeseries?: TimeSeriesCollectionOptions | undefined
  readonly clusteredIndex?: ClusteredCollectionOptions | undefined
  /** Of a time series or a clustered collection: seconds after which a document goes. */
  readonly expireAfterSeconds?: number | undefined
  readonly changeStreamPreAndPostImages?: { readonly enabled: boolean } | undefined
  readonly storageEngine?: Document | undefined
  readonly indexOptionDefaults?: Document | undefined
}

export interface TimeSeriesCollectionOptions extends Document {
  readonly timeField: string
  readonly metaField?: string
  readonly granularity?: string
  readonly bucketMaxSpanSeconds?: number
  readonly bucketRoundingSeconds?: number
}

export interface ClusteredCollectionOptions extends Document {
  readonly name?: string
  readonly key: Document
  readonly unique: boolean
}

export interface RenameOptions extends Administrative {
  /** Whether a collection that has the new name is dropped; default false. */
  readonly dropTarget?: boolean | undefined
}

export interface ListCollectionsOptions extends Listing, CursorTimeOptions {
  /** Whether names and types are enough: that takes fewer privileges and no locks; default false. */
  readonly nameOnly?: boolean | undefined
  /** With `nameOnly`: only the collections that the user may read. */
  readonly authorizedCollections?: boolean | undefined
  /** Documents in each of the server's replies; the server's default where absent. */
  readonly batchSize?: number | undefined
}

/** One collection. With `nameOnly` it has no more than a name and a type. */
export interface CollectionInfo extends Document {
  name: string
  type?: string
  options?: Document
  info?: { readOnly?: boolean; uuid?: Binary }
  idIndex?: Document
}

export interface ListDatabasesOptions extends Listing {
  readonly filter?: Document | undefined
  readonly nameOnly?: boolean | undefined
  readonly authorizedDatabases?: boolean | undefined
}

export interface ListDatabasesResult {
  /** With `nameOnly` they have no more than names. */
  databases: ({ name: string; sizeOnDisk?: number; empty?: boolean } & Document)[]
  /** Bytes. */
  totalSize?: number
  totalSizeMb?: number
  ok: 0 | 1
}

/** The command is sent as it is: what it takes stands in the command itself. */
export interface RunCursorCommandOptions extends OperationOptions, CursorTimeOptions {
  readonly readPreference?: CommandOperationOptions['readPreference']
  /** Whether the command makes a tailable cursor; default: what the command's own `tailable` says. */
  readonly tailable?: boolean | undefined
  /** Whether the server waits for documents of that cursor; default: what the command's own `awaitData` says. */
  readonly awaitData?: boolean | undefined
}
