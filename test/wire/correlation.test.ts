import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Correlation, RequestIds, WireViolationError } from '../../src/wire/index.ts'
import { peer } from './messages.ts'

test('the reply to the request is accepted, once', () => {
  const correlation = new Correlation(peer)
  assert.equal(correlation.isOpen, false)
  correlation.expect(5)
  assert.equal(correlation.isOpen, true)
  correlation.accept(5, 900, false)
  assert.equal(correlation.isOpen, false)
  assert.throws(() => correlation.accept(5, 901, false), /reply to 5, and nothing was asked/)
})

test('a reply to another request is refused, with both ids', () => {
  const correlation = new Correlation(peer)
  correlation.expect(5)
  assert.throws(
    () => correlation.accept(4, 900, false),
    (error: unknown) =>
      error instanceof WireViolationError && error.observed === 4 && error.expected === 5 && error.peer === peer
  )
})

test('of streamed replies each has to answer the one before it', () => {
  const correlation = new Correlation(peer)
  correlation.expect(5)
  correlation.accept(5, 900, true)
  correlation.accept(900, 901, true)
  correlation.accept(901, 902, false)
  assert.equal(correlation.isOpen, false)
})

test("a server that repeats the first request's id while replies stream is refused", () => {
  const correlation = new Correlation(peer)
  correlation.expect(5)
  correlation.accept(5, 900, true)
  assert.throws(() => correlation.accept(5, 901, true), /reply to 5; the reply to 900 is due/)
})

test('request ids go up, wrap within int32 and are never 0', () => {
  const ids = new RequestIds()
  assert.deepEqual([ids.next(), ids.next()], [1, 2])
  const wrapping = new RequestIds(2 ** 31 - 2)
  assert.deepEqual([wrapping.next(), wrapping.next()], [2 ** 31 - 1, -(2 ** 31)])
  const passing = new RequestIds(-2)
  assert.deepEqual([passing.next(), passing.next()], [-1, 1])
})
