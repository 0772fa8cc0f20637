/** Clients of `mongodb+srv`, on virtual time: the prose tests of initial DNS seedlist discovery, and when look-ups happen. */
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { suite, test } from 'node:test'
import { inspect } from 'node:util'
import { startDeployment } from '../../src/embedded/index.ts'
import {
  MongoAPIError,
  MongoClientClosedError,
  MongoInvalidArgumentError,
  MongoOperationTimeoutError,
  MongoParseError,
  MongoRuntimeError,
  MongoServerSelectionError
} from '../../src/errors/index.ts'
import type { NameResolver } from '../../src/client/index.ts'
import type { VirtualRuntime } from '../../src/runtime/virtual/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { failureOf, MongoClient } from './bench.ts'
import { host, member, name, uri, withRecord } from './seed_list_bench.ts'

suite('prose tests of initial DNS seedlist discovery', () => {
  for (const srvHost of ['localhost', 'mongo.local'])
    test(`1. a name with fewer than three parts is allowed (${srvHost})`, () =>
      withRecord(async ({ dns, make }) => {
        dns.setSRV(`_mongodb._tcp.${srvHost}`, [{ name: `db.${srvHost}`, port: 27017 }])
        const client = make(`mongodb+srv://${srvHost}/?tls=false&serverSelectionTimeoutMS=50`)
        // Found, and nobody listens there.
        assert.ok((await failureOf(client.connect())) instanceof MongoServerSelectionError)
        assert.deepEqual(client.options.hosts, [{ host: `db.${srvHost}`, port: 27017 }])
      }))

  for (const [rule, srvHost, target] of [
    ['2. a host that does not end with the domain is refused', 'localhost', 'localhost.mongodb'],
    ['2. a host that does not end with the domain is refused', 'mongo.local', 'test_1.evil.local'],
    ['2. a host that does not end with the domain is refused', 'blogs.mongodb.com', 'blogs.evil.com'],
    ['3. a host that is the name itself is refused where the name is all domain', 'localhost', 'localhost'],
    ['3. a host that is the name itself is refused where the name is all domain', 'mongo.local', 'mongo.local'],
    ['4. a host without a dot before the domain is refused', 'localhost', 'test_1.cluster_1localhost'],
    ['4. a host without a dot before the domain is refused', 'mongo.local', 'test_1.my_hostmongo.local'],
    ['4. a host without a dot before the domain is refused', 'blogs.mongodb.com', 'cluster.testmongodb.com']
  ] as const)
    test(`${rule} (${srvHost} leads to ${target})`, () =>
      withRecord(async ({ runtime, dns, make }) => {
        dns.setSRV(`_mongodb._tcp.${srvHost}`, [{ name: target, port: 27017 }])
        const dials = runtime.network.transports().length
        const error = await failureOf(make(`mongodb+srv://${srvHost}/?tls=false`).connect())
        assert.ok(error instanceof MongoAPIError)
        assert.match(error.message, new RegExp(`"${target}:27017"; each must end with`))
        assert.equal(runtime.network.transports().length, dials)
      }))
})

suite('a client of mongodb+srv', () => {
  test('looks nothing up when it is made, and tells nothing', () =>
    withRecord(async ({ dns, make }) => {
      const client = make()
      let told = 0
      client.on('topologyOpening', () => told++)
      assert.deepEqual([dns.lookups, told, client.pools(), client.options.hosts], [[], 0, [], []])
      assert.equal(inspect(client), `MongoClient { mongodb+srv://${host} }`)
      assert.deepEqual(client.toJSON(), { srvHost: host, hosts: [], pools: [] })
      await client.close()
      assert.deepEqual(dns.lookups, [])
    }))

  test('looks up a turn later by itself', () =>
    withRecord(async ({ runtime, dns, make }) => {
      const client = make()
      await runtime.sleep(20)
      assert.deepEqual(dns.lookups, [`SRV ${name}`, `TXT ${host}`])
      assert.equal(client.pools().length, 1)
    }))

  test('has one look-up for all operations that wait for it', () =>
    withRecord(async ({ dns, make }) => {
      const client = make()
      const orders = client.db('shop').collection('orders')
      await Promise.all([client.connect(), orders.insertOne({}), orders.insertOne({})])
      assert.equal(await orders.countDocuments(), 2)
      assert.equal(dns.lookups.length, 2)
    }))

  test('knows what the TXT record sets once it has been looked up', () =>
    withRecord(async ({ dns, make }) => {
      dns.setTXT(host, [['replicaSet=rs0&auth', 'Source=users']])
      const client = make()
      assert.deepEqual([client.options.replicaSet, client.options.authSource], [undefined, undefined])
      await client.connect()
      const { replicaSet, authSource, hosts, tls } = client.options
      assert.deepEqual(
        [replicaSet, authSource, hosts, tls],
        ['rs0', 'users', [{ host: member.name, port: 27017 }], false]
      )
    }))

  test('authenticates against the authSource of the TXT record', () => {
    const runtime = virtualRuntime({ seed: 1 })
    runtime.dns.setSRV(name, [member])
    runtime.dns.setTXT(host, [['authSource=users']])
    return runtime.run(async () => {
      const users = [{ name: 'ada', password: 'secret', database: 'users' }]
      const at = { host: member.name, port: member.port, exposed: true }
      const deployment = await startDeployment({ kind: 'standalone', runtime, users, ...at })
      const client = new MongoClient(`mongodb+srv://ada:secret@${host}/shop?tls=false`, { runtime })
      await client.db().collection('orders').insertOne({})
      await client.close()
      await deployment.stop()
    })
  })

  test('tells its events in the order of any other client, from the seeds on', () =>
    withRecord(async ({ make }) => {
      const told: string[] = []
      const client = make(uri, { sdamEventHandler: event => told.push(event.name) })
      client.on('topologyDescriptionChanged', ({ previousDescription, newDescription }) =>
        told.push(`${previousDescription.servers.size} to ${newDescription.servers.size} servers`)
      )
      await client.connect()
      assert.deepEqual(told.slice(0, 5), [
        'topologyOpening',
        'topologyDescriptionChanged',
        '0 to 1 servers',
        'serverOpening',
        'serverHeartbeatStarted'
      ])
    }))

  test('warns of what it ignores in a TXT record', () =>
    withRecord(
      async ({ dns, make }) => {
        dns.setTXT(host, [['loadBalanced=perhaps']])
        await make().connect()
      },
      [/^loadBalanced in the TXT record of cluster\.example\.test cannot be "perhaps"; it is ignored$/]
    ))

  test('uses no more hosts than srvMaxHosts, each of them as likely', () =>
    withRecord(async ({ dns, make }) => {
      const targets = ['a', 'b', 'c'].map(part => ({ name: `${part}.example.test`, port: 27017 }))
      dns.setSRV(name, targets)
      const drawn = new Map<string, number>()
      for (let draw = 0; draw < 90; draw++) {
        const client = make(`${uri}&srvMaxHosts=2&serverSelectionTimeoutMS=2`)
        await failureOf(client.connect())
        assert.equal(client.options.hosts.length, 2)
        for (const each of client.options.hosts) drawn.set(inspect(each), (drawn.get(inspect(each)) ?? 0) + 1)
        await client.close()
      }
      assert.equal(drawn.size, 3)
      for (const times of drawn.values()) assert.ok(times > 40 && times < 80, `${times} of 90`)
    }))
})

suite('a look-up that fails', () => {
  for (const [what, break_, says, kind] of [
    ['no such name', dns => dns.setSRV(name, []), /no SRV record was found .*there is no such name/, MongoRuntimeError],
    ['a DNS server that fails', dns => dns.fail(name, 'ESERVFAIL'), /failed: querySrv ESERVFAIL/, MongoRuntimeError],
    [
      'a TXT record that cannot be read',
      dns => dns.fail(host, 'EREFUSED'),
      /TXT record of .* failed: queryTxt EREFUSED/,
      MongoRuntimeError
    ],
    [
      'two TXT records',
      dns => dns.setTXT(host, [['replicaSet=a'], ['authSource=b']]),
      /has 2 TXT records/,
      MongoParseError
    ],
    ['a TXT record with another option', dns => dns.setTXT(host, [['ssl=false']]), /sets "ssl"/, MongoParseError],
    [
      'a contradiction',
      dns => dns.setTXT(host, [['loadBalanced=true&replicaSet=rs0']]),
      /loadBalanced true cannot be used with replicaSet/,
      MongoInvalidArgumentError
    ]
  ] as readonly [string, (dns: VirtualRuntime['dns']) => void, RegExp, new (message: string) => Error][])
    test(`is told at once, by an error of its own, to each who waits (${what})`, () =>
      withRecord(async ({ runtime, dns, make }) => {
        break_(dns)
        const client = make()
        const startedMS = runtime.clock.nowMS()
        const errors = await Promise.all([
          failureOf(client.connect()),
          failureOf(client.db().command({ ping: 1 })),
          failureOf(client.db().collection('c').insertOne({}))
        ])
        assert.ok(runtime.clock.nowMS() - startedMS < 10)
        for (const error of errors) {
          assert.ok(error instanceof kind, error.name)
          assert.match(error.message, says)
        }
        assert.equal(new Set(errors).size, 3)
        assert.deepEqual(client.pools(), [])
      }))

  test('is over: the next operation looks up anew, and may find what was missing', () =>
    withRecord(async ({ dns, make }) => {
      dns.fail(name, 'ESERVFAIL')
      const client = make()
      await failureOf(client.connect())
      await failureOf(client.connect())
      assert.equal(dns.lookups.length, 4)
      dns.fail(name, undefined)
      await client.db().command({ ping: 1 })
      assert.equal(dns.lookups.length, 6)
    }))

  test('is not repeated sooner than minHeartbeatFrequencyMS, however many operations ask', () =>
    withRecord(async ({ runtime, dns, make }) => {
      dns.setSRV(name, [])
      const client = make()
      const endMS = runtime.clock.nowMS() + 10_000
      let failures = 0
      while (runtime.clock.nowMS() < endMS) {
        await Promise.all([failureOf(client.db().command({ ping: 1 })), failureOf(client.connect())])
        failures += 2
      }
      const lookups = dns.lookups.filter(lookup => lookup.startsWith('SRV')).length
      assert.ok(lookups >= 19 && lookups <= 21, `${lookups} look-ups`)
      assert.equal(failures, 2 * lookups)
    }))

  test('is repeated once where its time to rest ends with an operation', () =>
    withRecord(async ({ runtime, dns, make }) => {
      dns.setSRV(name, [])
      const client = make()
      await failureOf(client.connect())
      // Ends at the same time as the client's own timer, and before it.
      const rested = runtime.sleep(500)
      const first = failureOf(client.connect())
      await rested
      const second = failureOf(client.connect())
      await Promise.all([first, second])
      assert.equal(dns.lookups.length, 4)
    }))

  test('leaves nothing behind when the client is closed before the next', () =>
    withRecord(async ({ dns, make }) => {
      dns.setSRV(name, [])
      const client = make()
      await failureOf(client.connect())
      const waiting = failureOf(client.connect())
      await client.close()
      assert.ok((await waiting) instanceof MongoClientClosedError)
      assert.equal(dns.lookups.length, 2)
    }))

  test('without anybody who waits is told to nobody', () =>
    withRecord(async ({ runtime, dns, make }) => {
      dns.setSRV(name, [])
      make()
      await runtime.sleep(100)
      assert.equal(dns.lookups.length, 2)
    }))

  test('ends after connectTimeoutMS where nobody answers', () =>
    withRecord(async ({ runtime, dns, make }) => {
      dns.silence(name, true)
      const startedMS = runtime.clock.nowMS()
      const error = await failureOf(make(`${uri}&connectTimeoutMS=700`).connect())
      assert.match(error.message, /SRV record of .* did not end within connectTimeoutMS \(700 ms\)/)
      assert.equal(runtime.clock.nowMS() - startedMS, 700)
    }))

  test('for the TXT record counts as well', () =>
    withRecord(async ({ dns, make }) => {
      dns.silence(host, true)
      assert.match(
        (await failureOf(make().connect())).message,
        /TXT record of cluster\.example\.test did not end within/
      )
    }))
})

suite('while the look-up is under way', () => {
  test('an operation waits no longer than serverSelectionTimeoutMS, and says for what', () =>
    withRecord(async ({ runtime, dns, make }) => {
      dns.silence(name, true)
      const startedMS = runtime.clock.nowMS()
      const client = make(`${uri}&serverSelectionTimeoutMS=300`)
      for (const waiting of [client.connect(), client.db().command({ ping: 1 })]) {
        const error = await failureOf(waiting)
        assert.ok(error instanceof MongoServerSelectionError)
        assert.match(error.message, /The SRV and TXT records of cluster\.example\.test have not been found yet/)
      }
      assert.equal(runtime.clock.nowMS() - startedMS, 300)
    }))

  test('an operation waits no longer than its timeoutMS', () =>
    withRecord(async ({ dns, make }) => {
      dns.silence(name, true)
      const error = await failureOf(make().db().command({ ping: 1 }, { timeoutMS: 200 }))
      assert.ok(error instanceof MongoOperationTimeoutError)
    }))

  test('an operation is aborted by its signal', () =>
    withRecord(async ({ runtime, dns, make }) => {
      dns.silence(name, true)
      const abort = new AbortController()
      const waiting = failureOf(make().db().command({ ping: 1 }, { signal: abort.signal }))
      await runtime.sleep(5)
      abort.abort(new Error('enough'))
      assert.equal((await waiting).message, 'enough')
    }))

  test('close() ends it and the operations that wait', () =>
    withRecord(async ({ dns, make }) => {
      dns.silence(name, true)
      const client = make()
      const waiting = failureOf(client.db().command({ ping: 1 }))
      await client.close()
      assert.match((await waiting).message, /client/)
      const late = await failureOf(client.connect())
      assert.ok(late instanceof MongoClientClosedError)
      assert.equal(dns.lookups.length, 2)
    }))

  test('shutdown() lets operations in progress finish, the look-up included', () =>
    withRecord(async ({ dns, make }) => {
      dns.latencyMS = 50
      const client = make()
      const inserted = client.db('shop').collection('orders').insertOne({})
      await Promise.all([client.shutdown(), inserted])
      assert.deepEqual(client.pools(), [])
    }))

  test('a closed client tells nothing when the answer comes', () =>
    withRecord(async ({ runtime, dns, make }) => {
      dns.latencyMS = 50
      const told: string[] = []
      const client = make(uri, { sdamEventHandler: event => told.push(event.name) })
      await runtime.sleep(5)
      await client.close()
      await runtime.sleep(100)
      assert.deepEqual(told, [])
    }))
})

suite('a resolver of the program’s own', () => {
  const own = (more: Partial<NameResolver> = {}): NameResolver => ({
    resolveSrv: () => Promise.resolve([{ ...member, priority: 0, weight: 0 }]),
    resolveTxt: () => Promise.reject(Object.assign(new Error('queryTxt ENODATA'), { code: 'ENODATA' })),
    ...more
  })

  test('is asked in place of the Runtime’s, outside the caller’s context', () =>
    withRecord(async ({ dns, make }) => {
      const context = new AsyncLocalStorage<string>()
      const seen: unknown[] = []
      const resolver = own({
        resolveSrv: asked => {
          seen.push(asked, context.getStore())
          return own().resolveSrv(asked)
        }
      })
      await context.run('caller', () => make(uri, { resolver }).connect())
      assert.deepEqual([seen, dns.lookups], [[name, undefined], []])
    }))

  for (const [what, more, says] of [
    ['that rejects', { resolveSrv: () => Promise.reject(new Error('no way')) }, /SRV record of .* failed: no way$/],
    [
      'that throws',
      {
        resolveSrv: () => {
          throw new Error('no way')
        }
      },
      /failed: no way$/
    ],
    ['that gives no records', { resolveTxt: () => Promise.resolve(5 as never) }, /TXT record of .* gave no array/],
    [
      'that never answers',
      { resolveSrv: () => new Promise<never>(() => undefined) },
      /did not end within connectTimeoutMS/
    ]
  ] as readonly [string, Partial<NameResolver>, RegExp][])
    test(`${what} is an error that says so`, () =>
      withRecord(async ({ make }) => {
        assert.match((await failureOf(make(uri, { resolver: own(more) }).connect())).message, says)
      }))

  test('without its two methods is refused when the client is made', () =>
    withRecord(({ make }) => {
      const resolver = { resolveSrv: () => Promise.resolve([]) } as unknown as NameResolver
      assert.throws(() => make(uri, { resolver }), /resolver must have the methods resolveSrv and resolveTxt/)
      return Promise.resolve()
    }))
})
