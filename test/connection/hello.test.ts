import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Document, Long, ObjectId } from '../../src/bson/index.ts'
import { type Connection, HelloExchange, type HelloHandler, type HelloReply } from '../../src/connection/index.ts'
import { helloReplyOf, limitsOf } from '../../src/connection/hello_reply.ts'
import { MongoNetworkError, MongoServerError } from '../../src/errors/index.ts'
import type { Clock } from '../../src/runtime/index.ts'
import { messageFlags } from '../../src/wire/index.ts'
import { handConnection } from './hand_network.ts'
import { helloDocument, messageBytes, replyBytes } from './messages.ts'

class Monitor implements HelloHandler {
  readonly heard: { hello: HelloReply; durationMS: number; moreToCome: boolean }[] = []
  readonly errors: Error[] = []

  helloReplied(hello: HelloReply, durationMS: number, moreToCome: boolean): void {
    this.heard.push({ hello, durationMS, moreToCome })
  }

  helloFailed(error: Error, _connection: Connection): void {
    this.errors.push(error)
  }
}

class HandClock implements Clock {
  now = 1000

  nowMS(): number {
    return this.now
  }

  epochMS(): number {
    return this.now
  }
}

const topologyVersion = {
  processId: new ObjectId('65f0c0ffee65f0c0ffee65f0'),
  counter: Long.fromString('9007199254740993')
}

test("a monitor's check is the bare hello: no handshake, no session, no cluster time", () => {
  for (const legacy of [true, false]) {
    const { connection, transport } = handConnection({}, 'monitor')
    connection.start(new HelloExchange(new HandClock(), { legacy }, new Monitor()))
    const { document, flags } = transport.lastRequest
    assert.deepEqual(Object.keys(document), legacy ? ['isMaster', 'helloOk', '$db'] : ['hello', '$db'])
    assert.equal(flags, 0)
  }
})

test('a check that waits sends the topology version as it came, and says how long and whether a stream is welcome', () => {
  for (const exhaustAllowed of [true, false]) {
    const { connection, transport } = handConnection({}, 'monitor')
    const awaits = { topologyVersion, maxAwaitTimeMS: 10_000, exhaustAllowed }
    connection.start(new HelloExchange(new HandClock(), { legacy: false, awaits }, new Monitor()))
    const { document, flags } = transport.lastRequest
    assert.deepEqual(Object.keys(document), ['hello', 'helloOk', 'topologyVersion', 'maxAwaitTimeMS', '$db'])
    assert.deepEqual(document['topologyVersion'], topologyVersion, 'the counter is an int64, exactly')
    assert.equal(flags, exhaustAllowed ? messageFlags.exhaustAllowed : 0)
  }
})

test('each reply of a stream is told with the time since the one before', () => {
  const { connection, transport } = handConnection({}, 'monitor')
  const clock = new HandClock()
  const monitor = new Monitor()
  const awaits = { topologyVersion, maxAwaitTimeMS: 10_000, exhaustAllowed: true }
  const check = new HelloExchange(clock, { legacy: false, awaits }, monitor)
  connection.start(check)
  clock.now += 5
  const { requestId } = transport.lastRequest
  transport.receive(replyBytes({ responseTo: requestId, requestId: 60, moreToCome: true }, helloDocument))
  clock.now += 9000
  transport.receive(replyBytes({ responseTo: 60, requestId: 61 }, { ...helloDocument, setName: 'rs' }))
  assert.deepEqual(
    monitor.heard.map(({ durationMS, moreToCome, hello }) => [durationMS, moreToCome, hello.setName]),
    [
      [5, true, undefined],
      [9000, false, 'rs']
    ]
  )
  connection.start(check)
  assert.equal(connection.broken, undefined, 'after its end it is started again')
})

test('a hello that the server refuses is told as a server error with all of the reply', () => {
  const { connection, transport } = handConnection({}, 'monitor')
  const monitor = new Monitor()
  connection.start(new HelloExchange(new HandClock(), { legacy: false }, monitor))
  const refusal = { ok: 0, code: 91, errmsg: 'going down', topologyVersion }
  transport.receive(messageBytes({ responseTo: transport.lastRequest.requestId }, refusal))
  const [error] = monitor.errors
  assert(error instanceof MongoServerError)
  assert.deepEqual([error.code, Object.keys(error.errorResponse)], [91, Object.keys(refusal)])
  assert.deepEqual([monitor.heard, connection.broken], [[], undefined])
})

test('a refusal inside a stream ends the stream, told once', () => {
  const { connection, transport } = handConnection({}, 'monitor')
  const monitor = new Monitor()
  const awaits = { topologyVersion, maxAwaitTimeMS: 10_000, exhaustAllowed: true }
  connection.start(new HelloExchange(new HandClock(), { legacy: false, awaits }, monitor))
  const responseTo = transport.lastRequest.requestId
  transport.receive(messageBytes({ responseTo, moreToCome: true }, { ok: 0, code: 91, errmsg: 'going down' }))
  assert.equal(monitor.errors.length, 1)
  assert.equal(connection.broken, monitor.errors[0])
})

test("a connection's end under a hello is told as its network error", () => {
  const { connection, transport } = handConnection({}, 'monitor')
  const monitor = new Monitor()
  connection.start(new HelloExchange(new HandClock(), { legacy: false }, monitor))
  transport.fail('ECONNRESET')
  assert(monitor.errors[0] instanceof MongoNetworkError)
  assert.match(monitor.errors[0].message, /\(monitor connection 3 to /)
})

test('the limits are those of the hello', () => {
  const hello = helloReplyOf({
    maxBsonObjectSize: 1_000_000,
    maxMessageSizeBytes: 2_000_000,
    maxWriteBatchSize: 500,
    maxWireVersion: 21
  })
  assert.deepEqual(limitsOf(hello), {
    documentBytesMax: 1_000_000,
    messageBytesMax: 2_000_000,
    batchCountMax: 500,
    wireVersionMax: 21
  })
})

test('limits that are missing or make no sense fall back to 16 MiB, 48,000,000 bytes and 100,000 operations', () => {
  const senseless = [undefined, null, 0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '1000', {}, 2 ** 31 - 1]
  for (const value of [...senseless, Long.MAX_VALUE]) {
    const hello = helloReplyOf({ maxBsonObjectSize: value, maxMessageSizeBytes: value, maxWriteBatchSize: value })
    assert.deepEqual(
      limitsOf(hello),
      { documentBytesMax: 16_777_216, messageBytesMax: 48_000_000, batchCountMax: 100_000, wireVersionMax: 0 },
      JSON.stringify(value)
    )
  }
})

test('the kind of server is read from msg, setName and isreplicaset', () => {
  assert.equal(helloReplyOf({}).kind, 'standalone')
  assert.equal(helloReplyOf({ msg: 'isdbgrid' }).kind, 'mongos')
  assert.equal(helloReplyOf({ setName: 'rs' }).kind, 'replicaSetMember')
  assert.equal(helloReplyOf({ isreplicaset: true }).kind, 'replicaSetMember')
})

test("only a reply's own keys count", () => {
  const inherited = Object.create({ msg: 'isdbgrid', helloOk: true }) as Document
  const { kind, helloOk } = helloReplyOf(inherited)
  assert.deepEqual([kind, helloOk], ['standalone', false])
})

test('fields of wrong types count as absent', () => {
  const { document: _, ...fields } = helloReplyOf({
    setName: 1,
    minWireVersion: '1',
    maxWireVersion: {},
    logicalSessionTimeoutMinutes: '30',
    connectionId: [],
    serviceId: '65f0c0ffee65f0c0ffee65f0',
    helloOk: 1
  })
  assert.deepEqual(fields, {
    kind: 'standalone',
    setName: undefined,
    minWireVersion: 0,
    maxWireVersion: 0,
    logicalSessionTimeoutMinutes: undefined,
    serverConnectionId: undefined,
    serviceId: undefined,
    helloOk: false
  })
})
