/** The convenient API, on virtual time: what is tried again, after which pauses, and when it ends. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  MongoError,
  MongoOperationTimeoutError,
  MongoServerError,
  MongoTransactionError,
  MongoTransactionTimeoutError
} from '../../src/client/index.ts'
import { transactionBackoffMS, withTransactionMSMax } from '../../src/client/with_transaction.ts'
import { failureOf, withServer } from './bench.ts'
import { startedOf } from './session_bench.ts'

const replicaSet = { kind: 'replicaSet' } as const
const transient = 'TransientTransactionError'
const unknown = 'UnknownTransactionCommitResult'

test('prose test: an error of the callback that nobody has labelled is the caller’s at once', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const session = client.startSession()
    let calls = 0
    const mistake = new RangeError('the callback’s own')
    const failed = session.withTransaction(async () => {
      calls++
      throw mistake
    })
    assert.equal(await failureOf(failed), mistake)
    assert.deepEqual([calls, session.transaction.state], [1, 'transaction aborted'])
  }, replicaSet))

test('prose test: what the callback returns is what withTransaction resolves with', () =>
  withServer(async ({ connect }) => {
    const session = connect().startSession()
    assert.deepEqual(await session.withTransaction(async given => [given === session, 'done']), [true, 'done'])
  }, replicaSet))

describe('prose test: the limit is kept', () => {
  const cases = {
    'an error of the callback': { failing: 'insert', data: { errorCode: 24, errorLabels: [transient] } },
    'a commit of which nobody knows': { failing: 'commitTransaction', data: { errorCode: 91, errorLabels: [unknown] } },
    'a commit that says to begin anew': {
      failing: 'commitTransaction',
      data: { errorCode: 251, errorLabels: [transient] }
    }
  }
  for (const [what, { failing, data }] of Object.entries(cases))
    test(what, () =>
      withServer(async ({ connect, failCommand, nowMS }) => {
        const client = connect()
        // So that virtual time passes, even where nothing is waited for.
        failCommand([failing], { blockConnection: true, blockTimeMS: 1_000, ...data }, 0)
        const began = nowMS()
        const error = await failureOf(
          client.withSession(session =>
            session.withTransaction(() => client.db().collection('c').insertOne({}, { session }))
          )
        )
        const tookMS = nowMS() - began
        assert.ok(tookMS >= withTransactionMSMax - 1_500 && tookMS < withTransactionMSMax + 1_500, `${tookMS}`)
        assert.ok(error instanceof MongoTransactionTimeoutError)
        assert.match(
          error.message,
          /withTransaction gave up after \d+ ms, its limit of 120000 ms, and \d+ attempts?; the last error: /
        )
        assert.ok(error.cause instanceof MongoServerError)
        assert.deepEqual(error.errorLabels, error.cause.errorLabels)
      }, replicaSet)
    )
})

test('prose test: retries wait, each longer than the one before up to half a second, by chance', () =>
  withServer(async ({ connect, failCommand, nowMS }) => {
    const client = connect()
    const retries = 30
    failCommand(['commitTransaction'], { errorCode: 251 }, retries)
    const started = startedOf(client)
    const began = nowMS()
    let calls = 0
    await client.withSession(session =>
      session.withTransaction(async () => {
        calls++
        await client.db().collection('c').insertOne({}, { session })
      })
    )
    assert.equal(calls, retries + 1)
    assert.equal(started.filter(({ commandName }) => commandName === 'commitTransaction').length, retries + 1)
    assert.ok(nowMS() - began > 1_250, `${nowMS() - began}`)
  }, replicaSet))

test('the pause before the next attempt grows by half, to 500 ms at most, times a chance', () => {
  assert.deepEqual(
    [1, 2, 3, 12, 13, 100].map(attempts => Math.round(transactionBackoffMS(attempts, 1) * 100) / 100),
    [5, 7.5, 11.25, 432.49, 500, 500]
  )
  assert.equal(transactionBackoffMS(2, 0.5), 3.75)
})

test('a callback that has committed or aborted by itself is the end', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const session = client.startSession()
    const insert = () => client.db().collection('c').insertOne({}, { session })
    const started = startedOf(client)
    await session.withTransaction(async () => {
      await insert()
      await session.commitTransaction()
    })
    await session.withTransaction(async () => {
      await insert()
      await session.abortTransaction()
    })
    assert.deepEqual(
      started.map(({ commandName }) => commandName),
      ['insert', 'commitTransaction', 'insert', 'abortTransaction']
    )
    assert.equal(await client.db().collection('c').countDocuments(), 1)
  }, replicaSet))

test('timeoutMS limits the whole: operations have what is left, the abort has all of it again, and no operation has its own', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = connect()
    const session = client.startSession()
    const collection = client.db().collection('c')
    const started = startedOf(client)
    failCommand(['insert'], { blockConnection: true, blockTimeMS: 300 }, 1)
    failCommand(['insert', 'abortTransaction'], { blockConnection: true, blockTimeMS: 300 }, 3)
    const error = await failureOf(
      session.withTransaction(
        async () => {
          await collection.insertOne({ _id: 1 as never }, { session })
          await collection.insertOne({ _id: 2 as never }, { session })
        },
        { timeoutMS: 500 }
      )
    )
    assert.ok(error instanceof MongoOperationTimeoutError)
    const limits = started.map(({ commandName, command }) => [commandName, Number(command['maxTimeMS'])] as const)
    assert.deepEqual(
      limits.map(([name]) => name),
      ['insert', 'insert', 'abortTransaction']
    )
    const [first = 0, second = 0, last = 0] = limits.map(([, limit]) => limit)
    assert.ok(first > 480 && first <= 500 && second <= 200 && last > 480, JSON.stringify(limits))
    const two = session.withTransaction(() => collection.insertOne({}, { session, timeoutMS: 5 }), { timeoutMS: 500 })
    assert.match((await failureOf(two)).message, /timeoutMS 5 cannot be set on an operation within withTransaction/)
    const found = session.withTransaction(() => collection.find({}, { session, timeoutMS: 5 }).toArray(), {
      timeoutMS: 500
    })
    assert.match((await failureOf(found)).message, /timeoutMS 5 cannot be set on an operation within withTransaction/)
    const committed = session.withTransaction(
      async () => {
        await collection.insertOne({}, { session })
        await session.commitTransaction({ timeoutMS: 5 })
      },
      { timeoutMS: 500 }
    )
    assert.match((await failureOf(committed)).message, /timeoutMS 5 cannot be set on a commit within withTransaction/)
    await collection.insertOne({}, { session, timeoutMS: 500 })
  }, replicaSet))

test('with timeoutMS the last error is the cause of the time-out, with its labels', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = connect({ timeoutMS: 500 })
    failCommand(['insert'], { blockConnection: true, blockTimeMS: 25, errorCode: 24, errorLabels: [transient] }, 0)
    const error = await failureOf(
      client.withSession(session =>
        session.withTransaction(() => client.db().collection('c').insertOne({}, { session }))
      )
    )
    assert.ok(error instanceof MongoOperationTimeoutError)
    assert.match(error.message, /timeoutMS 500, and \d+ attempts/)
    assert.ok(error.cause instanceof MongoError && error.hasErrorLabel(transient))
  }, replicaSet))

test('what cannot begin begins nothing: no function, unknown options, a transaction in progress, an ended session', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    const session = client.startSession()
    const never = async (): Promise<void> => assert.fail('the callback is not called')
    assert.match((await failureOf(session.withTransaction(5 as never))).message, /withTransaction takes a function/)
    assert.match(
      (await failureOf(session.withTransaction(never, { wait: true } as never))).message,
      /no option "wait" of transactions here; there are readConcern, .*timeoutMS/
    )
    session.startTransaction()
    assert.ok((await failureOf(session.withTransaction(never))) instanceof MongoTransactionError)
    assert.equal(session.transaction.state, 'starting transaction')
    await session.endSession()
    assert.match((await failureOf(session.withTransaction(never))).message, /the session of startTransaction has ended/)
  }, replicaSet))

describe('the end of the client', () => {
  test('waits for a transaction in progress, with all that is done in it, when it is graceful', () =>
    withServer(async ({ connect, runtime, failCommand }) => {
      const client = connect()
      const collection = client.db().collection('c')
      failCommand(['commitTransaction'], { errorCode: 251 })
      let calls = 0
      const done = client.withSession(session =>
        session.withTransaction(async () => {
          calls++
          await collection.insertOne({}, { session })
          await runtime.sleep(50)
          await collection.insertOne({}, { session })
          return (await collection.find({}, { session, batchSize: 1 }).toArray()).length
        })
      )
      await runtime.sleep(25)
      const ended = client.shutdown()
      assert.match((await failureOf(collection.insertOne({}))).message, /closing/)
      assert.deepEqual([await done, calls], [2, 2])
      await ended
      const other = connect()
      assert.equal(await other.db().collection('c').countDocuments(), 2)
    }, replicaSet))

  test('interrupts it, a pause between two attempts too, when it is immediate', () =>
    withServer(async ({ connect, failCommand, runtime }) => {
      const client = connect()
      failCommand(['commitTransaction'], { errorCode: 251 }, 0)
      let calls = 0
      const failed = failureOf(
        client.withSession(session =>
          session.withTransaction(async () => {
            calls++
            await client.db().collection('c').insertOne({}, { session })
          })
        )
      )
      await runtime.sleep(2_000)
      const before = calls
      await client.close()
      const error = await failed
      assert.equal(error.name, 'MongoClientClosedError')
      assert.match(error.message, /before withTransaction could try again|closed/)
      assert.equal(calls, before)
    }, replicaSet))
})
