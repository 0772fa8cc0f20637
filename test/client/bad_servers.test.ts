import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type MongoClient,
  MongoNetworkTimeoutError,
  MongoServerSelectionError,
  MongoUnexpectedServerResponseError
} from '../../src/client/index.ts'
import { failureOf, MongoClient as Client, withServer } from './bench.ts'
import { withMiddleman } from './middleman.ts'
import { strangerAddress, withStranger } from './strangers.ts'

test('a host that does not resolve is an error that names the host, in time', () =>
  withServer(async ({ runtime, nowMS }) => {
    runtime.network.unresolvable('nowhere.invalid', true)
    const client = new Client('mongodb://nowhere.invalid/', { runtime, serverSelectionTimeoutMS: 500 })
    const error = await failureOf(client.db().command({ ping: 1 }))
    assert.ok(error instanceof MongoServerSelectionError)
    assert.equal(nowMS(), 500)
    assert.match(error.message, /No host name could be resolved: are the names right/)
    assert.match(error.message, /ENOTFOUND nowhere\.invalid/)
    await client.close()
  }))

const strangers = [
  ['an HTTP server', { reply: 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n' }, /HTTP/i],
  ['garbage that comes unasked', { greeting: 'SSH-2.0-OpenSSH_9.6\r\n' }, /stranger\.test:27017/],
  [
    'garbage in reply to the hello',
    { reply: '\0\x01\x02\x03garbage without any sense, of some length\xff\xfe' },
    /stranger\.test:27017/
  ]
] as const

for (const [what, answer, says] of strangers)
  test(`a port where ${what} answers is an error that says so, in time`, () =>
    withServer(async ({ runtime, nowMS }) => {
      await withStranger(runtime, answer, async () => {
        const client = new Client(`mongodb://${strangerAddress}/`, { runtime, serverSelectionTimeoutMS: 2_000 })
        const error = await failureOf(client.db().command({ ping: 1 }))
        assert.ok(error instanceof MongoServerSelectionError)
        assert.equal(nowMS(), 2_000)
        assert.match(error.message, says)
        assert.ok(error.cause instanceof MongoUnexpectedServerResponseError, String(error.cause))
        await client.close()
      })
    }))

test('a port where nobody answers is an error that says so, in time', () =>
  withServer(async ({ runtime, nowMS }) => {
    await withStranger(runtime, {}, async () => {
      const client = new Client(`mongodb://${strangerAddress}/`, {
        runtime,
        connectTimeoutMS: 300,
        serverSelectionTimeoutMS: 2_000
      })
      const error = await failureOf(client.db().command({ ping: 1 }))
      assert.ok(error instanceof MongoServerSelectionError)
      assert.equal(nowMS(), 2_000)
      assert.ok(error.cause instanceof MongoNetworkTimeoutError, String(error.cause))
      assert.match(error.message, /No server answered in time/)
      assert.match(error.message, /connectTimeoutMS \(300 ms\)/)
      await client.close()
    })
  }))

/** The next ping by way of the middleman gets a reply that was changed so. */
function withChangedReply(
  change: (reply: Uint8Array) => Uint8Array,
  expect: (error: Error, client: MongoClient) => void
): Promise<void> {
  return withServer(async ({ runtime, member }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      const client = await middleman.client({ maxPoolSize: 1, timeoutMS: 5_000 }).connect()
      await client.db().command({ ping: 1 })
      middleman.changeReplyTo('ping', change)
      expect(await failureOf(client.db().command({ ping: 1 })), client)
      assert.equal((await client.db().command({ ping: 1 }))['ok'], 1, 'the next operation works')
      const [pool] = client.pools()
      assert.deepEqual([pool?.total, pool?.available, pool?.checkedOut], [1, 1, 0])
      assert.equal(pool?.counters.connectionsClosed.error, 1)
    })
  })
}

for (const length of [0, 15, -1, 2 ** 31 - 1])
  test(`a reply with the lying length ${length} is an error that says so, and costs its connection only`, () =>
    withChangedReply(
      reply => {
        const changed = Uint8Array.from(reply)
        new DataView(changed.buffer).setInt32(0, length, true)
        return changed
      },
      error => {
        assert.ok(error instanceof MongoUnexpectedServerResponseError, error.name)
        assert.ok(error.message.includes(String(length)), error.message)
        assert.match(error.message, /middleman\.test:27017/)
      }
    ))

test('a reply to another request is an error that says so, and costs its connection only', () =>
  withChangedReply(
    reply => {
      const changed = Uint8Array.from(reply)
      new DataView(changed.buffer).setInt32(8, 123_456_789, true)
      return changed
    },
    error => {
      assert.ok(error instanceof MongoUnexpectedServerResponseError, error.name)
      assert.match(error.message, /123456789/)
    }
  ))

test('a reply whose document lies about its length is an error that says so, and costs its connection only', () =>
  withChangedReply(
    reply => {
      const changed = Uint8Array.from(reply)
      new DataView(changed.buffer).setInt32(21, 1_000_000, true)
      return changed
    },
    error => assert.ok(error instanceof MongoUnexpectedServerResponseError, error.name)
  ))

test('a reply that is cut off by a closed connection is a network error, and the next operation works', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = await connect({ retryReads: false }).connect()
    failCommand(['find'], { closeConnection: true })
    const error = await failureOf(client.db().collection('a').findOne())
    assert.match(error.message, /closed the connection \(connection 1 to .*, which waited for a reply\)/)
    assert.equal(await client.db().collection('a').findOne(), null)
  }))

test('bytes on an idle connection close it, and nobody is given it', () =>
  withServer(async ({ runtime, member }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      const client = await middleman.client().connect()
      const closed: unknown[] = []
      client.on('connectionClosed', ({ reason, error }) => closed.push(reason, error))
      await client.db().command({ ping: 1 })
      middleman.sendUnasked('ping', Buffer.from('surprise'))
      await runtime.sleep(5)
      assert.equal(closed[0], 'error')
      assert.match(String(closed[1]), /sent 8 bytes that nobody asked for/)
      assert.equal(client.pools()[0]?.counters.cleared, 0)
      assert.equal((await client.db().command({ ping: 1 }))['ok'], 1)
    })
  }))

test('bytes behind a reply let the reply through, and close the connection', () =>
  withServer(async ({ runtime, member }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      const client = await middleman.client().connect()
      middleman.changeReplyTo('ping', reply => Buffer.concat([reply, Buffer.from('more')]))
      assert.equal((await client.db().command({ ping: 1 }))['ok'], 1)
      assert.equal(client.pools()[0]?.counters.connectionsClosed.error, 1)
      assert.equal((await client.db().command({ ping: 1 }))['ok'], 1)
    })
  }))
