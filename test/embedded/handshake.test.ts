import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Document, Long, ObjectId } from '../../src/bson/index.ts'
import { withStandalone } from './bench.ts'
import { double, int, long, messageFlags, type RawReply } from './raw_client.ts'

const client = { driver: { name: 'raw', version: '1' }, os: { type: 'none' }, application: { name: 'tests' } }

/** What a hello says of the topology version, as the next hello sends it. */
function versionIn(reply: Document): Document {
  const { processId, counter } = reply['topologyVersion'] as {
    processId: { $oid: string }
    counter: { $numberLong: string }
  }
  return { processId: new ObjectId(processId.$oid), counter: Long.fromString(counter.$numberLong) }
}

function stable(reply: Document): Document {
  const { localTime, topologyVersion, ...rest } = reply
  assert.ok((localTime as Document)['$date'])
  assert.ok((topologyVersion as Document)['processId'].$oid)
  return rest
}

function expected(writable: string, connectionId: number): Document {
  return {
    [writable]: true,
    maxBsonObjectSize: int(16_777_216),
    maxMessageSizeBytes: int(48_000_000),
    maxWriteBatchSize: int(100_000),
    logicalSessionTimeoutMinutes: int(30),
    connectionId: int(connectionId),
    minWireVersion: int(0),
    maxWireVersion: int(25),
    readOnly: false,
    ok: double(1)
  }
}

describe('hello', () => {
  for (const [name, writable] of [
    ['hello', 'isWritablePrimary'],
    ['isMaster', 'ismaster'],
    ['ismaster', 'ismaster']
  ] as const) {
    test(`${name} is answered over OP_MSG and OP_QUERY with every field in its exact type`, () =>
      withStandalone(async ({ client: raw }) => {
        const overMessage = await raw.command('admin', { [name]: 1 })
        assert.deepEqual(stable(overMessage), expected(writable, 1))
        assert.deepEqual(overMessage['topologyVersion'].counter, long(0))
        for (const flags of [0, 4]) {
          const requestId = raw.sendQuery('admin.$cmd', { [name]: 1 }, flags)
          const reply = await raw.reply()
          assert.equal(reply.opCode, 1)
          assert.equal(reply.responseTo, requestId)
          assert.deepEqual(stable(reply.document), expected(writable, 1))
        }
      }))
  }

  test('helloOk is in the reply only if the client sent it', () =>
    withStandalone(async ({ client: raw }) => {
      const asked = await raw.command('admin', { ismaster: 1, helloOk: true })
      assert.equal(asked['helloOk'], true)
      const unasked = await raw.command('admin', { ismaster: 1 })
      assert.equal('helloOk' in unasked, false)
    }))

  test('a legacy hello may stand under $query, and the request id may be 0', () =>
    withStandalone(async ({ client: raw }) => {
      raw.sendQuery('db.$cmd', { $query: { isMaster: 1 }, $readPreference: { mode: 'nearest' } }, 4, 0)
      const reply = await raw.reply()
      assert.equal(reply.responseTo, 0)
      assert.equal(reply.document['ismaster'], true)
    }))

  test('whatever else comes as OP_QUERY is refused, and the connection goes on', () =>
    withStandalone(async ({ client: raw }) => {
      for (const [collection, query] of [
        ['admin.$cmd', { ping: 1 }],
        ['db.things', { hello: 1 }]
      ] as const) {
        raw.sendQuery(collection, query)
        const { document } = await raw.reply()
        assert.deepEqual(document['code'], int(352))
        assert.equal(document['codeName'], 'UnsupportedOpQueryCommand')
      }
      assert.deepEqual(await raw.command('admin', { ping: 1 }), { ok: double(1) })
    }))

  test('fields that no server knows are ignored', () =>
    withStandalone(async ({ client: raw }) => {
      const command = { hello: 1, backpressure: '2', loadBalanced: true, never: { heard: 'of' } }
      const reply = await raw.command('admin', command)
      assert.deepEqual(stable(reply), expected('isWritablePrimary', 1))
    }))

  test('each connection has an id of its own', () =>
    withStandalone(async ({ client: raw, connect }) => {
      const other = await connect()
      assert.deepEqual((await raw.command('admin', { hello: 1 }))['connectionId'], int(1))
      assert.deepEqual((await other.command('admin', { hello: 1 }))['connectionId'], int(2))
    }))
})

describe("the client's metadata", () => {
  test('is taken in the first hello and refused in a later one', () =>
    withStandalone(async ({ client: raw, member }) => {
      await raw.command('admin', { hello: 1, client })
      const again = await raw.command('admin', { hello: 1, client })
      assert.deepEqual(again['code'], int(186))
      assert.equal(again['codeName'], 'ClientMetadataCannotBeMutated')
      const [open] = member.connections().open
      assert.equal(open?.applicationName, 'tests')
      assert.equal(open?.driverName, 'raw')
    }))

  for (const [what, metadata, code] of [
    ['no driver name', { ...client, driver: {} }, 183],
    ['no type of operating system', { ...client, os: {} }, 183],
    ['an application name above 128 bytes', { ...client, application: { name: 'a'.repeat(129) } }, 184],
    ['more than 512 bytes', { ...client, platform: 'a'.repeat(500) }, 185]
  ] as const) {
    test(`with ${what} it is refused`, () =>
      withStandalone(async ({ client: raw }) => {
        assert.deepEqual((await raw.command('admin', { hello: 1, client: metadata }))['code'], int(code))
      }))
  }
})

describe('a hello that waits', () => {
  test('is answered when its time is over, and not before', () =>
    withStandalone(async ({ client: raw, runtime }) => {
      const topologyVersion = versionIn(await raw.command('admin', { hello: 1 }))
      const beganMS = runtime.clock.nowMS()
      const reply = await raw.command('admin', { hello: 1, topologyVersion, maxAwaitTimeMS: 10_000 })
      assert.ok(runtime.clock.nowMS() - beganMS >= 10_000)
      assert.ok(runtime.clock.nowMS() - beganMS < 10_005)
      assert.deepEqual(versionIn(reply), topologyVersion)
    }))

  test('is answered at once when the topology version changes, on every connection that waits', () =>
    withStandalone(async ({ client: raw, member, runtime, connect }) => {
      const other = await connect()
      const topologyVersion = versionIn(await raw.command('admin', { hello: 1 }))
      const waiting = [raw, other].map(each =>
        each.command('admin', { hello: 1, topologyVersion, maxAwaitTimeMS: 10_000 })
      )
      await runtime.sleep(500)
      const changedMS = runtime.clock.nowMS()
      member.raiseTopologyVersion()
      for (const reply of await Promise.all(waiting)) assert.deepEqual(reply['topologyVersion'].counter, long(1))
      assert.ok(runtime.clock.nowMS() - changedMS < 5)
    }))

  test('is answered at once when it knows an older version, or one of another process', () =>
    withStandalone(async ({ client: raw, member, runtime }) => {
      const known = versionIn(await raw.command('admin', { hello: 1 }))
      member.raiseTopologyVersion()
      const beganMS = runtime.clock.nowMS()
      for (const topologyVersion of [known, { processId: new ObjectId('0'.repeat(24)), counter: Long.fromNumber(9) }]) {
        const reply = await raw.command('admin', { hello: 1, topologyVersion, maxAwaitTimeMS: 10_000 })
        assert.deepEqual(reply['topologyVersion'].counter, long(1))
      }
      assert.ok(runtime.clock.nowMS() - beganMS < 10)
    }))

  test('is refused when it knows a version that has not been, or says only half', () =>
    withStandalone(async ({ client: raw }) => {
      const { processId } = versionIn(await raw.command('admin', { hello: 1 }))
      const topologyVersion = { processId, counter: Long.fromNumber(1) }
      for (const [fields, code] of [
        [{ topologyVersion, maxAwaitTimeMS: 10 }, 31382],
        [{ topologyVersion }, 31368],
        [{ maxAwaitTimeMS: 10 }, 31371],
        [{ topologyVersion, maxAwaitTimeMS: -1 }, 51024],
        [{ topologyVersion: { processId, counter: Long.fromNumber(-1) }, maxAwaitTimeMS: 10 }, 31372]
      ] as const) {
        assert.deepEqual((await raw.command('admin', { hello: 1, ...fields }))['code'], int(code))
      }
    }))

  test('whose time is over is not woken any more: what its connection waits for next is not disturbed', () =>
    withStandalone(async ({ client: raw, runtime, member }) => {
      const topologyVersion = versionIn(await raw.command('admin', { hello: 1 }))
      await raw.command('admin', { hello: 1, topologyVersion, maxAwaitTimeMS: 10 })
      const data = { failCommands: ['ping'], blockConnection: true, blockTimeMS: 5000 }
      member.configureFailPoint({ configureFailPoint: 'failCommand', mode: 'alwaysOn', data })
      raw.send({ ping: 1, $db: 'admin' })
      await runtime.sleep(5)
      member.raiseTopologyVersion()
      raw.close()
      await runtime.sleep(5)
      assert.equal(runtime.timersArmed(), 0)
    }))

  test('ends when its client goes, and leaves no timer', () =>
    withStandalone(async ({ client: raw, runtime, member }) => {
      const topologyVersion = versionIn(await raw.command('admin', { hello: 1 }))
      raw.send({ hello: 1, topologyVersion, maxAwaitTimeMS: 10_000, $db: 'admin' })
      await runtime.sleep(100)
      assert.equal(runtime.timersArmed(), 1)
      raw.close()
      await runtime.sleep(5)
      assert.equal(runtime.timersArmed(), 0)
      assert.equal(member.connections().current, 0)
    }))
})

describe('hellos that stream', () => {
  test('each reply answers the one before it, and comes at a change or when the time is over', () =>
    withStandalone(async ({ client: raw, member, runtime }) => {
      const topologyVersion = versionIn(await raw.command('admin', { hello: 1 }))
      const command = { hello: 1, topologyVersion, maxAwaitTimeMS: 10_000, $db: 'admin' }
      let previous: Pick<RawReply, 'requestId'> = {
        requestId: raw.send(command, { flags: messageFlags.exhaustAllowed })
      }
      for (const counter of [1, 2, 3]) {
        await runtime.sleep(1000)
        member.raiseTopologyVersion()
        const reply = await raw.reply()
        assert.equal(reply.moreToCome, true)
        assert.equal(reply.responseTo, previous.requestId)
        assert.deepEqual(reply.document['topologyVersion'].counter, long(counter))
        previous = reply
      }
      const quietMS = runtime.clock.nowMS()
      const quiet = await raw.reply()
      assert.ok(runtime.clock.nowMS() - quietMS >= 9_990)
      assert.deepEqual(quiet.document['topologyVersion'].counter, long(3))
      assert.equal(quiet.responseTo, previous.requestId)
    }))

  test('an error ends the stream', () =>
    withStandalone(async ({ client: raw, member }) => {
      const topologyVersion = versionIn(await raw.command('admin', { hello: 1 }))
      const data = { failCommands: ['hello'], errorCode: 91 }
      raw.send({ hello: 1, topologyVersion, maxAwaitTimeMS: 100, $db: 'admin' }, { flags: messageFlags.exhaustAllowed })
      member.configureFailPoint({ configureFailPoint: 'failCommand', mode: { skip: 1 }, data })
      assert.equal((await raw.reply()).moreToCome, true)
      const last = await raw.reply()
      assert.equal(last.moreToCome, false)
      assert.deepEqual(last.document['code'], int(91))
      assert.deepEqual(await raw.command('admin', { ping: 1 }), { ok: double(1) })
    }))

  test('without a topology version there is one reply', () =>
    withStandalone(async ({ client: raw }) => {
      raw.send({ hello: 1, $db: 'admin' }, { flags: messageFlags.exhaustAllowed })
      assert.equal((await raw.reply()).moreToCome, false)
    }))
})
