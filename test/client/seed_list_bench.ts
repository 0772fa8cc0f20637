/** A replica set that is found by a record, for tests of `mongodb+srv` clients on virtual time. */
import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { startDeployment } from '../../src/embedded/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { MongoClient } from './bench.ts'

export const host: string = 'cluster.example.test'
export const name = `_mongodb._tcp.${host}`
export const uri = `mongodb+srv://${host}/?tls=false`
export const member = { name: 'db1.example.test', port: 27017 }

export interface Bench {
  readonly runtime: VirtualRuntime
  readonly dns: VirtualRuntime['dns']
  readonly make: (source?: string, options?: ConstructorParameters<typeof MongoClient>[1]) => MongoClient
}

/** A replica set of one member, found by a record. Afterwards nothing is left: no timer, no socket, no warning. */
export async function withRecord(
  work: (bench: Bench) => Promise<void>,
  warnings: readonly RegExp[] = []
): Promise<void> {
  const runtime = virtualRuntime({ seed: 1, virtualMSMax: 3_600_000 })
  const { dns } = runtime
  dns.setSRV(name, [member])
  const clients: MongoClient[] = []
  await runtime.run(async () => {
    const deployment = await startDeployment({
      kind: 'replicaSet',
      members: 1,
      runtime,
      host: member.name,
      port: member.port,
      exposed: true
    })
    const make: Bench['make'] = (source = uri, options = {}) => {
      const client = new MongoClient(source, { runtime, ...options })
      clients.push(client)
      return client
    }
    await work({ runtime, dns, make })
    for (const client of clients) await client.close()
    assert.deepEqual(runtime.network.transports(), [], 'sockets are left')
    await deployment.stop()
  })
  assert.equal(runtime.timersArmed(), 0, 'timers are left')
  assert.equal(runtime.warnings.length, warnings.length, inspect(runtime.warnings))
  for (const [index, expected] of warnings.entries()) assert.match(runtime.warnings[index]?.message ?? '', expected)
}
