/** Indexes and collections that schemas ask for. */
import { Schema } from 'mongoose'
import type { Cases } from './cases.ts'
import { outcome } from './plain.ts'

export const indexes: Cases = {
  'a model builds its indexes when it is made': async connection => {
    const schema = new Schema({
      email: { type: String, unique: true, sparse: true },
      age: { type: Number, index: true },
      at: Date
    })
    schema.index({ email: 1, age: -1 }, { name: 'both' })
    schema.index({ at: 1 }, { hidden: true })
    schema.index({ age: 1, at: 1 }, { partialFilterExpression: { age: { $gt: 5 } } })
    const User = connection.model('User', schema)
    const told: unknown[] = []
    User.on('index', error => told.push(error ?? 'built'))
    await User.init()
    return { told, listed: await User.listIndexes(), information: await User.collection.getIndexes() }
  },
  'syncIndexes drops what the schema no longer has': async connection => {
    const Before = connection.model(
      'Before',
      new Schema({ a: { type: Number, index: true }, b: Number }, { collection: 'things' })
    )
    await Before.init()
    await Before.collection.createIndex({ b: 1 }, { name: 'by hand' })
    const After = connection.model(
      'After',
      new Schema({ a: Number, c: { type: Number, index: true } }, { collection: 'things', autoIndex: false })
    )
    return {
      difference: await After.diffIndexes(),
      dropped: await After.syncIndexes(),
      cleaned: await After.cleanIndexes(),
      names: (await After.listIndexes()).map(({ name }) => name),
      all: await connection.syncIndexes({ continueOnError: true })
    }
  },
  'an index that cannot be built is told': async connection => {
    await connection.collection('twices').insertMany([{ a: 1 }, { a: 1 }])
    const Twice = connection.model('Twice', new Schema({ a: { type: Number, unique: true } }), 'twices')
    return [await outcome(Twice.init()), await outcome(Twice.createIndexes())]
  },
  'collections are made, listed and dropped': async connection => {
    const log = new Schema({ a: Number }, { autoCreate: false, capped: { size: 4096, max: 10 } })
    const Log = connection.model('Log', log)
    await Log.createCollection()
    const again = await outcome(async () => (await Log.createCollection()).collectionName)
    const schema = new Schema({ a: String, n: { type: Number, index: true } }, { autoCreate: false })
    const Other = connection.model('Other', schema)
    await Other.createCollection()
    await Other.create({ a: 'X' })
    const names = (await connection.listCollections()).map(({ name }) => name).toSorted()
    const options = await Log.collection.options()
    const found = await Other.countDocuments({ a: 'X' })
    await Log.collection.drop()
    await connection.dropCollection('others')
    return { again, names, options, capped: await Log.createCollection().then(made => made.isCapped()), found }
  },
  'createCollections and dropDatabase of a connection': async connection => {
    connection.model('A', new Schema({ a: Number }, { autoCreate: false }))
    connection.model('B', new Schema({ b: Number }, { autoCreate: false }))
    const made = Object.keys(await connection.createCollections())
    const before = (await connection.listCollections()).length
    await connection.dropDatabase()
    return { made, before, after: (await connection.listCollections()).length }
  }
}
