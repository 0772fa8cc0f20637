import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { trace } from '@opentelemetry/api'
import type { MongoClient, Span, Tracer } from 'cenote'
import * as examples from '../../examples/manual.ts'
import { type Deployment, startDeployment } from '../../src/embedded/index.ts'
import { Authority } from '../certificates/certificates.ts'
import { Files } from '../certificates/files.ts'

type Options = Partial<Record<'maxPoolSize' | 'maxConnecting' | 'minPoolSize' | 'maxIdleTimeMS', number>>

const defaults: Options = { maxPoolSize: 10, maxConnecting: 2, minPoolSize: 0, maxIdleTimeMS: 0 }

const clients: readonly (readonly [what: string, make: (uri: string) => MongoClient, differs: Options])[] = [
  ['a client with the defaults', examples.defaultClient, {}],
  [
    'a client with all four options',
    examples.customClient,
    { maxPoolSize: 20, maxConnecting: 3, minPoolSize: 1, maxIdleTimeMS: 90_000 }
  ],
  ['larger pools', examples.clientWithLargerPools, { maxPoolSize: 20 }],
  ['more dials at once', examples.clientThatDialsMoreAtOnce, { maxConnecting: 3 }],
  ['a client that declares the Stable API', examples.clientOfTheStableAPI, {}],
  ['a minimum of connections', examples.clientWithConnectionsAtHand, { minPoolSize: 1 }],
  ['a limit on idle time', examples.clientWithoutLongIdleConnections, { maxIdleTimeMS: 90_000 }]
]

async function withDeployment(work: (deployment: Deployment) => Promise<void>): Promise<void> {
  const deployment = await startDeployment({ kind: 'standalone' })
  try {
    await work(deployment)
  } finally {
    await deployment.stop()
  }
}

/** Uses a client of the examples and ends it as they do; gives the options that its pools have. */
async function used(client: MongoClient): Promise<Options> {
  const { maxPoolSize, maxConnecting, minPoolSize, maxIdleTimeMS } = client.options
  assert.equal(await client.db('shop').collection('orders').findOne({}), null)
  await examples.endOf(client)
  assert.deepEqual(client.connections(), [])
  return { maxPoolSize, maxConnecting, minPoolSize, maxIdleTimeMS }
}

for (const [what, make, differs] of clients)
  test(`the example of ${what} works, with these options`, () =>
    withDeployment(async ({ uri }) => assert.deepEqual(await used(make(uri)), { ...defaults, ...differs })))

for (const [what, make] of [
  ['a handler', examples.clientWithHandler],
  ['a listener', examples.clientWithListener]
] as const)
  test(`the example of ${what} prints the event of a connection that is created`, context =>
    withDeployment(async ({ uri }) => {
      const print = context.mock.method(console, 'error', () => undefined)
      await used(make(uri))
      const printed = print.mock.calls.map(
        ({ arguments: [, event] }) => event as { name: string; connectionId: number }
      )
      assert.deepEqual(
        printed.map(({ name, connectionId }) => [name, connectionId]),
        [['connectionCreated', 1]]
      )
    }))

test('the example of a client’s bulk write inserts two documents and tells the _id of the second', () =>
  withDeployment(async ({ uri }) => {
    const client = examples.defaultClient(uri)
    const [inserted, id] = await examples.bulkWriteOfTheClient(client)
    assert.equal(inserted, 2)
    assert.deepEqual((await client.db('audit').collection('log').findOne())?._id, id)
    await examples.endOf(client)
  }))

test('the examples of load balancers declare one, and close what they have read', () =>
  withDeployment(async ({ uri }) => {
    const { options } = examples.balancedClient('balancer.example')
    assert.deepEqual([options.loadBalanced, options.hosts.length], [true, 1])
    const client = examples.defaultClient(uri)
    assert.equal(await examples.firstOrder(client), null)
    await examples.endOf(client)
  }))

test('the examples of GridFS store a file, serve it with its length, and list it', () =>
  withDeployment(async ({ uri }) => {
    const client = examples.defaultClient(uri)
    const bytes = readFileSync('examples/manual.ts')
    const id = await examples.storeFile(client, 'examples/manual.ts')
    const parts: Buffer[] = []
    const headers: unknown[] = []
    const response = new Writable({
      write(part: Buffer, _encoding, done) {
        parts.push(part)
        done()
      }
    })
    const setHeader = (name: string, value: number): void => void headers.push([name, value])
    await examples.serveFile(client, id, Object.assign(response, { setHeader }))
    assert.deepEqual(Buffer.concat(parts), bytes)
    assert.deepEqual(headers, [['content-length', bytes.length]])
    assert.deepEqual(await examples.filesOf(client, 'ada'), [`cat.png: ${bytes.length} bytes`])
    await examples.endOf(client)
  }))

test('the examples of cursors loop, follow and stream', () =>
  withDeployment(async ({ uri }) => {
    const client = examples.defaultClient(uri)
    const orders = client.db('shop').collection('orders')
    await orders.insertMany([{ count: 1 }, { count: 2 }, { count: 5 }])
    assert.equal(await examples.loopOverAll(client), 7)
    const written: unknown[] = []
    const destination = new Writable({
      write(chunk: Buffer, _encoding, done) {
        written.push(JSON.parse(chunk.toString()))
        done()
      }
    })
    await examples.writeOut(client, destination)
    assert.deepEqual(
      written.map(each => (each as { count: number }).count),
      [1, 2, 5]
    )
    const controller = new AbortController()
    const messages: unknown[] = []
    const followed = examples.follow(client, message => void told(message), controller.signal)
    const told = async (message: unknown): Promise<void> => {
      messages.push(message)
      if (message === 'first') await client.db('shop').collection('log').insertOne({ message: 'second' })
      else controller.abort(new RangeError('enough'))
    }
    await assert.rejects(followed, RangeError)
    assert.deepEqual(messages, ['first', 'second'])
    await examples.endOf(client)
  }))

test('the examples of change streams tell of inserts, and handle each change behind the one that was stored', async () => {
  const deployment = await startDeployment({ kind: 'replicaSet' })
  try {
    const client = examples.defaultClient(deployment.uri)
    const orders = client.db('shop').collection('orders')
    await orders.insertOne({ sku: 'a0' })
    const { resumeToken } = await client.db('shop').watch().open()
    const controller = new AbortController()
    const inserted: unknown[] = []
    const opened = new Promise<void>(resolve => client.on('commandSucceeded', () => resolve()))
    const telling = examples.tellInserts(client, told, controller.signal)
    function told({ sku }: { sku?: unknown }): void {
      inserted.push(sku)
      if (inserted.length === 2) controller.abort(new RangeError('enough'))
    }
    await opened
    await orders.insertMany([{ sku: 'a1' }, { sku: 'b2' }])
    await assert.rejects(telling, RangeError)
    assert.deepEqual(inserted, ['a1', 'b2'])
    const [handled, saved]: [string[], unknown[]] = [[], []]
    const store = { load: async () => resumeToken, save: async (token: unknown) => void saved.push(token) }
    const ending = new AbortController()
    const handle = async ({ operationType }: { operationType: string }): Promise<void> => {
      handled.push(operationType)
      if (handled.length === 2) ending.abort()
    }
    await examples.handleEach(client, store, handle, ending.signal)
    assert.deepEqual(handled, ['insert', 'insert'])
    assert.equal(new Set(saved.map(token => JSON.stringify(token))).size, 2)
    await examples.endOf(client)
  } finally {
    await deployment.stop()
  }
})

test('the example of a deployment with a user and a client of that user work together, and with another password not', async () => {
  const deployment = await examples.deploymentWithAUser('secret')
  try {
    await used(examples.clientOfAUser(deployment.uri, 'secret'))
    const stranger = examples.clientOfAUser(deployment.uri, 'other')
    await assert.rejects(stranger.db('shop').collection('orders').findOne({}), { code: 18 })
    await examples.endOf(stranger)
  } finally {
    await deployment.stop()
  }
})

test('the example of a deployment with certificates lets in the client of the certificate whose subject is a user', async () => {
  const files = new Files()
  const authority = new Authority('tests')
  const server = authority.issue({ name: [['CN', 'server']], hosts: ['127.0.0.1'] })
  const material = { key: server.key, cert: server.certificate, ca: authority.certificate }
  const tlsCAFile = files.write('ca.pem', authority.certificate)
  const deployment = await examples.deploymentWithCertificates(material, 'secret')
  const clientOf = (...services: readonly string[]): MongoClient => {
    const own = authority.issue({ name: [...services.map(service => ['OU', service] as const), ['CN', 'client']] })
    const file = files.write(`client${services.length}.pem`, own.certificate + own.key)
    return examples.clientOfACertificate(deployment.uri, tlsCAFile, file)
  }
  try {
    await used(clientOf('services'))
    const stranger = clientOf()
    await assert.rejects(stranger.db('shop').collection('orders').findOne({}), { code: 11 })
    await examples.endOf(stranger)
  } finally {
    await deployment.stop()
    files.remove()
  }
})

test('the examples of sessions read their own write on a secondary that lags, and one moment in two reads', async () => {
  const deployment = await startDeployment({ kind: 'replicaSet' })
  try {
    const client = examples.defaultClient(deployment.uri)
    await client.connect()
    for (const member of deployment.members) member.replicationDelayMS = 100
    await examples.readOwnWrite(client)
    for (const member of deployment.members) member.replicationDelayMS = 0
    assert.deepEqual(await examples.countOfSkus(client), [1, 1])
    await examples.endOf(client)
  } finally {
    await deployment.stop()
  }
})

test('the examples of transactions sell what there is and no more, whoever is quicker, and replace orders at once', async () => {
  const deployment = await startDeployment({ kind: 'replicaSet' })
  try {
    const client = examples.defaultClient(deployment.uri)
    const shop = client.db('shop')
    await shop.collection<{ _id: string; left: number }>('stock').insertOne({ _id: 'a1', left: 3 })
    const sales = await Promise.allSettled(Array.from({ length: 5 }, () => examples.sell(client, 'a1')))
    const failures = sales.flatMap(sale => (sale.status === 'rejected' ? [String(sale.reason)] : []))
    assert.deepEqual(failures, ['Error: a1 is sold out', 'Error: a1 is sold out'])
    assert.equal(await shop.collection('orders').countDocuments(), 3)
    await examples.replaceOrders(client, 'a1')
    assert.equal(await shop.collection('orders').countDocuments(), 1)
    await examples.endOf(client)
  } finally {
    await deployment.stop()
  }
})

test('the examples of tracing have spans made, by the registered provider or by a tracer of their own', () =>
  withDeployment(async ({ uri }) => {
    const begun: string[] = []
    const span: Span = {
      setAttributes: () => undefined,
      setStatus: () => undefined,
      recordException: () => undefined,
      isRecording: () => true,
      end: () => undefined
    }
    const tracer: Tracer = {
      startSpan: name => {
        begun.push(name)
        return span
      }
    }
    trace.setGlobalTracerProvider({ getTracer: () => tracer as never })
    for (const client of [examples.clientThatTraces(uri), examples.clientWithATracerOfItsOwn(uri, tracer)]) {
      begun.length = 0
      await client.db('shop').collection('orders').findOne()
      assert.deepEqual(begun, ['find shop.orders', 'find'])
      await examples.endOf(client)
    }
  }))

const loggingProgram = new URL('./logging_program.js', import.meta.url).pathname

/** What an example of logging writes in a process of its own, which ends when all is written. */
async function written(example: string, uri: string, env: Record<string, string> = {}, path = '') {
  const child = spawn(process.execPath, [loggingProgram, example, uri, path], { env: { ...process.env, ...env } })
  const text = { stdout: '', stderr: '' }
  child.stdout.on('data', data => (text.stdout += String(data)))
  child.stderr.on('data', data => (text.stderr += String(data)))
  const [code] = (await once(child, 'close')) as [number | null]
  assert.equal(code, 0, text.stderr)
  return { stdout: recordsIn(text.stdout), stderr: recordsIn(text.stderr) }
}

function recordsIn(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Record<string, unknown>)
}

test('the example of logging writes lines of JSON to standard output, with documents cut', () =>
  withDeployment(async ({ uri }) => {
    const { stdout, stderr } = await written('clientThatLogs', uri)
    assert.deepEqual(stderr, [])
    assert.deepEqual(new Set(stdout.map(({ c }) => c)), new Set(['command']))
    const started = stdout.find(({ message }) => message === 'Command started')
    assert.equal(String(started?.['command']).length, 203)
  }))

test('the example in which the environment goes first keeps to what it says', () =>
  withDeployment(async ({ uri }) => {
    const example = 'clientThatLogsUnlessTheEnvironmentSays'
    assert.ok((await written(example, uri)).stderr.length > 0)
    assert.deepEqual((await written(example, uri, { MONGODB_LOG_COMMAND: 'off' })).stderr, [])
  }))

test('the example of a log in a file appends to it', async () => {
  const files = new Files()
  const path = files.write('driver.log', '')
  try {
    await withDeployment(async ({ uri }) => {
      for (let round = 0; round < 2; round++) await written('clientThatLogsToAFile', uri, {}, path)
    })
    const records = recordsIn(readFileSync(path, 'utf8'))
    assert.equal(records.filter(({ message }) => message === 'Starting topology monitoring').length, 2)
  } finally {
    files.remove()
  }
})
