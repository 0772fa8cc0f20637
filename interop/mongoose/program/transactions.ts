/** Transactions: what mongoose does with documents in them, and what of them is undone. */
import mongoose, { Schema } from 'mongoose'
import type { Cases } from './cases.ts'
import { outcome } from './plain.ts'

const options = { autoCreate: false, autoIndex: false } as const

function modelOf(connection: mongoose.Connection) {
  return connection.model('Thing', new Schema({ n: Number, parts: [{ name: String }] }, options))
}

/** All numbers that are stored, in order. */
async function stored(connection: mongoose.Connection): Promise<unknown> {
  const found = await connection.model<{ n: number }>('Thing').find().sort({ n: 1 }).select('n -_id').lean()
  return found.map(({ n }) => n)
}

export const transactions: Cases = {
  'connection.transaction commits what was done with its session': async connection => {
    const Thing = modelOf(connection)
    await connection.transaction(async session => {
      const [one] = await Thing.create([{ n: 1 }], { session })
      await Thing.insertMany([{ n: 2 }, { n: 3 }], { session })
      await one?.set('n', 10).save()
      await Thing.updateOne({ n: 2 }, { n: 20 }).session(session)
      await Thing.deleteOne({ n: 3 }).session(session)
      await Thing.bulkWrite([{ insertOne: { document: { n: 4 } } }], { session })
    })
    return stored(connection)
  },
  'connection.transaction that fails leaves nothing, and documents as they were before': async connection => {
    const Thing = modelOf(connection)
    const thing = await Thing.create({ n: 1, parts: [{ name: 'a' }] })
    const fresh = new Thing({ n: 7 })
    const failure = await outcome(
      connection.transaction(async session => {
        thing.n = 2
        thing.parts.push({ name: 'b' })
        await thing.save({ session })
        await fresh.save({ session })
        throw new Error('the work failed')
      })
    )
    const facts = { modified: thing.modifiedPaths(), isNew: fresh.isNew, version: thing.get('__v') as unknown }
    const before = await stored(connection)
    await thing.save()
    await fresh.save()
    return { failure, facts, before, after: await stored(connection) }
  },
  'a conflict with another write is tried again': async connection => {
    const Thing = modelOf(connection)
    await Thing.create({ n: 1 })
    let calls = 0
    await connection.transaction(async session => {
      const thing = await Thing.findOne().session(session)
      if (++calls === 1) await Thing.updateOne({}, { $inc: { n: 1 } })
      await thing?.set('n', (thing.n ?? 0) + 10).save()
    })
    return { calls, stored: await stored(connection) }
  },
  'session.withTransaction resolves as its work does, and a session can be ended by hand': async connection => {
    const Thing = modelOf(connection)
    const session = await connection.startSession()
    const result = await session.withTransaction(async () => {
      await Thing.create([{ n: 1 }], { session })
      return session.inTransaction()
    })
    session.startTransaction({ readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } })
    await Thing.create([{ n: 2 }], { session })
    const within = await Thing.countDocuments().session(session)
    await session.abortTransaction()
    const refused = await outcome(session.commitTransaction().catch((error: Error) => error.name))
    await session.endSession()
    return { result, within, refused, stored: await stored(connection) }
  },
  'with transactionAsyncLocalStorage operations need not name the session': async (_, uri) => {
    const other = new mongoose.Mongoose()
    other.set('transactionAsyncLocalStorage', true)
    const connection = other.createConnection(uri, { dbName: 'local' })
    const Thing = modelOf(connection)
    const failure = await outcome(
      connection.transaction(async () => {
        await Thing.create({ n: 1 })
        const within = await Thing.countDocuments()
        throw new Error(`${within} within`)
      })
    )
    const left = await stored(connection)
    await connection.dropDatabase()
    await connection.close()
    return { failure, left }
  }
}
