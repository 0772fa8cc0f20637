import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { decodeDocument, ObjectId, UUID } from '../../src/bson/index.ts'
import { helloReplyOf } from '../../src/connection/hello_reply.ts'
import { hasSessions, type ServerSession, ServerSessionPool } from '../../src/operations/server_sessions.ts'

const timeoutMinutes = 30
const minuteMS = 60_000
/** The last moment at which a session that was used at 0 has a minute left. */
const usableMS = 29 * minuteMS

function newPool(): ServerSessionPool {
  let filled = 0
  return new ServerSessionPool(bytes => {
    bytes.fill(++filled)
    bytes[15] = filled >>> 8
    bytes[14] = filled >>> 16
  })
}

/** So many sessions in use at once, each used last at 0. */
function taken(pool: ServerSessionPool, count: number): ServerSession[] {
  return Array.from({ length: count }, () => pool.take(timeoutMinutes, 0))
}

suite('a new server session', () => {
  test('has a random UUID of version 4 and variant 1 for its identifier', () => {
    const pool = new ServerSessionPool(bytes => bytes.fill(0xff))
    const session = pool.take(timeoutMinutes, 0)
    assert.equal(session.id.toHexString(), 'ffffffff-ffff-4fff-bfff-ffffffffffff')
  })

  test('has the encoded document that commands carry as lsid', () => {
    const { id, lsid } = newPool().take(timeoutMinutes, 0)
    const document = decodeDocument(lsid, 0, lsid.length)
    assert.deepEqual(Object.keys(document), ['id'])
    assert.ok(document['id'] instanceof UUID)
    assert.equal(document['id'].toHexString(), id.toHexString())
  })

  test('is clean, was used last when it was made, and has given out no transaction number', () => {
    const session = newPool().take(timeoutMinutes, 7)
    assert.equal(session.dirty, false)
    assert.equal(session.lastUseMS, 7)
    assert.equal(session.txnNumber, 0n)
  })
})

suite('transaction numbers', () => {
  test('begin at 1 and grow by one for each command', () => {
    const session = newPool().take(timeoutMinutes, 0)
    assert.deepEqual([session.nextTxnNumber(), session.nextTxnNumber()], [1n, 2n])
    assert.equal(session.txnNumber, 2n)
  })

  test('go on growing when the session has a new user', () => {
    const pool = newPool()
    const first = pool.take(timeoutMinutes, 0)
    first.nextTxnNumber()
    pool.giveBack(first, timeoutMinutes, 0)
    assert.equal(pool.take(timeoutMinutes, 0).nextTxnNumber(), 2n)
  })
})

suite('the pool', () => {
  test('gives the session that came back last first', () => {
    const pool = newPool()
    const [one, two, three] = taken(pool, 3) as [ServerSession, ServerSession, ServerSession]
    for (const session of [two, three, one]) pool.giveBack(session, timeoutMinutes, 0)
    assert.equal(pool.size, 3)
    assert.deepEqual(taken(pool, 3), [one, three, two])
    assert.equal(pool.size, 0)
  })

  test('makes a session when it has none, and only then', () => {
    const pool = newPool()
    const [one, two] = taken(pool, 2) as [ServerSession, ServerSession]
    assert.notEqual(one.id.toHexString(), two.id.toHexString())
    pool.giveBack(one, timeoutMinutes, 0)
    assert.equal(pool.take(timeoutMinutes, 0), one)
  })

  test('gives a session that has one minute left', () => {
    const pool = newPool()
    const [session] = taken(pool, 1) as [ServerSession]
    pool.giveBack(session, timeoutMinutes, 0)
    assert.equal(pool.take(timeoutMinutes, usableMS), session)
  })

  test('drops sessions with less than one minute left when it is asked for one', () => {
    const pool = newPool()
    const sessions = taken(pool, 3)
    for (const session of sessions) pool.giveBack(session, timeoutMinutes, 0)
    assert.ok(!sessions.includes(pool.take(timeoutMinutes, usableMS + 1)))
    assert.equal(pool.size, 0)
  })

  test('counts from the last use, not from when a session came back', () => {
    const pool = newPool()
    const [session] = taken(pool, 1) as [ServerSession]
    session.lastUseMS = 5 * minuteMS
    pool.giveBack(session, timeoutMinutes, 6 * minuteMS)
    assert.equal(pool.take(timeoutMinutes, usableMS + 5 * minuteMS), session)
    pool.giveBack(session, timeoutMinutes, 6 * minuteMS)
    assert.notEqual(pool.take(timeoutMinutes, usableMS + 5 * minuteMS + 1), session)
  })

  test('takes back a session with one minute left, and none with less', () => {
    const pool = newPool()
    const [one, two] = taken(pool, 2) as [ServerSession, ServerSession]
    pool.giveBack(one, timeoutMinutes, usableMS)
    assert.equal(pool.size, 1)
    pool.giveBack(two, timeoutMinutes, usableMS + 1)
    assert.equal(pool.size, 0)
  })

  test('drops old sessions from the bottom up to the first good one when one comes back', () => {
    const pool = newPool()
    const old = taken(pool, 3)
    const [good, last] = taken(pool, 2) as [ServerSession, ServerSession]
    for (const session of [good, last]) session.lastUseMS = 10 * minuteMS
    for (const session of [old[0], old[1], good, old[2]]) {
      if (session !== undefined) pool.giveBack(session, timeoutMinutes, 10 * minuteMS)
    }
    pool.giveBack(last, timeoutMinutes, usableMS + 1)
    assert.equal(pool.size, 3)
    assert.equal(pool.take(timeoutMinutes, usableMS + 1), last)
    assert.equal(pool.take(timeoutMinutes, usableMS + 1), good)
  })

  test('drops old sessions also when the one that comes back is dirty', () => {
    const pool = newPool()
    const [old, dirty] = taken(pool, 2) as [ServerSession, ServerSession]
    pool.giveBack(old, timeoutMinutes, 0)
    dirty.markDirty()
    pool.giveBack(dirty, timeoutMinutes, usableMS + 1)
    assert.equal(pool.size, 0)
  })

  test('never takes back a dirty session, which stays dirty', () => {
    const pool = newPool()
    const [session] = taken(pool, 1) as [ServerSession]
    session.markDirty()
    session.nextTxnNumber()
    session.lastUseMS = 5
    assert.equal(session.dirty, true)
    pool.giveBack(session, timeoutMinutes, 5)
    assert.equal(pool.size, 0)
  })

  test('keeps sessions of any age where the topology tells no time-out', () => {
    const pool = newPool()
    const [one, two] = taken(pool, 2) as [ServerSession, ServerSession]
    pool.giveBack(one, undefined, 1e12)
    pool.giveBack(two, undefined, 1e12)
    assert.equal(pool.take(undefined, 1e12), two)
    assert.equal(pool.size, 1)
  })

  test('uses the time-out of now, which may be shorter than when the session came', () => {
    const pool = newPool()
    const [session] = taken(pool, 1) as [ServerSession]
    pool.giveBack(session, timeoutMinutes, 0)
    assert.notEqual(pool.take(2, minuteMS + 1), session)
  })
})

suite('a drain', () => {
  test('empties the pool and gives the lsid of each session in it', () => {
    const pool = newPool()
    const [one, two, inUse] = taken(pool, 3) as [ServerSession, ServerSession, ServerSession]
    pool.giveBack(one, timeoutMinutes, 0)
    pool.giveBack(two, timeoutMinutes, 0)
    assert.deepEqual(pool.drain(), [[one.lsid, two.lsid]])
    assert.equal(pool.size, 0)
    pool.giveBack(inUse, timeoutMinutes, 0)
    assert.deepEqual(pool.drain(), [[inUse.lsid]])
  })

  test('of an empty pool gives no command', () => {
    assert.deepEqual(newPool().drain(), [])
  })

  for (const [count, sizes] of [
    [10_000, [10_000]],
    [10_001, [10_000, 1]],
    [20_000, [10_000, 10_000]]
  ] as const) {
    test(`of ${count} sessions has ${sizes.join(' and ')} in a command, each once`, () => {
      const pool = newPool()
      for (const session of taken(pool, count)) pool.giveBack(session, timeoutMinutes, 0)
      const commands = pool.drain()
      assert.deepEqual(
        commands.map(command => command.length),
        sizes
      )
      assert.equal(new Set(commands.flat()).size, count)
    })
  }
})

test('a session never has two users, and as many are made as were in use at one time', () => {
  const step = fc.oneof(fc.constant('take' as const), fc.nat({ max: 5 }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const pool = newPool()
      const inUse: ServerSession[] = []
      const made = new Set<ServerSession>()
      let most = 0
      for (const next of steps) {
        if (next === 'take') {
          const session = pool.take(timeoutMinutes, 0)
          assert.ok(!inUse.includes(session))
          inUse.push(session)
          made.add(session)
        } else {
          const [session] = inUse.splice(next % Math.max(1, inUse.length), 1)
          if (session !== undefined) pool.giveBack(session, timeoutMinutes, 0)
        }
        most = Math.max(most, inUse.length)
        assert.equal(made.size, most)
        assert.equal(pool.size, made.size - inUse.length)
      }
    }),
    { numRuns: 200, seed: 31 }
  )
})

test('a server has sessions if its hello says how long they last, and every backend behind a load balancer has', () => {
  const has = (minutes: number | undefined, serviceId: ObjectId | undefined): boolean =>
    hasSessions({ hello: helloReplyOf({ logicalSessionTimeoutMinutes: minutes }), serviceId })
  assert.deepEqual([has(30, undefined), has(undefined, undefined)], [true, false])
  assert.deepEqual([has(30, new ObjectId()), has(undefined, new ObjectId())], [true, true])
})
