/** The official driver's names: cenote's own, those that it calls otherwise, and a client with what mongoose looks for. */
export * from 'cenote'
export * from 'cenote/gridfs'
export {
  AuthMechanism,
  Compressor,
  MongoErrorLabel,
  ReadConcernLevel,
  ReadPreferenceMode,
  ServerType,
  TopologyType
} from './constants.ts'
export * from './events.ts'
export { ReadConcern, type ReadConcernLike, ReadPreference, type ReadPreferenceLike, WriteConcern } from './concerns.ts'
export type {
  Abortable,
  AggregationCursorOptions,
  AnyBulkWriteOperation,
  ClientEncryption,
  CountOptions,
  InsertOneModel
} from './types.ts'
export { type BulkWriteOptions, Collection, Db, type InsertOneOptions } from './handles.ts'
export { MongoClient } from './mongoose_habits.ts'
