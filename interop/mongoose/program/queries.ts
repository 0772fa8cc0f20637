/** Reads: filters, projections, cursors, counts, aggregation. */
import { type Connection, Schema } from 'mongoose'
import type { Cases } from './cases.ts'
import { outcome } from './plain.ts'

const schema = new Schema({ n: { type: Number, index: true }, even: Boolean, name: String, tags: [String] })

async function numbers(connection: Connection, count = 25) {
  const Item = connection.model('Item', schema)
  await Item.insertMany(
    Array.from({ length: count }, (_, n) => ({
      n,
      even: n % 2 === 0,
      name: `name ${n % 5}`,
      tags: [`t${n % 3}`, 'all']
    }))
  )
  return Item
}

export const queries: Cases = {
  'find with filter, projection, sort, skip and limit': async connection => {
    const Item = await numbers(connection)
    return {
      chained: await Item.find({ even: true }).select('n -_id').sort('-n').skip(1).limit(3).lean(),
      operators: await Item.find({ n: { $gte: 20 }, name: /^name [12]$/ }, { n: 1, _id: 0 }).lean(),
      cast: await Item.find({ n: '7' as unknown as number }, { n: 1 }).lean(),
      or: await Item.countDocuments({ $or: [{ n: 1 }, { tags: 't2' }] }),
      where: await Item.find().where('n').gt(3).lt(6).sort({ n: 1 }).select('n name'),
      none: await Item.findOne({ n: 1000 })
    }
  },
  'findById, exists, distinct, counts': async connection => {
    const Item = await numbers(connection)
    const first = await Item.findOne({ n: 0 }).orFail()
    return {
      byId: (await Item.findById(first._id))?.n,
      byText: (await Item.findById(String(first._id)))?.n,
      exists: await Item.exists({ n: 3 }),
      missing: await Item.exists({ n: 300 }),
      distinct: await Item.distinct('name', { even: true }),
      tags: await Item.distinct('tags'),
      counted: await Item.countDocuments({ even: true }),
      limited: await Item.countDocuments({}, { skip: 20, limit: 10 }),
      estimated: await Item.estimatedDocumentCount()
    }
  },
  'cursors give every document once, in batches': async connection => {
    const Item = await numbers(connection, 250)
    let sum = 0
    for await (const item of Item.find().sort('n').batchSize(40).cursor()) sum += item.n ?? 0
    const cursor = Item.find({}, null, { sort: { n: 1 } })
      .lean()
      .cursor({ batchSize: 7 })
    const firsts = [await cursor.next(), await cursor.next()].map(item => item?.n)
    await cursor.close()
    let parallel = 0
    await Item.find()
      .cursor()
      .eachAsync(items => void (parallel += items.length), { batchSize: 30, parallel: 2 })
    const mapped = Item.find({ n: { $lt: 3 } })
      .sort('n')
      .cursor()
      .map((item: { readonly n?: number | null }) => (item.n ?? 0) * 2)
    const doubled: number[] = []
    for await (const value of mapped) doubled.push(value as number)
    return { sum, firsts, parallel, doubled, empty: await Item.find({ n: -1 }).cursor().next() }
  },
  'cursors are streams, transform, populate and tell of their end': async connection => {
    const Item = await numbers(connection, 30)
    const stream = Item.find()
      .sort('n')
      .cursor({ batchSize: 4, transform: (item: { readonly n?: number | null }) => ({ n: (item.n ?? 0) + 0.5 }) })
    const told: string[] = []
    for (const event of ['end', 'close']) stream.on(event, () => told.push(event))
    const streamed: number[] = []
    stream.on('data', (item: { readonly n: number }) => streamed.push(item.n))
    await new Promise(resolve => stream.once('close', resolve))
    const paused: number[] = []
    const slow = Item.aggregate([{ $sort: { n: 1 } }, { $limit: 3 }]).cursor({ batchSize: 2 })
    slow.on('data', (item: { readonly n: number }) => {
      slow.pause()
      paused.push(item.n)
      setImmediate(() => slow.resume())
    })
    await new Promise(resolve => slow.once('end', resolve))
    return { streamed, told, paused }
  },
  'a cursor that stops early, and one whose work fails': async connection => {
    const Item = await numbers(connection, 30)
    const stopped = Item.find().sort('n').cursor({ batchSize: 3 })
    const seen: unknown[] = []
    for await (const item of stopped) {
      seen.push(item.n)
      if (item.n === 4) break
    }
    const work = (item: { readonly n?: number | null }) => {
      if (item.n === 3) throw new Error('the work failed')
      return Promise.resolve()
    }
    return { seen, failed: await outcome(Item.find().sort('n').cursor().eachAsync(work)) }
  },
  'a cursor is rewound, and has flags': async connection => {
    const Item = await numbers(connection, 3)
    const cursor = Item.find().sort('n').select('n -_id').lean().cursor()
    cursor.addCursorFlag('noCursorTimeout', true)
    const first = await cursor.next()
    cursor.rewind()
    const again = await cursor.next()
    const { error } = (await outcome(() => cursor.addCursorFlag('tailable', true))) as { readonly error: string }
    return { first, again, error }
  },
  'a cursor that was closed is not read any more': async connection => {
    const Item = await numbers(connection, 3)
    const cursor = Item.find().sort('n').cursor()
    const first = await cursor.next()
    let closed = 0
    cursor.on('close', () => closed++)
    await cursor.close()
    return { first: first?.n, closed, next: await outcome(cursor.next()) }
  },
  'options of queries reach the server': async connection => {
    const Item = await numbers(connection)
    await Item.init()
    return {
      hint: (
        await Item.find({ n: { $gt: 20 } })
          .hint({ n: 1 })
          .select('n -_id')
          .lean()
      ).length,
      collation: await Item.find({ name: 'NAME 1' }).collation({ locale: 'en', strength: 2 }).countDocuments(),
      read: (await Item.find({ n: 1 }).read('secondaryPreferred').readConcern('local').lean()).length,
      limits: (await Item.find().maxTimeMS(5000).comment('a comment').limit(2)).length,
      allowDiskUse: (await Item.find().allowDiskUse(true).sort('name').limit(1).lean()).length,
      explained: Object.keys(await Item.find({ n: 1 }).explain('queryPlanner')).includes('queryPlanner')
    }
  },
  'aggregation: stages, results as plain objects, cursors': async connection => {
    const Item = await numbers(connection)
    const Label = connection.model('Label', new Schema({ tag: String, text: String }))
    await Label.create({ tag: 't1', text: 'first' }, { tag: 't2', text: 'second' })
    const grouped = await Item.aggregate([{ $match: { n: { $lt: 20 } } }])
      .group({ _id: '$even', sum: { $sum: '$n' }, names: { $addToSet: '$name' } })
      .sort({ _id: 1 })
      .project({ sum: 1, names: { $size: '$names' } })
    const joined = await Item.aggregate()
      .match({ n: { $in: [1, 2, 3] } })
      .lookup({ from: Label.collection.name, localField: 'tags', foreignField: 'tag', as: 'labels' })
      .unwind({ path: '$labels', preserveNullAndEmptyArrays: true })
      .sort('n')
      .project({ _id: 0, n: 1, 'labels.text': 1 })
    const facets = await Item.aggregate().facet({
      low: [{ $match: { n: { $lt: 2 } } }, { $count: 'n' }],
      all: [{ $count: 'n' }]
    })
    let steps = 0
    for await (const item of Item.aggregate([{ $match: { even: true } }]).cursor({ batchSize: 4 })) steps += item.n
    return { grouped, joined, facets, steps, options: await Item.aggregate([{ $count: 'n' }]).allowDiskUse(true) }
  },
  'aggregation on the connection, and explained': async connection => {
    const Item = await numbers(connection)
    const explained: unknown = await Item.aggregate([{ $match: { n: 1 } }]).explain('queryPlanner')
    return {
      documents: await connection.aggregate([{ $documents: [{ a: 1 }] }]),
      explained: typeof explained === 'object' && explained !== null
    }
  },
  'lean with virtuals left out, and hydrate': async connection => {
    const Item = await numbers(connection, 2)
    const lean = await Item.findOne({ n: 1 }).lean().orFail()
    const hydrated = Item.hydrate(lean)
    hydrated.name = 'changed'
    await hydrated.save()
    return { lean, stored: await Item.findById(lean._id).lean() }
  },
  'the native collection behind a model': async connection => {
    const Item = await numbers(connection, 3)
    const { collection } = Item
    const inserted = await collection.insertOne({ n: 100 })
    return {
      inserted,
      found: await collection
        .find({ n: { $gte: 2 } })
        .sort({ n: 1 })
        .project({ _id: 0, n: 1 })
        .toArray(),
      updated: await collection.updateMany({}, { $inc: { n: 1 } }),
      distinct: await collection.distinct('n'),
      namespace: [collection.name, collection.collectionName, collection.namespace],
      isCapped: await collection.isCapped(),
      options: await collection.options(),
      information: await collection.indexInformation()
    }
  }
}
