/** Sessions without transactions: what a session binds together, and what ends with it. */
import mongoose, { createConnection, Schema } from 'mongoose'
import type { Cases } from './cases.ts'
import { outcome, textOf } from './plain.ts'

interface Started {
  readonly commandName: string
  readonly command: {
    readonly lsid?: { readonly id: { toString(encoding: string): string } }
    readonly readConcern?: { readonly afterClusterTime?: unknown }
  }
}

const options = { autoCreate: false, autoIndex: false } as const

const reads: ReadonlySet<string> = new Set(['find', 'aggregate', 'distinct'])

/** Which session each command has, by the order in which they were first seen, and whether it reads what came before. */
async function commandsOf(uri: string, work: (connection: mongoose.Connection) => Promise<unknown>) {
  const connection = createConnection(uri, { dbName: 'sessions', monitorCommands: true })
  const told: unknown[] = []
  const seen = new Map<string, number>()
  connection.on('commandStarted', ({ commandName, command }: Started) => {
    if (commandName === 'endSessions') return
    const id = String(command.lsid?.id.toString('hex'))
    if (!seen.has(id)) seen.set(id, seen.size + 1)
    const after = command.readConcern?.afterClusterTime !== undefined
    told.push(reads.has(commandName) ? [commandName, seen.get(id), after] : [commandName, seen.get(id)])
  })
  await connection.asPromise()
  const result = await outcome(work(connection))
  const { length } = told
  await connection.dropDatabase()
  await connection.close()
  return { told: told.slice(0, length), result }
}

export const sessions: Cases = {
  'operations of one session have its identifier, whatever they are': (_, uri) =>
    commandsOf(uri, async connection => {
      const Thing = connection.model(
        'Thing',
        new Schema({ n: Number, other: { type: Schema.Types.ObjectId, ref: 'Thing' } }, options)
      )
      const session = await connection.startSession()
      const [one] = await Thing.create([{ n: 1 }], { session })
      const [two] = await Thing.insertMany([{ n: 2, other: one?._id }], { session })
      const found = await Thing.findOne({ n: 2 }).session(session).populate('other')
      const saved = await found?.set('n', 3).save()
      const updated = await Thing.updateOne({ n: 1 }, { n: 5 }, { session })
      const bulk = await Thing.bulkWrite([{ updateOne: { filter: { n: 5 }, update: { $set: { n: 6 } } } }], { session })
      const sums = await Thing.aggregate([{ $group: { _id: null, sum: { $sum: '$n' } } }]).session(session)
      const changed = await Thing.findOneAndUpdate({ n: 6 }, { n: 7 }, { session, returnDocument: 'after' })
      const counted = await Thing.countDocuments({}, { session })
      const distinct = await Thing.distinct('n').session(session)
      let read = 0
      for await (const thing of Thing.find().session(session).batchSize(2).cursor()) read += thing.n ?? 0
      const deleted = await Thing.deleteMany({}, { session })
      const of = [one?.$session() === session, two?.$session() === session, found?.$session() === session]
      await session.endSession()
      return {
        of,
        saved,
        updated,
        modified: bulk.modifiedCount,
        sums,
        changed,
        counted,
        distinct,
        read,
        deleted,
        ended: session.hasEnded
      }
    }),
  'a session reads what it has written before, and others need not': (_, uri) =>
    commandsOf(uri, async connection => {
      const Thing = connection.model('Thing', new Schema({ n: Number }, options))
      const session = await Thing.startSession({ causalConsistency: true })
      await Thing.create([{ n: 1 }], { session })
      const found = await Thing.find().read('secondaryPreferred').session(session).select('n -_id').lean()
      await session.endSession()
      const loose = await connection.startSession({ causalConsistency: false })
      await Thing.updateOne({}, { n: 2 }, { session: loose })
      const again = await Thing.findOne().session(loose).select('n -_id').lean()
      await loose.endSession()
      return { found, again }
    }),
  'withSession ends the session, however its work ends': async connection => {
    const Thing = connection.model('Thing', new Schema({ n: Number }, options))
    const used: mongoose.mongo.ClientSession[] = []
    const result = await connection.withSession(async session => {
      used.push(session)
      await Thing.create([{ n: 1 }], { session })
      return Thing.countDocuments().session(session)
    })
    const failure = await outcome(
      connection.withSession(session => {
        used.push(session)
        return Promise.reject(new Error('the work failed'))
      })
    )
    return { result, failure, ended: used.map(({ hasEnded }) => hasEnded) }
  },
  'a session that has ended is refused': async connection => {
    const Thing = connection.model('Thing', new Schema({ n: Number }, options))
    const session = await connection.startSession()
    await session.endSession()
    const { error } = (await outcome(Thing.find().session(session))) as { readonly error: string }
    return { error, again: await outcome(session.endSession()) }
  },
  'a document keeps its session, and can be given another': async connection => {
    const Thing = connection.model('Thing', new Schema({ n: Number }, options))
    const session = await connection.startSession()
    const thing = new Thing({ n: 1 })
    thing.$session(session)
    await thing.save()
    const kept = thing.$session() === session
    await session.endSession()
    thing.$session(null)
    thing.n = 2
    await thing.save()
    return { kept, now: thing.$session() === null, stored: (await Thing.findOne())?.n }
  },
  'sessions have the class that the driver says, and are printed for debugging': async connection => {
    const told: string[] = []
    connection.set('debug', (...parts: unknown[]) => told.push(textOf(String(parts[1]))))
    const Thing = connection.model('Thing', new Schema({ n: Number }, options))
    const session = await connection.startSession()
    await Thing.findOne().session(session)
    connection.set('debug', false)
    const facts = [
      session.constructor.name,
      session instanceof mongoose.mongo.ClientSession,
      session.inTransaction(),
      session.hasEnded,
      typeof session.id
    ]
    await session.endSession()
    return { told, facts }
  }
}
