import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { AbortWatch } from '../../src/operations/abort_watch.ts'

function listeners({ signal }: AbortController): number {
  return getEventListeners(signal, 'abort').length
}

class Member {
  readonly reasons: unknown[] = []
  meanwhile: () => void = () => undefined

  aborted(reason: unknown): void {
    this.reasons.push(reason)
    this.meanwhile()
  }
}

test('one listener serves all that wait for a signal, and goes with the last of them', () => {
  const watch = new AbortWatch()
  const controller = new AbortController()
  const members = Array.from({ length: 20 }, () => new Member())
  for (const member of members) watch.join(controller.signal, member)
  assert.equal(listeners(controller), 1)
  for (const member of members.slice(1)) watch.leave(controller.signal, member)
  assert.equal(listeners(controller), 1)
  for (const member of members) watch.leave(controller.signal, member)
  assert.equal(listeners(controller), 0)
})

test('each is told the reason once, and nothing is left', () => {
  const watch = new AbortWatch()
  const controller = new AbortController()
  const members = [new Member(), new Member()]
  for (const member of members) watch.join(controller.signal, member)
  controller.abort('enough')
  controller.abort('again')
  for (const { reasons } of members) assert.deepEqual(reasons, ['enough'])
  assert.equal(listeners(controller), 0)
})

test('who leaves while others are told is not told, and leaving afterwards does nothing', () => {
  const watch = new AbortWatch()
  const controller = new AbortController()
  const [first, second] = [new Member(), new Member()]
  first.meanwhile = () => watch.leave(controller.signal, second)
  watch.join(controller.signal, first)
  watch.join(controller.signal, second)
  // Told apart from another signal's.
  const other = new AbortController()
  watch.join(other.signal, first)
  controller.abort('enough')
  watch.leave(controller.signal, first)
  assert.deepEqual([first.reasons, second.reasons], [['enough'], []])
  assert.equal(listeners(other), 1)
})
