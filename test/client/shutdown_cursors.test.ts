import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoClientClosedError } from '../../src/client/index.ts'
import { failureOf, type MongoClient, withServer } from './bench.ts'
import { withMiddleman } from './middleman.ts'

type Cursor = Awaited<ReturnType<typeof readOne>>

async function readOne(client: MongoClient, batchSize: number) {
  await client
    .db()
    .collection('a')
    .insertMany(Array.from({ length: 6 }, (_, n) => ({ n })))
  const cursor = client.db().collection('a').find({}, { batchSize })
  assert.equal((await cursor.next())?.['n'], 0)
  return cursor
}

test('a cursor that is iterated gives what it has buffered, then fails: it never ends as if it were complete', () =>
  withServer(async ({ connect, member }) => {
    const client = connect()
    const cursor = await readOne(client, 3)
    await client.shutdown()
    assert.equal(member.openCursors(), 0, 'the server was told with killCursors')
    const given: unknown[] = []
    const error = await failureOf(
      (async () => {
        for await (const { n } of cursor) given.push(n)
      })()
    )
    assert.deepEqual(given, [1, 2])
    assert.ok(error instanceof MongoClientClosedError, error.name)
  }))

test('a cursor that is read on with next fails each time, after a shutdown and after a close', () =>
  withServer(async ({ connect }) => {
    for (const end of [(client: MongoClient) => client.shutdown(), (client: MongoClient) => client.close()]) {
      const client = connect()
      await client.db().collection('a').drop()
      const cursor = await readOne(client, 2)
      await end(client)
      assert.equal((await cursor.next())?.['n'], 1)
      for (const read of [() => cursor.next(), () => cursor.hasNext(), () => cursor.next(), () => cursor.toArray()])
        assert.ok((await failureOf(read())) instanceof MongoClientClosedError)
    }
  }))

/** With its only connection in use, a client that shuts down cannot give its cursors up at first. */
function withBusyClient(test: (cursor: Cursor) => Promise<void>): Promise<void> {
  return withServer(async ({ failCommand, member, runtime }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      const client = middleman.client({ maxPoolSize: 1 })
      const cursor = await readOne(client, 1)
      failCommand(['ping'], { blockConnection: true, blockTimeMS: 100 })
      const slow = client.db().command({ ping: 1 })
      await runtime.sleep(10)
      const ended = client.shutdown()
      await test(cursor)
      await Promise.all([slow, ended])
      assert.equal(middleman.sent('killCursors').length, 1)
      assert.equal(member.openCursors(), 0)
      assert.deepEqual(member.sessions(), [])
    })
  })
}

test('a cursor is given up on its server also where every connection was in use when the shutdown began', () =>
  withBusyClient(async cursor => {
    assert.ok((await failureOf(cursor.next())) instanceof MongoClientClosedError)
  }))

test('a cursor that is closed while the client shuts down is given up on its server', () =>
  withBusyClient(async cursor => {
    await cursor.close()
    assert.equal(await cursor.next(), null)
  }))

test('a toArray that stops at its limit while the client shuts down gives its cursor up', () =>
  withServer(async ({ connect, failCommand, member, runtime }) => {
    const client = connect()
    await client
      .db()
      .collection('a')
      .insertMany(Array.from({ length: 6 }, (_, n) => ({ n })))
    failCommand(['getMore'], { blockConnection: true, blockTimeMS: 50 }, 0)
    const some = client.db().collection('a').find({}, { batchSize: 2, limit: 3 }).toArray()
    await runtime.sleep(20)
    const ended = client.shutdown()
    assert.equal((await some).length, 3)
    await ended
    assert.equal(member.openCursors(), 0)
  }))

test('leaving a loop early lets the server forget the cursor', () =>
  withServer(async ({ connect, member, runtime }) => {
    const client = connect()
    const cursor = await readOne(client, 2)
    for await (const { n } of cursor) if (n === 2) break
    await runtime.sleep(5)
    assert.equal(member.openCursors(), 0)
  }))
