import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { importTimes, weightOf, weightRows, weightsIn, weightTable } from '../../tools/weight.ts'

/** How far a figure of README may be from what is measured. */
const toleranceShare = 0.1

test('README tells what the package weighs, beside the official driver (node dist/tools/weight.js --write)', () => {
  const measured = weightRows('.')
  const told = weightsIn(readFileSync('README.md', 'utf8'))
  assert.deepEqual(
    told.map(({ what }) => what),
    measured.map(({ what }) => what)
  )
  for (const [index, { what, ours, theirs }] of measured.entries()) {
    const row = told[index]
    for (const [is, says] of [
      [ours, row?.ours ?? Number.NaN],
      [theirs, row?.theirs ?? Number.NaN]
    ] as const)
      assert.ok(Math.abs(says - is) <= is * toleranceShare, `${what}: README says ${says}, measured is ${is}`)
  }
})

test('the tree has what the package depends on through others, each package once', () => {
  const { packages } = weightOf('node_modules/@mongodb-js/saslprep')
  assert.deepEqual(packages.toSorted(), ['@mongodb-js/saslprep', 'memory-pager', 'sparse-bitfield'])
})

test('a table that was written is read as it was', () => {
  const rows = [{ what: 'kilobytes', ours: 1234, theirs: 5 }]
  assert.deepEqual(weightsIn(`before\n\n${weightTable(rows)}\n\nafter`), rows)
})

test('the times of the import are found on the page of the benchmarks, with and without peers of other languages', () => {
  const alone = '| workload | must | cenote | official |\n| --- | --- | --- | --- |\n| import | 0.4 | 43 | 97 |'
  const peers =
    '| workload | must | cenote | official | Go |\n| --- | --- | --- | --- | --- |\n| import | 0.4 | 43 | 97 |  |'
  for (const page of [alone, peers]) assert.deepEqual(importTimes(page), { ours: 43, theirs: 97 })
  assert.deepEqual(importTimes(''), { ours: Number.NaN, theirs: Number.NaN })
})
