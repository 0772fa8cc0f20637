/** Routers of the embedded deployment, as their wire has them. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BSON, type Document, EJSON, Long, ObjectId } from '../../src/bson/index.ts'
import { codeOf, insert, withCluster } from './cluster_bench.ts'
import { cursorId, int, long, numbered, ok } from './raw_client.ts'
import { withoutTimes } from './replica_bench.ts'
import { idsOf, succeeds } from './transaction_bench.ts'

describe('the hello of a router', () => {
  for (const [name, writable] of [
    ['hello', 'isWritablePrimary'],
    ['ismaster', 'ismaster']
  ] as const)
    test(`${name} says that it is one, and nothing of a set, with every field in its exact type`, () =>
      withCluster(async ({ first }) => {
        const { localTime, topologyVersion, ...hello } = withoutTimes(await first.command('admin', { [name]: 1 }))
        assert.ok(localTime.$date)
        assert.deepEqual(topologyVersion.counter, long(0))
        assert.deepEqual(hello, {
          [writable]: true,
          msg: 'isdbgrid',
          maxBsonObjectSize: int(16_777_216),
          maxMessageSizeBytes: int(48_000_000),
          maxWriteBatchSize: int(100_000),
          logicalSessionTimeoutMinutes: int(30),
          connectionId: int(1),
          minWireVersion: int(0),
          maxWireVersion: int(25),
          ...ok
        })
      }))

  test('has the cluster time from the beginning on, and each router is a process of its own', () =>
    withCluster(async ({ first, second }) => {
      const [one, other] = [await first.command('admin', { hello: 1 }), await second.command('admin', { hello: 1 })]
      for (const { $clusterTime, operationTime } of [one, other]) {
        assert.ok($clusterTime.clusterTime.$timestamp.t > 0)
        assert.deepEqual(operationTime, $clusterTime.clusterTime)
        assert.equal(Buffer.from($clusterTime.signature.hash.$binary.base64, 'base64').length, 20)
      }
      assert.notDeepEqual(one['topologyVersion'].processId, other['topologyVersion'].processId)
    }))

  test('waits for a change of the topology version, and says nothing of a load balancer to whom there is none', () =>
    withCluster(async ({ first, router, soon }) => {
      const { topologyVersion, serviceId } = await first.command('admin', { hello: 1, loadBalanced: true })
      assert.equal(serviceId, undefined)
      const awaited = first.command('admin', {
        hello: 1,
        topologyVersion: { processId: new ObjectId(topologyVersion.processId.$oid), counter: Long.ZERO },
        maxAwaitTimeMS: 60_000
      })
      assert.equal(await soon(awaited), undefined)
      router(0).raiseTopologyVersion()
      assert.deepEqual((await awaited)['topologyVersion'].counter, long(1))
    }))
})

describe('a router', () => {
  test('has what any router and any member has written, and tells the time of the shard with it', () =>
    withCluster(async ({ first, second, member, connect }) => {
      const written = succeeds(await insert(first, [1]))
      succeeds(await insert(await connect(member(0)), [2]))
      const found = await second.command('test', { find: 'c', sort: { _id: 1 } })
      assert.deepEqual(idsOf(found), [1, 2])
      assert.deepEqual(withoutTimes(written), { n: int(1), ...ok })
      const read = await first.command('test', {
        find: 'c',
        readConcern: { afterClusterTime: EJSON.deserialize({ time: written['operationTime'] })['time'] }
      })
      assert.equal(idsOf(read).length, 2)
    }))

  test('does by itself what is about itself', () =>
    withCluster(async ({ first, router, member }) => {
      const status = await first.command('admin', { serverStatus: 1 })
      assert.deepEqual([status['process'], status['host']], ['mongos', router(0).address])
      const { isdbgrid, hostname } = await first.command('admin', { isdbgrid: 1 })
      assert.deepEqual([isdbgrid, hostname], [int(1), router(0).address])
      const { shards } = await first.command('admin', { listShards: 1 })
      const hosts = [0, 1, 2].map(index => member(index).address).join()
      assert.deepEqual(shards, [{ _id: 'rs0', host: `rs0/${hosts}`, state: int(1) }])
      assert.deepEqual((await first.command('test', { checkMetadataConsistency: 1 }))['cursor'], {
        firstBatch: [],
        id: long(0),
        ns: 'test.$cmd.aggregate'
      })
      const { databases } = await first.command('admin', { listDatabases: 1 })
      assert.deepEqual(databases, [])
    }))

  test('knows every command that its members know, but for what they do as members of a set', () =>
    withCluster(async ({ first, member }) => {
      const unknown: string[] = []
      for (const name of member(0).commands.keys()) {
        const reply = await first.command('admin', { [name]: 1 })
        if (reply['code']?.$numberInt === '59') unknown.push(name)
      }
      assert.deepEqual(unknown.toSorted(), [
        'replSetCopy',
        'replSetFollow',
        'replSetFreeze',
        'replSetGetConfig',
        'replSetStepDown',
        'replSetUpdatePosition'
      ])
    }))

  test('refuses by name what only members do, and what takes more than one shard', () =>
    withCluster(async ({ first }) => {
      for (const [command, code] of [
        [{ replSetStepDown: 1 }, 59],
        [{ replSetFollow: 1 }, 59],
        [{ nothing: 1 }, 59],
        [{ replSetGetStatus: 1 }, 125],
        [{ shardCollection: 'test.c', key: { _id: 1 } }, 238],
        [{ moveChunk: 'test.c' }, 238]
      ] as const) {
        const reply = await first.command('admin', command)
        assert.equal(codeOf(reply), code)
        assert.ok(String(reply['errmsg']).includes(Object.keys(command)[0] ?? ''), String(reply['errmsg']))
        assert.equal(reply['topologyVersion'], undefined)
      }
      const unknown = await first.command('test', { find: 'c', unknown: 1 })
      assert.equal(codeOf(unknown), 40_415)
    }))

  test('explains that one shard is asked, and how that finds the documents', () =>
    withCluster(async ({ run, router, member }) => {
      await run({ insert: 'c', documents: numbered(3) })
      const { queryPlanner, executionStats, serverInfo } = await run({
        explain: { find: 'c', filter: { _id: { $gt: 0 } } },
        verbosity: 'executionStats'
      })
      const [shard] = queryPlanner.winningPlan.shards
      assert.equal(queryPlanner.winningPlan.stage, 'SINGLE_SHARD')
      assert.deepEqual([shard.shardName, shard.winningPlan.stage], ['rs0', 'COLLSCAN'])
      assert.deepEqual([executionStats.nReturned, executionStats.executionStages.shards.length], [int(2), 1])
      assert.equal(`${serverInfo.host}:${serverInfo.port.$numberInt}`, router(0).address)
      const aggregate = { aggregate: 'c', pipeline: [], cursor: {} }
      const { shards } = await run({ explain: aggregate, verbosity: 'queryPlanner' })
      assert.equal(shards.rs0.host, member(0).address)
      assert.ok(Array.isArray(shards.rs0.stages))
    }))

  test('is asked for a user where there are users, and is one to the members', () =>
    withCluster(
      async ({ first }) => {
        assert.equal(codeOf(await insert(first, [1])), 13)
        assert.equal(codeOf(await first.command('test', { nothing: 1 })), 59)
        assert.equal((await first.command('admin', { ping: 1 }))['ok'].$numberDouble, '1.0')
      },
      { users: [{ name: 'ada', password: 'x' }] }
    ))
})

describe('cursors of a router', () => {
  test('are read on by way of that router, and unknown to the other', () =>
    withCluster(async ({ first, second, router, member }) => {
      await first.command('test', { insert: 'c', documents: numbered(5) })
      const id = cursorId(await first.command('test', { find: 'c', batchSize: 2 }))
      assert.equal(router(0).openCursors(), 1)
      const getMore = { getMore: id, collection: 'c', batchSize: 2 }
      const elsewhere = await second.command('test', getMore)
      assert.deepEqual([codeOf(elsewhere), elsewhere['errmsg']], [43, `cursor id ${id.toString()} not found`])
      assert.equal((await first.command('test', getMore))['cursor'].nextBatch.length, 2)
      const last = await first.command('test', getMore)
      assert.deepEqual([last['cursor'].nextBatch.length, last['cursor'].id], [1, long(0)])
      assert.deepEqual([router(0).openCursors(), member(0).openCursors()], [0, 0])
    }))

  test('are not counted any more when the member has ended them with their collection', () =>
    withCluster(async ({ first, second, router }) => {
      await first.command('test', { insert: 'c', documents: numbered(5) })
      const id = cursorId(await first.command('test', { find: 'c', batchSize: 2 }))
      succeeds(await second.command('test', { drop: 'c' }))
      assert.equal(codeOf(await first.command('test', { getMore: id, collection: 'c' })), 175)
      await first.command('test', { insert: 'd', documents: numbered(5) })
      succeeds(await first.command('test', { find: 'd', batchSize: 2 }))
      assert.equal(router(0).openCursors(), 1)
      succeeds(await second.command('test', { drop: 'd' }))
      assert.equal(router(0).openCursors(), 0)
    }))

  test('are killed there and at the member, by their own router and in their own collection', () =>
    withCluster(async ({ first, second, router, member }) => {
      await first.command('test', { insert: 'c', documents: numbered(5) })
      const id = cursorId(await first.command('test', { find: 'c', batchSize: 2 }))
      const kill = { killCursors: 'c', cursors: [id] }
      for (const reply of [
        await second.command('test', kill),
        await first.command('test', { ...kill, killCursors: 'd' })
      ])
        assert.deepEqual([reply['cursorsKilled'], reply['cursorsNotFound']], [[], [long(id.toString())]])
      assert.equal(member(0).openCursors(), 1)
      assert.deepEqual((await first.command('test', kill))['cursorsKilled'], [long(id.toString())])
      assert.deepEqual([router(0).openCursors(), member(0).openCursors()], [0, 0])
    }))

  test('are over with their session, whose end any router may be told of, and all and the members hear', () =>
    withCluster(async ({ first, second, router, member }) => {
      await first.command('test', { insert: 'c', documents: numbered(5) })
      const lsid = { id: new BSON.UUID() }
      succeeds(await first.command('test', { find: 'c', batchSize: 2, lsid }))
      assert.deepEqual([router(0).sessions().length, member(0).sessions().length], [1, 1])
      succeeds(await second.command('admin', { endSessions: [lsid] }))
      assert.deepEqual([router(0).sessions(), router(1).sessions(), member(0).sessions()], [[], [], []])
      assert.deepEqual([router(0).openCursors(), member(0).openCursors()], [0, 0])
    }))

  test('are refused to another session, and to a second getMore meanwhile', () =>
    withCluster(async ({ first, router, connect }) => {
      await first.command('test', { create: 'c', capped: true, size: 4096 })
      await insert(first, [1])
      const id = cursorId(await first.command('test', { find: 'c', tailable: true, awaitData: true }))
      const getMore = { getMore: id, collection: 'c', maxTimeMS: 60_000 }
      const waiting = first.command('test', getMore)
      const other = await connect(router(0))
      assert.equal(codeOf(await other.command('test', getMore)), 143)
      assert.equal(codeOf(await other.command('test', { ...getMore, lsid: { id: new BSON.UUID() } })), 50_736)
      await insert(other, [2])
      assert.deepEqual((await waiting)['cursor'].nextBatch, [{ _id: int(2) }])
    }))

  test('go with a client that goes while it waits, at the member as well', () =>
    withCluster(async ({ first, router, member, connect, runtime }) => {
      await first.command('test', { create: 'c', capped: true, size: 4096 })
      await insert(first, [1])
      const leaving = await connect(router(0))
      const id = cursorId(await leaving.command('test', { find: 'c', tailable: true, awaitData: true }))
      leaving.send({ getMore: id, collection: 'c', maxTimeMS: 60_000, $db: 'test' })
      await runtime.sleep(5)
      leaving.close()
      await runtime.sleep(5)
      assert.deepEqual([router(0).openCursors(), member(0).openCursors()], [0, 0])
    }))
})

describe('fail points of a router', () => {
  const failing = (data: Document): Document => ({
    configureFailPoint: 'failCommand',
    mode: { times: 1 },
    data: { failCommands: ['insert'], ...data }
  })

  test('are its own: neither the other router nor a member has them', () =>
    withCluster(async ({ first, second, member, connect }) => {
      succeeds(await first.command('admin', failing({ errorCode: 10_107 })))
      succeeds(await insert(second, [1]))
      succeeds(await insert(await connect(member(0)), [2]))
      const failed = await insert(first, [3])
      assert.deepEqual(
        [codeOf(failed), failed['topologyVersion'], failed['errorLabels']],
        [10_107, undefined, undefined]
      )
      succeeds(await insert(first, [3]))
    }))

  test('of a member do not meet what comes through a router, unless they are for commands of servers', () =>
    withCluster(async ({ first, member }) => {
      const always = (data: Document): Document => ({ ...failing(data), mode: 'alwaysOn' })
      member(0).configureFailPoint(always({ errorCode: 8 }))
      succeeds(await insert(first, [1]))
      member(0).configureFailPoint(always({ errorCode: 8, failInternalCommands: true }))
      assert.equal(codeOf(await insert(first, [2])), 8)
    }))

  test('give write concern errors, and never ask for a retry but where they say so', () =>
    withCluster(async ({ first }) => {
      const numberedWrite = { lsid: { id: new BSON.UUID() }, txnNumber: Long.ONE }
      const writeConcernError = { code: 91, errmsg: 'x' }
      succeeds(await first.command('admin', failing({ writeConcernError })))
      const reply = await insert(first, [1], numberedWrite)
      assert.deepEqual([reply['writeConcernError'].code, reply['errorLabels']], [int(91), undefined])
      succeeds(await first.command('admin', failing({ errorCode: 91, errorLabels: ['RetryableWriteError'] })))
      const failed = await insert(first, [1], numberedWrite)
      assert.deepEqual(failed['errorLabels'], ['RetryableWriteError'])
    }))

  test('end a getMore of a change stream, whose error says that it can be resumed', () =>
    withCluster(async ({ first, router, member }) => {
      const pipeline = [{ $changeStream: {} }]
      const id = cursorId(await first.command('test', { aggregate: 'c', pipeline, cursor: {} }))
      const data = { errorCode: 91, closeConnection: false }
      const point = { configureFailPoint: 'failGetMoreAfterCursorCheckout', mode: { times: 1 }, data }
      succeeds(await first.command('admin', point))
      const failed = await first.command('test', { getMore: id, collection: 'c' })
      assert.deepEqual([codeOf(failed), failed['errorLabels']], [91, ['ResumableChangeStreamError']])
      assert.deepEqual([router(0).openCursors(), member(0).openCursors()], [0, 0])
    }))
})

describe('the read preference of a command that comes through a router', () => {
  const reading = async (mode: string | undefined, more: Document = {}): Promise<unknown> => {
    let found: unknown
    await withCluster(async ({ run, member, first }) => {
      // Only the primary has it, until it is replicated.
      for (const index of [1, 2]) member(index).replicationDelayMS = 60_000
      await insert(first, [1], { writeConcern: { w: 1 } })
      const reply = await run({
        find: 'c',
        ...(mode === undefined ? {} : { $readPreference: { mode, ...more } }),
        maxTimeMS: 500
      })
      found = reply['ok'].$numberDouble === '1.0' ? idsOf(reply) : codeOf(reply)
    })
    return found
  }

  test('decides which member reads', async () => {
    assert.deepEqual(await reading(undefined), [1])
    assert.deepEqual(await reading('primary'), [1])
    assert.deepEqual(await reading('primaryPreferred'), [1])
    assert.deepEqual(await reading('secondary'), [])
    assert.deepEqual(await reading('secondaryPreferred'), [])
  })

  test('fails where nobody fits: by maxTimeMS, or by the time that a router looks for a member', async () => {
    assert.equal(await reading('secondary', { tags: [{ place: 'somewhere' }] }), 50)
    assert.deepEqual(await reading('secondary', { tags: [{ place: 'somewhere' }, {}] }), [])
    await withCluster(async ({ run, runtime }) => {
      const beganMS = runtime.clock.nowMS()
      const preference = { mode: 'secondary', tags: [{ place: 'somewhere' }] }
      assert.equal(codeOf(await run({ find: 'c', $readPreference: preference })), 133)
      assert.equal(runtime.clock.nowMS() - beganMS >= 15_000, true)
    })
  })

  test('is refused where it makes no sense', async () => {
    assert.equal(await reading('primary', { tags: [{ a: 'b' }] }), 2)
    assert.equal(await reading('primary', { maxStalenessSeconds: 100 }), 2)
    assert.equal(await reading('secondary', { maxStalenessSeconds: 10 }), 160)
    assert.equal(await reading('nearby'), 9)
  })
})

describe('what a member knows beside reads and writes', () => {
  test('a pipeline that writes goes to the primary, whatever its read preference, and all routers read what it wrote', () =>
    withCluster(async ({ run, first, second }) => {
      await insert(first, [1, 2])
      const pipeline = [{ $match: { _id: 2 } }, { $out: 'copy' }]
      const written = await run({ aggregate: 'c', pipeline, cursor: {}, $readPreference: { mode: 'secondary' } })
      assert.deepEqual(idsOf(written), [])
      assert.deepEqual(idsOf(await second.command('test', { find: 'copy' })), [2])
    }))

  test('search indexes are refused as by a member', () =>
    withCluster(async ({ run }) => {
      const indexes = [{ definition: { mappings: { dynamic: true } } }]
      assert.equal(codeOf(await run({ createSearchIndexes: 'c', indexes })), 31_082)
    }))

  test('validators and views count behind a router too', () =>
    withCluster(async ({ run, first }) => {
      await run({ create: 'c', validator: { _id: { $gt: 0 } } })
      const { writeErrors } = await insert(first, [0])
      assert.equal(writeErrors[0].code.$numberInt, '121')
      await insert(first, [1, 2])
      await run({ create: 'seen', viewOn: 'c', pipeline: [{ $match: { _id: 2 } }] })
      assert.deepEqual(idsOf(await run({ find: 'seen' })), [2])
    }))
})
