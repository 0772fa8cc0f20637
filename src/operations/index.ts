export { AbortWatch } from './abort_watch.ts'
export { Activities, type Activity } from './activities.ts'
export { ClusterTime } from './cluster_time.ts'
export type { Command } from './command.ts'
export {
  commandEventChannels,
  CommandFailedEvent,
  type CommandEvents,
  CommandStartedEvent,
  CommandSucceededEvent
} from './command_events.ts'
export { CommandMonitor } from './command_monitor.ts'
export { administrativeCommand, indexNameOf, isMissingNamespace } from './commands/administration.ts'
export {
  aggregateCommand,
  type CursorBatch,
  findCommand,
  type FindFields,
  findOneCommand,
  type ReadTarget,
  runCommand
} from './commands/reads.ts'
export {
  deleteCommand,
  type DeleteOutcome,
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
export { BatchCursor, type BatchReceiver, type CursorOptions } from './cursor.ts'
export { endSessionsCommand } from './commands/sessions.ts'
export { Operation } from './operation.ts'
export type { OperationOptions } from './operation_options.ts'
export { ServerSessionPool } from './server_sessions.ts'
