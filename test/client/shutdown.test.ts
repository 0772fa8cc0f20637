import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoClientClosedError, MongoInvalidArgumentError } from '../../src/client/index.ts'
import { acknowledge, assertWhole, countListeners, failureOf, MongoClient, targetOf, withServer } from './bench.ts'
import { withMiddleman } from './middleman.ts'

test('30 slow operations on 10 connections all finish while the client shuts down', () =>
  withServer(async ({ connect, failCommand, runtime }) => {
    const client = await connect().connect()
    failCommand(['ping'], { blockConnection: true, blockTimeMS: 100 }, 0)
    const slow = Array.from({ length: 30 }, () => client.db().command({ ping: 1 }))
    await runtime.sleep(30)
    const ended = client.shutdown()
    const replies = await Promise.all(slow)
    assert.ok(replies.every(({ ok }) => ok === 1))
    await ended
    assert.deepEqual(runtime.network.transports(), [])
  }))

test('a check-out that waits for its dial gets it, and its operation finishes', () =>
  withServer(async ({ connect, runtime, member }) => {
    const client = await connect().connect()
    runtime.network.dialDelayMS(targetOf(member.address), 500)
    const ping = client.db().command({ ping: 1 })
    await runtime.sleep(10)
    assert.equal(client.pools()[0]?.pending, 1)
    const ended = client.shutdown()
    assert.equal((await ping)['ok'], 1)
    await ended
  }))

test('a dial that no operation needs ends at once', () =>
  withServer(async ({ connect, runtime, member, nowMS }) => {
    runtime.network.dialDelayMS(targetOf(member.address), 0)
    const client = await connect({ minPoolSize: 1 }).connect()
    await client.warmUp()
    runtime.network.dialDelayMS(targetOf(member.address), 5_000)
    member.dropConnections(({ purpose }) => purpose === 'pool' || purpose === 'unknown')
    await runtime.sleep(5)
    const beganMS = nowMS()
    await client.shutdown()
    assert.ok(nowMS() - beganMS < 100, `it took ${nowMS() - beganMS} ms`)
  }))

test('an insertMany between its batches finishes', () =>
  withServer(async ({ connect, failCommand, runtime, deployment }) => {
    const client = await connect().connect()
    failCommand(['insert'], { blockConnection: true, blockTimeMS: 50 }, 0)
    const text = 'x'.repeat(15_000_000)
    const inserted = client
      .db()
      .collection('big')
      .insertMany(Array.from({ length: 7 }, (_, n) => ({ n, text })))
    await runtime.sleep(75)
    const ended = client.shutdown()
    assert.equal((await inserted).insertedCount, 7)
    await ended
    await using other = new MongoClient(deployment.uri, { runtime })
    assert.equal(
      (
        await other
          .db()
          .collection('big')
          .find({}, { projection: { n: 1 } })
          .toArray()
      ).length,
      7
    )
  }))

test('a toArray of three batches finishes', () =>
  withServer(async ({ connect, failCommand, runtime, member }) => {
    const client = connect()
    await client
      .db()
      .collection('a')
      .insertMany(Array.from({ length: 6 }, (_, n) => ({ n })))
    failCommand(['getMore'], { blockConnection: true, blockTimeMS: 50 }, 0)
    const all = client.db().collection('a').find({}, { batchSize: 2 }).toArray()
    await runtime.sleep(20)
    const ended = client.shutdown()
    assert.equal((await all).length, 6)
    await ended
    assert.equal(member.openCursors(), 0)
  }))

test('an operation that has to be tried again is tried again', () =>
  withServer(async ({ connect, failCommand, runtime }) => {
    const client = await connect().connect()
    failCommand(['find'], { blockConnection: true, blockTimeMS: 50, closeConnection: true })
    const found = client.db().collection('a').findOne()
    await runtime.sleep(20)
    const ended = client.shutdown()
    assert.equal(await found, null)
    await ended
  }))

test('an operation that waits for a server gets one', () =>
  withServer(async ({ connect, runtime, member }) => {
    await member.refuseDials(true)
    const client = connect()
    const ping = client.db().command({ ping: 1 })
    const ended = client.shutdown()
    await runtime.sleep(1_000)
    await member.refuseDials(false)
    assert.equal((await ping)['ok'], 1)
    await ended
  }))

test('idle sockets are gone at once, those in use after they come back', () =>
  withServer(async ({ connect, failCommand, runtime }) => {
    const client = connect({ maxConnecting: 5 })
    await Promise.all(Array.from({ length: 5 }, () => client.db().command({ ping: 1 })))
    assert.equal(client.pools()[0]?.available, 5)
    failCommand(['find'], { blockConnection: true, blockTimeMS: 1_000 })
    const slow = client.db().collection('a').findOne()
    await runtime.sleep(5)
    const ended = client.shutdown()
    await runtime.sleep(20)
    const states = client.connections().flatMap(({ purpose, state }) => (purpose === 'pool' ? [state] : []))
    assert.deepEqual(states, ['inUse'])
    await slow
    await ended
    assert.deepEqual(client.connections(), [])
  }))

test('pool closed is told before server closed, and that before topology closed', () =>
  withServer(async ({ connect }) => {
    const told: string[] = []
    const client = connect()
    await client.db().command({ ping: 1 })
    for (const kind of ['connectionClosed', 'connectionPoolClosed', 'serverClosed', 'topologyClosed'] as const)
      client.on(kind, () => told.push(kind))
    await client.shutdown()
    assert.deepEqual(told, ['connectionClosed', 'connectionPoolClosed', 'serverClosed', 'topologyClosed'])
  }))

test('the server is told that every session that it saw is over', () =>
  withServer(async ({ connect, failCommand, member, runtime }) => {
    const client = await connect().connect()
    failCommand(['ping'], { blockConnection: true, blockTimeMS: 20 }, 0)
    await Promise.all(Array.from({ length: 6 }, () => client.db().command({ ping: 1 })))
    assert.equal(member.sessions().length, 6)
    await client.shutdown()
    assert.deepEqual(member.sessions(), [])
    const busy = await connect().connect()
    const slow = Array.from({ length: 12 }, () => busy.db().command({ ping: 1 }))
    await runtime.sleep(15)
    await busy.shutdown()
    await Promise.all(slow)
    assert.deepEqual(member.sessions(), [], 'also where no connection was idle when it began')
  }))

test('nothing is dialled to say that sessions are over', () =>
  withServer(async ({ connect, member, runtime }) => {
    const client = connect({ maxIdleTimeMS: 50 })
    await client.db().command({ ping: 1 })
    await runtime.sleep(100)
    const { created } = member.connections()
    await client.shutdown()
    assert.equal(member.connections().created, created)
  }))

test('what is left to say holds up a shutdown for a second at most', () =>
  withServer(async ({ connect, failCommand, nowMS }) => {
    const client = connect()
    await client.db().collection('a').insertMany([{}, {}, {}])
    const cursors = [1, 2, 3].map(() => client.db().collection('a').find({}, { batchSize: 1 }))
    for (const cursor of cursors) await cursor.next()
    failCommand(['killCursors', 'endSessions'], { blockConnection: true, blockTimeMS: 600_000 }, 0)
    const beganMS = nowMS()
    await client.shutdown()
    assert.ok(nowMS() - beganMS < 1_100, `it took ${nowMS() - beganMS} ms`)
  }))

test('timeoutMS interrupts what remains', () =>
  withServer(async ({ connect, failCommand, runtime, nowMS }) => {
    const client = await connect({ maxPoolSize: 1 }).connect()
    failCommand(['ping'], { blockConnection: true, blockTimeMS: 60_000 }, 0)
    const operations = [1, 2].map(() => failureOf(client.db().command({ ping: 1 })))
    await runtime.sleep(20)
    await client.shutdown({ timeoutMS: 100 })
    assert.ok(nowMS() < 130, `it is ${nowMS()} ms`)
    for (const error of await Promise.all(operations)) assert.ok(error instanceof MongoClientClosedError, error.name)
  }))

test('a signal interrupts what remains, and keeps no listener', () =>
  withServer(async ({ connect, failCommand, runtime, nowMS }) => {
    const controller = new AbortController()
    const listeners = countListeners(controller.signal)
    await connect().shutdown({ signal: controller.signal })
    assert.equal(listeners(), 0)
    const client = await connect().connect()
    failCommand(['ping'], { blockConnection: true, blockTimeMS: 60_000 }, 0)
    const ping = failureOf(client.db().command({ ping: 1 }))
    await runtime.sleep(20)
    const ended = client.shutdown({ signal: controller.signal })
    controller.abort()
    await ended
    assert.ok(nowMS() < 100)
    assert.ok((await ping) instanceof MongoClientClosedError)
  }))

test('shutdown is idempotent, and a later call may set a limit', () =>
  withServer(async ({ connect, failCommand, runtime, nowMS }) => {
    const client = await connect().connect()
    failCommand(['ping'], { blockConnection: true, blockTimeMS: 60_000 }, 0)
    const ping = failureOf(client.db().command({ ping: 1 }))
    await runtime.sleep(20)
    await Promise.all([client.shutdown(), client.shutdown({ timeoutMS: 50 })])
    assert.ok(nowMS() < 100)
    assert.ok((await ping) instanceof MongoClientClosedError)
    await client.shutdown()
    await client.close()
  }))

test('a timeoutMS that is no number of milliseconds is refused, and nothing ends', () =>
  withServer(async ({ connect }) => {
    const client = connect()
    for (const timeoutMS of [-1, Number.NaN, '5'])
      assert.ok(
        (await failureOf(client.shutdown({ timeoutMS: timeoutMS as number }))) instanceof MongoInvalidArgumentError
      )
    assert.equal((await client.db().command({ ping: 1 }))['ok'], 1)
  }))

test('an operation after shutdown: refused at once, with what to do, and nothing is opened for it', () =>
  withServer(async ({ connect, member, nowMS }) => {
    const client = connect()
    await acknowledge(client)
    const ended = client.shutdown()
    const beganMS = nowMS()
    const begun = [
      () => client.db().command({ ping: 1 }),
      () => client.db().collection('a').insertOne({}),
      () => client.db().collection('a').find().toArray(),
      () => client.connect(),
      () => client.warmUp()
    ]
    for (const begin of begun) assert.ok((await failureOf(begin())) instanceof MongoClientClosedError)
    assert.equal(nowMS(), beganMS)
    await ended
    const { created } = member.connections()
    for (const begin of begun) {
      const error = await failureOf(begin())
      assert.ok(error instanceof MongoClientClosedError)
      assert.match(error.message, /^The client is clos.* make a new one, a closed client stays closed$/)
    }
    assert.equal(member.connections().created, created)
    assert.deepEqual([client.connections(), client.pools()], [[], []])
    await assertWhole(connect(), 1)
  }))

test('a client that never started shuts down without a word', () =>
  withServer(async ({ connect, runtime }) => {
    for (const end of [(client: MongoClient) => client.shutdown(), (client: MongoClient) => client.close()]) {
      const told: unknown[] = []
      const client = connect({
        cmapEventHandler: event => told.push(event),
        sdamEventHandler: event => told.push(event)
      })
      await end(client)
      await runtime.sleep(100)
      assert.deepEqual(told, [])
    }
  }))

test('await using shuts the client down', () =>
  withServer(async ({ deployment, runtime, member }) => {
    let kept: MongoClient
    {
      await using client = new MongoClient(deployment.uri, { runtime })
      await client.db().command({ ping: 1 })
      kept = client
    }
    assert.deepEqual(kept.connections(), [])
    assert.deepEqual(member.sessions(), [])
  }))

test('a server that falls silent does not keep a shutdown with timeoutMS from its end', () =>
  withServer(async ({ runtime, member, nowMS }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      const client = await middleman.client().connect()
      middleman.swallowReplyTo('ping')
      const ping = failureOf(client.db().command({ ping: 1 }))
      await runtime.sleep(10)
      const beganMS = nowMS()
      await client.shutdown({ timeoutMS: 200 })
      assert.ok(nowMS() - beganMS < 210)
      assert.ok((await ping) instanceof MongoClientClosedError)
    })
  }))
