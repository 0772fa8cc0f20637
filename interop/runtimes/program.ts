/**
 * What a service does, on a runtime that is not the one of the tests: copied beside an installed tarball and run there. It takes
 * the paths of certificates as JSON and prints each step's result as JSON; a step that fails is a result as well.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as imported from 'cenote'
import { MongoClient, type MongoClientOptions } from 'cenote'
import {
  type Deployment,
  type DeploymentOptions,
  type DeploymentTLS,
  startDeployment,
  virtualRuntime
} from 'cenote/embedded'
import type { CertificateFiles } from '../certificates.ts'

interface Numbered {
  readonly _id: number
  readonly n?: number
}

const files = JSON.parse(process.argv[2] ?? '') as CertificateFiles

const password = 'p@ss: wörd/%\u00adx'

const kinds = [
  'connectionPoolCreated',
  'connectionPoolReady',
  'connectionPoolCleared',
  'connectionPoolClosed',
  'connectionCreated',
  'connectionReady',
  'connectionClosed',
  'connectionCheckOutStarted',
  'connectionCheckOutFailed',
  'connectionCheckedOut',
  'connectionCheckedIn'
] as const

const steps: Readonly<Record<string, () => Promise<unknown>>> = {
  'require gives the classes of import': async () => {
    const required = createRequire(import.meta.url)('cenote') as typeof imported
    return [required.MongoClient === MongoClient, new required.ObjectId() instanceof imported.ObjectId]
  },
  'CRUD, a cursor and the events of the pool': () =>
    onDeployment({ kind: 'standalone' }, async ({ uri }) => {
      const client = new MongoClient(uri, { maxPoolSize: 5 })
      const told = new Map<string, number>(kinds.map(kind => [kind, 0]))
      for (const kind of kinds) client.on(kind, () => told.set(kind, (told.get(kind) ?? 0) + 1))
      const done = await crud(client)
      const [row] = client.pools()
      await client.shutdown()
      return { done, pool: [row?.state, row?.checkedOut, row?.waiting], told: Object.fromEntries(told) }
    }),
  'TLS, SCRAM-SHA-256 and zlib on a replica set': () =>
    onSecured(uri => attempt(uri, { ...trusting, auth: { username: 'ada', password }, compressors: ['zlib'] })),
  'a wrong password': () =>
    onSecured(uri => attempt(uri, { ...trusting, auth: { username: 'ada', password: 'x' } }, /Authentication failed/)),
  'a certificate in place of a password': () =>
    onSecured(uri => attempt(uri, { ...trusting, tlsCertificateKeyFile: files.client, authMechanism: 'MONGODB-X509' })),
  'the authority of others': () =>
    onSecured(uri =>
      attempt(uri, { tlsCAFile: files.othersCA, serverSelectionTimeoutMS: 800 }, /authority|unable to verify/)
    ),
  'a certificate for another host': () =>
    onDeployment({ kind: 'standalone', tls: tlsOf(files.elsewhereCertificate, files.elsewhereKey) }, ({ uri }) =>
      attempt(uri, { ...trusting, serverSelectionTimeoutMS: 800 }, /elsewhere\.example/)
    ),
  'plain text where TLS is spoken': () =>
    onSecured(uri =>
      attempt(
        uri.replace('tls=true', 'tls=false'),
        { serverSelectionTimeoutMS: 800 },
        /does the server take TLS only|Is the option tls missing/
      )
    ),
  zstd: () =>
    onDeployment({ kind: 'standalone', compressors: ['zstd'] }, ({ uri }) => attempt(uri, { compressors: ['zstd'] })),
  'a step-down under four writers': () =>
    onDeployment({ kind: 'replicaSet' }, async deployment => withClient(deployment.uri, {}, stepDown(deployment))),
  'connections that break below the client': () =>
    onDeployment({ kind: 'standalone' }, ({ uri, members: [member] }) =>
      withClient(uri, {}, async client => {
        const things = client.db('work').collection<Numbered>('things')
        await things.insertOne({ _id: 1 })
        const dropped = member?.dropConnections(({ purpose }) => purpose === 'pool')
        return [dropped, await things.findOne()]
      })
    ),
  'a wait for a connection that is too long': () =>
    onDeployment({ kind: 'standalone' }, deployment =>
      withClient(deployment.uri, { maxPoolSize: 1, waitQueueTimeoutMS: 50 }, client => starved(client, deployment))
    ),
  'an operation that is aborted, and one whose time is over': () =>
    onDeployment({ kind: 'standalone' }, deployment =>
      withClient(deployment.uri, {}, client => interrupted(client, deployment))
    ),
  'a stack that names the caller’s line': () =>
    onDeployment({ kind: 'standalone' }, ({ uri }) =>
      withClient(uri, {}, async function theCaller(client) {
        const things = client.db('work').collection<Numbered>('things')
        await things.insertOne({ _id: 1 })
        try {
          return await things.insertOne({ _id: 1 })
        } catch (error) {
          return /theCaller/.test((error as Error).stack ?? '')
        }
      })
    ),
  'command events are told in their caller’s context, pool events outside it': () =>
    onDeployment({ kind: 'standalone' }, ({ uri }) =>
      withClient(uri, { monitorCommands: true }, async client => {
        const context = new AsyncLocalStorage<string>()
        const seen: Record<string, string | undefined> = {}
        client.on('commandStarted', () => (seen['command'] = context.getStore() ?? 'outside'))
        client.on('connectionCheckedOut', () => (seen['pool'] = context.getStore() ?? 'outside'))
        await context.run('inside', () => client.db('work').command({ ping: 1 }))
        // The end of the client sends a command as well.
        return { ...seen }
      })
    ),
  'driver and replica set on virtual time': async () => (await virtualRun()).done,
  'the trace of a seed': async () => (await virtualRun()).hash
}

const trusting = { tlsCAFile: files.ca } as const

async function onDeployment<Result>(options: DeploymentOptions, work: (deployment: Deployment) => Promise<Result>) {
  const deployment = await startDeployment(options)
  try {
    return await work(deployment)
  } finally {
    await deployment.stop()
  }
}

function tlsOf(certificate: string, key: string): DeploymentTLS {
  const [cert, itsKey, ca] = [certificate, key, files.ca].map(file => readFileSync(file, 'utf8'))
  return { cert: cert ?? '', key: itsKey ?? '', ca: ca ?? '', requestClientCertificate: 'optional' }
}

function onSecured<Result>(work: (uri: string) => Promise<Result>): Promise<Result> {
  const users = [
    { name: 'ada', password },
    { name: 'CN=client', database: '$external' }
  ]
  const tls = tlsOf(files.serverCertificate, files.serverKey)
  return onDeployment({ kind: 'replicaSet', tls, users }, ({ uri }) => work(uri))
}

async function withClient<Result>(
  uri: string,
  options: MongoClientOptions,
  work: (client: MongoClient) => Promise<Result>
): Promise<Result> {
  const client = new MongoClient(uri, options)
  try {
    return await work(client)
  } finally {
    await client.shutdown()
  }
}

/** A write and a read, or the error's class and code, and whether its text says why. */
function attempt(uri: string, options: MongoClientOptions, why?: RegExp): Promise<unknown> {
  return withClient(uri, options, async client => {
    try {
      const things = client.db('work').collection<Numbered>('things')
      await things.insertOne({ _id: 1, n: 1 })
      return await things.findOne()
    } catch (error) {
      const { name, code, message } = error as Error & { readonly code?: unknown }
      return { name, code, saysWhy: why?.test(message) === true ? true : message }
    }
  })
}

async function crud(client: MongoClient): Promise<unknown> {
  const things = client.db('work').collection<Numbered>('things')
  const { insertedCount } = await things.insertMany(
    Array.from({ length: 250 }, (_, index) => ({ _id: index, n: index }))
  )
  let sum = 0
  for await (const { n = 0 } of things.find({}, { batchSize: 100 })) sum += n
  const { modifiedCount } = await things.updateMany({ n: { $lt: 10 } }, { $inc: { n: 1 } })
  const changed = await things.findOneAndUpdate({ _id: 1 }, { $set: { n: 0 } }, { returnDocument: 'after' })
  const groups = things.aggregate([{ $group: { _id: { $mod: ['$_id', 2] }, n: { $sum: 1 } } }, { $sort: { _id: 1 } }])
  const duplicate = await things.insertOne({ _id: 1 }).catch((error: { readonly code?: number }) => error.code)
  const { deletedCount } = await things.deleteMany({ _id: { $gte: 200 } })
  return { insertedCount, sum, modifiedCount, changed, groups: await groups.toArray(), duplicate, deletedCount }
}

function stepDown(deployment: Deployment) {
  return async (client: MongoClient): Promise<unknown> => {
    const things = client.db('work').collection<Numbered>('things')
    const before = deployment.primary?.address
    const insertAll = async (worker: number) => {
      for (let index = 0; index < 25; index++) {
        if (worker === 0 && index === 10) await deployment.stepDown()
        await things.insertOne({ _id: worker * 25 + index })
      }
    }
    await Promise.all([0, 1, 2, 3].map(insertAll))
    return [await things.countDocuments({}), deployment.primary?.address !== before]
  }
}

const slowFind = { failCommands: ['find'], blockConnection: true, blockTimeMS: 400 }

function slowFinds({ members }: Deployment): void {
  for (const member of members)
    member.configureFailPoint({ configureFailPoint: 'failCommand', mode: { times: 1 }, data: slowFind })
}

async function starved(client: MongoClient, deployment: Deployment): Promise<unknown> {
  const things = client.db('work').collection<Numbered>('things')
  await things.insertOne({ _id: 1 })
  slowFinds(deployment)
  const [first, second] = await Promise.allSettled([things.findOne(), things.findOne()])
  return [first.status, second.status === 'rejected' ? (second.reason as Error).name : second.status]
}

async function interrupted(client: MongoClient, deployment: Deployment): Promise<unknown> {
  const things = client.db('work').collection<Numbered>('things')
  await things.insertOne({ _id: 1 })
  slowFinds(deployment)
  const controller = new AbortController()
  const aborted = things.findOne({}, { signal: controller.signal })
  setTimeout(() => controller.abort(new Error('enough')), 50)
  const first = await aborted.catch((error: Error) => error.message)
  slowFinds(deployment)
  const second = await things.findOne({}, { timeoutMS: 50 }).catch((error: Error) => error.name)
  return [first, second, await things.findOne()]
}

/** From one seed it is the same on every runtime, down to each slice of bytes and the time of it. */
async function virtualRun(): Promise<{ readonly done: unknown; readonly hash: string }> {
  const runtime = virtualRuntime({ seed: 7 })
  const done = await runtime.run(async () => {
    const deployment = await startDeployment({ kind: 'replicaSet', runtime })
    const client = new MongoClient(deployment.uri, { runtime, maxIdleTimeMS: 1000 })
    const things = client.db('work').collection<Numbered>('things')
    await things.insertOne({ _id: 1, n: 1 })
    await deployment.stepDown()
    const found = await things.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } }, { returnDocument: 'after' })
    await client.shutdown()
    await deployment.stop()
    return { found, warnings: runtime.warnings.length }
  })
  return { done, hash: runtime.hash() }
}

const results: Record<string, unknown> = {}
for (const [name, step] of Object.entries(steps)) {
  try {
    results[name] = await step()
  } catch (error) {
    const { name: thrown, message } = error as Error
    results[name] = { thrown, message }
  }
}
console.log(JSON.stringify(results))
