import type { ObjectIds } from '../bson/index.ts'
import type { Deadlines, Runtime } from '../runtime/index.ts'
import type { Topology } from '../topology/index.ts'
import type { AbortWatch } from './abort_watch.ts'
import type { Activities } from './activities.ts'
import type { ClusterTime } from './cluster_time.ts'
import type { CommandMonitor } from './command_monitor.ts'
import type { RetryOptions } from './retry_rules.ts'
import type { ServerSessionPool } from './server_sessions.ts'

/** Of the client's options, those that operations go by. Times in milliseconds; 0 means no limit. */
export interface OperationSettings extends RetryOptions {
  readonly serverSelectionTimeoutMS: number
  readonly socketTimeoutMS: number
}

/** What all operations of one client share. */
export interface OperationContext {
  readonly topology: Topology
  readonly runtime: Pick<Runtime, 'clock' | 'chance' | 'trace'>
  readonly deadlines: Deadlines
  readonly sessions: ServerSessionPool
  readonly clusterTime: ClusterTime
  readonly activities: Activities
  readonly aborts: AbortWatch
  readonly commandMonitor: CommandMonitor
  readonly objectIds: ObjectIds
  readonly settings: OperationSettings
}
