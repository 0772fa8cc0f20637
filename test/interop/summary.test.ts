import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CaseResult, succeeded, summaryOf } from '../../interop/summary.ts'

const passed: CaseResult = { name: 'finds', outcome: 'passed', reason: '' }
const failed: CaseResult = { name: 'writes', outcome: 'failed', reason: 'one\ntwo' }
const deviating: CaseResult = { name: 'sorts', outcome: 'deviates', reason: 'by hand' }

function partOf(results: readonly CaseResult[]) {
  return { stranger: 'other', what: 'cases', results, seconds: 1.25 }
}

test('the summary names each failure, counts the reasons of deviations, and ends with a line for programs', () => {
  const text = summaryOf([partOf([passed, failed, deviating, deviating]), partOf([passed])])
  assert.equal(
    text,
    [
      'failed: other, cases: writes\n  one\n  two',
      'known deviations: other, cases\n  2  by hand',
      [
        'stranger  what   cases  passed  failed  known deviations  seconds',
        'other     cases      4       1       1                 2      1.3',
        'other     cases      1       1       0                 0      1.3'
      ].join('\n'),
      '2 passed, 1 failed, 2 known deviations'
    ].join('\n\n')
  )
})

test('a run succeeds when nothing failed and each part ran something', () => {
  assert.equal(succeeded([partOf([passed, deviating])]), true)
  assert.equal(succeeded([partOf([passed]), partOf([failed])]), false)
  assert.equal(succeeded([partOf([passed]), partOf([])]), false)
  assert.equal(succeeded([]), false)
})
