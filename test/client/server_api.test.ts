import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Document,
  MongoClient,
  MongoServerError,
  type ServerApi,
  ServerApiVersion
} from '../../src/client/index.ts'
import { startDeployment } from '../../src/embedded/index.ts'
import { virtualRuntime } from '../../src/runtime/virtual/index.ts'
import { failureOf, withServer } from './bench.ts'
import { withMiddleman } from './middleman.ts'

function declaredIn({ apiVersion, apiStrict, apiDeprecationErrors }: Document): Document {
  return { apiVersion, apiStrict, apiDeprecationErrors }
}

const nothing = { apiVersion: undefined, apiStrict: undefined, apiDeprecationErrors: undefined }

for (const [what, serverApi, expected] of [
  ['a version', '1', { ...nothing, apiVersion: '1' }],
  ['an object with a version', { version: ServerApiVersion.v1 }, { ...nothing, apiVersion: '1' }],
  [
    'all three, be they the defaults',
    { version: '1', strict: true, deprecationErrors: false },
    { apiVersion: '1', apiStrict: true, apiDeprecationErrors: false }
  ],
  ['nothing', undefined, nothing]
] as const satisfies readonly (readonly [string, ServerApi | '1' | undefined, Document])[])
  test(`${what}: each command declares it, handshakes and monitors included`, () =>
    withServer(async ({ runtime, member }) => {
      await withMiddleman(runtime, member.address, async middleman => {
        const client = middleman.client({ serverApi })
        const collection = client.db('shop').collection('orders')
        await collection.insertMany([{}, {}, {}])
        await collection.find({}, { batchSize: 1 }).toArray()
        await collection.find({}, { batchSize: 1 }).next()
        await client.db().command({ ping: 1 })
        await runtime.sleep(30_000)
        const { serverApi: shown } = client.options
        assert.deepEqual(shown, typeof serverApi === 'string' ? { version: serverApi } : serverApi)
        await client.shutdown()
        const commands = ['hello', 'insert', 'find', 'getMore', 'killCursors', 'ping', 'endSessions']
        for (const name of commands) {
          const sent = middleman.sent(name)
          assert.ok(sent.length > 0, name)
          for (const command of sent) assert.deepEqual(declaredIn(command), expected, name)
        }
        assert.equal(middleman.sent('isMaster').length > 0, serverApi === undefined, 'the old name of hello')
      })
    }))

test('the commands of a login declare it too', async () => {
  const runtime = virtualRuntime({ seed: 1 })
  await runtime.run(async () => {
    const users = [{ name: 'ada', password: 'secret' }]
    const deployment = await startDeployment({ kind: 'standalone', runtime, users })
    const [member] = deployment.members
    assert.ok(member)
    await withMiddleman(runtime, member.address, async middleman => {
      const client = middleman.client({
        serverApi: { version: '1', strict: true },
        auth: { username: 'ada', password: 'secret' }
      })
      await client.db().command({ ping: 1 })
      const [login] = middleman.sent('saslContinue')
      assert.ok(login !== undefined)
      assert.deepEqual(declaredIn(login), { ...nothing, apiVersion: '1', apiStrict: true })
    })
    await deployment.stop()
  })
})

test('servers refuse what is not part of it, and what is deprecated in it, if they are asked to', () =>
  withServer(async ({ connect }) => {
    const strict = connect({ serverApi: { version: '1', strict: true } })
    await strict.db('shop').collection('orders').insertOne({})
    const unstable = await failureOf(strict.db('shop').collection('orders').distinct('a'))
    assert.ok(unstable instanceof MongoServerError)
    assert.equal(unstable.codeName, 'APIStrictError')
    const deprecating = connect({ serverApi: { version: '1', deprecationErrors: true } })
    assert.deepEqual(await deprecating.db('shop').collection('orders').distinct('a'), [])
    const deprecated = await failureOf(deprecating.db().command({ testDeprecation: 1 }))
    assert.ok(deprecated instanceof MongoServerError)
    assert.equal(deprecated.codeName, 'APIDeprecationError')
  }))

test('it cannot be changed, and a connection string cannot declare it', async () => {
  const runtime = virtualRuntime({ seed: 1 })
  const given: { version: '1'; strict: boolean } = { version: '1', strict: true }
  const client = new MongoClient('mongodb://localhost/', { serverApi: given, runtime })
  given.strict = false
  assert.deepEqual(client.options.serverApi, { version: '1', strict: true })
  assert.ok(Object.isFrozen(client.options.serverApi))
  const other = new MongoClient('mongodb://localhost/?serverApi=1&apiVersion=1', { runtime })
  assert.equal(other.options.serverApi, undefined)
  assert.deepEqual(
    runtime.warnings.map(({ message }) => /(?:serverApi|apiVersion)/.test(message)),
    [true, true]
  )
  await client.close()
  await other.close()
})
