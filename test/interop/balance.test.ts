import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EventCounts, imbalances } from '../../interop/balance.ts'

const balanced: EventCounts = {
  connectionPoolCreated: 1,
  connectionPoolReady: 1,
  connectionPoolCleared: 0,
  connectionPoolClosed: 1,
  connectionCreated: 3,
  connectionReady: 2,
  connectionClosed: 3,
  connectionCheckOutStarted: 9,
  connectionCheckOutFailed: 2,
  connectionCheckedOut: 7,
  connectionCheckedIn: 7
}

test('books that balance have nothing to say', () => {
  assert.deepEqual(imbalances(balanced), [])
})

test('each sum that does not come out is named with what is missing', () => {
  const imbalancesWith = (other: Partial<EventCounts>) => imbalances({ ...balanced, ...other })
  assert.deepEqual(imbalancesWith({ connectionCheckOutFailed: 1 }), [
    'check-outs started - checked out - check-outs failed = 1'
  ])
  assert.deepEqual(imbalancesWith({ connectionCheckedIn: 8 }), ['checked out - checked in = -1'])
  assert.deepEqual(imbalancesWith({ connectionClosed: 2 }), ['connections created - closed = 1'])
  assert.deepEqual(imbalancesWith({ connectionPoolClosed: 0 }), ['pools created - closed = 1'])
})

test('books without a check-out balance nothing', () => {
  const none = Object.fromEntries(Object.keys(balanced).map(name => [name, 0])) as EventCounts
  assert.deepEqual(imbalances(none), ['no check-out was started: nothing was counted'])
})
