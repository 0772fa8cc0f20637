/** What goes wrong, and how a program is told. */
import { type Connection, createConnection, Schema } from 'mongoose'
import type { Cases } from './cases.ts'
import { outcome } from './plain.ts'

async function accounts(connection: Connection) {
  const schema = new Schema({
    email: { type: String, unique: true, required: [true, 'an address is needed'], match: /@/ },
    age: { type: Number, min: [18, 'too young: {VALUE}'] },
    role: { type: String, enum: ['user', 'admin'] },
    tags: [String]
  })
  const Account = connection.model('Account', schema)
  await Account.init()
  return Account
}

export const errors: Cases = {
  'a duplicate key': async connection => {
    const Account = await accounts(connection)
    await Account.create({ email: 'a@b' })
    await Account.create({ email: 'c@d' })
    return [
      await outcome(Account.create({ email: 'a@b' })),
      await outcome(Account.updateOne({ email: 'c@d' }, { email: 'a@b' })),
      await outcome(Account.findOneAndUpdate({ email: 'c@d' }, { email: 'a@b' })),
      await outcome(async () => {
        const account = await Account.findOne({ email: 'c@d' }).orFail()
        account.email = 'a@b'
        await account.save()
      })
    ]
  },
  'validation, casting, strictness': async connection => {
    const Account = await accounts(connection)
    return [
      await outcome(Account.create({ age: 5, role: 'root' as 'user', email: 'none' })),
      await outcome(Account.create({ email: 'a@b', age: 'many' as unknown as number })),
      await outcome(Account.findOne({ age: 'many' as unknown as number })),
      await outcome(Account.findById('no identifier')),
      await outcome(Account.updateOne({ email: 'x' }, { age: 5 }, { runValidators: true })),
      await outcome(new Account({ email: 'a@b', other: 1 }, undefined, { strict: 'throw' } as never).validate()),
      await outcome(Account.findOne({ email: 'nobody@b' }).orFail()),
      await outcome(() => new Account({ email: 'a' }).validateSync())
    ]
  },
  'what the server refuses': async connection => {
    const Account = await accounts(connection)
    return [
      await outcome(Account.collection.findOne({ $nothing: 1 })),
      await outcome(Account.aggregate([{ $nothing: {} }] as never)),
      await outcome(connection.db?.command({ noSuchCommand: 1 }) ?? Promise.resolve()),
      await outcome(Account.updateOne({}, { $rename: { email: 'email' } })),
      await outcome(connection.collection('things').dropIndex('none'))
    ]
  },
  'versions: changes that others have made': async connection => {
    const List = connection.model('List', new Schema({ items: [Number], n: Number }))
    const one = await List.create({ items: [1, 2, 3], n: 1 })
    const other = await List.findById(one._id).orFail()
    other.set('items', [1, 3])
    await other.save()
    one.set('items.1', 9)
    const positional = await outcome(one.save())
    const Guarded = connection.model('Guarded', new Schema({ n: Number }, { optimisticConcurrency: true }))
    const first = await Guarded.create({ n: 1 })
    const second = await Guarded.findById(first._id).orFail()
    first.n = 2
    await first.save()
    second.n = 3
    return { positional, optimistic: await outcome(second.save()), stored: await Guarded.findById(first._id).lean() }
  },
  'a document that is gone when it is saved': async connection => {
    const Account = await accounts(connection)
    const account = await Account.create({ email: 'a@b', age: 20 })
    await Account.deleteMany({})
    account.age = 30
    return outcome(account.save())
  },
  'no server can be reached': async () => {
    const connection = createConnection('mongodb://127.0.0.1:9/nowhere', { serverSelectionTimeoutMS: 150 })
    const told: string[] = []
    for (const event of ['connecting', 'connected', 'disconnected', 'error', 'close'])
      connection.on(event, () => told.push(event))
    const failure = await connection.asPromise().then(
      () => undefined,
      (
        error: Error & {
          readonly reason?: {
            readonly type: string
            readonly servers: ReadonlyMap<
              string,
              { readonly host: string; readonly port: number; readonly type: string; readonly error?: Error | null }
            >
          }
        }
      ) => error
    )
    const servers = [...(failure?.reason?.servers.values() ?? [])]
    const facts = {
      name: failure?.name,
      reason: failure?.reason?.constructor.name,
      type: failure?.reason?.type,
      servers: servers.map(({ host, port, type, error }) => [host, port, type, error?.name]),
      readyState: connection.readyState,
      told
    }
    await connection.close()
    return facts
  },
  'a connection string that cannot be read': async () => {
    const names: unknown[] = []
    for (const uri of ['mongodb://', 'http://a', 'mongodb://a:b:c@/x'])
      names.push(
        await createConnection(uri, { serverSelectionTimeoutMS: 150 })
          .asPromise()
          .catch((error: Error) => error.name)
      )
    return names
  },
  'operations that wait for a connection in vain': async () => {
    const connection = createConnection()
    const Waiting = connection.model(
      'Waiting',
      new Schema({ a: Number }, { bufferTimeoutMS: 50, autoCreate: false, autoIndex: false })
    )
    return outcome(Waiting.findOne())
  }
}
