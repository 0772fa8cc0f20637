import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EnvironmentVariables, wholeNumberIn } from '../../src/options/index.ts'

test('a variable is read, is absent where it is empty, and counts as absent with a warning where it cannot be used', () => {
  const variables = new EnvironmentVariables({ LENGTH: '77', EMPTY: '', WORDS: '1 "kilo"' })
  const read = (name: string) => variables.read(name, wholeNumberIn, 'a number')
  assert.deepEqual(['LENGTH', 'EMPTY', 'NONE'].map(read), [77, undefined, undefined])
  assert.deepEqual(variables.warnings, [])
  assert.equal(read('WORDS'), undefined)
  assert.deepEqual(variables.warnings, [
    'The environment variable WORDS is "1 \\"kilo\\"", and must be a number: ignored'
  ])
})

test('whole numbers have digits and nothing else, and no more of them than are exact', () => {
  const texts = ['0', '007', '9007199254740991', '9007199254740992', '-1', '1.5', '1e3', ' 1', '']
  assert.deepEqual(texts.map(wholeNumberIn), [0, 7, Number.MAX_SAFE_INTEGER, ...Array(6).fill(undefined)])
})
