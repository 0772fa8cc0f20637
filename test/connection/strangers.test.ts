/** Peers that are no MongoDB, or a broken or hostile one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoNetworkTimeoutError } from '../../src/errors/index.ts'
import { WireViolationError } from '../../src/wire/index.ts'
import { assertNothingLeft, attempt, events, type Stage, withServer } from './attempts.ts'
import { Ping } from './exchanges.ts'
import { helloDocument, replyBytes } from './messages.ts'
import { healthy, type Script } from './scripted_server.ts'

/** Whatever it is asked, it answers with these bytes, once. */
function answeringBytes(bytes: (requestId: number) => Uint8Array): Script {
  return { request: (request, peer) => peer.transport.write(bytes(request.requestId)) }
}

function withLength(length: number): (requestId: number) => Uint8Array {
  return requestId => {
    const bytes = replyBytes({ responseTo: requestId }, helloDocument)
    bytes.writeInt32LE(length, 0)
    return bytes
  }
}

const webServer = Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')

/** What each stranger says to a hello, and what the error says of it. */
const strangers: readonly [string, Script, RegExp][] = [
  ['an HTTP server', answeringBytes(() => webServer), /HTTP\/1\.1.*Is it a MongoDB server/],
  ['a peer that speaks first', { accepted: peer => peer.transport.write(Buffer.from('220 mail.test ESMTP\r\n')) }, /./],
  ['garbage', answeringBytes(() => Buffer.alloc(64, 0xfe)), /announced a message of -16843010 bytes/],
  ['TLS', answeringBytes(() => Buffer.from([0x15, 3, 3, 0, 2, 2, 70])), /those of TLS/],
  ['a length of 0', answeringBytes(withLength(0)), /announced a message of 0 bytes/],
  ['a length of 15', answeringBytes(withLength(15)), /announced a message of 15 bytes/],
  ['a length of -1', answeringBytes(withLength(-1)), /announced a message of -1 bytes/],
  ['a length of 2^31 - 1', answeringBytes(withLength(2 ** 31 - 1)), /announced a message of 2147483647 bytes/],
  ['a reply to another request', answeringBytes(id => replyBytes({ responseTo: id + 1 }, helloDocument)), /is due/],
  [
    'bytes behind the reply to the hello',
    answeringBytes(id => Buffer.concat([replyBytes({ responseTo: id }, helloDocument), Buffer.from('!')])),
    /1 bytes that nobody asked for/
  ],
  [
    'a stream of hellos that was not allowed',
    answeringBytes(id => replyBytes({ responseTo: id, moreToCome: true }, helloDocument)),
    /moreToCome/
  ]
]

for (const [name, script, says] of strangers) {
  test(`a handshake with ${name} fails with an unlabelled protocol error that says what came`, () =>
    // Whole writes: what comes behind a reply comes with it.
    withServer(
      script,
      async ({ runtime }) => {
        const attempted = attempt(runtime)
        await attempted.ended
        const { error, phase } = attempted
        assert(error instanceof WireViolationError, String(error))
        assert.match(error.message, says)
        assert.deepEqual([error.errorLabels, phase], [[], 'hello'])
        await runtime.sleep(100)
        assertNothingLeft(runtime)
      },
      { fragment: 0 }
    ))
}

for (const [name, script] of strangers.slice(0, 9)) {
  test(`a handshake with ${name} fails the same however the bytes are cut`, async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const play = async ({ runtime }: Stage): Promise<void> => {
        const attempted = attempt(runtime)
        await attempted.ended
        assert(attempted.error instanceof WireViolationError, `seed ${seed}`)
      }
      await withServer(script, play, { seed, fragment: 1 })
    }
  })
}

test('a peer that accepts and says nothing is a time-out, and so is one that never finishes its reply', async () => {
  const unfinished = answeringBytes(id => replyBytes({ responseTo: id }, helloDocument).subarray(0, -1))
  for (const script of [{}, unfinished]) {
    await withServer(script, async ({ runtime }) => {
      const attempted = attempt(runtime)
      await attempted.ended
      assert(attempted.error instanceof MongoNetworkTimeoutError)
      assert.equal(attempted.phase, 'hello')
    })
  }
})

test('a length that a peer announces reserves nothing', async () => {
  await withServer(answeringBytes(withLength(48_000_000)), async ({ runtime }) => {
    const before = process.memoryUsage().arrayBuffers
    const attempts = Array.from({ length: 20 }, () => attempt(runtime))
    await runtime.sleep(100)
    assert(process.memoryUsage().arrayBuffers - before < 48_000_000)
    for (const attempted of attempts) attempted.cancel()
  })
})

test('bytes on an idle connection break it within the turn in which they come', () =>
  withServer(healthy, async ({ runtime, server }) => {
    const attempted = attempt(runtime)
    await attempted.ended
    const connection = attempted.connection!
    const broken: Error[] = []
    connection.onBroken = error => broken.push(error)
    server.peers[0]!.transport.write(replyBytes({ responseTo: 0 }, { late: true }))
    await runtime.sleep(10)
    assert(broken[0] instanceof WireViolationError)
    assert.equal(broken.length, 1)
    assert(server.peers[0]!.ended)
  }))

test('an abandoned connection delivers nothing, however much of the reply had come', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    let replied = false
    for (let count = 0; !replied; count++) {
      const play = async ({ runtime }: Stage): Promise<void> => {
        const attempted = attempt(runtime)
        await attempted.ended
        const ping = new Ping()
        attempted.connection!.start(ping)
        await events(count)
        replied = ping.replies.length > 0
        if (replied) return
        const reason = new Error('the caller gave up')
        attempted.connection!.abandon(reason)
        await runtime.sleep(100)
        assert.deepEqual([ping.replies, ping.failures], [[], [{ error: reason, wrote: true }]], `seed ${seed}`)
      }
      await withServer(healthy, play, { seed, fragment: 1 })
    }
  }
})
