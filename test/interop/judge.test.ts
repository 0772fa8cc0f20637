import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entriesWithoutCase, judge, text, withoutTexts } from '../../interop/judge.ts'
import { untold } from '../integration/cases/case.ts'

const error = { error: 'MongoServerError', message: 'ours', code: 11_000, writeErrors: [{ index: 0, errmsg: 'ours' }] }
const reason = 'it is theirs'

test('a result as expected passes, another fails and shows both', () => {
  assert.deepEqual(judge({ a: 1 }, { a: 1 }, undefined), { outcome: 'passed', reason: '' })
  assert.deepEqual(judge({ a: 2 }, { a: 1 }, undefined), { outcome: 'failed', reason: '{"a":2}\nis not\n{"a":1}' })
})

test('without an entry the text of an error counts', () => {
  assert.equal(judge({ ...error, message: 'theirs' }, error, undefined).outcome, 'failed')
})

test('an entry without a result allows other texts of errors, at any depth, and nothing else', () => {
  const otherTexts = { ...error, message: 'theirs', writeErrors: [{ index: 0, errmsg: 'theirs' }] }
  assert.deepEqual(judge(otherTexts, error, { reason }), { outcome: 'deviates', reason })
  assert.equal(judge({ ...otherTexts, code: 1 }, error, { reason }).outcome, 'failed')
})

test('an entry with a result allows that result, and no third one', () => {
  const deviation = { reason, result: { thrown: 'MongoServerError', message: text } }
  assert.equal(judge({ thrown: 'MongoServerError', message: 'any' }, [1], deviation).outcome, 'deviates')
  assert.equal(judge({ thrown: 'MongoError', message: 'any' }, [1], deviation).outcome, 'failed')
  assert.equal(judge([2], [1], deviation).outcome, 'failed')
})

test('a result of undefined is a result', () => {
  assert.equal(judge(undefined, 1, { reason, result: undefined }).outcome, 'deviates')
  assert.equal(judge(2, 1, { reason, result: undefined }).outcome, 'failed')
})

test('an entry that no longer deviates is a failure, with or without a result', () => {
  for (const deviation of [{ reason }, { reason, result: 2 }]) {
    const judgement = judge(1, 1, deviation)
    assert.equal(judgement.outcome, 'failed')
    assert.match(judgement.reason, /delete the entry/)
  }
})

test('what a server tells nobody is not compared; everything beside it is', () => {
  assert.equal(judge({ open: untold, ids: [1] }, { open: 0, ids: [1] }, undefined).outcome, 'passed')
  assert.equal(judge({ open: untold, ids: [2] }, { open: 0, ids: [1] }, undefined).outcome, 'failed')
  assert.equal(judge({ open: untold }, { open: 0, ids: [1] }, undefined).outcome, 'failed')
})

test('only strings are texts of errors', () => {
  assert.deepEqual(withoutTexts({ message: 1, errmsg: 'x', deep: [{ message: 'y' }] }), {
    message: 1,
    errmsg: text,
    deep: [{ message: text }]
  })
})

test('an entry for which there is no case is found', () => {
  assert.deepEqual(entriesWithoutCase({ here: { reason }, gone: { reason } }, ['here', 'other']), ['gone'])
})
