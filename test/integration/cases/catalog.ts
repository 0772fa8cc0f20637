import type { Document } from '../../../src/client/index.ts'
import { failureOf } from '../plain.ts'
import { allOf, type Case, insertNumbered } from './case.ts'

function namesOf(documents: readonly Document[]): string[] {
  return documents.map(({ name }) => name as string)
}

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  const { error, code, codeName } = (await failureOf(work)) as Record<string, unknown>
  return { error, code, codeName }
}

const idIndex = { v: 2, key: { _id: 1 }, name: '_id_' }

const indexCases: readonly Case[] = [
  {
    name: 'createIndexes makes several indexes and tells their names, made of their fields or given',
    run: async ({ collection }) => {
      const names = await collection.createIndexes(
        [
          { key: { a: 1, b: -1 } },
          { key: new Map([['c', 1]]), unique: true },
          { key: { d: 1 }, name: 'mine', sparse: true }
        ],
        { comment: 'test', maxTimeMS: 10_000 }
      )
      return { names, listed: await collection.listIndexes({ batchSize: 2 }).toArray() }
    },
    expected: {
      names: ['a_1_b_-1', 'c_1', 'mine'],
      listed: [
        idIndex,
        { v: 2, key: { a: 1, b: -1 }, name: 'a_1_b_-1' },
        { v: 2, key: { c: 1 }, name: 'c_1', unique: true },
        { v: 2, key: { d: 1 }, name: 'mine', sparse: true }
      ]
    }
  },
  {
    name: 'an option of an index that is undefined counts as one that is not given',
    run: async ({ collection }) => {
      const made = collection.createIndexes([{ key: { d: 1 }, partialFilterExpression: undefined }])
      return made.catch(() => codeOf(made))
    },
    expected: ['d_1']
  },
  {
    name: 'createIndexes of which one cannot be makes none',
    run: async ({ collection }) => {
      await collection.insertMany([
        { _id: 1, a: 1 },
        { _id: 2, a: 1 }
      ] as never[])
      const failed = await codeOf(collection.createIndexes([{ key: { b: 1 } }, { key: { a: 1 }, unique: true }]))
      return { failed, names: namesOf(await collection.indexes()) }
    },
    expected: { failed: { error: 'MongoServerError', code: 11000, codeName: 'DuplicateKey' }, names: ['_id_'] }
  },
  {
    name: 'indexes and indexInformation tell indexes whole or by their fields',
    run: async ({ collection }) => {
      await collection.createIndex({ a: 1, b: -1 })
      return [
        await collection.indexes(),
        await collection.indexes({ full: false }),
        await collection.indexInformation(),
        await collection.indexInformation({ full: true })
      ]
    },
    expected: [
      [idIndex, { v: 2, key: { a: 1, b: -1 }, name: 'a_1_b_-1' }],
      {
        _id_: [['_id', 1]],
        'a_1_b_-1': [
          ['a', 1],
          ['b', -1]
        ]
      },
      {
        _id_: [['_id', 1]],
        'a_1_b_-1': [
          ['a', 1],
          ['b', -1]
        ]
      },
      [idIndex, { v: 2, key: { a: 1, b: -1 }, name: 'a_1_b_-1' }]
    ]
  },
  {
    name: 'indexExists tells whether all the names are those of indexes',
    run: async ({ collection }) => {
      await collection.createIndexes([{ key: { a: 1 } }, { key: { b: 1 } }])
      return [
        await collection.indexExists('a_1'),
        await collection.indexExists('c_1'),
        await collection.indexExists(['a_1', 'b_1']),
        await collection.indexExists(['a_1', 'c_1'])
      ]
    },
    expected: [true, false, true, false]
  },
  {
    name: 'dropIndex drops one index, dropIndexes all but that of _id',
    run: async ({ collection }) => {
      await collection.createIndexes([{ key: { a: 1 } }, { key: { b: 1 } }, { key: { c: 1 } }])
      const { nIndexesWas, ok } = await collection.dropIndex('b_1', { comment: 'test', maxTimeMS: 10_000 })
      const left = namesOf(await collection.indexes())
      return {
        reply: { nIndexesWas, ok } as object,
        left,
        all: await collection.dropIndexes(),
        none: await collection.indexes()
      }
    },
    expected: { reply: { nIndexesWas: 4, ok: 1 }, left: ['_id_', 'a_1', 'c_1'], all: true, none: [idIndex] }
  },
  {
    name: 'an index that is not there cannot be dropped, nor that of _id',
    run: async ({ collection }) => {
      await insertNumbered(collection, 1)
      return [await codeOf(collection.dropIndex('a_1')), await codeOf(collection.dropIndex('_id_'))]
    },
    expected: [
      { error: 'MongoServerError', code: 27, codeName: 'IndexNotFound' },
      { error: 'MongoServerError', code: 72, codeName: 'InvalidOptions' }
    ]
  },
  {
    name: 'dropIndex does not drop all indexes, and dropIndexes fails where there is no collection',
    run: async ({ collection, db }) => {
      await collection.createIndex('a')
      const outcomeOf = (work: () => Promise<unknown>): Promise<unknown> =>
        work().then(
          () => 'done',
          (error: Error) => error.name
        )
      return [
        await outcomeOf(() => collection.dropIndex('*')),
        await outcomeOf(() => db.collection('missing').dropIndexes())
      ]
    },
    expected: ['MongoInvalidArgumentError', 'MongoServerError']
  },
  {
    name: 'indexes of a collection that does not exist are error 26',
    run: async ({ collection }) => [await codeOf(collection.indexes()), await codeOf(collection.dropIndex('a_1'))],
    expected: [
      { error: 'MongoServerError', code: 26, codeName: 'NamespaceNotFound' },
      { error: 'MongoServerError', code: 26, codeName: 'NamespaceNotFound' }
    ]
  }
]

const collectionCases: readonly Case[] = [
  {
    name: 'createCollection makes a collection, which listCollections lists',
    run: async ({ db }) => {
      const made = await db.createCollection('made', { comment: 'test', maxTimeMS: 10_000 })
      await db.createCollection('other')
      const [info, ...others] = await db.listCollections({ name: 'made' }).toArray()
      const { uuid, ...rest } = (info?.info ?? {}) as Document
      return {
        namespace: made.namespace,
        info: { ...info, info: rest },
        isIdentified: uuid !== undefined,
        others,
        names: namesOf(await db.listCollections({}, { nameOnly: true, batchSize: 1 }).toArray()).toSorted()
      }
    },
    expected: {
      namespace: 'parity.made',
      info: { name: 'made', type: 'collection', options: {}, info: { readOnly: false }, idIndex },
      isIdentified: true,
      others: [],
      names: ['made', 'other']
    }
  },
  {
    name: 'listCollections with nameOnly tells names and types',
    run: async ({ db, deployment }) => {
      await db.createCollection('made')
      const options = { nameOnly: true, authorizedCollections: true, comment: 'test', maxTimeMS: 10_000 } as const
      const cursor = db.listCollections({ name: /^m/ }, options)
      return { first: await cursor.next(), end: await cursor.next(), open: deployment.openCursors() }
    },
    expected: { first: { name: 'made', type: 'collection' }, end: null, open: 0 }
  },
  {
    name: 'collections gives a handle for each collection',
    run: async ({ db }) => {
      for (const name of ['b', 'a']) await insertNumbered(db.collection(name), 1)
      const collections = await db.collections()
      return collections.map(({ namespace }) => namespace).toSorted()
    },
    expected: ['parity.a', 'parity.b']
  },
  {
    name: 'rename gives the collection under its new name, with its documents and indexes',
    run: async ({ collection, db }) => {
      await insertNumbered(collection, 2)
      await collection.createIndex({ a: 1 })
      const renamed = await collection.rename('renamed', { comment: 'test', maxTimeMS: 10_000 })
      const again = await db.renameCollection('renamed', 'again')
      return {
        names: [renamed.namespace, again.namespace],
        stored: await allOf(again),
        indexes: namesOf(await again.indexes()),
        gone: await allOf(collection)
      }
    },
    expected: {
      names: ['parity.renamed', 'parity.again'],
      stored: [{ _id: 0 }, { _id: 1 }],
      indexes: ['_id_', 'a_1'],
      gone: []
    }
  },
  {
    name: 'rename to a name that is taken is error 48, unless the other one is dropped',
    run: async ({ collection, db }) => {
      await insertNumbered(collection, 2)
      const other = db.collection('other')
      await insertNumbered(other, 1)
      const taken = await failureOf(collection.rename('other'))
      const missing = await failureOf(db.collection('missing').rename('other'))
      await collection.rename('other', { dropTarget: true })
      return { taken, missing, stored: await allOf(other) }
    },
    expected: {
      taken: {
        error: 'MongoServerError',
        message: 'target namespace exists',
        code: 48,
        codeName: 'NamespaceExists'
      },
      missing: {
        error: 'MongoServerError',
        message: 'Source collection parity.missing does not exist',
        code: 26,
        codeName: 'NamespaceNotFound'
      },
      stored: [{ _id: 0 }, { _id: 1 }]
    }
  },
  {
    name: 'dropCollection and createIndex of a database are those of the collection',
    run: async ({ db }) => {
      const name = await db.createIndex('things', { a: 1 }, { unique: true })
      return { name, dropped: await db.dropCollection('things'), left: await db.listCollections().toArray() }
    },
    expected: { name: 'a_1', dropped: true, left: [] }
  },
  {
    name: 'options are those that a collection was created with',
    run: async ({ collection, db }) => {
      await db.createCollection('things')
      return { options: await collection.options(), isCapped: await collection.isCapped() }
    },
    expected: { options: {}, isCapped: false }
  },
  {
    name: 'options of a collection that does not exist are refused',
    run: ({ collection }) => failureOf(collection.options()),
    expected: { error: 'MongoAPIError', message: 'the collection parity.things does not exist' }
  },
  {
    name: 'a collection with options that the server cannot have is refused by it',
    run: ({ db }) => codeOf(db.createCollection('made', { collation: { locale: 'en' } })),
    expected: { error: 'MongoServerError', code: 238, codeName: 'NotImplemented' }
  }
]

const databaseCases: readonly Case[] = [
  {
    name: 'listDatabases tells databases with their sizes, or their names alone, all or those that match',
    run: async ({ client, collection, db }) => {
      await insertNumbered(collection, 1)
      const admin = db.admin()
      const { databases, totalSize, ok } = await admin.listDatabases({ filter: { name: 'parity' } })
      const named = await client
        .db()
        .admin()
        .listDatabases({ nameOnly: true, filter: { name: /^par/ }, comment: 'test' })
      const none = await admin.listDatabases({ filter: { name: 'missing' }, authorizedDatabases: true })
      return { databases, totalSize, ok, named: named.databases, none: none.databases }
    },
    expected: {
      databases: [{ name: 'parity', sizeOnDisk: 14, empty: false }],
      totalSize: 14,
      ok: 1,
      named: [{ name: 'parity' }],
      none: []
    }
  },
  {
    name: 'buildInfo and serverStatus are the server’s replies',
    run: async ({ db }) => [
      (await db.admin().buildInfo())['versionArray'].length as number,
      // A router's is the one that ends otherwise.
      ((await db.admin().serverStatus())['process'] as string).replace(/^mongos$/, 'mongod')
    ],
    expected: [4, 'mongod']
  }
]

const commandCursorCases: readonly Case[] = [
  {
    name: 'runCursorCommand gives what the cursor of any command gives',
    run: async ({ collection, db, deployment }) => {
      await insertNumbered(collection, 5)
      const cursor = db.runCursorCommand({ find: 'things', filter: { _id: { $gt: 0 } }, batchSize: 1 })
      cursor.setBatchSize(2)
      cursor.setComment('test')
      const documents = await cursor.toArray()
      const indexes = await db.runCursorCommand({ listIndexes: 'things' }).toArray()
      return { documents, indexes, open: deployment.openCursors() }
    },
    expected: { documents: [{ _id: 1 }, { _id: 2 }, { _id: 3 }, { _id: 4 }], indexes: [idIndex], open: 0 }
  },
  {
    name: 'runCursorCommand of a command that fails is the server’s error',
    run: ({ db }) => codeOf(db.runCursorCommand({ listIndexes: 'missing' }).toArray()),
    expected: { error: 'MongoServerError', code: 26, codeName: 'NamespaceNotFound' }
  },
  {
    name: 'runCursorCommand of a command without a cursor fails',
    run: ({ db }) => failureOf(db.runCursorCommand({ ping: 1 }).toArray()),
    expected: {
      error: 'MongoUnexpectedServerResponseError',
      message: 'the reply to ping has no cursor; run it by command(), which takes any reply'
    }
  }
]

export const catalogCases: readonly Case[] = [
  ...indexCases,
  ...collectionCases,
  ...databaseCases,
  ...commandCursorCases
]
