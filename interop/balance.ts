/** What the numbers of pool events owe each other once a client has ended. Pure. */
import type { PoolEventName } from '../test/integration/pool_event_names.ts'

export type EventCounts = Readonly<Record<PoolEventName, number>>

/** A case of its own, under whose name a table may say that a driver's books are known not to balance. */
export const booksCase = 'the books of pool events balance after all of them'

/** Every difference that is not 0, as text; empty: the books balance. */
export function imbalances(counts: EventCounts): string[] {
  const { connectionCheckOutStarted: started, connectionCheckedOut: out, connectionCheckOutFailed: refused } = counts
  const differences: readonly (readonly [string, number])[] = [
    ['check-outs started - checked out - check-outs failed', started - out - refused],
    ['checked out - checked in', out - counts.connectionCheckedIn],
    ['connections created - closed', counts.connectionCreated - counts.connectionClosed],
    ['pools created - closed', counts.connectionPoolCreated - counts.connectionPoolClosed]
  ]
  const owed = differences.filter(([, difference]) => difference !== 0).map(([what, number]) => `${what} = ${number}`)
  return started === 0 ? [...owed, 'no check-out was started: nothing was counted'] : owed
}
