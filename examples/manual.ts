/** The examples of the manual's pages (`docs/manual/`), as a user writes them. What each returns is not shut down. */
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  type ChangeStreamDocument,
  ClientOptions,
  type ConnectionCreatedEvent,
  type Document,
  MongoClient,
  type ObjectId,
  type Tracer
} from 'cenote'
import { type Deployment, startDeployment } from 'cenote/embedded'
import { GridFSBucket, type GridFSFile } from 'cenote/gridfs'

export function defaultClient(uri: string): MongoClient {
  const client = new MongoClient(uri)
  return client
}

export function customClient(uri: string): MongoClient {
  const options = ClientOptions.parse(uri)
  options.maxPoolSize = 20
  options.maxConnecting = 3
  options.minPoolSize = 1
  options.maxIdleTimeMS = 90_000
  const client = new MongoClient(options)
  return client
}

export function clientWithLargerPools(uri: string): MongoClient {
  const options = ClientOptions.parse(uri)
  options.maxPoolSize = 20
  const client = new MongoClient(options)
  return client
}

export function clientThatDialsMoreAtOnce(uri: string): MongoClient {
  const options = ClientOptions.parse(uri)
  options.maxConnecting = 3
  const client = new MongoClient(options)
  return client
}

export function clientWithConnectionsAtHand(uri: string): MongoClient {
  const options = ClientOptions.parse(uri)
  options.minPoolSize = 1
  const client = new MongoClient(options)
  return client
}

export function clientWithoutLongIdleConnections(uri: string): MongoClient {
  const options = ClientOptions.parse(uri)
  options.maxIdleTimeMS = 90_000
  const client = new MongoClient(options)
  return client
}

export function clientWithHandler(uri: string): MongoClient {
  const options = ClientOptions.parse(uri)
  options.cmapEventHandler = {
    handleConnectionCreatedEvent(event: ConnectionCreatedEvent) {
      console.error('Connection created:', event)
    }
  }
  const client = new MongoClient(options)
  return client
}

export function clientWithListener(uri: string): MongoClient {
  const client = new MongoClient(uri)
  client.on('connectionCreated', event => {
    console.error('Connection created:', event)
  })
  return client
}

export function clientOfAUser(uri: string, password: string): MongoClient {
  const client = new MongoClient(uri, { auth: { username: 'ada', password } })
  return client
}

export async function deploymentWithAUser(password: string): Promise<Deployment> {
  const deployment = await startDeployment({ kind: 'replicaSet', users: [{ name: 'ada', password }] })
  return deployment
}

export function clientOfACertificate(uri: string, tlsCAFile: string, tlsCertificateKeyFile: string): MongoClient {
  const client = new MongoClient(uri, {
    tls: true,
    tlsCAFile,
    tlsCertificateKeyFile,
    authMechanism: 'MONGODB-X509'
  })
  return client
}

export async function deploymentWithCertificates(
  { key, cert, ca }: Readonly<Record<'key' | 'cert' | 'ca', string>>,
  password: string
): Promise<Deployment> {
  const deployment = await startDeployment({
    kind: 'replicaSet',
    tls: { key, cert, ca, requestClientCertificate: 'optional' },
    users: [
      { name: 'ada', password },
      { name: 'CN=client,OU=services', database: '$external' }
    ]
  })
  return deployment
}

export function clientOfTheStableAPI(uri: string): MongoClient {
  const client = new MongoClient(uri, { serverApi: { version: '1', strict: true } })
  return client
}

export async function readOwnWrite(client: MongoClient): Promise<void> {
  const orders = client.db('shop').collection<{ _id: number; sku: string }>('orders')
  await client.withSession(async session => {
    await orders.insertOne({ _id: 1, sku: 'a1' }, { session })
    // A secondary answers when it has the order.
    const order = await orders.findOne({ _id: 1 }, { session, readPreference: 'secondary' })
    if (order === null) throw new Error('a session always sees its own writes')
  })
}

export async function countOfSkus(client: MongoClient): Promise<[skus: number, orders: number]> {
  const orders = client.db('shop').collection<{ _id: number; sku: string }>('orders')
  await using session = client.startSession({ snapshot: true })
  const skus = await orders.distinct('sku', {}, { session })
  // Of the same moment, whatever was written meanwhile.
  const count = await orders.countDocuments({}, { session })
  return [skus.length, count]
}

export async function sell(client: MongoClient, sku: string): Promise<void> {
  const orders = client.db('shop').collection('orders')
  const stock = client.db('shop').collection<{ _id: string; left: number }>('stock')
  await client.withSession(session =>
    session.withTransaction(async () => {
      const sold = await stock.updateOne({ _id: sku, left: { $gt: 0 } }, { $inc: { left: -1 } }, { session })
      if (sold.modifiedCount === 0) throw new Error(`${sku} is sold out`)
      await orders.insertOne({ sku }, { session })
    })
  )
}

export async function replaceOrders(client: MongoClient, sku: string): Promise<void> {
  const orders = client.db('shop').collection('orders')
  await using session = client.startSession()
  session.startTransaction({ writeConcern: { w: 'majority' } })
  await orders.deleteMany({ sku }, { session })
  await orders.insertOne({ sku }, { session })
  await session.commitTransaction()
}

export async function loopOverAll(client: MongoClient): Promise<number> {
  let total = 0
  const orders = client.db('shop').collection<{ count: number }>('orders')
  for await (const { count } of orders.find({ count: { $gt: 1 } })) {
    total += count
  }
  return total
}

export async function follow(
  client: MongoClient,
  tell: (message: unknown) => void,
  signal: AbortSignal
): Promise<void> {
  const log = await client.db('shop').createCollection('log', { capped: true, size: 1_000_000 })
  await log.insertOne({ message: 'first' })
  for await (const { message } of log.find({}, { tailable: true, awaitData: true, signal })) {
    tell(message)
  }
}

export async function writeOut(client: MongoClient, destination: Writable): Promise<void> {
  const orders = client.db('shop').collection('orders')
  const lines = orders.find().stream({ transform: order => JSON.stringify(order) + '\n' })
  await pipeline(lines, destination)
}

export async function tellInserts(
  client: MongoClient,
  tell: (order: Document) => void,
  signal: AbortSignal
): Promise<void> {
  const orders = client.db('shop').collection('orders')
  const inserts = [{ $match: { operationType: 'insert' } }]
  for await (const change of orders.watch(inserts, { signal })) {
    if (change.operationType === 'insert') tell(change.fullDocument)
  }
}

export async function handleEach(
  client: MongoClient,
  store: { load(): Promise<unknown>; save(token: unknown): Promise<void> },
  handle: (change: ChangeStreamDocument) => Promise<void>,
  signal: AbortSignal
): Promise<void> {
  const changes = client.db('shop').watch([], { resumeAfter: await store.load() })
  while (!signal.aborted) {
    const change = await changes.tryNext()
    if (change !== null) await handle(change)
    await store.save(changes.resumeToken)
  }
  await changes.close()
}

export async function storeFile(client: MongoClient, path: string): Promise<ObjectId> {
  const bucket = new GridFSBucket(client.db('shop'), { bucketName: 'images' })
  const upload = bucket.openUploadStream('cat.png', { metadata: { by: 'ada' } })
  await pipeline(createReadStream(path), upload)
  return upload.id
}

export async function serveFile(
  client: MongoClient,
  id: ObjectId,
  response: Writable & { setHeader(name: string, value: number): void }
): Promise<void> {
  const bucket = new GridFSBucket(client.db('shop'), { bucketName: 'images' })
  const download = bucket.openDownloadStream(id)
  download.on('file', (file: GridFSFile) => response.setHeader('content-length', file.length))
  await pipeline(download, response)
}

export async function filesOf(client: MongoClient, by: string): Promise<readonly string[]> {
  const bucket = new GridFSBucket(client.db('shop'), { bucketName: 'images' })
  const files = await bucket.find({ 'metadata.by': by }, { sort: { uploadDate: -1 } }).toArray()
  return files.map(({ filename, length }) => `${filename}: ${length} bytes`)
}

export async function bulkWriteOfTheClient(client: MongoClient): Promise<[inserted: number, idOfTheLogEntry: unknown]> {
  const result = await client.bulkWrite(
    [
      { namespace: 'shop.orders', name: 'insertOne', document: { sku: 'a1', count: 2 } },
      { namespace: 'shop.stock', name: 'updateOne', filter: { sku: 'a1' }, update: { $inc: { left: -2 } } },
      { namespace: 'audit.log', name: 'insertOne', document: { what: 'ordered', sku: 'a1' } }
    ],
    { verboseResults: true }
  )
  return [result.insertedCount, result.insertResults?.get(2)?.insertedId]
}

export function clientThatLogs(uri: string): MongoClient {
  const client = new MongoClient(uri, {
    mongodbLogComponentSeverities: { command: 'debug', default: 'warn' },
    mongodbLogMaxDocumentLength: 200,
    mongodbLogPath: 'stdout'
  })
  return client
}

export function clientThatLogsUnlessTheEnvironmentSays(uri: string): MongoClient {
  const severity = process.env['MONGODB_LOG_COMMAND'] === undefined ? 'debug' : undefined
  const client = new MongoClient(uri, { mongodbLogComponentSeverities: { command: severity } })
  return client
}

export function clientThatLogsToAFile(uri: string, path: string): MongoClient {
  const file = createWriteStream(path, { flags: 'a' })
  const client = new MongoClient(uri, {
    mongodbLogComponentSeverities: { default: 'debug' },
    mongodbLogPath: {
      async write(record) {
        if (!file.write(`${JSON.stringify(record)}\n`)) await once(file, 'drain')
      }
    }
  })
  return client
}

export function balancedClient(balancer: string): MongoClient {
  const client = new MongoClient(`mongodb://${balancer}/?loadBalanced=true`)
  return client
}

export async function firstOrder(client: MongoClient): Promise<Document | null> {
  const orders = client.db('shop').collection('orders')
  await using cursor = orders.find({}, { batchSize: 100 })
  const first = await cursor.next()
  return first
}

export function clientThatTraces(uri: string): MongoClient {
  const client = new MongoClient(uri, { tracing: { enabled: true, queryTextMaxLength: 200 } })
  return client
}

export function clientWithATracerOfItsOwn(uri: string, tracer: Tracer): MongoClient {
  const client = new MongoClient(uri, { tracing: { enabled: true, tracer } })
  return client
}

export async function endOf(client: MongoClient): Promise<void> {
  await client.shutdown()
}
