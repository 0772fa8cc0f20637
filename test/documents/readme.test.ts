import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'

test('the example in the README runs as it stands, as plain JavaScript', () => {
  const [, example] = /```js\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8')) ?? []
  assert.ok(example !== undefined, 'the README has an example')
  // Inside the package, so that it finds the package by its own name.
  const file = 'dist/readme_example.mjs'
  writeFileSync(file, example)
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 30_000 })
    assert.equal(status, 0, stderr)
    assert.match(stdout, /sku: 'a1', count: 2/)
    assert.match(stderr, /ConnectionCreatedEvent/)
  } finally {
    rmSync(file)
  }
})
