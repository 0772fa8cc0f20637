/** The cases of the integration tests, which run on the embedded deployment in every test run, on somebody else's part. */
import { type Case, type Served, untold } from '../test/integration/cases/case.ts'
import { cases as usualCases } from '../test/integration/cases/index.ts'
import { countByKind, type Driver, drivers, recordPoolEvents } from '../test/integration/drivers.ts'
import { plain } from '../test/integration/plain.ts'
import type { Document, MongoClient } from '../src/client/index.ts'
import { booksCase, imbalances } from './balance.ts'
import { type Deviations, entriesWithoutCase, judge } from './judge.ts'
import { ran } from './parts.ts'
import type { CaseResult } from './summary.ts'

/** Some cases fail a command once, and the next is sent when a heartbeat has found the server again. */
const heartbeatFrequencyMS = 500

export interface SharedCasesOptions {
  readonly uri: string
  /** Each server that the client talks to, to set fail points on. */
  readonly members: readonly string[]
  readonly driver: Driver
  /** Default: those that any deployment can take. */
  readonly cases?: readonly Case[]
  readonly deviations: Deviations
  /** Cases that are not run, by name, and why: those whose result is not the same each time. They count as deviations. */
  readonly leftOut?: Readonly<Record<string, string>>
  /** What is expected where the driver differs from cenote. */
  readonly expectedOf: (each: Case) => unknown
}

/** Every case through one client, then the balance of its pools' events. */
export async function sharedCases(options: SharedCasesOptions): Promise<CaseResult[]> {
  const { uri, members, driver, cases = usualCases, deviations, leftOut = {}, expectedOf } = options
  const results: CaseResult[] = []
  const controllers = members.map(address => controllerOf(address))
  const client = new driver.library.MongoClient(uri, { heartbeatFrequencyMS })
  const told = recordPoolEvents(client)
  try {
    await client.connect()
    const deployment = servedFrom(uri, controllers)
    const db = client.db('parity')
    for (const each of cases) {
      const reason = leftOut[each.name]
      if (reason !== undefined) {
        results.push({ name: each.name, outcome: 'deviates', reason })
        continue
      }
      const subject = { client, db, collection: db.collection('things'), library: driver.library, deployment }
      results.push(
        await ran(each.name, async () => {
          await db.dropDatabase()
          const actual = await resultOf(() => each.run(subject))
          return judge(actual, plain(expectedOf(each)), deviations[each.name])
        })
      )
    }
  } finally {
    await driver.end(client)
    await Promise.all(controllers.map(controller => controller.close()))
  }
  const names = [...cases.map(({ name }) => name), booksCase]
  return [
    ...results,
    { name: booksCase, ...judge(imbalances(countByKind(told)), [], deviations[booksCase]) },
    {
      name: 'each known deviation names a case',
      ...judge([...entriesWithoutCase(deviations, names), ...entriesWithoutCase(leftOut, names)], [], undefined)
    }
  ]
}

/** In plain form; what a case throws, where it should not, is a result as well: a table may know it. */
async function resultOf(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return plain(await run())
  } catch (error) {
    return error instanceof Error ? { thrown: error.name, message: error.message } : { thrown: String(error) }
  }
}

function controllerOf(address: string): MongoClient {
  const [{ library }] = drivers as readonly [Driver]
  return new library.MongoClient(`mongodb://${address}/`, { directConnection: true })
}

/** Fail points by command, on connections of their own. */
function servedFrom(uri: string, controllers: readonly MongoClient[]): Served {
  const onEach = async (command: Document) => {
    for (const controller of controllers) await controller.db('admin').command(command)
  }
  return {
    uri,
    openCursors: () => untold,
    configureFailPoint: onEach,
    clearFailPoints: () => onEach({ configureFailPoint: 'failCommand', mode: 'off' })
  }
}
