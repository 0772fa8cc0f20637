/** Any operations with any options: both drivers give the same results and leave the same documents. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type {
  BulkWriteResult,
  Collection,
  DeleteOptions,
  Document,
  FindOneAndUpdateOptions,
  MongoClient,
  ReplaceOptions
} from '../../src/client/index.ts'
import { type Deployment, startDeployment } from '../../src/embedded/index.ts'
import { drivers } from './drivers.ts'
import { plain } from './plain.ts'

interface Thing {
  _id?: number
  u?: number
}

const number = fc.integer({ min: 0, max: 5 })
const filter: fc.Arbitrary<Document> = fc.oneof(
  number.map(_id => ({ _id })),
  number.map(u => ({ u: { $gte: u } })),
  fc.constantFrom({}, { t: 'x' }, { _id: 99 })
)
const update: fc.Arbitrary<Document | Document[]> = fc.oneof(
  number.map(u => ({ $set: { u } })),
  number.map(n => ({ $push: { l: n } })),
  fc.constantFrom<Document | Document[]>(
    { $inc: { n: 1 } },
    { $set: { 'l.$[big]': 7 } },
    { $setOnInsert: { s: 1 } },
    [{ $set: { p: '$u' } }],
    { $set: { _id: 7 } }
  )
)
const replacement = fc.oneof(
  number.map(u => ({ u })),
  fc.record({ _id: number, u: number }, { noNullPrototype: true })
)

/** Each option or none; undefined is not the same as absent to the official driver. */
const options = fc.record(
  {
    sort: fc.constantFrom<FindOneAndUpdateOptions['sort'][]>({ u: -1 }, 'n', [
      ['u', 1],
      ['n', -1]
    ]),
    projection: fc.constantFrom({ u: 1 }, { _id: 0 }, { n: 0 }),
    upsert: fc.constant(true),
    returnDocument: fc.constantFrom('before' as const, 'after' as const),
    includeResultMetadata: fc.constant(true),
    hint: fc.constantFrom('_id_', { u: 1 }),
    collation: fc.constant({ locale: 'en', strength: 2 } as const),
    let: fc.constant({ a: 1 })
  },
  { requiredKeys: [], noNullPrototype: true }
)

/** Filters that are used by name, since an option of arrays that no update names is refused. */
function filtersFor(change: Document | Document[]): { readonly arrayFilters?: readonly Document[] } {
  return JSON.stringify(change).includes('$[big]') ? { arrayFilters: [{ big: { $gte: 1 } }] } : {}
}

/** What a call is made of. Not each method uses all of it. */
interface Given {
  readonly filter: Document
  readonly update: Document
  readonly replacement: Document
  readonly options: FindOneAndUpdateOptions
  readonly ordered: boolean
  readonly method: Method
}

type Things = Collection<Thing>

const methods = {
  findOneAndUpdate: (things: Things, { filter: wanted, update: change, options: all }: Given) =>
    things.findOneAndUpdate(wanted, change, { ...all, ...filtersFor(change) }),
  findOneAndReplace: (things: Things, given: Given) =>
    things.findOneAndReplace(given.filter, given.replacement, given.options),
  findOneAndDelete: (things: Things, { filter: wanted, options: all }: Given) => {
    const { upsert: _, returnDocument: __, ...others } = all
    return things.findOneAndDelete(wanted, others)
  },
  replaceOne: (things: Things, { filter: wanted, replacement: whole, options: all }: Given) =>
    things.replaceOne(wanted, whole, ofOne(all)),
  updateOne: (things: Things, { filter: wanted, update: change, options: all }: Given) =>
    things.updateOne(wanted, change, { ...ofOne(all), ...filtersFor(change) }),
  updateMany: (things: Things, { filter: wanted, update: change, options: all }: Given) => {
    const { sort: _, ...others } = ofOne(all)
    return things.updateMany(wanted, change, { ...others, ...filtersFor(change) })
  },
  deleteOne: (things: Things, { filter: wanted, options: all }: Given) => things.deleteOne(wanted, ofRemoval(all)),
  deleteMany: (things: Things, { filter: wanted, options: all }: Given) => things.deleteMany(wanted, ofRemoval(all)),
  distinct: (things: Things, { filter: wanted }: Given) => things.distinct('u', wanted),
  countDocuments: (things: Things, { filter: wanted }: Given) => things.countDocuments(wanted),
  bulkWrite: (things: Things, { filter: wanted, update: change, replacement: whole, options: all, ordered }: Given) =>
    things.bulkWrite(
      [
        { insertOne: { document: whole } },
        { updateOne: { filter: wanted, update: change, upsert: all.upsert ?? false, ...filtersFor(change) } },
        { replaceOne: { filter: wanted, replacement: structuredClone(whole) } },
        { deleteOne: { filter: wanted } }
      ],
      { ordered }
    )
}

type Method = keyof typeof methods

function ofOne(all: FindOneAndUpdateOptions): ReplaceOptions {
  const { projection: _, returnDocument: __, includeResultMetadata: ___, arrayFilters: ____, ...others } = all
  return others
}

function ofRemoval({ hint, collation }: FindOneAndUpdateOptions): DeleteOptions {
  return { ...(hint === undefined ? {} : { hint }), ...(collation === undefined ? {} : { collation }) }
}

const call: fc.Arbitrary<Given> = fc.record(
  {
    method: fc.constantFrom(...(Object.keys(methods) as Method[]), 'bulkWrite', 'bulkWrite'),
    filter,
    update,
    replacement,
    options,
    ordered: fc.boolean()
  },
  { noNullPrototype: true }
)

/** What compares: neither identifiers that the server made nor what the table of differences has. */
function comparable(result: unknown): unknown {
  if (typeof result !== 'object' || result === null) return result
  if ('insertedIds' in result) {
    const { insertedCount, matchedCount, modifiedCount, deletedCount, upsertedCount } = result as BulkWriteResult
    return { insertedCount, matchedCount, modifiedCount, deletedCount, upsertedCount }
  }
  if ('lastErrorObject' in result) {
    const { value, lastErrorObject, ok } = result as unknown as Document
    return withoutMadeIds({ value, lastErrorObject, ok })
  }
  return withoutMadeIds(result)
}

function withoutMadeIds(value: unknown): unknown {
  return JSON.parse(JSON.stringify(plain(value)).replaceAll(/"[0-9a-f]{24}"/g, '"made"'))
}

/** The official driver writes identifiers into the caller's documents: each driver gets its own. */
async function outcomeOf(given: Given, things: Things): Promise<unknown> {
  try {
    return comparable(await methods[given.method](things, structuredClone(given)))
  } catch (error) {
    const { name, code, message, result } = error as Error & { readonly code?: unknown; readonly result?: unknown }
    // A driver's own errors have texts of their own; a server's name the collection, and perhaps an identifier it made.
    return { name, code, message: code === undefined ? undefined : shown(message), result: comparable(result) }
  }
}

function shown(message: string): string {
  return message
    .replace(/ \(and \d+ more\)$/, '')
    .replaceAll(/parity\.\w+/g, 'it')
    .replaceAll(/[0-9a-f]{24}/g, 'made')
}

async function filled(things: Things): Promise<Things> {
  await things.deleteMany()
  await things.insertMany(
    [0, 1, 2].map(id => ({ _id: id, u: id, n: id, l: [id, id + 1], t: id % 2 === 0 ? 'x' : 'X' }))
  )
  return things
}

async function storedIn(things: Things): Promise<unknown> {
  const documents = await things.find().toArray()
  return documents.map(document => JSON.stringify(withoutMadeIds(document))).toSorted()
}

let deployment: Deployment
const clients: MongoClient[] = []

before(async () => {
  deployment = await startDeployment({ kind: 'replicaSet', members: 1 })
  for (const { library, name } of drivers) {
    const client = new library.MongoClient(deployment.uri)
    clients.push(client)
    await client.db('parity').collection(name).createIndex({ u: 1 }, { unique: true, sparse: true })
  }
})

after(async () => {
  for (const client of clients) await client.close()
  await deployment.stop()
})

test('both drivers give the same results and leave the same documents, whatever is done', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 4, maxLength: 12 }), async calls => {
      const [cenote, mongodb] = clients.map((client, index) =>
        client.db('parity').collection<Thing>(drivers[index]?.name ?? '')
      )
      assert.ok(cenote && mongodb)
      await filled(cenote)
      await filled(mongodb)
      for (const each of calls)
        assert.deepEqual(await outcomeOf(each, cenote), await outcomeOf(each, mongodb), each.method)
      assert.deepEqual(await storedIn(cenote), await storedIn(mongodb))
    }),
    { numRuns: 40, includeErrorInReport: true }
  )
})
