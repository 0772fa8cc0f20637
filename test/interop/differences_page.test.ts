import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { differencesPage } from '../../interop/differences_page.ts'

test('the page of differences is what the tables say (npm run test:interop -- --write makes it anew)', () => {
  assert.equal(readFileSync('docs/differences.md', 'utf8'), differencesPage())
})
