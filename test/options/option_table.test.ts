import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { optionsReference, resolveOptions } from '../../src/options/index.ts'
import type { OptionRow } from '../../src/options/option_row.ts'
import { optionTable } from '../../src/options/option_table.ts'
import { problemOf } from '../../src/options/option_problem.ts'
import { isSecret } from '../../src/options/secrets.ts'

const rows = Object.entries(optionTable) as [string, OptionRow][]

test('the interface has exactly the options of the table, each with the documentation of the table', () => {
  const source = readFileSync('src/options/option_values.ts', 'utf8')
  const fields = [...source.matchAll(/\/\*\* (.*) \*\/\n {2}(\w+)\?: /g)].map(([, documentation, name]) => [
    name,
    documentation
  ])
  assert.deepEqual(Object.fromEntries(fields), Object.fromEntries(rows.map(([name, row]) => [name, row.documentation])))
  assert.equal(fields.length, [...source.matchAll(/^ {2}\w+\?: /gm)].length)
})

test('a default is a value that the option takes', () => {
  for (const [name, row] of rows)
    if (row.default !== undefined) assert.equal(problemOf(row, row.default), undefined, name)
})

test('no two options share a spelling, with letter case left aside', () => {
  const spellings = rows.flatMap(([name, row]) => {
    const all = [name, row.uri, ...(row.aliases ?? []), ...(row.deprecatedNames ?? [])]
    return [...new Set(all.filter(text => text !== undefined).map(text => text.toLowerCase()))]
  })
  assert.equal(new Set(spellings).size, spellings.length)
})

test('limits are not below what is taken: min and max are, one below and one above are not', () => {
  for (const [name, row] of rows) {
    if (row.kind !== 'integer') continue
    assert.equal(problemOf(row, row.min), undefined, name)
    assert.equal(problemOf(row, row.max), undefined, name)
    assert.notEqual(problemOf(row, row.min - 1), undefined, name)
    assert.notEqual(problemOf(row, row.max + 1), undefined, name)
  }
})

test('a name that may hold a password is among the secrets', () => {
  for (const [name] of rows) if (/password|auth$|properties/i.test(name)) assert.ok(isSecret(name), name)
})

test('the reference page has a line for each option with its names, range, default and what it does', () => {
  const page = optionsReference()
  for (const [name, row] of rows) {
    const line = page.split('\n').find(text => text.startsWith(`| ${name} |`)) ?? ''
    assert.ok(line.includes(row.documentation), name)
    assert.equal(line.split(' | ').length, 5, name)
    assert.equal(line.includes('Not built yet'), row.later !== undefined, name)
  }
  const zero = 'an integer from 0 to 2147483647 (connections; 0: no limit) | 10 (the official driver: 100)'
  assert.ok(page.includes(`| maxPoolSize | maxPoolSize | ${zero} | Connections that a pool has at most`))
  assert.match(page, /\| tls \| tls, ssl \| true or false \| false \|/)
  assert.match(page, /\| minHeartbeatFrequencyMS \| – \|/)
  assert.match(page, /\| socketTimeoutMS .* Deprecated: use timeoutMS\. \|/)
})

test('every option of the table is a field of a resolved object, but for secrets and parts of a whole', () => {
  const resolved = resolveOptions('mongodb://h')
  const parts = rows.flatMap(([, row]) => row.parts ?? []) as readonly string[]
  for (const [name] of rows) {
    const missing = isSecret(name) || parts.includes(name)
    assert.equal(name in resolved, !missing, name)
  }
})
