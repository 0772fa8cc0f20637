/** What users import. */
export {
  Binary,
  BSON,
  BSONError,
  BSONRegExp,
  BSONSymbol,
  BSONType,
  Code,
  DBRef,
  Decimal128,
  Double,
  EJSON,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID
} from '../bson/index.ts'
export { type ConnectionPurpose, driverVersion } from '../connection/index.ts'
export * from '../errors/index.ts'
export type { EventsLost, StreamOptions } from '../events/index.ts'
export type { LogDestination, LogRecord, LogSink } from '../logging/index.ts'
export {
  type DriverInfo,
  type LogComponent,
  type LogComponentSeverities,
  type LogSeverity,
  type ReadConcern,
  type ReadPreference,
  type ReadPreferenceMode,
  type ResolvedOptions,
  type ServerApi,
  ServerApiVersion,
  type TagSet,
  type WriteConcern,
  type WriteConcernInput
} from '../options/index.ts'
export {
  ConnectionCheckedInEvent,
  ConnectionCheckedOutEvent,
  ConnectionCheckOutFailedEvent,
  ConnectionCheckOutStartedEvent,
  ConnectionClosedEvent,
  ConnectionCreatedEvent,
  ConnectionReadyEvent,
  PoolClearedEvent,
  PoolClosedEvent,
  type PoolCounters,
  PoolCreatedEvent,
  type PoolEvents,
  PoolReadyEvent,
  type PoolSnapshot
} from '../pool/index.ts'
export {
  type ClusterTimeDocument as ClusterTime,
  type CommandEvents,
  CommandFailedEvent,
  CommandStartedEvent,
  CommandSucceededEvent
} from '../operations/index.ts'
export type {
  Runtime,
  Span,
  SpanAttributes,
  SpanException,
  SpanOptions,
  SpanStatus,
  Tracer,
  TracingContext
} from '../runtime/index.ts'
export {
  ServerClosedEvent,
  type ServerDescription,
  ServerDescriptionChangedEvent,
  ServerHeartbeatFailedEvent,
  ServerHeartbeatStartedEvent,
  ServerHeartbeatSucceededEvent,
  ServerOpeningEvent,
  type ServerType,
  type SRVHostValidator,
  TopologyClosedEvent,
  type TopologyDescription,
  TopologyDescriptionChangedEvent,
  type TopologyEvents,
  TopologyOpeningEvent,
  type TopologyType
} from '../topology/index.ts'
export type { TracingOptions } from '../tracing/index.ts'
export { Admin } from './admin.ts'
export { AggregationCursor } from './aggregation_cursor.ts'
export { ChangeStream, type ChangeStreamEvents } from './change_stream.ts'
export { ClientOptions, type MongoClientOptions } from './client_options.ts'
export { ClientSession, type ServerSessionId, type ServerSessionInfo, type TransactionInfo } from './client_session.ts'
export { Collection } from './collection.ts'
export type { ConnectionRow } from './connection_rows.ts'
export { RunCommandCursor } from './command_cursor.ts'
export { AbstractCursor } from './cursor.ts'
export { MongoDBNamespace } from './cursor_namespace.ts'
export type { CursorStreamOptions } from './cursor_stream.ts'
export { CursorTimeoutMode } from './cursor_timeout_mode.ts'
export { Db } from './db.ts'
export type {
  ClientEventName,
  ClientEvents,
  CommandEventHandler,
  EventHandler,
  PoolEventHandler,
  TopologyEventHandler
} from './events.ts'
export { ExplainVerbosity } from './explain.ts'
export { ReturnDocument } from './find_and_modify.ts'
export { FindCursor } from './find_cursor.ts'
export { ListCollectionsCursor, ListIndexesCursor } from './list_cursors.ts'
export { MongoClient, type PoolRow, type ShutdownOptions } from './mongo_client.ts'
export type { NameResolver } from './resolver.ts'
export { ListSearchIndexesCursor } from './search_indexes.ts'
export * from './types/index.ts'
export type { WarmUpResult } from './warm_up.ts'
