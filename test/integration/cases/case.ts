import type { Collection, Db, Document, MongoClient } from '../../../src/client/index.ts'
import type { Deployment } from '../../../src/embedded/index.ts'
import type { Library } from '../drivers.ts'

/** What a case works with. The collection is `parity.things`, and does not exist yet. */
export interface Subject {
  readonly client: MongoClient
  readonly db: Db
  readonly collection: Collection
  readonly library: Library
  readonly deployment: Deployment
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

/** How many cursors the members have open. */
export function openCursors({ members }: Deployment): number {
  return members.reduce((sum, member) => sum + member.openCursors(), 0)
}

/** Runs `work` while commands fail as `data` says, each time or as often as `mode` says. */
export async function whileFailing<Result>(
  { deployment }: Subject,
  data: Document,
  work: () => Promise<Result>,
  mode: Document | string = 'alwaysOn'
): Promise<Result> {
  for (const member of deployment.members) member.configureFailPoint({ configureFailPoint: 'failCommand', mode, data })
  try {
    return await work()
  } finally {
    for (const member of deployment.members) member.clearFailPoints()
  }
}

/** The whole collection, by `_id`. */
export function allOf(collection: Collection): Promise<Document[]> {
  return collection.find({}, { sort: { _id: 1 } }).toArray()
}
