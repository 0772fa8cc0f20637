import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ratioPlot } from './plot.ts'
import { asMarkdown, detailTable, ratioTable } from './report.ts'
import type { RowResult, Side } from './results.ts'
import { scoreTable } from './specification_scores.ts'

const folder = fileURLToPath(new URL('../../docs/benchmarks/', import.meta.url))

export interface PageContent {
  readonly rows: readonly RowResult[]
  readonly sides: readonly Side[]
  /** What the numbers depend on. */
  readonly machine: readonly string[]
  readonly conclusions: readonly string[]
  readonly command: string
  readonly pairs: number
}

/** Writes `docs/benchmarks/`: the page and its plot. */
export function writePage(content: PageContent): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}ratios.svg`, ratioPlot(content.rows))
  writeFileSync(`${folder}README.md`, page(content))
}

/** The page, made whole from one run. */
export function page({ rows, sides, machine, conclusions, command, pairs }: PageContent): string {
  return `# Benchmarks

Made by \`${command}\`; do not edit it by hand.

${machine.map(line => `- ${line}`).join('\n')}

cenote and its peers take turns, ${pairs} rounds, each time in a fresh process and against a fresh server; rows that take long, and
the specification's, have no more than ${Math.min(pairs, 3)}. The server answers
with replies that were made beforehand, as a primary of MongoDB 8.2 would: with a signed cluster time in each. Client and
server are two processes on one machine; in the rows of one CPU they are bound to the same. Options are each driver's
defaults but for the size of the pool, 10. CPU is user and system time of the client's process, garbage collection included,
for an operation, after a warm-up. A ratio is cenote's share of what the official driver needs: the median of the rounds'
ratios, their quartiles, and the smallest and largest of them. Ratios can be compared between machines; times cannot. Where a
row does one thing once, the column "measured" says what was measured.

## Ratios

![cenote's CPU as a share of the official driver's](ratios.svg)

A line marks what cenote must reach, a dotted one what it aims at; a thin one is the range of the rounds.

${asMarkdown(ratioTable(rows, sides))}

${conclusions.map(line => `- ${line}`).join('\n')}

## Throughput, latency and garbage

Latencies are from a part of each run of its own, since looking at the clock costs too. Bytes are what the heap grows by, and
promises what is made, for an operation, those of the caller's own \`await\` included: each counted in one process more.

${asMarkdown(detailTable(rows))}

## The drivers' benchmark specification

Tasks of "Performance Benchmarking" with one document and with many, by its documents and sizes, against the same server; a
score is megabytes in a second, the median of the rounds, each shorter than the specification's minute. Its tasks for
GridFS and parallel files are not measured here, those for BSON measure a library that both drivers share, and a
collection's bulk write of mixed operations would be 30,000 commands.

${asMarkdown(scoreTable(rows))}
`
}
