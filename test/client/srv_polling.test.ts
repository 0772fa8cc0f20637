/** Polling of SRV records, on virtual time: the prose tests of the specification, and what they leave open. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Router } from '../../conformance/seed_lists/router.ts'
import { startDeployment } from '../../src/embedded/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { MongoClient } from './bench.ts'

const rescanMS = 60_000
const heartbeatFrequencyMS = 10_000
const localhost = 'localhost.test.build.10gen.cc'
const host = 'test1.test.build.10gen.cc'
const name = `_mongodb._tcp.${host}`
const ports = [27017, 27018, 27019, 27020] as const

const record = (port: number, target = localhost) => ({ name: target, port })
const addresses = (...all: number[]): string[] => all.map(port => `${localhost}:${port}`)

interface Bench {
  readonly runtime: VirtualRuntime
  readonly dns: VirtualRuntime['dns']
  readonly routers: ReadonlyMap<number, Router>
  readonly client: MongoClient
  /** The addresses of the client's servers, sorted. */
  readonly servers: () => string[]
  readonly told: string[]
}

interface BenchOptions {
  readonly source?: string
  readonly balanced?: boolean
  readonly warnings?: readonly RegExp[]
  readonly resolver?: ConstructorParameters<typeof MongoClient>[1]
}

/** Four routers, and a client that has found those of the record. Afterwards nothing is left. */
async function withRouters(work: (bench: Bench) => Promise<void>, options: BenchOptions = {}): Promise<void> {
  const { source = `mongodb+srv://${host}/`, balanced = false, warnings = [] } = options
  const runtime = virtualRuntime({ seed: 1, virtualMSMax: 3_600_000 })
  const { dns } = runtime
  dns.setSRV(name, [record(27017), record(27018)])
  dns.setSRV('_mongodb._tcp.test3.test.build.10gen.cc', [record(27017)])
  dns.setSRV('_customname._tcp.test22.test.build.10gen.cc', [record(27017)])
  await runtime.run(async () => {
    const routers = new Map<number, Router>()
    for (const port of ports)
      routers.set(port, await Router.listen(runtime, { kind: 'tcp', host: localhost, port }, balanced))
    const client = new MongoClient(source, { runtime, tls: false, ...options.resolver })
    const told: string[] = []
    client.on('serverOpening', ({ address }) => told.push(`opening ${address}`))
    client.on('serverClosed', ({ address }) => told.push(`closed ${address}`))
    client.on('connectionPoolClosed', ({ address }) => told.push(`pool closed ${address}`))
    await client.connect()
    const servers = (): string[] =>
      client
        .pools()
        .map(({ address }) => address)
        .toSorted()
    await work({ runtime, dns, routers, client, servers, told })
    await client.close()
    for (const router of routers.values()) await router.close()
    assert.deepEqual(runtime.network.transports(), [], 'sockets are left')
  })
  assert.equal(runtime.timersArmed(), 0, 'timers are left')
  assert.deepEqual(
    runtime.warnings.map(({ code }) => code),
    warnings.map(() => 'CENOTE_SRV_POLL')
  )
  for (const [index, expected] of warnings.entries()) assert.match(runtime.warnings[index]?.message ?? '', expected)
}

const scans = ({ dns }: Bench): number => dns.lookups.filter(lookup => lookup === `SRV ${name}`).length

suite('prose tests of polling SRV records for mongos discovery', () => {
  for (const [rule, after] of [
    ['1. a host that is added to the record joins the topology', [27017, 27018, 27019]],
    ['2. a host that is removed from the record leaves the topology', [27017]],
    ['3. a host that replaces another in the record replaces it in the topology', [27017, 27019]],
    ['4. one new host replaces both', [27019]],
    ['5. two new hosts replace both', [27019, 27020]]
  ] as const)
    test(rule, () =>
      withRouters(async ({ runtime, dns, servers }) => {
        assert.deepEqual(servers(), addresses(27017, 27018))
        dns.setSRV(
          name,
          after.map(port => record(port))
        )
        await runtime.sleep(rescanMS + 100)
        assert.deepEqual(servers(), addresses(...after))
      })
    )

  for (const [rule, break_, warning] of [
    [
      '6. a look-up that is not answered in time changes nothing',
      dns => dns.silence(name, true),
      /did not end within connectTimeoutMS/
    ],
    ['7. a look-up that fails changes nothing', dns => dns.fail(name, 'ENOTFOUND'), /there is no such name/],
    ['8. a record without hosts changes nothing', dns => dns.setSRV(name, []), /no SRV record was found/]
  ] as readonly [string, (dns: VirtualRuntime['dns']) => void, RegExp][])
    test(rule, () =>
      withRouters(
        async ({ runtime, dns, servers }) => {
          break_(dns)
          await runtime.sleep(2 * rescanMS)
          assert.deepEqual(servers(), addresses(27017, 27018))
        },
        { warnings: [warning] }
      )
    )

  test('9. behind a load balancer nothing is polled', () =>
    withRouters(
      async ({ runtime, dns, servers }) => {
        const test3 = '_mongodb._tcp.test3.test.build.10gen.cc'
        dns.setSRV(test3, [record(27017), record(27018)])
        await runtime.sleep(2 * rescanMS)
        assert.deepEqual(servers(), addresses(27017))
        assert.equal(dns.lookups.filter(lookup => lookup === `SRV ${test3}`).length, 1)
      },
      { source: 'mongodb+srv://test3.test.build.10gen.cc/?loadBalanced=true', balanced: true }
    ))

  for (const [rule, srvMaxHosts, before, after] of [
    ['10. all hosts are used with srvMaxHosts 0', 0, 2, [27017, 27019, 27020]],
    ['11. all hosts are used where there are no more than srvMaxHosts', 2, 2, [27019, 27020]]
  ] as const)
    test(rule, () =>
      withRouters(
        async ({ runtime, dns, servers }) => {
          assert.equal(servers().length, before)
          dns.setSRV(
            name,
            after.map(port => record(port))
          )
          await runtime.sleep(2 * rescanMS)
          assert.deepEqual(servers(), addresses(...after))
        },
        { source: `mongodb+srv://${host}/?srvMaxHosts=${srvMaxHosts}` }
      )
    )

  test('12. a host that is still listed stays, and the place that is free goes to a new one by chance', () =>
    withRouters(
      async ({ runtime, dns, servers }) => {
        dns.setSRV(
          name,
          [27017, 27019, 27020].map(port => record(port))
        )
        await runtime.sleep(2 * rescanMS)
        assert.equal(servers().length, 2)
        assert.ok(servers().includes(`${localhost}:27017`))
        assert.ok(!servers().includes(`${localhost}:27018`))
      },
      { source: `mongodb+srv://${host}/?srvMaxHosts=2` }
    ))

  test('13. the service name of the options is the one that is polled', () =>
    withRouters(
      async ({ runtime, dns, servers }) => {
        dns.setSRV('_customname._tcp.test22.test.build.10gen.cc', [record(27019), record(27020)])
        await runtime.sleep(2 * rescanMS)
        assert.deepEqual(servers(), addresses(27019, 27020))
      },
      { source: 'mongodb+srv://test22.test.build.10gen.cc/?srvServiceName=customname' }
    ))

  test('14. a validator is asked in each scan', () => {
    const asked: string[] = []
    const srvHostValidator = (each: string): boolean => asked.push(each) > 0
    return withRouters(
      async ({ runtime, dns, servers }) => {
        asked.length = 0
        dns.setSRV(
          name,
          [27017, 27018, 27019].map(port => record(port))
        )
        await runtime.sleep(2 * rescanMS)
        assert.deepEqual(new Set(asked), new Set([localhost]))
        assert.deepEqual(servers(), addresses(27017, 27018, 27019))
      },
      { resolver: { srvHostValidator } }
    )
  })

  for (const [what, judge, warning] of [
    ['rejects', () => false, /srvHostValidator accepts: .*\. The servers stay as they are$/],
    ['throws', () => assert.fail('no judgement'), /it threw "no judgement"\. The servers stay as they are$/]
  ] as const)
    test(`15. a validator that ${what} changes nothing, and ends no polling`, () => {
      let accepts = true
      return withRouters(
        async ({ runtime, dns, servers }) => {
          accepts = false
          dns.setSRV(
            name,
            [27017, 27018, 27019].map(port => record(port))
          )
          await runtime.sleep(2 * rescanMS)
          assert.deepEqual(servers(), addresses(27017, 27018))
          accepts = true
          await runtime.sleep(2 * heartbeatFrequencyMS)
          assert.deepEqual(servers(), addresses(27017, 27018, 27019))
        },
        { resolver: { srvHostValidator: () => accepts || judge() }, warnings: [warning] }
      )
    })
})

suite('a scan', () => {
  test('comes a minute after the end of the one before, and asks for the SRV record alone', () =>
    withRouters(async bench => {
      bench.dns.latencyMS = 400
      await bench.runtime.sleep(rescanMS - 100)
      assert.equal(scans(bench), 1)
      await bench.runtime.sleep(rescanMS)
      assert.equal(scans(bench), 2)
      await bench.runtime.sleep(500)
      assert.equal(scans(bench), 3)
      assert.equal(bench.dns.lookups.filter(lookup => lookup.startsWith('TXT')).length, 1)
    }))

  test('comes as late as the records hold, where the resolver tells it', async () => {
    let asked = 0
    const resolver = {
      resolveSrv: () => {
        asked++
        return Promise.resolve([
          { ...record(27017), ttl: 300 },
          { ...record(27018), ttl: 86_400 }
        ])
      },
      resolveTxt: () => Promise.resolve([])
    }
    await withRouters(
      async ({ runtime }) => {
        await runtime.sleep(299_000)
        assert.equal(asked, 1)
        await runtime.sleep(2_000)
        assert.equal(asked, 2)
      },
      { resolver: { resolver } }
    )
  })

  test('that fails is repeated after heartbeatFrequencyMS, until one finds hosts, and is warned of once', () =>
    withRouters(
      async bench => {
        const { runtime, dns } = bench
        dns.fail(name, 'ESERVFAIL')
        await runtime.sleep(rescanMS + 100)
        assert.equal(scans(bench), 2)
        await runtime.sleep(3 * heartbeatFrequencyMS)
        assert.equal(scans(bench), 5)
        dns.fail(name, undefined)
        await runtime.sleep(heartbeatFrequencyMS)
        assert.equal(scans(bench), 6)
        await runtime.sleep(rescanMS - 1_000)
        assert.equal(scans(bench), 6)
        dns.fail(name, 'ESERVFAIL')
        await runtime.sleep(2_000)
        assert.equal(scans(bench), 7)
      },
      { warnings: [/querySrv ESERVFAIL .*\. The servers stay as they are$/, /querySrv ESERVFAIL/] }
    ))

  test('ignores hosts outside the domain with a warning, connects to none of them, and takes the others', () =>
    withRouters(
      async ({ runtime, dns, servers, told }) => {
        dns.setSRV(name, [record(27019), record(27017, 'localhost.evil.example')])
        await runtime.sleep(rescanMS + 100)
        assert.deepEqual(servers(), addresses(27019))
        assert.ok(told.every(line => !line.includes('evil')))
      },
      { warnings: [/"localhost\.evil\.example:27017".*They are ignored$/] }
    ))

  test('in which all hosts lie outside the domain changes nothing', () =>
    withRouters(
      async bench => {
        bench.dns.setSRV(name, [record(27017, 'localhost.evil.example')])
        await bench.runtime.sleep(rescanMS + 100)
        assert.deepEqual(bench.servers(), addresses(27017, 27018))
        await bench.runtime.sleep(heartbeatFrequencyMS)
        assert.equal(scans(bench), 3)
      },
      { warnings: [/"localhost\.evil\.example:27017".*The servers stay as they are$/] }
    ))

  test('leaves a host that is still listed its pool and its connections', () =>
    withRouters(async ({ runtime, dns, client, told }) => {
      for (let count = 0; count < 20; count++) await client.db().command({ ping: 1 })
      const dialled = (): (string | number)[][] =>
        client
          .connections()
          .filter(({ address }) => address.endsWith(':27017'))
          .map(({ purpose, ageMS }) => [purpose, Math.round(runtime.clock.nowMS() - ageMS)])
      const before = dialled()
      assert.ok(before.some(([purpose]) => purpose === 'pool'))
      dns.setSRV(name, [record(27017), record(27019)])
      await runtime.sleep(rescanMS + 100)
      assert.deepEqual(dialled(), before)
      assert.ok(told.every(line => line === `opening ${localhost}:27017` || !line.endsWith(':27017')))
    }))

  test('closes what belongs to a host that is gone, in one step with the description', () =>
    withRouters(async ({ runtime, dns, client, routers, told }) => {
      for (let count = 0; count < 20; count++) await client.db().command({ ping: 1 })
      told.length = 0
      let atChange: string[] = []
      client.on('topologyDescriptionChanged', ({ newDescription }) => {
        if (newDescription.servers.has(`${localhost}:27019`) && atChange.length === 0)
          atChange = client.pools().map(({ address }) => address)
      })
      dns.setSRV(name, [record(27017), record(27019)])
      await runtime.sleep(rescanMS + 100)
      assert.deepEqual(told, [
        `pool closed ${localhost}:27018`,
        `closed ${localhost}:27018`,
        `opening ${localhost}:27019`
      ])
      assert.deepEqual(atChange, addresses(27017, 27019))
      assert.equal(routers.get(27018)?.connections, 0)
    }))

  test('serves an operation that waits while no server can be reached', () =>
    withRouters(async ({ runtime, dns, client, routers }) => {
      await routers.get(27017)?.close()
      await routers.get(27018)?.close()
      await runtime.sleep(rescanMS - 10_000)
      dns.setSRV(name, [record(27020)])
      assert.equal((await client.db().command({ ping: 1 }))['ok'], 1)
    }))
})

suite('polling ends', () => {
  test('when the topology turns out to be a replica set', async () => {
    const runtime = virtualRuntime({ seed: 1 })
    runtime.dns.setSRV(name, [record(27017)])
    await runtime.run(async () => {
      const deployment = await startDeployment({
        kind: 'replicaSet',
        runtime,
        host: localhost,
        port: 27017,
        exposed: true
      })
      const client = new MongoClient(`mongodb+srv://${host}/`, { runtime, tls: false })
      await client.connect()
      runtime.dns.setSRV(name, [record(27020)])
      await runtime.sleep(3 * rescanMS)
      assert.equal(client.pools().length, 3)
      assert.equal(runtime.dns.lookups.length, 2)
      await client.close()
      await deployment.stop()
    })
    assert.deepEqual([runtime.timersArmed(), runtime.warnings], [0, []])
  })

  test('when the one host turns out to be a standalone server', async () => {
    const runtime = virtualRuntime({ seed: 1 })
    runtime.dns.setSRV(name, [record(27017)])
    await runtime.run(async () => {
      const deployment = await startDeployment({
        kind: 'standalone',
        runtime,
        host: localhost,
        port: 27017,
        exposed: true
      })
      const client = new MongoClient(`mongodb+srv://${host}/`, { runtime, tls: false })
      await client.connect()
      await runtime.sleep(3 * rescanMS)
      assert.equal(runtime.dns.lookups.length, 2)
      await client.close()
      await deployment.stop()
    })
    assert.equal(runtime.timersArmed(), 0)
  })

  test('with a replica set that is named, before it begins', async () => {
    const runtime = virtualRuntime({ seed: 1 })
    runtime.dns.setSRV(name, [record(27017)])
    await runtime.run(async () => {
      const client = new MongoClient(`mongodb+srv://${host}/?replicaSet=rs0`, { runtime, tls: false })
      await runtime.sleep(3 * rescanMS)
      assert.equal(runtime.dns.lookups.length, 2)
      await client.close()
    })
  })

  test('with close(), also in the middle of a scan', () =>
    withRouters(async bench => {
      bench.dns.latencyMS = 500
      await bench.runtime.sleep(rescanMS + 100)
      assert.equal(scans(bench), 2)
      await bench.client.close()
      bench.dns.setSRV(name, [])
      await bench.runtime.sleep(2 * rescanMS)
      assert.equal(scans(bench), 2)
      assert.deepEqual(bench.servers(), [])
    }))

  test('goes on while the topology is unknown', async () => {
    const runtime = virtualRuntime({ seed: 1 })
    runtime.dns.setSRV(name, [record(27017)])
    await runtime.run(async () => {
      const client = new MongoClient(`mongodb+srv://${host}/`, { runtime, tls: false })
      await runtime.sleep(100)
      runtime.dns.setSRV(name, [record(27018)])
      await runtime.sleep(rescanMS)
      assert.deepEqual(
        client.pools().map(({ address }) => address),
        addresses(27018)
      )
      await client.close()
    })
    assert.equal(runtime.timersArmed(), 0)
  })
})
