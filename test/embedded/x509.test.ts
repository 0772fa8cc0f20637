/** The server's half of MONGODB-X509: which certificate speaks for whom, on real sockets, since TLS needs them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Binary, type Document } from '../../src/bson/index.ts'
import { type Deployment, type DeploymentTLS, startDeployment, type UserOptions } from '../../src/embedded/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { Authority, type Issued, type Name } from '../certificates/certificates.ts'
import { double, int, ok, RawClient } from './raw_client.ts'

const runtime = nodeRuntime()
const authority = new Authority('tests')
const server = authority.issue({ name: [['CN', 'server']], hosts: ['127.0.0.1'] })
const certificateOf = (...name: Name): Issued => authority.issue({ name })
const ada = certificateOf(['O', 'a, b'], ['OU', 'services'], ['CN', 'ada'])
const subject = 'CN=ada,OU=services,O=a\\, b'
const made = certificateOf(['CN', 'made'])

const tls: DeploymentTLS = {
  key: server.key,
  cert: server.certificate,
  ca: authority.certificate,
  requestClientCertificate: 'optional'
}
const users: readonly UserOptions[] = [
  { name: subject, database: '$external' },
  { name: 'CN=plain', database: '$external', mechanisms: ['PLAIN'], password: 'x' },
  { name: 'CN=both', database: '$external', mechanisms: ['MONGODB-X509', 'PLAIN'], password: 'x' }
]

let deployment: Deployment
before(async () => {
  deployment = await startDeployment({ kind: 'standalone', tls, users })
})
after(() => deployment.stop())

async function withClient(identity: Issued | undefined, run: (client: RawClient) => Promise<void>): Promise<void> {
  const settings = runtime.tls!.client({
    ca: authority.certificate,
    certificate: identity?.certificate,
    key: identity?.key,
    allowInvalidCertificates: false,
    allowInvalidHostnames: false
  })
  const client = await RawClient.connect(runtime, deployment.members[0]!, settings)
  try {
    await run(client)
  } finally {
    client.close()
    await client.ended
  }
}

const authenticate = { authenticate: 1, mechanism: 'MONGODB-X509' }
const accepted = { ...ok, dbname: '$external', user: subject }
const failed = { ok: double(0), errmsg: 'Authentication failed.', code: int(18), codeName: 'AuthenticationFailed' }

async function assertNobody(client: RawClient): Promise<void> {
  assert.deepEqual((await client.command('admin', { find: 'c' }))['code'], int(13))
}

test('a certificate lets in the user whose name is its subject, whether the user is named or not', async () => {
  for (const named of [{}, { user: subject }, { user: '' }])
    await withClient(ada, async client => {
      await assertNobody(client)
      assert.deepEqual(await client.command('$external', { ...authenticate, ...named }), accepted)
      assert.deepEqual(await client.command('admin', { ping: 1 }), ok)
      const { authInfo } = await client.command('admin', { connectionStatus: 1 })
      assert.deepEqual(authInfo.authenticatedUsers, [{ user: subject, db: '$external' }])
      const open = deployment.members[0]!.connections().open.map(({ user }) => user)
      assert.deepEqual(open, [`$external.${subject}`])
    })
})

test('a hello takes the first command, and is silent about one that fails', async () => {
  const hello = (speculativeAuthenticate: Document): Document => ({ hello: 1, speculativeAuthenticate })
  for (const first of [{ ...authenticate, db: '$external' }, authenticate])
    await withClient(ada, async client => {
      const reply = await client.command('admin', hello(first))
      assert.deepEqual(reply['speculativeAuthenticate'], { dbname: '$external', user: subject })
      assert.deepEqual(await client.command('admin', { ping: 1 }), ok)
    })
  for (const unfit of [{ user: 'CN=other' }, { db: 'admin' }, { mechanism: 'PLAIN' }, { mechanism: undefined }])
    await withClient(ada, async client => {
      const reply = await client.command('admin', hello({ ...authenticate, ...unfit }))
      assert.deepEqual([reply['ok'], 'speculativeAuthenticate' in reply], [double(1), false])
      await assertNobody(client)
    })
})

test('a user field that is not the subject is refused, however much it looks like it', async () => {
  for (const user of ['CN=other', subject.toLowerCase(), 'O=a\\, b,OU=services,CN=ada', subject.replaceAll(',', ', ')])
    await withClient(ada, async client => {
      assert.deepEqual(await client.command('$external', { ...authenticate, user }), failed, user)
      await assertNobody(client)
    })
})

test('without a certificate nobody is let in, whoever they say they are', async () => {
  for (const named of [{}, { user: subject }, { user: '' }])
    await withClient(undefined, async client => {
      assert.deepEqual(await client.command('$external', { ...authenticate, ...named }), failed)
      await assertNobody(client)
    })
})

test('a certificate without a subject is nobody, whoever it says it is', async () => {
  for (const named of [{}, { user: '' }, { user: subject }])
    await withClient(certificateOf(), async client => {
      assert.deepEqual(await client.command('$external', { ...authenticate, ...named }), failed)
      await assertNobody(client)
    })
})

test('a subject that is no user, or a user without the mechanism, is refused with code 11 and its name', async () => {
  for (const name of ['nobody', 'plain'])
    await withClient(certificateOf(['CN', name]), async client => {
      assert.deepEqual(await client.command('$external', authenticate), {
        ok: double(0),
        errmsg: `Could not find user "CN=${name}" for db "$external"`,
        code: int(11),
        codeName: 'UserNotFound'
      })
      await assertNobody(client)
    })
})

test('on another database than $external a certificate is refused with code 17', () =>
  withClient(ada, async client => {
    const reply = await client.command('admin', authenticate)
    assert.deepEqual([reply['code'], reply['codeName']], [int(17), 'ProtocolError'])
    await assertNobody(client)
  }))

test('who was let in and then fails is nobody', () =>
  withClient(ada, async client => {
    await client.command('$external', authenticate)
    await client.command('$external', { ...authenticate, user: 'CN=other' })
    await assertNobody(client)
  }))

test('a user with a certificate has no password: no SCRAM, and PLAIN only where it was given too', async () => {
  const say = async (client: RawClient, name: string, password: string): Promise<Document> => {
    const payload = new Binary(Buffer.from(`\0${name}\0${password}`))
    return client.command('$external', { saslStart: 1, mechanism: 'PLAIN', payload })
  }
  await withClient(certificateOf(['CN', 'both']), async client => {
    assert.deepEqual(await say(client, subject, ''), failed)
    assert.equal((await say(client, 'CN=both', 'x'))['done'], true)
    assert.deepEqual((await client.command('$external', authenticate))['user'], 'CN=both')
    const payload = new Binary(Buffer.from(`n,,n=both,r=x`.replace('both', 'CN=3Dboth')))
    const start = { saslStart: 1, mechanism: 'SCRAM-SHA-256', payload }
    assert.deepEqual(await client.command('$external', start), failed)
  })
})

test('createUser makes a user of $external without a password, who is let in at once and until dropped', () =>
  withClient(made, async other => {
    await withClient(ada, async client => {
      await client.command('$external', authenticate)
      const roles = [{ role: 'root', db: 'admin' }]
      assert.deepEqual((await other.command('$external', authenticate))['code'], int(11))
      const withPassword = await client.command('$external', { createUser: 'CN=made', pwd: 'x', roles })
      assert.deepEqual(withPassword['code'], int(2))
      for (const mechanisms of [undefined, ['MONGODB-X509']]) {
        const command = { createUser: 'CN=made', roles, ...(mechanisms === undefined ? {} : { mechanisms }) }
        assert.deepEqual(await client.command('$external', command), ok)
        const { users: told } = await client.command('$external', { usersInfo: 'CN=made' })
        const user = { user: 'CN=made', db: '$external', roles, mechanisms: ['MONGODB-X509'] }
        assert.deepEqual(told, [{ _id: '$external.CN=made', ...user }])
        assert.deepEqual((await other.command('$external', authenticate))['ok'], double(1))
        assert.deepEqual(await other.command('admin', { ping: 1 }), ok)
        assert.deepEqual(await client.command('$external', { dropUser: 'CN=made' }), ok)
        await assertNobody(other)
      }
    })
  }))

test('a deployment that asks nobody for a certificate refuses users that are known by one', async () => {
  const { key, cert, ca } = tls
  for (const asked of [undefined, { key, cert }, { key, cert, ca: ca! }])
    await assert.rejects(
      startDeployment({ kind: 'standalone', users, ...(asked === undefined ? {} : { tls: asked }) }),
      /users: number 0 has MONGODB-X509, and nobody is asked for a certificate; give tls with ca and requestClientCert/
    )
})
