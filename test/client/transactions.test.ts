import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type ClientSession,
  type CommandStartedEvent,
  type MongoClient,
  MongoExpiredSessionError,
  MongoInvalidArgumentError,
  MongoPoolClearedError,
  MongoServerError,
  MongoTransactionError,
  MongoWriteConcernError,
  type TransactionOptions
} from '../../src/client/index.ts'
import { type Bench, failureOf, withServer } from './bench.ts'
import { withMiddleman } from './middleman.ts'
import { lsidOf, startedOf } from './session_bench.ts'

const replicaSet = { kind: 'replicaSet' } as const

interface Begun {
  readonly client: MongoClient
  readonly session: ClientSession
  readonly started: CommandStartedEvent[]
  readonly insert: (options?: object) => Promise<unknown>
}

function begin({ connect }: Bench, options?: TransactionOptions, clientOptions?: object): Begun {
  const client = connect(clientOptions)
  const started = startedOf(client)
  const session = client.startSession()
  session.startTransaction(options)
  const insert = (more: object = {}): Promise<unknown> =>
    client
      .db('shop')
      .collection('c')
      .insertOne({}, { session, ...more })
  return { client, session, started, insert }
}

/** What of a transaction a command carries. */
function fieldsOf({ commandName, command }: CommandStartedEvent): object {
  const { startTransaction, autocommit, txnNumber, readConcern, writeConcern, maxTimeMS, $readPreference } = command
  const given = { startTransaction, autocommit, txnNumber, readConcern, writeConcern, maxTimeMS, $readPreference }
  return { commandName, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) }
}

test('the first command begins it, all have its number and their session, the end has its write concern and limit', () =>
  withServer(async bench => {
    const { client, session, started, insert } = begin(bench, {
      readConcern: 'snapshot',
      writeConcern: { w: 1 },
      maxCommitTimeMS: 5_000
    })
    const collection = client.db('shop').collection('c', {
      readPreference: 'secondary',
      readConcern: 'majority',
      writeConcern: { w: 0 }
    })
    await insert()
    assert.equal(await collection.countDocuments({}, { session }), 1)
    await collection.updateMany({}, { $set: { a: 1 } }, { session })
    await client.db('shop').command({ distinct: 'c', key: 'a' }, { session })
    await session.commitTransaction()
    const [first] = started
    assert.ok(first)
    const number = first.command['txnNumber']
    const rest = { autocommit: false, txnNumber: number }
    assert.deepEqual(started.map(fieldsOf), [
      { commandName: 'insert', startTransaction: true, ...rest, readConcern: { level: 'snapshot' } },
      { commandName: 'aggregate', ...rest },
      { commandName: 'update', ...rest },
      { commandName: 'distinct', ...rest },
      { commandName: 'commitTransaction', ...rest, writeConcern: { w: 1 }, maxTimeMS: 5_000 }
    ])
    assert.equal(new Set(started.map(lsidOf)).size, 1)
    assert.equal(started.at(-1)?.databaseName, 'admin')
    assert.equal(session.serverSession?.txnNumber, Number(number))
  }, replicaSet))

test('the number grows with each transaction and each retryable write between them', () =>
  withServer(async bench => {
    const { session, started, insert } = begin(bench)
    await insert()
    await session.abortTransaction()
    await insert()
    session.startTransaction()
    await insert()
    await session.commitTransaction()
    assert.deepEqual(
      started.map(({ command }) => Number(command['txnNumber'])),
      [1, 1, 2, 3, 3]
    )
    assert.deepEqual(
      started.map(({ command }) => 'autocommit' in command),
      [true, true, false, true, true]
    )
  }, replicaSet))

test('a transaction in which nothing was done is ended without a word to the server', () =>
  withServer(async bench => {
    const { session, started } = begin(bench)
    await session.commitTransaction()
    await session.commitTransaction()
    session.startTransaction()
    await session.abortTransaction()
    assert.deepEqual(started, [])
    assert.equal(session.transaction.state, 'transaction aborted')
  }, replicaSet))

test('settings come from the transaction, then the session, then the client', () =>
  withServer(async ({ connect }) => {
    const client = connect({ writeConcern: { w: 1 }, readConcernLevel: 'local' })
    const started = startedOf(client)
    const run = async (session: ClientSession, options?: TransactionOptions): Promise<unknown> => {
      started.length = 0
      session.startTransaction(options)
      await client.db().collection('c').insertOne({}, { session })
      await session.commitTransaction()
      return started.map(({ command: { readConcern, writeConcern } }) => readConcern ?? writeConcern)
    }
    const causalConsistency = false
    assert.deepEqual(await run(client.startSession({ causalConsistency })), [{ level: 'local' }, { w: 1 }])
    const defaultTransactionOptions = { readConcern: 'majority', writeConcern: { w: 'majority' } }
    const session = client.startSession({ causalConsistency, defaultTransactionOptions })
    assert.deepEqual(await run(session), [{ level: 'majority' }, { w: 'majority' }])
    assert.deepEqual(
      await run(session, { readConcern: { level: 'snapshot' }, writeConcern: { w: 1, wtimeoutMS: 9 } }),
      [{ level: 'snapshot' }, { w: 1, wtimeout: 9 }]
    )
  }, replicaSet))

test('a causally consistent session comes after what it has seen, with a write too, and says so once', () =>
  withServer(async bench => {
    const { session, started, insert } = begin(bench)
    await insert()
    await session.commitTransaction()
    session.startTransaction()
    await insert()
    await insert()
    assert.deepEqual(
      started.map(({ command }) => Object.keys((command['readConcern'] as object | undefined) ?? {})),
      [[], [], ['afterClusterTime'], []]
    )
    await session.abortTransaction()
  }, replicaSet))

describe('misuse is refused in words, and leaves the state', () => {
  test('concerns of one operation, and a limit that says nothing', () =>
    withServer(async bench => {
      const { client, session, insert } = begin(bench)
      const collection = client.db('shop').collection('c')
      const concerned = [
        [
          insert({ writeConcern: { w: 1 } }),
          /^Cannot set write concern after starting a transaction: give it to startTransaction/
        ],
        [
          collection.findOne({}, { session, readConcern: 'local' }),
          /^Cannot set read concern after starting a transaction/
        ],
        [collection.find({}, { session }).withReadConcern('local').toArray(), /^Cannot set read concern/],
        [collection.aggregate([], { session, readConcern: 'local' }).toArray(), /^Cannot set read concern/],
        [client.db('shop').createCollection('d', { session, writeConcern: { w: 1 } }), /^Cannot set write concern/]
      ] as const
      for (const [refused, message] of concerned) {
        const error = await failureOf(refused)
        assert.ok(error instanceof MongoTransactionError)
        assert.match(error.message, message)
      }
      assert.equal(session.transaction.state, 'starting transaction')
    }, replicaSet))

  test('reads that are not from the primary', () =>
    withServer(async bench => {
      const { client, session, insert } = begin(bench, { readPreference: 'secondary' })
      await insert()
      const collection = client.db('shop').collection('c')
      const readPreference = 'nearest'
      for (const refused of [
        collection.findOne({}, { session }),
        collection.find({}, { session }).toArray(),
        client.db('shop').command({ ping: 1 }, { session }),
        client.db('shop').runCursorCommand({ find: 'c' }, { session }).toArray()
      ])
        assert.match(
          (await failureOf(refused)).message,
          /^read preference in a transaction must be primary: \w+ would have secondary/
        )
      await session.abortTransaction()
      session.startTransaction({ readPreference: 'primary' })
      assert.match(
        (await failureOf(collection.findOne({}, { session, readPreference }))).message,
        /^read preference in a transaction must be primary: find would have nearest/
      )
      assert.equal(await collection.findOne({}, { session }), null)
    }, replicaSet))

  test('what cannot be started', () =>
    withServer(async ({ connect }) => {
      const client = connect({ writeConcern: { w: 0 } })
      const session = client.startSession()
      const refused = (options: unknown, message: RegExp, name = 'MongoInvalidArgumentError'): void =>
        assert.throws(() => session.startTransaction(options as TransactionOptions), { name, message })
      refused({ level: 1 }, /there is no option "level" of transactions here; there are readConcern, writeConcern/)
      refused({ timeoutMS: 5 }, /there is no option "timeoutMS"/)
      refused({ maxCommitTimeMS: -1 }, /maxCommitTimeMS must be an integer from 0 on, in milliseconds, not -1/)
      refused(5, /the options of a transaction are an object, not 5/)
      refused(
        {},
        /transactions do not support unacknowledged write concerns, and the client's has w 0/,
        'MongoTransactionError'
      )
      refused({ writeConcern: { w: 0 } }, /write concerns, and its has w 0/, 'MongoTransactionError')
      assert.equal(session.transaction.state, 'no transaction')
      assert.throws(
        () => client.startSession({ defaultTransactionOptions: { timeoutMS: 1 } as object }),
        MongoInvalidArgumentError
      )
      session.startTransaction({ writeConcern: { w: 1 } })
      const again = () => session.startTransaction({ writeConcern: { w: 1 } })
      assert.throws(again, /^MongoTransactionError: Transaction already in progress/)
      await session.endSession()
      assert.throws(() => session.startTransaction(), MongoExpiredSessionError)
      for (const method of ['commitTransaction', 'abortTransaction'] as const)
        assert.ok((await failureOf(session[method]())) instanceof MongoExpiredSessionError)
    }, replicaSet))
})

test('a standalone server refuses transactions itself', () =>
  withServer(async bench => {
    const { insert } = begin(bench)
    const error = await failureOf(insert())
    assert.ok(error instanceof MongoServerError)
    assert.deepEqual(
      [error.code, error.message],
      [20, 'Transaction numbers are only allowed on a replica set member or mongos']
    )
  }))

test('an operation that was begun in a transaction is never carried out outside of it', () =>
  withServer(async bench => {
    const { client, session, insert } = begin(bench, undefined, { maxPoolSize: 1 })
    await client.db('shop').createCollection('c')
    await insert()
    bench.failCommand(['ping'], { blockConnection: true, blockTimeMS: 50 })
    const ping = client.db('shop').command({ ping: 1 })
    const late = insert()
    const ended = session.abortTransaction()
    assert.match(
      (await failureOf(late)).message,
      /the transaction was ended before insert was sent: wait for all of its operations/
    )
    await Promise.all([ping, ended])
    assert.equal(await client.db('shop').collection('c').countDocuments(), 0)
  }, replicaSet))

test('a cursor is read in the transaction that it was opened in, or in none', () =>
  withServer(async bench => {
    const { client, session } = begin(bench)
    const collection = client.db('shop').collection('c')
    await collection.insertMany([{}, {}, {}, {}])
    const within = collection.find({}, { session, batchSize: 2 })
    assert.ok(await within.next())
    await within.next()
    assert.ok(await within.next(), 'a later batch comes in the transaction')
    const left = collection.find({}, { session, batchSize: 2 })
    await left.next()
    await session.commitTransaction()
    await left.next()
    assert.match(
      (await failureOf(left.next())).message,
      /^the cursor on shop.c ended with the transaction that it was opened in/
    )
    await left.close()
    assert.equal(session.transaction.state, 'transaction committed', 'closing a cursor does not end anything')
    const outside = collection.find({}, { session, batchSize: 2 })
    await outside.next()
    session.startTransaction()
    await outside.next()
    assert.match(
      (await failureOf(outside.next())).message,
      /^the cursor on shop.c was opened outside of the transaction/
    )
    await outside.close()
    assert.equal(session.transaction.state, 'starting transaction')
  }, replicaSet))

describe('ending', () => {
  test('a session aborts what it has begun, by endSession, withSession and await using', () =>
    withServer(async bench => {
      const { client, session, started, insert } = begin(bench)
      await insert()
      await session.endSession()
      const collection = client.db('shop').collection('c')
      await client.withSession(async given => {
        given.startTransaction()
        await collection.insertOne({}, { session: given })
      })
      {
        await using given = client.startSession()
        given.startTransaction()
        await collection.insertOne({}, { session: given })
      }
      assert.equal(started.filter(({ commandName }) => commandName === 'abortTransaction').length, 3)
      assert.equal(await collection.countDocuments(), 0)
    }, replicaSet))

  test('an abort never fails, whatever the server says', () =>
    withServer(async bench => {
      const { session, started, insert } = begin(bench)
      await insert()
      bench.failCommand(['abortTransaction'], { errorCode: 11_601 })
      await session.abortTransaction()
      assert.equal(started.length, 2)
      session.startTransaction()
      await insert()
      bench.failCommand(['abortTransaction'], { closeConnection: true })
      await session.abortTransaction()
      assert.deepEqual(
        started.slice(-2).map(({ commandName }) => commandName),
        ['abortTransaction', 'abortTransaction'],
        'it is retried'
      )
    }, replicaSet))

  test('a commit is retried although retryWrites is off, and then needs a majority within 10 seconds', () =>
    withServer(async bench => {
      const { session, started, insert } = begin(
        bench,
        { writeConcern: { w: 1, journal: false } },
        { retryWrites: false }
      )
      await insert()
      bench.failCommand(['commitTransaction'], { closeConnection: true })
      await session.commitTransaction()
      const upgraded = { w: 'majority', j: false, wtimeout: 10_000 }
      const concerns = () => started.slice(1).map(({ command }) => command['writeConcern'])
      assert.deepEqual(concerns(), [{ w: 1, j: false }, upgraded])
      await session.commitTransaction()
      assert.deepEqual(concerns().at(-1), upgraded, 'and so does one that the caller repeats')
    }, replicaSet))

  test('a commit that an overloaded server has not begun keeps its write concern; one that was repeated keeps its time', () =>
    withServer(async bench => {
      const { session, started, insert } = begin(bench, { writeConcern: { w: 1, wtimeoutMS: 77 } })
      await insert()
      bench.failCommand(['commitTransaction'], {
        errorCode: 462,
        errorLabels: ['SystemOverloadedError', 'RetryableError']
      })
      await session.commitTransaction()
      await session.commitTransaction()
      assert.deepEqual(
        started.slice(1).map(({ command }) => command['writeConcern']),
        [
          { w: 1, wtimeout: 77 },
          { w: 1, wtimeout: 77 },
          { w: 'majority', wtimeout: 77 }
        ]
      )
    }, replicaSet))

  test('with timeoutMS a commit has one limit alone, of its own or of the session', () =>
    withServer(async bench => {
      const client = bench.connect()
      const started = startedOf(client)
      const session = client.startSession({ defaultTimeoutMS: 1_000 })
      const run = async (options?: { timeoutMS: number }): Promise<unknown> => {
        session.startTransaction({ writeConcern: { w: 1, wtimeoutMS: 9 }, maxCommitTimeMS: 7 })
        await client.db().collection('c').insertOne({}, { session })
        await session.commitTransaction(options)
        const { writeConcern, maxTimeMS } = started.at(-1)?.command ?? {}
        return [writeConcern, Math.ceil(Number(maxTimeMS) / 100) * 100]
      }
      assert.deepEqual(await run(), [{ w: 1 }, 1_000])
      assert.deepEqual(await run({ timeoutMS: 500 }), [{ w: 1 }, 500])
      assert.deepEqual(await run({ timeoutMS: 0 }), [{ w: 1, wtimeout: 9 }, 100])
      assert.match(
        (await failureOf(session.commitTransaction({ timeoutMS: -1 }))).message,
        /timeoutMS must be an integer/
      )
    }, replicaSet))

  test('a write concern that was not reached is an error of a commit that has happened', () =>
    withServer(async bench => {
      const { client, session, insert } = begin(bench)
      await insert()
      const writeConcernError = { code: 64, errmsg: 'waiting for replication timed out' }
      bench.failCommand(['commitTransaction'], { writeConcernError })
      const error = await failureOf(session.commitTransaction())
      assert.ok(error instanceof MongoWriteConcernError && error.hasErrorLabel('UnknownTransactionCommitResult'))
      assert.equal(await client.db('shop').collection('c').countDocuments(), 1)
    }, replicaSet))
})

test('nothing within is retried, and a first command that an overloaded server refused begins the transaction when it is', () =>
  withServer(async bench => {
    const { client, session, started, insert } = begin(bench)
    bench.failCommand(['insert'], { errorCode: 462, errorLabels: ['SystemOverloadedError', 'RetryableError'] })
    await insert()
    assert.deepEqual(
      started.map(({ command }) => [command['startTransaction'], Number(command['txnNumber'])]),
      [
        [true, 1],
        [true, 1]
      ]
    )
    bench.failCommand(['find'], { closeConnection: true })
    const error = await failureOf(client.db('shop').collection('c').findOne({}, { session }))
    assert.equal(started.length, 3)
    assert.deepEqual((error as MongoServerError).errorLabels, ['TransientTransactionError'])
    bench.failCommand(['insert'], { errorCode: 91 })
    assert.deepEqual(((await failureOf(insert())) as MongoServerError).errorLabels, ['TransientTransactionError'])
    assert.equal(started.length, 4)
  }, replicaSet))

test('prose test 3: a cleared pool lets the transaction be tried again', () =>
  withServer(async bench => {
    const { client, insert } = begin(bench, undefined, { maxPoolSize: 1, heartbeatFrequencyMS: 1_000_000 })
    await client.db('shop').createCollection('c')
    bench.failCommand(['ping'], { blockConnection: true, blockTimeMS: 50, closeConnection: true })
    const lost = failureOf(client.db('shop').command({ ping: 1 }))
    const error = await failureOf(insert())
    assert.ok(error instanceof MongoPoolClearedError)
    assert.deepEqual(error.errorLabels, ['TransientTransactionError'])
    await lost
  }, replicaSet))

test('a document that cannot be sent leaves the transaction where it was', () =>
  withServer(
    ({ runtime, member }) =>
      withMiddleman(runtime, member.address, async middleman => {
        middleman.limits = { maxMessageSizeBytes: 1_000 }
        const client = middleman.client({ directConnection: true })
        const session = client.startSession()
        session.startTransaction()
        const collection = client.db('shop').collection('c')
        const refused = collection.insertOne({ text: 'x'.repeat(5_000) }, { session })
        assert.match(
          (await failureOf(refused)).message,
          /does not fit into a message of this server, which takes 1000 bytes/
        )
        assert.equal(session.transaction.state, 'starting transaction')
        await collection.insertMany([{}, {}], { session })
        await session.commitTransaction()
        assert.deepEqual(
          middleman.sent('insert').map(({ startTransaction }) => startTransaction as unknown),
          [true]
        )
        assert.deepEqual(middleman.sentKeys('insert')[0]?.includes('$readPreference'), false)
      }),
    replicaSet
  ))
