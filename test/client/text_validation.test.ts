/** `enableUtf8Validation`: replies with text that is not UTF-8, which servers have when programs stored such text. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  type Collection,
  type Db,
  type Document,
  MongoBulkWriteError,
  type MongoClient,
  MongoServerError,
  MongoUnexpectedServerResponseError
} from '../../src/client/index.ts'
import { failureOf, withServer } from './bench.ts'
import { type Middleman, withMiddleman } from './middleman.ts'

/** As it is sent, and as it comes back: with a byte that is not UTF-8. */
const sent = 'caf#'
const broken = Buffer.from('caf\xff', 'latin1')
const told = 'caf\ufffd'

interface Thing {
  readonly _id: number | string
  readonly name?: string
}

type Things = Collection<Thing>

type Options = { readonly enableUtf8Validation?: boolean }

interface Reading {
  /** The command whose reply has the text. */
  readonly command: string
  readonly read: (collection: Things, db: Db, options: Options) => Promise<unknown>
  readonly expected: unknown
}

const readings: Readonly<Record<string, Reading>> = {
  findOne: {
    command: 'find',
    read: (collection, _, options) => collection.findOne({ _id: 1 }, options),
    expected: { _id: 1, name: told }
  },
  find: {
    command: 'find',
    read: (collection, _, options) => collection.find({ _id: 1 }, options).toArray(),
    expected: [{ _id: 1, name: told }]
  },
  'find, in a later batch': {
    command: 'getMore',
    read: (collection, _, options) => collection.find({}, { ...options, batchSize: 1, sort: { _id: 1 } }).toArray(),
    expected: [{ _id: 0 }, { _id: 1, name: told }]
  },
  aggregate: {
    command: 'aggregate',
    read: (collection, _, options) => collection.aggregate([{ $match: { _id: 1 } }], options).toArray(),
    expected: [{ _id: 1, name: told }]
  },
  findOneAndUpdate: {
    command: 'findAndModify',
    read: (collection, _, options) => collection.findOneAndUpdate({ _id: 1 }, { $set: { _id: 1 } }, options),
    expected: { _id: 1, name: told }
  },
  distinct: {
    command: 'distinct',
    read: (collection, _, options) => collection.distinct('name', {}, options),
    expected: [told]
  },
  'command of a database': {
    command: 'distinct',
    read: (_collection, db, options) =>
      db.command({ distinct: 'things', key: 'name' }, options).then(({ values }: Document) => values as unknown),
    expected: [told]
  },
  'runCursorCommand of a database': {
    command: 'find',
    read: (_collection, db, options) => db.runCursorCommand({ find: 'things', filter: { _id: 1 } }, options).toArray(),
    expected: [{ _id: 1, name: told }]
  },
  'an upsert': {
    command: 'update',
    read: (collection, _, options) =>
      collection
        .updateOne({ _id: sent }, { $set: { a: 1 } }, { ...options, upsert: true })
        .then(({ upsertedId }) => upsertedId as unknown),
    expected: told
  }
}

function breakText(middleman: Middleman, command: string): void {
  middleman.changeReplyTo(command, reply => {
    const bytes = Buffer.from(reply)
    for (let at = bytes.indexOf(sent); at >= 0; at = bytes.indexOf(sent, at)) bytes.set(broken, at)
    return bytes
  })
}

async function withThings(test: (middleman: Middleman, client: (options?: Options) => MongoClient) => Promise<void>) {
  await withServer(async ({ runtime, member }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      const things = middleman.client().db('shop').collection<Thing>('things')
      await things.insertMany([{ _id: 0 }, { _id: 1, name: sent }])
      await test(middleman, options => middleman.client(options))
    })
  })
}

for (const [name, { command, read, expected }] of Object.entries(readings))
  suite(name, () => {
    test('refuses text that is not UTF-8, and says so', () =>
      withThings(async (middleman, client) => {
        const db = client().db('shop')
        breakText(middleman, command)
        const error = await failureOf(read(db.collection<Thing>('things'), db, {}))
        assert.ok(error instanceof MongoUnexpectedServerResponseError, error.name)
        assert.match(error.message, /UTF-8/)
      }))

    test('tells it with U+FFFD, if the client, the database, the collection or the operation says so', () =>
      withThings(async (middleman, client) => {
        const loose: Options = { enableUtf8Validation: false }
        const ofClient = client(loose).db('shop')
        const ofDatabase = client().db('shop', loose)
        const ofOperation = client().db('shop')
        const all = [
          [ofClient, ofClient.collection<Thing>('things'), {}],
          [ofDatabase, ofDatabase.collection<Thing>('things'), {}],
          [ofDatabase, ofOperation.collection<Thing>('things', loose), { enableUtf8Validation: undefined }],
          [ofDatabase, ofOperation.collection<Thing>('things').withOptions(loose), {}],
          [ofOperation, ofOperation.collection<Thing>('things'), loose]
        ] as const
        for (const [db, collection, options] of all) {
          breakText(middleman, command)
          assert.deepEqual(await read(collection, db, options as Options), expected)
          await ofOperation.collection<Thing>('things').deleteMany({ _id: { $type: 'string' } })
        }
      }))
  })

test('an operation can ask for what its collection does not', () =>
  withThings(async (middleman, client) => {
    const things = client({ enableUtf8Validation: false }).db('shop').collection<Thing>('things')
    breakText(middleman, 'find')
    const error = await failureOf(things.findOne({ name: { $exists: true } }, { enableUtf8Validation: true }))
    assert.ok(error instanceof MongoUnexpectedServerResponseError)
  }))

suite('what a server says of an error is told, wherever it cut it off:', () => {
  type Fail = (things: Collection, client: MongoClient) => Promise<unknown>
  const failures: Readonly<Record<string, readonly [command: string, fail: Fail]>> = {
    insertOne: ['insert', things => things.insertOne({ key: sent })],
    insertMany: ['insert', things => things.insertMany([{ key: sent }, {}])],
    bulkWrite: ['insert', things => things.bulkWrite([{ insertOne: { document: { key: sent } } }])],
    'bulkWrite of the client': [
      'bulkWrite',
      (_, client) => client.bulkWrite([{ name: 'insertOne', namespace: 'shop.unique', document: { key: sent } }])
    ],
    updateOne: ['update', things => things.updateOne({ key: 'b' }, { $set: { key: sent } })],
    findOneAndUpdate: ['findAndModify', things => things.findOneAndUpdate({ key: 'b' }, { $set: { key: sent } })]
  }
  for (const [name, [command, fail]] of Object.entries(failures))
    test(name, () =>
      withThings(async (middleman, client) => {
        const writer = client()
        const things = writer.db('shop').collection('unique')
        await things.createIndex({ key: 1 }, { unique: true })
        await things.insertMany([{ key: sent }, { key: 'b' }])
        breakText(middleman, command)
        const error = await failureOf(fail(things, writer))
        assert.ok(error instanceof MongoServerError, `${error.name}: ${error.message}`)
        assert.equal(error instanceof MongoBulkWriteError, name === 'insertMany' || name === 'bulkWrite')
        assert.equal(error.code, 11_000)
        assert.ok(error.message.includes(told))
      })
    )
})

test('an event of such a reply can be read', () =>
  withThings(async (middleman, client) => {
    const observed = client({ enableUtf8Validation: false })
    const replies: Document[] = []
    observed.on('commandSucceeded', event => replies.push(event.reply))
    breakText(middleman, 'find')
    await observed
      .db('shop')
      .collection<Thing>('things')
      .findOne({ name: { $exists: true } })
    const [reply] = replies as { readonly cursor: { readonly firstBatch: readonly Document[] } }[]
    assert.equal(reply?.cursor.firstBatch[0]?.['name'], told)
  }))

test('with the option, a document of UTF-8 is decoded as without it', () =>
  withThings(async (_, client) => {
    const things = client({ enableUtf8Validation: false }).db('shop').collection('texts')
    const text = 'ü\ufffd€😀'
    await things.insertOne({ text, list: [text, { text }] })
    const { _id, ...found } = (await things.findOne({ text })) ?? {}
    assert.deepEqual(found, { text, list: [text, { text }] })
  }))
