import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Document, Long } from '../../src/bson/index.ts'
import { FailPoints, type FailPointSubject } from '../../src/embedded/fail_points.ts'
import { CommandFailure } from '../../src/embedded/failure.ts'
import { fromObject } from '../../src/embedded/query/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { withStandalone } from './bench.ts'
import { double, int, long, messageFlags, ok } from './raw_client.ts'
import { withReplicaSet } from './replica_bench.ts'

const find: FailPointSubject = {
  names: ['find'],
  namespace: 'db.c',
  applicationName: 'app',
  threadName: 'conn3',
  internal: false
}

function configured(data: Document, mode: unknown = 'alwaysOn'): FailPoints {
  const points = new FailPoints(virtualRuntime({ seed: 3 }).chance)
  points.configure(fromObject({ configureFailPoint: 'failCommand', mode, data }))
  return points
}

describe('whether failCommand is for a command', () => {
  const cases: readonly [string, Document, Partial<FailPointSubject>, boolean][] = [
    ['its name is listed', { failCommands: ['insert', 'find'] }, {}, true],
    ['its name is not listed', { failCommands: ['insert'] }, {}, false],
    ['an alias of it is listed', { failCommands: ['ismaster'] }, { names: ['hello', 'isMaster', 'ismaster'] }, true],
    ['all commands are failed', { failAllCommands: true }, {}, true],
    ['it is configureFailPoint itself', { failAllCommands: true }, { names: ['configureFailPoint'] }, false],
    ['its application is the one', { failCommands: ['find'], appName: 'app' }, {}, true],
    ['its application is another', { failCommands: ['find'], appName: 'other' }, {}, false],
    ['its application is not known', { failCommands: ['find'], appName: 'app' }, { applicationName: undefined }, false],
    ['its namespace is the one', { failCommands: ['find'], namespace: 'db.c' }, {}, true],
    ['its namespace is another', { failCommands: ['find'], namespace: 'db.d' }, {}, false],
    ['it has no namespace', { failCommands: ['find'], namespace: 'db.c' }, { namespace: undefined }, false],
    ['its thread is the one', { failCommands: ['find'], threadName: 'conn3' }, {}, true],
    ['its thread is another', { failCommands: ['find'], threadName: 'conn4' }, {}, false],
    ['its client is a server', { failCommands: ['find'] }, { internal: true }, false],
    [
      'its client is a server, and those are meant too',
      { failCommands: ['find'], failInternalCommands: true },
      { internal: true },
      true
    ]
  ]
  for (const [what, data, subject, matches] of cases) {
    test(`${matches ? 'yes' : 'no'}: ${what}`, () => {
      const points = configured({ ...data, errorCode: 1 })
      assert.equal(points.beforeExecution({ ...find, ...subject }) !== undefined, matches)
    })
  }

  test('a first hello says who its application is before fail points are asked', () =>
    withStandalone(async ({ member, connect }) => {
      member.configureFailPoint({
        configureFailPoint: 'failCommand',
        mode: 'alwaysOn',
        data: { failCommands: ['hello'], errorCode: 91, appName: 'greeter' }
      })
      const client = {
        application: { name: 'greeter' },
        driver: { name: 'raw', version: '1' },
        os: { type: 'Linux' }
      }
      const reply = await (await connect()).command('admin', { hello: 1, client })
      assert.deepEqual(reply['code'], int(91))
    }))

  test('before the command runs only if it is to be closed, blocked or failed; else the entry is not counted', () => {
    for (const [data, before] of [
      [{ closeConnection: true }, true],
      [{ blockConnection: true, blockTimeMS: 0 }, true],
      [{ errorCode: 0 }, true],
      [{ writeConcernError: { code: 91 } }, false],
      [{ errorLabels: ['x'] }, false],
      [{ closeConnection: false, blockConnection: false }, false]
    ] as const) {
      const points = configured({ failCommands: ['find'], ...data }, { times: 1 })
      assert.equal(points.beforeExecution(find) !== undefined, before, JSON.stringify(data))
      assert.equal(points.afterExecution(find) !== undefined, 'writeConcernError' in data)
    }
  })
})

describe('the mode of a fail point', () => {
  const entries = (mode: unknown, count: number): boolean[] => {
    const points = configured({ failCommands: ['find'], errorCode: 1 }, mode)
    return Array.from({ length: count }, () => points.beforeExecution(find) !== undefined)
  }

  test('alwaysOn, off, times and skip', () => {
    assert.deepEqual(entries('alwaysOn', 3), [true, true, true])
    assert.deepEqual(entries('off', 2), [false, false])
    assert.deepEqual(entries({ times: 2 }, 4), [true, true, false, false])
    assert.deepEqual(entries({ skip: 2 }, 4), [false, false, true, true])
  })

  test('activationProbability hits by chance, and the chance comes from the seed', () => {
    const hits = entries({ activationProbability: 0.25 }, 4000)
    const count = hits.filter(Boolean).length
    assert.ok(count > 800 && count < 1200, `${count}`)
    assert.deepEqual(entries({ activationProbability: 0.25 }, 4000), hits)
    assert.ok(entries({ activationProbability: 1 }, 100).every(Boolean))
    assert.ok(!entries({ activationProbability: 0 }, 100).some(Boolean))
  })

  test('commands that it is not for use up none of its times', () => {
    const points = configured({ failCommands: ['find'], errorCode: 1 }, { times: 1 })
    assert.equal(points.beforeExecution({ ...find, names: ['insert'] }), undefined)
    assert.ok(points.beforeExecution(find))
  })

  test('configuring tells how often the fail point was entered', () => {
    const points = configured({ failCommands: ['find'], errorCode: 1 })
    for (let i = 0; i < 3; i++) points.beforeExecution(find)
    const off = fromObject({ configureFailPoint: 'failCommand', mode: 'off' })
    assert.equal(points.configure(off), 3)
  })
})

test('unknown fail points, modes and fields are refused', () => {
  const points = new FailPoints(virtualRuntime({ seed: 3 }).chance)
  for (const [command, pattern] of [
    [{ configureFailPoint: 'failEverything', mode: 'off' }, /no fail point "failEverything"/],
    [{ configureFailPoint: 'failCommand', mode: 'sometimes' }, /mode of a fail point/],
    [{ configureFailPoint: 'failCommand', mode: { often: 1 } }, /not "often"/],
    [{ configureFailPoint: 'failCommand', mode: { activationProbability: 2 } }, /between 0 and 1, not 2/],
    [{ configureFailPoint: 'failCommand', mode: { times: -1 } }, />= 0/],
    [{ configureFailPoint: 'failCommand' }, /mode.*missing/],
    [
      { configureFailPoint: 'failCommand', mode: 'off', data: { failComands: [] } },
      /failCommand\.data\.failComands.*unknown/
    ],
    [{ configureFailPoint: 'failCommand', mode: 'off', data: { blockConnection: true } }, /blockTimeMS/],
    [
      { configureFailPoint: 'failCommand', mode: 'off', data: { blockConnection: true, blockTimeMS: -1 } },
      /blockTimeMS/
    ],
    [{ configureFailPoint: 'failCommand', mode: 'off', data: { failCommands: [1] } }, /expected type 'string'/]
  ] as const) {
    assert.throws(
      () => points.configure(fromObject(command)),
      (error: unknown) => error instanceof CommandFailure && pattern.test(error.message),
      String(pattern)
    )
  }
})

describe('what failCommand does', () => {
  const set = (data: Document, mode: unknown = 'alwaysOn') => ({ configureFailPoint: 'failCommand', mode, data })

  test('errorCode fails the command before it runs, with the name of the code', () =>
    withStandalone(async ({ client, run, refused }) => {
      const reply = await client.command('admin', set({ failCommands: ['insert'], errorCode: 91 }, { times: 1 }))
      assert.deepEqual(reply, { count: long(0), ...ok })
      const message = await refused({ insert: 'c', documents: [{ _id: 1 }] }, 91, 'ShutdownInProgress')
      assert.match(message, /failCommand/)
      assert.deepEqual(await run({ count: 'c' }), { n: int(0), ...ok })
      assert.deepEqual(await run({ insert: 'c', documents: [{ _id: 1 }] }), { n: int(1), ...ok })
    }))

  test('errorExtraInfo adds fields, and errorLabels replaces all labels, also by none', () =>
    withStandalone(async ({ member, run }) => {
      const write = { insert: 'c', documents: [{}], lsid: { id: '' }, txnNumber: Long.fromNumber(1) }
      const data = { failCommands: ['insert'], errorCode: 10107 }
      member.configureFailPoint(set({ ...data, errorExtraInfo: { why: 1 } }))
      const automatic = await run(write)
      assert.deepEqual([automatic['errorLabels'], automatic['why']], [['RetryableWriteError'], int(1)])
      member.configureFailPoint(set({ ...data, errorLabels: ['a', 'b'] }))
      assert.deepEqual((await run(write))['errorLabels'], ['a', 'b'])
      member.configureFailPoint(set({ ...data, errorLabels: [] }))
      assert.equal('errorLabels' in (await run(write)), false)
    }))

  test("another server's write gets no label by itself", () =>
    withStandalone(async ({ member, client, run }) => {
      await client.command('admin', { hello: 1, internalClient: { minWireVersion: 0, maxWireVersion: 25 } })
      member.configureFailPoint(set({ failCommands: ['insert'], errorCode: 10107, failInternalCommands: true }))
      const reply = await run({ insert: 'c', documents: [{}], lsid: { id: '' }, txnNumber: Long.fromNumber(1) })
      assert.deepEqual([reply['code'], reply['errorLabels']], [int(10107), undefined])
    }))

  test('closeConnection ends the connection without a reply, and others go on', () =>
    withStandalone(async ({ member, client, connect }) => {
      const other = await connect()
      member.configureFailPoint(set({ failCommands: ['ping'], closeConnection: true }, { times: 1 }))
      client.send({ ping: 1, $db: 'admin' })
      await client.ended
      assert.equal(client.unread, 0)
      assert.deepEqual(await other.command('admin', { ping: 1 }), ok)
    }))

  test('blockConnection holds the command, which then runs', () =>
    withStandalone(async ({ member, run, runtime }) => {
      member.configureFailPoint(set({ failCommands: ['insert'], blockConnection: true, blockTimeMS: 500 }))
      const beganMS = runtime.clock.nowMS()
      assert.deepEqual(await run({ insert: 'c', documents: [{ _id: 1 }] }), { n: int(1), ...ok })
      assert.ok(runtime.clock.nowMS() - beganMS >= 500)
    }))

  test('a block ends when maxTimeMS runs out', () =>
    withStandalone(async ({ member, refused, runtime }) => {
      member.configureFailPoint(set({ failCommands: ['find'], blockConnection: true, blockTimeMS: 5000 }))
      const beganMS = runtime.clock.nowMS()
      assert.match(await refused({ find: 'c', maxTimeMS: 50 }, 50, 'MaxTimeMSExpired'), /50 ms/)
      assert.ok(runtime.clock.nowMS() - beganMS < 60)
    }))

  test('a block ends when the client goes, and two commands never share one of the times', () =>
    withStandalone(async ({ member, client, connect, runtime }) => {
      member.configureFailPoint(set({ failCommands: ['ping'], blockConnection: true, blockTimeMS: 5000 }, { times: 1 }))
      client.send({ ping: 1, $db: 'admin' })
      await runtime.sleep(5)
      assert.equal(runtime.timersArmed(), 1)
      assert.deepEqual(await (await connect()).command('admin', { ping: 1 }), ok)
      client.close()
      await runtime.sleep(5)
      assert.equal(runtime.timersArmed(), 0)
    }))

  test('writeConcernError lets the write happen and stands in its reply, with its own labels', () =>
    withStandalone(async ({ member, run }) => {
      const writeConcernError = { code: 91, codeName: 'ShutdownInProgress', errmsg: 'x' }
      member.configureFailPoint(set({ failCommands: ['insert'], writeConcernError, errorLabels: ['a'] }, { times: 1 }))
      assert.deepEqual(await run({ insert: 'c', documents: [{ _id: 1 }] }), {
        n: int(1),
        writeConcernError: { ...writeConcernError, code: int(91) },
        errorLabels: ['a'],
        ok: double(1)
      })
      assert.deepEqual(await run({ count: 'c' }), { n: int(1), ...ok })
    }))

  test('with errorCode and writeConcernError the error wins and nothing runs', () =>
    withStandalone(async ({ member, run, refused }) => {
      member.configureFailPoint(
        set({ failCommands: ['insert'], errorCode: 91, writeConcernError: { code: 64 } }, { times: 1 })
      )
      await refused({ insert: 'c', documents: [{ _id: 1 }] }, 91, 'ShutdownInProgress')
      assert.deepEqual(await run({ count: 'c' }), { n: int(0), ...ok })
    }))

  test('a fail point acts before the generic fields are checked, and a command that nobody answers fails silently', () =>
    withStandalone(async ({ member, client, run, refused }) => {
      member.configureFailPoint(set({ failCommands: ['find', 'insert'], errorCode: 1234 }))
      await refused({ find: 'c', nonsense: 1 }, 1234, 'Location1234')
      client.send({ insert: 'c', documents: [{}], $db: 'test' }, { flags: messageFlags.moreToCome })
      assert.deepEqual(await run({ ping: 1 }), ok)
      assert.equal(client.unread, 0)
    }))
})

describe('failGetMoreAfterCursorCheckout', () => {
  test('fails getMore, and the cursor stays', () =>
    withStandalone(async ({ member, client, run, refused }) => {
      await run({ insert: 'c', documents: [{ _id: 1 }, { _id: 2 }] })
      const { cursor } = await run({ find: 'c', batchSize: 1 })
      const getMore = { getMore: Long.fromString(cursor.id.$numberLong), collection: 'c' }
      const data = { errorCode: 280 }
      member.configureFailPoint({ configureFailPoint: 'failGetMoreAfterCursorCheckout', mode: { times: 1 }, data })
      await refused(getMore, 280, 'ChangeStreamFatalError')
      assert.equal((await run(getMore))['cursor'].nextBatch.length, 1)
      const closing = {
        configureFailPoint: 'failGetMoreAfterCursorCheckout',
        mode: 'alwaysOn',
        data: { closeConnection: true }
      }
      const again = await run({ find: 'c', batchSize: 1 })
      member.configureFailPoint(closing)
      client.send({ getMore: Long.fromString(again['cursor'].id.$numberLong), collection: 'c', $db: 'test' })
      await client.ended
    }))
})

test('of errors that a fail point makes, those of a state have its version; those of a shutdown have none', () =>
  withReplicaSet(async ({ member, connect }) => {
    const raw = await connect(member(0))
    const versionWith = async (errorCode: number): Promise<unknown> => {
      member(0).configureFailPoint({
        configureFailPoint: 'failCommand',
        mode: { times: 1 },
        data: { failCommands: ['ping'], errorCode }
      })
      return (await raw.command('admin', { ping: 1 }))['topologyVersion']
    }
    for (const code of [189, 10107, 11602, 13435, 13436]) assert.ok(await versionWith(code), String(code))
    for (const code of [91, 11600, 8]) assert.equal(await versionWith(code), undefined)
  }))
