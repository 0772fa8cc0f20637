/** The same finds through each driver, and how often each tells of each kind of pool event. Pure. */
import { poolEventNames, type PoolEventName } from '../../test/integration/pool_event_names.ts'
import type { EventCounts } from '../balance.ts'
import type { Worker } from './work.ts'

export const maxPoolSize = 10
export const finds = 40

/** How long the first find on each connection takes: more than the dials of a full pool, so that the pool becomes full. */
export const firstFindMS = 500

/** A driver whose number is not cenote's, and why. */
interface Difference {
  readonly count: number
  readonly why: string
}

interface Row {
  readonly cenote: number
  readonly others?: Readonly<Partial<Record<Exclude<Worker['name'], 'cenote'>, Difference>>>
}

/** One check-out for each find, and one at the end to tell the server which sessions are over. */
const checkOuts = finds + 1

export const poolEventsExpected: Readonly<Record<PoolEventName, Row>> = {
  connectionPoolCreated: { cenote: 1 },
  connectionPoolReady: { cenote: 1 },
  connectionPoolCleared: { cenote: 0 },
  connectionPoolClosed: { cenote: 1 },
  connectionCreated: { cenote: maxPoolSize },
  connectionReady: { cenote: maxPoolSize },
  connectionClosed: { cenote: maxPoolSize },
  connectionCheckOutStarted: { cenote: checkOuts },
  connectionCheckOutFailed: { cenote: 0 },
  connectionCheckedOut: { cenote: checkOuts },
  connectionCheckedIn: { cenote: checkOuts }
}

export function countsExpectedOf(driver: Worker['name']): EventCounts {
  const counts = poolEventNames.map(name => {
    const { cenote, others } = poolEventsExpected[name]
    return [name, driver === 'cenote' ? cenote : (others?.[driver]?.count ?? cenote)] as const
  })
  return Object.fromEntries(counts) as unknown as EventCounts
}

/** The numbers side by side, with the reason where they differ. */
export function comparisonOf(driver: Worker['name'], cenote: EventCounts, other: EventCounts): string {
  const rows = poolEventNames.map(name => {
    const why = driver === 'cenote' ? undefined : poolEventsExpected[name].others?.[driver]?.why
    const numbers = `${String(cenote[name]).padStart(6)}  ${String(other[name]).padStart(driver.length)}`
    return `  ${name.padEnd(nameLengthMax)}  ${numbers}${why === undefined ? '' : `  ${why}`}`
  })
  const title = `pool events of ${finds} finds at once with maxPoolSize ${maxPoolSize}, and of the end`
  return [title, `  ${' '.repeat(nameLengthMax)}  cenote  ${driver}`, ...rows].join('\n')
}

const nameLengthMax = Math.max(...poolEventNames.map(name => name.length))
