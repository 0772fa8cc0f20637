import type { PooledConnection, Waiter } from '../pool/index.ts'
import type { DeadlineEntry } from '../runtime/index.ts'
import type { SelectionWaiter } from '../topology/index.ts'
import type { Activities, Activity } from './activities.ts'

/**
 * Where an operation stands in the lists of the layers below, which are linked through their members: of what is in
 * progress, of those who wait for a connection, of those who wait for a server, of deadlines. Each group is its list's own.
 */
export abstract class OperationLinks {
  activityPrevious: Activity | undefined = undefined
  activityNext: Activity | undefined = undefined
  activityList: Activities | undefined = undefined
  waitPrevious: Waiter | undefined = undefined
  waitNext: Waiter | undefined = undefined
  waitQueue: Waiter['waitQueue'] = undefined
  waitDial: PooledConnection | undefined = undefined
  waitSinceMS = 0
  selectPrevious: SelectionWaiter | undefined = undefined
  selectNext: SelectionWaiter | undefined = undefined
  selectQueue: SelectionWaiter['selectQueue'] = undefined
  deadlineMS = 0
  deadlinePrevious: DeadlineEntry | undefined = undefined
  deadlineNext: DeadlineEntry | undefined = undefined
  deadlineList: unknown = undefined
}
