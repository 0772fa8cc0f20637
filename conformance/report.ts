import { folderOf, type Outcome, type Result } from './results.ts'
import type { Suites } from './suites.ts'

/**
 * The whole report, for people: what ran by suite, what is not built by folder, each failure, the reasons of skips. Its
 * last line is for programs too: `N passed, N failed, N skipped`.
 */
export function reportOf(results: readonly Result[], suites: Suites): string {
  const sections = [ran(results), notBuilt(results, suites), failures(results), skipped(results)]
  const sums = `${count(results, 'passed')} passed, ${count(results, 'failed')} failed, ${count(results, 'skipped')} skipped`
  return [...sections.filter(section => section !== ''), sums].join('\n\n')
}

function ran(results: readonly Result[]): string {
  const bySuite = grouped(
    results.filter(result => result.outcome !== 'not-built'),
    result => result.suite
  )
  if (bySuite.size === 0) return ''
  const rows = [...bySuite].map(([suite, own]) => [
    suite,
    filesOf(own),
    own.length,
    count(own, 'passed'),
    count(own, 'failed'),
    count(own, 'skipped')
  ])
  return table([['suite', 'files', 'cases', 'passed', 'failed', 'skipped'], ...rows])
}

function notBuilt(results: readonly Result[], suites: Suites): string {
  const byFolder = grouped(
    results.filter(result => result.outcome === 'not-built'),
    result => folderOf(result.file, suites) ?? ''
  )
  if (byFolder.size === 0) return ''
  const rows = [...byFolder].map(([folder, own]) => [folder, filesOf(own), own.length, own[0]?.reason ?? ''])
  return table([['not built', 'files', 'cases', ''], ...rows])
}

function failures(results: readonly Result[]): string {
  return results
    .filter(result => result.outcome === 'failed')
    .map(result => `failed: ${result.file}: ${result.case}\n  ${result.reason.replaceAll('\n', '\n  ')}`)
    .join('\n')
}

function skipped(results: readonly Result[]): string {
  const byReason = grouped(
    results.filter(result => result.outcome === 'skipped'),
    result => result.reason
  )
  if (byReason.size === 0) return ''
  return table([['skipped', 'cases'], ...[...byReason].map(([reason, own]) => [reason, own.length])])
}

function grouped(results: readonly Result[], keyOf: (result: Result) => string): ReadonlyMap<string, Result[]> {
  const groups = new Map<string, Result[]>()
  for (const result of results) {
    const key = keyOf(result)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [result])
    else group.push(result)
  }
  return groups
}

function count(results: readonly Result[], outcome: Outcome): number {
  return results.filter(result => result.outcome === outcome).length
}

function filesOf(results: readonly Result[]): number {
  return new Set(results.map(result => result.file)).size
}

/** Texts to the left, numbers to the right, under their headings. */
function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => String(row[column]).length)))
  const numeric = widths.map((_, column) => typeof rows.at(-1)?.[column] === 'number')
  return rows
    .map(row =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0
          return numeric[column] === true ? String(cell).padStart(width) : String(cell).padEnd(width)
        })
        .join('  ')
        .trimEnd()
    )
    .join('\n')
}
