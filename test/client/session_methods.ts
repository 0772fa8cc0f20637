import type { ClientSession, Collection, MongoClient } from '../../src/client/index.ts'

export interface Numbered {
  readonly _id: number
  readonly x?: number
}

/** What an operation of each method works on. */
export interface Place {
  readonly client: MongoClient
  readonly collection: Collection<Numbered>
}

/** The first command that a method sends, and a call of it. */
export interface SessionMethod {
  readonly command: string
  /** Whether it carries a read concern in a causally consistent session. */
  readonly readConcern: boolean
  run(place: Place, options: { readonly session?: ClientSession }): Promise<unknown>
}

export function placeOf(client: MongoClient): Place {
  return { client, collection: client.db('shop').collection<Numbered>('numbers') }
}

const shop = ({ client }: Place) => client.db('shop')

function read(command: string, run: SessionMethod['run'], readConcern = true): SessionMethod {
  return { command, readConcern, run }
}

/** Read operations that take a session, by name. */
export const readMethods: Readonly<Record<string, SessionMethod>> = {
  find: read('find', ({ collection }, options) => collection.find({}, options).toArray()),
  findOne: read('find', ({ collection }, options) => collection.findOne({}, options)),
  aggregate: read('aggregate', ({ collection }, options) => collection.aggregate([], options).toArray()),
  countDocuments: read('aggregate', ({ collection }, options) => collection.countDocuments({}, options)),
  estimatedDocumentCount: read('count', ({ collection }, options) => collection.estimatedDocumentCount(options)),
  count: read('count', ({ collection }, options) => collection.count({}, options)),
  distinct: read('distinct', ({ collection }, options) => collection.distinct('x', {}, options)),
  'aggregate of a database': read('aggregate', (place, options) =>
    shop(place)
      .aggregate([{ $listLocalSessions: {} }], options)
      .toArray()
  )
}

/** Others that only look. */
export const lookingMethods: Readonly<Record<string, SessionMethod>> = {
  listIndexes: read('listIndexes', ({ collection }, options) => collection.listIndexes(options).toArray(), false),
  indexes: read('listIndexes', ({ collection }, options) => collection.indexes(options), false),
  indexInformation: read('listIndexes', ({ collection }, options) => collection.indexInformation(options), false),
  indexExists: read('listIndexes', ({ collection }, options) => collection.indexExists('_id_', options), false),
  'options of a collection': read('listCollections', ({ collection }, options) => collection.options(options), false),
  isCapped: read('listCollections', ({ collection }, options) => collection.isCapped(options), false),
  listCollections: read(
    'listCollections',
    (place, options) => shop(place).listCollections({}, options).toArray(),
    false
  ),
  collections: read('listCollections', (place, options) => shop(place).collections(options), false),
  listDatabases: read('listDatabases', ({ client }, options) => client.db().admin().listDatabases(options), false),
  command: read('ping', ({ client }, options) => client.db().command({ ping: 1 }, options), false),
  runCursorCommand: read(
    'find',
    (place, options) => shop(place).runCursorCommand({ find: 'numbers' }, options).toArray(),
    false
  ),
  ping: read('ping', ({ client }, options) => client.db().admin().ping(options), false),
  'explain of a cursor': read('explain', ({ collection }, options) => collection.find({}, options).explain(), false)
}

/** Operations that change documents. */
export const writeMethods: Readonly<Record<string, SessionMethod>> = {
  insertOne: read('insert', ({ collection }, options) => collection.insertOne({ _id: 100 }, options)),
  insertMany: read('insert', ({ collection }, options) => collection.insertMany([{ _id: 101 }, { _id: 102 }], options)),
  updateOne: read('update', ({ collection }, options) => collection.updateOne({ _id: 1 }, { $set: { x: 1 } }, options)),
  updateMany: read('update', ({ collection }, options) => collection.updateMany({}, { $set: { x: 2 } }, options)),
  replaceOne: read('update', ({ collection }, options) => collection.replaceOne({ _id: 1 }, { x: 3 }, options)),
  deleteOne: read('delete', ({ collection }, options) => collection.deleteOne({ _id: 1 }, options)),
  deleteMany: read('delete', ({ collection }, options) => collection.deleteMany({ _id: 2 }, options)),
  findOneAndDelete: read('findAndModify', ({ collection }, options) =>
    collection.findOneAndDelete({ _id: 3 }, options)
  ),
  findOneAndReplace: read('findAndModify', ({ collection }, options) =>
    collection.findOneAndReplace({ _id: 4 }, { x: 5 }, options)
  ),
  findOneAndUpdate: read('findAndModify', ({ collection }, options) =>
    collection.findOneAndUpdate({ _id: 4 }, { $set: { x: 6 } }, options)
  ),
  bulkWrite: read('insert', ({ collection }, options) =>
    collection.bulkWrite([{ insertOne: { document: { _id: 103 } } }, { deleteOne: { filter: { _id: 103 } } }], options)
  ),
  'bulkWrite of the client': read('bulkWrite', ({ client }, options) =>
    client.bulkWrite([{ name: 'deleteMany', namespace: 'shop.numbers', filter: { x: -1 } }], options)
  )
}

/** Operations that make and drop. */
export const definingMethods: Readonly<Record<string, SessionMethod>> = {
  createCollection: read('create', (place, options) => shop(place).createCollection('others', options)),
  createIndex: read('createIndexes', ({ collection }, options) => collection.createIndex({ x: 1 }, options)),
  createIndexes: read('createIndexes', ({ collection }, options) =>
    collection.createIndexes([{ key: { y: 1 } }], options)
  ),
  dropIndex: read('dropIndexes', ({ collection }, options) => collection.dropIndex('x_1', options)),
  dropIndexes: read('dropIndexes', ({ collection }, options) => collection.dropIndexes(options)),
  rename: read(
    'renameCollection',
    (place, options) => shop(place).renameCollection('others', 'strangers', options),
    false
  ),
  dropCollection: read('drop', (place, options) => shop(place).dropCollection('strangers', options)),
  drop: read('drop', ({ collection }, options) => collection.drop(options)),
  dropDatabase: read('dropDatabase', (place, options) => shop(place).dropDatabase(options))
}

/** All that take a session, in an order in which each of them succeeds. */
export const sessionMethods: Readonly<Record<string, SessionMethod>> = {
  ...readMethods,
  ...lookingMethods,
  ...writeMethods,
  ...definingMethods
}
