import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { ScramClient, type ScramMechanism } from '../../src/auth/index.ts'
import { Binary, type Document } from '../../src/bson/index.ts'
import { type Member, startDeployment, type UserOptions, virtualRuntime } from '../../src/embedded/index.ts'
import { MongoInvalidArgumentError } from '../../src/errors/index.ts'
import { cryptography, keysOf } from '../auth/keys.ts'
import { double, int, ok, RawClient } from './raw_client.ts'

const password = 'CANARY7'
const users: readonly UserOptions[] = [
  { name: 'ada', password },
  { name: 'old', password, mechanisms: ['SCRAM-SHA-1'] },
  { name: 'dot.ted=,', password, database: 'shop', mechanisms: ['SCRAM-SHA-256'], roles: ['readWrite'] },
  { name: 'plain', password, database: '$external', mechanisms: ['PLAIN'] }
]

interface Scene {
  readonly member: Member
  readonly client: RawClient
  readonly connect: () => Promise<RawClient>
}

async function withUsers(
  run: (scene: Scene) => Promise<void>,
  kind: 'standalone' | 'replicaSet' = 'standalone'
): Promise<void> {
  const runtime = virtualRuntime({ seed: 3 })
  await runtime.run(async () => {
    const deployment = await startDeployment({ kind, runtime, users })
    const member = deployment.primary ?? deployment.members[0]!
    const connect = (): Promise<RawClient> => RawClient.connect(runtime, member)
    await run({ member, client: await connect(), connect })
    await deployment.stop()
    assert.equal(runtime.timersArmed(), 0)
  })
  assert.deepEqual(runtime.warnings, [])
}

const payloadOf = (reply: Document): Uint8Array => Buffer.from(reply['payload'].$binary.base64 as string, 'base64')
const failed = { ok: double(0), errmsg: 'Authentication failed.', code: int(18), codeName: 'AuthenticationFailed' }

interface Try {
  readonly name: string
  readonly password?: string
  readonly database?: string
  readonly mechanism?: ScramMechanism
  readonly skipEmptyExchange?: boolean
}

/** The last reply of a conversation. */
async function login(client: RawClient, wanted: Try): Promise<Document> {
  const { name, database = 'admin', mechanism = 'SCRAM-SHA-256', skipEmptyExchange = true } = wanted
  const scram = new ScramClient(mechanism, name, 'clientNonce', cryptography)
  const start = { saslStart: 1, mechanism, payload: new Binary(scram.first), options: { skipEmptyExchange } }
  const challenge = await client.command(database, start)
  if (challenge['ok'].$numberDouble !== '1.0') return challenge
  assert.deepEqual([challenge['conversationId'], challenge['done']], [int(1), false])
  const user = { mechanism, username: name, password: wanted.password ?? password }
  const proof = scram.prove(keysOf(user, scram.challenged(payloadOf(challenge))))
  const proceed = { saslContinue: 1, conversationId: 1 }
  const final = await client.command(database, { ...proceed, payload: new Binary(proof) })
  if (final['ok'].$numberDouble !== '1.0') return final
  scram.verify(payloadOf(final))
  assert.equal(final['done'], skipEmptyExchange)
  return skipEmptyExchange ? final : client.command(database, { ...proceed, payload: new Binary() })
}

/** Nobody has authenticated, or no longer. */
async function assertNobody(client: RawClient): Promise<void> {
  assert.deepEqual((await client.command('admin', { find: 'c' }))['code'], int(13))
  const { authInfo } = await client.command('admin', { connectionStatus: 1 })
  assert.deepEqual(authInfo, { authenticatedUsers: [], authenticatedUserRoles: [] })
}

test('until a user has authenticated what tells or changes anything is refused, with code 13', () =>
  withUsers(async ({ client }) => {
    for (const command of ['find', 'insert', 'getParameter', 'buildInfo', 'endSessions', 'logout']) {
      const reply = await client.command('admin', { [command]: 'c', documents: [{}] })
      assert.deepEqual(reply, {
        ok: double(0),
        errmsg: `Command ${command} requires authentication`,
        code: int(13),
        codeName: 'Unauthorized'
      })
    }
    for (const command of ['hello', 'isMaster', 'ping'])
      assert.deepEqual((await client.command('admin', { [command]: 1 }))['ok'], double(1), command)
    assert.equal((await client.command('$external', { ping: 1 }))['code'].$numberInt, '73')
    await assertNobody(client)
    assert.equal((await login(client, { name: 'ada' }))['done'], true)
    assert.deepEqual((await client.command('admin', { find: 'c' }))['ok'], double(1))
    assert.deepEqual(await client.command('admin', { logout: 1 }), ok)
    await assertNobody(client)
  }))

test('each mechanism lets a user in who has it, with the right password and on the right database', () =>
  withUsers(async ({ connect, member }) => {
    const right: readonly Try[] = [
      { name: 'ada', mechanism: 'SCRAM-SHA-256' },
      { name: 'ada', mechanism: 'SCRAM-SHA-1' },
      { name: 'old', mechanism: 'SCRAM-SHA-1' },
      { name: 'dot.ted=,', database: 'shop' },
      { name: 'ada', skipEmptyExchange: false }
    ]
    for (const each of right) {
      const client = await connect()
      assert.equal((await login(client, each))['done'], true, each.name)
      assert.deepEqual(await client.command('admin', { ping: 1 }), ok)
    }
    const told = member.connections().open.map(({ user }) => user)
    assert.deepEqual(
      told.filter(user => user !== undefined),
      ['admin.ada', 'admin.ada', 'admin.old', 'shop.dot.ted=,', 'admin.ada']
    )
  }))

test('every way to be wrong looks the same: password, name, database, a mechanism that the user has not', () =>
  withUsers(async ({ connect }) => {
    const wrong: readonly Try[] = [
      { name: 'ada', password: 'x' },
      { name: 'nobody' },
      { name: 'ada', database: 'shop' },
      { name: 'old', mechanism: 'SCRAM-SHA-256' },
      { name: 'dot.ted=,' },
      { name: '__system', database: 'local' },
      { name: '__system', database: 'local', password: '' }
    ]
    for (const each of wrong) {
      const client = await connect()
      assert.deepEqual(await login(client, each), failed, each.name)
      await assertNobody(client)
    }
  }))

test('of a user who does not exist the salt is always the same, as of one who does, and no two have one', () =>
  withUsers(async ({ connect }) => {
    const salts = async (name: string, mechanism: ScramMechanism): Promise<string[]> => {
      const found: string[] = []
      for (let i = 0; i < 2; i++) {
        const payload = new Binary(new ScramClient(mechanism, name, 'x', cryptography).first)
        const reply = await (await connect()).command('admin', { saslStart: 1, mechanism, payload })
        found.push(/s=([^,]+),i=4096$/.exec(Buffer.from(payloadOf(reply)).toString())?.[1] ?? '')
      }
      return found
    }
    const all: string[] = []
    for (const name of ['ada', 'nobody'])
      for (const mechanism of ['SCRAM-SHA-1', 'SCRAM-SHA-256'] as const) {
        const [one, other] = await salts(name, mechanism)
        assert.equal(one, other)
        assert.equal(Buffer.from(one!, 'base64').length, mechanism === 'SCRAM-SHA-1' ? 16 : 28)
        all.push(one!)
      }
    assert.equal(new Set(all.map(salt => salt.slice(0, 16))).size, 4)
  }))

test('an unknown mechanism is refused by name, and a certificate that is not there like a wrong password', () =>
  withUsers(async ({ client }) => {
    const start = { saslStart: 1, mechanism: 'GSSAPI', payload: new Binary() }
    const reply = await client.command('admin', start)
    assert.deepEqual([reply['code'], reply['codeName']], [int(334), 'MechanismUnavailable'])
    assert.match(reply['errmsg'], /mechanism GSSAPI which is unknown or not enabled/)
    for (const wrong of [
      { mechanism: 'MONGODB-X509' },
      { mechanism: 'MONGODB-X509', user: 'CN=ada' },
      { mechanism: 'X' }
    ])
      assert.deepEqual(await client.command('$external', { authenticate: 1, ...wrong }), failed)
    assert.deepEqual((await client.command('$external', { authenticate: 1 }))['code'], int(40414))
  }))

test('messages out of order, repeated or malformed end the conversation', () =>
  withUsers(async ({ client }) => {
    const proceed = { saslContinue: 1, conversationId: 1, payload: new Binary(Buffer.from('c=biws,r=x,p=AAAA')) }
    const none = await client.command('admin', proceed)
    assert.deepEqual([none['code'], none['errmsg']], [int(17), 'No SASL session state found'])
    for (const payload of [
      '',
      'n,,n=ada',
      'y,,n=ada,r=x',
      'p=tls-unique,,n=ada,r=x',
      'n,a=bob,n=ada,r=x',
      'n,,m=x,n=ada,r=x'
    ]) {
      const start = { saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: new Binary(Buffer.from(payload)) }
      assert.deepEqual(await client.command('admin', start), failed, payload)
    }
    const scram = new ScramClient('SCRAM-SHA-256', 'ada', 'clientNonce', cryptography)
    await client.command('admin', { saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: new Binary(scram.first) })
    assert.deepEqual(await client.command('admin', proceed), failed)
    assert.deepEqual((await client.command('admin', proceed))['code'], int(17))
    await assertNobody(client)
  }))

test('no bytes that are no proof let anybody in, and none harm the server', () =>
  withUsers(async ({ client }) => {
    const piece = fc.constantFrom(
      'n,,',
      'n=ada',
      'r=',
      'c=biws',
      'p=',
      'AAAA',
      ',',
      '=',
      '\0',
      'ada',
      'e',
      '%',
      '\u00e9'
    )
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.array(piece, { maxLength: 12 }).map(pieces => Buffer.from(pieces.join('')))
    )
    const mechanism = fc.constantFrom('SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN')
    await fc.assert(
      fc.asyncProperty(mechanism, payload, payload, async (named, first, second) => {
        await client.command('admin', { saslStart: 1, mechanism: named, payload: new Binary(first) })
        const next = { saslContinue: 1, conversationId: 1, payload: new Binary(second) }
        const reply = await client.command('admin', next)
        assert.ok(['17', '18'].includes(reply['code'].$numberInt), JSON.stringify(reply))
        await assertNobody(client)
      }),
      { numRuns: 300 }
    )
  }))

test('a hello says which mechanisms a user has, and takes the first command', () =>
  withUsers(async ({ client, connect }) => {
    const hello = (user: string): Promise<Document> => client.command('admin', { hello: 1, saslSupportedMechs: user })
    assert.deepEqual((await hello('admin.ada'))['saslSupportedMechs'], ['SCRAM-SHA-1', 'SCRAM-SHA-256'])
    assert.deepEqual((await hello('shop.dot.ted=,'))['saslSupportedMechs'], ['SCRAM-SHA-256'])
    for (const nobody of ['admin.nobody', 'shop.ada', 'ada', ''])
      assert.ok(!('saslSupportedMechs' in (await hello(nobody))))
    const raw = await connect()
    const scram = new ScramClient('SCRAM-SHA-256', 'ada', 'clientNonce', cryptography)
    const first = { saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: new Binary(scram.first), db: 'admin' }
    const reply = await raw.command('admin', { hello: 1, speculativeAuthenticate: first })
    const challenge = reply['speculativeAuthenticate'] as Document
    const user = { mechanism: 'SCRAM-SHA-256' as const, username: 'ada', password }
    const proof = scram.prove(keysOf(user, scram.challenged(payloadOf(challenge))))
    const final = await raw.command('admin', { saslContinue: 1, conversationId: 1, payload: new Binary(proof) })
    scram.verify(payloadOf(final))
    for (const unfit of [{ ...first, mechanism: 'X' }, { ...first, payload: new Binary() }, { authenticate: 1 }, {}])
      assert.ok(
        !('speculativeAuthenticate' in (await raw.command('admin', { hello: 1, speculativeAuthenticate: unfit })))
      )
  }))

test('a user who lacks the mechanism is refused at the first message, and not answered in a hello', () =>
  withUsers(async ({ client }) => {
    const scram = new ScramClient('SCRAM-SHA-256', 'old', 'clientNonce', cryptography)
    const first = { saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: new Binary(scram.first), db: 'admin' }
    const hello = await client.command('admin', { hello: 1, speculativeAuthenticate: first })
    assert.ok(!('speculativeAuthenticate' in hello))
    const { db: _, ...start } = first
    assert.deepEqual(await client.command('admin', start), failed)
  }))

test('PLAIN lets the user in who has it, by one message', () =>
  withUsers(async ({ connect }) => {
    const say = async (message: string, database = '$external'): Promise<Document> => {
      const payload = new Binary(Buffer.from(message))
      return (await connect()).command(database, { saslStart: 1, mechanism: 'PLAIN', payload })
    }
    assert.equal((await say(`\0plain\0${password}`))['done'], true)
    assert.deepEqual(await say('\0plain\0x'), failed)
    assert.deepEqual(await say(`\0nobody\0${password}`), failed)
    assert.deepEqual(await say(`\0ada\0${password}`, 'admin'), failed, 'ada has no PLAIN')
    assert.deepEqual(await say(`\0plain\0${password}\u0007`), failed)
    const insert = await (await connect()).command('$external', { insert: 'c', documents: [{}] })
    assert.deepEqual(insert['code'], int(73), 'no data goes to $external')
  }))

test('who authenticates anew, and fails, is nobody', () =>
  withUsers(async ({ client }) => {
    await login(client, { name: 'ada' })
    const status = await client.command('admin', { connectionStatus: 1 })
    assert.deepEqual(status['authInfo'], {
      authenticatedUsers: [{ user: 'ada', db: 'admin' }],
      authenticatedUserRoles: [{ role: 'root', db: 'admin' }]
    })
    await login(client, { name: 'ada', password: 'x' })
    await assertNobody(client)
  }))

test('a client that says it is a member is not believed: neither without proof, nor with that of a user', () =>
  withUsers(async ({ client }) => {
    await client.command('admin', { hello: 1, internalClient: { minWireVersion: 0, maxWireVersion: 25 } })
    const copy = { replSetCopy: 1, member: 1, from: 0 }
    assert.deepEqual((await client.command('admin', copy))['code'], int(13))
    await login(client, { name: 'ada' })
    assert.deepEqual((await client.command('admin', copy))['code'], int(13))
    assert.deepEqual(await client.command('admin', { ping: 1 }).then(reply => reply['ok']), double(1))
  }, 'replicaSet'))

test('without users nobody has to authenticate, and nobody can', async () => {
  const runtime = virtualRuntime({ seed: 3 })
  await runtime.run(async () => {
    const deployment = await startDeployment({ kind: 'standalone', runtime })
    const client = await RawClient.connect(runtime, deployment.members[0]!)
    assert.deepEqual(await client.command('admin', { ping: 1 }), ok)
    assert.deepEqual(await login(client, { name: 'ada' }), failed)
    await deployment.stop()
  })
})

test('users that are no users are refused, and no refusal shows a password', async () => {
  const wrong: readonly unknown[] = [
    'ada',
    ['ada'],
    [{ name: '', password }],
    [{ name: 'ada' }],
    [{ name: 'ada', password: '' }],
    [{ name: 'ada', password, mechanisms: ['MONGODB-X509'] }],
    [{ name: 'ada', password, database: '$external', mechanisms: ['SCRAM-SHA-256'] }],
    [{ name: 'CN=ada', password, database: '$external' }],
    [{ name: 'CN=ada', database: '$external', mechanisms: ['MONGODB-X509', 'PLAIN'] }],
    [{ name: 'ada', password, pwd: password }],
    [{ name: 'ada', password, database: 'a.b' }],
    [{ name: 'ada', password, mechanisms: [] }],
    [{ name: 'ada', password, mechanisms: [password] }],
    [{ name: 'ada', password, roles: [{ role: 'root', db: 'admin' }] }],
    [{ name: 'ada', password: `${password}\u0007` }],
    [{ name: '__system', password, database: 'local' }],
    [
      { name: 'ada', password },
      { name: 'ada', password, database: 'admin' }
    ]
  ]
  for (const each of wrong) {
    const starting = startDeployment({ kind: 'standalone', users: each as UserOptions[] })
    await assert.rejects(starting, (error: unknown) => {
      assert.ok(error instanceof MongoInvalidArgumentError, String(error))
      assert.match(error.message, /^startDeployment: users: /)
      assert.ok(!inspect(error, { depth: null }).includes(password), error.message)
      return true
    })
  }
})

test('nothing of a deployment shows a password', () =>
  withUsers(async ({ member, client }) => {
    await login(client, { name: 'ada' })
    const shown =
      inspect(member, { depth: null, showHidden: true, getters: true }) + JSON.stringify(member.connections())
    assert.ok(!shown.includes(password))
  }))

test('users are created, listed and dropped; whoever was dropped is nobody from then on', () =>
  withUsers(async ({ client, connect }) => {
    await login(client, { name: 'ada' })
    const bob = { createUser: 'bob', pwd: password, roles: ['read', { role: 'root', db: 'admin' }] }
    assert.deepEqual((await client.command('shop', bob))['ok'], double(1))
    const other = await connect()
    assert.equal((await login(other, { name: 'bob', database: 'shop' }))['done'], true)
    const told = {
      _id: 'shop.bob',
      user: 'bob',
      db: 'shop',
      roles: [
        { role: 'read', db: 'shop' },
        { role: 'root', db: 'admin' }
      ],
      mechanisms: ['SCRAM-SHA-1', 'SCRAM-SHA-256']
    }
    for (const usersInfo of ['bob', { user: 'bob', db: 'shop' }, ['bob', 'nobody']])
      assert.deepEqual((await client.command('shop', { usersInfo }))['users'], [told])
    const all = (await client.command('shop', { usersInfo: 1 }))['users'] as Document[]
    assert.deepEqual(
      all.map(({ user }) => user),
      ['dot.ted=,', 'bob']
    )
    for (const usersInfo of [1, '__system'])
      assert.deepEqual((await client.command('local', { usersInfo }))['users'], [])
    assert.deepEqual((await other.command('admin', { ping: 1 }))['ok'], double(1))
    await client.command('shop', { dropUser: 'bob' })
    await assertNobody(other)
    assert.deepEqual(await login(await connect(), { name: 'bob', database: 'shop' }), failed)
  }))

test('a user who exists, does not, or cannot be one is refused by the command, with the code of the server', () =>
  withUsers(async ({ client }) => {
    await login(client, { name: 'ada' })
    const codeOf = async (database: string, command: Document): Promise<unknown> =>
      (await client.command(database, command))['code']
    assert.deepEqual(await codeOf('admin', { createUser: 'ada', pwd: 'x', roles: [] }), int(51003))
    assert.deepEqual(await codeOf('shop', { dropUser: 'ada' }), int(11))
    assert.deepEqual(await codeOf('local', { dropUser: '__system' }), int(11))
    for (const wrong of [
      { pwd: '' },
      { pwd: undefined },
      { pwd: 'x\u0007' },
      { mechanisms: ['MONGODB-X509'] },
      { mechanisms: ['X'] },
      { mechanisms: [] },
      { digestPassword: false }
    ])
      assert.deepEqual(
        await codeOf('admin', { createUser: 'eve', pwd: 'x', roles: [], ...wrong }),
        int(2),
        JSON.stringify(wrong)
      )
    assert.deepEqual(await codeOf('admin', { createUser: 'eve', pwd: 'x', roles: [], customData: {} }), int(238))
    assert.deepEqual(await codeOf('admin', { usersInfo: 1, showCredentials: true }), int(238))
  }))
