import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import dnsModule from 'node:dns'
import { after, before, suite, test } from 'node:test'
import type { DNS, DNSError } from '../../src/runtime/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { DNSServer } from './dns_server.ts'

interface Told {
  readonly error: DNSError | undefined
  readonly records: readonly unknown[]
}

function lookUp(dns: DNS, type: 'srv' | 'txt', name: string): Promise<Told> {
  return new Promise(resolve => {
    let returned = false
    dns[type](name, (error, records: readonly unknown[]) => {
      assert.ok(returned, 'called back before the call had returned')
      resolve({ error, records })
    })
    returned = true
  })
}

const records = [
  { name: 'a.example.test', port: 27017 },
  { name: 'b.example.test', port: 27018 }
]

suite('Node’s look-ups', () => {
  const { dns } = nodeRuntime()
  const servers = dnsModule.getServers()
  let server: DNSServer
  before(async () => {
    server = await DNSServer.listen({
      'srv.test': { srv: records },
      'txt.test': { txt: [['replicaS', 'et=rs0'], ['second']] },
      'none.test': { srv: [] },
      'broken.test': { code: 2 },
      'silent.test': 'silence'
    })
    // As programs do that cannot use the system's servers.
    dnsModule.setServers([server.address])
  })
  after(async () => {
    dnsModule.setServers(servers)
    await server.close()
  })

  test('ask the servers that the program gave to node:dns', async () => {
    const { error, records: found } = await lookUp(dns, 'srv', 'srv.test')
    assert.equal(error, undefined)
    assert.deepEqual(
      found.map(each => {
        const { name, port } = each as (typeof records)[number]
        return { name, port }
      }),
      records
    )
  })

  test('give each TXT record as its strings', async () => {
    const { records: found } = await lookUp(dns, 'txt', 'txt.test')
    assert.deepEqual(found, [['replicaS', 'et=rs0'], ['second']])
  })

  for (const [what, name, code, none] of [
    ['a name that does not exist', 'missing.test', 'ENOTFOUND', true],
    ['a name without such records', 'none.test', 'ENODATA', true],
    ['a server that fails', 'broken.test', 'ESERVFAIL', false]
  ] as const)
    test(`tell ${what} by its code`, async () => {
      const { error, records: found } = await lookUp(dns, 'srv', name)
      assert.deepEqual([error?.code, error?.saysNone, found], [code, none, []])
    })

  test('tell a name that Node refuses as any other failure, later', async () => {
    const { error } = await lookUp(dns, 'srv', undefined as unknown as string)
    assert.equal(error?.code, 'ERR_INVALID_ARG_TYPE')
  })

  test('say nothing once they are cancelled, and cancelling one leaves the others', async () => {
    let told = 0
    const cancel = dns.srv('silent.test', () => told++)
    const other = lookUp(dns, 'srv', 'srv.test')
    cancel()
    cancel()
    assert.equal((await other).error, undefined)
    assert.equal(told, 0)
  })

  test('call back outside the caller’s context', async () => {
    const context = new AsyncLocalStorage<string>()
    const seen = await new Promise(resolve => {
      context.run('caller', () => dns.srv('srv.test', () => resolve(context.getStore())))
    })
    assert.equal(seen, undefined)
  })
})

suite('virtual look-ups', () => {
  test('find what the table has at that time, in any case of letters', async () => {
    const runtime = virtualRuntime({ seed: 1 })
    await runtime.run(async () => {
      const { dns } = runtime
      const waiting = lookUp(dns, 'srv', 'SRV.test')
      dns.setSRV('srv.TEST', records)
      assert.deepEqual(await waiting, { error: undefined, records })
      dns.setSRV('srv.test', [])
      assert.equal((await lookUp(dns, 'srv', 'srv.test')).error?.code, 'ENOTFOUND')
      assert.deepEqual(dns.lookups, ['SRV SRV.test', 'SRV srv.test'])
    })
  })

  test('tell a name with other records from one that does not exist', async () => {
    const runtime = virtualRuntime({ seed: 1 })
    await runtime.run(async () => {
      runtime.dns.setTXT('txt.test', [['a']])
      assert.equal((await lookUp(runtime.dns, 'srv', 'txt.test')).error?.code, 'ENODATA')
      assert.deepEqual((await lookUp(runtime.dns, 'txt', 'txt.test')).records, [['a']])
    })
  })

  test('fail, are silent, are cancelled and take time as they are told', async () => {
    const runtime = virtualRuntime({ seed: 1 })
    await runtime.run(async () => {
      const { dns } = runtime
      dns.setSRV('a.test', records)
      dns.fail('a.test', 'ESERVFAIL')
      dns.latencyMS = 40
      const startedMS = runtime.clock.nowMS()
      assert.equal((await lookUp(dns, 'srv', 'a.test')).error?.code, 'ESERVFAIL')
      assert.equal(runtime.clock.nowMS() - startedMS, 40)
      dns.fail('a.test', undefined)
      let told = 0
      dns.silence('a.test', true)
      dns.srv('a.test', () => told++)
      dns.silence('a.test', false)
      dns.srv('a.test', () => told++)()
      dns.srv('a.test', () => told++)
      await runtime.sleep(100)
      assert.equal(told, 1)
    })
  })

  test('are part of what a simulation hashes', async () => {
    const hashOf = async (port: number): Promise<string> => {
      const runtime = virtualRuntime({ seed: 1 })
      runtime.dns.setSRV('a.test', port === 0 ? [] : [{ name: 'b.test', port }])
      await runtime.run(() => lookUp(runtime.dns, 'srv', 'a.test'))
      return runtime.hash()
    }
    assert.equal(await hashOf(1), await hashOf(1))
    assert.notEqual(await hashOf(1), await hashOf(0))
  })
})
