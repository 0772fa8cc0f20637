export { AbortWatch } from './abort_watch.ts'
export { Activities, type Activity } from './activities.ts'
export { ClusterTime, type ClusterTimeDocument } from './cluster_time.ts'
export type { Command } from './command.ts'
export {
  commandEventChannels,
  CommandFailedEvent,
  type CommandEvents,
  type CommandFacts,
  CommandStartedEvent,
  CommandSucceededEvent
} from './command_events.ts'
export { CommandMonitor, TracingMonitor } from './command_monitor.ts'
export { administrativeCommand, indexNameOf, isMissingNamespace } from './commands/administration.ts'
export { type BulkStatement, groupStatements } from './commands/bulk_groups.ts'
export { BulkWriteCommand } from './commands/bulk_write.ts'
export { ClientBulkStatements } from './commands/client_bulk_statements.ts'
export { ClientBulkWriteCommand } from './commands/client_bulk_write.ts'
export { listCollectionsCommand, listDatabasesCommand, listIndexesCommand } from './commands/catalog.ts'
export { countCommand, distinctCommand, estimatedCountCommand } from './commands/count_and_distinct.ts'
export { explainCommand, explainCursorCommand, type Explanation } from './commands/explain.ts'
export { findAndModifyCommand, type FoundAndModified, type Modification } from './commands/find_and_modify.ts'
export {
  type AcceptBatch,
  aggregateCommand,
  type CursorBatch,
  endsInWrite,
  findCommand,
  type FindFields,
  findOneCommand,
  killCursorsCommand,
  type PipelinePurpose,
  type ReadTarget,
  runCommand,
  runCursorCommand
} from './commands/reads.ts'
export {
  encodeDelete,
  encodeReplacement,
  encodeUpdate,
  refuseNoOperators,
  refuseOperators,
  type StatementOptions
} from './commands/statements.ts'
export {
  deleteCommand,
  type DeleteOutcome,
  encodeInsert,
  InsertCommand,
  type InsertManyOutcome,
  insertOneCommand,
  type InsertOneOutcome,
  updateCommand,
  type UpdateOutcome,
  type WriteTarget
} from './commands/writes.ts'
export type { OperationContext, OperationSettings } from './context.ts'
export { rejectedForCaller } from './callers_stack.ts'
export { BatchCursor, type BatchReceiver, type CursorOptions, type FetchOptions } from './cursor.ts'
export type { CursorKind, CursorTimeoutMode } from './cursor_limits.ts'
export { EndTransactionCommand } from './commands/end_transaction.ts'
export type { StartingPoint } from './resume_rules.ts'
export {
  type ChangeStreamOpening,
  type ChangeStreamSetup,
  type ChangeStreamWatcher,
  ResumingCursor,
  type Until
} from './resuming_cursor.ts'
export { endSessionsCommand } from './commands/sessions.ts'
export { ExplicitSession, type ServerSessionState } from './explicit_session.ts'
export { Operation } from './operation.ts'
export type {
  ClientTracer,
  OperationTrace,
  OperationTracer,
  TracedOperation,
  TransactionTrace
} from './operation_tracer.ts'
export type { OperationOptions, Settlement } from './operation_options.ts'
export { Pause, type PauseOwner } from './pause.ts'
export { ServerSessionPool } from './server_sessions.ts'
export type { TransactionSettings } from './session_transaction.ts'
export { endedByTime, hasLabel, transientTransactionError, unknownCommitResult } from './transaction_labels.ts'
export type { TransactionState } from './transaction_state.ts'
