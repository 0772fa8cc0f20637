import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BSON, Long } from '../../src/bson/index.ts'
import { withStandalone } from './bench.ts'
import { double, int, messageFlags, ok } from './raw_client.ts'

const lsid = { id: new BSON.UUID('00112233445566778899aabbccddeeff') }

describe('what every command is checked for', () => {
  test('a command that is not known is refused by its name, before its fields are looked at', () =>
    withStandalone(async ({ refused }) => {
      assert.equal(
        await refused({ frobnicate: 1, apiVersion: '7' }, 59, 'CommandNotFound'),
        "no such command: 'frobnicate'"
      )
    }))

  test('a field that is not known is refused with its place', () =>
    withStandalone(async ({ refused }) => {
      assert.equal(
        await refused({ find: 'c', foo: 1 }, 40415, 'IDLUnknownField'),
        "BSON field 'find.foo' is an unknown field."
      )
      const nested = { delete: 'c', deletes: [{ q: {}, limit: 1, foo: 1 }] }
      assert.match(await refused(nested, 40415, 'IDLUnknownField'), /'delete\.deletes\.foo'/)
    }))

  test('a field of the wrong type is refused with both types', () =>
    withStandalone(async ({ refused }) => {
      assert.match(await refused({ find: 'c', filter: 1 }, 14, 'TypeMismatch'), /'find\.filter'.*'int'.*'object'/)
      await refused({ find: 'c', skip: -1 }, 51024, 'Location51024')
      await refused({ find: 'c', limit: 1.5 }, 2, 'BadValue')
    }))

  test('a field that is known and not built is refused, unless it says no', () =>
    withStandalone(async ({ refused, run }) => {
      assert.match(await refused({ find: 'c', oplogReplay: true }, 238, 'NotImplemented'), /find\.oplogReplay/)
      assert.deepEqual((await run({ find: 'c', oplogReplay: false }))['ok'], double(1))
    }))

  test('the database has to be named, and some commands have theirs', () =>
    withStandalone(async ({ client, refused }) => {
      client.send({ ping: 1 })
      assert.deepEqual((await client.reply()).document['code'], int(40571))
      client.send({ ping: 1, $db: 'a.b' })
      assert.deepEqual((await client.reply()).document['code'], int(73))
      await refused({ listDatabases: 1 }, 13, 'Unauthorized')
      await refused({ configureFailPoint: 'failCommand', mode: 'off' }, 13, 'Unauthorized')
    }))

  test('only version 1 of the API is known, and strict means only its commands', () =>
    withStandalone(async ({ refused, run }) => {
      await refused({ ping: 1, apiVersion: '2' }, 322, 'APIVersionError')
      await refused({ ping: 1, apiStrict: true }, 72, 'InvalidOptions')
      await refused({ serverStatus: 1, apiVersion: '1', apiStrict: true }, 323, 'APIStrictError')
      await refused({ distinct: 'c', key: 'a', apiVersion: '1', apiStrict: true }, 323, 'APIStrictError')
      assert.deepEqual(await run({ ping: 1, apiVersion: '1', apiStrict: true, apiDeprecationErrors: true }), ok)
      const sessions = { aggregate: 1, pipeline: [{ $listLocalSessions: {} }], cursor: {}, apiVersion: '1' }
      await refused({ ...sessions, apiStrict: true }, 323, 'APIStrictError')
      await run({ ...sessions, apiStrict: false })
    }))

  test('a command that is deprecated in the API is refused to whoever asks for that', () =>
    withStandalone(async ({ refused, run }) => {
      for (const more of [{}, { apiVersion: '1' }, { apiVersion: '1', apiStrict: true, apiDeprecationErrors: false }])
        assert.deepEqual(await run({ testDeprecation: 1, ...more }), ok)
      await refused({ testDeprecation: 1, apiVersion: '1', apiDeprecationErrors: true }, 324, 'APIDeprecationError')
    }))

  test('a getMore declares the same of the API as the command that made its cursor', () =>
    withStandalone(async ({ refused, run }) => {
      await run({ insert: 'c', documents: [{}, {}, {}] })
      const api = { apiVersion: '1', apiStrict: true }
      const { cursor } = await run({ find: 'c', batchSize: 1, ...api })
      const more = {
        getMore: Long.fromString((cursor as { id: { $numberLong: string } }).id.$numberLong),
        collection: 'c',
        batchSize: 1
      }
      for (const other of [{}, { apiVersion: '1' }, { ...api, apiDeprecationErrors: true }])
        await refused({ ...more, ...other }, 347, 'APIMismatchError')
      await run({ ...more, ...api })
    }))

  test('a session is kept, and its id has to be a UUID', () =>
    withStandalone(async ({ run, refused, member }) => {
      assert.deepEqual(await run({ ping: 1, lsid }), ok)
      assert.deepEqual(member.sessions(), ['00112233445566778899aabbccddeeff'])
      await refused({ ping: 1, lsid: { id: new BSON.Binary(Buffer.alloc(16), 0) } }, 72, 'InvalidOptions')
      assert.deepEqual(await run({ endSessions: [lsid] }), ok)
      assert.deepEqual(member.sessions(), [])
      assert.deepEqual(await run({ refreshSessions: [lsid] }), ok)
      assert.equal(member.sessions().length, 1)
      assert.deepEqual(await run({ killAllSessions: [] }), ok)
      assert.equal(member.sessions().length, 0)
    }))

  test('a standalone has no transaction numbers', () =>
    withStandalone(async ({ refused }) => {
      const write = { insert: 'c', documents: [{}] }
      await refused({ ...write, lsid, txnNumber: Long.fromNumber(1) }, 20, 'IllegalOperation')
      await refused({ ...write, txnNumber: Long.fromNumber(1) }, 72, 'InvalidOptions')
      await refused({ ...write, lsid, autocommit: false }, 72, 'InvalidOptions')
      await refused({ ...write, lsid, startTransaction: true }, 72, 'InvalidOptions')
    }))

  test('read concerns are those of a standalone, on commands that take one', () =>
    withStandalone(async ({ refused, run }) => {
      for (const level of ['local', 'available', 'majority']) {
        assert.deepEqual(await run({ count: 'c', readConcern: { level } }), { n: int(0), ...ok })
      }
      await refused({ find: 'c', readConcern: { level: 'snapshot' } }, 123, 'NotAReplicaSet')
      await refused({ count: 'c', readConcern: { level: 'some' } }, 9, 'FailedToParse')
      assert.deepEqual(await run({ ping: 1, readConcern: { level: 'local' } }), ok)
      await refused({ ping: 1, readConcern: { level: 'majority' } }, 72, 'InvalidOptions')
    }))

  test('write concerns are those of a standalone, on commands that take one', () =>
    withStandalone(async ({ refused, run }) => {
      const write = { insert: 'c', documents: [{}] }
      for (const w of [0, 1, 'majority']) {
        assert.deepEqual(await run({ ...write, writeConcern: { w, j: true, wtimeout: Long.fromNumber(5) } }), {
          n: int(1),
          ...ok
        })
      }
      await refused({ ...write, writeConcern: { w: 2 } }, 2, 'BadValue')
      await refused({ ...write, writeConcern: { w: 'tag' } }, 2, 'BadValue')
      await refused({ ...write, writeConcern: { wat: 2 } }, 40415, 'IDLUnknownField')
      await refused({ find: 'c', writeConcern: { w: 1 } }, 72, 'InvalidOptions')
    }))

  test('a read preference, a comment and a cluster time may stand anywhere', () =>
    withStandalone(async ({ run, refused }) => {
      const generic = { comment: { a: 1 }, $clusterTime: {}, $readPreference: { mode: 'nearest' }, maxTimeMS: 5 }
      assert.deepEqual(await run({ ping: 1, ...generic }), ok)
      await refused({ ping: 1, $readPreference: { mode: 'farthest' } }, 9, 'FailedToParse')
      await refused({ ping: 1, maxTimeMS: 2 ** 31 }, 2, 'BadValue')
    }))
})

describe('what a member says of itself', () => {
  test('buildInfo, with a version that runners read', () =>
    withStandalone(async ({ run }) => {
      const reply = await run({ buildInfo: 1 })
      assert.equal(reply['version'], '8.0.4')
      assert.deepEqual(reply['versionArray'], [8, 0, 4, 0].map(int))
      assert.deepEqual(reply['maxBsonObjectSize'], int(16_777_216))
    }))

  test('getParameter by name, all, or an error', () =>
    withStandalone(async ({ client }) => {
      const one = await client.command('admin', { getParameter: 1, enableTestCommands: 1 })
      assert.deepEqual(one, { enableTestCommands: true, ...ok })
      assert.equal((await client.command('admin', { getParameter: '*' }))['requireApiVersion'], false)
      assert.deepEqual((await client.command('admin', { getParameter: 1, other: 1 }))['code'], int(72))
    }))

  test('serverStatus counts connections and the time since the start', () =>
    withStandalone(async ({ run, connect, runtime }) => {
      const other = await connect()
      other.close()
      await runtime.sleep(3000)
      const reply = await run({ serverStatus: 1, repl: 0 })
      assert.deepEqual(reply['connections'], { current: int(1), available: int(999_999), totalCreated: int(2) })
      assert.equal(reply['process'], 'mongod')
      assert.deepEqual(reply['uptime'], double(3))
      assert.ok(BigInt(reply['pid'].$numberLong) > 1n)
      assert.match(reply['uptimeMillis'].$numberLong, /^300\d$/)
    }))

  test('connectionStatus: nobody is authenticated', () =>
    withStandalone(async ({ run }) => {
      assert.deepEqual(await run({ connectionStatus: 1 }), {
        authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] },
        ...ok
      })
    }))
})

test('a command that says that no reply is wanted runs and is not answered, whatever becomes of it', () =>
  withStandalone(async ({ client, run }) => {
    client.send(
      { insert: 'c', documents: [{ _id: 1 }], writeConcern: { w: 0 }, $db: 'test' },
      { flags: messageFlags.moreToCome }
    )
    client.send({ nonsense: 1, $db: 'test' }, { flags: messageFlags.moreToCome })
    assert.deepEqual(await run({ count: 'c' }), { n: int(1), ...ok })
    assert.equal(client.unread, 0)
  }))
