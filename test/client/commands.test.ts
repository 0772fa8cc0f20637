/** What each method sends, and whether it is sent again: by the body of its command, without what every command carries. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Collection, Db, Document } from '../../src/client/index.ts'
import { type Bench, withServer } from './bench.ts'
import { type Middleman, withMiddleman } from './middleman.ts'

interface Sent {
  readonly db: Db
  readonly things: Collection
}

type Run = (sent: Sent) => Promise<unknown>

const common = { comment: 'why', maxTimeMS: 5_000 } as const
const collation = { locale: 'en', strength: 2 } as const
const writeConcern = { w: 1, journal: true } as const
const readConcern = { level: 'local' } as const
const sentConcern = { writeConcern: { w: 1, j: true } }

/** Each method with every option that it takes, and the command's body. */
const sendings: readonly { readonly name: string; readonly run: Run; readonly body: Document }[] = [
  {
    name: 'insertOne',
    run: ({ things }) => things.insertOne({ a: 1 }, { ...common, writeConcern, bypassDocumentValidation: true }),
    body: { insert: 'things', ordered: true, bypassDocumentValidation: true, ...common, ...sentConcern }
  },
  {
    name: 'insertMany',
    run: ({ things }) => things.insertMany([{ a: 1 }], { ...common, ordered: false, bypassDocumentValidation: false }),
    body: { insert: 'things', ordered: false, bypassDocumentValidation: false, ...common }
  },
  {
    name: 'replaceOne',
    run: ({ things }) =>
      things.replaceOne({}, { a: 1 }, { ...common, writeConcern, let: { b: 1 }, bypassDocumentValidation: true }),
    body: { update: 'things', ordered: true, bypassDocumentValidation: true, let: { b: 1 }, ...common, ...sentConcern }
  },
  {
    name: 'deleteMany',
    run: ({ things }) => things.deleteMany({}, { ...common, writeConcern, let: { b: 1 } }),
    body: { delete: 'things', ordered: true, let: { b: 1 }, ...common, ...sentConcern }
  },
  {
    name: 'findOneAndUpdate',
    run: ({ things }) =>
      things.findOneAndUpdate(
        { a: 1 },
        { $set: { a: 2 } },
        {
          ...common,
          writeConcern,
          sort: 'a',
          projection: { a: 1 },
          returnDocument: 'after',
          upsert: true,
          arrayFilters: [],
          bypassDocumentValidation: true,
          hint: '_id_',
          collation,
          let: { b: 1 }
        }
      ),
    body: {
      findAndModify: 'things',
      query: { a: 1 },
      update: { $set: { a: 2 } },
      sort: { a: 1 },
      fields: { a: 1 },
      new: true,
      upsert: true,
      arrayFilters: [],
      bypassDocumentValidation: true,
      hint: '_id_',
      collation,
      let: { b: 1 },
      ...common,
      ...sentConcern
    }
  },
  {
    name: 'findOneAndDelete',
    run: ({ things }) => things.findOneAndDelete({ a: 1 }, common),
    body: { findAndModify: 'things', query: { a: 1 }, remove: true, ...common }
  },
  {
    name: 'findOneAndReplace',
    run: ({ things }) => things.findOneAndReplace({ a: 1 }, { b: 1 }, { returnDocument: 'before' }),
    body: { findAndModify: 'things', query: { a: 1 }, update: { b: 1 } }
  },
  {
    name: 'find, with options that a library hands on and the command does not have,',
    run: async ({ things }) => {
      const options = { ...common, readConcern, skip: 0, limit: 3, writeConcern, _ofLibrary: true }
      await things.find({ a: 1 }, options).toArray()
    },
    body: { find: 'things', filter: { a: 1 }, limit: 3, ...common, readConcern }
  },
  {
    name: 'estimatedDocumentCount',
    run: ({ things }) => things.estimatedDocumentCount({ ...common, readConcern }),
    body: { count: 'things', ...common, readConcern }
  },
  {
    name: 'distinct',
    run: ({ things }) => things.distinct('a', { b: 1 }, { ...common, readConcern, hint: '_id_', collation }),
    body: { distinct: 'things', key: 'a', query: { b: 1 }, hint: '_id_', collation, ...common, readConcern }
  },
  {
    name: 'createIndexes',
    run: ({ things }) =>
      things.createIndexes([{ key: { a: 1 } }], { ...common, writeConcern, commitQuorum: 'majority' }),
    body: {
      createIndexes: 'things',
      indexes: [{ key: { a: 1 }, name: 'a_1' }],
      commitQuorum: 'majority',
      ...common,
      ...sentConcern
    }
  },
  {
    name: 'dropIndexes',
    run: async ({ things }) => {
      await things.createIndex('a')
      await things.dropIndexes({ ...common, writeConcern })
    },
    body: { dropIndexes: 'things', index: '*', ...common, ...sentConcern }
  },
  {
    name: 'listIndexes',
    run: async ({ things }) => {
      await things.createIndex('a')
      await things.listIndexes({ ...common, batchSize: 1 }).next()
    },
    body: { listIndexes: 'things', cursor: { batchSize: 1 }, ...common }
  },
  {
    name: 'listCollections',
    run: ({ db }) =>
      db
        .listCollections({ name: 'a' }, { ...common, batchSize: 3, nameOnly: true, authorizedCollections: true })
        .toArray(),
    body: {
      listCollections: 1,
      cursor: { batchSize: 3 },
      filter: { name: 'a' },
      nameOnly: true,
      authorizedCollections: true,
      ...common
    }
  },
  {
    name: 'createCollection',
    run: ({ db }) => db.createCollection('made', { ...common, writeConcern, capped: false }),
    body: { create: 'made', capped: false, ...common, ...sentConcern }
  },
  {
    name: 'rename',
    run: async ({ things }) => {
      await things.insertOne({})
      await things.rename('others', { ...common, writeConcern, dropTarget: true })
    },
    body: { renameCollection: 'shop.things', to: 'shop.others', dropTarget: true, ...common, ...sentConcern }
  },
  {
    name: 'listDatabases',
    run: ({ db }) =>
      db.admin().listDatabases({ ...common, filter: { name: 'a' }, nameOnly: true, authorizedDatabases: true }),
    body: { listDatabases: 1, filter: { name: 'a' }, nameOnly: true, authorizedDatabases: true, ...common }
  },
  {
    name: 'explain',
    run: ({ things }) =>
      things.deleteOne({ a: 1 }, { comment: 'why', explain: { verbosity: false, maxTimeMS: 5_000 } }),
    body: {
      explain: { delete: 'things', ordered: true, comment: 'why', deletes: [{ q: { a: 1 }, limit: 1 }] },
      verbosity: 'queryPlanner',
      maxTimeMS: 5_000
    }
  }
]

async function withSender(bench: Bench, test: (sent: Sent, middleman: Middleman) => Promise<void>): Promise<void> {
  await withMiddleman(bench.runtime, bench.member.address, async middleman => {
    const db = middleman.client().db('shop')
    await test({ db, things: db.collection('things') }, middleman)
  })
}

for (const { name, run, body } of sendings)
  test(`${name} sends its options as the server knows them, and nothing else`, () =>
    withServer(async bench => {
      await withSender(bench, async (sent, middleman) => {
        await run(sent)
        const { lsid: _, $db: __, ...command } = middleman.sent(Object.keys(body)[0] ?? '').at(-1) as Document
        assert.deepEqual(command, body)
      })
    }))

test('what is not given is not sent', () =>
  withServer(async bench => {
    await withSender(bench, async ({ db, things }, middleman) => {
      await things.findOneAndUpdate({}, { $set: { a: 1 } })
      await things.estimatedDocumentCount()
      await things.distinct('a')
      await db.listCollections().toArray()
      await db.admin().listDatabases()
      const keys = ['findAndModify', 'count', 'distinct', 'listCollections', 'listDatabases'].map(name =>
        middleman.sentKeys(name)[0]?.filter(key => key !== 'lsid' && key !== '$db')
      )
      assert.deepEqual(keys, [
        ['findAndModify', 'query', 'update'],
        ['count'],
        ['distinct', 'key', 'query'],
        ['listCollections', 'cursor', 'filter'],
        ['listDatabases']
      ])
    })
  }))

test('an aggregate that writes carries the write concern, one that reads does not', () =>
  withServer(async bench => {
    await withSender(bench, async ({ things }, middleman) => {
      await things.aggregate([{ $out: 'others' }], { writeConcern }).toArray()
      await things.aggregate([], { writeConcern }).toArray()
      const [writing, reading] = middleman.sent('aggregate')
      assert.deepEqual([writing?.['writeConcern'], reading?.['writeConcern']], [sentConcern.writeConcern, undefined])
    })
  }))

// ───────────────────────── retries ─────────────────────────

const reads: Readonly<Record<string, Run>> = {
  count: ({ things }) => things.estimatedDocumentCount(),
  distinct: ({ things }) => things.distinct('a'),
  listCollections: ({ db }) => db.collections(),
  listIndexes: ({ things }) => things.indexes(),
  listDatabases: ({ db }) => db.admin().listDatabases()
}

const writes: Readonly<Record<string, Run>> = {
  findAndModify: ({ things }) => things.findOneAndUpdate({}, { $inc: { n: 1 } }, { upsert: true }),
  update: ({ things }) => things.replaceOne({}, { n: 1 }, { upsert: true }),
  insert: ({ things }) => things.bulkWrite([{ insertOne: { document: { a: 1 } } }])
}

const others: Readonly<Record<string, Run>> = {
  create: ({ db }) => db.createCollection('made'),
  createIndexes: ({ things }) => things.createIndexes([{ key: { a: 1 } }]),
  dropIndexes: ({ things }) => things.dropIndexes(),
  renameCollection: ({ things }) => things.rename('others'),
  delete: ({ things }) => things.bulkWrite([{ deleteMany: { filter: {} } }])
}

/** How often the command is sent when its connection closes the first time. */
async function attemptsOf({ connect, failCommand }: Bench, command: string, run: Run): Promise<number> {
  const client = await connect().connect()
  const db = client.db('shop')
  await db.collection('things').insertOne({ n: 0 })
  const attempts = (): number => client.pools().reduce((sum, { counters }) => sum + counters.checkOutsStarted, 0)
  const before = attempts()
  failCommand([command], { closeConnection: true })
  await run({ db, things: db.collection('things') }).catch(() => undefined)
  return attempts() - before
}

for (const [group, times] of [
  [reads, 2],
  [writes, 2],
  [others, 1]
] as const)
  for (const [command, run] of Object.entries(group))
    test(`${command} whose connection closes is sent ${times === 2 ? 'again' : 'once'}`, () =>
      withServer(
        async bench => {
          assert.equal(await attemptsOf(bench, command, run), times)
        },
        { kind: 'replicaSet' }
      ))

for (const method of ['bulkWrite', 'insertMany'] as const)
  test(`${method} with a write concern error that asks for a retry is sent again, and done once`, () =>
    withServer(
      async ({ connect, failCommand }) => {
        const things = (await connect().connect()).db('shop').collection('things')
        const writeConcernError = { code: 91, errmsg: 'the replication is shutting down' }
        failCommand(['insert'], { writeConcernError, errorLabels: ['RetryableWriteError'] })
        const documents = [{ a: 1 }, { a: 2 }]
        const { insertedCount } = await (method === 'insertMany'
          ? things.insertMany(documents)
          : things.bulkWrite(documents.map(document => ({ insertOne: { document } }))))
        assert.deepEqual([insertedCount, await things.countDocuments()], [2, 2])
      },
      { kind: 'replicaSet' }
    ))
