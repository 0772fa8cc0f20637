/** Clients behind a SOCKS5 proxy, on loopback: the prose tests of SOCKS5 support, and what becomes of a proxy that fails. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { inspect } from 'node:util'
import { startDeployment, virtualRuntime } from '../../src/embedded/index.ts'
import {
  MongoClientClosedError,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoServerSelectionError
} from '../../src/errors/index.ts'
import type { Deployment } from '../../src/embedded/index.ts'
import { Authority } from '../certificates/certificates.ts'
import { Files } from '../certificates/files.ts'
import { SOCKS5Server } from '../runtime/socks5_server.ts'
import { failureOf, MongoClient } from './bench.ts'

type ClientArguments = ConstructorParameters<typeof MongoClient>

const mapped = 'localhost:12345'
const user = { username: 'username', password: 'p4ssw0rd' }
const known = { proxyUsername: user.username, proxyPassword: user.password }
const unknown = { proxyUsername: 'nonexistentuser', proxyPassword: 'badauth' }
const briefly = 'serverSelectionTimeoutMS=500'

const files = new Files()
after(() => files.remove())
const authority = new Authority('tests')
const issued = authority.issue({ name: [['CN', 'server']], hosts: ['localhost', '127.0.0.1'] })
const tlsCAFile = files.write('ca.pem', authority.certificate)

/** One row of the specification's table. */
const table: readonly (readonly [
  hosts: 'mapped' | 'set',
  proxy: 'asking' | 'open',
  shown: object,
  succeeds: boolean
])[] = [
  ['mapped', 'asking', {}, false],
  ['mapped', 'open', {}, true],
  ['set', 'asking', {}, false],
  ['set', 'open', {}, true],
  ['mapped', 'asking', unknown, false],
  ['mapped', 'open', unknown, true],
  ['set', 'open', unknown, true],
  ['mapped', 'asking', known, true],
  ['set', 'asking', known, true]
]

for (const encrypted of [false, true])
  suite(`prose tests of SOCKS5 support, ${encrypted ? 'with' : 'without'} TLS`, () => {
    let deployment: Deployment
    let proxies: Readonly<Record<'asking' | 'open', SOCKS5Server>>
    before(async () => {
      const tls = { key: issued.key, cert: issued.certificate, ca: authority.certificate }
      deployment = await startDeployment({ kind: 'replicaSet', ...(encrypted ? { tls } : {}) })
      const [member] = deployment.members
      const map = { [mapped]: Number(member?.address.split(':')[1]) }
      proxies = { asking: await SOCKS5Server.listen({ user, map }), open: await SOCKS5Server.listen({ map }) }
    })
    after(async () => {
      for (const proxy of Object.values(proxies)) await proxy.close()
      await deployment.stop()
    })

    const sourceOf = (hosts: 'mapped' | 'set'): string => {
      const options = `${briefly}${encrypted ? `&tls=true&tlsCAFile=${encodeURIComponent(tlsCAFile)}` : ''}`
      if (hosts === 'mapped') return `mongodb://${mapped}/?directConnection=true&${options}`
      return `mongodb://${deployment.members.map(({ address }) => address).join(',')}/?${options}`
    }

    for (const [hosts, proxy, shown, succeeds] of table)
      for (const inURI of [true, false]) {
        const who =
          inspect(shown) === '{}' ? 'nobody' : shown === known ? 'a user whom it knows' : 'a user whom it does not know'
        const where = inURI ? 'in the connection string' : 'in an options object'
        test(`hello ${succeeds ? 'succeeds' : 'fails'} by the ${proxy} proxy as ${who}, to the ${hosts}, ${where}`, async () => {
          const given = { proxyHost: 'localhost', proxyPort: proxies[proxy].port, ...shown }
          const query = Object.entries(given).map(([name, value]) => `&${name}=${value}`)
          const source = inURI ? sourceOf(hosts) + query.join('') : sourceOf(hosts)
          const client = new MongoClient(source, inURI ? {} : given)
          const told: string[] = []
          client.on('commandStarted', event => told.push(inspect(event)))
          client.on('connectionReady', event => told.push(inspect(event)))
          const hello = client.db('admin').command({ hello: 1 })
          if (succeeds) {
            assert.equal((await hello)['ok'], 1)
            assert.equal(told.length, 2)
            // Nobody learns of the proxy where the server is named.
            assert.ok(told.every(text => !text.includes(String(proxies[proxy].port))))
          } else assert.ok((await failureOf(hello)) instanceof MongoServerSelectionError)
          await client.close()
        })
      }
  })

suite('behind a proxy', () => {
  let deployment: Deployment
  before(async () => {
    deployment = await startDeployment({ kind: 'standalone' })
  })
  after(() => deployment.stop())

  const withProxy = async (
    settings: Parameters<typeof SOCKS5Server.listen>[0],
    work: (make: (query?: string, more?: ClientArguments[1]) => MongoClient, proxy: SOCKS5Server) => Promise<void>
  ): Promise<void> => {
    const proxy = await SOCKS5Server.listen(settings)
    const clients: MongoClient[] = []
    try {
      await work((query = '', more = {}) => {
        const client = new MongoClient(`${deployment.uri}?proxyHost=127.0.0.1&proxyPort=${proxy.port}${query}`, more)
        clients.push(client)
        return client
      }, proxy)
    } finally {
      for (const client of clients) await client.close()
      await proxy.close()
    }
  }

  test('every socket goes through it, those of monitors too', () =>
    withProxy({}, async (make, proxy) => {
      const client = make('&serverMonitoringMode=stream')
      await client.db().collection('orders').insertOne({})
      const purposes = new Set(client.connections().map(({ purpose }) => purpose))
      assert.deepEqual([...purposes].toSorted(), ['monitor', 'pool', 'roundTripTime'])
      const [member] = deployment.members
      assert.equal(proxy.asked.length, client.connections().length)
      assert.deepEqual([...new Set(proxy.asked)], [member?.address])
      assert.equal(member?.connections().current, proxy.asked.length)
    }))

  test('selection says what the proxy did, and what to do', () =>
    withProxy({ user }, async make => {
      const error = await failureOf(make(`&${briefly}`).connect())
      assert.match(error.message, /The proxy did not connect: are its address and its credentials right\?/)
      assert.match(error.message, /through the proxy 127\.0\.0\.1:\d+ failed: it demands authentication/)
    }))

  test('a password that it does not accept shows nowhere', () =>
    withProxy({ user }, async make => {
      const client = make(`&${briefly}&proxyUsername=CANARY6&proxyPassword=CANARY7`)
      const told: unknown[] = []
      client.on('serverHeartbeatFailed', event => told.push(event))
      const error = await failureOf(client.connect())
      assert.ok(told.length > 0)
      assert.doesNotMatch(inspect([error, told, client, client.options], { depth: 12, showHidden: true }), /CANARY/)
    }))

  test('a proxy that fails a pool’s connection is no sign of an overloaded server', () =>
    withProxy({}, async (make, proxy) => {
      const client = make('&serverMonitoringMode=poll&heartbeatFrequencyMS=60000')
      await client.connect()
      let cleared = 0
      client.on('connectionPoolCleared', () => cleared++)
      await proxy.close()
      const error = await failureOf(client.db().command({ ping: 1 }))
      assert.ok(error instanceof MongoNetworkError)
      assert.match(error.message, /through the proxy 127\.0\.0\.1:\d+ failed: connect ECONNREFUSED/)
      assert.deepEqual([error.code, error.errorLabels, cleared], ['ECONNREFUSED', [], 1])
    }))

  test('a silent one is given up after connectTimeoutMS, as what it is', () =>
    withProxy({ silent: true }, async make => {
      const client = make('&connectTimeoutMS=120&serverSelectionTimeoutMS=250')
      const error = await failureOf(client.connect())
      assert.match(
        error.message,
        /within connectTimeoutMS \(120 ms\): it waited for the proxy, and it had not connected to the server/
      )
      assert.match(error.message, /The proxy did not connect/)
    }))

  test('close() ends what waits for a silent one', () =>
    withProxy({ silent: true }, async (make, proxy) => {
      const client = make()
      const waiting = failureOf(client.connect())
      while (proxy.connections === 0) await new Promise(setImmediate)
      await client.close()
      assert.ok((await waiting) instanceof MongoClientClosedError)
      assert.deepEqual(client.connections(), [])
    }))
})

suite('a proxy that cannot be used', () => {
  for (const [what, source, options, says] of [
    [
      'an empty host',
      'mongodb://h/?proxyHost=',
      {},
      /^proxyHost in the connection string cannot be used, and cenote does not connect around/
    ],
    [
      'a port that is none',
      'mongodb://h/?proxyHost=p&proxyPort=x',
      {},
      /^proxyPort in the connection string cannot be used/
    ],
    [
      'the path of a socket as the server',
      'mongodb://%2Ftmp%2Fa.sock/?proxyHost=p',
      {},
      /a UNIX domain socket is not reached through a proxy; name "\/tmp\/a\.sock" without proxyHost/
    ],
    [
      'a password of more than 255 bytes',
      'mongodb://h/?proxyHost=p',
      { proxyUsername: 'u', proxyPassword: 'é'.repeat(128) },
      /proxyPassword must be a string of 1 to 255 bytes/
    ]
  ] as const)
    test(`is refused when the client is made: ${what}`, () => {
      assert.throws(
        () => new MongoClient(source, options),
        (error: unknown) => error instanceof MongoInvalidArgumentError && says.test(error.message)
      )
    })

  test('is refused by the virtual network, which has none', async () => {
    const runtime = virtualRuntime({ seed: 1 })
    await runtime.run(async () => {
      const deployment = await startDeployment({ kind: 'standalone', runtime })
      const client = new MongoClient(deployment.uri, { runtime, proxyHost: 'p', serverSelectionTimeoutMS: 100 })
      assert.match((await failureOf(client.connect())).message, /the virtual network has no proxies/)
      await client.close()
      await deployment.stop()
    })
  })
})
