/** Transactions by way of routers: which one, and until when. Source: the transactions specification, "Mongos Pinning". */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ClientSession, MongoError, type MongoClient } from '../../src/client/index.ts'
import { type Bench, failureOf, withServer } from './bench.ts'
import { type Routers, withRouters } from './routers.ts'
import { startedOf } from './session_bench.ts'

interface Sharded extends Routers, Pick<Bench, 'failCommand'> {
  readonly client: MongoClient
  readonly session: ClientSession
  readonly started: ReturnType<typeof startedOf>
  readonly insert: () => Promise<unknown>
}

/** A client that has found both routers. */
function withSharded(work: (sharded: Sharded) => Promise<void>): Promise<void> {
  return withServer(
    bench =>
      withRouters(bench, async routers => {
        const client = routers.connect()
        await client.db('shop').createCollection('c')
        await bench.runtime.sleep(100)
        const { servers, type } = client.topologyDescription()
        assert.deepEqual([type, [...servers.values()].map(server => server.type)], ['Sharded', ['Mongos', 'Mongos']])
        const session = client.startSession()
        const started = startedOf(client)
        const insert = () => client.db('shop').collection('c').insertOne({}, { session })
        await work({ ...routers, failCommand: bench.failCommand, client, session, started, insert })
      }),
    { kind: 'replicaSet' }
  )
}

const addressesOf = ({ started }: Sharded): Set<string> => new Set(started.map(({ address }) => address))

test('all commands of a transaction go to one router, its commits too, and each end has the newest token', () =>
  withSharded(async sharded => {
    const { client, session, started, insert } = sharded
    session.startTransaction()
    assert.equal(session.transaction.pinnedAddress, undefined)
    for (let times = 0; times < 10; times++) await insert()
    await client.db('shop').collection('c').find({}, { session, batchSize: 3 }).toArray()
    const pinned = session.transaction.pinnedAddress
    assert.ok(pinned !== undefined)
    await session.commitTransaction()
    await session.commitTransaction()
    assert.deepEqual(addressesOf(sharded), new Set([pinned]))
    assert.equal(session.transaction.pinnedAddress, pinned, 'a commit may be repeated')
    const tokens = started.map(({ command }) => command['recoveryToken'] as { of: string } | undefined)
    assert.deepEqual(tokens.slice(0, -2).filter(Boolean), [])
    const [first, second] = tokens.slice(-2).map(token => token?.of.split(' '))
    assert.deepEqual([first?.[0], second?.[0]], [pinned, pinned])
    assert.equal(Number(second?.[1]), Number(first?.[1]) + 1)
  }))

describe('prose tests: a session that is pinned no more has any router', () => {
  test('1: with the next transaction', () =>
    withSharded(async sharded => {
      const { client, session, started, insert } = sharded
      session.startTransaction()
      await insert()
      await session.commitTransaction()
      started.length = 0
      for (let times = 0; times < 50; times++) {
        session.startTransaction()
        assert.equal(session.transaction.pinnedAddress, undefined)
        await client.db('shop').collection('c').findOne({}, { session })
        await session.commitTransaction()
        assert.ok(!('recoveryToken' in (started.at(-2)?.command ?? {})))
      }
      assert.equal(addressesOf(sharded).size, 2)
    }))

  test('2: with an operation outside of a transaction', () =>
    withSharded(async sharded => {
      const { client, session, started, insert } = sharded
      session.startTransaction()
      await insert()
      await session.commitTransaction()
      started.length = 0
      for (let times = 0; times < 50; times++) await client.db('shop').collection('c').findOne({}, { session })
      assert.deepEqual([addressesOf(sharded).size, session.transaction.pinnedAddress], [2, undefined])
    }))
})

describe('a session is let go by its router', () => {
  test('when the transaction is aborted, whatever comes of that', () =>
    withSharded(async ({ session, insert, failCommand }) => {
      session.startTransaction()
      await session.abortTransaction()
      for (const data of [undefined, { errorCode: 11_601 }, { closeConnection: true }]) {
        session.startTransaction()
        await insert()
        assert.ok(session.transaction.pinnedAddress !== undefined)
        if (data !== undefined) failCommand(['abortTransaction'], data)
        await session.abortTransaction()
        assert.equal(session.transaction.pinnedAddress, undefined)
      }
    }))

  test('before an abort or a commit is sent again', () =>
    withSharded(async sharded => {
      const { session, started, insert, failCommand } = sharded
      const seen = new Set<string>()
      for (const end of ['abortTransaction', 'commitTransaction'] as const)
        for (let times = 0; times < 10; times++) {
          session.startTransaction()
          await insert()
          failCommand([end], { errorCode: 6, errorLabels: ['RetryableWriteError'] })
          await session[end]()
          const [one, two] = started.slice(-2).map(({ address }) => address)
          seen.add(`${end} ${one === two ? 'stays' : 'goes elsewhere'}`)
        }
      assert.deepEqual([...seen], ['abortTransaction goes elsewhere', 'commitTransaction goes elsewhere'])
    }))

  test('when an error says that the transaction is over, so that nobody waits for a router that is gone', () =>
    withSharded(async ({ session, insert, failCommand }) => {
      session.startTransaction()
      await insert()
      failCommand(['insert'], { closeConnection: true })
      const error = await failureOf(insert())
      assert.ok(error instanceof MongoError && error.hasErrorLabel('TransientTransactionError'))
      assert.deepEqual(
        [session.transaction.pinnedAddress, session.transaction.state],
        [undefined, 'transaction in progress']
      )
      await session.abortTransaction()
    }))

  test('when the session ends', () =>
    withSharded(async ({ session, insert }) => {
      session.startTransaction()
      await insert()
      await session.commitTransaction()
      assert.ok(session.transaction.pinnedAddress !== undefined)
      await session.endSession()
      assert.equal(session.transaction.pinnedAddress, undefined)
    }))
})
