import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PoolRow } from '../../src/client/index.ts'
import { type Bench, many, roundTripsMS, withClient } from './bench.ts'

const dialMS = 1_000
const slowFindMS = 400

function pool({ client }: Bench): PoolRow {
  const [row] = client.pools()
  assert.ok(row !== undefined)
  return row
}

/** Handshakes take `dialMS` from now on; the client knows its server already. */
async function slowDials(bench: Bench): Promise<void> {
  await bench.client.connect()
  await bench.runtime.sleep(roundTripsMS)
  for (const member of bench.deployment.members) member.handshakeDelayMS = dialMS
}

describe('connections on demand', () => {
  test('a client without options has pools of at most 10 connections, 2 dialled at once, no minimum, no idle limit', () =>
    withClient('standalone', {}, async bench => {
      const { maxPoolSize, maxConnecting, minPoolSize, maxIdleTimeMS } = bench.client.options
      assert.deepEqual(
        { maxPoolSize, maxConnecting, minPoolSize, maxIdleTimeMS },
        {
          maxPoolSize: 10,
          maxConnecting: 2,
          minPoolSize: 0,
          maxIdleTimeMS: 0
        }
      )
    }))

  test('one operation after the other uses one connection; two at once open a second', () =>
    withClient('standalone', {}, async bench => {
      for (let i = 0; i < 5; i++) await bench.find()
      assert.equal(bench.count('connectionCreated'), 1)
      assert.equal(bench.count('connectionCheckedOut'), 5)
      await Promise.all(many(2, bench.find))
      assert.equal(bench.count('connectionCreated'), 2)
    }))

  test('without an idle limit a connection is kept for a year', () =>
    withClient('standalone', { heartbeatFrequencyMS: 86_400_000 }, async bench => {
      await bench.find()
      await bench.runtime.sleep(365 * 86_400_000)
      assert.equal(pool(bench).available, 1)
      assert.equal(bench.count('connectionClosed'), 0)
    }))
})

describe('maxPoolSize', () => {
  test('while so many connections are in use the next operation waits, until one is given back', () =>
    withClient('standalone', { maxPoolSize: 2 }, async bench => {
      await Promise.all(many(2, bench.find))
      bench.slowFinds(slowFindMS)
      const finds = many(3, bench.find)
      await bench.runtime.sleep(slowFindMS / 2)
      const { total, checkedOut, waiting } = pool(bench)
      assert.deepEqual({ total, checkedOut, waiting }, { total: 2, checkedOut: 2, waiting: 1 })
      bench.told.length = 0
      await Promise.all(finds)
      assert.equal(bench.told[0]?.name, 'connectionCheckedIn')
      assert.equal(bench.told[1]?.name, 'connectionCheckedOut')
      assert.equal(bench.count('connectionCreated'), 0)
    }))

  test('20 of it let 20 operations run at once', () =>
    withClient('standalone', { maxPoolSize: 20 }, async bench => {
      bench.slowFinds(slowFindMS)
      const finds = many(30, bench.find)
      await bench.runtime.sleep(slowFindMS / 2)
      assert.equal(pool(bench).checkedOut, 20)
      await Promise.all(finds)
    }))
})

describe('maxConnecting', () => {
  test('the third operation that needs a connection is not dialled for before one of two dials has ended', () =>
    withClient('standalone', { maxPoolSize: 10 }, async bench => {
      await slowDials(bench)
      bench.slowFinds(2 * dialMS)
      const finds = many(3, bench.find)
      await bench.runtime.sleep(dialMS / 2)
      assert.deepEqual([pool(bench).pending, pool(bench).waiting], [2, 3])
      await Promise.all(finds)
      const names = bench.told.map(({ name }) => name).filter(name => /^connection(Created|Ready)$/.test(name))
      assert.deepEqual(names.slice(0, 4), [
        'connectionCreated',
        'connectionCreated',
        'connectionReady',
        'connectionCreated'
      ])
    }))

  test('the third operation is served by a connection that comes back while two dials are under way', () =>
    withClient('standalone', { maxPoolSize: 10 }, async bench => {
      await bench.find()
      await slowDials(bench)
      bench.slowFinds(slowFindMS)
      const inUse = bench.find()
      const others = many(3, bench.find)
      await bench.runtime.sleep(slowFindMS / 2)
      assert.deepEqual([pool(bench).checkedOut, pool(bench).pending, pool(bench).waiting], [1, 2, 3])
      await inUse
      assert.deepEqual([pool(bench).checkedOut, pool(bench).pending, pool(bench).waiting], [1, 2, 2])
      await Promise.all(others)
      assert.equal(bench.count('connectionReady') <= 3, true)
    }))

  test('3 of it let a pool dial three connections at once', () =>
    withClient('standalone', { maxConnecting: 3 }, async bench => {
      await slowDials(bench)
      const finds = many(8, bench.find)
      await bench.runtime.sleep(dialMS / 2)
      assert.equal(pool(bench).pending, 3)
      await Promise.all(finds)
    }))
})

describe('minPoolSize', () => {
  test('so many connections are opened before any operation asks for one', () =>
    withClient('standalone', { minPoolSize: 3 }, async bench => {
      await bench.client.warmUp()
      assert.equal(pool(bench).available, 3)
      assert.equal(bench.count('connectionCreated'), 3)
      assert.equal(bench.count('connectionReady'), 3)
      assert.equal(bench.count('connectionCheckOutStarted'), 0)
    }))

  test('connections that are lost are replaced up to it, with no operation under way', () =>
    withClient('standalone', { minPoolSize: 3 }, async bench => {
      await bench.client.warmUp()
      for (const member of bench.deployment.members) member.dropConnections(({ purpose }) => purpose !== 'monitor')
      await bench.runtime.sleep(5_000)
      assert.equal(bench.count('connectionClosed'), 3)
      assert.equal(pool(bench).available, 3)
    }))
})

describe('maxIdleTimeMS', () => {
  test('a connection idle for 90 s is closed with no traffic, and not before; with minPoolSize it is replaced', async () => {
    for (const minPoolSize of [0, 1])
      await withClient('standalone', { maxIdleTimeMS: 90_000, minPoolSize }, async bench => {
        await bench.find()
        await bench.runtime.sleep(89_000)
        assert.equal(bench.count('connectionClosed'), 0)
        await bench.runtime.sleep(1_000 + roundTripsMS)
        const closed = bench.told.find(({ name }) => name === 'connectionClosed')
        assert.ok(closed !== undefined && 'reason' in closed && closed.reason === 'idle')
        assert.equal(pool(bench).available, minPoolSize)
      })
  })
})
