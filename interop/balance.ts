/** What the numbers of pool events owe each other once a client has ended. Pure. */
import type { PoolEventName } from '../test/integration/drivers.ts'

export type EventCounts = Readonly<Record<PoolEventName, number>>

/** Every sum that does not come out, as a sentence; empty: the books balance. */
export function imbalances(counts: EventCounts): string[] {
  const { connectionCheckOutStarted: started, connectionCheckedOut: out, connectionCheckOutFailed: refused } = counts
  return [
    ...differing(`${started} check-outs started`, started, `${out} checked out and ${refused} failed`, out + refused),
    ...differing(`${out} checked out`, out, `${counts.connectionCheckedIn} checked in`, counts.connectionCheckedIn),
    ...differing(
      `${counts.connectionCreated} connections created`,
      counts.connectionCreated,
      `${counts.connectionClosed} closed`,
      counts.connectionClosed
    ),
    ...differing(
      `${counts.connectionPoolCreated} pools created`,
      counts.connectionPoolCreated,
      `${counts.connectionPoolClosed} closed`,
      counts.connectionPoolClosed
    ),
    ...(started === 0 ? ['no check-out was started: nothing was counted'] : [])
  ]
}

function differing(left: string, leftCount: number, right: string, rightCount: number): string[] {
  return leftCount === rightCount ? [] : [`${left}, but ${right}`]
}
