/** Scores as the drivers' benchmark specification defines them: megabytes in a second, and averages of those. */
import type { Table } from './report.ts'
import { medianValue, type RowResult } from './results.ts'

const manyWrites = [
  'small-insert-many',
  'large-insert-many',
  'small-bulk',
  'large-bulk',
  'small-client-bulk',
  'large-client-bulk',
  'mixed-client-bulk'
] as const

const composites: Readonly<Record<string, readonly string[]>> = {
  SingleBench: ['find-one', 'small-insert-one', 'large-insert-one'],
  MultiBench: ['find-many', ...manyWrites],
  ReadBench: ['find-one', 'find-many'],
  WriteBench: ['small-insert-one', 'large-insert-one', ...manyWrites]
}

/** Empty where no task of the specification was run. */
export function scoreTable(rows: readonly RowResult[]): Table {
  const tasks = rows.filter(({ workload, notRun }) => workload.kind === 'loop' && workload.scoredBytes && !notRun)
  const lines = tasks.map(row => [row.workload.title, ...sides.map(side => score(row, side))])
  const averages = Object.entries(composites).flatMap(([name, parts]) => {
    const members = parts.map(part => tasks.find(({ workload }) => workload.name === `specification-${part}`))
    if (members.some(member => member === undefined)) return []
    const average = (side: Side): number =>
      members.reduce((sum, member) => sum + (member === undefined ? 0 : score(member, side)), 0) / members.length
    return [[`${name}, of these tasks`, ...sides.map(average)]]
  })
  return {
    head: ['task, MB/s', 'cenote', 'official'],
    rows: [...lines, ...averages].map(([title, ...scores]) => [
      String(title),
      ...scores.map(value => Number(value).toFixed(Number(value) < 10 ? 2 : 0))
    ])
  }
}

const sides = ['cenote', 'mongodb'] as const
type Side = (typeof sides)[number]

function score(row: RowResult, side: Side): number {
  const bytes = row.workload.kind === 'loop' ? (row.workload.scoredBytes ?? 0) : 0
  return ((medianValue(row, side, 'operationsPerSecond') ?? Number.NaN) * bytes) / 1e6
}
