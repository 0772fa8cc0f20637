import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { keptBuffersBytesMax } from '../../src/bson/large_buffers.ts'
import { MongoNetworkError, MongoRuntimeError, MongoUnexpectedServerResponseError } from '../../src/errors/index.ts'
import { WireViolationError } from '../../src/wire/index.ts'
import { Ping } from './exchanges.ts'
import { address, handConnection } from './hand_network.ts'
import { messageBytes, replyBytes } from './messages.ts'

/** A reply whose outside is sound, and whose document has an element that cannot be decoded: a nested length of 0. */
function innerDamage(responseTo: number): Buffer {
  const bytes = replyBytes({ responseTo }, { inner: { deep: { x: 1 } } })
  bytes.writeInt32LE(0, bytes.indexOf('deep\0') + 5)
  return bytes
}

test('a command is written in the call of start, and its reply is delivered in the turn in which it comes', () => {
  const { connection, transport } = handConnection()
  const ping = new Ping()
  connection.start(ping)
  assert.deepEqual({ ...transport.lastRequest.document['ping'] }, { value: 1 })
  transport.receive(replyBytes({ responseTo: ping.requestId }, { n: 5 }))
  assert.deepEqual(ping.replies, [{ ok: 1, n: 5 }])
  assert.deepEqual(ping.failures, [])
  assert.equal(connection.broken, undefined)
})

test('each command has a request id of its own', () => {
  const { connection, transport } = handConnection()
  const ids = [1, 2, 3].map(() => {
    const ping = new Ping()
    connection.start(ping)
    transport.receive(replyBytes({ responseTo: ping.requestId }))
    return ping.requestId
  })
  assert.equal(new Set(ids).size, 3)
  assert.equal(transport.lastRequest.requestId, ids[2])
})

test('a second command while one runs throws, and the first goes on', () => {
  const { connection, transport } = handConnection()
  const first = new Ping()
  connection.start(first)
  assert.throws(() => connection.start(new Ping()), MongoRuntimeError)
  transport.receive(replyBytes({ responseTo: first.requestId }))
  assert.equal(first.replies.length, 1)
})

test('the next command may be started while a reply is delivered', () => {
  const { connection, transport } = handConnection()
  const first = new Ping()
  const second = new Ping()
  first.onReplied = () => connection.start(second)
  connection.start(first)
  transport.receive(replyBytes({ responseTo: first.requestId }))
  transport.receive(replyBytes({ responseTo: second.requestId }))
  assert.equal(second.replies.length, 1)
})

test('a reply in pieces of one byte is put together', () => {
  const { connection, transport } = handConnection()
  const ping = new Ping()
  connection.start(ping)
  for (const byte of replyBytes({ responseTo: ping.requestId }, { n: 5 })) transport.receive(Uint8Array.of(byte))
  assert.deepEqual(ping.replies, [{ ok: 1, n: 5 }])
  assert.equal(connection.broken, undefined)
})

test('a reply of more bytes than the server said it sends at most breaks the connection', () => {
  const { connection, transport } = handConnection({ maxMessageSizeBytes: 1000 })
  const ping = new Ping()
  connection.start(ping)
  transport.receive(replyBytes({ responseTo: ping.requestId }, { text: 'x'.repeat(1000 + 16 * 1024) }))
  assert(ping.failures[0]!.error instanceof WireViolationError)
})

/** Bytes of buffers after a full collection. */
function keptBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  return process.memoryUsage().arrayBuffers
}

test('connections that are idle keep nothing of long replies; the process keeps what the next one is read into', () => {
  const connections = Array.from({ length: 4 }, () => handConnection())
  const before = keptBytes()
  // In a function of its own, so that nothing here holds the replies.
  const converse = ({ connection, transport }: ReturnType<typeof handConnection>): void => {
    const ping = new Ping()
    connection.start(ping)
    const bytes = replyBytes({ responseTo: ping.requestId }, { text: 'x'.repeat(10_000_000) })
    for (let at = 0; at < bytes.length; at += 1_000_000) transport.receive(bytes.subarray(at, at + 1_000_000))
    assert.equal(ping.replies.length, 1)
  }
  for (const each of connections) converse(each)
  const kept = keptBytes() - before
  assert.ok(kept < keptBuffersBytesMax + 1_000_000, `${kept} bytes`)
  for (const { connection } of connections) assert.equal(connection.broken, undefined)
})

test('the buffer of a command is used again when its reply has come and its bytes are flushed', () => {
  const { connection, transport } = handConnection()
  for (let i = 0; i < 2; i++) {
    const ping = new Ping()
    connection.start(ping)
    transport.receive(replyBytes({ responseTo: ping.requestId }))
  }
  const [, first, second] = transport.writes
  assert.equal(first!.buffer, second!.buffer)
})

test('a buffer whose bytes are not flushed is not used again, though the reply has come', () => {
  const { connection, transport } = handConnection()
  const first = new Ping()
  connection.start(first)
  transport.unflushedBytes = transport.writes[1]!.length
  const before = Buffer.from(transport.writes[1]!)
  transport.receive(replyBytes({ responseTo: first.requestId }))
  const second = new Ping()
  connection.start(second)
  assert.deepEqual(Buffer.from(transport.writes[1]!), before)
  assert.notEqual(transport.writes[1]!.buffer, transport.writes[2]!.buffer)
  assert.equal(transport.lastRequest.requestId, second.requestId)
})

test('what write throws fails the command as not sent, in the call of start, and the connection serves the next', () => {
  const { connection, transport } = handConnection()
  const writes = transport.writes.length
  const refused = new Ping()
  const thrown = new Error('cannot be encoded')
  refused.onWrite = () => {
    throw thrown
  }
  connection.start(refused)
  assert.deepEqual(refused.failures, [{ error: thrown, wrote: false }])
  assert.equal(refused.failures[0]!.error, thrown)
  assert.equal(transport.writes.length, writes)
  const next = new Ping()
  connection.start(next)
  transport.receive(replyBytes({ responseTo: next.requestId }))
  assert.equal(next.replies.length, 1)
})

test('a connection that is abandoned while a command is written sends nothing, also when the writing throws then', () => {
  for (const thrown of [undefined, new Error('and cannot be encoded')]) abandonedInWrite(thrown)
})

function abandonedInWrite(thrown: Error | undefined): void {
  const { connection, transport } = handConnection()
  const writes = transport.writes.length
  const reason = new Error('aborted by a getter')
  const ping = new Ping()
  ping.onWrite = itself => {
    itself.abandon(reason)
    if (thrown !== undefined) throw thrown
  }
  connection.start(ping)
  assert.deepEqual(ping.failures, [{ error: reason, wrote: false }])
  assert.equal(transport.writes.length, writes)
  assert.equal(transport.destroyed, 1)
}

test('an abandoned command fails with the very error that was given, the socket closes, and its late reply is dropped', () => {
  const { connection, transport, broken } = handConnection()
  const ping = new Ping()
  connection.start(ping)
  const reason = new Error('the caller gave up')
  connection.abandon(reason)
  assert.equal(ping.failures[0]!.error, reason)
  assert.equal(ping.failures[0]!.wrote, true)
  assert.equal(connection.broken, reason)
  assert.equal(transport.destroyed, 1)
  transport.receive(replyBytes({ responseTo: ping.requestId }))
  transport.handler.closed(undefined)
  assert.deepEqual([ping.replies, ping.failures.length, broken], [[], 1, []])
})

test('a command that is abandoned in the middle of its reply never gets it', () => {
  const { connection, transport } = handConnection()
  const ping = new Ping()
  connection.start(ping)
  const reply = replyBytes({ responseTo: ping.requestId })
  transport.receive(reply.subarray(0, 30))
  connection.abandon(new Error('the caller gave up'))
  transport.receive(reply.subarray(30))
  assert.deepEqual([ping.replies, ping.failures.length], [[], 1])
})

test('a stream that is abandoned while a reply is delivered gets none of those behind it', () => {
  const { connection, transport } = handConnection()
  const ping = new Ping({ exhaustAllowed: true })
  const reason = new Error('enough')
  ping.onReplied = () => connection.abandon(reason)
  connection.start(ping)
  transport.receive(
    replyBytes({ responseTo: ping.requestId, requestId: 50, moreToCome: true }),
    replyBytes({ responseTo: 50, requestId: 51 })
  )
  assert.equal(ping.replies.length, 1)
  assert.deepEqual(ping.failures, [{ error: reason, wrote: true }])
})

test('a stream that is abandoned while a reply is delivered fails once, also when that reply proves malformed then', () => {
  const { connection, transport } = handConnection()
  const ping = new Ping({ exhaustAllowed: true })
  const reason = new Error('enough')
  ping.onReplied = () => {
    connection.abandon(reason)
    throw new WireViolationError(address, 'a batch cannot be read')
  }
  connection.start(ping)
  transport.receive(replyBytes({ responseTo: ping.requestId, moreToCome: true }))
  assert.deepEqual(ping.failures, [{ error: reason, wrote: true }])
})

test('to abandon a free connection marks it broken and tells only who did it', () => {
  const { connection, transport, broken } = handConnection()
  const reason = new Error('no longer wanted')
  connection.abandon(reason)
  connection.abandon(new Error('again'))
  connection.close()
  transport.handler.closed(undefined)
  assert.equal(connection.broken, reason)
  assert.deepEqual([transport.destroyed, broken], [1, []])
})

test('close fails a running command with a network error that says who closed', () => {
  const { connection, transport } = handConnection()
  const ping = new Ping()
  connection.start(ping)
  connection.close()
  connection.close()
  const { error, wrote } = ping.failures[0]!
  assert(error instanceof MongoNetworkError)
  assert.equal(error.message, `The connection 3 to ${address} was closed by this client while it waited for a reply`)
  assert.deepEqual([wrote, ping.failures.length, transport.destroyed], [true, 1, 1])
})

test('a command on a broken connection fails as not sent, with an error object of its own', () => {
  const { connection, transport } = handConnection()
  transport.fail('ECONNRESET')
  const pings = [new Ping(), new Ping()]
  for (const ping of pings) connection.start(ping)
  const [one, other] = pings.map(ping => ping.failures[0]!)
  assert(one!.error instanceof MongoNetworkError)
  assert.equal(one!.wrote, false)
  assert.equal(one!.error.cause, connection.broken)
  assert.notEqual(one!.error, connection.broken)
  assert.notEqual(one!.error, other!.error)
})

test('a connection that fails under a command fails it with a network error that names address, activity and cause', () => {
  const { connection, transport, broken } = handConnection()
  const ping = new Ping()
  connection.start(ping)
  const cause = transport.fail('ECONNRESET')
  const { error, wrote } = ping.failures[0]!
  assert(error instanceof MongoNetworkError)
  assert.equal(
    error.message,
    `The connection to ${address} failed: read ECONNRESET (connection 3 to ${address}, which waited for a reply)`
  )
  assert.deepEqual([error.cause, error.code, wrote, connection.broken], [cause, 'ECONNRESET', true, error])
  assert.deepEqual(broken, [], 'the command was told, not who keeps the connection')
})

test('a server that closes the connection under a command is a network error too', () => {
  const { connection, transport } = handConnection()
  const ping = new Ping()
  connection.start(ping)
  transport.handler.closed(undefined)
  const { error } = ping.failures[0]!
  assert(error instanceof MongoNetworkError)
  assert.equal(error.message, `${address} closed the connection (connection 3 to ${address}, which waited for a reply)`)
})

test('a free connection that the server closes or resets is told once as broken', () => {
  for (const end of ['close', 'reset'] as const) {
    const { connection, transport, broken } = handConnection()
    if (end === 'close') transport.handler.closed(undefined)
    else transport.fail('ECONNRESET')
    assert.equal(broken.length, 1)
    assert.equal(broken[0], connection.broken)
    assert(broken[0] instanceof MongoNetworkError)
    assert.match(broken[0].message, /which was idle\)$/)
  }
})

test('one byte that nobody asked for breaks a free connection', () => {
  const { connection, transport, broken } = handConnection()
  transport.receive(Uint8Array.of(1))
  assert(broken[0] instanceof WireViolationError)
  assert.equal(broken[0].observed, 1)
  assert(!(connection.broken instanceof MongoNetworkError), 'it is no network error')
  assert.equal(transport.destroyed, 1)
  transport.receive(Uint8Array.of(2))
  transport.handler.closed(undefined)
  assert.equal(broken.length, 1)
})

test('bytes behind a reply break the connection before anyone can use it again; the reply itself is delivered', () => {
  const { connection, transport, broken } = handConnection()
  const ping = new Ping()
  let brokenThen: Error | undefined
  ping.onReplied = () => {
    brokenThen = connection.broken
  }
  connection.start(ping)
  transport.receive(replyBytes({ responseTo: ping.requestId }), Uint8Array.of(9))
  assert.equal(ping.replies.length, 1)
  assert(brokenThen instanceof WireViolationError)
  assert.deepEqual(broken, [brokenThen])
})

test('a second reply behind the first one is never read as the reply to the next command', () => {
  const { connection, transport } = handConnection()
  const first = new Ping()
  const second = new Ping()
  first.onReplied = () => connection.start(second)
  connection.start(first)
  transport.receive(
    replyBytes({ responseTo: first.requestId }),
    replyBytes({ responseTo: first.requestId + 1 }, { stolen: true })
  )
  assert.deepEqual([first.replies.length, second.replies.length], [1, 0])
  assert.equal(second.failures[0]!.wrote, false)
})

test('a reply to another request breaks the connection with a protocol error, and its content reaches nobody', () => {
  const { connection, transport } = handConnection()
  const ping = new Ping()
  connection.start(ping)
  transport.receive(replyBytes({ responseTo: ping.requestId - 1 }))
  const { error, wrote } = ping.failures[0]!
  assert(error instanceof MongoUnexpectedServerResponseError)
  assert(!(error instanceof MongoNetworkError))
  assert.deepEqual([ping.replies, wrote, connection.broken, transport.destroyed], [[], true, error, 1])
})

test('a reply that cannot be decoded fails its command with a protocol error, though it was being delivered', () => {
  const { connection, transport } = handConnection()
  const ping = new Ping()
  connection.start(ping)
  transport.receive(innerDamage(ping.requestId))
  assert(ping.failures[0]!.error instanceof WireViolationError)
  assert.equal(ping.failures[0]!.wrote, true)
  assert.equal(connection.broken, ping.failures[0]!.error)
})

test('a streamed reply that cannot be decoded fails its command once', () => {
  const { connection, transport } = handConnection()
  const ping = new Ping({ exhaustAllowed: true })
  connection.start(ping)
  const damaged = innerDamage(ping.requestId)
  damaged.writeInt32LE(2, 16)
  transport.receive(damaged)
  assert.equal(ping.failures.length, 1)
  assert(ping.failures[0]!.error instanceof WireViolationError)
})

test('replies that stream are each matched with the one before', () => {
  const { connection, transport } = handConnection()
  const ping = new Ping({ exhaustAllowed: true })
  connection.start(ping)
  transport.receive(replyBytes({ responseTo: ping.requestId, requestId: 50, moreToCome: true }, { n: 1 }))
  transport.receive(
    replyBytes({ responseTo: 50, requestId: 51, moreToCome: true }, { n: 2 }),
    replyBytes({ responseTo: 51, requestId: 52 }, { n: 3 })
  )
  assert.deepEqual(
    ping.replies.map(reply => reply['n'] as number),
    [1, 2, 3]
  )
  assert.equal(connection.broken, undefined)
})

test('a stream whose reply answers the first request again is refused', () => {
  const { connection, transport } = handConnection()
  const ping = new Ping({ exhaustAllowed: true })
  connection.start(ping)
  transport.receive(replyBytes({ responseTo: ping.requestId, requestId: 50, moreToCome: true }))
  transport.receive(replyBytes({ responseTo: ping.requestId, requestId: 51, moreToCome: true }))
  assert.equal(ping.replies.length, 1)
  assert(ping.failures[0]!.error instanceof WireViolationError)
})

test('a server that streams without leave is refused', () => {
  const { connection, transport } = handConnection()
  const ping = new Ping()
  connection.start(ping)
  transport.receive(replyBytes({ responseTo: ping.requestId, moreToCome: true }))
  assert.equal(ping.replies.length, 0)
  assert.match(ping.failures[0]!.error.message, /moreToCome/)
})

test('a command without a reply ends when its bytes are flushed, and the connection serves the next', () => {
  const { connection, transport } = handConnection()
  const write = new Ping({ expectsReply: false })
  connection.start(write)
  assert.equal(write.sentTimes, 0)
  transport.handler.flushed()
  transport.handler.flushed()
  assert.equal(write.sentTimes, 1)
  const next = new Ping()
  connection.start(next)
  transport.handler.flushed()
  assert.equal(next.sentTimes, 0)
  transport.receive(replyBytes({ responseTo: next.requestId }))
  assert.equal(next.replies.length, 1)
})

test('a reply to a command that asked for none is bytes that nobody asked for', () => {
  for (const flushed of [false, true]) {
    const { connection, transport, broken } = handConnection()
    const write = new Ping({ expectsReply: false })
    connection.start(write)
    if (flushed) transport.handler.flushed()
    transport.receive(replyBytes({ responseTo: write.requestId }))
    assert.equal(write.replies.length, 0)
    assert((flushed ? broken[0] : write.failures[0]!.error) instanceof WireViolationError)
  }
})

test('one byte while a command without a reply is being sent breaks the connection', () => {
  const { connection, transport } = handConnection()
  const write = new Ping({ expectsReply: false })
  connection.start(write)
  transport.receive(Uint8Array.of(1))
  assert(write.failures[0]!.error instanceof WireViolationError)
  assert.equal(write.failures[0]!.wrote, true)
})

test('a reader of a reply that throws breaks the connection, and the fault surfaces', () => {
  const { connection, transport, broken } = handConnection()
  const ping = new Ping()
  const fault = new Error('a fault of the driver')
  ping.onReplied = () => {
    throw fault
  }
  connection.start(ping)
  assert.throws(() => transport.receive(replyBytes({ responseTo: ping.requestId })), fault)
  assert.equal(connection.broken?.cause, fault)
  assert.equal(transport.destroyed, 1)
  assert.deepEqual(broken, [connection.broken], 'whoever keeps the connection must not hand it out again')
})

test('a reader that throws after it began the next command does not leave that one without an end', () => {
  const { connection, transport } = handConnection()
  const faults = [new Error('a fault of the driver'), new WireViolationError(address, 'seen too late')]
  for (const fault of faults) {
    const hand = fault === faults[0] ? { connection, transport } : handConnection()
    const first = new Ping()
    const next = new Ping()
    first.onReplied = () => {
      hand.connection.start(next)
      throw fault
    }
    hand.connection.start(first)
    const receive = (): void => hand.transport.receive(replyBytes({ responseTo: first.requestId }))
    if (fault === faults[0]) assert.throws(receive, fault)
    else receive()
    assert.equal(next.failures.length, 1)
    assert.notEqual(next.failures[0]!.error, fault)
  }
})

test('ok: 0 is a reply like any other to the connection', () => {
  const { connection, transport } = handConnection()
  const ping = new Ping()
  connection.start(ping)
  transport.receive(messageBytes({ responseTo: ping.requestId }, { ok: 0, code: 13, errmsg: 'no' }))
  assert.equal(ping.replies.length, 1)
  assert.equal(connection.broken, undefined)
})

test('the socket has a read buffer of 16 KiB and probes a silent peer after 120 seconds', () => {
  const { transport } = handConnection()
  assert.deepEqual(transport.options, {
    readBufferBytes: 16_384,
    keepAliveInitialDelayMS: 120_000,
    tls: undefined,
    proxy: undefined
  })
})

test('whether the socket keeps the process alive is passed on', () => {
  const { connection, transport } = handConnection()
  connection.setRef(false)
  connection.setRef(true)
  assert.deepEqual(transport.refs, [false, true])
})
