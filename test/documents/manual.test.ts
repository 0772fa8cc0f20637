import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { statementsFile, statementsPage } from '../../tools/statements.ts'
import { statements } from '../manual/statements.ts'

const pages = [
  'bulk-writes.md',
  'connection-pools.md',
  'connection-pool-monitoring.md',
  'authentication.md',
  'cursors.md',
  'change-streams.md',
  'gridfs.md',
  'sessions.md',
  'transactions.md',
  'load-balancers.md',
  'stable-api.md',
  'logging.md',
  'tracing.md'
]

function page(name: string): string {
  return readFileSync(`docs/manual/${name}`, 'utf8')
}

test('docs/manual/statements.md is what the table of statements makes', () => {
  assert.equal(
    readFileSync(statementsFile, 'utf8'),
    statementsPage(statements),
    'run node dist/tools/statements.js --write'
  )
})

test('no two statements have the same id, and each names a test', () => {
  const ids = statements.map(({ id }) => id)
  assert.deepEqual(ids, [...new Set(ids)])
  for (const { id, tests } of statements) assert.ok(tests.length > 0, id)
})

test('each example of the manual stands in examples/manual.ts, which is compiled and run', () => {
  const source = readFileSync('examples/manual.ts', 'utf8').replace(/^ {2}/gm, '')
  for (const name of pages) {
    const examples = [...page(name).matchAll(/```ts\n([\s\S]*?)```/g)].map(([, text = '']) => text)
    assert.ok(examples.length > 0, `${name} has examples`)
    for (const example of examples) assert.ok(source.includes(example), `not in examples/manual.ts:\n${example}`)
  }
})
