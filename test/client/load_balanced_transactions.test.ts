/** Transactions behind a load balancer. Sources: the load balancers specification, and the transactions specification, "When to unpin". */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ClientSession, type MongoClientOptions, MongoError, MongoNetworkError } from '../../src/client/index.ts'
import { type Balanced, commandsIn, withBalancer } from './balancer.ts'
import { failureOf } from './bench.ts'

const free = [0, 0, 0]
const byTransaction = [1, 0, 1]

interface Begun extends Balanced {
  readonly session: ClientSession
  readonly insert: (session?: ClientSession) => Promise<unknown>
}

/** A session whose transaction is to have connection 1 to itself. */
function withTransaction(act: (begun: Begun) => Promise<void>, options: MongoClientOptions = {}): Promise<void> {
  return withBalancer(async balanced => {
    const { client, collection, take } = balanced
    const session = client.startSession()
    let last = 10
    await collection.findOne()
    take()
    session.startTransaction()
    await act({
      ...balanced,
      session,
      insert: (mine = session) => collection.insertOne({ _id: ++last }, { session: mine })
    })
    await session.endSession()
  }, options)
}

const isTransient = (error: Error): boolean =>
  error instanceof MongoError && error.hasErrorLabel('TransientTransactionError')

test('all commands of a transaction have one connection, and so have commits that are repeated', () =>
  withTransaction(async ({ client, collection, session, insert, take, inUse, started, openCursors }) => {
    for (let times = 0; times < 3; times++) await insert()
    assert.deepEqual(inUse(), byTransaction)
    assert.equal(session.transaction.pinnedAddress, client.pools()[0]?.address)
    await collection.findOne()
    await collection.find({}, { session, batchSize: 4 }).toArray()
    await session.commitTransaction()
    await session.commitTransaction()
    assert.deepEqual(inUse(), byTransaction, 'it may be committed once more')
    const told = [
      'out 1',
      'insert 1',
      'insert 1',
      'insert 1',
      'out 2',
      'find 2',
      'in 2',
      'find 1',
      'getMore 1',
      'getMore 1'
    ]
    assert.deepEqual(take(), [...told, 'commitTransaction 1', 'commitTransaction 1'])
    const tokens = started.map(({ command }) => command['recoveryToken']).filter(token => token !== undefined)
    assert.equal(tokens.length, 2, 'its ends carry what the router said last')
    await session.endSession()
    assert.deepEqual([take(), inUse(), openCursors()], [['in 1'], free, 0])
  }))

test('two sessions have two', () =>
  withTransaction(async ({ client, session, insert, inUse, started }) => {
    await using other = client.startSession()
    other.startTransaction()
    for (const each of [session, other, session, other]) await insert(each)
    assert.deepEqual(inUse(), [2, 0, 2])
    const connections = started.slice(-4).map(({ connectionId }) => connectionId)
    assert.deepEqual(connections, [1, 2, 1, 2])
    await Promise.all([session.commitTransaction(), other.abortTransaction()])
    assert.deepEqual(inUse(), byTransaction)
  }))

describe('the connection goes back', () => {
  test('when the transaction is aborted, whatever comes of that', () =>
    withTransaction(async ({ session, insert, failCommand, inUse, take }) => {
      for (const [data, end] of [
        [undefined, ['abortTransaction', 'in']],
        [{ errorCode: 51 }, ['abortTransaction', 'in']],
        [{ errorCode: 24 }, ['abortTransaction', 'in']],
        [{ closeConnection: true }, ['abortTransaction', 'cleared', 'in', 'closed', 'out', 'abortTransaction', 'in']]
      ] as const) {
        if (!session.inTransaction()) session.startTransaction()
        await insert()
        assert.deepEqual(inUse(), byTransaction)
        take()
        if (data !== undefined) failCommand(['abortTransaction'], data)
        await session.abortTransaction()
        assert.deepEqual(inUse(), free)
        assert.deepEqual(
          take().map(line => line.split(' ')[0]),
          end
        )
      }
    }))

  test('when nothing was sent that could be aborted', () =>
    withTransaction(async ({ session, inUse, take }) => {
      await session.abortTransaction()
      assert.deepEqual([take(), inUse()], [[], free])
    }))

  for (const [what, next] of [
    [
      'the next transaction begins, before its first command',
      ({ session }) => {
        session.startTransaction()
      }
    ],
    ['the session is used outside of a transaction', ({ collection, session }) => collection.findOne({}, { session })],
    ['the session ends', ({ session }) => session.endSession()]
  ] as readonly (readonly [string, (begun: Begun) => unknown])[])
    test(`when ${what}`, () =>
      withTransaction(async begun => {
        const { session, insert, inUse, take } = begun
        await insert()
        await session.commitTransaction()
        assert.deepEqual(inUse(), byTransaction)
        take()
        await next(begun)
        assert.deepEqual(inUse(), free)
        assert.equal(take()[0], 'in 1')
      }))

  test('when an error says that the transaction is over, and the abort goes by any other', () =>
    withTransaction(async ({ session, insert, failCommand, inUse, take }) => {
      failCommand(['insert'], { errorCode: 24 })
      assert.ok(isTransient(await failureOf(insert())))
      assert.deepEqual([take(), inUse()], [['out 1', 'insert 1', 'in 1'], free])
      assert.equal(session.transaction.state, 'transaction in progress')
      await session.abortTransaction()
      assert.deepEqual([take(), inUse()], [['out 1', 'abortTransaction 1', 'in 1'], free])

      session.startTransaction()
      failCommand(['insert'], { closeConnection: true })
      assert.ok(isTransient(await failureOf(insert())))
      assert.deepEqual([take(), inUse()], [['out 1', 'insert 1', 'cleared', 'in 1', 'closed 1: error'], free])
      await session.abortTransaction()
      assert.deepEqual(take(), ['out 2', 'abortTransaction 2', 'in 2'])
    }))

  test('before a commit of which nobody knows what became is sent again, with the token, to any router', () =>
    withTransaction(async ({ session, insert, failCommand, inUse, take, started }) => {
      await insert()
      failCommand(['commitTransaction'], { closeConnection: true })
      // The first router never saw it, and the other one finds that out.
      assert.ok(isTransient(await failureOf(session.commitTransaction())))
      assert.deepEqual(inUse(), free)
      assert.deepEqual(take().slice(2), [
        'commitTransaction 1',
        'cleared',
        'in 1',
        'closed 1: error',
        'out 2',
        'commitTransaction 2',
        'in 2'
      ])
      const [first, second] = started.slice(-2).map(({ command }) => command['recoveryToken'])
      assert.ok(first !== undefined)
      assert.deepEqual(second, first)
    }))
})

test('an error that leaves the transaction as it is leaves it its connection', () =>
  withTransaction(async ({ session, insert, failCommand, inUse, take }) => {
    failCommand(['insert'], { errorCode: 51 })
    await failureOf(insert())
    assert.deepEqual([take(), inUse()], [['out 1', 'insert 1'], byTransaction])
    await session.abortTransaction()
    session.startTransaction()
    await insert()
    failCommand(['commitTransaction'], { errorCode: 51 })
    await failureOf(session.commitTransaction())
    assert.deepEqual(inUse(), byTransaction)
  }))

describe('several operations of one transaction at once', () => {
  test('take turns on its connection', () =>
    withTransaction(async ({ session, insert, take, collection }) => {
      await Promise.all([1, 2, 3, 4].map(() => insert()))
      await session.commitTransaction()
      assert.deepEqual(take(), ['out 1', ...Array<string>(4).fill('insert 1'), 'commitTransaction 1'])
      assert.equal(await collection.countDocuments(), 10)
    }))

  test('also where none had a connection when they began', () =>
    withBalancer(async ({ client, collection, take, inUse }) => {
      await using session = client.startSession()
      session.startTransaction()
      await Promise.all([11, 12, 13, 14].map(_id => collection.insertOne({ _id }, { session })))
      await session.commitTransaction()
      const commands = commandsIn(take())
      assert.equal(commands.length, 5)
      assert.equal(new Set(commands.map(line => line.split(' ')[1])).size, 1, commands.join())
      assert.deepEqual(inUse(), byTransaction)
      assert.equal(await collection.countDocuments(), 10)
    }))

  test('that wait for it when it breaks fail as the one that ran', () =>
    withTransaction(async ({ session, insert, failCommand, inUse, take }) => {
      await insert()
      failCommand(['insert'], { closeConnection: true })
      const errors = await Promise.all([1, 2, 3].map(() => failureOf(insert())))
      assert.ok(errors.every(isTransient))
      assert.match(errors[1]?.message ?? '', /insert was not sent: connection 1 .* is broken/)
      assert.deepEqual(inUse(), free)
      assert.deepEqual(commandsIn(take()), ['insert 1', 'insert 1'])
      await session.abortTransaction()
    }))

  test('give up waiting for it when their time is over', () =>
    withTransaction(async ({ session, insert, failCommand, collection, take, nowMS }) => {
      await insert()
      failCommand(['insert'], { blockConnection: true, blockTimeMS: 500 })
      const slow = insert()
      const beganMS = nowMS()
      const late = await failureOf(collection.findOne({}, { session, timeoutMS: 100 }))
      assert.match(late.message, /find was not done within timeoutMS 100: after 100 ms it was waiting/)
      assert.equal(nowMS() - beganMS, 100)
      await slow
      await session.commitTransaction()
      assert.deepEqual(commandsIn(take()), ['insert 1', 'insert 1', 'commitTransaction 1'])
    }))
})

describe('a cursor of a transaction', () => {
  test('has the transaction’s connection, which is not its to give back', () =>
    withTransaction(async ({ collection, session, insert, inUse, take }) => {
      await insert()
      const cursor = collection.find({}, { session, batchSize: 2 })
      await cursor.next()
      assert.deepEqual(inUse(), byTransaction)
      await cursor.close()
      assert.deepEqual(inUse(), byTransaction)
      await session.abortTransaction()
      assert.deepEqual(inUse(), free)
      assert.deepEqual(take(), ['out 1', 'insert 1', 'find 1', 'killCursors 1', 'abortTransaction 1', 'in 1'])
    }))

  test('is not read, nor given up, by any other once that has gone back', () =>
    withTransaction(async ({ collection, session, insert, failCommand, take }) => {
      const cursor = collection.find({}, { session, batchSize: 1 })
      await cursor.next()
      failCommand(['insert'], { errorCode: 24 })
      await failureOf(insert())
      take()
      const error = await failureOf(cursor.next())
      assert.ok(error instanceof MongoNetworkError && isTransient(error))
      assert.match(error.message, /getMore was not sent: .* has gone back to the pool; abort the transaction/)
      await cursor.close()
      assert.deepEqual(take(), [])
    }))

  test('that fails is closed, and the transaction keeps the connection', () =>
    withTransaction(async ({ collection, session, failCommand, inUse, take, runtime }) => {
      const cursor = collection.find({}, { session, batchSize: 1 })
      await cursor.next()
      failCommand(['getMore'], { errorCode: 51 })
      await failureOf(cursor.next())
      await runtime.sleep(5)
      assert.deepEqual(inUse(), byTransaction)
      assert.deepEqual(commandsIn(take()), ['find 1', 'getMore 1', 'killCursors 1'])
    }))
})

test('a connection that breaks while the transaction rests fails its next operation, and the whole can be tried again', () =>
  withTransaction(async ({ session, insert, inUse, take, runtime, breakConnections }) => {
    await insert()
    breakConnections()
    await runtime.sleep(5)
    take()
    const error = await failureOf(insert())
    assert.ok(error instanceof MongoNetworkError && isTransient(error))
    assert.deepEqual([take(), inUse()], [['in 1', 'closed 1: error'], free])
    await session.abortTransaction()
  }))

test('a commit whose connection an abort has cost goes to any router', () =>
  withTransaction(async ({ collection, session, insert, failCommand, inUse, take, runtime, started }) => {
    await insert()
    const stop = new AbortController()
    failCommand(['find'], { blockConnection: true, blockTimeMS: 10_000 })
    const failure = failureOf(collection.findOne({}, { session, signal: stop.signal }))
    await runtime.sleep(20)
    stop.abort(new Error('enough'))
    await failure
    assert.deepEqual(inUse(), byTransaction)
    take()
    // Whether the transaction is there is another matter: what counts is by which way it was asked.
    await Promise.allSettled([session.commitTransaction()])
    assert.deepEqual([take().slice(0, 4), inUse()], [['in 1', 'closed 1: error', 'out 2', 'commitTransaction 2'], free])
    assert.ok(started.at(-1)?.command['recoveryToken'] !== undefined)
  }))

test('withTransaction tries the whole again on another connection', () =>
  withBalancer(async ({ client, collection, failCommand, take, inUse }) => {
    failCommand(['insert'], { closeConnection: true })
    let tries = 0
    await client.withSession(session =>
      session.withTransaction(async () => {
        tries++
        await collection.insertOne({ _id: 20 }, { session })
        await collection.insertOne({ _id: 21 }, { session })
      })
    )
    assert.equal(tries, 2)
    assert.deepEqual(inUse(), free)
    assert.deepEqual(commandsIn(take()).slice(-3), ['insert 2', 'insert 2', 'commitTransaction 2'])
    assert.equal(await collection.countDocuments(), 8)
  }))

test('a client’s bulk write in a transaction reads its results by the transaction’s connection', () =>
  withTransaction(async ({ client, session, insert, inUse, take }) => {
    await insert()
    const models = ['a', 'b'].map(letter => ({
      name: 'updateOne' as const,
      namespace: 'shop.large',
      filter: { _id: letter.repeat(7 * 1024 * 1024) },
      update: { $set: { x: 1 } },
      upsert: true
    }))
    await client.bulkWrite(models as unknown as Parameters<typeof client.bulkWrite>[0], {
      session,
      verboseResults: true
    })
    assert.deepEqual(inUse(), byTransaction)
    assert.ok(commandsIn(take()).every(line => line.endsWith(' 1')))
    await session.abortTransaction()
    assert.deepEqual(inUse(), free)
  }))

test('a transaction that somebody has not ended is named by the error of who waits for its connection', () =>
  withTransaction(
    async ({ collection, insert }) => {
      await insert()
      const error = await failureOf(collection.findOne())
      assert.ok(
        error.message.includes(
          'maxPoolSize: 1, connections in use by cursors: 0, connections in use by transactions: 1, connections in use by ' +
            'other operations: 0. Open cursors and transactions have a connection each to themselves: end them, or raise'
        ),
        error.message
      )
    },
    { maxPoolSize: 1, waitQueueTimeoutMS: 50 }
  ))
