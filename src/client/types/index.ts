export type { Document } from '../../bson/index.ts'
export type {
  AnyBulkWriteOperation,
  DeleteManyModel,
  DeleteOneModel,
  InsertOneModel,
  ReplaceOneModel,
  UpdateManyModel,
  UpdateOneModel
} from './bulk_write.ts'
export type {
  ClusteredCollectionOptions,
  CollectionInfo,
  CreateCollectionOptions,
  ListCollectionsOptions,
  ListDatabasesOptions,
  ListDatabasesResult,
  RenameOptions,
  RunCursorCommandOptions,
  TimeSeriesCollectionOptions
} from './catalog.ts'
export type {
  ChangeStreamCollModDocument,
  ChangeStreamCreateDocument,
  ChangeStreamCreateIndexDocument,
  ChangeStreamDeleteDocument,
  ChangeStreamDocument,
  ChangeStreamDocumentCollectionUUID,
  ChangeStreamDocumentCommon,
  ChangeStreamDocumentKey,
  ChangeStreamDocumentOperationDescription,
  ChangeStreamDropDatabaseDocument,
  ChangeStreamDropDocument,
  ChangeStreamDropIndexDocument,
  ChangeStreamInsertDocument,
  ChangeStreamInvalidateDocument,
  ChangeStreamNameSpace,
  ChangeStreamOptions,
  ChangeStreamRefineCollectionShardKeyDocument,
  ChangeStreamRenameDocument,
  ChangeStreamReplaceDocument,
  ChangeStreamReshardCollectionDocument,
  ChangeStreamShardCollectionDocument,
  ChangeStreamUpdateDocument,
  ResumeToken,
  UpdateDescription
} from './change_streams.ts'
export type {
  AnyClientBulkWriteModel,
  ClientBulkWriteModel,
  ClientBulkWriteOptions,
  ClientDeleteManyModel,
  ClientDeleteOneModel,
  ClientInsertOneModel,
  ClientReplaceOneModel,
  ClientUpdateManyModel,
  ClientUpdateOneModel
} from './client_bulk_write.ts'
export type { CollationOptions } from './collation.ts'
export type { ExplainCommandOptions, ExplainOptions, ExplainVerbosityLike } from './explain.ts'
export type {
  AlternativeType,
  Condition,
  Filter,
  FilterOperators,
  RegExpOrString,
  RootFilterOperators
} from './filter.ts'
export type {
  IndexDescription,
  IndexDescriptionCompact,
  IndexDescriptionInfo,
  IndexDirection,
  IndexSpecification,
  SearchIndexDescription,
  SearchIndexInfo
} from './indexes.ts'
export type {
  AggregateOptions,
  AwaitOptions,
  BulkWriteOptions,
  CommandOperationOptions,
  CountDocumentsOptions,
  CreateIndexesOptions,
  CursorFlag,
  CursorTimeOptions,
  DeleteOptions,
  DistinctOptions,
  DropCollectionOptions,
  DropIndexesOptions,
  EstimatedDocumentCountOptions,
  FindOneAndDeleteOptions,
  FindOneAndReplaceOptions,
  FindOneAndUpdateOptions,
  FindOptions,
  Hint,
  IndexInformationOptions,
  InsertOneOptions,
  ListIndexesOptions,
  ListSearchIndexesOptions,
  OperationOptions,
  ReplaceOptions,
  RunCommandOptions,
  Sorted,
  UpdateOptions
} from './options.ts'
export type { DeleteResult, InsertManyResult, InsertOneResult, ModifyResult, UpdateResult } from './results.ts'
export type {
  EnhancedOmit,
  Flatten,
  InferIdType,
  IntegerType,
  NumericType,
  OptionalId,
  OptionalUnlessRequiredId,
  WithId,
  WithoutId
} from './schema.ts'
export type {
  ClientSessionOptions,
  EndTransactionOptions,
  TransactionOptions,
  WithTransactionOptions
} from './session.ts'
export type { Sort, SortDirection } from './sort.ts'
export type {
  AddToSetOperators,
  ArrayOperator,
  MatchKeysAndValues,
  OnlyFieldsOfType,
  PullAllOperator,
  PullOperator,
  PushOperator,
  SetFields,
  UpdateFilter
} from './update.ts'
