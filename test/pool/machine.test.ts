import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Connection } from '../../src/connection/index.ts'
import { Bench, interruptingClear, newServiceId, plainClear, someCause, type TestWaiter } from './bench.ts'

const refused = new Error('connect ECONNREFUSED')

function dialOf(waiter: TestWaiter): number | undefined {
  return waiter.waitDial?.id
}

/** A time from which, when `limitMS` is added and then taken off again, less than `limitMS` seems to have passed. */
function roundsBadly(limitMS: number): number {
  for (let timeMS = 0.1373; timeMS < 1_000; timeMS += 0.1373) if (timeMS + limitMS - timeMS < limitMS) return timeMS
  throw new Error(`no time below 1000 rounds badly with ${limitMS}`)
}

describe('who is served', () => {
  test('waiters are served first come, first served, whoever owned the dial that landed', () => {
    const bench = new Bench()
    const { waiters } = bench.ready({ inUse: 1, waiting: 2 })
    bench.land(3)
    assert.equal(waiters[0]?.slot?.id, 3)
    bench.land(2)
    assert.equal(waiters[1]?.slot?.id, 2)
    bench.take()
  })

  test('a connection that comes back serves the first waiter, and its dial joins the pool when it lands', () => {
    const bench = new Bench()
    const { inUse } = bench.ready({ inUse: 1 })
    const waiter = bench.checkOut('waiter')
    bench.advance(300)
    bench.checkIn(inUse[0])
    assert.equal(waiter.slot?.id, 1)
    bench.advance(1_200)
    bench.land(2)
    assert.equal(bench.machine.slots.idle.newest?.id, 2)
    assert.equal(bench.machine.counters.connectionsCreated, 2)
    assert.equal(bench.machine.counters.waitedMS, 300)
    bench.take()
  })

  test('the connection used last is handed out first', () => {
    const bench = new Bench()
    const { inUse } = bench.ready({ inUse: 3 })
    for (const slot of [inUse[1], inUse[0], inUse[2]]) bench.checkIn(slot)
    assert.deepEqual(
      ['a', 'b', 'c'].map(label => bench.checkOut(label).slot?.id),
      [3, 1, 2]
    )
    bench.take()
  })

  test('a waiter that gives up leaves its dial to the next one without', () => {
    const bench = new Bench({ maxPoolSize: 10 })
    const { waiters } = bench.ready({ waiting: 3 })
    const [first, second, third] = waiters
    assert.ok(first && second && third)
    assert.equal(dialOf(third), undefined)
    bench.machine.withdraw(first, 0, 'aborted', refused)
    assert.equal(dialOf(third), 1)
    bench.fail(1, refused)
    assert.equal(third.error, refused)
    assert.equal(second.error, undefined)
    bench.take()
  })

  test('a waiter that was aborted leaves nothing behind: its dial becomes idle', () => {
    const bench = new Bench()
    const { waiters } = bench.ready({ waiting: 1 })
    const [gone] = waiters
    assert.ok(gone)
    bench.machine.withdraw(gone, 0, 'aborted', refused)
    bench.land(1)
    assert.equal(bench.machine.slots.idle.size, 1)
    assert.equal(bench.machine.counters.checkOutsAborted, 1)
    bench.take()
  })

  test('100,000 may wait, and leaving from the middle costs the same as from the end', () => {
    const bench = new Bench({ maxPoolSize: 1 })
    bench.ready({ inUse: 1 })
    const waiters = Array.from({ length: 100_000 }, (_, index) => bench.checkOut(`${index}`))
    for (let index = 0; index < waiters.length; index += 2) {
      const waiter = waiters[index]
      if (waiter !== undefined) bench.machine.withdraw(waiter, 0, 'aborted', refused)
    }
    assert.equal(bench.machine.queue.size, 50_000)
    assert.equal(bench.machine.queue.head, waiters[1])
    bench.take()
  })

  test('a connection of another pool, or one checked in twice, is refused as a fault', () => {
    const bench = new Bench()
    const { inUse } = bench.ready({ inUse: 1 })
    bench.checkIn(inUse[0])
    assert.throws(() => bench.checkIn(inUse[0]), /connection 1 was checked in although it is idle, not inUse/)
    const other = new Bench()
    const stranger = other.ready({ inUse: 1 }).inUse[0]
    assert.throws(() => bench.checkIn(stranger), /connection 1 was checked in although it belongs to another pool/)
    bench.take()
  })
})

describe('dials', () => {
  test('pending lasts until the handshake has ended: maxConnecting bounds the whole of it', () => {
    for (const maxConnecting of [1, 2, 3]) {
      const bench = new Bench({ maxConnecting, maxPoolSize: 10 })
      bench.ready({ waiting: 8 })
      assert.equal(bench.machine.slots.pending.size, maxConnecting)
      bench.land(1)
      assert.equal(bench.machine.slots.pending.size, maxConnecting)
      bench.take()
    }
  })

  test('a dial begins only while the total is below maxPoolSize, pending ones counted', () => {
    const bench = new Bench({ maxPoolSize: 3, maxConnecting: 10 })
    bench.ready({ inUse: 1, waiting: 5 })
    assert.equal(bench.machine.slots.pending.size, 2)
    bench.take()
  })

  test('maxPoolSize 0 is no limit, with minPoolSize too', () => {
    const bench = new Bench({ maxPoolSize: 0, minPoolSize: 5, maxConnecting: 50 })
    bench.ready({ waiting: 40 })
    assert.equal(bench.machine.slots.total, 40)
    bench.take()
  })

  test('a dial in progress for population serves a waiter: no third one is made', () => {
    const bench = new Bench({ minPoolSize: 2 })
    bench.machine.ready(0)
    bench.checkOut('a')
    bench.checkOut('b')
    assert.equal(bench.machine.counters.connectionsCreated, 2)
    bench.take()
  })

  test('population fills by completion: where a dial ends the next begins, within maxConnecting', () => {
    const bench = new Bench({ minPoolSize: 50, maxPoolSize: 100, maxConnecting: 10 })
    bench.machine.ready(0)
    for (let id = 1; id <= 50; id++) {
      assert.equal(bench.machine.slots.pending.size, Math.min(10, 51 - id))
      bench.land(id)
      bench.take()
    }
    assert.equal(bench.machine.slots.idle.size, 50)
    assert.equal(bench.machine.counters.connectionsCreated, 50)
  })

  test('population counts what is in use: minPoolSize is of idle and in-use ones together', () => {
    const bench = new Bench({ minPoolSize: 2 })
    bench.ready({ inUse: 1, idle: 1 })
    assert.equal(bench.machine.slots.pending.size, 0)
    bench.checkOut('a')
    assert.equal(bench.machine.slots.pending.size, 0)
    bench.take()
  })

  test('1,000 check-outs without a limit each fail with their own dial’s error, maxConnecting at a time', () => {
    const bench = new Bench({ maxPoolSize: 10, maxConnecting: 2 })
    const { waiters } = bench.ready({ waiting: 1_000 })
    let dialTimes = 0
    for (; bench.machine.slots.pending.size > 0; dialTimes++) {
      bench.advance(10)
      for (const id of bench.pendingIds()) bench.fail(id, new Error(`dial ${id}`))
    }
    assert.equal(dialTimes, 500)
    assert.equal(new Set(waiters.map(waiter => waiter.error?.message)).size, 1_000)
    bench.take()
  })

  test('a dial for population that fails is told to nobody', () => {
    const bench = new Bench({ minPoolSize: 1 })
    bench.machine.ready(0)
    bench.take()
    bench.fail(1, refused)
    assert.deepEqual(bench.take(), ['1 closed: error'])
    assert.equal(bench.machine.lastDialError, refused)
  })

  test('numbers of connections run on over a clear, in order of creation', () => {
    const bench = new Bench()
    bench.ready({ inUse: 2 })
    bench.machine.clear(plainClear, 0)
    bench.machine.ready(0)
    assert.equal(bench.ready({ idle: 1 }).inUse.length, 0)
    assert.equal(bench.machine.slots.idle.newest?.id, 3)
  })
})

describe('idle connections', () => {
  test('one idle for maxIdleTimeMS closes with no traffic, and is not replaced above the minimum', () => {
    const bench = new Bench({ maxIdleTimeMS: 100 })
    bench.ready({ idle: 1 })
    bench.advance(99)
    assert.deepEqual(bench.take(), [])
    bench.advance(1)
    assert.deepEqual(bench.take(), ['1 closed: idle'])
    assert.equal(bench.armedMS, Number.POSITIVE_INFINITY, 'nothing is left that can expire')
  })

  test('at the very time that was armed it closes, however that time was rounded', () => {
    const bench = new Bench({ maxIdleTimeMS: 50 })
    bench.nowMS = roundsBadly(50)
    bench.ready({ idle: 1 })
    bench.nowMS = bench.armedMS
    bench.machine.woke(bench.nowMS)
    assert.deepEqual(bench.take(), ['1 closed: idle'])
  })

  test('below the minimum it is replaced', () => {
    const bench = new Bench({ maxIdleTimeMS: 100, minPoolSize: 1 })
    bench.ready({ idle: 1 })
    bench.advance(100)
    assert.deepEqual(bench.take(), ['1 closed: idle', '2 dialled'])
  })

  test('the time in use does not count', () => {
    const bench = new Bench({ maxIdleTimeMS: 100 })
    const { inUse } = bench.ready({ inUse: 1 })
    bench.advance(1_000)
    bench.checkIn(inUse[0])
    bench.advance(99)
    assert.equal(bench.machine.slots.idle.size, 1)
    bench.take()
  })

  test('an expired one is not handed out, however late the timer is', () => {
    const bench = new Bench({ maxIdleTimeMS: 10 })
    bench.ready({ idle: 1 })
    bench.nowMS = 50
    bench.checkOut('a')
    assert.deepEqual(bench.take(), ['check-out started', '1 closed: idle', '2 dialled'])
  })

  test('the oldest expire first; the ones in steady use stay', () => {
    const bench = new Bench({ maxIdleTimeMS: 100 })
    bench.ready({ idle: 3 })
    bench.advance(60)
    bench.checkIn(bench.checkOut('a').slot)
    bench.take()
    bench.advance(40)
    assert.deepEqual(bench.take(), ['1 closed: idle', '2 closed: idle'])
    bench.advance(60)
    assert.deepEqual(bench.take(), ['3 closed: idle'])
  })

  test('expiry at a check-out leads to a replacement below the minimum although the check-out was served', () => {
    const bench = new Bench({ maxIdleTimeMS: 100, minPoolSize: 2 })
    bench.ready({ idle: 2 })
    bench.nowMS = 90
    bench.checkIn(bench.checkOut('a').slot)
    bench.take()
    bench.nowMS = 150
    bench.checkOut('b')
    assert.deepEqual(bench.take(), ['check-out started', '1 closed: idle', '2 checked out', '3 dialled'])
  })

  test('one that the server closes is told as closed at once: error, nothing is cleared, replaced below the minimum', () => {
    const bench = new Bench({ minPoolSize: 1 })
    bench.ready({ idle: 1 })
    const [slot] = bench.machine.slots.idle
    assert.ok(slot)
    bench.machine.idleBroke(slot, refused, 0)
    assert.deepEqual(bench.take(), ['1 closed: error', '2 dialled'])
    assert.equal(bench.machine.generation, 0)
  })
})

describe('the limit on waiting', () => {
  test('at the very time that was armed a waiter is refused, however that time was rounded', () => {
    const bench = new Bench({ waitQueueTimeoutMS: 50, maxPoolSize: 1 })
    bench.nowMS = roundsBadly(50)
    bench.ready({ inUse: 1 })
    const waiter = bench.checkOut('waiter')
    bench.nowMS = bench.armedMS
    bench.machine.woke(bench.nowMS)
    assert.ok(waiter.error instanceof Error)
    bench.take()
  })

  test('it covers the dial: only the wait ends, the dial goes on and joins the pool', () => {
    const bench = new Bench({ waitQueueTimeoutMS: 50 })
    bench.ready({ waiting: 1 })
    bench.advance(50)
    assert.deepEqual(bench.take(), ['waiter1 failed: timeout'])
    bench.land(1)
    assert.equal(bench.machine.slots.idle.size, 1)
    bench.take()
  })

  test('each waiter has the whole limit, from its own start', () => {
    const bench = new Bench({ waitQueueTimeoutMS: 50, maxPoolSize: 1 })
    bench.ready({ inUse: 1, waiting: 1 })
    bench.advance(20)
    bench.checkOut('later')
    bench.take()
    bench.advance(30)
    assert.deepEqual(bench.take(), ['waiter1 failed: timeout'])
    bench.advance(19)
    assert.deepEqual(bench.take(), [])
    bench.advance(1)
    assert.deepEqual(bench.take(), ['later failed: timeout'])
  })

  test('a time-out changes neither generation nor state', () => {
    const bench = new Bench({ waitQueueTimeoutMS: 50, maxPoolSize: 1 })
    bench.ready({ inUse: 1, waiting: 1 })
    bench.advance(50)
    assert.equal(bench.machine.generation, 0)
    assert.equal(bench.machine.state, 'ready')
    bench.take()
  })

  test('no timer is armed while nothing can expire', () => {
    const bench = new Bench({ minPoolSize: 1 })
    bench.ready({ inUse: 1, idle: 1 })
    bench.checkOut('a')
    bench.checkOut('b')
    assert.equal(bench.armedMS, Number.POSITIVE_INFINITY)
    bench.take()
  })
})

describe('draining', () => {
  test('the very last connection stays idle when it comes back, if it is asked to', () => {
    const bench = new Bench()
    const { inUse } = bench.ready({ inUse: 2 })
    bench.machine.drain(0, () => bench.machine.slots.inUse.size === 1)
    bench.checkIn(inUse[0])
    bench.checkIn(inUse[1])
    assert.deepEqual(bench.takeUnchecked(), ['1 checked in', '1 closed: poolClosed', '2 checked in'])
    assert.equal(bench.checkOut('farewell').slot?.id, 2)
    bench.machine.close(0, false)
  })

  test('a connection that breaks closes, last or not', () => {
    const bench = new Bench()
    const { inUse } = bench.ready({ inUse: 1 })
    bench.machine.drain(0, () => true)
    bench.checkIn(inUse[0], refused)
    assert.deepEqual(bench.take(), ['1 checked in', '1 closed: error'])
  })
})

describe('clearing', () => {
  test('a connection of an older generation closes when it comes back, also after the pool is ready again', () => {
    const bench = new Bench()
    const { inUse } = bench.ready({ inUse: 1 })
    bench.machine.clear(plainClear, 0)
    bench.machine.ready(0)
    bench.take()
    bench.checkIn(inUse[0])
    assert.deepEqual(bench.take(), ['1 checked in', '1 closed: stale'])
  })

  test('an operation that was interrupted gives its connection back without a further event', () => {
    const bench = new Bench()
    const { inUse } = bench.ready({ inUse: 1 })
    bench.machine.clear(interruptingClear, 0)
    assert.deepEqual(bench.take(), ['pool cleared, interrupting', '1 checked in', '1 closed: stale', '1 interrupted'])
    bench.checkIn(inUse[0], refused)
    assert.deepEqual(bench.take(), [])
    assert.throws(() => bench.checkIn(inUse[0]), /fault of the driver/)
  })

  test('a connection made after the clear is not interrupted by it', () => {
    const bench = new Bench()
    bench.ready({ inUse: 1 })
    bench.machine.clear(interruptingClear, 0)
    bench.ready({ inUse: 1 })
    assert.equal(bench.machine.slots.inUse.oldest?.id, 2)
  })

  test('a paused pool that is cleared raises its generation and tells nobody', () => {
    const bench = new Bench()
    bench.machine.clear(plainClear, 0)
    assert.deepEqual(bench.take(), [])
    assert.equal(bench.machine.generation, 1)
  })

  test('idle ones close with the clear, not later', () => {
    const bench = new Bench()
    bench.ready({ idle: 2 })
    bench.machine.clear(plainClear, 0)
    assert.deepEqual(bench.take(), ['pool cleared', '1 closed: stale', '2 closed: stale'])
    assert.equal(bench.machine.lastClearCause, someCause)
  })
})

describe('behind a load balancer', () => {
  test('a clear of one backend pauses nothing, refuses nobody, and closes that backend’s connections only', () => {
    const [serviceA, serviceB] = [newServiceId(), newServiceId()]
    const bench = new Bench({ maxPoolSize: 4, maxConnecting: 4 })
    bench.machine.ready(0)
    const users = ['a', 'b', 'c'].map(label => bench.checkOut(label))
    bench.land(1, serviceA)
    bench.land(2, serviceB)
    bench.land(3, serviceA)
    bench.checkIn(users[0]?.slot)
    bench.checkIn(users[1]?.slot)
    bench.take()
    bench.machine.clear({ ...plainClear, serviceId: serviceA }, 0)
    assert.deepEqual(bench.take(), ['pool cleared, one service', '1 closed: stale'])
    assert.equal(bench.machine.state, 'ready')
    bench.checkIn(users[2]?.slot)
    assert.deepEqual(bench.take(), ['3 checked in', '3 closed: stale'])
    assert.equal(bench.machine.slots.idle.newest?.id, 2)
  })

  test('a dial whose hello named its backend counts for that, and its failure clears the backend’s connections', () => {
    const service = newServiceId()
    const bench = new Bench()
    bench.ready({ waiting: 1 })
    bench.machine.greeted(bench.dial(1), service)
    assert.deepEqual([bench.dial(1).generation, bench.machine.services.size], [0, 1])
    bench.fail(1, refused, { ...plainClear, serviceId: service })
    assert.deepEqual(bench.take(), ['pool cleared, one service', '1 closed: error', 'waiter1 failed: connectionError'])
    assert.equal(bench.machine.services.size, 0)
    assert.throws(() => bench.machine.greeted(bench.dial(1), service), /this is a fault of the driver/)
  })

  test('a backend that lets a connection in after it was cleared is trusted again', () => {
    const service = newServiceId()
    const bench = new Bench()
    bench.ready({ waiting: 1 })
    bench.machine.greeted(bench.dial(1), service)
    bench.machine.clear({ ...plainClear, serviceId: service }, 0)
    assert.equal(bench.dial(1).generation, 0, 'an error from here on is an old one')
    bench.machine.landed(bench.dial(1), { id: 1, serviceId: service } as Connection, 0)
    assert.deepEqual([bench.dial(1).generation, bench.machine.isStale(bench.dial(1))], [1, false])
  })

  test('a backend without connections leaves no entry behind, and clearing it does nothing', () => {
    const service = newServiceId()
    const bench = new Bench()
    bench.machine.ready(0)
    const user = bench.checkOut('a')
    bench.land(1, service)
    bench.checkIn(user.slot, refused)
    assert.equal(bench.machine.services.size, 0)
    bench.take()
    bench.machine.clear({ ...plainClear, serviceId: service }, 0)
    assert.deepEqual(bench.take(), [])
  })

  test('a dial that fails with a clear of its backend tells its owner its own error', () => {
    const service = newServiceId()
    const bench = new Bench()
    bench.ready({ waiting: 2 })
    bench.land(1, service)
    bench.take()
    bench.fail(2, refused, { ...plainClear, serviceId: service })
    assert.deepEqual(bench.take().slice(0, 3), [
      'pool cleared, one service',
      '2 closed: error',
      'waiter2 failed: connectionError'
    ])
    assert.equal(bench.failCauses.get('waiter2'), refused)
  })
})
