import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ledger, type Order, orderOf, problemOf } from '../../../src/cli/demo/ledger.ts'

const first = orderOf(0, 1)
const second = orderOf(47, 2)

function ledgerOfTwo(): Ledger {
  const ledger = new Ledger()
  ledger.inserted(first)
  ledger.inserted(second)
  ledger.raised(3)
  ledger.raised(3)
  return ledger
}

test('what is stored as it was acknowledged has no problems', () => {
  assert.deepEqual(ledgerOfTwo().problems([second, first], [{ _id: 3, count: 2 }]), [])
})

test('an order that was acknowledged and is not there is a problem', () => {
  const [problem, ...others] = ledgerOfTwo().problems([first], [{ _id: 3, count: 2 }])
  assert.equal(problem, `order ${second._id} was acknowledged and is lost`)
  assert.deepEqual(others, [])
})

test('an order that is there again after it was deleted is a problem', () => {
  const ledger = ledgerOfTwo()
  ledger.deleted(first)
  assert.deepEqual(ledger.problems([first, second], [{ _id: 3, count: 2 }]), [
    `order ${first._id} was deleted or never written, and is there`
  ])
})

test('an order that differs from what was written is a problem, of whichever reader', () => {
  const changed = { ...first, amount: first.amount + 1 }
  assert.match(
    problemOf(changed) ?? '',
    /^order 1 was written with worker 0 and amount 7919, and read with 0 and 7920$/
  )
  assert.match(problemOf({}) ?? '', /^order NaN was written/)
  assert.equal(problemOf(second), undefined)
  assert.equal(ledgerOfTwo().problems([changed, second], [{ _id: 3, count: 2 }]).length, 1)
})

test('a counter that was raised once too often or not often enough is a problem', () => {
  for (const count of [1, 3])
    assert.deepEqual(ledgerOfTwo().problems([first, second], [{ _id: 3, count }]), [
      `counter 3 was raised 2 times, and stands at ${count}`
    ])
  assert.match(ledgerOfTwo().problems([first, second], [])[0] ?? '', /stands at 0$/)
})

test('what failed may have been applied or not: neither is a problem', () => {
  const ledger = ledgerOfTwo()
  ledger.orderUnknown(second)
  ledger.counterUnknown(3)
  const orders: Order[][] = [[first], [first, second]]
  for (const stored of orders)
    for (const count of [2, 3]) assert.deepEqual(ledger.problems(stored, [{ _id: 3, count }]), [])
  assert.deepEqual(ledger.problems([first], [{ _id: 3, count: 4 }]), [
    'counter 3 was raised 2 times (1 more updates failed), and stands at 4'
  ])
})
