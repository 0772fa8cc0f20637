import assert from 'node:assert/strict'
import type { PoolLimits, PoolMachine } from '../../src/pool/machine.ts'
import type { PooledConnection, SlotList } from '../../src/pool/slots.ts'
import type { Waiter } from '../../src/pool/wait_queue.ts'

/** What holds after every step of a pool, whatever happened. */
export function assertInvariants(machine: PoolMachine, limits: PoolLimits, nowMS: number): void {
  const { slots, queue, state } = machine
  const pending = membersOf(slots.pending, 'pending')
  const idle = membersOf(slots.idle, 'idle')
  const inUse = membersOf(slots.inUse, 'inUse')
  assert.equal(slots.total, pending.length + idle.length + inUse.length, 'total = pending + available + in use')
  assert.ok(pending.length <= limits.maxConnecting, 'maxConnecting is never exceeded')
  assert.ok(limits.maxPoolSize === 0 || slots.total <= limits.maxPoolSize, 'maxPoolSize is never exceeded')

  const waiters = waitersOf(machine)
  assert.ok(idle.length === 0 || waiters.length === 0, 'nobody waits while a connection is idle')
  if (state !== 'ready') {
    assert.equal(pending.length, 0, `a ${state} pool dials nothing`)
    assert.equal(idle.length, 0, `a ${state} pool keeps nothing`)
    assert.equal(waiters.length, 0, `nobody waits for a ${state} pool`)
  }
  for (const slot of [...pending, ...idle])
    assert.ok(!machine.isStale(slot), 'nothing pending or idle is older than the last clear')
  if (limits.maxIdleTimeMS > 0)
    for (const slot of idle) assert.ok(nowMS - slot.idleSinceMS <= limits.maxIdleTimeMS, 'nothing is idle for too long')

  assertOwners(waiters, pending, queue.spareDials)
  if (machine.draining) {
    assert.equal(idle.length, 0, 'a draining pool keeps nothing')
    assert.equal(queue.spareDials.size, 0, 'a draining pool dials for waiters only')
  }
  const room = pending.length < limits.maxConnecting && (limits.maxPoolSize === 0 || slots.total < limits.maxPoolSize)
  if (state === 'ready' && room)
    assert.ok(pending.length >= waiters.length, 'whoever waits has a dial while the limits allow one')
  assertCounters(machine, waiters.length)
}

/** With k dials pending, each of the first k waiters owns one; a dial is spare only while every waiter owns one. */
function assertOwners(waiters: Waiter[], pending: PooledConnection[], spare: ReadonlySet<PooledConnection>): void {
  const owners = Math.min(waiters.length, pending.length)
  const owned = new Set<PooledConnection>()
  waiters.forEach((waiter, index) => {
    const dial = waiter.waitDial
    assert.equal(
      dial !== undefined,
      index < owners,
      `waiter ${index + 1} of ${waiters.length}, ${pending.length} dials`
    )
    if (dial === undefined) return
    assert.equal(dial.owner, waiter)
    assert.equal(dial.member, 'pending')
    owned.add(dial)
  })
  assert.equal(owned.size, owners, 'no dial has two owners')
  assert.deepEqual(
    pending
      .filter(dial => !owned.has(dial))
      .map(dial => dial.id)
      .sort(byNumber),
    [...spare].map(dial => dial.id).sort(byNumber),
    'a dial that nobody owns is spare'
  )
}

function assertCounters(machine: PoolMachine, waiting: number): void {
  const { counters, slots } = machine
  const closed = sum(counters.connectionsClosed)
  assert.equal(counters.connectionsCreated - closed, slots.total, 'created − closed = total')
  const served = counters.checkedOutAtOnce + counters.checkedOutAfterWait
  assert.equal(
    counters.checkOutsStarted,
    served + sum(counters.checkOutsFailed) + waiting,
    'each check-out has one end'
  )
  assert.equal(served - counters.checkedIn, slots.inUse.size, 'checked out − checked in = in use')
}

function membersOf(list: SlotList, member: string): PooledConnection[] {
  const members = [...list]
  assert.equal(members.length, list.size)
  assert.equal(members.at(-1), list.newest)
  for (const slot of members) assert.equal(slot.member, member)
  return members
}

function waitersOf(machine: PoolMachine): Waiter[] {
  const waiters: Waiter[] = []
  for (let waiter = machine.queue.head; waiter !== undefined; waiter = waiter.waitNext) {
    assert.equal(waiter.waitPrevious, waiters.at(-1))
    assert.equal(waiter.waitQueue, machine.queue)
    waiters.push(waiter)
  }
  assert.equal(waiters.length, machine.queue.size)
  return waiters
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

function byNumber(a: number, b: number): number {
  return a - b
}
