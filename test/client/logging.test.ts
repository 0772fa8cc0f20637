import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { suite, test } from 'node:test'
import { inspect } from 'node:util'
import {
  type LogComponentSeverities,
  type LogRecord,
  type MongoClientOptions,
  MongoClientClosedError,
  MongoOperationTimeoutError,
  MongoServerSelectionError
} from '../../src/client/index.ts'
import { type Bench, failureOf, MongoClient, withServer } from './bench.ts'

interface Logged {
  readonly client: MongoClient
  readonly records: LogRecord[]
}

function logged(
  { connect }: Pick<Bench, 'connect'>,
  mongodbLogComponentSeverities: LogComponentSeverities,
  more: MongoClientOptions = {}
): Logged {
  const records: LogRecord[] = []
  const client = connect({
    mongodbLogComponentSeverities,
    mongodbLogPath: { write: record => records.push(record) },
    ...more
  })
  return { client, records }
}

function texts(records: readonly LogRecord[]): string[] {
  return records.map(({ message }) => message)
}

function find(records: readonly LogRecord[], message: string): LogRecord {
  const found = records.findLast(record => record.message === message)
  assert.ok(found !== undefined, `"${message}" is not among ${texts(records).join(', ')}`)
  return found
}

suite('prose tests of command logging', () => {
  test('1: the default limit of documents is 1,000', () =>
    withServer(async bench => {
      const { client, records } = logged(bench, { command: 'debug' })
      const docs = client.db('logging').collection('docs')
      await docs.insertMany(Array.from({ length: 100 }, () => ({ x: 'y' })))
      assert.equal(String(find(records, 'Command started')['command']).length, 1003)
      assert.ok(String(find(records, 'Command succeeded')['reply']).length <= 1003)
      await docs.find().toArray()
      assert.equal(String(find(records, 'Command succeeded')['reply']).length, 1003)
    }))

  test('2: the limit that was chosen', () =>
    withServer(async bench => {
      const { client, records } = logged(bench, { command: 'debug' }, { mongodbLogMaxDocumentLength: 5 })
      await client.db('logging').command({ hello: true })
      assert.equal(String(find(records, 'Command started')['command']).length, 8)
      assert.equal(String(find(records, 'Command succeeded')['reply']).length, 8)
      await failureOf(client.db('logging').command({ notARealCommand: true }))
      const { errorResponse } = find(records, 'Command failed')['failure'] as { errorResponse: string }
      assert.equal(errorResponse.length, 8)
    }))

  test('3: multi-byte code points of commands and replies are not cut through', () =>
    withServer(async bench => {
      const { client, records } = logged(bench, { command: 'debug' }, { mongodbLogMaxDocumentLength: 900 })
      const docs = client.db('logging').collection('docs')
      await docs.insertMany(Array.from({ length: 50 }, () => ({ x: '😀€ß'.repeat(9) })))
      await docs.find().toArray()
      for (const [message, field] of [
        ['Command started', 'command'],
        ['Command succeeded', 'reply']
      ] as const)
        for (const record of records.filter(each => each.message === message)) {
          const text = String(record[field])
          assert.doesNotMatch(text, /\p{Surrogate}/u)
          assert.ok(Array.from(text).length <= 903)
        }
    }))
})

suite('the search for a server', () => {
  test('is told from its start to the server that was found, with the operation’s number as its commands have it', () =>
    withServer(async bench => {
      const { client, records } = logged(bench, { serverSelection: 'debug', command: 'debug' })
      await client.connect()
      assert.deepEqual(texts(records), [
        'Server selection started',
        'Waiting for suitable server to become available',
        'Server selection succeeded'
      ])
      assert.deepEqual([records[0]?.['operation'], records[0]?.['operationId']], ['connect', undefined])
      records.length = 0
      await client.db('shop').collection('orders').insertOne({ sku: 'a1' })
      assert.deepEqual(texts(records), [
        'Server selection started',
        'Server selection succeeded',
        'Command started',
        'Command succeeded'
      ])
      assert.deepEqual(new Set(records.map(({ operationId }) => operationId)), new Set([1]))
      assert.deepEqual(records[1]?.['operation'], 'insert')
    }))

  test('that has to wait is said so once, with what is left, however often servers are checked meanwhile', () =>
    withServer(async bench => {
      await bench.member.refuseDials(true)
      const limits = { serverSelectionTimeoutMS: 20_000, heartbeatFrequencyMS: 500 }
      const { client, records } = logged(bench, { serverSelection: 'info' }, limits)
      const error = await failureOf(client.db().command({ ping: 1 }))
      assert.ok(error instanceof MongoServerSelectionError)
      assert.deepEqual(
        records.map(({ c, s, message, remainingTimeMS }) => [c, s, message, remainingTimeMS]),
        [['serverSelection', 'info', 'Waiting for suitable server to become available', 20_000]]
      )
    }))

  test('that fails is told with the caller’s error: by its own limit, that of the operation, an abort, and the end of the client', () =>
    withServer(async bench => {
      await bench.member.refuseDials(true)
      const { client, records } = logged(bench, { serverSelection: 'debug' }, { serverSelectionTimeoutMS: 2_000 })
      const failed = async (begin: () => Promise<unknown>, name: string): Promise<Error> => {
        records.length = 0
        const error = await failureOf(begin())
        assert.deepEqual(texts(records), [
          'Server selection started',
          'Waiting for suitable server to become available',
          'Server selection failed'
        ])
        const { failure } = find(records, 'Server selection failed') as unknown as { failure: { name: string } }
        assert.equal(failure.name, name)
        return error
      }
      const db = client.db()
      await failed(() => db.command({ ping: 1 }), 'MongoServerSelectionError')
      const limited = await failed(() => db.command({ ping: 1 }, { timeoutMS: 100 }), 'MongoOperationTimeoutError')
      assert.ok(limited instanceof MongoOperationTimeoutError)
      assert.equal(find(records, 'Waiting for suitable server to become available')['remainingTimeMS'], 100)
      const controller = new AbortController()
      const reason = new RangeError('no longer')
      void bench.runtime.sleep(10).then(() => controller.abort(reason))
      assert.equal(await failed(() => db.command({ ping: 1 }, { signal: controller.signal }), 'RangeError'), reason)
      await failed(() => client.connect(), 'MongoServerSelectionError')
      void bench.runtime.sleep(10).then(() => client.close())
      const closed = await failed(() => db.command({ ping: 1 }), 'MongoClientClosedError')
      assert.ok(closed instanceof MongoClientClosedError)
    }))

  test('is named after the operation of the specification’s table, and after its command where it is in none', () =>
    withServer(async bench => {
      const { client, records } = logged(bench, { serverSelection: 'debug' })
      const db = client.db('shop')
      const orders = db.collection('orders')
      const named = async (begin: () => Promise<unknown>): Promise<unknown> => {
        records.length = 0
        await begin()
        return find(records, 'Server selection succeeded')['operation']
      }
      const rows: readonly (readonly [string, () => Promise<unknown>])[] = [
        ['createCollection', () => db.createCollection('orders')],
        ['insert', () => orders.insertOne({ a: 1 })],
        ['insert', () => orders.bulkWrite([{ insertOne: { document: { a: 2 } } }])],
        ['findAndModify', () => orders.findOneAndUpdate({ a: 1 }, { $set: { b: 1 } })],
        ['estimatedDocumentCount', () => orders.estimatedDocumentCount()],
        ['count', () => db.command({ count: 'orders' })],
        ['aggregate', () => orders.countDocuments()],
        ['createIndexes', () => orders.createIndex({ a: 1 })],
        ['dropCollection', () => orders.drop()],
        ['create', () => db.command({ create: 'orders' })],
        ['drop', () => db.command({ drop: 'orders' })],
        ['dropDatabase', () => db.dropDatabase()]
      ]
      for (const [operation, begin] of rows) assert.equal(await named(begin), operation)
    }))

  test('that ends because the seeds were looked up in vain is told with that error', () =>
    withServer(async bench => {
      const records: LogRecord[] = []
      const client = new MongoClient('mongodb+srv://cluster.example.test/?tls=false', {
        runtime: bench.runtime,
        mongodbLogComponentSeverities: { serverSelection: 'debug' },
        mongodbLogPath: { write: record => records.push(record) }
      })
      const error = await failureOf(client.db().command({ ping: 1 }))
      assert.deepEqual(texts(records), [
        'Server selection started',
        'Waiting for suitable server to become available',
        'Server selection failed'
      ])
      const { message } = find(records, 'Server selection failed')['failure'] as { message: string }
      assert.equal(message, error.message)
      await client.close()
    }))

  test('has no messages where there is no search: a cursor stays at its server', () =>
    withServer(async bench => {
      const { client, records } = logged(bench, { serverSelection: 'debug' })
      const docs = client.db().collection('docs')
      await docs.insertMany([{}, {}, {}])
      records.length = 0
      await docs.find().batchSize(1).toArray()
      assert.deepEqual(texts(records), ['Server selection started', 'Server selection succeeded'])
    }))

  test('may be ended by the sink that is told of it, in every stage, and nothing is left of it', () =>
    withServer(async bench => {
      for (const at of ['Server selection started', 'Server selection succeeded', 'Waiting for suitable server'])
        for (const how of ['abort', 'close'] as const)
          for (const connects of [true, false]) {
            const controller = new AbortController()
            const { signal } = controller
            const clients: MongoClient[] = []
            const end = (): void => (how === 'abort' ? controller.abort() : void clients[0]?.close())
            const sink = { write: ({ message }: LogRecord): void => void (message.startsWith(at) && end()) }
            const severities = { serverSelection: 'debug' } as const
            const client = bench.connect({ mongodbLogComponentSeverities: severities, mongodbLogPath: sink })
            clients.push(client)
            const work = connects ? client.connect({ signal }) : client.db().command({ ping: 1 }, { signal })
            await work.then(
              () => assert.ok(connects && at === 'Server selection succeeded', `${at}, ${how}: it went on`),
              (error: unknown) => assert.ok(error instanceof Error)
            )
            for (const server of client.pools()) assert.equal(server.checkedOut + server.waiting, 0)
            await client.close()
          }
    }))
})

suite('a log', () => {
  test('has the messages of a client’s whole life in the order of its events, and of one level and above', () =>
    withServer(async bench => {
      const order: string[] = []
      const client = bench.connect({
        mongodbLogComponentSeverities: { default: 'trace', topology: 'off' },
        mongodbLogPath: { write: ({ message }) => order.push(message) }
      })
      for (const name of ['connectionCheckedOut', 'commandStarted', 'connectionCheckedIn'] as const)
        client.on(name, event => order.push(event.name))
      await client.db().command({ ping: 1 })
      await client.close()
      assert.deepEqual(order, [
        'Client created',
        'Connection pool created',
        'Server selection started',
        'Waiting for suitable server to become available',
        'Connection pool ready',
        'Server selection succeeded',
        'Connection checkout started',
        'Connection created',
        'Connection ready',
        'Connection checked out',
        'connectionCheckedOut',
        'Command started',
        'commandStarted',
        'Command succeeded',
        'Connection checked in',
        'connectionCheckedIn',
        'Connection closed',
        'Connection pool closed',
        'Client closed'
      ])
    }))

  test('goes to stderr by default and where the environment asks for it, one line of JSON for a message', () =>
    withServer(async ({ runtime, deployment }) => {
      const env = { MONGODB_LOG_COMMAND: 'debug' }
      const client = new MongoClient(deployment.uri, { runtime: { ...runtime, host: { ...runtime.host, env } } })
      await client.db('shop').command({ ping: 1, comment: 'a\n\u009b1m\u202e' })
      await client.close()
      assert.deepEqual(new Set(runtime.printed.map(({ stream }) => stream)), new Set(['stderr']))
      const [first, ...others] = runtime.printed.map(({ text }) => text)
      assert.equal(others.length, 1)
      assert.match(first ?? '', /^\{"t":"2030-01-01T[^\n\u007f-\u009f\u202e]*\}\n$/)
      const { c, s, message, commandName, command } = JSON.parse(first ?? '') as LogRecord
      assert.deepEqual([c, s, message, commandName], ['command', 'debug', 'Command started', 'ping'])
      assert.equal((JSON.parse(String(command)) as { comment: string }).comment, 'a\n\u009b1m\u202e')
    }))

  test('warns of what the environment says and cannot mean, and goes on', () =>
    withServer(
      async ({ runtime, deployment }) => {
        const env = { MONGODB_LOG_ALL: 'everything', MONGODB_LOG_CONNECTION: 'debug', MONGODB_LOG_PATH: '/tmp/log' }
        const client = new MongoClient(deployment.uri, { runtime: { ...runtime, host: { ...runtime.host, env } } })
        await client.db().command({ ping: 1 })
        await client.close()
        assert.deepEqual(new Set(runtime.warnings.map(({ code }) => code)), new Set(['CENOTE_LOG_ENVIRONMENT']))
        assert.equal(runtime.warnings.length, 2)
        assert.ok(runtime.printed.every(({ text }) => text.includes('"c":"connection"')))
      },
      { warnings: /MONGODB_LOG_(ALL|PATH)/ }
    ))

  test('has what the process was warned of when the client was made', () =>
    withServer(
      async ({ runtime, deployment }) => {
        const records: LogRecord[] = []
        const client = new MongoClient(`${deployment.uri}/?unknown=1`.replace('//?', '/?'), {
          runtime,
          mongodbLogComponentSeverities: { client: 'warn' },
          mongodbLogPath: { write: record => records.push(record) }
        })
        await client.close()
        assert.deepEqual(texts(records), ['Client warned'])
        assert.equal(records[0]?.['warning'], runtime.warnings[0]?.message)
      },
      { warnings: /unknown/ }
    ))

  test('that fails disturbs no operation', () =>
    withServer(
      async bench => {
        const sink = { write: () => Promise.reject(new Error('disk full')) }
        const { client } = logged(bench, { default: 'trace' }, { mongodbLogPath: sink })
        for (let round = 0; round < 5; round++) await client.db().command({ ping: 1 })
        assert.equal(bench.runtime.warnings.length, 1)
      },
      { warnings: /disk full/ }
    ))

  test('runs outside every caller’s context', () =>
    withServer(async ({ connect }) => {
      const storage = new AsyncLocalStorage<string>()
      const contexts = new Set<string | undefined>()
      const client = connect({
        mongodbLogComponentSeverities: { default: 'trace' },
        mongodbLogPath: { write: () => void contexts.add(storage.getStore()) }
      })
      await storage.run('mine', () => client.db().command({ ping: 1 }))
      assert.deepEqual([...contexts], [undefined])
    }))

  test('shows in the client’s options what was asked for, and never where it goes', () =>
    withServer(({ connect }) => {
      const severities = { command: 'debug' } as const
      const mongodbLogPath = { write: () => undefined, token: 'CANARY7' }
      const client = connect({ mongodbLogComponentSeverities: severities, mongodbLogPath })
      assert.deepEqual(client.options.mongodbLogComponentSeverities, severities)
      assert.ok(Object.isFrozen(client.options.mongodbLogComponentSeverities))
      const everything = { depth: Infinity, showHidden: true, getters: true }
      assert.doesNotMatch(inspect(client.options, everything) + inspect(client, everything), /CANARY7/)
      return Promise.resolve()
    }))
})
