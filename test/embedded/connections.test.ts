import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { startDeployment } from '../../src/embedded/index.ts'
import { queuedBytesMax } from '../../src/embedded/server/server_connection.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { encodeDocument } from '../../src/bson/index.ts'
import { MessageWriter } from '../../src/wire/index.ts'
import { withStandalone } from './bench.ts'
import { int, messageFlags, ok, RawClient } from './raw_client.ts'

function messageOf(requestId: number, document: Record<string, unknown>): Uint8Array {
  const writer = new MessageWriter()
  writer.begin(requestId).append(encodeDocument(document).subarray(4, -1))
  writer.endBody()
  return Uint8Array.from(writer.finish())
}

function block(blockTimeMS: number, failCommands: string[]) {
  return {
    configureFailPoint: 'failCommand',
    mode: { times: 1 },
    data: { failCommands, blockConnection: true, blockTimeMS }
  }
}

describe('a connection', () => {
  test('answers requests that arrive together one after the other, in their order', () =>
    withStandalone(async ({ client, member }) => {
      member.configureFailPoint(block(50, ['insert']))
      const requests = [
        { insert: 'c', documents: [{ _id: 1 }], $db: 'test' },
        { count: 'c', $db: 'test' },
        { nonsense: 1, $db: 'test' },
        { ping: 1, $db: 'test' }
      ]
      client.sendBytes(Buffer.concat(requests.map((request, index) => messageOf(index + 1, request))))
      const replies = []
      for (const _ of requests) replies.push(await client.reply())
      assert.deepEqual(
        replies.map(({ responseTo }) => responseTo),
        [1, 2, 3, 4]
      )
      assert.deepEqual(replies[1]?.document, { n: int(1), ...ok })
      assert.deepEqual(replies[2]?.document['code'], int(59))
      assert.equal(new Set(replies.map(({ requestId }) => requestId)).size, 4)
    }))

  test('takes a request in pieces of one byte', () =>
    withStandalone(async ({ client }) => {
      for (const byte of messageOf(1, { ping: 1, $db: 'test' })) client.sendBytes(Uint8Array.of(byte))
      assert.deepEqual((await client.reply()).document, ok)
    }))

  test('of another client is not held up by a command that is blocked', () =>
    withStandalone(async ({ client, member, connect, runtime }) => {
      const other = await connect()
      member.configureFailPoint(block(1000, ['ping']))
      client.send({ ping: 1, $db: 'test' })
      await runtime.sleep(5)
      const beganMS = runtime.clock.nowMS()
      assert.deepEqual(await other.command('test', { ping: 1 }), ok)
      assert.ok(runtime.clock.nowMS() - beganMS < 5)
      assert.equal(client.unread, 0)
    }))

  test('that sends more than the queue holds is read again once its commands are answered', () =>
    withStandalone(async ({ client, member }) => {
      member.configureFailPoint(block(100, ['insert']))
      const count = 12
      const a = 'a'.repeat(queuedBytesMax / 4)
      for (let _id = 0; _id < count; _id++) client.send({ insert: 'c', documents: [{ _id, a }], $db: 'test' })
      for (let _id = 0; _id < count; _id++) assert.deepEqual((await client.reply()).document, { n: int(1), ...ok })
    }))

  test('is not read any more while its queue is full', () =>
    withStandalone(async ({ client, member, runtime }) => {
      member.configureFailPoint(block(100, ['ping']))
      client.send({ ping: 1, $db: 'test' })
      await runtime.sleep(5)
      const a = 'a'.repeat(queuedBytesMax)
      for (const _id of [1, 2]) client.send({ insert: 'c', documents: [{ _id, a }], $db: 'test' })
      await runtime.sleep(5)
      client.close()
      await runtime.sleep(20)
      // A member that reads no more learns of the end only when it reads again.
      assert.equal(member.connections().current, 1)
      await runtime.sleep(100)
      assert.equal(member.connections().current, 0)
    }))

  test('that closes in the midst of a command leaves the rest of its queue undone', () =>
    withStandalone(async ({ client, member, connect, runtime }) => {
      member.configureFailPoint(block(1000, ['ping']))
      client.send({ ping: 1, $db: 'test' })
      client.send({ insert: 'c', documents: [{ _id: 1 }], $db: 'test' })
      await runtime.sleep(5)
      client.close()
      await runtime.sleep(5)
      assert.equal(runtime.timersArmed(), 0)
      assert.deepEqual(await (await connect()).command('test', { count: 'c' }), { n: int(0), ...ok })
    }))

  const broken: readonly [string, Uint8Array][] = [
    ['announces too long a message', Uint8Array.of(0xff, 0xff, 0xff, 0x7f)],
    ['announces too short a message', Uint8Array.of(15, 0, 0, 0)],
    ['speaks HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['sends an opcode of old', opcode(2002)],
    ['sends a compressed message, though nothing was agreed on', opcode(2012)],
    ['sets a required flag that is not known', flags(4)],
    ['sends a section of an unknown kind', patched(20, 9)],
    ['sends an OP_QUERY that ends too early', opcode(2004)]
  ]
  for (const [what, bytes] of broken) {
    test(`that ${what} is closed without a reply`, () =>
      withStandalone(async ({ client, connect }) => {
        client.sendBytes(bytes)
        await client.ended
        assert.equal(client.unread, 0)
        assert.deepEqual(await (await connect()).command('test', { ping: 1 }), ok)
      }))
  }

  test('that sends a command which is no document inside is told so, and goes on', () =>
    withStandalone(async ({ client }) => {
      const bytes = messageOf(1, { ping: 'text', $db: 'test' })
      // The text's length reaches beyond the document.
      bytes[31] = 0x7f
      client.sendBytes(bytes)
      const { document } = await client.reply()
      assert.equal(document['codeName'], 'InvalidBSON')
      assert.deepEqual(await client.command('test', { ping: 1 }), ok)
    }))
})

function patched(at: number, value: number): Uint8Array {
  const bytes = messageOf(1, { ping: 1, $db: 'test' })
  bytes[at] = value
  return bytes
}

function opcode(code: number): Uint8Array {
  const bytes = messageOf(1, { ping: 1, $db: 'test' })
  new DataView(bytes.buffer).setInt32(12, code, true)
  return bytes
}

function flags(value: number): Uint8Array {
  return patched(16, value)
}

test('bytes that were tampered with never stop the server, and never touch another connection', async () => {
  const requests = [
    { hello: 1, client: { driver: { name: 'x' }, os: { type: 'y' } }, $db: 'admin' },
    { find: 'c', filter: { a: { $in: [1, 'x', null] } }, sort: { a: -1 }, $db: 'test' },
    { insert: 'd', documents: [{ _id: 1, a: new Date(0), b: [true] }], ordered: false, $db: 'test' },
    { update: 'd', updates: [{ q: { _id: 1 }, u: { $inc: { a: 1 } }, upsert: true }], $db: 'test' },
    { createIndexes: 'd', indexes: [{ key: { a: 1 }, name: 'a', unique: true }], $db: 'test' }
  ]
  const tampering = fc.record({
    request: fc.nat(requests.length - 1),
    changes: fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { minLength: 1, maxLength: 6 }),
    cut: fc.option(fc.nat(200), { nil: undefined })
  })
  await fc.assert(
    fc.asyncProperty(fc.array(tampering, { minLength: 1, maxLength: 8 }), async attacks => {
      const runtime = virtualRuntime({ seed: 5 })
      await runtime.run(async () => {
        const deployment = await startDeployment({ kind: 'standalone', runtime })
        const [member] = deployment.members
        assert.ok(member)
        const honest = await RawClient.connect(runtime, member)
        await honest.command('test', { insert: 'c', documents: [{ _id: 1, a: 1 }] })
        for (const { request, changes, cut } of attacks) {
          const attacker = await RawClient.connect(runtime, member)
          const bytes = messageOf(1, requests[request] ?? {})
          for (const [at, value] of changes) bytes[at % bytes.length] = value
          attacker.sendBytes(cut === undefined ? bytes : bytes.subarray(0, cut))
          await runtime.sleep(20)
          attacker.close()
          assert.deepEqual(await honest.command('test', { count: 'c' }), { n: int(1), ...ok })
        }
        await deployment.stop()
      })
      // A defect would have been warned of.
      assert.deepEqual(runtime.warnings, [])
      assert.equal(runtime.timersArmed(), 0)
    }),
    { numRuns: 60, seed: 20_260_101 }
  )
})

test('a slow reader gets its replies one by one, and no bytes are changed on their way', async () => {
  // The virtual network fails when bytes that are not flushed are written over.
  const runtime = virtualRuntime({ seed: 2, latencyMinMS: 1, latencyMaxMS: 50, fragment: 0.5 })
  await runtime.run(async () => {
    const deployment = await startDeployment({ kind: 'standalone', runtime })
    const [member] = deployment.members
    assert.ok(member)
    const client = await RawClient.connect(runtime, member)
    const count = 40
    for (let _id = 0; _id < count; _id++)
      client.send({ insert: 'c', documents: [{ _id, a: 'x'.repeat(_id * 100) }], $db: 'test' })
    for (let _id = 0; _id < count; _id++) {
      await client.reply()
      client.send({ find: 'c', filter: { _id }, $db: 'test' })
    }
    for (let _id = 0; _id < count; _id++) {
      const { document } = await client.reply()
      assert.equal(document['cursor'].firstBatch[0].a.length, _id * 100)
    }
    await deployment.stop()
  })
})

test('exhaustAllowed on other commands than hello brings one reply', () =>
  withStandalone(async ({ client }) => {
    client.send({ ping: 1, $db: 'test' }, { flags: messageFlags.exhaustAllowed })
    assert.equal((await client.reply()).moreToCome, false)
  }))
