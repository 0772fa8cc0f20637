import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClientOptionsData, resolveOptions } from '../../src/options/index.ts'

class ClientOptions extends ClientOptionsData {
  cmapEventHandler: (() => void) | undefined
}

test("the manual's way works: parse, change fields, resolve", () => {
  const options = ClientOptions.parse('mongodb://h/shop?replicaSet=rs0&maxConnecting=5')
  assert.ok(options instanceof ClientOptions)
  options.maxPoolSize = 20
  options.maxConnecting = 3
  options.minPoolSize = 1
  options.maxIdleTimeMS = 90_000
  options.cmapEventHandler = () => {}
  const resolved = resolveOptions(options, {}, ['cmapEventHandler'])
  const { maxPoolSize, maxConnecting, minPoolSize, maxIdleTimeMS, replicaSet, defaultDatabase } = resolved
  assert.deepEqual([maxPoolSize, maxConnecting, minPoolSize, maxIdleTimeMS], [20, 3, 1, 90_000])
  assert.deepEqual([replicaSet, defaultDatabase], ['rs0', 'shop'])
})

test('a field that was not given is undefined, and so is one that was taken back', () => {
  const options = ClientOptions.parse('mongodb://h/?minPoolSize=2')
  assert.equal(options.minPoolSize, 2)
  assert.equal(options.maxPoolSize, undefined)
  options.minPoolSize = undefined
  assert.equal(resolveOptions(options).minPoolSize, 0)
})

test('fields are checked when they are resolved, and overrides go before them', () => {
  const options = ClientOptions.parse('mongodb://h/')
  options.minPoolSize = 11
  assert.throws(() => resolveOptions(options), /minPoolSize 11 is above maxPoolSize 10/)
  assert.equal(resolveOptions(options, { minPoolSize: 1 }).minPoolSize, 1)
  Object.assign(options, { maxPolSize: 5 })
  assert.throws(() => resolveOptions(options), /There is no option "maxPolSize"; did you mean maxPoolSize/)
})

test('hosts, database and warnings of the connection string can be read', () => {
  const options = ClientOptions.parse('mongodb://a,b/shop?zzz=1')
  assert.deepEqual(options.hosts, [
    { host: 'a', port: 27017 },
    { host: 'b', port: 27017 }
  ])
  assert.equal(options.srvHost, undefined)
  assert.equal(options.defaultDatabase, 'shop')
  assert.match(options.warnings.join(), /unknown option "zzz"/)
})

test('secret fields can be read, changed and resolved like any other', () => {
  const options = ClientOptions.parse('mongodb://u:p@h/?proxyHost=x&proxyUsername=a&proxyPassword=b')
  assert.equal(options.proxyPassword, 'b')
  options.proxyPassword = 'c'
  const { secrets } = resolveOptions(options)
  assert.equal(secrets.reveal('proxyPassword'), 'c')
  assert.deepEqual([secrets.reveal('username'), secrets.reveal('password')], ['u', 'p'])
})
