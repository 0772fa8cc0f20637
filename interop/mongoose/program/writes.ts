/** Writes that are no `save`: updates, deletes, findOneAnd…, many at once. */
import { type Connection, Schema } from 'mongoose'
import type { Cases } from './cases.ts'
import { outcome } from './plain.ts'

const schema = new Schema({ key: { type: String, unique: true }, n: { type: Number, max: 1000 }, list: [Number] })

async function keys(connection: Connection) {
  const Thing = connection.model('Thing', schema)
  await Thing.init()
  await Thing.create([
    { key: 'a', n: 1 },
    { key: 'b', n: 2, list: [1, 2] },
    { key: 'c', n: 3 }
  ])
  return Thing
}

/** The second and the third of them are refused. */
const partlyTwice = [
  { insertOne: { document: { key: 'x', n: 1 } } },
  { insertOne: { document: { key: 'a', n: 2 } } },
  { updateOne: { filter: { key: 'b' }, update: { $set: { key: 'c' } } } },
  { insertOne: { document: { key: 'y', n: 3 } } }
]

export const writes: Cases = {
  'results of updates, replacements and deletes': async connection => {
    const Thing = await keys(connection)
    return {
      updateOne: await Thing.updateOne({ key: 'a' }, { $inc: { n: 1 } }),
      updateMany: await Thing.updateMany({ n: { $gte: 2 } }, { n: 2 }),
      unchanged: await Thing.updateOne({ key: 'b' }, { n: 2 }),
      upsert: await Thing.updateOne({ key: 'z' }, { n: 26 }, { upsert: true }),
      replaceOne: await Thing.replaceOne({ key: 'c' }, { key: 'c2', n: 30 }),
      pipeline: await Thing.updateOne({ key: 'c2' }, [{ $set: { n: { $add: ['$n', 1] } } }], { updatePipeline: true }),
      array: await Thing.updateOne({ key: 'b' }, { $push: { list: { $each: [5, 4], $sort: 1 } }, $unset: { n: 1 } }),
      deleteOne: await Thing.deleteOne({ key: 'z' }),
      deleteMany: await Thing.deleteMany({ n: { $exists: true } }),
      left: await Thing.find().sort('key').lean()
    }
  },
  'findOneAndUpdate, …Replace and …Delete, with their options': async connection => {
    const Thing = await keys(connection)
    const after = { returnDocument: 'after' } as const
    const options = { upsert: true, returnDocument: 'after', includeResultMetadata: true } as const
    const whole = await Thing.findOneAndUpdate({ key: 'r' }, { n: 1 }, options)
    return {
      before: await Thing.findOneAndUpdate({ key: 'a' }, { n: 10 }),
      after: await Thing.findOneAndUpdate({ key: 'a' }, { n: 11 }, after),
      byId: await Thing.findByIdAndUpdate((await Thing.findOne({ key: 'b' }).orFail())._id, { $inc: { n: 5 } }, after),
      upserted: await Thing.findOneAndUpdate(
        { key: 'u' },
        { n: 1 },
        { ...after, upsert: true, setDefaultsOnInsert: true }
      ),
      raw: [whole.value, whole.lastErrorObject, whole.ok],
      sorted: await Thing.findOneAndUpdate(
        {},
        { $set: { n: 0 } },
        { sort: { key: -1 }, projection: { key: 1, _id: 0 } }
      ).lean(),
      replaced: await Thing.findOneAndReplace({ key: 'c' }, { key: 'c', n: 9 }, after),
      deleted: await Thing.findOneAndDelete({ key: 'c' }),
      none: await Thing.findOneAndDelete({ key: 'c' })
    }
  },
  'bulkWrite of each kind': async connection => {
    const Thing = await keys(connection)
    const result = await Thing.bulkWrite([
      { insertOne: { document: { key: 'd', n: 4 } } },
      { updateOne: { filter: { key: 'a' }, update: { $set: { n: 100 } } } },
      { updateMany: { filter: { n: { $lt: 100 } }, update: { $inc: { n: 1 } } } },
      { replaceOne: { filter: { key: 'b' }, replacement: { key: 'b', n: 0 } } },
      { updateOne: { filter: { key: 'e' }, update: { $set: { n: 5 } }, upsert: true } },
      { deleteOne: { filter: { key: 'c' } } }
    ])
    const { insertedCount, matchedCount, modifiedCount, deletedCount, upsertedCount, insertedIds, upsertedIds } = result
    return {
      counts: { insertedCount, matchedCount, modifiedCount, deletedCount, upsertedCount },
      ids: { insertedIds, upsertedIds },
      errors: [result.hasWriteErrors(), result.getWriteErrorCount(), result.getWriteErrors()],
      left: await Thing.find().sort('key').select('-_id').lean()
    }
  },
  'bulkWrite of a connection': async connection => {
    const Thing = await keys(connection)
    const { insertedCount, modifiedCount, deletedCount } = await connection.bulkWrite<
      Record<string, { key?: string; n?: number }>
    >([
      { model: Thing.modelName, name: 'insertOne', document: { key: 'd', n: 4 } },
      { model: Thing.modelName, name: 'updateOne', filter: { key: 'a' }, update: { $set: { n: 100 } } },
      { model: Thing.modelName, name: 'deleteOne', filter: { key: 'c' } }
    ])
    const left = await Thing.find().sort('key').select('-_id').lean()
    return { counts: { insertedCount, modifiedCount, deletedCount }, left }
  },
  'bulkWrite that fails, ordered and not': async connection => {
    const Thing = await keys(connection)
    const ordered = await outcome(Thing.bulkWrite(partlyTwice))
    await Thing.deleteMany({ key: 'x' })
    const unordered = await outcome(Thing.bulkWrite(partlyTwice, { ordered: false }))
    return { ordered, unordered, left: await Thing.distinct('key') }
  },
  'bulkWrite that fails, ordered, after operations that are no inserts': async connection => {
    const Thing = await keys(connection)
    const update = { updateOne: { filter: { key: 'b' }, update: { $set: { n: 5 } } } }
    return outcome(Thing.bulkWrite([update, ...partlyTwice]))
  },
  'bulkWrite with operations that are not valid': async connection => {
    const Thing = await keys(connection)
    const some = [{ insertOne: { document: { key: 'v', n: 5000 } } }, { insertOne: { document: { key: 'w', n: 5 } } }]
    const [wrong] = some
    const results = await Thing.bulkWrite(some, { ordered: false })
    const nothing = await Thing.bulkWrite(wrong === undefined ? [] : [wrong], { ordered: false })
    const empty = await Thing.bulkWrite([])
    const { mongoose: told } = results as { readonly mongoose?: unknown }
    return {
      told,
      nothing: [nothing.insertedCount, nothing.upsertedCount, nothing.insertedIds],
      empty: [empty.matchedCount, empty.hasWriteErrors()],
      throwing: await outcome(Thing.bulkWrite(some, { ordered: false, throwOnValidationError: true }))
    }
  },
  'insertMany: results, failures, documents that are not valid': async connection => {
    const Thing = await keys(connection)
    const documents = [{ key: 'd' }, { key: 'a' }, { key: 'e' }, { key: 'f', n: 5000 }]
    const good = await Thing.insertMany([{ key: 'g1', n: 1 }, { key: 'g2' }])
    const raw = await Thing.insertMany([{ key: 'g3' }], { rawResult: true })
    const ordered = await outcome(Thing.insertMany(documents.slice(0, 3)))
    await Thing.deleteMany({ key: 'd' })
    const unordered = await outcome(Thing.insertMany(documents, { ordered: false }))
    return { good, raw, ordered, unordered }
  },
  'bulkSave writes what changed, and says which failed': async connection => {
    const Thing = await keys(connection)
    const all = await Thing.find().sort('key')
    for (const thing of all) thing.n = (thing.n ?? 0) * 10
    const fresh = new Thing({ key: 'new', n: 1 })
    const saved = await Thing.bulkSave([...all, fresh])
    const [first] = all
    first?.set('key', 'b')
    const failed = await outcome(Thing.bulkSave([...all, new Thing({ key: 'b', n: 2 })]))
    const { matchedCount, modifiedCount, insertedCount } = saved
    return {
      saved: { matchedCount, modifiedCount, insertedCount },
      isNew: fresh.isNew,
      failed,
      left: await Thing.find().sort('key').lean()
    }
  },
  'write concerns of schemas and of calls': async connection => {
    const Thing = connection.model(
      'Thing',
      new Schema({ a: Number }, { writeConcern: { w: 'majority', j: true, wtimeout: 5000 } })
    )
    const thing = await Thing.create({ a: 1 })
    thing.a = 2
    await thing.save({ w: 1 })
    return [await Thing.updateOne({}, { a: 3 }, { writeConcern: { w: 1 } }), await Thing.findOne().lean()]
  }
}
