import { type Document, Long } from '../../src/bson/index.ts'
import { commandName, hasClusterTime, sessionOf } from '../../benchmarks/server/envelope.ts'
import { readRecord, type Recorded } from '../../benchmarks/server/record.ts'

/** What came for one command of one database. */
export interface Received {
  readonly commands: number
  /** With an `lsid` that is a UUID. */
  readonly withSession: number
  /** With a `$clusterTime` that was told, is no older than the last one told on its connection, and has its signature. */
  readonly withClusterTime: number
  /** With a `txnNumber` that its session did not have before. */
  readonly withTxnNumber: number
  /** How many sessions they came with. */
  readonly sessions: number
}

/** What a canned server recorded, by `database.command`. */
export function receivedOf(recordFile: string): ReadonlyMap<string, Received> {
  const groups = new Map<string, Recorded[]>()
  for (const request of readRecord(recordFile)) {
    const key = `${String(request.command?.['$db'])}.${commandName(request)}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [request])
    else group.push(request)
  }
  return new Map(Array.from(groups, ([key, requests]) => [key, countsOf(requests)]))
}

function countsOf(requests: readonly Recorded[]): Received {
  const sessions = requests.map(({ command = {} }) => sessionOf(command)).filter(session => session !== undefined)
  return {
    commands: requests.length,
    withSession: sessions.length,
    withClusterTime: requests.filter(hasClusterTime).length,
    withTxnNumber: new Set(requests.map(({ command = {} }) => numberOf(command)).filter(number => number !== undefined))
      .size,
    sessions: new Set(sessions).size
  }
}

function numberOf(command: Document): string | undefined {
  const number: unknown = command['txnNumber']
  return number instanceof Long ? `${sessionOf(command)} ${number.toString()}` : undefined
}
