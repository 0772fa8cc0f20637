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

test('each sum that does not come out is a sentence with both sides', () => {
  assert.deepEqual(imbalances({ ...balanced, connectionCheckOutFailed: 1 }), [
    '9 check-outs started, but 7 checked out and 1 failed'
  ])
  assert.deepEqual(imbalances({ ...balanced, connectionCheckedIn: 6 }), ['7 checked out, but 6 checked in'])
  assert.deepEqual(imbalances({ ...balanced, connectionClosed: 2 }), ['3 connections created, but 2 closed'])
  assert.deepEqual(imbalances({ ...balanced, connectionPoolClosed: 0 }), ['1 pools created, but 0 closed'])
})

test('books without a check-out balance nothing', () => {
  const none = Object.fromEntries(Object.keys(balanced).map(name => [name, 0])) as EventCounts
  assert.deepEqual(imbalances(none), ['no check-out was started: nothing was counted'])
})
