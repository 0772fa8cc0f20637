import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandLineOf, UsageError } from '../../interop/command_line.ts'

const names = ['one', 'two']

test('without options everything runs; --only chooses, more than once', () => {
  assert.deepEqual(commandLineOf([], names).only, [])
  assert.deepEqual(commandLineOf(['--only', 'two', '--only', 'one'], names).only, ['two', 'one'])
})

test('a name that there is not is refused, with those that there are', () => {
  assert.throws(
    () => commandLineOf(['--only', 'three'], names),
    new UsageError('--only three: there is none; there are one, two')
  )
})

test('an unknown option and a word too many are refused', () => {
  for (const args of [['--onyl', 'one'], ['one']]) assert.throws(() => commandLineOf(args, names), UsageError)
})
