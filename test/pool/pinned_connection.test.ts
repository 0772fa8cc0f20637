/** Connections that are kept from one operation to the next. Source: the load balancers specification. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { MongoNetworkError, MongoWaitQueueTimeoutError } from '../../src/errors/index.ts'
import { PinnedConnection, type PooledConnection } from '../../src/pool/index.ts'
import type { PoolLimits } from '../../src/pool/machine.ts'
import { newServiceId } from './bench.ts'
import { Caller, type FakeConnection, VirtualPool } from './virtual_pool.ts'

const reset = new Error('read ECONNRESET')

interface Pinned {
  readonly subject: VirtualPool
  readonly connection: FakeConnection
  readonly slot: PooledConnection
  /** Kept by a cursor, whose first operation is still under way. */
  readonly pin: PinnedConnection
  readonly ask: (label: string) => Caller
}

function pinned(limits: Partial<PoolLimits> = {}, serviceId = newServiceId()): Pinned {
  const subject = new VirtualPool(limits, true)
  subject.pool.ready()
  const caller = subject.checkOut('find')
  const connection = subject.dial(1).land(serviceId)
  const slot = caller.slot as PooledConnection
  const pin = new PinnedConnection(subject.pool, slot, 'cursor')
  const ask = (label: string): Caller => {
    const asking = new Caller(label)
    const got = pin.checkOut(asking)
    if (got !== undefined) asking.granted(got)
    return asking
  }
  subject.take()
  return { subject, connection, slot, pin, ask }
}

describe('a pinned connection', () => {
  test('is one check-out to its pool, however many operations have it, and comes back when its holder lets go', () => {
    const { subject, slot, pin, ask } = pinned()
    assert.deepEqual([pin.isFree, pin.isWhole], [false, true])
    pin.checkIn(slot)
    assert.deepEqual([pin.isFree, pin.isWhole], [true, true])
    for (const label of ['getMore', 'getMore', 'killCursors']) {
      assert.equal(ask(label).slot, slot)
      assert.equal(slot.inUseFor, label)
      pin.checkIn(slot)
    }
    assert.deepEqual(subject.take(), [])
    assert.equal(subject.pool.snapshot().checkedOut, 1)
    pin.release('cursor')
    assert.deepEqual(subject.take(), ['connectionCheckedIn'])
    assert.equal(subject.pool.snapshot().available, 1)
  })

  test('serves who asks in turn, and those who asked before it was let go', () => {
    const { subject, slot, pin, ask } = pinned()
    const [first, second] = [ask('getMore'), ask('killCursors')]
    pin.release('cursor')
    assert.equal(ask('getMore').error?.name, 'MongoNetworkError', 'nobody joins any more')
    pin.checkIn(slot)
    assert.deepEqual([first.slot, second.slot], [slot, undefined])
    pin.checkIn(slot)
    assert.equal(second.slot, slot)
    assert.deepEqual(subject.take(), [])
    pin.checkIn(slot)
    assert.deepEqual(subject.take(), ['connectionCheckedIn'])
  })

  test('is let go by its holder alone, and once', () => {
    const { subject, slot, pin } = pinned()
    pin.checkIn(slot)
    pin.release('transaction')
    assert.deepEqual(subject.take(), [])
    pin.release('cursor')
    pin.release('cursor')
    assert.deepEqual(subject.take(), ['connectionCheckedIn'])
    assert.equal(pin.isWhole, false)
  })

  test('that was let go says so to who asks for it, and is anybody else’s', () => {
    const { subject, slot, pin, ask } = pinned()
    pin.checkIn(slot)
    pin.release('cursor')
    const other = subject.checkOut('insert')
    assert.equal(other.slot, slot)
    assert.match(
      ask('getMore').error?.message ?? '',
      /^getMore was not sent: connection 1 to .*, which alone leads to the backend of its cursor, has gone back to the pool; close the cursor/
    )
    assert.equal(slot.inUseFor, 'insert')
  })

  test('that broke refuses who waits and who asks, with the reason, and closes when it is let go', () => {
    const { subject, connection, slot, pin, ask } = pinned()
    const waits = ask('getMore')
    connection.broken = reset
    assert.equal(pin.isWhole, false)
    pin.checkIn(slot)
    for (const { error } of [waits, ask('getMore')]) {
      assert.ok(error instanceof MongoNetworkError)
      assert.equal(error.cause, reset)
      assert.match(error.message, /^getMore was not sent: connection 1 .* is broken: read ECONNRESET; close the cursor/)
    }
    assert.notEqual(waits.error, ask('getMore').error, 'an error for each')
    assert.deepEqual(subject.take(), [])
    pin.release('cursor')
    assert.deepEqual(subject.take(), ['connectionCheckedIn', 'connectionClosed'])
  })

  test('is no longer waited for by who gives up', () => {
    const { slot, pin, ask } = pinned()
    const [first, second] = [ask('getMore'), ask('killCursors')]
    assert.equal(pin.withdraw(first, 'aborted', reset), true)
    assert.equal(first.error, reset)
    assert.equal(pin.withdraw(first, 'aborted', reset), false)
    pin.checkIn(slot)
    assert.deepEqual([first.slot, second.slot], [undefined, slot])
    assert.equal(pin.withdraw(second, 'deadline', reset), false, 'it has been served')
  })

  test('passes through many who are done at once without ever calling deeper', () => {
    const { subject, slot, pin } = pinned()
    const callers = Array.from({ length: 20_000 }, () => {
      const caller = new Caller('insert')
      caller.onGranted = () => pin.checkIn(slot)
      pin.checkOut(caller)
      return caller
    })
    pin.release('cursor')
    pin.checkIn(slot)
    assert.ok(callers.every(caller => caller.slot === slot))
    assert.deepEqual(subject.take(), ['connectionCheckedIn'])
  })

  test('is what it was when its backend’s other connections are cleared, and closes as stale when it comes back', () => {
    const serviceId = newServiceId()
    const { subject, slot, pin, ask } = pinned({}, serviceId)
    pin.checkIn(slot)
    subject.pool.clear({ cause: reset, interruptInUse: false, serviceId })
    assert.equal(ask('getMore').slot, slot)
    pin.checkIn(slot)
    assert.deepEqual(subject.take(), ['connectionPoolCleared'])
    pin.release('cursor')
    assert.deepEqual(subject.take(), ['connectionCheckedIn', 'connectionClosed'])
  })

  test('ends with a pool that is closed at once, and its holder may let go of it then', () => {
    const { subject, connection, slot, pin } = pinned()
    pin.checkIn(slot)
    subject.pool.close({ interruptInUse: true })
    assert.deepEqual(subject.take(), ['connectionPoolClosed', 'connectionCheckedIn', 'connectionClosed'])
    assert.ok(connection.abandonedWith !== undefined)
    assert.equal(pin.isWhole, false)
    pin.release('cursor')
    assert.deepEqual(subject.take(), [])
  })

  test('is told apart in snapshots', () => {
    const { subject, slot, pin } = pinned()
    const transaction = subject.checkOut('insert')
    subject.dial(2).land(newServiceId())
    new PinnedConnection(subject.pool, transaction.slot as PooledConnection, 'transaction')
    const counts = () => {
      const { checkedOut, checkedOutByCursors, checkedOutByTransactions } = subject.pool.snapshot()
      return [checkedOut, checkedOutByCursors, checkedOutByTransactions]
    }
    assert.deepEqual(counts(), [2, 1, 1])
    assert.deepEqual(
      subject.pool.connections().map(({ pinnedFor }) => pinnedFor),
      ['cursor', 'transaction']
    )
    pin.checkIn(slot)
    pin.release('cursor')
    assert.deepEqual(counts(), [1, 0, 1])
    assert.deepEqual(
      subject.pool.connections().map(({ pinnedFor }) => pinnedFor),
      [undefined, 'transaction']
    )
    subject.checkOut('find')
    assert.deepEqual(counts(), [2, 0, 1], 'the next who has it has it for an operation')
  })

  test('is counted in the specification’s words by the error of who waited for another one in vain', async () => {
    const { subject } = pinned({ maxPoolSize: 2, waitQueueTimeoutMS: 50 })
    await subject.runtime.run(async () => {
      const transaction = subject.checkOut('insert')
      subject.dial(2).land(newServiceId())
      const kept = new PinnedConnection(subject.pool, transaction.slot as PooledConnection, 'transaction')
      const inVain = subject.checkOut('find')
      await subject.runtime.sleep(51)
      const { error } = inVain
      assert.ok(error instanceof MongoWaitQueueTimeoutError)
      assert.ok(
        error.message.includes(
          'maxPoolSize: 2, connections in use by cursors: 1, connections in use by transactions: 1, ' +
            'connections in use by other operations: 0. Open cursors and transactions have a connection each to themselves'
        ),
        error.message
      )
      const { loadBalanced, inUse, inUseByCursors, inUseByTransactions } = error.pool
      assert.deepEqual([loadBalanced, inUse, inUseByCursors, inUseByTransactions], [true, 2, 1, 1])
      kept.release('transaction')
    })
  })
})

type Step = 'ask' | 'giveBack' | 'giveUp' | 'release' | 'break' | 'clear'
const steps: readonly Step[] = [
  'ask',
  'ask',
  'ask',
  'giveBack',
  'giveBack',
  'giveBack',
  'giveUp',
  'release',
  'break',
  'clear'
]

test('whatever happens to it, it is checked in once, and who asked was served or refused', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...steps), { maxLength: 40 }), sequence => {
      const serviceId = newServiceId()
      const { subject, connection, slot, pin, ask } = pinned({}, serviceId)
      const callers: Caller[] = []
      let served = 0
      const give: Record<Step, () => void> = {
        ask: () => callers.push(ask('getMore')),
        giveBack: () => {
          if (!pin.isFree) {
            served++
            pin.checkIn(slot)
          }
        },
        giveUp: () => {
          const waits = callers.find(({ waitQueue }) => waitQueue !== undefined)
          if (waits !== undefined) assert.equal(pin.withdraw(waits, 'aborted', reset), true)
        },
        release: () => pin.release('cursor'),
        break: () => {
          connection.broken = reset
        },
        clear: () => subject.pool.clear({ cause: reset, interruptInUse: false, serviceId })
      }
      for (const step of sequence) give[step]()
      pin.release('cursor')
      while (!pin.isFree) give.giveBack()
      const told = subject.take()
      assert.equal(told.filter(kind => kind === 'connectionCheckedIn').length, 1)
      const { counters, checkedOut, checkedOutByCursors } = subject.pool.snapshot()
      assert.deepEqual(
        [counters.checkedOutAfterWait, counters.checkedIn, checkedOut, checkedOutByCursors],
        [1, 1, 0, 0]
      )
      // The first was the operation that it was checked out for.
      assert.equal(served - 1, callers.filter(caller => caller.slot !== undefined).length)
      for (const caller of callers) assert.ok((caller.slot === undefined) !== (caller.error === undefined))
    })
  )
})
