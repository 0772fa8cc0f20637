/** How a client ends whose cursors and transactions have connections to themselves, and that nothing is lost on the way. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type MongoClient, MongoClientClosedError } from '../../src/client/index.ts'
import { type Balanced, withBalancer } from './balancer.ts'
import { failureOf } from './bench.ts'

async function begun({ collection }: Pick<Balanced, 'collection'>, batchSize = 2) {
  const cursor = collection.find({}, { batchSize })
  await cursor.next()
  return cursor
}

describe('a graceful end', () => {
  test('tells each cursor’s backend by the cursor’s connection, and the last of all carries the sessions', () =>
    withBalancer(async balanced => {
      const { client, take, openCursors, sessions } = balanced
      const cursors = [await begun(balanced), await begun(balanced)]
      take()
      await client.shutdown()
      const told = take()
      assert.deepEqual(told.slice(0, 4), ['killCursors 1', 'in 1', 'killCursors 2', 'in 2'])
      assert.equal(told.filter(line => line.startsWith('endSessions')).length, 1)
      assert.deepEqual([openCursors(), sessions()], [0, []])
      for (const cursor of cursors) {
        await cursor.next()
        assert.ok((await failureOf(cursor.next())) instanceof MongoClientClosedError)
      }
    }))

  test('lets what reads to the end go on, and gives up what nobody reads behind it', () =>
    withBalancer(async balanced => {
      const { client, collection, failCommand, runtime, openCursors, sessions } = balanced
      await begun(balanced)
      failCommand(['getMore'], { blockConnection: true, blockTimeMS: 50 }, 0, 1)
      const all = collection.find({}, { batchSize: 2 }).toArray()
      await runtime.sleep(20)
      const ended = client.shutdown()
      assert.equal((await all).length, 6)
      await ended
      assert.deepEqual([openCursors(), sessions()], [0, []])
    }))

  test('ends transactions that nobody has ended, and returns their connections', () =>
    withBalancer(async balanced => {
      const { client, collection, take, sessions } = balanced
      for (const _id of [10, 11]) {
        const session = client.startSession()
        session.startTransaction()
        await collection.insertOne({ _id }, { session })
      }
      await begun(balanced)
      take()
      await client.shutdown()
      const told = take()
      assert.deepEqual(
        [1, 2, 3].filter(id => !told.includes(`in ${id}`)),
        []
      )
      assert.equal(told.filter(line => line.startsWith('endSessions')).length, 1)
      assert.deepEqual(sessions(), [])
    }))

  test('waits for withTransaction with the connection that it has', () =>
    withBalancer(async ({ client, collection, runtime, connect }) => {
      let ended: Promise<void> | undefined
      await client.withSession(session =>
        session.withTransaction(async () => {
          await collection.insertOne({ _id: 20 }, { session })
          ended ??= client.shutdown()
          await runtime.sleep(20)
          await collection.insertOne({ _id: 21 }, { session })
        })
      )
      await ended
      assert.equal(await connect().db('shop').collection('c').countDocuments(), 8)
    }))

  test('has no connection left where a cursor failed and was never closed, be it whole or broken', async () => {
    for (const data of [{ errorCode: 7 }, { closeConnection: true }])
      await withBalancer(async balanced => {
        const { client, failCommand, inUse, openCursors } = balanced
        const cursor = await begun(balanced, 1)
        failCommand(['getMore'], data)
        await failureOf(cursor.next())
        assert.deepEqual(inUse(), [1, 1, 0])
        await client.shutdown()
        if ('errorCode' in data) assert.equal(openCursors(), 0)
      })
  })

  test('does not wait for a cursor whose backend does not answer', () =>
    withBalancer(async balanced => {
      const { client, failCommand, nowMS } = balanced
      await begun(balanced)
      await begun(balanced)
      failCommand(['killCursors'], { blockConnection: true, blockTimeMS: 60_000 }, 0)
      const beganMS = nowMS()
      await client.shutdown()
      assert.ok(nowMS() - beganMS < 2_100, `it took ${nowMS() - beganMS} ms`)
    }))

  test('that is given a limit interrupts what is in progress by then', () =>
    withBalancer(async balanced => {
      const { client, collection, failCommand, runtime, take } = balanced
      await begun(balanced)
      failCommand(['getMore'], { blockConnection: true, blockTimeMS: 60_000 }, 0, 1)
      const all = failureOf(collection.find({}, { batchSize: 2 }).toArray())
      await runtime.sleep(20)
      take()
      await client.shutdown({ timeoutMS: 100 })
      assert.ok((await all) instanceof MongoClientClosedError)
      assert.deepEqual(take().slice(0, 2), ['killCursors 1', 'in 1'])
    }))
})

describe('close', () => {
  test('ends what rests and what runs alike, each told as checked in and closed', () =>
    withBalancer(async balanced => {
      const { client, collection, failCommand, runtime, take } = balanced
      const cursor = await begun(balanced)
      const session = client.startSession()
      session.startTransaction()
      await collection.insertOne({ _id: 10 }, { session })
      failCommand(['getMore'], { blockConnection: true, blockTimeMS: 60_000 }, 0)
      const all = failureOf(collection.find({}, { batchSize: 2 }).toArray())
      await runtime.sleep(20)
      take()
      await client.close()
      assert.ok((await all) instanceof MongoClientClosedError)
      const told = take()
      for (const id of [1, 2, 3])
        assert.deepEqual(
          told.filter(line => line.split(' ')[1]?.replace(':', '') === String(id)),
          [`in ${id}`, `closed ${id}: poolClosed`]
        )
      await cursor.next()
      assert.ok((await failureOf(cursor.next())) instanceof MongoClientClosedError)
      await cursor.close()
      await session.endSession()
      assert.deepEqual(take(), [])
    }))
})

/** What a program may do with cursors and transactions, in any order, while backends fail. */
async function randomly({ client, collection, failCommand, breakConnections, runtime }: Balanced, turns: number) {
  const below = (count: number): number => Math.floor(runtime.chance.fraction() * count)
  const pause = () => runtime.sleep(below(8))
  const faults = [
    { closeConnection: true },
    { errorCode: 7 },
    { errorCode: 24 },
    { errorCode: 91 },
    { blockConnection: true, blockTimeMS: 30 }
  ]
  const commands = ['find', 'getMore', 'killCursors', 'insert', 'commitTransaction', 'abortTransaction']
  const readSome = async (): Promise<void> => {
    const cursor = collection.find({}, { batchSize: 1 + below(3), ...(below(3) === 0 ? { timeoutMS: 20 } : {}) })
    for (let left = below(7); left > 0; left--) {
      await cursor.next()
      await pause()
    }
    if (below(2) === 0) await Promise.all([cursor.next(), cursor.close()])
  }
  const transact = async (): Promise<void> => {
    const session = client.startSession()
    session.startTransaction()
    const work = () => [
      collection.insertOne({ _id: 100 + below(1_000) }, { session }),
      collection.findOne({}, { session })
    ]
    await Promise.allSettled([...work(), ...(below(2) === 0 ? work() : [])])
    await pause()
    if (below(3) > 0) await session.commitTransaction()
    if (below(3) > 0) await session.endSession()
  }
  const acts = [
    readSome,
    transact,
    () => collection.find({}, { batchSize: 2 }).toArray(),
    () => client.withSession(session => session.withTransaction(() => collection.findOne({}, { session }))),
    async () => {
      failCommand([commands[below(commands.length)] ?? 'find'], faults[below(faults.length)] ?? {}, 1, below(2))
    },
    async () => {
      if (below(4) === 0) breakConnections()
    }
  ]
  const running: Promise<unknown>[] = []
  for (let turn = 0; turn < turns; turn++) {
    running.push(Promise.allSettled([acts[below(acts.length)]?.()]))
    await pause()
  }
  return running
}

describe('whatever happens, every check-out has its check-in', () => {
  const ends: readonly (readonly [string, (client: MongoClient) => Promise<void>])[] = [
    ['a graceful end', client => client.shutdown()],
    ['a graceful end with a limit', client => client.shutdown({ timeoutMS: 10 })],
    ['an immediate end', client => client.close()]
  ]
  for (const [what, end] of ends)
    test(`also by ${what} in the midst of it`, async () => {
      for (let seed = 1; seed <= 12; seed++)
        await withBalancer(
          async balanced => {
            const { client } = balanced
            const running = await randomly(balanced, 40)
            await end(client)
            await Promise.all(running)
          },
          { maxPoolSize: 4, waitQueueTimeoutMS: 200 },
          seed
        )
    })
})
