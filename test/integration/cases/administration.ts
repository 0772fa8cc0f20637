import { failureOf } from '../plain.ts'
import { allOf, type Case, insertNumbered } from './case.ts'

const connectCases: readonly Case[] = [
  {
    name: 'connect resolves with the client, and again',
    run: async ({ deployment, library }) => {
      const client = new library.MongoClient(deployment.uri)
      const resolved = [(await client.connect()) === client, (await client.connect()) === client]
      await client.close()
      return resolved
    },
    expected: [true, true]
  },
  {
    name: 'MongoClient.connect resolves with a client that is connected',
    run: async ({ deployment, library }) => {
      const client = await library.MongoClient.connect(deployment.uri)
      const { ok } = await client.db('admin').command({ ping: 1 })
      await client.close()
      return { ok: ok as number, isClient: client instanceof library.MongoClient }
    },
    expected: { ok: 1, isClient: true }
  },
  {
    name: 'the first operation connects',
    run: async ({ deployment, library }) => {
      const client = new library.MongoClient(deployment.uri)
      const found = await client.db('nowhere').collection('things').findOne()
      await client.close()
      return found
    },
    expected: null
  },
  {
    name: 'db() is the database of the connection string, else test',
    run: async ({ deployment: { uri }, library: { MongoClient } }) => {
      const clients = [new MongoClient(uri.replace(/\/(\?|$)/, '/shop$1')), new MongoClient(uri)]
      const names = clients.flatMap(client => [client.db().databaseName, client.db('other').databaseName])
      await Promise.all(clients.map(client => client.close()))
      return names
    },
    expected: ['shop', 'other', 'test', 'other']
  },
  {
    name: 'connect where nobody listens fails by serverSelectionTimeoutMS',
    run: async ({ library }) => {
      const client = new library.MongoClient('mongodb://127.0.0.1:1/', { serverSelectionTimeoutMS: 30 })
      const { error } = (await failureOf(client.connect())) as { readonly error: string }
      await client.close()
      return error
    },
    expected: 'MongoServerSelectionError'
  },
  {
    name: 'a malformed connection string is a MongoParseError',
    run: ({ library }) =>
      failureOf(() => new library.MongoClient('http://127.0.0.1/')).then(
        failure => (failure as { error: string }).error
      ),
    expected: 'MongoParseError'
  },
  {
    name: 'an option that is unknown is refused by its name',
    run: async ({ deployment, library }) => {
      const failure = await failureOf(() => new library.MongoClient(deployment.uri, { maxPoolSizes: 5 } as never))
      const { error, message } = failure as { readonly error: string; readonly message: string }
      return { error, isNamed: /maxpoolsizes/i.test(message) }
    },
    expected: { error: 'MongoInvalidArgumentError', isNamed: true }
  },
  {
    name: 'an operation on a client that was closed is refused',
    run: async ({ deployment, library }) => {
      const client = new library.MongoClient(deployment.uri)
      await client.connect()
      await client.close()
      return failureOf(client.db('nowhere').collection('things').findOne())
    },
    expected: {
      error: 'MongoClientClosedError',
      message: 'The client is closing or closed: make a new one, a closed client stays closed'
    }
  }
]

const commandCases: readonly Case[] = [
  {
    name: 'ping answers ok',
    run: async ({ client, db }) => [
      (await db.command({ ping: 1 }))['ok'] as number,
      (await client.db('admin').admin().ping())['ok'] as number,
      (await db.admin().command({ ping: 1 }))['ok'] as number
    ],
    expected: [1, 1, 1]
  },
  {
    name: 'command gives the reply as it is',
    run: async ({ collection, db }) => {
      await insertNumbered(collection, 3)
      const reply = await db.command({ find: 'things', filter: { _id: { $gt: 0 } }, limit: 2, sort: { _id: -1 } })
      return reply['cursor'] as object
    },
    expected: { firstBatch: [{ _id: 2 }, { _id: 1 }], id: 0, ns: 'parity.things' }
  },
  {
    name: 'a command that does not exist is the server’s error 59',
    run: ({ db }) => failureOf(db.command({ nothingOfTheKind: 1 })),
    expected: {
      error: 'MongoServerError',
      message: "no such command: 'nothingOfTheKind'",
      code: 59,
      codeName: 'CommandNotFound'
    }
  }
]

const indexCases: readonly Case[] = [
  {
    name: 'createIndex tells the index’s name, made of its fields in every spelling, or the given one',
    run: async ({ collection }) => [
      await collection.createIndex('a'),
      await collection.createIndex({ a: 1, b: -1 }),
      await collection.createIndex(['c', 'd']),
      await collection.createIndex(['c', -1]),
      await collection.createIndex([
        ['e', 1],
        ['f', -1]
      ]),
      await collection.createIndex([{ g: 1 }, { h: -1 }]),
      await collection.createIndex(new Map([['i', -1]] as const)),
      await collection.createIndex({ a: -1 }, { name: 'mine', unique: true })
    ],
    expected: ['a_1', 'a_1_b_-1', 'c_1_d_1', 'c_-1', 'e_1_f_-1', 'g_1_h_-1', 'i_-1', 'mine']
  },
  {
    name: 'a unique index refuses a second document with the same key',
    run: async ({ collection }) => {
      await collection.createIndex({ sku: 1, size: 1 }, { unique: true })
      await collection.insertOne({ _id: 1, sku: 'a', size: 2 } as never)
      await collection.insertOne({ _id: 2, sku: 'a', size: 3 } as never)
      return {
        insert: await failureOf(collection.insertOne({ _id: 3, sku: 'a', size: 2 } as never)),
        update: await failureOf(collection.updateOne({ _id: 2 } as never, { $set: { size: 2 } })),
        stored: (await allOf(collection)).length
      }
    },
    expected: {
      insert: duplicate('parity.things'),
      update: duplicate('parity.things', 'Plan executor error during update :: caused by :: '),
      stored: 2
    }
  },
  {
    name: 'a unique index over documents that are equal in it is error 11000, of the command',
    run: async ({ collection }) => {
      await collection.insertMany([
        { _id: 1, sku: 'a', size: 2 },
        { _id: 2, sku: 'a', size: 2 }
      ] as never[])
      return failureOf(collection.createIndex({ sku: 1, size: 1 }, { unique: true }))
    },
    expected: { ...duplicate('parity.things'), codeName: 'DuplicateKey' }
  },
  {
    name: 'an index of the same name with other fields is error 86',
    run: async ({ collection }) => {
      await collection.createIndex({ a: 1 }, { name: 'mine' })
      const { error, code, codeName } = (await failureOf(collection.createIndex({ b: 1 }, { name: 'mine' }))) as Record<
        string,
        unknown
      >
      return { error, code, codeName }
    },
    expected: { error: 'MongoServerError', code: 86, codeName: 'IndexKeySpecsConflict' }
  },
  {
    name: 'drop and dropDatabase resolve with true, also where there is nothing to drop',
    run: async ({ collection, db }) => {
      await insertNumbered(collection, 2)
      const dropped = [await collection.drop(), await collection.drop()]
      const empty = await allOf(collection)
      await insertNumbered(collection, 2)
      const databases = [await db.dropDatabase(), await db.dropDatabase()]
      return { dropped, empty, databases, gone: await allOf(collection) }
    },
    expected: { dropped: [true, true], empty: [], databases: [true, true], gone: [] }
  },
  {
    name: 'names tell their namespace',
    run: async ({ collection, db }) => [
      db.databaseName,
      collection.dbName,
      collection.collectionName,
      collection.namespace
    ],
    expected: ['parity', 'parity', 'things', 'parity.things']
  },
  {
    name: 'an empty collection name is refused',
    run: ({ db }) => failureOf(() => db.collection('').findOne()),
    expected: {
      error: 'MongoInvalidArgumentError',
      message: 'a collection\'s name must be a string with something in it, not ""'
    }
  }
]

function duplicate(namespace: string, whileWhat = ''): object {
  return {
    error: 'MongoServerError',
    message: `${whileWhat}E11000 duplicate key error collection: ${namespace} index: sku_1_size_1 dup key: { sku: "a", size: 2 }`,
    code: 11000,
    keyPattern: { sku: 1, size: 1 },
    keyValue: { sku: 'a', size: 2 }
  }
}

export const administrationCases: readonly Case[] = [...connectCases, ...commandCases, ...indexCases]
