/** What clients with credentials show of them, on virtual time: in whatever they hand out, tell, log, warn of or fail with. */
import assert from 'node:assert/strict'
import { channel } from 'node:diagnostics_channel'
import { suite, test } from 'node:test'
import { ClientOptions, MongoClient, type MongoClientOptions, type Span } from '../../src/client/index.ts'
import { clientEventNames } from '../../src/client/events.ts'
import { type Deployment, startDeployment, type UserOptions } from '../../src/embedded/index.ts'
import { type VirtualRuntime, virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { password, Secrets } from './search.ts'

interface Place {
  readonly runtime: VirtualRuntime
  readonly deployment: Deployment
  readonly secrets: Secrets
  /** Everything that came out of clients, with where. */
  readonly out: [string, unknown][]
}

async function withUsers(users: readonly UserOptions[], run: (place: Place) => Promise<void>): Promise<void> {
  const secrets = new Secrets()
  const plain = virtualRuntime({ seed: 1 })
  const runtime = secrets.watch(plain)
  const out: [string, unknown][] = []
  await plain.run(async () => {
    const deployment = await startDeployment({ kind: 'replicaSet', runtime: plain, users })
    await run({ runtime, deployment, secrets, out })
    await deployment.stop()
  })
  for (const warning of plain.warnings) out.push(['a process warning', warning])
  for (const { text } of plain.printed) out.push(['what was printed', text])
  assert.ok(out.length > 50, `only ${out.length} values were seen`)
  for (const [where, value] of out) secrets.assertHidden(value, where)
}

/** A client that is watched in every way that there is. */
function watched({ runtime, out }: Place, uri: string, options: MongoClientOptions = {}): MongoClient {
  const show = (where: string, value: unknown): void => void out.push([where, value])
  const client = new MongoClient(uri, {
    runtime,
    serverSelectionTimeoutMS: 3_000,
    mongodbLogComponentSeverities: { default: 'trace' },
    mongodbLogMaxDocumentLength: 0,
    mongodbLogPath: { write: record => show('a log record', record) },
    cmapEventHandler: event => show('a pool event', event),
    sdamEventHandler: event => show('a topology event', event),
    commandEventHandler: event => show('a command event', event),
    tracing: { enabled: true, queryTextMaxLength: 100_000, tracer: { startSpan: (...begun) => spanOf(begun, show) } },
    ...options
  })
  for (const name of clientEventNames) client.on(name, event => show(`the event ${name}`, event))
  show('a client', client)
  show('the options of a client', client.options)
  return client
}

/** One that shows what it is told. */
function spanOf(begun: readonly unknown[], show: (where: string, value: unknown) => void): Span {
  const tell = (told: unknown): void => show('a span', told)
  tell(begun)
  return { setAttributes: tell, setStatus: tell, recordException: tell, isRecording: () => true, end: () => undefined }
}

/** The work of a service, some of which fails, and the commands that carry passwords themselves. */
async function work(client: MongoClient, { out, runtime }: Place): Promise<void> {
  const attempt = async (what: string, run: () => Promise<unknown>): Promise<void> => {
    try {
      out.push([`the result of ${what}`, await run()])
    } catch (error) {
      out.push([`the error of ${what}`, error])
    }
  }
  const db = client.db('admin')
  const orders = db.collection('orders')
  await attempt('connect', () => client.connect())
  await attempt('ping', () => db.command({ ping: 1 }))
  await attempt('insertMany', () => orders.insertMany([{ _id: 1 as never }, { _id: 1 as never }]))
  await attempt('find', () => orders.find().toArray())
  await attempt('a command that is not there', () => db.command({ nope: 1 }))
  for (const command of [
    { createUser: 'eve', pwd: password, roles: [] },
    { createUser: 'eve', pwd: password, roles: [] },
    { updateUser: 'eve', pwd: password },
    { saslStart: 1, mechanism: 'PLAIN', payload: Buffer.from(`\0ada\0${password}`) },
    { hello: 1, speculativeAuthenticate: { saslStart: 1, mechanism: 'PLAIN', payload: password } }
  ])
    await attempt(`the command ${Object.keys(command)[0]}`, () => db.command(command))
  await attempt('an aborted ping', () => db.command({ ping: 1 }, { signal: AbortSignal.abort() }))
  await attempt('warmUp', () => client.warmUp())
  for (const [where, value] of [
    ['a database', db],
    ['a collection', orders],
    ['a cursor', orders.find()],
    ['the pools', client.pools()],
    ['the connections', client.connections()]
  ] as const)
    out.push([where, value])
  await runtime.sleep(20_000)
  await client.shutdown()
  await attempt('ping on a closed client', () => db.command({ ping: 1 }))
  out.push(['a closed client', client])
}

function withPassword(uri: string, secret: string, query = ''): string {
  return `${uri.replace('//', `//ada:${encodeURIComponent(secret)}@`)}${uri.includes('?') ? '&' : '?'}${query}`
}

const ada: UserOptions = { name: 'ada', password }

suite('no form of the password, and no key made of it, shows', () => {
  for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'] as const)
    test(`with ${mechanism}: the client authenticates, works, fails and ends`, () =>
      withUsers(
        [{ ...ada, mechanisms: [mechanism], ...(mechanism === 'PLAIN' ? { database: '$external' } : {}) }],
        async place => {
          const client = watched(place, withPassword(place.deployment.uri, password, `authMechanism=${mechanism}`))
          await work(client, place)
          assert.ok(place.out.some(([where]) => where === 'the result of ping'))
          if (mechanism !== 'PLAIN') assert.ok(place.secrets.count > new Secrets().count + 40, 'keys were derived')
        }
      ))

  test('where the mechanism is negotiated, with the password in the option auth and in ClientOptions', () =>
    withUsers([ada], async place => {
      const { uri } = place.deployment
      await work(watched(place, uri, { auth: { username: 'ada', password } }), place)
      const options = ClientOptions.parse(withPassword(uri, password))
      place.out.push(['ClientOptions', options])
      place.out.push(['fields of ClientOptions', Object.assign({}, options)])
    }))

  test('where the server refuses it', () =>
    withUsers([{ name: 'ada', password: 'another' }], async place => {
      for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'])
        await work(watched(place, withPassword(place.deployment.uri, password, `authMechanism=${mechanism}`)), place)
      assert.ok(place.out.some(([where]) => where === 'the error of ping'))
    }))

  test('where it cannot be made into a key', () =>
    withUsers([ada], async place => {
      await work(watched(place, withPassword(place.deployment.uri, `${password}\u0007`)), place)
      assert.ok(place.out.some(([where]) => where === 'the error of ping'))
    }))

  test('where no server answers, or breaks off in the middle of authentication', () =>
    withUsers([ada], async place => {
      const { deployment, runtime } = place
      const client = watched(place, withPassword(deployment.uri, password))
      for (const member of deployment.members)
        member.configureFailPoint({
          configureFailPoint: 'failCommand',
          mode: { times: 3 },
          data: { failCommands: ['saslContinue', 'saslStart'], closeConnection: true }
        })
      await client.connect().catch(error => place.out.push(['the error of connect', error]))
      await client
        .db()
        .command({ ping: 1 })
        .catch(error => place.out.push(['the error of ping', error]))
      for (const member of deployment.members) await member.refuseDials(true)
      await runtime.sleep(10)
      await work(watched(place, withPassword(deployment.uri, password)), place)
      for (const member of deployment.members) await member.refuseDials(false)
      await client.close()
    }))

  test('where diagnostics channels are listened to', () =>
    withUsers([ada], async place => {
      const names = ['command-started', 'command-succeeded', 'command-failed', 'connection-closed', 'connection-ready']
      const hear = (event: unknown, name: string | symbol): void => void place.out.push([String(name), event])
      for (const name of names) channel(`cenote:${name}`).subscribe(hear)
      await work(watched(place, withPassword(place.deployment.uri, password)), place)
      for (const name of names) channel(`cenote:${name}`).unsubscribe(hear)
    }))

  test('where the log goes to standard error', () =>
    withUsers([ada], async place => {
      const env = { MONGODB_LOG_ALL: 'trace', MONGODB_LOG_MAX_DOCUMENT_LENGTH: '0' }
      const runtime = { ...place.runtime, host: { ...place.runtime.host, env } }
      const options = { runtime, mongodbLogComponentSeverities: undefined, mongodbLogMaxDocumentLength: undefined }
      const uri = withPassword(place.deployment.uri, password)
      await work(watched(place, uri, { ...options, mongodbLogPath: undefined }), place)
      assert.ok(place.runtime.printed.length > 50)
    }))

  test('in the refusal of what is not built, or makes no sense', () => {
    const secrets = new Secrets()
    const secret = encodeURIComponent(password)
    const wrong: readonly (readonly [string, MongoClientOptions?])[] = [
      [`mongodb://h/?proxyHost=p&proxyPassword=${secret}`],
      [`mongodb://h/?proxyPassword=${secret}`],
      [`mongodb+srv://ada:${secret}@h/?srvMaxHosts=2&replicaSet=x`],
      [`mongodb://ada:${secret}@h/?authMechanism=MONGODB-AWS`],
      [`mongodb://ada:${secret}@h/?authMechanism=GSSAPI&authMechanismProperties=SERVICE_NAME:${secret}`],
      [`mongodb://ada:${secret}@h/?authMechanism=MONGODB-X509&tls=true`],
      [`mongodb://h/?tlsCertificateKeyFilePassword=${secret}`],
      [`mongodb://h/?tls=true&tlsCertificateKeyFile=nowhere.pem&tlsCertificateKeyFilePassword=${secret}`],
      [`mongodb://ada:${secret}@h/?minPoolSize=30&maxPoolSize=5`],
      ['mongodb://h/', { auth: { username: 'ada', password, more: password } as never }],
      ['mongodb://h/', { auth: password as never }],
      ['mongodb://h/', { proxyPassword: password }],
      ['mongodb://h/', { tlsCertificateKeyFilePassword: [password] as never }],
      [`mongodb://ada:${secret}@h/`, { nonsense: 1 } as never]
    ]
    for (const [uri, options] of wrong)
      assert.throws(
        () => new MongoClient(uri, { runtime: virtualRuntime({ seed: 1 }), ...options }),
        (error: Error) => {
          secrets.assertHidden(error, `the refusal of ${uri.slice(0, 20)}`)
          return true
        }
      )
  })
})

suite('the search itself', () => {
  test('finds every form that it looks for, wherever it stands', () => {
    const secrets = new Secrets()
    secrets.bytes(
      'a key',
      Uint8Array.from({ length: 20 }, (_, index) => 200 - index)
    )
    const key = Buffer.from(Uint8Array.from({ length: 20 }, (_, index) => 200 - index))
    const error = new Error('outer', { cause: new Error(`inner ${key.toString('base64')}`) })
    const shown: readonly unknown[] = [
      password,
      { a: [{ b: password }] },
      encodeURIComponent(password),
      Buffer.from(`\0ada\0${password}`).toString('base64'),
      Buffer.from(`x${password}`).toString('base64'),
      key,
      { key: Uint8Array.from(key) },
      key.toString('hex'),
      error,
      Object.defineProperty(new Error('x'), 'hidden', { value: password }),
      Object.defineProperty({}, 'hidden', { value: password, enumerable: false })
    ]
    for (const value of shown) assert.throws(() => secrets.assertHidden(value, 'a test'), /shows in a test/)
    secrets.assertHidden({ harmless: 'Zebra', more: [1, 2, 3] }, 'a test')
  })
})
