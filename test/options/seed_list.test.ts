import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoInvalidArgumentError, MongoParseError } from '../../src/errors/index.ts'
import {
  credentialsOf,
  type OptionValues,
  parseOptions,
  type ResolvedOptions,
  resolveOptions,
  withSeedList
} from '../../src/options/index.ts'

const one = [{ host: 'a.example.com', port: 27017 }]

function completed(query: string, txt: string | undefined, overrides: OptionValues = {}, hosts = one): ResolvedOptions {
  const parsed = parseOptions(query.includes('://') ? query : `mongodb+srv://cluster.example.com/?${query}`)
  const { authMechanism } = resolveOptions(parsed, overrides)
  return resolveOptions(withSeedList(parsed, { hosts, txt }, authMechanism), overrides)
}

test('the hosts that were found stand beside the name', () => {
  const { hosts, srvHost } = completed('', undefined)
  assert.deepEqual([hosts, srvHost], [one, 'cluster.example.com'])
})

test('a TXT record sets authSource, replicaSet and loadBalanced, in any case of letters', () => {
  const set = completed('', 'authSource=users&REPLICASET=rs0')
  assert.deepEqual([set.authSource, set.replicaSet, set.tls], ['users', 'rs0', true])
  assert.equal(completed('', 'loadBalanced=true').loadBalanced, true)
})

test('the connection string goes before the TXT record, and an options object before both', () => {
  const txt = 'authSource=txt&replicaSet=txt'
  const { authSource, replicaSet } = completed('authSource=uri&replicaSet=uri', txt, { replicaSet: 'object' })
  assert.deepEqual([authSource, replicaSet], ['uri', 'object'])
  assert.equal(completed('loadBalanced=false', 'loadBalanced=true').loadBalanced, false)
})

test('the authSource of a TXT record is the one that the user is looked for in', () => {
  const options = completed('mongodb+srv://ada:secret@cluster.example.com/shop', 'authSource=users')
  assert.equal(credentialsOf(options)?.source, 'users')
})

test('a mechanism that leaves no choice of authSource does not take that of a TXT record', () => {
  const options = completed('authMechanism=MONGODB-X509', 'authSource=admin&replicaSet=rs0')
  assert.deepEqual([credentialsOf(options)?.source, options.replicaSet], ['$external', 'rs0'])
  assert.equal(completed('', 'authSource=admin', { authMechanism: 'MONGODB-X509' }).authSource, undefined)
})

for (const [what, txt, says] of [
  ['another option', 'ssl=false', /"ssl", and a TXT record may set authSource, replicaSet, loadBalanced alone/],
  ['an unknown option', 'replicaSet=a&zzz=1', /"zzz"/],
  ['an option without a value', 'authSource', /"authSource" is no name=value/],
  ['a value without a name', '=x', /"=x" is no name=value/],
  ['a malformed escape', 'authSource=%zz', /authSource has a % that does not begin an escape/]
] as const)
  test(`a TXT record with ${what} is an error that says so`, () => {
    assert.throws(
      () => completed('', txt),
      (error: unknown) => {
        assert.ok(error instanceof MongoParseError)
        assert.match(error.message, /^mongodb\+srv: the TXT record of cluster\.example\.com cannot be used: /)
        assert.match(error.message, says)
        return true
      }
    )
  })

test('a value that cannot be used is ignored with a warning, as in a connection string', () => {
  const options = completed('zzz=1', 'loadBalanced=perhaps&replicaSet=')
  assert.deepEqual([options.loadBalanced, options.replicaSet], [false, undefined])
  assert.equal(options.warnings.length, 3)
  assert.match(
    options.warnings[1] ?? '',
    /^loadBalanced in the TXT record of cluster\.example\.com cannot be "perhaps"/
  )
})

for (const [what, query, txt, hosts, says] of [
  [
    'srvMaxHosts with a replicaSet',
    'srvMaxHosts=1',
    'replicaSet=rs0',
    one,
    /srvMaxHosts 1 cannot be used with replicaSet "rs0"/
  ],
  [
    'srvMaxHosts with loadBalanced',
    'srvMaxHosts=1',
    'loadBalanced=true',
    one,
    /srvMaxHosts 1 cannot be used with loadBalanced true/
  ],
  [
    'loadBalanced with a replicaSet',
    'replicaSet=rs0',
    'loadBalanced=true',
    one,
    /loadBalanced true cannot be used with replicaSet "rs0"/
  ],
  ['loadBalanced with several hosts', 'loadBalanced=true', undefined, [...one, ...one], /takes one host.*there are 2/]
] as const)
  test(`what the DNS adds is checked against the rest: ${what}`, () => {
    assert.throws(
      () => completed(query, txt, {}, [...hosts]),
      (error: unknown) => error instanceof MongoInvalidArgumentError && says.test(error.message)
    )
  })

test('the name is looked up as the DNS knows it: in lower case and ASCII, without the dot of the root', () => {
  for (const [host, srvHost] of [
    ['Cluster.Example.COM', 'cluster.example.com'],
    ['cluster.example.com.', 'cluster.example.com'],
    ['cluster.münchen.example', 'cluster.xn--mnchen-3ya.example'],
    ['localhost', 'localhost'],
    ['cluster_1.mongo.local', 'cluster_1.mongo.local']
  ] as const)
    assert.equal(parseOptions(`mongodb+srv://${host}/`).srvHost, srvHost)
})

test('a name with an empty part cannot be looked up', () => {
  for (const host of ['.', 'a..b', '.a', 'a..'])
    assert.throws(() => parseOptions(`mongodb+srv://${host}/`), /cannot look up ".*", which is no host name/)
})

test('a service name is limited to what fits a label', () => {
  const label = 'x'.repeat(62)
  assert.equal(resolveOptions('mongodb+srv://a.b.c/', { srvServiceName: label }).srvServiceName, label)
  assert.throws(() => resolveOptions('mongodb+srv://a.b.c/', { srvServiceName: `${label}x` }), /1 to 62 bytes/)
})
