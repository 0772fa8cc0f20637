import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoInvalidArgumentError } from '../../src/errors/index.ts'
import { type OptionValues, refuseUnbuilt, resolveOptions } from '../../src/options/index.ts'

function refusal(query: string, overrides: OptionValues = {}): string | undefined {
  const options = resolveOptions(query.startsWith('mongodb') ? query : `mongodb://h/?${query}`, overrides)
  try {
    refuseUnbuilt(options)
    return undefined
  } catch (error) {
    assert.ok(error instanceof MongoInvalidArgumentError)
    return error.message
  }
}

test('what is asked for and is not built is refused by name', () => {
  const asked: [string, OptionValues, string][] = [
    ['', { promoteValues: false, useBigInt64: true }, 'promoteValues, useBigInt64: this is not built yet'],
    ['', { pkFactory: {} }, 'pkFactory: this is not built yet'],
    ['', { autoEncryption: {} }, 'autoEncryption: client-side encryption is not built yet']
  ]
  for (const [query, overrides, expected] of asked) assert.ok(refusal(query, overrides)?.startsWith(expected), expected)
})

test('everything that is asked for and not built is named at once', () => {
  const message = refusal('mongodb://u@h/?authMechanism=GSSAPI', { pkFactory: {}, promoteValues: false })
  for (const name of ['pkFactory', 'promoteValues', 'authMechanism: GSSAPI']) assert.ok(message?.includes(name), name)
})

test('a value that is the default asks for nothing', () => {
  assert.equal(refusal('maxPoolSize=5', { bsonRegExp: false }), undefined)
  assert.equal(refusal('', { promoteValues: true, useBigInt64: false }), undefined)
  assert.equal(refusal(''), undefined)
})

test('a misspelt value of what is not built is refused, so that it cannot be ignored', () => {
  assert.match(
    refusal('mongodb://u@h/?authMechanism=GSSAPI&authMechanismProperties=x') ?? '',
    /^authMechanismProperties: /
  )
  assert.match(refusal('authMechanismProperties=x') ?? '', /^authMechanismProperties: /)
})
