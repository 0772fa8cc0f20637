/**
 * The work that every foreign driver does on the embedded deployment, and what it has to come to. The programs below this
 * folder do it in their languages: each takes one task as JSON and prints its result as JSON.
 */
import type { EventCounts } from '../balance.ts'

export type Task =
  | { readonly task: 'crud'; readonly uri: string }
  | { readonly task: 'stepDown'; readonly uri: string }
  | { readonly task: 'users'; readonly uri: string; readonly user: string; readonly password: string }
  | { readonly task: 'poolEvents'; readonly uri: string; readonly finds: number; readonly maxPoolSize: number }

/** The results of the tasks, by their names. */
export interface Results {
  readonly crud: Readonly<Record<string, unknown>>
  readonly stepDown: Readonly<Record<string, unknown>>
  readonly users: Readonly<Record<string, unknown>>
  readonly poolEvents: EventCounts
}

/** A driver that can be given tasks. */
export interface Worker {
  readonly name: 'cenote' | 'mongodb' | 'pymongo' | 'go'
  readonly work: <Name extends Task['task']>(task: Task & { readonly task: Name }) => Promise<Results[Name]>
}

/** On `work.things`, in this order; it begins with the 250 documents `{ _id: i, n: i, even: i % 2 = 0 }`. */
export const crudExpected: Readonly<Record<string, unknown>> = {
  'insertMany tells each identifier': 250,
  'find in batches of 100 gives each document once': { documents: 250, sum: 31_125 },
  'findOne by _id': { _id: 7, n: 7, even: false },
  'find with sort, skip and limit': [247, 246, 245],
  'countDocuments with a filter': 125,
  updateMany: { matched: 125, modified: 125 },
  'updateOne with upsert': { matched: 0, modified: 0, upserted: 1000 },
  replaceOne: { matched: 1, modified: 1 },
  'findOneAndUpdate gives the document after it': { _id: 2, n: 1003, even: true },
  'findOneAndDelete gives what was deleted': { _id: 3, n: 3, even: false },
  deleteMany: 50,
  'insertOne of a second document with an _id is refused': { code: 11_000 },
  'an unordered insertMany tells each failure by its place': { failed: [0, 2], stored: 2 },
  'aggregate with $match, $group and $sort': [
    { _id: null, count: 1, n: -1 },
    { _id: false, count: 98, n: 9996 },
    { _id: true, count: 100, n: 109_901 }
  ],
  distinct: [-1, 5, 1000, 1003, 1004],
  'bulkWrite of five kinds': { inserted: 1, matched: 2, modified: 2, deleted: 1, upserted: 1 },
  'bulkWrite of the client, on two collections': {
    inserted: 1,
    matched: 1,
    modified: 1,
    deleted: 2,
    upserted: 1,
    told: [1, 2, 2]
  },
  'an unordered bulkWrite of the client tells each failure by its place': [1],
  'createIndex, listIndexes, dropIndex': { made: 'n_1', before: ['_id_', 'n_1'], after: ['_id_'] },
  'a cursor that is closed after its first document': 0,
  'a command that there is not is refused': { code: 59 },
  estimatedDocumentCount: 203,
  'listCollections, before drop and after': { before: ['things'], after: [] }
}

/** Four workers insert 30 documents each, one after the other; the first asks for a step-down after its tenth. */
export const stepDownExpected: Readonly<Record<string, unknown>> = {
  'no insert failed': 0,
  'each document was written once': 120,
  'another member is primary': true
}

export const usersExpected: Readonly<Record<string, unknown>> = {
  'negotiated mechanism': 'found',
  'SCRAM-SHA-256': 'found',
  'SCRAM-SHA-1': 'found',
  'a wrong password is refused': 18,
  'a wrong password is refused, SCRAM-SHA-1': 18,
  'without a user a find is refused': 13
}
