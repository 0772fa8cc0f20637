import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoInvalidArgumentError, MongoParseError } from '../../src/errors/index.ts'
import { nonDefaultPoolOptions, type OptionValues, resolveOptions } from '../../src/options/index.ts'

const host = 'mongodb://h/'

function refusal(uri: string, overrides: object = {}): string {
  try {
    resolveOptions(uri, overrides)
  } catch (error) {
    assert.ok(error instanceof MongoInvalidArgumentError, String(error))
    return error.message
  }
  throw new Error(`${uri} with ${JSON.stringify(overrides)} was not refused`)
}

test('every default is filled in; those of the manual are 10, 0, 2 and 0', () => {
  const { secrets, ...options } = resolveOptions(host)
  assert.equal(secrets.has('username'), false)
  const { maxPoolSize, minPoolSize, maxConnecting, maxIdleTimeMS } = options
  assert.deepEqual([maxPoolSize, minPoolSize, maxConnecting, maxIdleTimeMS], [10, 0, 2, 0])
  const set = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  assert.deepEqual(set, {
    hosts: [{ host: 'h', port: 27017 }],
    unusable: [],
    warnings: [],
    maxPoolSize: 10,
    minPoolSize: 0,
    maxConnecting: 2,
    maxIdleTimeMS: 0,
    waitQueueTimeoutMS: 0,
    connectTimeoutMS: 10_000,
    socketTimeoutMS: 0,
    serverSelectionTimeoutMS: 30_000,
    localThresholdMS: 15,
    heartbeatFrequencyMS: 10_000,
    minHeartbeatFrequencyMS: 500,
    serverMonitoringMode: 'auto',
    directConnection: false,
    loadBalanced: false,
    readPreference: { mode: 'primary', tags: [], maxStalenessSeconds: -1 },
    readConcern: {},
    writeConcern: {},
    retryReads: true,
    retryWrites: true,
    maxAdaptiveRetries: 2,
    enableOverloadRetargeting: false,
    monitorCommands: false,
    tls: false,
    tlsInsecure: false,
    tlsAllowInvalidCertificates: false,
    tlsAllowInvalidHostnames: false,
    tlsDisableOCSPEndpointCheck: false,
    tlsDisableCertificateRevocationCheck: false,
    zlibCompressionLevel: -1,
    srvMaxHosts: 0,
    srvServiceName: 'mongodb',
    proxyPort: 1080,
    promoteValues: true,
    promoteLongs: true,
    promoteBuffers: false,
    useBigInt64: false,
    bsonRegExp: false,
    ignoreUndefined: false,
    serializeFunctions: false,
    enableUtf8Validation: true,
    raw: false,
    forceServerObjectId: false
  })
})

test('mongodb+srv turns TLS on by itself, and tls=false turns it off', () => {
  assert.equal(resolveOptions('mongodb+srv://a.b.c/').tls, true)
  assert.equal(resolveOptions('mongodb+srv://a.b.c/?tls=false').tls, false)
})

test('the options object goes before the connection string, and undefined is the same as not given', () => {
  const uri = `${host}?maxPoolSize=20&retryReads=false&w=1`
  const options = resolveOptions(uri, { maxPoolSize: 30, retryReads: undefined, journal: true })
  assert.equal(options.maxPoolSize, 30)
  assert.equal(options.retryReads, false)
  assert.deepEqual(options.writeConcern, { w: 1, journal: true })
})

test('single options make up read preference, read concern and write concern', () => {
  const query =
    'readPreference=secondary&readPreferenceTags=dc:ny&maxStalenessSeconds=120&readConcernLevel=local&w=2&journal=true&wtimeoutMS=5'
  const { readPreference, readConcern, writeConcern } = resolveOptions(`${host}?${query}`)
  assert.deepEqual(readPreference, { mode: 'secondary', tags: [{ dc: 'ny' }], maxStalenessSeconds: 120 })
  assert.deepEqual(readConcern, { level: 'local' })
  assert.deepEqual(writeConcern, { w: 2, journal: true, wtimeoutMS: 5 })
})

test('a connection string with w 0 and journal true is warned of and acknowledged', () => {
  const { writeConcern, warnings } = resolveOptions(`${host}?w=0&journal=true`)
  assert.deepEqual(writeConcern, { w: 0, journal: true })
  assert.match(warnings.join(), /w 0 \(no answer\) and journal true/)
})

test('an object for a concern or a read preference replaces all that the connection string says of it', () => {
  const query =
    'readPreference=secondary&readPreferenceTags=dc:ny&maxStalenessSeconds=120&readConcernLevel=local&w=2&journal=true'
  const { readPreference, readConcern, writeConcern } = resolveOptions(`${host}?${query}`, {
    readPreference: { mode: 'primary' },
    readConcern: { level: 'majority' },
    writeConcern: { w: 'majority' }
  })
  assert.deepEqual(readPreference, { mode: 'primary', tags: [], maxStalenessSeconds: -1 })
  assert.deepEqual(readConcern, { level: 'majority' })
  assert.deepEqual(writeConcern, { w: 'majority' })
  assert.deepEqual(resolveOptions(`${host}?${query}`, { readConcern: 'majority' }).readConcern, { level: 'majority' })
})

test('an unknown option is refused with the nearest known name', () => {
  assert.match(refusal(host, { maxPolSize: 5 }), /There is no option "maxPolSize"; did you mean maxPoolSize\?/)
  assert.match(refusal(host, { maxpoolsize: 5 }), /did you mean maxPoolSize\?/)
  assert.match(refusal(host, { zzz: 5 }), /There is no option "zzz"$/)
  assert.match(refusal(host, { waitQueueSize: 5 }), /There is no option "waitQueueSize"/)
  assert.match(refusal(host, { constructor: 5 }), /There is no option "constructor"/)
  assert.match(refusal(host, JSON.parse('{"__proto__": 5}')), /There is no option "__proto__"/)
})

test('names that the caller takes care of itself are let pass, and are suggested', () => {
  const overrides = { cmapEventHandler: () => {}, maxPoolSize: 3 } as OptionValues
  assert.equal(resolveOptions(host, overrides, ['cmapEventHandler']).maxPoolSize, 3)
  assert.throws(
    () => resolveOptions(host, { cmapEventHandlr: 1 } as OptionValues, ['cmapEventHandler']),
    /mean cmapEventHandler/
  )
})

test('a wrong type and a value out of range are refused with option, value and what it takes', () => {
  const bad: [object, RegExp][] = [
    [
      { maxPoolSize: '5' },
      /option maxPoolSize must be an integer from 0 to 2147483647 \(connections; 0: no limit\); it is "5"/
    ],
    [{ maxPoolSize: -1 }, /it is -1$/],
    [{ maxPoolSize: 1.5 }, /it is 1\.5$/],
    [{ maxPoolSize: Number.NaN }, /it is NaN$/],
    [{ maxPoolSize: Number.POSITIVE_INFINITY }, /it is Infinity$/],
    [{ maxPoolSize: 5n }, /it is 5n$/],
    [{ maxPoolSize: null }, /it is null$/],
    [{ maxPoolSize: {} }, /it is an object$/],
    [{ maxPoolSize: () => 5 }, /it is a function$/],
    [{ maxConnecting: 0 }, /maxConnecting must be an integer from 1/],
    [{ heartbeatFrequencyMS: 499 }, /from 500 to 2147483647 \(milliseconds\); it is 499/],
    [{ timeoutMS: -1 }, /timeoutMS must be an integer from 0/],
    [{ maxStalenessSeconds: -2 }, /\(seconds\)/],
    [{ retryReads: 'true' }, /retryReads must be true or false; it is "true"/],
    [{ replicaSet: '' }, /replicaSet must be a string with something in it/],
    [{ appName: 'x'.repeat(129) }, /appName must be a string of 1 to 128 bytes; it is "x{80}…"/],
    [{ serverMonitoringMode: 'push' }, /serverMonitoringMode must be one of auto, stream, poll/],
    [{ readPreference: 'first' }, /readPreference must have one of the modes primary, /],
    [{ readPreferenceTags: { dc: 'ny' } }, /readPreferenceTags must be a list of sets of tags/],
    [{ readPreferenceTags: [{ dc: 1 }] }, /readPreferenceTags must be a list of sets of tags/],
    [{ readConcern: 5 }, /readConcern must be a level or an object/],
    [{ writeConcern: { w: -3 } }, /writeConcern has a w that must be an integer from 0/],
    [{ writeConcern: { w: 0, j: true } }, /writeConcern has w 0 .* and journal true/],
    [{ w: -1 }, /w must be an integer from 0/],
    [{ w: '' }, /w must be an integer from 0/],
    [{ compressors: 'zlib' }, /compressors must be a list of snappy/],
    [{ driverInfo: 'x' }, /driverInfo must be an object/],
    [{ driverInfo: { name: 5 } }, /its name is 5/],
    [{ driverInfo: { nme: 'x' } }, /and no "nme"/],
    [{ serverApi: '2' }, /serverApi must be a version, or an object with one, and there is the version '1'; it is "2"/],
    [{ serverApi: { strict: true } }, /there is the version '1'; it is an object/],
    [{ serverApi: { version: '1', deprecated: true } }, /and no "deprecated"/],
    [{ serverApi: { version: '1', strict: 1 } }, /must have true or false as strict; it is 1/],
    [{ auth: { user: 'x' } }, /auth must have a username and a password/]
  ]
  for (const [overrides, expected] of bad) assert.match(refusal(host, overrides), expected)
})

test('two spellings of one option are refused, and other spellings than the canonical one are read', () => {
  assert.deepEqual(
    resolveOptions(host, { wTimeoutMS: 5, j: true, appname: 'x', ssl: false } as OptionValues).writeConcern,
    {
      journal: true,
      wtimeoutMS: 5
    }
  )
  assert.match(refusal(host, { tls: true, ssl: true }), /options tls and ssl are the same option; give tls alone/)
})

test('what is no options object is refused', () => {
  for (const value of [5, 'maxPoolSize=5', null])
    assert.match(refusal(host, value as unknown as object), /must be an object/)
})

test('a contradiction is refused, wherever its parts come from, with what to do', () => {
  const bad: [string, object, RegExp][] = [
    ['mongodb://a,b/?directConnection=true', {}, /directConnection true takes one host; there are 2/],
    ['mongodb://a,b/', { directConnection: true }, /directConnection true takes one host/],
    ['mongodb+srv://a.b.c/?directConnection=true', {}, /directConnection true cannot be used with mongodb\+srv/],
    ['mongodb://a,b/?loadBalanced=true', {}, /loadBalanced true takes one host, the load balancer; there are 2/],
    ['mongodb://a/?loadBalanced=true&replicaSet=rs', {}, /loadBalanced true cannot be used with replicaSet "rs"/],
    ['mongodb://a/?replicaSet=rs', { loadBalanced: true }, /loadBalanced true cannot be used with replicaSet "rs"/],
    ['mongodb://a/?loadBalanced=true&directConnection=true', {}, /cannot be used with directConnection true/],
    ['mongodb+srv://a.b.c/?loadBalanced=true&srvMaxHosts=2', {}, /srvMaxHosts 2 cannot be used with loadBalanced true/],
    ['mongodb+srv://a.b.c/?replicaSet=rs&srvMaxHosts=2', {}, /srvMaxHosts 2 cannot be used with replicaSet "rs"/],
    ['mongodb://a/?srvMaxHosts=0', {}, /srvMaxHosts is for mongodb\+srv/],
    ['mongodb://a/?srvServiceName=x', {}, /srvServiceName is for mongodb\+srv/],
    ['mongodb://a/?proxyPort=1', {}, /proxyPort is given without proxyHost/],
    ['mongodb://a/?proxyUsername=u&proxyPassword=p', {}, /proxyUsername is given without proxyHost/],
    ['mongodb://a/?proxyPassword=p', {}, /proxyPassword is given without proxyHost/],
    ['mongodb://a/?proxyHost=p&proxyUsername=u', {}, /proxyUsername is given without proxyPassword/],
    ['mongodb://a/?proxyHost=p', { proxyPassword: 'p' }, /proxyPassword is given without proxyUsername/],
    [
      'mongodb://a/?minPoolSize=20&maxPoolSize=15',
      {},
      /minPoolSize 20 is above maxPoolSize 15\. Raise maxPoolSize or lower minPoolSize/
    ],
    [
      'mongodb://a/',
      { minPoolSize: 20 },
      /minPoolSize 20 is above maxPoolSize 10, cenote's default; the official driver's is 100\. Raise/
    ],
    ['mongodb://a/?minPoolSize=5', { maxPoolSize: 4 }, /minPoolSize 5 is above maxPoolSize 4/],
    ['mongodb://a/?readPreferenceTags=dc:ny', {}, /mode primary takes no tags/],
    ['mongodb://a/?maxStalenessSeconds=120', {}, /mode primary takes no maxStalenessSeconds \(120\)/],
    ['mongodb://a/?readPreference=secondary&readPreferenceTags=dc:ny', { readPreference: 'primary' }, /takes no tags/],
    ['mongodb://a/?w=0&journal=true', { w: 0 }, /w 0 \(no answer\) and journal true/],
    ['mongodb://a/?w=0', { journal: true }, /w 0 \(no answer\) and journal true/],
    [
      'mongodb://a/',
      { writeConcern: { w: 1 }, w: 2 },
      /writeConcern is given whole, and w beside it; put all into writeConcern/
    ],
    ['mongodb://a/', { writeConcern: { w: 1 }, journal: true }, /and journal beside it/],
    ['mongodb://a/', { writeConcern: { w: 1 }, wtimeoutMS: 2 }, /and wtimeoutMS beside it/],
    ['mongodb://a/', { readConcern: 'majority', readConcernLevel: 'local' }, /and readConcernLevel beside it/],
    ['mongodb://a/', { readConcern: {}, readConcernLevel: 'local' }, /and readConcernLevel beside it/],
    [
      'mongodb://a/',
      { readPreference: { mode: 'nearest' }, maxStalenessSeconds: 90 },
      /and maxStalenessSeconds beside it/
    ],
    [
      'mongodb://a/',
      { readPreference: { mode: 'nearest' }, readPreferenceTags: [] },
      /and readPreferenceTags beside it/
    ]
  ]
  for (const [uri, overrides, expected] of bad) {
    const message = refusal(uri, overrides)
    assert.match(message, expected)
    assert.match(message, /^The options contradict each other: /)
  }
})

test('two options that weaken TLS are refused together, in either order and even when both are false', () => {
  const pairs = [
    ['tlsInsecure', 'tlsAllowInvalidCertificates'],
    ['tlsInsecure', 'tlsAllowInvalidHostnames'],
    ['tlsInsecure', 'tlsDisableOCSPEndpointCheck'],
    ['tlsInsecure', 'tlsDisableCertificateRevocationCheck'],
    ['tlsAllowInvalidCertificates', 'tlsDisableOCSPEndpointCheck'],
    ['tlsAllowInvalidCertificates', 'tlsDisableCertificateRevocationCheck'],
    ['tlsDisableOCSPEndpointCheck', 'tlsDisableCertificateRevocationCheck']
  ]
  for (const [one, other] of pairs)
    for (const value of ['true', 'false']) {
      assert.match(
        refusal(`${host}?${one}=${value}&${other}=${value}`),
        new RegExp(`${one} and ${other} cannot be given together`)
      )
      assert.match(refusal(`${host}?${other}=${value}`, { [one!]: false }), /cannot be given together/)
    }
})

test('what looks like a contradiction and is none is let pass', () => {
  const good: [string, OptionValues][] = [
    ['mongodb://a,b/?directConnection=false', {}],
    ['mongodb+srv://a.b.c/?directConnection=false', {}],
    ['mongodb://a/?directConnection=true&replicaSet=rs', {}],
    ['mongodb://a/?loadBalanced=true&directConnection=false', {}],
    ['mongodb://a,b/?loadBalanced=false&replicaSet=rs', {}],
    ['mongodb+srv://a.b.c/?srvMaxHosts=0&replicaSet=rs', {}],
    ['mongodb+srv://a.b.c/?srvMaxHosts=2&loadBalanced=false', {}],
    ['mongodb://a/?minPoolSize=10', {}],
    ['mongodb://a/?maxPoolSize=0&minPoolSize=500', {}],
    ['mongodb://a/?minPoolSize=20', { maxPoolSize: 20 }],
    ['mongodb://a,b/?directConnection=true', { directConnection: false }],
    ['mongodb://a/?readPreferenceTags=', {}],
    ['mongodb://a/?maxStalenessSeconds=-1', {}],
    ['mongodb://a/?readPreferenceTags=dc:ny', { readPreference: 'nearest' }],
    ['mongodb://a/?w=0&journal=false', {}],
    ['mongodb://a/?w=0&journal=true', { w: 1 }],
    ['mongodb://a/?proxyHost=p&proxyPort=1&proxyUsername=u&proxyPassword=p', {}]
  ]
  for (const [uri, overrides] of good) assert.doesNotThrow(() => resolveOptions(uri, overrides), uri)
})

test('no connection string at all is refused with the usual reason', () => {
  for (const source of [undefined, null, 5])
    assert.match(refusal(source as unknown as string), /environment variable unset/)
})

test('a malformed connection string stays a parse error', () => {
  assert.throws(() => resolveOptions('mongodb://h:0'), MongoParseError)
})

test('a resolved object is frozen to its last list, and is no alias of what a user gave', () => {
  const driverInfo = { name: 'x' }
  const tags = [{ dc: 'ny' }]
  const writeConcern = { w: 1 }
  const overrides = { driverInfo, writeConcern, readPreference: { mode: 'nearest', tags } } as const
  const { secrets, ...options } = resolveOptions('mongodb://h/?compressors=zlib', {
    ...overrides,
    readConcern: { level: 'local' }
  })
  assert.ok(secrets)
  Object.assign(driverInfo, { name: 'y' })
  tags.push({ dc: 'sf' })
  writeConcern.w = 0
  assert.deepEqual(options.driverInfo, { name: 'x' })
  assert.deepEqual(options.readPreference.tags, [{ dc: 'ny' }])
  assert.deepEqual(options.writeConcern, { w: 1 })
  assert.ok(Object.isFrozen(resolveOptions(host)))
  assertFrozen(options)
})

function assertFrozen(value: object): void {
  for (const part of Object.values(value))
    if (typeof part === 'object' && part !== null) {
      assert.ok(Object.isFrozen(part), JSON.stringify(part))
      assertFrozen(part)
    }
}

test('a pool tells the pool options that are not the default, and no others', () => {
  assert.deepEqual(nonDefaultPoolOptions(resolveOptions(`${host}?maxPoolSize=10&retryReads=false`)), {})
  const query = 'maxPoolSize=100&minPoolSize=1&maxConnecting=3&maxIdleTimeMS=90000&waitQueueTimeoutMS=5&appname=x'
  assert.deepEqual(nonDefaultPoolOptions(resolveOptions(`${host}?${query}`)), {
    maxPoolSize: 100,
    minPoolSize: 1,
    maxConnecting: 3,
    maxIdleTimeMS: 90_000,
    waitQueueTimeoutMS: 5
  })
})
