import { describe } from './describe.ts'
import { expectation } from './option_problem.ts'
import type { OptionRow } from './option_row.ts'
import { optionTable } from './option_table.ts'

/** The reference page of all options, as Markdown, made from the table that parsing and validation use. */
export function optionsReference(): string {
  const groups = new Map<string, [string, OptionRow][]>()
  for (const [name, row] of Object.entries(optionTable) as [string, OptionRow][])
    groups.set(row.group, [...(groups.get(row.group) ?? []), [name, row]])
  const sections = [...groups].map(([group, rows]) => [
    `## ${group}`,
    '',
    '| option | in a connection string | takes | default | what it does |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(([name, row]) => line(name, row)),
    ''
  ])
  return ['# Options', '', ...sections.flat()].join('\n')
}

function line(name: string, row: OptionRow): string {
  const uri =
    row.uri === undefined
      ? '–'
      : [row.uri, ...(row.aliases ?? []).filter(alias => !sameLetters(alias, row.uri))].join(', ')
  const notes = [
    row.documentation,
    ...(row.deprecatedFor === undefined ? [] : [`Deprecated: use ${row.deprecatedFor}.`]),
    ...(row.later === undefined ? [] : ['Not built yet: a client that is asked for it is refused.'])
  ]
  return `| ${[name, uri, expectation(row), defaultOf(row), notes.join(' ')].join(' | ')} |`
}

function sameLetters(one: string, other: string | undefined): boolean {
  return one.toLowerCase() === other?.toLowerCase()
}

function defaultOf(row: OptionRow): string {
  if (row.default === undefined) return '–'
  const official = row.officialDefault === undefined ? '' : ` (the official driver: ${row.officialDefault})`
  return `${describe(row.default)}${official}`
}
