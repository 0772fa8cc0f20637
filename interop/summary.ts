/** What a run has shown, for people. Pure. */
import type { Judgement, Outcome } from './judge.ts'

export interface CaseResult extends Judgement {
  readonly name: string
}

/** One part of a run: a stranger, and what was done with it. */
export interface Part {
  readonly stranger: string
  readonly what: string
  readonly results: readonly CaseResult[]
  readonly seconds: number
  /** What is worth seeing beside the results. */
  readonly notes?: string
}

/** Failures, reasons of deviations, a table, and a last line for programs too: `N passed, N failed, N known deviations`. */
export function summaryOf(parts: readonly Part[]): string {
  const all = parts.flatMap(({ results }) => results)
  const sums = `${count(all, 'passed')} passed, ${count(all, 'failed')} failed, ${count(all, 'deviates')} known deviations`
  const notes = parts.flatMap(each => each.notes ?? [])
  return [...failures(parts), ...deviations(parts), ...notes, table(parts), sums].join('\n\n')
}

/** A run in which nothing ran has shown nothing. */
export function succeeded(parts: readonly Part[]): boolean {
  return parts.length > 0 && parts.every(({ results }) => results.length > 0 && count(results, 'failed') === 0)
}

function failures(parts: readonly Part[]): string[] {
  return parts.flatMap(({ stranger, what, results }) =>
    results
      .filter(({ outcome }) => outcome === 'failed')
      .map(({ name, reason }) => `failed: ${stranger}, ${what}: ${name}\n  ${reason.replaceAll('\n', '\n  ')}`)
  )
}

function deviations(parts: readonly Part[]): string[] {
  return parts.flatMap(({ stranger, what, results }) => {
    const reasons = new Map<string, number>()
    for (const { outcome, reason } of results)
      if (outcome === 'deviates') reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    if (reasons.size === 0) return []
    return [
      [
        `known deviations: ${stranger}, ${what}`,
        ...[...reasons].map(([reason, cases]) => `  ${cases}  ${reason}`)
      ].join('\n')
    ]
  })
}

const headings = ['stranger', 'what', 'cases', 'passed', 'failed', 'known deviations', 'seconds']
const textColumns = 2

function table(parts: readonly Part[]): string {
  const rows = parts.map(({ stranger, what, results, seconds }) => [
    stranger,
    what,
    String(results.length),
    ...(['passed', 'failed', 'deviates'] as const).map(outcome => String(count(results, outcome))),
    seconds.toFixed(1)
  ])
  const all = [headings, ...rows]
  const widths = headings.map((_, column) => Math.max(...all.map(row => row[column]?.length ?? 0)))
  return all
    .map(row =>
      row
        .map((cell, column) =>
          column < textColumns ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
        )
        .join('  ')
    )
    .join('\n')
}

function count(results: readonly CaseResult[], outcome: Outcome): number {
  return results.filter(result => result.outcome === outcome).length
}
