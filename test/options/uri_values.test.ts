import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoParseError } from '../../src/errors/index.ts'
import { parseOptions } from '../../src/options/index.ts'

function read(query: string): { values: object; warnings: readonly string[]; unusable: readonly string[] } {
  const { values, warnings, unusable } = parseOptions(`mongodb://h/?${query}`)
  return { values, warnings, unusable }
}

test('every kind of value is read', () => {
  const good: [string, object][] = [
    ['maxPoolSize=0', { maxPoolSize: 0 }],
    ['maxPoolSize=%32%30', { maxPoolSize: 20 }],
    ['maxStalenessSeconds=-1', { maxStalenessSeconds: -1 }],
    ['timeoutMS=9007199254740991', { timeoutMS: 9_007_199_254_740_991 }],
    ['retryReads=false', { retryReads: false }],
    ['w=3', { w: 3 }],
    ['w=majority', { w: 'majority' }],
    ['readPreference=nearest', { readPreference: 'nearest' }],
    ['serverMonitoringMode=poll', { serverMonitoringMode: 'poll' }],
    ['readConcernLevel=whatever', { readConcernLevel: 'whatever' }],
    ['compressors=zstd,zlib', { compressors: ['zstd', 'zlib'] }],
    ['appname=a%20b', { appName: 'a b' }],
    ['replicaSet=a+b', { replicaSet: 'a+b' }],
    ['ssl=true', { tls: true }],
    ['MAXPOOLSIZE=5', { maxPoolSize: 5 }]
  ]
  for (const [query, values] of good) assert.deepEqual(read(query), { values, warnings: [], unusable: [] }, query)
})

test('tag sets are a list in the order given; an empty value is the empty set; case is kept', () => {
  const { values } = read('readPreferenceTags=dc:NY,rack:1&readPreferenceTags=dc:ny&readPreferenceTags=')
  assert.deepEqual(values, { readPreferenceTags: [{ dc: 'NY', rack: '1' }, { dc: 'ny' }, {}] })
})

test('a pair is split at its first colon', () => {
  const { secrets } = parseOptions('mongodb://h/?authMechanismProperties=TOKEN_RESOURCE:mongodb://x,ENVIRONMENT:azure')
  assert.deepEqual(secrets.reveal('authMechanismProperties'), { TOKEN_RESOURCE: 'mongodb://x', ENVIRONMENT: 'azure' })
})

test('a key such as __proto__ is a key like any other', () => {
  const { values } = read('readPreferenceTags=__proto__:x')
  assert.deepEqual(Object.keys((values as { readPreferenceTags: object[] }).readPreferenceTags[0]!), ['__proto__'])
  assert.match(read('__proto__=1&toString=2').warnings.join(), /unknown option "__proto__".*unknown option "toString"/)
})

test('a value that cannot be used is a warning that names option, value and what it takes; the option is ignored', () => {
  const bad: [string, string, RegExp][] = [
    [
      'maxPoolSize=-1',
      'maxPoolSize',
      /cannot be "-1"; it takes an integer from 0 to 2147483647 \(connections; 0: no limit\)/
    ],
    ['maxPoolSize=ten', 'maxPoolSize', /"ten"/],
    ['maxPoolSize=1.5', 'maxPoolSize', /"1\.5"/],
    ['maxPoolSize=2147483648', 'maxPoolSize', /"2147483648"/],
    ['maxPoolSize=', 'maxPoolSize', /""/],
    ['maxPoolSize=0x10', 'maxPoolSize', /"0x10"/],
    ['maxPoolSize=%', 'maxPoolSize', /has a % that does not begin an escape/],
    ['maxConnecting=0', 'maxConnecting', /from 1/],
    ['heartbeatFrequencyMS=499', 'heartbeatFrequencyMS', /from 500/],
    ['timeoutMS=-2', 'timeoutMS', /from 0/],
    ['timeoutMS=9007199254740992', 'timeoutMS', /from 0/],
    ['wTimeoutMS=-2', 'wtimeoutMS', /from 0/],
    ['maxStalenessSeconds=-2', 'maxStalenessSeconds', /from -1/],
    ['zlibCompressionLevel=10', 'zlibCompressionLevel', /-1 to 9/],
    ['retryWrites=True', 'retryWrites', /takes true or false/],
    ['journal=', 'journal', /takes true or false/],
    ['w=', 'w', /""/],
    ['readPreference=Primary', 'readPreference', /one of primary, primaryPreferred/],
    ['readPreferenceTags=dc', 'readPreferenceTags', /"dc"/],
    ['readPreferenceTags=:ny', 'readPreferenceTags', /":ny"/],
    ['serverMonitoringMode=push', 'serverMonitoringMode', /one of auto, stream, poll/],
    ['compressors=lzma', 'compressors', /a list of snappy/],
    ['replicaSet=', 'replicaSet', /a string with something in it/],
    [`appname=${'é'.repeat(65)}`, 'appName', /a string of 1 to 128 bytes/],
    ['tlsInsecure=invalid', 'tlsInsecure', /takes true or false/]
  ]
  for (const [query, name, expected] of bad) {
    const { values, warnings, unusable } = read(query)
    assert.deepEqual(values, {}, query)
    assert.deepEqual(unusable, [name])
    assert.equal(warnings.length, 1, query)
    assert.match(warnings[0]!, expected)
    assert.match(warnings[0]!, new RegExp(`^${name} `))
    assert.match(warnings[0]!, /ignored$/)
  }
})

test('an empty authSource and a negative w are errors, not warnings', () => {
  assert.throws(() => read('authSource='), /authSource in the connection string cannot be ""/)
  assert.throws(() => read('w=-2'), MongoParseError)
})

test('one compressor that is unknown is left out with a warning, the others stay', () => {
  const { values, warnings } = read('compressors=lzma,zlib')
  assert.deepEqual(values, { compressors: ['zlib'] })
  assert.match(warnings.join(), /"lzma" is none of snappy, zlib, zstd, none and is ignored/)
})

test('old spellings of booleans are read with a warning', () => {
  for (const [text, value] of Object.entries({
    1: true,
    yes: true,
    y: true,
    t: true,
    0: false,
    '-1': false,
    no: false,
    n: false,
    f: false
  })) {
    const { values, warnings } = read(`journal=${text}`)
    assert.deepEqual(values, { journal: value })
    assert.match(warnings.join(), new RegExp(`the spelling ${text} is deprecated; write ${value}`))
  }
})

test('an unknown option is a warning with the nearest known name', () => {
  assert.match(
    read('maxPolSize=5').warnings.join(),
    /unknown option "maxPolSize", which is ignored; did you mean maxPoolSize\?/
  )
  assert.match(read('waitQueueMultiple=5').warnings.join(), /unknown option "waitQueueMultiple"/)
  assert.match(read('waitQueueSize=5').warnings.join(), /unknown option "waitQueueSize"/)
  assert.match(read('zzz=5').warnings.join(), /unknown option "zzz", which is ignored$/)
})

test('options that only an object can give are unknown in a connection string', () => {
  for (const name of [
    'minHeartbeatFrequencyMS',
    'readConcern',
    'writeConcern',
    'driverInfo',
    'monitorCommands',
    'promoteValues',
    'auth'
  ])
    assert.match(read(`${name}=1`).warnings.join(), new RegExp(`unknown option "${name}"`))
})

test('a deprecated name is read with a warning, and ignored where the new one is given', () => {
  assert.deepEqual(read('wtimeout=5'), {
    values: { wtimeoutMS: 5 },
    warnings: ['The option wtimeout is deprecated; use wtimeoutMS'],
    unusable: []
  })
  for (const query of ['wtimeout=5&wtimeoutMS=10', 'wtimeoutMS=10&wtimeout=5']) {
    const { values, warnings } = read(query)
    assert.deepEqual(values, { wtimeoutMS: 10 })
    assert.deepEqual(warnings, ['The option wtimeout is deprecated and ignored, since wtimeoutMS is given'])
  }
})

test('an option given twice is a warning, and the last value that can be used counts', () => {
  const { values, warnings } = read('replicaSet=a&replicaSet=b')
  assert.deepEqual(values, { replicaSet: 'b' })
  assert.match(warnings.join(), /gives replicaSet 2 times/)
  assert.deepEqual(read('maxPoolSize=5&maxPoolSize=x').values, { maxPoolSize: 5 })
})

test('tls and ssl may be given together only with one value', () => {
  for (const value of ['true', 'false'])
    for (const query of [`tls=${value}&ssl=${value}`, `ssl=${value}&tls=${value}`, `tls=${value}&tls=${value}`])
      assert.deepEqual(read(query), { values: { tls: value === 'true' }, warnings: [], unusable: [] }, query)
  for (const query of [
    'tls=true&ssl=false',
    'tls=false&ssl=true',
    'ssl=true&tls=false',
    'tls=true&tls=false',
    'ssl=true&ssl=false'
  ])
    assert.throws(() => read(query), /have different values/, query)
})

test('proxy options given twice are an error, even with the same value', () => {
  for (const query of [
    'proxyHost=a&proxyHost=a',
    'proxyPort=1&proxyPort=2',
    'proxyUsername=a&proxyUsername=b',
    'proxyPassword=a&proxyPassword=a'
  ])
    assert.throws(() => read(query), MongoParseError, query)
})

test('warnings are bounded: past the limit they are counted', () => {
  const { warnings } = read('a=1&'.repeat(1000))
  assert.equal(warnings.length, 21)
  assert.equal(warnings.at(-1), '… and 980 more warnings like these')
})

test('what is parsed is frozen', () => {
  const parsed = parseOptions('mongodb://h/?readPreferenceTags=a:b&compressors=zlib')
  assert.ok(Object.isFrozen(parsed) && Object.isFrozen(parsed.hosts) && Object.isFrozen(parsed.hosts[0]))
  assert.ok(Object.isFrozen(parsed.values.readPreferenceTags) && Object.isFrozen(parsed.values.readPreferenceTags?.[0]))
  assert.ok(
    Object.isFrozen(parsed.values) && Object.isFrozen(parsed.values.compressors) && Object.isFrozen(parsed.warnings)
  )
})
