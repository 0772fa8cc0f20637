import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flagsOf, Refusal } from '../../benchmarks/command_line.ts'
import type { Measured } from '../../benchmarks/measures.ts'
import { page } from '../../benchmarks/page.ts'
import { ratioPlot } from '../../benchmarks/plot.ts'
import { asMarkdown, asText, ratioTable } from '../../benchmarks/report.ts'
import { ratioTo, type RowResult, verdictOf } from '../../benchmarks/results.ts'
import { scoreTable } from '../../benchmarks/specification_scores.ts'
import { spreadOf } from '../../benchmarks/statistics.ts'
import { workloads } from '../../benchmarks/workloads/index.ts'

function row(name: string, ours: readonly Measured[], theirs: readonly Measured[]): RowResult {
  const workload = workloads.find(each => each.name === name)
  assert.ok(workload !== undefined)
  const runs = new Map([
    ['cenote', ours],
    ['mongodb', theirs]
  ] as const)
  return { workload, runs, costs: new Map(), operations: 1 }
}

function cpu(...values: number[]): Measured[] {
  return values.map(cpuUS => ({ cpuUS }))
}

test('a spread has the median, the quartiles between values in proportion, and the ends', () => {
  assert.deepEqual(spreadOf([4, 1, 3, 2]), { min: 1, lowerQuartile: 1.75, median: 2.5, upperQuartile: 3.25, max: 4 })
  assert.deepEqual(spreadOf([5]), { min: 5, lowerQuartile: 5, median: 5, upperQuartile: 5, max: 5 })
  assert.equal(spreadOf([]), undefined)
})

test('the ratio is the median of the ratios of each round, not the ratio of the medians', () => {
  const spread = ratioTo('mongodb', row('ping-10', cpu(10, 20, 90), cpu(100, 100, 300)))
  assert.equal(spread?.median, 0.2)
  assert.deepEqual([spread?.min, spread?.max], [0.1, 0.3])
})

test('a row says which target it reaches: none, the promised or the hoped for', () => {
  const verdict = (ours: number): unknown => verdictOf(row('ping-one-cpu', cpu(ours), cpu(100)))
  assert.deepEqual([verdict(21), verdict(20), verdict(17), verdict(16)], ['missed', 'must', 'must', 'aim'])
})

test('a row with a limit of its own is not judged by its ratio', () => {
  const verdict = (elapsedMS: number): unknown => verdictOf(row('spike', [{ elapsedMS }], [{ elapsedMS: 1 }]))
  assert.deepEqual([verdict(10), verdict(10.1)], ['must', 'missed'])
})

test('the tables name what was measured, with three figures, and say why a row was not run', () => {
  const table = ratioTable(
    [row('ping-10', cpu(12.345), cpu(98.76)), { ...row('tweet-10', [], []), notRun: 'no tweet' }],
    ['cenote', 'mongodb']
  )
  assert.match(asText(table), /ping, 10 in flight +0\.17 +0\.13 +0\.125 .* aim reached +CPU, µs +12\.3 +98\.8$/m)
  assert.match(asMarkdown(table), /^\| findOne of a tweet, 10 in flight \| .* not run: no tweet \|/m)
})

test('the page and the plot show each row with its targets', () => {
  const rows = [
    row('ping-10', cpu(12), cpu(100)),
    row('find-one-10', cpu(30), cpu(100)),
    row('mixed-100', cpu(1), cpu(2))
  ]
  const content = { rows, machine: ['a machine'], conclusions: ['a conclusion'], command: 'a command', pairs: 1 }
  const text = page({ ...content, sides: ['cenote', 'mongodb'] })
  for (const part of ['`a command`', '- a machine', '- a conclusion', '| ping, 10 in flight | 0.17 | 0.13 | 0.120 '])
    assert.ok(text.includes(part), part)
  const plot = ratioPlot(rows)
  for (const { workload } of rows) assert.ok(plot.includes(`>${workload.title}</text>`))
  assert.equal(plot.match(/stroke-width="2"\/>/g)?.length, 2, 'what must be reached, of two rows')
  assert.equal(plot.match(/stroke-dasharray/g)?.length, 2, 'what is aimed at, of two rows')
})

test('the scores are megabytes in a second, and composites averages of tasks that were all run', () => {
  const rate = (operationsPerSecond: number): Measured[] => [{ operationsPerSecond }]
  const findOne = row('specification-find-one', rate(1_000), rate(500))
  const findMany = row('specification-find-many', rate(1), rate(0.5))
  assert.deepEqual(scoreTable([findOne, row('ping-10', rate(1), rate(1))]).rows, [
    ['specification: find one by _id', '1.62', '0.81']
  ])
  assert.deepEqual(scoreTable([findOne, findMany]).rows, [
    ['specification: find one by _id', '1.62', '0.81'],
    ['specification: find many', '16', '8.11'],
    ['ReadBench, of these tasks', '8.92', '4.46']
  ])
})

test('names of workloads are unique', () => {
  const names = workloads.map(({ name }) => name)
  assert.deepEqual(names, [...new Set(names)])
})

test('a flag that is wrong is refused with what it takes', () => {
  assert.throws(() => flagsOf(['--pairs', '0']), new Refusal('--pairs takes a number of at least 1, not "0"'))
  assert.throws(() => flagsOf(['--seconds', 'x']), new Refusal('--seconds takes a number of at least 0, not "x"'))
  assert.throws(() => flagsOf(['--peer', 'java']), new Refusal('--peer takes go or rust or sockets, not "java"'))
  assert.throws(() => flagsOf(['--what']), /Unknown option '--what'[\s\S]*npm run bench/)
})
