import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { cells, columns, inputs } from './states.ts'

for (const column of columns) {
  describe(`a pool that is ${column}`, () => {
    for (const input of inputs) {
      const cell = cells[column][input]
      test(`${input}: ${cell.words}`, () => assert.deepEqual(cell.scenario(), cell.told))
    }
  })
}

test('docs/pool-states.md has the table, cell for cell', () => {
  const header = `| input | ${columns.join(' | ')} |`
  const rows = inputs.map(
    input => `| **${input}** | ${columns.map(column => cells[column][input].words).join(' | ')} |`
  )
  const table = [header, `|${'---|'.repeat(columns.length + 1)}`, ...rows].join('\n')
  const page = readFileSync('docs/pool-states.md', 'utf8')
  assert.ok(page.includes(table), `the page lacks this table:\n\n${table}\n`)
})
