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
    ['mongodb+srv://a.b.c/', {}, 'mongodb+srv://: mongodb+srv:// is not built yet; name the hosts with mongodb://'],
    ['mongodb+srv://a.b.c/?srvMaxHosts=2&srvServiceName=x', {}, 'mongodb+srv://, srvMaxHosts, srvServiceName: '],
    [
      'proxyHost=p&proxyUsername=u&proxyPassword=p',
      {},
      'proxyHost, proxyUsername, proxyPassword: proxies are not built yet'
    ],
    ['', { promoteValues: false, useBigInt64: true }, 'promoteValues, useBigInt64: this is not built yet'],
    ['', { pkFactory: {} }, 'pkFactory: this is not built yet'],
    ['', { autoEncryption: {} }, 'autoEncryption: client-side encryption is not built yet']
  ]
  for (const [query, overrides, expected] of asked) assert.ok(refusal(query, overrides)?.startsWith(expected), expected)
})

test('everything that is asked for and not built is named at once', () => {
  const message = refusal('mongodb://u@h/?proxyHost=p&authMechanism=GSSAPI', { pkFactory: {} })
  for (const name of ['proxyHost:', 'pkFactory:', 'authMechanism: GSSAPI']) assert.ok(message?.includes(name), name)
})

test('a value that is the default asks for nothing', () => {
  assert.equal(refusal('maxPoolSize=5', { bsonRegExp: false }), undefined)
  assert.equal(refusal('', { promoteValues: true, useBigInt64: false }), undefined)
  assert.equal(refusal(''), undefined)
})

test('TLS that mongodb+srv turns on by itself is not named beside it', () => {
  assert.ok(!refusal('mongodb+srv://a.b.c/')?.includes('tls'))
})

test('a misspelt value of what is not built is refused, so that it cannot be ignored', () => {
  assert.match(
    refusal('mongodb://u@h/?authMechanism=GSSAPI&authMechanismProperties=x') ?? '',
    /^authMechanismProperties: /
  )
  assert.match(refusal('authMechanismProperties=x') ?? '', /^authMechanismProperties: /)
  const misspelt = 'mongodb+srv://a.b.c/?srvMaxHosts=x'
  assert.match(refusal(misspelt) ?? '', /^mongodb\+srv:\/\/, srvMaxHosts: /)
  assert.match(refusal(misspelt, { srvMaxHosts: 0 }) ?? '', /^mongodb\+srv:\/\/: /)
})
