/** A set, and routers before one, with both TLS and users: what clients of both drivers, and the servers among each other, make of it. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { MongoClient, type MongoClientOptions } from '../../src/client/index.ts'
import { type Deployment, type DeploymentTLS, startDeployment, type UserOptions } from '../../src/embedded/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { Authority } from '../certificates/certificates.ts'
import { Files } from '../certificates/files.ts'
import { drivers } from './drivers.ts'

const files = new Files()
after(() => files.remove())

const authority = new Authority('cenote tests')
const server = authority.issue({ name: [['CN', 'server']], hosts: ['127.0.0.1'] })
const client = authority.issue({ name: [['CN', 'client']] })
const tlsCAFile = files.write('ca.pem', authority.certificate)
const tlsCertificateKeyFile = files.write('client.pem', client.certificate + client.key)
const serversFile = files.write('server.pem', server.certificate + server.key)

const password = 'p@ss: wörd/%'
const users: readonly UserOptions[] = [
  { name: 'ada', password },
  { name: 'old', password, mechanisms: ['SCRAM-SHA-1'] },
  { name: 'plain', password, database: '$external', mechanisms: ['PLAIN'] },
  { name: 'CN=client', database: '$external' }
]
const tls: DeploymentTLS = {
  key: server.key,
  cert: server.certificate,
  ca: authority.certificate,
  requestClientCertificate: 'required'
}
const encrypted = { tlsCAFile, tlsCertificateKeyFile }
const as = (username: string, options: MongoClientOptions = {}): MongoClientOptions => ({
  ...encrypted,
  auth: { username, password },
  ...options
})

const kinds = ['replicaSet', 'sharded', 'loadBalanced'] as const

const accepted: readonly (readonly [what: string, MongoClientOptions, user: string])[] = [
  ['SCRAM-SHA-256, negotiated', as('ada'), 'admin.ada'],
  ['SCRAM-SHA-1, negotiated', as('old'), 'admin.old'],
  ['SCRAM-SHA-1, chosen', as('ada', { authMechanism: 'SCRAM-SHA-1' }), 'admin.ada'],
  ['PLAIN', as('plain', { authMechanism: 'PLAIN' }), '$external.plain'],
  ['MONGODB-X509', { ...encrypted, authMechanism: 'MONGODB-X509' }, '$external.CN=client']
]

const refused: readonly (readonly [what: string, MongoClientOptions, code: number])[] = [
  ['a wrong password', as('ada', { auth: { username: 'ada', password: 'x' } }), 18],
  [
    'a wrong password with PLAIN',
    as('plain', { auth: { username: 'plain', password: 'x' }, authMechanism: 'PLAIN' }),
    18
  ],
  ['a certificate alone, of a user', encrypted, 13],
  ["the members' own certificate", { tlsCAFile, tlsCertificateKeyFile: serversFile, authMechanism: 'MONGODB-X509' }, 11]
]

for (const [kind, driver] of kinds.flatMap(each => drivers.map(one => [each, one] as const)))
  describe(`${driver.name} on TLS and with users, ${kind}`, () => {
    let deployment: Deployment
    before(async () => {
      deployment = await startDeployment({ kind, tls, users })
    })
    after(() => deployment.stop())

    async function withClient(
      options: MongoClientOptions,
      run: (connected: MongoClient) => Promise<unknown>
    ): Promise<void> {
      const connected = new driver.library.MongoClient(deployment.uri, options)
      try {
        await run(connected)
      } finally {
        await driver.end(connected)
      }
    }

    for (const [what, options, user] of accepted)
      test(`${what}: writes reach every member, and each sees user and certificate`, () =>
        withClient(options, async connected => {
          const collection = connected.db('shop').collection('orders')
          const { insertedId } = await collection.insertOne({ what }, { writeConcern: { w: 3 } })
          assert.equal((await collection.findOne({ _id: insertedId }))?.['what'], what)
          const servers = deployment.routers.length > 0 ? deployment.routers : [deployment.primary!]
          const open = servers.flatMap(each => each.connections().open).filter(({ purpose }) => purpose === 'pool')
          assert.ok(open.length > 0)
          for (const each of open) assert.deepEqual([each.user, each.certificateSubject], [user, 'CN=client'])
        }))

    for (const [what, options, code] of refused)
      test(`${what} is refused with code ${code}`, () =>
        withClient(options, async connected => {
          await assert.rejects(connected.db('shop').collection('a').findOne(), { name: 'MongoServerError', code })
        }))

    for (const [what, options] of [accepted[0]!, accepted[4]!])
      test(`${what}: a step-down under load loses no write, and the old primary follows the new one`, () =>
        withClient({ ...options, minPoolSize: 2 }, async connected => {
          const collection = connected.db('shop').collection<{ _id: number }>(`stepped ${driver.name} ${what}`)
          await collection.insertOne({ _id: -1 })
          const old = deployment.primary
          const running = Array.from({ length: 30 }, (_, _id) => collection.insertOne({ _id }))
          await deployment.stepDown()
          await Promise.all(running)
          await collection.insertOne({ _id: 30 }, { writeConcern: { w: 3 } })
          assert.notEqual(deployment.primary, old)
          assert.equal(await collection.countDocuments(), 32)
        }))
  })

test('members that are killed and started again, one after the other, authenticate to each other again over TLS', async () => {
  const deployment = await startDeployment({ kind: 'replicaSet', tls, users })
  const connected = new MongoClient(deployment.uri, as('ada'))
  const collection = connected.db('shop').collection('orders')
  for (const index of deployment.members.keys()) {
    await collection.insertOne({ index }, { writeConcern: { w: 3 } })
    await deployment.kill(index)
    await collection.insertOne({ index })
    await deployment.restart(index)
  }
  await collection.insertOne({}, { writeConcern: { w: 3 } })
  assert.equal(await collection.countDocuments(), 2 * deployment.members.length + 1)
  for (const member of deployment.members)
    for (const { user, purpose } of member.connections().open)
      assert.equal(user, purpose === 'pool' ? 'admin.ada' : undefined)
  await connected.shutdown()
  await deployment.stop()
})

test('PLAIN warns of the password that anybody on the way can read, once for a client, and with TLS it does not', async () => {
  const codes: string[] = []
  const runtime = { ...nodeRuntime(), warn: (_message: string, code: string) => void codes.push(code) }
  const plain = users.filter(({ name }) => name === 'plain')
  const cases = [
    { deploymentOptions: {}, clientOptions: {}, warned: ['CENOTE_PASSWORD_IN_PLAIN_TEXT'] },
    { deploymentOptions: { tls }, clientOptions: encrypted, warned: [] }
  ]
  for (const { deploymentOptions, clientOptions, warned } of cases) {
    const deployment = await startDeployment({ kind: 'standalone', users: plain, ...deploymentOptions })
    const auth = { username: 'plain', password }
    const options = { ...clientOptions, runtime, auth, authMechanism: 'PLAIN' }
    const connected = await MongoClient.connect(deployment.uri, options)
    for (let count = 0; count < 2; count++) await connected.db('shop').command({ ping: 1 })
    await connected.shutdown()
    await deployment.stop()
    assert.deepEqual(codes.splice(0), warned)
  }
})
