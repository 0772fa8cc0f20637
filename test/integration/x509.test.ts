/** MONGODB-X509: both drivers authenticate with certificates against one deployment, which has users with passwords too. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createSecureContext } from 'node:tls'
import { inspect } from 'node:util'
import { MongoClient, type MongoClientOptions, MongoServerError } from '../../src/client/index.ts'
import { type Deployment, type DeploymentTLS, startDeployment, type UserOptions } from '../../src/embedded/index.ts'
import { Authority, encryptedKey, type Issued } from '../certificates/certificates.ts'
import { Files } from '../certificates/files.ts'
import { drivers, goneFrom, recordPoolEvents } from './drivers.ts'

const files = new Files()
after(() => files.remove())

const authority = new Authority('cenote tests')
const server = authority.issue({ name: [['CN', 'server']], hosts: ['127.0.0.1'] })
const client = authority.issue({
  name: [
    ['O', 'wörd, b'],
    ['OU', 'services'],
    ['CN', 'client']
  ]
})
const nobody = authority.issue({ name: [['CN', 'nobody']] })
const stranger = new Authority('others').issue({ name: client.name })
const subject = 'CN=client,OU=services,O=wörd\\, b'

const tlsCAFile = files.write('ca.pem', authority.certificate)
const fileOf = (name: string, { certificate, key }: Issued): string => files.write(name, certificate + key)
const clientFile = fileOf('client.pem', client)
const nobodysFile = fileOf('nobody.pem', nobody)
const strangersFile = fileOf('stranger.pem', stranger)
const password = 'CANARY7'
const encryptedFile = files.write('encrypted.pem', encryptedKey(client.key, password) + client.certificate)

const tls: DeploymentTLS = {
  key: server.key,
  cert: server.certificate,
  ca: authority.certificate,
  requestClientCertificate: 'optional'
}
const users: readonly UserOptions[] = [
  { name: subject, database: '$external', mechanisms: ['MONGODB-X509'] },
  { name: 'ada', password }
]

const asOwner = { tlsCAFile, authMechanism: 'MONGODB-X509' } as const
const withoutCertificate = createSecureContext({ ca: authority.certificate })

/** A user's name stands in the connection string: with `auth` the official driver wants a password as well. */
function named(uri: string, username: string | undefined): string {
  return username === undefined ? uri : uri.replace('://', `://${encodeURIComponent(username)}@`)
}

for (const driver of drivers)
  describe(`${driver.name}, with certificates for passwords`, () => {
    let deployment: Deployment
    before(async () => {
      deployment = await startDeployment({ kind: 'replicaSet', tls, users })
    })
    after(() => deployment.stop())

    const connect = (options: MongoClientOptions, username?: string): MongoClient =>
      new driver.library.MongoClient(named(deployment.uri, username), options)

    async function withClient(
      connected: MongoClient,
      run: (connected: MongoClient) => Promise<unknown> = writesAndReads
    ): Promise<void> {
      try {
        await run(connected)
      } finally {
        await driver.end(connected)
      }
    }

    const accepted: readonly (readonly [string, MongoClientOptions, string?])[] = [
      ['a certificate and no user name', { tlsCertificateKeyFile: clientFile }],
      ['a certificate and its subject as the user name', { tlsCertificateKeyFile: clientFile }, subject],
      ['authSource $external', { tlsCertificateKeyFile: clientFile, authSource: '$external' }],
      [
        'an encrypted key with its password',
        { tlsCertificateKeyFile: encryptedFile, tlsCertificateKeyFilePassword: password }
      ],
      [
        'a secureContext',
        {
          tlsCAFile: undefined,
          secureContext: createSecureContext({
            ca: authority.certificate,
            cert: client.certificate,
            key: client.key
          })
        }
      ]
    ]
    for (const [what, options, username] of accepted)
      test(`${what}: writes reach every member, and the server knows who it is`, () =>
        withClient(connect(withoutUndefined({ ...asOwner, ...options }), username)))

    test('a connection string can say it all', () => {
      const query = new URLSearchParams({ authMechanism: 'MONGODB-X509', tlsCAFile, tlsCertificateKeyFile: clientFile })
      return withClient(new driver.library.MongoClient(`${deployment.uri}&${String(query)}`))
    })

    test('a user with a password works beside one with a certificate, with and without a certificate of its own', async () => {
      const ada = { tlsCAFile, auth: { username: 'ada', password } }
      await Promise.all([
        withClient(connect({ ...asOwner, tlsCertificateKeyFile: clientFile })),
        withClient(connect(ada), connected => writesAndReads(connected, { user: 'ada', db: 'admin' })),
        withClient(connect({ ...ada, tlsCertificateKeyFile: clientFile }), connected =>
          writesAndReads(connected, { user: 'ada', db: 'admin' })
        )
      ])
    })

    test('a user who is made with createUser is let in, and refused again when dropped', async () => {
      const nobodys = { ...asOwner, tlsCertificateKeyFile: nobodysFile }
      await withClient(connect({ ...asOwner, tlsCertificateKeyFile: clientFile }), async connected => {
        const roles = [{ role: 'root', db: 'admin' }]
        await connected.db('$external').command({ createUser: 'CN=nobody', roles, mechanisms: ['MONGODB-X509'] })
        await withClient(connect(nobodys), other => writesAndReads(other, { user: 'CN=nobody', db: '$external' }))
        await connected.db('$external').command({ dropUser: 'CN=nobody' })
        await withClient(connect(nobodys), async other => assert.equal((await refusal(other)).code, 11))
      })
    })

    for (const change of ['steps down', 'is killed, and started again'] as const)
      test(`the primary ${change}: every write is done, with the same user at the new primary`, () =>
        withClient(connect({ ...asOwner, tlsCertificateKeyFile: clientFile, minPoolSize: 3 }), async connected => {
          const collection = connected.db('shop').collection<{ _id: number }>(`${driver.name} ${change}`)
          const { primary } = deployment
          await collection.insertOne({ _id: 0 })
          if (change === 'steps down') {
            const running = Array.from({ length: 20 }, (_, each) => collection.insertOne({ _id: each + 1 }))
            await deployment.stepDown()
            await Promise.all(running)
          } else {
            const index = deployment.members.indexOf(primary!)
            const lost = goneFrom(connected, primary!.address)
            await deployment.kill(index)
            await lost
            await collection.insertMany(Array.from({ length: 20 }, (_, each) => ({ _id: each + 1 })))
            await deployment.restart(index)
          }
          assert.notEqual(deployment.primary, primary)
          await collection.insertOne({ _id: 21 }, { writeConcern: { w: 3 } })
          assert.equal(await collection.countDocuments(), 22)
          const pool = deployment.primary!.connections().open.filter(({ purpose }) => purpose === 'pool')
          assert.ok(pool.some(({ user }) => user === `$external.${subject}`))
        }))

    test('a subject that is not the user name is refused with code 18', () =>
      withClient(connect({ ...asOwner, tlsCertificateKeyFile: clientFile }, 'CN=other'), async connected => {
        const { code, message } = await refusal(connected)
        assert.equal(code, 18)
        if (driver.name === 'cenote')
          assert.match(
            message,
            /authenticate user "CN=other" of the database "\$external" with MONGODB-X509 .*The subject of the certificate is "CN=client,OU=services,O=wörd\\\\, b": leave the user name out, or give this one$/
          )
      }))

    test('without a certificate it is refused with code 18', () =>
      withClient(connect({ authMechanism: 'MONGODB-X509', secureContext: withoutCertificate }), async connected => {
        const { code, message } = await refusal(connected)
        assert.equal(code, 18)
        if (driver.name === 'cenote')
          assert.match(message, /authenticate the user of the certificate .* was it shown one of an authority/)
      }))

    test('a certificate whose user is not there is refused with code 11', () =>
      withClient(connect({ ...asOwner, tlsCertificateKeyFile: nobodysFile }), async connected => {
        const { code, message } = await refusal(connected)
        assert.equal(code, 11)
        assert.match(message, /CN=nobody/)
        if (driver.name === 'cenote')
          assert.match(
            message,
            /authenticate user "CN=nobody" of the database "\$external" .*UserNotFound \(code 11\).*Create this user on/
          )
      }))

    for (const request of ['optional', 'required'] as const)
      test(`a certificate of an unknown authority is refused in TLS, where a certificate is ${request}`, async () => {
        const strict = await startDeployment({
          kind: 'standalone',
          tls: { ...tls, requestClientCertificate: request },
          users
        })
        const refused = new driver.library.MongoClient(strict.uri, {
          ...asOwner,
          tlsCertificateKeyFile: strangersFile,
          serverSelectionTimeoutMS: 200
        })
        await withClient(refused, async () => {
          const ping = refused.db('shop').command({ ping: 1 })
          await assert.rejects(ping, ({ name, message }: Error) => {
            assert.equal(name, 'MongoServerSelectionError')
            if (driver.name === 'cenote') assert.match(message, /accept the certificate of th/)
            return true
          })
        })
        assert.equal(strict.members[0]!.connections().open.length, 0)
        await strict.stop()
      })
  })

const owner = { user: subject, db: '$external' }

async function writesAndReads(connected: MongoClient, who: typeof owner = owner): Promise<void> {
  const collection = connected.db('shop').collection('orders')
  const { insertedId } = await collection.insertOne({ by: who.user }, { writeConcern: { w: 3 } })
  const found = await collection.findOne({ _id: insertedId }, { readPreference: 'secondary' })
  assert.equal(found?.['by'], who.user)
  const status = await connected.db('admin').command({ connectionStatus: 1 })
  assert.deepEqual(status['authInfo'].authenticatedUsers, [who])
}

/** The error of each of a few operations, of which none waits for the selection of a server to time out. */
async function refusal(connected: MongoClient): Promise<{ readonly code: unknown; readonly message: string }> {
  const startMS = performance.now()
  const errors: { code: unknown; message: string }[] = []
  for (let count = 0; count < 2; count++)
    await connected
      .db('shop')
      .command({ ping: 1 })
      .then(
        () => assert.fail('it was let in'),
        (error: unknown) => {
          assert.ok(error instanceof Error && error.name === 'MongoServerError', inspect(error))
          errors.push({ code: 'code' in error ? error.code : undefined, message: error.message })
        }
      )
  const [first, second] = errors
  assert.equal(first?.code, second?.code)
  assert.ok(performance.now() - startMS < 10_000, 'the default of serverSelectionTimeoutMS is 30 s')
  return first!
}

function withoutUndefined(options: Readonly<Record<string, unknown>>): MongoClientOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

test('a refusal clears the pool, is one error for the event and another for the caller, and shows no key', async () => {
  const deployment = await startDeployment({ kind: 'standalone', tls, users })
  const refused = new MongoClient(deployment.uri, { ...asOwner, tlsCertificateKeyFile: nobodysFile })
  const told = recordPoolEvents(refused)
  const causes: unknown[] = []
  refused.on('connectionCheckOutFailed', ({ error }) => causes.push(error))
  const error: unknown = await refused
    .db('shop')
    .collection('c')
    .findOne()
    .catch((thrown: unknown) => thrown)
  assert.ok(error instanceof MongoServerError)
  assert.ok(told.some(({ name }) => name === 'connectionPoolCleared'))
  assert.deepEqual(
    told.filter(({ name }) => name === 'connectionCheckOutFailed').map(({ reason }) => reason),
    ['connectionError']
  )
  const shown = inspect([error, causes, refused], { depth: null, showHidden: true, getters: true })
  const secret = nobody.key.split('\n')[1]!
  assert.ok(!shown.includes(secret.slice(0, 30)))
  await refused.shutdown()
  await deployment.stop()
})

test('a client without a certificate or TLS is refused by name when it is made', () => {
  const made = (uri: string, options: MongoClientOptions) => (): unknown => new MongoClient(uri, options)
  const mechanism = { authMechanism: 'MONGODB-X509' }
  assert.throws(made('mongodb://h/', mechanism), /give tls=true and tlsCertificateKeyFile$/)
  assert.throws(made('mongodb://h/?tls=true', mechanism), /give tlsCertificateKeyFile$/)
  assert.throws(made('mongodb://h/', { ...mechanism, tlsCertificateKeyFile: clientFile }), /give tls=true$/)
  assert.throws(made('mongodb://u:p@h/?tls=true', mechanism), /MONGODB-X509 takes no password; leave it out/)
})
