import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  MongoClientClosedError,
  MongoPoolClearedError,
  MongoPoolClosedError,
  MongoWaitQueueTimeoutError
} from '../../src/errors/index.ts'
import * as pools from '../../src/pool/index.ts'
import { address, VirtualPool } from './virtual_pool.ts'

const reset = new Error('read ECONNRESET')

describe('events', () => {
  test('the eleven have the manual’s class names, the specification’s fields, and cannot be changed', async () => {
    const subject = new VirtualPool({ maxPoolSize: 1, waitQueueTimeoutMS: 5 })
    await subject.runtime.run(async () => {
      subject.pool.ready()
      const first = subject.checkOut('find')
      await subject.runtime.sleep(2)
      subject.dial(1).land()
      subject.checkOut('count')
      await subject.runtime.sleep(6)
      subject.pool.checkIn(first.slot as pools.PooledConnection)
      subject.pool.clear({ cause: reset, interruptInUse: false })
      subject.pool.close()
    })
    const plain = subject.told.map(({ event }) => ({
      class: event.constructor.name,
      ...Object.fromEntries(Object.entries(event))
    }))
    assert.deepEqual(
      plain.map(({ error: _error, ...event }: { class: string; error?: unknown }) => event),
      [
        {
          class: 'PoolCreatedEvent',
          name: 'connectionPoolCreated',
          address,
          options: { maxPoolSize: 1, waitQueueTimeoutMS: 5 }
        },
        { class: 'PoolReadyEvent', name: 'connectionPoolReady', address },
        { class: 'ConnectionCheckOutStartedEvent', name: 'connectionCheckOutStarted', address },
        { class: 'ConnectionCreatedEvent', name: 'connectionCreated', address, connectionId: 1 },
        { class: 'ConnectionReadyEvent', name: 'connectionReady', address, connectionId: 1, durationMS: 2 },
        { class: 'ConnectionCheckedOutEvent', name: 'connectionCheckedOut', address, connectionId: 1, durationMS: 2 },
        { class: 'ConnectionCheckOutStartedEvent', name: 'connectionCheckOutStarted', address },
        {
          class: 'ConnectionCheckOutFailedEvent',
          name: 'connectionCheckOutFailed',
          address,
          reason: 'timeout',
          durationMS: 5
        },
        { class: 'ConnectionCheckedInEvent', name: 'connectionCheckedIn', address, connectionId: 1 },
        {
          class: 'PoolClearedEvent',
          name: 'connectionPoolCleared',
          address,
          interruptInUseConnections: false,
          serviceId: undefined
        },
        { class: 'ConnectionClosedEvent', name: 'connectionClosed', address, connectionId: 1, reason: 'stale' },
        { class: 'PoolClosedEvent', name: 'connectionPoolClosed', address }
      ]
    )
    assert.equal(new Set(plain.map(event => event.class)).size, 11)
    for (const { event } of subject.told) assert.ok(Object.isFrozen(event))
  })

  test('a failed dial that clears the pool is told as PoolCleared, Closed, CheckOutFailed, with one error', () => {
    const subject = new VirtualPool()
    subject.clearFor = (cause, generation, phase) => {
      assert.equal(generation, 0)
      assert.equal(phase, 'auth')
      return { cause, interruptInUse: false }
    }
    subject.pool.ready()
    const caller = subject.checkOut('find')
    subject.take()
    subject.dial(1).fail(reset, 'auth')
    assert.deepEqual(
      subject.told.map(({ kind }) => kind),
      ['connectionPoolCleared', 'connectionClosed', 'connectionCheckOutFailed']
    )
    for (const { event } of subject.told) assert.equal('error' in event && event.error, reset)
    assert.equal(caller.error, reset)
  })

  test('a listener sees the state already changed, and what it causes is told after what caused it', () => {
    const subject = new VirtualPool()
    const seen: string[] = []
    subject.hub.subscribe('connectionPoolReady', () => {
      seen.push(subject.pool.state)
      subject.pool.close()
      seen.push(subject.pool.state)
    })
    subject.take()
    subject.pool.ready()
    assert.deepEqual(seen, ['ready', 'closed'])
    assert.deepEqual(subject.take(), ['connectionPoolReady', 'connectionPoolClosed'])
  })

  test('a listener that throws or rejects is reported and changes nothing', async () => {
    const subject = new VirtualPool()
    subject.hub.subscribe('connectionCheckOutStarted', () => {
      throw new Error('the listener is broken')
    })
    subject.hub.subscribe('connectionCreated', () => Promise.reject(new Error('this one too')))
    await subject.runtime.run(async () => {
      subject.pool.ready()
      const caller = subject.checkOut('find')
      subject.dial(1).land()
      assert.equal(caller.slot?.id, 1)
      await subject.runtime.sleep(1)
    })
    assert.equal(subject.runtime.warnings.length, 2)
  })

  test('without a listener no event is made', () => {
    const subject = new VirtualPool()
    let asked = 0
    const quiet = new pools.ConnectionPool({
      address,
      limits: { maxPoolSize: 1, minPoolSize: 0, maxConnecting: 1, maxIdleTimeMS: 0, waitQueueTimeoutMS: 0 },
      nonDefaultOptions: {},
      runtime: subject.runtime,
      hub: {
        wanted: new Proxy({}, { get: () => (asked++, false) }) as never,
        begin: () => undefined,
        end: () => undefined,
        emit: () => assert.fail('an event was made although nobody wants it')
      },
      establish: () => () => undefined,
      onEstablishmentError: () => undefined
    })
    quiet.ready()
    quiet.close()
    assert.ok(asked > 0)
  })
})

describe('who is told, and when', () => {
  test('a check-out that is refused at once is told so, with the event before', () => {
    const subject = new VirtualPool()
    subject.pool.close()
    subject.take()
    const caller = subject.checkOut('find')
    assert.ok(caller.error instanceof MongoPoolClosedError)
    assert.deepEqual(subject.take(), ['connectionCheckOutStarted', 'connectionCheckOutFailed'])
  })

  test('what a granted operation does at once is a step of its own, told behind what granted it', () => {
    const subject = new VirtualPool()
    subject.pool.ready()
    const caller = subject.checkOut('find')
    caller.onGranted = slot => subject.pool.checkIn(slot)
    subject.take()
    subject.dial(1).land()
    assert.deepEqual(subject.take(), ['connectionReady', 'connectionCheckedOut', 'connectionCheckedIn'])
  })

  test('a fault in one waiter leaves no other waiting', () => {
    const subject = new VirtualPool({ maxPoolSize: 1 })
    subject.pool.ready()
    const first = subject.checkOut('first')
    first.refused = () => {
      throw new Error('a fault of the driver')
    }
    const second = subject.checkOut('second')
    assert.throws(() => subject.pool.close(), /a fault of the driver/)
    assert.ok(second.error instanceof MongoPoolClosedError)
  })

  test('an operation on an interrupted connection fails with an error of its own that says why', () => {
    const subject = new VirtualPool()
    subject.pool.ready()
    subject.checkOut('find')
    subject.checkOut('count')
    const connections = [subject.dial(1).land(), subject.dial(2).land()]
    subject.pool.clear({ cause: reset, interruptInUse: true })
    const [one, two] = connections.map(connection => connection.abandonedWith)
    assert.ok(one instanceof MongoPoolClearedError && two instanceof MongoPoolClearedError)
    assert.equal(one.message, `Connection to ${address} interrupted due to server monitor timeout`)
    assert.equal(one.cause, reset)
    assert.notEqual(one, two)
  })

  test('an immediate close says which command it ended', () => {
    const subject = new VirtualPool()
    subject.pool.ready()
    subject.checkOut('aggregate')
    const connection = subject.dial(1).land()
    subject.pool.close({ interruptInUse: true })
    assert.ok(connection.abandonedWith instanceof MongoClientClosedError)
    assert.match(connection.abandonedWith.message, /closed while aggregate was in progress on db1/)
  })

  test('a dial that is ended is cancelled at once', () => {
    const subject = new VirtualPool()
    subject.pool.ready()
    subject.checkOut('find')
    subject.pool.close()
    assert.equal(subject.dial(1).cancelled, true)
  })

  test('an idle connection that breaks is closed; one in use is found broken when it comes back', () => {
    const subject = new VirtualPool()
    subject.pool.ready()
    const caller = subject.checkOut('find')
    const connection = subject.dial(1).land()
    connection.onBroken?.(reset)
    assert.equal(subject.pool.snapshot().checkedOut, 1)
    subject.pool.checkIn(caller.slot as pools.PooledConnection)
    subject.take()
    connection.onBroken?.(reset)
    assert.deepEqual(subject.take(), ['connectionClosed'])
    assert.equal(subject.pool.snapshot().total, 0)
  })
})

describe('errors', () => {
  test('a wait-queue time-out prints every figure, and has each as a field', async () => {
    const subject = new VirtualPool({ maxPoolSize: 3, waitQueueTimeoutMS: 50, maxConnecting: 2 })
    await subject.runtime.run(async () => {
      subject.pool.clear({ cause: reset, interruptInUse: false })
      subject.pool.ready()
      for (const command of ['find', 'find', 'aggregate']) {
        const caller = subject.checkOut(command)
        subject.dials.at(-1)?.land()
        assert.ok(caller.slot)
        await subject.runtime.sleep(10)
      }
      const late = subject.checkOut('count')
      subject.checkOut('distinct')
      await subject.runtime.sleep(51)
      assert.ok(late.error instanceof MongoWaitQueueTimeoutError)
      assert.equal(
        late.error.message,
        'Timed out while checking out a connection from connection pool: db1.example:27017 had none for 50 ms; ' +
          'maxPoolSize 3, in use 3 (find 2, aggregate 1, the oldest for 80 ms), available 0, pending 0 (maxConnecting 2), ' +
          'waiting 2; the pool is ready, generation 1. ' +
          'Every connection is in use: look for slow operations, or raise maxPoolSize.'
      )
      assert.deepEqual(late.error.pool, {
        address,
        state: 'ready',
        generation: 1,
        maxPoolSize: 3,
        maxConnecting: 2,
        inUse: 3,
        inUseBy: { find: 2, aggregate: 1 },
        loadBalanced: false,
        inUseByCursors: 0,
        inUseByTransactions: 0,
        oldestInUseMS: 80,
        available: 0,
        pending: 0,
        waiting: 2,
        waitedMS: 50,
        lastDialError: undefined
      })
    })
  })

  test('a wait-queue time-out names the last dial’s error', async () => {
    const subject = new VirtualPool({ waitQueueTimeoutMS: 50, maxConnecting: 1 })
    await subject.runtime.run(async () => {
      subject.pool.ready()
      subject.checkOut('find')
      const second = subject.checkOut('find')
      subject.dial(1).fail(reset)
      await subject.runtime.sleep(50)
      assert.match(
        second.error?.message ?? '',
        /pending 1 .*; the last dial failed: read ECONNRESET\. New connections fail/
      )
    })
  })

  test('a cleared pool names what it was cleared for, a new one that it waits for its first check', () => {
    const subject = new VirtualPool()
    const early = subject.checkOut('find')
    assert.ok(early.error instanceof MongoPoolClearedError)
    assert.match(early.error.message, /is paused: no check of the server has succeeded yet/)
    subject.pool.ready()
    subject.pool.clear({ cause: reset, interruptInUse: false })
    const later = subject.checkOut('find')
    assert.equal(
      later.error?.message,
      `Connection pool for ${address} was cleared because another operation failed with: read ECONNRESET`
    )
    assert.equal(later.error?.cause, reset)
    const again = subject.checkOut('find')
    assert.notEqual(again.error, later.error, 'never one error object for two callers')
  })
})

describe('time', () => {
  test('an idle connection expires with no traffic, and an empty pool arms no timer', async () => {
    const subject = new VirtualPool({ maxIdleTimeMS: 100 })
    await subject.runtime.run(async () => {
      subject.pool.ready()
      const caller = subject.checkOut('find')
      subject.dial(1).land()
      subject.pool.checkIn(caller.slot as pools.PooledConnection)
      assert.equal(subject.runtime.timersArmed(), 1)
      await subject.runtime.sleep(100)
      assert.equal(subject.pool.snapshot().total, 0)
      assert.equal(subject.runtime.timersArmed(), 0)
    })
  })

  test('a connection in steady use arms one timer, not one each time it comes back', async () => {
    const subject = new VirtualPool({ maxIdleTimeMS: 100 })
    await subject.runtime.run(async () => {
      subject.pool.ready()
      const first = subject.checkOut('find')
      subject.dial(1).land()
      subject.pool.checkIn(first.slot as pools.PooledConnection)
      const before = subject.timesArmed
      for (let time = 0; time < 50; time++) {
        const caller = subject.checkOut('find')
        await subject.runtime.sleep(1)
        subject.pool.checkIn(caller.slot as pools.PooledConnection)
      }
      assert.equal(subject.timesArmed, before)
      await subject.runtime.sleep(99)
      assert.equal(subject.pool.snapshot().available, 1)
      await subject.runtime.sleep(1)
      assert.equal(subject.pool.snapshot().available, 0)
    })
  })

  test('closing an empty pool that had a timer disarms it', async () => {
    const subject = new VirtualPool({ waitQueueTimeoutMS: 10_000 })
    await subject.runtime.run(async () => {
      subject.pool.ready()
      subject.checkOut('find')
      assert.equal(subject.runtime.timersArmed(), 1)
      subject.pool.close()
      assert.equal(subject.runtime.timersArmed(), 0)
    })
  })
})

test('snapshot and connections tell what is there now', async () => {
  const subject = new VirtualPool({ maxPoolSize: 4, maxConnecting: 2 })
  await subject.runtime.run(async () => {
    subject.pool.ready()
    subject.checkOut('find')
    subject.dial(1).land()
    await subject.runtime.sleep(10)
    for (const label of ['a', 'b', 'c']) subject.checkOut(label)
    await subject.runtime.sleep(5)
    const { counters, ...figures } = subject.pool.snapshot()
    assert.deepEqual(figures, {
      address,
      state: 'ready',
      draining: false,
      generation: 0,
      maxPoolSize: 4,
      minPoolSize: 0,
      maxConnecting: 2,
      total: 3,
      available: 0,
      pending: 2,
      checkedOut: 1,
      checkedOutByCursors: 0,
      checkedOutByTransactions: 0,
      waiting: 3,
      longestWaitMS: 5,
      lastClearCause: undefined,
      lastDialError: undefined
    })
    assert.equal(counters.connectionsCreated, 3)
    assert.deepEqual(
      subject.pool
        .connections()
        .map(({ connectionId, state, inUseFor, inUseMS }) => [connectionId, state, inUseFor, inUseMS]),
      [
        [2, 'pending', undefined, undefined],
        [3, 'pending', undefined, undefined],
        [1, 'inUse', 'find', 15]
      ]
    )
  })
})
