import type { Collection, Db, Document, MongoClient } from '../../../src/client/index.ts'
import type { Deployment } from '../../../src/embedded/index.ts'
import type { Library } from '../drivers.ts'

/** The server of a case: the embedded deployment in this process, or a program that somebody else wrote. */
export interface Served {
  readonly uri: string
  /** How many cursors it has open, all servers that clients talk to together. Not every server tells. */
  openCursors(): number | typeof untold
  /** On each of them. */
  configureFailPoint(command: Document): Promise<void>
  clearFailPoints(): Promise<void>
}

/** Stands in a result for what the server tells nobody. */
export const untold = 'untold'

export function servedBy({ uri, members, routers }: Deployment): Served {
  const servers = routers.length > 0 ? routers : members
  return {
    uri,
    openCursors: () => servers.reduce((sum, server) => sum + server.openCursors(), 0),
    configureFailPoint: async command => {
      for (const server of servers) server.configureFailPoint(command)
    },
    clearFailPoints: async () => {
      for (const server of servers) server.clearFailPoints()
    }
  }
}

/** What a case works with. The collection is `parity.things`, and does not exist yet. */
export interface Subject {
  readonly client: MongoClient
  readonly db: Db
  readonly collection: Collection
  readonly library: Library
  readonly deployment: Served
}

/** One use of a driver: the same work and the same result, whichever driver does it. */
export interface Case {
  /** The rule in words; unique. */
  readonly name: string
  readonly run: (subject: Subject) => Promise<unknown>
  readonly expected: unknown
}

/** Documents `{ _id: 0 }` to `{ _id: count − 1 }`, in this order. */
export async function insertNumbered(collection: Collection, count: number): Promise<void> {
  await collection.insertMany(Array.from({ length: count }, (_, index) => ({ _id: index })) as never[])
}

export function idsOf(documents: readonly Document[]): unknown[] {
  return documents.map(({ _id }) => _id as unknown)
}

/** Runs `work` while commands fail as `data` says, each time or as often as `mode` says. */
export async function whileFailing<Result>(
  { deployment }: Subject,
  data: Document,
  work: () => Promise<Result>,
  mode: Document | string = 'alwaysOn'
): Promise<Result> {
  await deployment.configureFailPoint({ configureFailPoint: 'failCommand', mode, data })
  try {
    return await work()
  } finally {
    await deployment.clearFailPoints()
  }
}

/** The whole collection, by `_id`. */
export function allOf(collection: Collection): Promise<Document[]> {
  return collection.find({}, { sort: { _id: 1 } }).toArray()
}
