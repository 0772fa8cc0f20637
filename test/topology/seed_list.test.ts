import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { MongoAPIError, MongoParseError, MongoRuntimeError } from '../../src/errors/index.ts'
import { DNSError } from '../../src/runtime/index.ts'
import {
  domainOf,
  lookupFailure,
  rescanDelayMS,
  rescanned,
  seedHosts,
  seedListHostsMax,
  srvNameOf,
  txtTextOf
} from '../../src/topology/index.ts'

const named = (srvHost: string, srvServiceName = 'mongodb') => ({ srvHost, srvServiceName })
const cluster = named('cluster.example.com')
const at = (name: string, port = 27017) => ({ name, port })

suite('the hosts of an SRV record', () => {
  test('the name that is looked up has the service and the protocol before it', () => {
    assert.equal(srvNameOf(cluster), '_mongodb._tcp.cluster.example.com')
    assert.equal(srvNameOf(named('localhost', 'customname')), '_customname._tcp.localhost')
  })

  test('the domain is the name without its first part, or the whole of one with fewer than three', () => {
    for (const [host, domain] of [
      ['cluster_1.tests.example.co.uk', 'tests.example.co.uk'],
      ['cluster.example.com', 'example.com'],
      ['example.com', 'example.com'],
      ['localhost', 'localhost']
    ] as const)
      assert.equal(domainOf(host), domain)
  })

  for (const [srvHost, target] of [
    ['cluster.example.com', 'db1.example.com'],
    ['cluster.example.com', 'DB1.Example.COM.'],
    ['cluster.example.com', 'db1.sub.example.com'],
    ['cluster.example.com', 'cluster.example.com'],
    ['example.com', 'db1.example.com'],
    ['localhost', 'a_1.localhost']
  ] as const)
    test(`${target} is a host for ${srvHost}`, () => {
      const host = target.toLowerCase().replace(/\.$/, '')
      assert.deepEqual(seedHosts([at(target)], named(srvHost)), [{ host, port: 27017 }])
    })

  for (const [why, srvHost, target, port] of [
    ['of another domain', 'cluster.example.com', 'db1.example.org', 27017],
    ['of a domain whose name only ends alike', 'cluster.example.com', 'db1.notexample.com', 27017],
    ['of the domain above', 'cluster.sub.example.com', 'db1.example.com', 27017],
    ['the domain itself', 'cluster.example.com', 'example.com', 27017],
    ['the name itself, which is all domain', 'example.com', 'example.com', 27017],
    ['nothing, which says that there is no such service', 'cluster.example.com', '', 0],
    ['the path of a socket', 'cluster.example.com', '/tmp/x.example.com', 27017],
    ['an address with user information', 'cluster.example.com', 'u:p@db1.example.com', 27017],
    ['with an empty part', 'cluster.example.com', 'db1..example.com', 27017],
    ['a host without a port', 'cluster.example.com', 'db1.example.com', 0]
  ] as const)
    test(`a target is refused that is ${why}`, () => {
      const records = [at('good.example.com'), at(target, port)]
      const refused = (error: unknown): boolean =>
        error instanceof MongoAPIError && error.message.includes(JSON.stringify(`${target}:${port}`))
      assert.throws(() => seedHosts(records.slice(1), named(srvHost)), refused)
      assert.deepEqual(rescanned({ srv: records.slice(1), txt: [] }, named(srvHost)).addresses, [])
    })

  test('the error says what was looked up, what was refused, and what hosts must end with', () => {
    const records = ['a.evil.org', 'b.example.com', 'c\n.evil.org'].map(name => at(name))
    assert.throws(
      () => seedHosts(records, cluster),
      /^MongoAPIError: mongodb\+srv: the SRV record of _mongodb\._tcp\.cluster\.example\.com lists .*"a\.evil\.org:27017", "c \.evil\.org:27017"; each must end with "\.example\.com"$/
    )
  })

  test('the error names no more than a few of many targets, none of them at length', () => {
    const records = Array.from({ length: 900 }, (_, index) => at(`${'x'.repeat(300)}${index}.evil.org`))
    assert.throws(
      () => seedHosts(records, cluster),
      (error: Error) => error.message.length < 1000 && /and 895 more/.test(error.message)
    )
  })

  test('each host counts once', () => {
    const hosts = seedHosts([at('a.example.com'), at('A.example.com.'), at('a.example.com', 27018)], cluster)
    assert.deepEqual(
      hosts.map(({ port }) => port),
      [27017, 27018]
    )
  })

  test('none are an error, and so are more than the limit', () => {
    assert.throws(() => seedHosts([], cluster), /no SRV record was found for _mongodb\._tcp\.cluster\.example\.com/)
    const many = Array.from({ length: seedListHostsMax + 1 }, (_, index) => at(`h${index}.example.com`))
    assert.equal(seedHosts(many.slice(1), cluster).length, seedListHostsMax)
    assert.throws(() => seedHosts(many, cluster), /lists 1001 hosts, above the limit of 1000/)
    assert.match(rescanned({ srv: many, txt: [] }, cluster).problem ?? '', /1001 hosts.* The servers stay as they are$/)
  })
})

suite('the TXT record', () => {
  test('its strings are one text', () =>
    assert.equal(txtTextOf([['replicaS', 'et=rep', 'l0']], 'h'), 'replicaSet=repl0'))

  test('there may be none', () => assert.equal(txtTextOf([], 'h'), undefined))

  test('two of them are an error that counts them', () => {
    assert.throws(
      () => txtTextOf([['replicaSet=a'], ['authSource=b']], 'cluster.example.com'),
      (error: unknown) =>
        error instanceof MongoParseError && /cluster\.example\.com has 2 TXT records/.test(error.message)
    )
  })
})

suite('a look-up that failed', () => {
  for (const [what, failed, says, code] of [
    [
      'an unknown name',
      { type: 'SRV', error: new DNSError('x', 'ENOTFOUND') },
      /there is no such name; check the host/,
      'ENOTFOUND'
    ],
    [
      'a name without records',
      { type: 'SRV', error: new DNSError('x', 'ENODATA') },
      /the name has none; check the host/,
      'ENODATA'
    ],
    [
      'a server that fails',
      { type: 'TXT', error: new DNSError('queryTxt ESERVFAIL c', 'ESERVFAIL') },
      /TXT record of cluster\.example\.com failed: queryTxt ESERVFAIL c$/,
      'ESERVFAIL'
    ],
    [
      'a code that the text lacks',
      { type: 'SRV', error: new DNSError('refused', 'EREFUSED') },
      /failed: refused \(EREFUSED\)$/,
      'EREFUSED'
    ],
    [
      'silence',
      { type: 'SRV', error: { limitMS: 250 } },
      /SRV record of _mongodb\._tcp\.cluster\.example\.com did not end within connectTimeoutMS \(250 ms\); check that a DNS server answers$/,
      undefined
    ]
  ] as const)
    test(`is an error that says so (${what})`, () => {
      const error = lookupFailure(cluster, failed)
      assert.ok(error instanceof MongoRuntimeError)
      assert.match(error.message, says)
      assert.equal(error.code, code)
    })

  test('leaves the servers as they are in a later scan', () => {
    const { addresses, problem } = rescanned({ type: 'SRV', error: { limitMS: 1 } }, cluster)
    assert.deepEqual(addresses, [])
    assert.match(problem ?? '', /\. The servers stay as they are$/)
  })
})

suite('the next scan', () => {
  const records = (...lifetimes: (number | undefined)[]) => lifetimes.map(ttl => ({ ...at('a.example.com'), ttl }))
  for (const [what, foundHosts, lifetimes, delayMS] of [
    ['a minute later where no time to live is told', true, [undefined, undefined], 60_000],
    ['no sooner than a minute', true, [5, 86_400], 60_000],
    ['when the shortest-lived record ends', true, [300, 86_400, undefined], 300_000],
    ['after a heartbeat when no host was found', false, [300], 10_000]
  ] as const)
    test(`comes ${what}`, () =>
      assert.equal(rescanDelayMS({ foundHosts, records: records(...lifetimes) }, 10_000), delayMS))

  test('keeps the hosts of the domain and says which it ignores', () => {
    const { addresses, problem } = rescanned({ srv: [at('a.example.com'), at('b.evil.org')], txt: [] }, cluster)
    assert.deepEqual(addresses, ['a.example.com:27017'])
    assert.match(problem ?? '', /"b\.evil\.org:27017".*They are ignored$/)
  })
})
