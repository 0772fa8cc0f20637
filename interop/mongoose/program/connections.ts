/** Connections: states, events, databases, clients, sessions' neighbours. */
import mongoose, { createConnection, Schema } from 'mongoose'
import type { Cases } from './cases.ts'
import { outcome, textOf } from './plain.ts'

const events = ['connecting', 'connected', 'open', 'disconnecting', 'disconnected', 'close', 'error', 'reconnected']

export const connections: Cases = {
  'states and events from the beginning to the end': async (_, uri) => {
    const connection = createConnection()
    const told: unknown[] = []
    for (const event of events) connection.on(event, () => told.push([event, connection.readyState]))
    const before = [connection.readyState, connection.db === undefined]
    const opened = await connection.openUri(uri, { dbName: 'states' })
    const during = [
      opened === connection,
      connection.readyState,
      connection.name,
      connection.host,
      typeof connection.port,
      connection.db?.databaseName
    ]
    const client = connection.getClient()
    const known = [client instanceof mongoose.mongo.MongoClient, connection.id >= 0]
    await connection.close()
    return { before, during, known, after: connection.readyState, told }
  },
  'what was asked before the connection opened is done afterwards': async (_, uri) => {
    const connection = createConnection()
    const Early = connection.model('Early', new Schema({ a: Number }))
    const asked = Early.create({ a: 1 })
    const found = Early.find().lean()
    await connection.openUri(uri, { dbName: 'early' })
    const [created, all] = [await asked, await found.exec()]
    await connection.dropDatabase()
    await connection.close()
    return { created, found: all.length <= 1 }
  },
  'a closed connection can be opened again, and one that was destroyed cannot': async (_, uri) => {
    const connection = createConnection(uri, { dbName: 'again' })
    await connection.asPromise()
    await connection.close()
    await connection.openUri(uri, { dbName: 'again' })
    const reopened = connection.readyState
    const Thing = connection.model('Thing', new Schema({ a: Number }))
    await Thing.create({ a: 1 })
    const count = await Thing.countDocuments()
    await connection.dropDatabase()
    await connection.close(true)
    const forced = await outcome(Thing.findOne())
    await connection.destroy()
    return { reopened, count, forced, destroyed: await outcome(connection.openUri(uri)) }
  },
  'other databases over the same client': async connection => {
    const other = connection.useDb('other', { useCache: true })
    const Thing = other.model('Thing', new Schema({ a: Number }))
    await Thing.create({ a: 1 })
    const databases = (await connection.listDatabases()).databases.map(({ name }) => name)
    const facts = {
      name: other.name,
      state: other.readyState,
      cached: connection.useDb('other', { useCache: true }) === other,
      client: other.getClient() === connection.getClient(),
      listed: databases.includes('other'),
      here: (await connection.listCollections()).length,
      there: (await other.listCollections()).map(({ name }) => name)
    }
    await other.dropDatabase()
    return facts
  },
  'a client that was connected before': async (_, uri) => {
    const client = new mongoose.mongo.MongoClient(uri)
    const refused = await outcome(() => createConnection().setClient(client))
    await client.connect()
    const connection = createConnection()
    connection.setClient(client)
    const Thing = connection.useDb('given').model('Thing', new Schema({ a: Number }))
    await Thing.create({ a: 1 })
    const facts = [connection.readyState, connection.host, await Thing.countDocuments()]
    await connection.useDb('given').dropDatabase()
    await connection.close()
    return { refused, facts }
  },
  'commands are told when they are asked for': async (_, uri) => {
    const connection = createConnection(uri, { dbName: 'told', monitorCommands: true })
    const told: string[] = []
    connection.on('commandStarted', ({ commandName }) => told.push(`started ${commandName}`))
    connection.on('commandSucceeded', ({ commandName }) => told.push(`succeeded ${commandName}`))
    connection.on('commandFailed', ({ commandName }) => told.push(`failed ${commandName}`))
    const Thing = connection.model(
      'Thing',
      new Schema({ a: { type: Number, unique: true } }, { autoIndex: false, autoCreate: false })
    )
    await connection.asPromise()
    await Thing.create({ a: 1 })
    await Thing.findOne({ a: 1 })
    await Thing.updateOne({ a: 1 }, { a: 2 })
    await Thing.findOneAndDelete({ a: 2 })
    await Thing.countDocuments()
    await outcome(Thing.collection.dropIndex('none'))
    await connection.close()
    return told.filter(text => !text.includes('endSessions'))
  },
  'what is printed for debugging': async connection => {
    const told: string[] = []
    connection.set('debug', (...parts: unknown[]) => told.push(textOf(JSON.stringify(parts))))
    const Thing = connection.model('Thing', new Schema({ a: Number }, { autoCreate: false, autoIndex: false }))
    await Thing.create({ a: 1 })
    await Thing.find({ a: { $gt: 0 } })
      .sort('a')
      .limit(1)
    await Thing.aggregate([{ $match: { a: 1 } }])
    connection.set('debug', false)
    return told
  },
  'the driver behind mongoose': () => {
    const { mongo } = mongoose
    const id = new mongoose.Types.ObjectId('0123456789abcdef01234567')
    return {
      id: id instanceof mongo.ObjectId,
      decimal: mongoose.Types.Decimal128 === mongo.Decimal128,
      uuid: new mongoose.Types.UUID() instanceof mongo.UUID,
      buffer: new mongoose.Types.Buffer([1, 2]).toObject() instanceof mongo.Binary,
      serialized: mongo.BSON.deserialize(mongo.BSON.serialize({ id, n: 1 })),
      preference: mongo.ReadPreference.secondary.mode
    }
  },
  'the default connection, models and mongoose.connect': async (_, uri) => {
    const own = new mongoose.Mongoose()
    await own.connect(uri, { dbName: 'default' })
    const Thing = own.model('Thing', new own.Schema({ a: Number }))
    await Thing.create({ a: 1 })
    const facts = [own.connection.readyState, own.connections.length, own.modelNames(), await Thing.countDocuments()]
    await own.connection.dropDatabase()
    await own.disconnect()
    return { facts, state: own.connection.readyState }
  }
}
