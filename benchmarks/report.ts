/** The tables, for a terminal and for a page. */
import type { Measure } from './measures.ts'
import { medianValue, ratioTo, type RowResult, type Side, verdictOf } from './results.ts'

export interface Table {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

const sideNames: Readonly<Record<Side, string>> = {
  cenote: 'cenote',
  mongodb: 'official',
  go: 'Go',
  rust: 'Rust',
  sockets: 'sockets'
}

/** Each row's ratio with its targets and what it was made from. */
export function ratioTable(rows: readonly RowResult[], sides: readonly Side[]): Table {
  const peers = sides.filter(side => side !== 'cenote')
  const foreign = peers.filter(side => side !== 'mongodb')
  return {
    head: [
      'workload',
      'must',
      'aim',
      'ratio [quartiles] (range)',
      '',
      'measured',
      ...sides.map(side => sideNames[side]),
      ...foreign.map(side => `to ${sideNames[side]}`)
    ],
    rows: rows.map(row => {
      const { title, target = {}, judgedBy } = row.workload
      if (row.notRun !== undefined) return [title, '', '', `not run: ${row.notRun}`]
      const { mustRatio, aimRatio, mustMost } = target
      return [
        title,
        mustMost === undefined ? figure(mustRatio) : `≤ ${valueText(mustMost, judgedBy)}`,
        figure(aimRatio),
        ratioText(row, 'mongodb'),
        verdictText(row),
        measureNames[judgedBy],
        ...sides.map(side => valueText(medianValue(row, side, judgedBy), judgedBy)),
        ...foreign.map(side => figure(ratioTo(side, row)?.median))
      ]
    })
  }
}

const details: readonly Measure[] = ['operationsPerSecond', 'p50US', 'p99US', 'p999US', 'bytes', 'promises', 'rssMB']

/** What else was measured, cenote's and the official driver's beside each other. */
export function detailTable(rows: readonly RowResult[]): Table {
  const pair = (row: RowResult, measure: Measure): string => {
    const [ours, theirs] = (['cenote', 'mongodb'] as const).map(side => medianValue(row, side, measure))
    return ours === undefined && theirs === undefined
      ? ''
      : `${shortText(ours, measure)} / ${shortText(theirs, measure)}`
  }
  return {
    head: ['workload, cenote / official', ...details.map(measure => measureNames[measure])],
    rows: rows
      .filter(row => row.notRun === undefined && row.workload.kind === 'loop')
      .map(row => [row.workload.title, ...details.map(measure => pair(row, measure))])
  }
}

const measureNames: Readonly<Record<Measure, string>> = {
  cpuUS: 'CPU, µs',
  operationsPerSecond: 'operations/s',
  p50US: 'p50, µs',
  p99US: 'p99, µs',
  p999US: 'p99.9, µs',
  rssMB: 'RSS, MB',
  bytes: 'bytes',
  promises: 'promises',
  elapsedMS: 'time, ms',
  heldBytes: 'heap, kB'
}

function valueText(value: number | undefined, measure: Measure): string {
  return figure(measure === 'heldBytes' && value !== undefined ? value / 1000 : value)
}

function shortText(value: number | undefined, measure: Measure): string {
  return measure === 'promises' ? (value?.toFixed(1) ?? '–') : figure(value) || '–'
}

/** Three figures that count. */
function figure(value: number | undefined): string {
  if (value === undefined) return ''
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return Number(value.toFixed(Math.min(digits, 3))).toLocaleString('en')
}

function ratioText(row: RowResult, peer: Side): string {
  const spread = ratioTo(peer, row)
  if (spread === undefined) return ''
  const [median, lower, upper, min, max] = [
    spread.median,
    spread.lowerQuartile,
    spread.upperQuartile,
    spread.min,
    spread.max
  ].map(value => value.toFixed(value < 0.995 ? 3 : 2))
  return `${median} [${lower}–${upper}] (${min}–${max})`
}

function verdictText(row: RowResult): string {
  const verdict = verdictOf(row)
  if (verdict === undefined) return ''
  return { aim: 'aim reached', must: 'reached', missed: 'missed' }[verdict]
}

/** What follows from several rows together. */
export function conclusions(rows: readonly RowResult[]): string[] {
  const row = (name: string): RowResult | undefined =>
    rows.find(({ workload, notRun }) => workload.name === name && notRun === undefined)
  const lines: string[] = []
  for (const manner of ['one-cpu', '10', '500']) {
    const kept = row(`find-one-${manner}`)
    const fresh = row(`handle-${manner}`)
    if (kept === undefined || fresh === undefined) continue
    const times = (medianValue(fresh, 'cenote', 'cpuUS') ?? NaN) / (medianValue(kept, 'cenote', 'cpuUS') ?? NaN)
    lines.push(`findOne ${manner}: a new handle for each call costs ${times.toFixed(2)} times a kept one (must: 1.3).`)
  }
  for (const name of ['ping-500', 'find-one-500']) {
    const found = row(name)
    if (found === undefined) continue
    const p99 = medianValue(found, 'cenote', 'p99US') ?? NaN
    const p50 = medianValue(found, 'mongodb', 'p50US') ?? NaN
    lines.push(
      `${name}: cenote's p99 is ${figure(p99)} µs, the official driver's p50 ${figure(p50)} µs (must: no more).`
    )
  }
  for (const peer of ['go', 'rust'] as const)
    for (const name of ['ping-one-cpu', 'find-one-one-cpu']) {
      const found = row(name)
      const spread = found === undefined ? undefined : ratioTo(peer, found)
      if (spread === undefined) continue
      lines.push(
        `${name}: cenote's CPU is ${spread.median.toFixed(2)} times the ${sideNames[peer]} driver's (must: less than 1).`
      )
    }
  return lines
}

export function asText({ head, rows }: Table): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map(row => (row[column] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [head, head.map((_, column) => '─'.repeat(widths[column] ?? 0)), ...rows].map(line).join('\n')
}

export function asMarkdown({ head, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const filled = rows.map(row => head.map((_, column) => row[column] ?? ''))
  return [head, head.map(() => '---'), ...filled].map(line).join('\n')
}
