import assert from 'node:assert/strict'
import { MongoClient, MongoError } from '../../src/client/index.ts'
import { startDeployment } from '../../src/embedded/index.ts'
import { addressOf, type ResolvedOptions } from '../../src/options/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'
import type { Runner, SpecificationCase } from '../runner.ts'
import { enterRecords, localNames } from '../seed_lists/records.ts'
import { Router } from '../seed_lists/router.ts'
import { unencrypted } from '../seed_lists/unencrypted.ts'
import { caseNameOf, type Fields, fieldsOf, listOf, objectOf, textOf } from './content.ts'

const fields = [
  'uri',
  'seeds',
  'numSeeds',
  'hosts',
  'numHosts',
  'options',
  'parsed_options',
  'error',
  'ping',
  'comment'
]
const discoveryMSMax = 5_000

/**
 * What a `mongodb+srv` client finds by the records of the specification's set-up, in front of the deployment that the folder
 * is for. Each file is one case. Source: initial DNS seedlist discovery.
 */
export const seedLists: Runner = {
  cases(content: unknown, file: string): readonly SpecificationCase[] {
    const test = fieldsOf(content, file, fields)
    const start = deployments[file.split('/').at(-2) ?? '']
    if (start === undefined) throw new Error(`${file} lies in a folder that stands for no deployment`)
    return [{ name: caseNameOf(file), run: () => runCase(test, start) }]
  }
}

type Deployment = { stop(): Promise<void> }
type Start = (runtime: VirtualRuntime) => Promise<Deployment>

/** Folder → its deployment, as the specification describes it. */
const deployments: Readonly<Record<string, Start>> = {
  'replica-set': runtime =>
    startDeployment({ kind: 'replicaSet', runtime, host: 'localhost', port: 27017, setName: 'repl0', members: 3 }),
  sharded: runtime => routers(runtime, [27017, 27018], false),
  'load-balanced': runtime => routers(runtime, [8000], true)
}

async function routers(runtime: VirtualRuntime, ports: readonly number[], balanced: boolean): Promise<Deployment> {
  const all = await Promise.all(
    ports.map(port => Router.listen(runtime, { kind: 'tcp', host: 'localhost', port }, balanced))
  )
  return { stop: () => Promise.all(all.map(router => router.close())).then(() => undefined) }
}

async function runCase(test: Fields, start: Start): Promise<void> {
  const runtime = unencrypted(virtualRuntime({ seed: 1 }), localNames)
  enterRecords(runtime.dns)
  await runtime.run(async () => {
    const deployment = await start(runtime)
    await (test['error'] === true ? mustFail(test, runtime) : mustFind(test, runtime))
    await deployment.stop()
  })
}

async function mustFail(test: Fields, runtime: VirtualRuntime): Promise<void> {
  const connect = async (): Promise<void> => {
    const client = new MongoClient(textOf(test['uri'], 'uri'), { runtime })
    try {
      await client.warmUp()
    } finally {
      await client.close()
    }
  }
  await assert.rejects(connect, error => error instanceof MongoError && error.name !== 'MongoServerSelectionError')
}

async function mustFind(test: Fields, runtime: VirtualRuntime): Promise<void> {
  const client = new MongoClient(textOf(test['uri'], 'uri'), { runtime })
  let found: readonly string[] = []
  client.on('topologyDescriptionChanged', ({ newDescription }) => {
    found = [...newDescription.servers.keys()]
  })
  try {
    // Not connect(): that would prove the credentials, which many cases have without a user of theirs.
    await client.warmUp()
    if (test['ping'] !== false) await client.db('admin').command({ ping: 1 })
    const seeds = client.options.hosts.map(addressOf)
    requireAddresses(seeds, test['seeds'], test['numSeeds'], 'seeds')
    const endMS = runtime.clock.nowMS() + discoveryMSMax
    while (!fits(found, test) && runtime.clock.nowMS() < endMS) await runtime.sleep(1)
    requireAddresses(found, test['hosts'], test['numHosts'], 'hosts')
    compareOptions(client.options, test)
  } finally {
    await client.close()
  }
}

function fits(found: readonly string[], test: Fields): boolean {
  try {
    requireAddresses(found, test['hosts'], test['numHosts'], 'hosts')
    return true
  } catch {
    return false
  }
}

function requireAddresses(actual: readonly string[], wanted: unknown, count: unknown, what: string): void {
  if (wanted !== undefined) {
    const texts = listOf(wanted, what).map(address => textOf(address, what))
    assert.deepEqual(actual.toSorted(), texts.toSorted(), what)
  }
  if (count !== undefined) assert.equal(actual.length, count, `number of ${what}`)
}

/** What a case calls an option → the client's name, where they differ. */
const optionNames: Readonly<Record<string, string>> = { ssl: 'tls' }

function compareOptions(options: ResolvedOptions, test: Fields): void {
  const all = options as unknown as Fields
  for (const [name, value] of Object.entries(objectOf(test['options'] ?? {}, 'options')))
    assert.deepEqual(all[optionNames[name] ?? name], value, name)
  const parts: Fields = {
    user: options.secrets.reveal('username'),
    password: options.secrets.reveal('password'),
    db: options.defaultDatabase,
    defaultDatabase: options.defaultDatabase,
    auth_database: options.defaultDatabase
  }
  const known = Object.keys(parts)
  for (const [name, value] of Object.entries(fieldsOf(test['parsed_options'] ?? {}, 'parsed_options', known)))
    assert.deepEqual(parts[name], value, name)
}
