/** Users: both drivers authenticate against one deployment, and what a server sees of cenote's pools and monitors. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { inspect } from 'node:util'
import { type Collection, MongoClient, type MongoClientOptions, MongoServerError } from '../../src/client/index.ts'
import {
  type Deployment,
  type Member,
  startDeployment,
  type UserOptions,
  type VirtualRuntime,
  virtualRuntime
} from '../../src/embedded/index.ts'
import { countByKind, drivers, recordPoolEvents } from './drivers.ts'

const password = 'p@ss: wörd/%'
const users: readonly UserOptions[] = [
  { name: 'ada', password },
  { name: 'new', password, mechanisms: ['SCRAM-SHA-256'] },
  { name: 'old', password, mechanisms: ['SCRAM-SHA-1'] },
  { name: 'o=neil,@', password, database: 'shop' },
  { name: 'plain', password, database: '$external', mechanisms: ['PLAIN'] }
]

interface Try {
  readonly title: string
  readonly name: string
  readonly password?: string
  readonly authSource?: string
  readonly authMechanism?: string
}

const right: readonly Try[] = [
  { title: 'SCRAM-SHA-256, negotiated', name: 'ada' },
  { title: 'SCRAM-SHA-1, negotiated', name: 'old' },
  { title: 'SCRAM-SHA-256, chosen', name: 'ada', authMechanism: 'SCRAM-SHA-256' },
  { title: 'SCRAM-SHA-1, chosen', name: 'ada', authMechanism: 'SCRAM-SHA-1' },
  { title: 'a user of another database, whose name has to be escaped', name: 'o=neil,@', authSource: 'shop' },
  { title: 'PLAIN', name: 'plain', authMechanism: 'PLAIN' }
]

const wrong: readonly Try[] = [
  { title: 'a wrong password', name: 'ada', password: 'x' },
  { title: 'an unknown user', name: 'nobody' },
  { title: 'a user of another database', name: 'o=neil,@' },
  { title: 'SCRAM-SHA-1 for a user without it', name: 'new', authMechanism: 'SCRAM-SHA-1' },
  { title: 'SCRAM-SHA-256 for a user without it', name: 'old', authMechanism: 'SCRAM-SHA-256' },
  { title: 'a wrong password with PLAIN', name: 'plain', password: 'x', authMechanism: 'PLAIN' }
]

for (const driver of drivers)
  describe(`${driver.name} on a replica set with users`, () => {
    let deployment: Deployment
    before(async () => {
      deployment = await startDeployment({ kind: 'replicaSet', users })
    })
    after(async () => deployment.stop())

    async function asUser(wanted: Try, run: (client: MongoClient) => Promise<void>): Promise<void> {
      const { name, authSource, authMechanism } = wanted
      const client = new driver.library.MongoClient(deployment.uri, {
        auth: { username: name, password: wanted.password ?? password },
        ...(authSource === undefined ? {} : { authSource }),
        ...(authMechanism === undefined ? {} : { authMechanism })
      })
      try {
        await run(client)
      } finally {
        await driver.end(client)
      }
    }

    for (const wanted of right)
      test(`${wanted.title}: writes and reads, and the server knows who it is`, () =>
        asUser(wanted, async client => {
          const collection = client.db('shop').collection<{ _id: string }>('orders')
          const _id = `${driver.name} ${wanted.title}`
          await collection.insertOne({ _id })
          assert.deepEqual(await collection.findOne({ _id }), { _id })
          const status = await client.db('admin').command({ connectionStatus: 1 })
          const db = wanted.authSource ?? (wanted.name === 'plain' ? '$external' : 'admin')
          assert.deepEqual(status['authInfo'].authenticatedUsers, [{ user: wanted.name, db }])
        }))

    for (const wanted of wrong)
      test(`${wanted.title} is refused with code 18`, () =>
        asUser(wanted, async client => {
          await assert.rejects(client.db('shop').command({ ping: 1 }), { name: 'MongoServerError', code: 18 })
        }))

    test('connect finds out whether the server takes the user', () =>
      asUser({ title: '', name: 'ada' }, async knownUser => {
        await knownUser.connect()
        await asUser({ title: '', name: 'ada', password: 'x' }, async client => {
          await assert.rejects(client.connect(), { name: 'MongoServerError', code: 18 })
        })
      }))

    test('without a user what asks for data is refused with code 13, and a ping is answered', async () => {
      const client = new driver.library.MongoClient(deployment.uri)
      await assert.rejects(client.db('shop').collection('a').findOne(), { name: 'MongoServerError', code: 13 })
      assert.equal((await client.db('shop').command({ ping: 1 }))['ok'], 1)
      const { authInfo } = await client.db('shop').command({ connectionStatus: 1 })
      assert.deepEqual(authInfo, { authenticatedUsers: [], authenticatedUserRoles: [] })
      await driver.end(client)
    })
  })

type Orders = Collection<{ _id: number }>

interface Scene {
  readonly runtime: VirtualRuntime
  readonly deployment: Deployment
  readonly connect: (options?: MongoClientOptions) => MongoClient
}

async function onSet(run: (scene: Scene) => Promise<void>): Promise<void> {
  const runtime = virtualRuntime({ seed: 11 })
  const clients: MongoClient[] = []
  await runtime.run(async () => {
    const deployment = await startDeployment({ kind: 'replicaSet', runtime, users })
    const connect = (options: MongoClientOptions = {}): MongoClient => {
      const client = new MongoClient(deployment.uri, { runtime, auth: { username: 'ada', password }, ...options })
      clients.push(client)
      return client
    }
    await run({ runtime, deployment, connect })
    for (const client of clients) {
      await client.shutdown()
      assert.deepEqual(client.connections(), [])
    }
    await deployment.stop()
    assert.equal(runtime.timersArmed(), 0)
  })
  assert.deepEqual(runtime.warnings, [])
}

const usersOf = (member: Member, purpose: string): (string | undefined)[] =>
  member
    .connections()
    .open.filter(each => each.purpose === purpose)
    .map(({ user }) => user)

test('connect opens one connection for a client with credentials, on the server that it has found, and that stays', () =>
  onSet(async ({ deployment, connect }) => {
    const commands: string[] = []
    const client = connect({ readPreference: 'secondary' })
    client.on('commandStarted', ({ address, commandName }) => commands.push(`${commandName} ${address}`))
    await client.connect()
    const [secondary] = client.pools().filter(({ available }) => available > 0)
    assert.equal(secondary?.serverType, 'RSSecondary')
    assert.deepEqual(commands, [`ping ${secondary.address}`])
    const users = deployment.members.flatMap(member => usersOf(member, 'pool'))
    assert.deepEqual(users, ['admin.ada'])
  }))

test('an aborted connect ends without an answer to its ping', () =>
  onSet(async ({ deployment, connect }) => {
    for (const member of deployment.members)
      member.configureFailPoint({
        configureFailPoint: 'failCommand',
        mode: { times: 1 },
        data: { failCommands: ['ping'], blockConnection: true, blockTimeMS: 60_000 }
      })
    const abort = new AbortController()
    const client = connect()
    client.on('commandStarted', () => abort.abort(new Error('enough')))
    await assert.rejects(client.connect({ signal: abort.signal }), /enough/)
  }))

test("each member sees the pool's connections with their user, and the monitors with none", () =>
  onSet(async ({ runtime, deployment, connect }) => {
    const client = connect({ minPoolSize: 4 })
    await client.warmUp()
    await runtime.sleep(20_000)
    for (const member of deployment.members) {
      const { open } = member.connections()
      assert.equal(open.length, 6)
      const inPool = open.filter(({ user }) => user !== undefined)
      assert.deepEqual(
        inPool.map(({ user, purpose }) => [user, purpose]),
        Array(4).fill(['admin.ada', 'pool'])
      )
      assert.deepEqual(usersOf(member, 'monitor'), [undefined, undefined])
    }
  }))

for (const end of ['steps down', 'is killed'] as const)
  test(`the primary ${end} under load: no operation fails, and the new one has the same user`, () =>
    onSet(async ({ runtime, deployment, connect }) => {
      const client = connect({ maxPoolSize: 20 })
      const orders = client.db('shop').collection<{ _id: number }>('orders')
      await orders.insertOne({ _id: -1 })
      const primary = deployment.primary!
      const data = { failCommands: ['insert', 'find'], blockConnection: true, blockTimeMS: 300 }
      primary.configureFailPoint({ configureFailPoint: 'failCommand', mode: 'alwaysOn', data })
      const running = Array.from({ length: 30 }, (_, _id) => Promise.all([orders.insertOne({ _id }), orders.findOne()]))
      await runtime.sleep(100)
      if (end === 'is killed') await deployment.kill(deployment.members.indexOf(primary))
      else await deployment.stepDown()
      await Promise.all(running)
      assert.notEqual(deployment.primary, primary)
      assert.equal(await orders.countDocuments(), 31)
      assert.ok(usersOf(deployment.primary!, 'pool').includes('admin.ada'))
    }))

const failures: readonly (readonly [string, object, (orders: Orders) => Promise<unknown>])[] = [
  ['a write succeeds when the connection is closed', { closeConnection: true }, orders => orders.insertOne({ _id: 1 })],
  ['a read succeeds when the connection is closed', { closeConnection: true }, orders => orders.findOne()],
  ['a read succeeds when the server says that it shuts down', { errorCode: 91 }, orders => orders.findOne()]
]

for (const [title, failure, operation] of failures)
  test(`${title} during authentication, on its retry, and the pool is cleared once`, () =>
    onSet(async ({ deployment, connect }) => {
      const client = connect()
      await client.warmUp()
      const events = recordPoolEvents(client)
      const data = { failCommands: ['saslContinue'], ...failure }
      deployment.primary!.configureFailPoint({ configureFailPoint: 'failCommand', mode: { times: 1 }, data })
      await operation(client.db('shop').collection<{ _id: number }>('orders'))
      const { connectionPoolCleared, connectionCheckOutFailed } = countByKind(events)
      assert.deepEqual([connectionPoolCleared, connectionCheckOutFailed], [1, 1])
    }))

test("a wrong password fails every operation in time, with the server's error and never with the password", () =>
  onSet(async ({ runtime, connect }) => {
    const secret = 'CANARY7'
    const client = connect({ auth: { username: 'ada', password: secret } })
    const told: unknown[] = []
    client.on('connectionPoolCleared', event => told.push(event))
    client.on('connectionCheckOutFailed', event => told.push(event))
    client.on('connectionClosed', event => told.push(event))
    client.on('serverDescriptionChanged', event => told.push(event))
    for (let count = 0; count < 5; count++) {
      const startMS = runtime.clock.nowMS()
      const error = await client
        .db('shop')
        .collection('orders')
        .findOne()
        .then(
          () => assert.fail('it was let in'),
          (thrown: unknown) => thrown
        )
      assert.ok(error instanceof MongoServerError)
      assert.equal(error.code, 18)
      assert.match(error.message, /user "ada" of the database "admin" with SCRAM-SHA-256/)
      assert.ok(runtime.clock.nowMS() - startMS < 1_000)
      told.push(error)
    }
    assert.ok(told.length > 10)
    told.push(client, client.options, client.pools(), client.connections())
    for (const each of told) {
      const shown =
        inspect(each, { depth: null, showHidden: true, getters: true }) + JSON.stringify(each, withoutCycles())
      assert.ok(!shown.includes(secret), shown)
    }
  }))

test('no error that follows from a wrong password shows it, of whatever class it is', () =>
  onSet(async ({ deployment, connect }) => {
    const secret = 'CANARY7'
    const auth = { username: 'ada', password: secret }
    const errors: unknown[] = []
    const fails = (operation: Promise<unknown>): Promise<void> =>
      operation.then(
        () => assert.fail('it was let in'),
        (error: unknown) => void errors.push(error)
      )
    const client = connect({ auth, serverSelectionTimeoutMS: 200, maxConnecting: 1 })
    await client.warmUp()
    await Promise.all(Array.from({ length: 5 }, () => fails(client.db('shop').collection('orders').findOne())))
    await fails(client.db('shop').collection('orders').findOne())
    const slow = connect({ auth, connectTimeoutMS: 500 })
    const data = { failCommands: ['saslContinue'], blockConnection: true, blockTimeMS: 1_000 }
    deployment.primary!.configureFailPoint({ configureFailPoint: 'failCommand', mode: 'alwaysOn', data })
    await slow.warmUp()
    await fails(slow.db('shop').collection('orders').findOne({}, { timeoutMS: 300 }))
    await fails(slow.db('shop').collection('orders').insertOne({}))
    const closing = connect({ auth })
    const interrupted = fails(closing.db('shop').collection('orders').findOne())
    await closing.warmUp()
    await closing.close()
    await interrupted
    const names = new Set(errors.map(error => (error as Error).name))
    assert.deepEqual([...names].sort(), [
      'MongoClientClosedError',
      'MongoNetworkTimeoutError',
      'MongoOperationTimeoutError',
      'MongoPoolClearedError',
      'MongoServerError',
      'MongoServerSelectionError'
    ])
    for (const error of errors) {
      const shown =
        inspect(error, { depth: null, showHidden: true, getters: true }) + JSON.stringify(error, withoutCycles())
      assert.ok(!shown.includes(secret), shown)
    }
  }))

test('a wrong password with minPoolSize 5 leads to no more than maxConnecting dials for each check of a server', () =>
  onSet(async ({ runtime, deployment, connect }) => {
    const auth = { username: 'ada', password: 'x' }
    const client = connect({ auth, minPoolSize: 5, maxConnecting: 2, heartbeatFrequencyMS: 10_000 })
    const events = recordPoolEvents(client)
    await assert.rejects(client.connect(), { code: 18 })
    await runtime.sleep(600_000)
    const dials = countByKind(events).connectionCreated
    const checks = deployment.members.length * (600_000 / 10_000 + 1)
    assert.ok(dials > 0 && dials <= 2 * checks, `${dials} dials in 10 minutes`)
  }))

/** An inspection that JSON can make of anything. */
function withoutCycles(): (key: string, value: unknown) => unknown {
  const seen = new Set<unknown>()
  return (_key, value) => {
    if (typeof value === 'bigint') return String(value)
    if (typeof value !== 'object' || value === null) return value
    if (seen.has(value)) return '…'
    seen.add(value)
    return value
  }
}

test('closed at any moment of an authentication, a client leaves nothing behind, and its operation is told of the end', async () => {
  const ends = new Map<string, number>()
  for (let delay = 0; delay < 40; delay++)
    await onSet(async ({ runtime, connect }) => {
      const client = connect({ minPoolSize: 3 })
      const operation = client
        .db('shop')
        .collection('orders')
        .findOne()
        .then(
          () => 'done',
          (error: unknown) => (error instanceof Error ? error.name : String(error))
        )
      await client.connect()
      await runtime.sleep(delay / 4)
      const activities = client.connections().map(({ activity }) => activity)
      const stage = activities.includes('authenticating') ? 'authenticating' : 'another stage'
      await client.close()
      assert.deepEqual(client.connections(), [])
      assert.match(await operation, /^(done|MongoClientClosedError)$/)
      ends.set(stage, (ends.get(stage) ?? 0) + 1)
    })
  assert.ok((ends.get('authenticating') ?? 0) > 3, JSON.stringify([...ends]))
})

test('warmUp() ends with the refusal of the server where a password is wrong', () =>
  onSet(async ({ connect }) => {
    const client = connect({ auth: { username: 'ada', password: 'x' }, minPoolSize: 2 })
    const rows = await client.warmUp()
    assert.ok(rows.length > 0)
    for (const { connections, error } of rows) {
      assert.equal(connections, 0)
      assert.ok(error instanceof MongoServerError && error.code === 18, String(error))
    }
  }))
