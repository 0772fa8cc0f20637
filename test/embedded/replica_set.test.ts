import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Document, Long, ObjectId, Timestamp } from '../../src/bson/index.ts'
import { withStandalone } from './bench.ts'
import { messageFlags, int, long, ok } from './raw_client.ts'
import { electionMS, nearest, withoutTimes, withReplicaSet } from './replica_bench.ts'

const client = { driver: { name: 'raw', version: '1' }, os: { type: 'none' } }

function awaited(hello: Document, maxAwaitTimeMS = 10_000): Document {
  const { processId, counter } = hello['topologyVersion']
  const topologyVersion = { processId: new ObjectId(processId.$oid), counter: Long.fromString(counter.$numberLong) }
  return { hello: 1, topologyVersion, maxAwaitTimeMS, $db: 'admin' }
}

describe('the hello of a replica set', () => {
  test('of the primary, field by field', () =>
    withReplicaSet(async ({ deployment, member, connect }) => {
      assert.equal(deployment.primary, member(0))
      const hosts = deployment.members.map(({ address }) => address)
      assert.equal(deployment.uri, `mongodb://${hosts.join(',')}/?replicaSet=rs0`)
      const hello = await (await connect(member(0))).command('admin', { hello: 1 })
      const { opTime, majorityOpTime, lastWriteDate, majorityWriteDate } = hello['lastWrite']
      assert.deepEqual(
        [hello['isWritablePrimary'], hello['secondary'], hello['setName'], hello['setVersion'], hello['hosts']],
        [true, false, 'rs0', int(1), hosts]
      )
      assert.deepEqual([hello['me'], hello['primary']], [hosts[0], hosts[0]])
      assert.deepEqual(hello['electionId'], { $oid: '7fffffff0000000000000001' })
      assert.deepEqual(opTime, { ts: { $timestamp: { t: 1_893_456_000, i: 1 } }, t: long(1) })
      assert.deepEqual(majorityOpTime, opTime)
      assert.ok('$date' in lastWriteDate && '$date' in majorityWriteDate)
      assert.ok(!('msg' in hello) && !('isreplicaset' in hello))
    }))

  test('of a secondary, which has no election id', () =>
    withReplicaSet(async ({ member, connect }) => {
      const hello = await (await connect(member(2))).command('admin', { isMaster: 1 })
      assert.deepEqual([hello['ismaster'], hello['secondary'], hello['me']], [false, true, member(2).address])
      assert.deepEqual([hello['primary'], 'electionId' in hello], [member(0).address, false])
    }))

  test('every reply has the cluster time, unsigned, and the operation time, errors too', () =>
    withReplicaSet(async ({ member, connect }) => {
      for (const command of [{ ping: 1 }, { nothing: 1 }, { hello: 1 }]) {
        const reply = await (await connect(member(1))).command('admin', command)
        assert.deepEqual(reply['$clusterTime'].signature, {
          hash: { $binary: { base64: Buffer.alloc(20).toString('base64'), subType: '00' } },
          keyId: long(0)
        })
        assert.ok(reply['operationTime'].$timestamp.t > 0)
      }
    }))

  test('a step-down wakes streaming hellos at once, with the new state; the election wakes them again', () =>
    withReplicaSet(async ({ deployment, member, connect, runtime, primary }) => {
      const monitors = await Promise.all(deployment.members.map(connect))
      for (const monitor of monitors) {
        const hello = await monitor.command('admin', { hello: 1, client })
        monitor.send(awaited(hello), { flags: messageFlags.exhaustAllowed })
      }
      await runtime.sleep(20)
      const beganMS = runtime.clock.nowMS()
      await deployment.stepDown()
      const [old, ...others] = await Promise.all(monitors.map(monitor => monitor.reply()))
      assert.ok(runtime.clock.nowMS() - beganMS < 5)
      assert.deepEqual([old?.document['isWritablePrimary'], old?.document['secondary']], [false, true])
      for (const { document } of others) assert.equal('primary' in document, false)
      const elected = await primary()
      const tookMS = runtime.clock.nowMS() - beganMS
      assert.ok(elected !== 0 && tookMS >= electionMS && tookMS < electionMS + 25, `${tookMS}`)
      const replies = await Promise.all(monitors.map(monitor => monitor.reply()))
      for (const { document } of replies) assert.equal(document['primary'], member(elected).address)
      assert.deepEqual(replies[elected]?.document['electionId'], { $oid: '7fffffff0000000000000002' })
    }))

  test('an awaited hello in the plain form is answered with the state of its answer', () =>
    withReplicaSet(async ({ deployment, connect, runtime }) => {
      const monitor = await connect(deployment.primary)
      monitor.send(awaited(await monitor.command('admin', { hello: 1 })))
      await runtime.sleep(5)
      await deployment.stepDown()
      assert.equal((await monitor.reply()).document['isWritablePrimary'], false)
    }))
})

describe('what a member does by its state', () => {
  test('a secondary takes no writes, and reads only for those who allow it', () =>
    withReplicaSet(async ({ member, connect }) => {
      const raw = await connect(member(1))
      const refused = await raw.command('test', { insert: 'c', documents: [{}] })
      assert.deepEqual([refused['code'], refused['errmsg']], [int(10107), 'not primary'])
      assert.ok('topologyVersion' in refused)
      for (const command of [{ find: 'c' }, { find: 'c', $readPreference: { mode: 'primary' } }]) {
        const reply = await raw.command('test', command)
        assert.deepEqual([reply['code'], reply['codeName']], [int(13435), 'NotPrimaryNoSecondaryOk'])
      }
      assert.deepEqual((await raw.command('test', { find: 'c', ...nearest }))['ok'], ok['ok'])
      assert.deepEqual(withoutTimes(await raw.command('admin', { ping: 1 })), ok)
    }))

  test('the error of an old state is told with a version that is older than the new one', () =>
    withReplicaSet(async ({ deployment, member, connect, primary }) => {
      const raw = await connect(member(0))
      await deployment.stepDown()
      const refused = await raw.command('test', { insert: 'c', documents: [{}] })
      await primary()
      const hello = await raw.command('admin', { hello: 1 })
      const [before, after] = [refused, hello].map(reply => Number(reply['topologyVersion'].counter.$numberLong))
      assert.ok(before !== undefined && after !== undefined && before < after)
    }))

  test('what members tell each other is not known to clients', () =>
    withReplicaSet(async ({ deployment, connect }) => {
      const reply = await (await connect(deployment.primary)).command('admin', { replSetFollow: 1 })
      assert.deepEqual(reply['code'], int(59))
    }))

  test('connections of other members are in no count, and fail points pass them by', () =>
    withReplicaSet(async ({ member, connect, documentsOf }) => {
      assert.deepEqual(member(0).connections(), { created: 0, current: 0, open: [], clients: [] })
      const data = { failCommands: ['replSetFollow', 'replSetUpdatePosition'], errorCode: 8 }
      member(0).configureFailPoint({ configureFailPoint: 'failCommand', mode: 'alwaysOn', data })
      const raw = await connect(member(0))
      await raw.command('test', { insert: 'c', documents: [{ _id: 1 }], writeConcern: { w: 3 } })
      assert.equal((await documentsOf(2)).length, 1)
      assert.equal(member(0).dropConnections(), 1)
    }))
})

describe('cluster time', () => {
  test('grows with writes, with what clients bring, and every 10 s', () =>
    withReplicaSet(async ({ member, connect, runtime }) => {
      const raw = await connect(member(0))
      const times = async (command: Document): Promise<[bigint, bigint]> => {
        const reply = await raw.command('test', command)
        return [reply['$clusterTime'].clusterTime, reply['operationTime']].map(
          ({ $timestamp: { t, i } }) => (BigInt(t) << 32n) + BigInt(i)
        ) as [bigint, bigint]
      }
      const [before] = await times({ ping: 1 })
      const [written, operation] = await times({ insert: 'c', documents: [{}] })
      assert.ok(written > before && operation === written)
      const ahead = written + (100n << 32n)
      const $clusterTime = { clusterTime: new Timestamp(ahead), signature: { hash: Buffer.alloc(20), keyId: 0n } }
      assert.deepEqual(await times({ ping: 1, $clusterTime }), [ahead, operation])
      const [after] = await times({ insert: 'c', documents: [{}] })
      assert.ok(after > ahead)
      await runtime.sleep(10_000)
      assert.ok((await times({ ping: 1 }))[1] > after)
    }))

  test('is not set a year ahead by a client', () =>
    withReplicaSet(async ({ member, connect }) => {
      const clusterTime = new Timestamp({ t: 1_893_456_000 + 366 * 86_400, i: 1 })
      const reply = await (await connect(member(0))).command('admin', { ping: 1, $clusterTime: { clusterTime } })
      assert.deepEqual(reply['codeName'], 'ClusterTimeFailsRateLimiter')
    }))

  test('a read after a cluster time waits for it on a delayed secondary', () =>
    withReplicaSet(async ({ member, connect, runtime }) => {
      member(1).replicationDelayMS = 500
      const raw = await connect(member(0))
      const { operationTime } = await raw.command('test', { insert: 'c', documents: [{ _id: 1 }] })
      const { t, i } = operationTime.$timestamp
      const clusterTime = new Timestamp({ t, i })
      const readConcern = { afterClusterTime: clusterTime }
      const read = { find: 'c', readConcern, $clusterTime: { clusterTime }, ...nearest }
      const secondary = await connect(member(1))
      const late = await secondary.command('test', { ...read, maxTimeMS: 10 })
      assert.equal(late['codeName'], 'MaxTimeMSExpired')
      const beganMS = runtime.clock.nowMS()
      const reply = await secondary.command('test', read)
      assert.equal(reply['cursor'].firstBatch.length, 1)
      assert.ok(runtime.clock.nowMS() - beganMS > 400)
    }))
})

test('a standalone refuses the commands of a set with the reason', () =>
  withStandalone(async ({ client: raw }) => {
    assert.equal((await raw.command('admin', { replSetGetStatus: 1 }))['codeName'], 'NoReplicationEnabled')
  }))

test('a member tells of its set, and only the admin database has such commands', () =>
  withReplicaSet(async ({ member, connect }) => {
    const raw = await connect(member(1))
    const status = await raw.command('admin', { replSetGetStatus: 1 })
    assert.deepEqual(
      status['members'].map(({ stateStr }: Document) => stateStr),
      ['PRIMARY', 'SECONDARY', 'SECONDARY']
    )
    assert.equal((await raw.command('admin', { replSetGetConfig: 1 }))['config'].members.length, 3)
    assert.equal((await raw.command('test', { replSetStepDown: 1 }))['codeName'], 'Unauthorized')
  }))
