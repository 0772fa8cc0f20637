/** Plain objects that are inserted: which of them have an `_id` afterwards, also when something fails. */
import { type Connection, Schema } from 'mongoose'
import type { Cases } from './cases.ts'
import { outcome } from './plain.ts'

type Fields = Record<string, unknown>

async function things(connection: Connection) {
  const schema = new Schema({ key: { type: String, unique: true }, n: Number, list: [] })
  const Thing = connection.model('Thing', schema)
  await Thing.init()
  await Thing.create([{ key: 'a' }, { key: 'b' }])
  return Thing
}

const nested = (): Fields => ({ key: 'n', list: [{ a: 1 }, [{ b: 2 }, []]], n: 1 })

/** The first and the last are inserted when the others do not stop them; two have an `_id`. */
const partlyTaken = (): Fields[] => [
  { key: 'x' },
  { key: 'a' },
  { _id: 'own', key: 'b' },
  { _id: 5, key: 'y' },
  nested()
]

export const inserts: Cases = {
  'insertMany of plain objects gives them back with their identifiers': async connection => {
    const Thing = await things(connection)
    return Thing.insertMany([{ key: 'l', n: 1 }, nested()], { lean: true })
  },
  'insertMany of plain objects that fails, ordered and not': async connection => {
    const Thing = await things(connection)
    const documents = () => [{ key: 'x' }, { key: 'a' }, { key: 'b' }, nested()]
    const ordered = await outcome(Thing.insertMany(documents(), { lean: true }))
    await Thing.deleteMany({ key: 'x' })
    const unordered = await outcome(Thing.insertMany(documents(), { lean: true, ordered: false }))
    await Thing.deleteMany({ key: { $in: ['x', 'n'] } })
    const raw = await outcome(Thing.insertMany(documents(), { lean: true, ordered: false, rawResult: true }))
    return { ordered, unordered, raw }
  },
  'insertOne of the driver’s collection: plain, with an _id, refused, frozen': async connection => {
    const Thing = await things(connection)
    const given: Fields[] = [
      nested(),
      { _id: 'own', key: 'o' },
      { _id: null, key: 'null' },
      { key: 'a' },
      Object.freeze({ key: 'frozen' }),
      Object.freeze({ _id: 'frozen', key: 'f' })
    ]
    const told: unknown[] = []
    for (const document of given) told.push([await outcome(Thing.collection.insertOne(document)), document])
    return { told, left: await Thing.distinct('key') }
  },
  'insertMany of the driver’s collection that fails, ordered and not': async connection => {
    const Thing = await things(connection)
    const [ordered, unordered] = [partlyTaken(), partlyTaken()]
    const first = await outcome(Thing.collection.insertMany(ordered))
    await Thing.collection.deleteMany({ key: 'x' })
    const second = await outcome(Thing.collection.insertMany(unordered, { ordered: false }))
    return { first, ordered, second, unordered, left: await Thing.distinct('key') }
  },
  'insertMany of the driver’s collection with a frozen document': async connection => {
    const Thing = await things(connection)
    const documents: Fields[] = [{ key: 'x' }, Object.freeze({ key: 'frozen' }), { key: 'y' }]
    return [await outcome(Thing.collection.insertMany(documents)), documents, await Thing.countDocuments()]
  },
  'bulkWrite of the driver’s collection: what it inserts has an _id, failures or not': async connection => {
    const Thing = await things(connection)
    const operations = () => [
      { updateOne: { filter: { key: 'b' }, update: { $set: { n: 1 } } } },
      ...partlyTaken().map(document => ({ insertOne: { document } })),
      { replaceOne: { filter: { key: 'b' }, replacement: { key: 'b' } } }
    ]
    const [ordered, unordered] = [operations(), operations()]
    const first = await outcome(Thing.collection.bulkWrite(ordered as never))
    await Thing.collection.deleteMany({ key: 'x' })
    const second = await outcome(Thing.collection.bulkWrite(unordered as never, { ordered: false }))
    return { first, ordered, second, unordered, left: await Thing.distinct('key') }
  },
  'with forceServerObjectId plain objects stay as they are': async connection => {
    const Thing = await things(connection)
    const [one, many]: [Fields, Fields[]] = [{ key: 'x' }, [{ key: 'y' }, nested()]]
    await Thing.collection.insertOne(one, { forceServerObjectId: true })
    await Thing.collection.insertMany(many, { forceServerObjectId: true })
    const left = await Thing.find().sort('key').lean()
    return { one, many, left: left.map(({ _id, key }) => [_id.constructor.name, key]) }
  }
}
