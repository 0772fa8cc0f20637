import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ConnectionClosedEvent,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoServerSelectionError,
  MongoUnexpectedServerResponseError
} from '../../src/client/index.ts'
import { acknowledge, assertWhole, type Bench, failureOf, MongoClient as Client, withServer } from './bench.ts'
import { withMiddleman } from './middleman.ts'
import { strangerAddress, withStranger } from './strangers.ts'

/** A command and its reply on the virtual network take less. */
const roundTripMSMax = 5

/** What an operation of a client with this address ends with, and that the client is whole once a server is there instead. */
async function failsUntilHealthy(
  { runtime, member, nowMS }: Bench,
  address: string,
  expect: (error: MongoServerSelectionError) => void
): Promise<void> {
  const client = new Client(`mongodb://${address}/`, {
    runtime,
    connectTimeoutMS: 300,
    serverSelectionTimeoutMS: 2_000
  })
  const error = await failureOf(client.db().command({ ping: 1 }))
  assert.ok(error instanceof MongoServerSelectionError, error.name)
  assert.equal(nowMS(), 2_000, 'in time')
  assert.match(error.message, /^Server selection timed out after 2000 ms/)
  expect(error)
  assert.deepEqual(
    client.pools().map(({ total, waiting }) => [total, waiting]),
    [[0, 0]]
  )
  await withMiddleman(runtime, member.address, () => assertWhole(client, 0), address)
  await client.close()
}

test("hosts that don't resolve: the error names the host and asks for the names, in time, and the client works once they do", () =>
  withServer(async bench => {
    const { network } = bench.runtime
    network.unresolvable('nowhere.test', true)
    await failsUntilHealthy(bench, 'nowhere.test:27017', ({ message, cause }) => {
      assert.match(message, /No host name could be resolved: are the names right/)
      assert.match(message, /Looking up the address of nowhere\.test failed: getaddrinfo ENOTFOUND nowhere\.test/)
      assert.ok(cause instanceof MongoNetworkError)
      network.unresolvable('nowhere.test', false)
    })
  }))

const strangers = [
  ['an HTTP server', { reply: 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n' }, /Its bytes are "HTTP\/1\.1 /],
  ['a greeting that comes unasked', { greeting: 'SSH-2.0-OpenSSH_9.6\r\n' }, /Its bytes are "SSH-2\.0-/],
  [
    'garbage',
    { reply: '\0\x01\x02\x03garbage without any sense, of some length\xff\xfe' },
    /a message of 50462976 bytes/
  ]
] as const

for (const [what, answer, says] of strangers)
  test(`a port where something else answers, ${what}: the error says so, in time, and the client works once a server is there`, () =>
    withServer(bench =>
      withStranger(bench.runtime, answer, leave =>
        failsUntilHealthy(bench, strangerAddress, ({ message, cause }) => {
          assert.match(message, /did not speak the protocol of MongoDB: are host and port right\?/)
          assert.match(message, /stranger\.test:27017 broke the wire protocol.*Is it a MongoDB server/)
          assert.match(message, says)
          assert.ok(cause instanceof MongoUnexpectedServerResponseError, String(cause))
          leave()
        })
      )
    ))

test('a port where something else answers, one that accepts and stays silent: the error says so, in time, and the client works once a server is there', () =>
  withServer(bench =>
    withStranger(bench.runtime, {}, leave =>
      failsUntilHealthy(bench, strangerAddress, ({ message, cause }) => {
        assert.ok(cause instanceof MongoNetworkTimeoutError, String(cause))
        assert.match(message, /No server answered in time: does a firewall or an IP access list/)
        assert.match(message, /stranger\.test:27017 was not established within connectTimeoutMS \(300 ms\)/)
        leave()
      })
    )
  ))

type Change = (reply: Uint8Array) => Uint8Array

function withInt32(at: number, value: number): Change {
  return reply => {
    const changed = Uint8Array.from(reply)
    new DataView(changed.buffer).setInt32(at, value, true)
    return changed
  }
}

const brokenReplies: readonly (readonly [line: string, change: Change, says: RegExp])[] = [
  ...[0, 15, -1, 2 ** 31 - 1].map(
    length =>
      [
        `a reply with a lying length, ${length}`,
        withInt32(0, length),
        new RegExp(`it announced a message of ${length} bytes; 16 to 48016384 are possible`)
      ] as const
  ),
  ['a reply to another request', withInt32(8, 123_456_789), /it sent a reply to 123456789; the reply to \d+ is due/],
  [
    'a reply whose document lies about its length',
    withInt32(21, 1_000_000),
    /the document at byte 21 announces 1000000 bytes/
  ]
]

/** A ping fails at once, since the next reply to `command` is another one, and costs a connection; the client is whole after it. */
function failsOnce(
  { runtime, member, nowMS }: Bench,
  command: 'ping' | 'isMaster',
  [, change, says]: (typeof brokenReplies)[number]
): Promise<void> {
  return withMiddleman(runtime, member.address, async middleman => {
    const client = await middleman.client({ maxPoolSize: 1, timeoutMS: 5_000 }).connect()
    const acknowledged = command === 'ping' ? 1 : 0
    if (acknowledged > 0) await acknowledge(client)
    middleman.changeReplyTo(command, change)
    const beganMS = nowMS()
    const error = await failureOf(client.db().command({ ping: 1 }))
    assert.ok(nowMS() - beganMS < roundTripMSMax, `it took ${nowMS() - beganMS} ms`)
    assert.ok(error instanceof MongoUnexpectedServerResponseError, error.name)
    assert.match(error.message, /^middleman\.test:27017 broke the wire protocol: /)
    assert.match(error.message, says)
    assert.match(error.message, /Is it a MongoDB server, and does nothing on the way change its bytes\?$/)
    await assertWhole(client, acknowledged)
    const { connectionsCreated, connectionsClosed } = client.pools()[0]?.counters ?? assert.fail('no pool')
    assert.deepEqual([connectionsCreated, connectionsClosed.error], [2, 1])
  })
}

for (const broken of brokenReplies) {
  test(`${broken[0]}: the error says so at once, and costs its connection only`, () =>
    withServer(bench => failsOnce(bench, 'ping', broken)))

  test(`${broken[0]}, in the handshake of a pool's connection: the error says so at once, and the next one is dialled`, () =>
    withServer(bench => failsOnce(bench, 'isMaster', broken)))
}

test('a reply that is cut off by a closed connection is a network error, and the next operation works', () =>
  withServer(async ({ connect, failCommand }) => {
    const client = await connect({ retryReads: false }).connect()
    failCommand(['find'], { closeConnection: true })
    const error = await failureOf(client.db().collection('a').findOne())
    assert.match(error.message, /closed the connection \(connection 1 to .*, which waited for a reply\)/)
    assert.equal(await client.db().collection('a').findOne(), null)
  }))

test('bytes on an idle connection: it closes at once with an error that says so, and nobody is given it', () =>
  withServer(async ({ runtime, member }) => {
    await withMiddleman(runtime, member.address, async middleman => {
      const client = await middleman.client().connect()
      const closed: ConnectionClosedEvent[] = []
      client.on('connectionClosed', event => closed.push(event))
      await acknowledge(client)
      await client.db().command({ ping: 1 })
      middleman.sendUnasked('ping', Buffer.from('surprise'))
      await runtime.sleep(roundTripMSMax)
      const [event] = closed
      assert.deepEqual([closed.length, event?.connectionId, event?.reason], [1, 1, 'error'])
      assert.ok(event?.error instanceof MongoUnexpectedServerResponseError)
      assert.match(event.error.message, /^middleman\.test:27017 .*sent 8 bytes that nobody asked for \(connection 1 to/)
      assert.equal(client.pools()[0]?.counters.cleared, 0)
      assert.equal(client.pools()[0]?.total, 0)
      await assertWhole(client, 1)
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
