/** The prose tests of the handshake's specification: what hellos tell of a client, and what of a hello's reply is accepted. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { decodeDocument, type Document } from '../../src/bson/index.ts'
import type { DriverInfo, MongoClient, MongoClientOptions } from '../../src/client/index.ts'
import { MongoInvalidArgumentError } from '../../src/errors/index.ts'
import { messageBytes } from '../connection/messages.ts'
import { withServer } from './bench.ts'
import { type Middleman, withMiddleman } from './middleman.ts'

const library = { name: 'library', version: '1.2', platform: 'Library Platform' } as const

interface Intercepted {
  readonly middleman: Middleman
  /** The `client` document of the last handshake. */
  readonly told: () => Document
  /** A ping by a new connection: the one before has been idle for too long. */
  readonly pingAnew: (client: MongoClient) => Promise<Document>
}

async function intercepting(
  run: (intercepted: Intercepted) => Promise<void>,
  env: Readonly<Record<string, string>> = {}
): Promise<void> {
  await withServer(async ({ runtime, member }) => {
    const host = { ...runtime.host, env }
    await withMiddleman({ ...runtime, host }, member.address, async middleman => {
      const handshakes = (): Document[] =>
        [...middleman.sent('isMaster'), ...middleman.sent('hello')].filter(each => each['client'] !== undefined)
      const told = (): Document => handshakes().at(-1)?.['client'] as Document
      await run({
        middleman,
        told,
        pingAnew: async client => {
          await runtime.sleep(5)
          const before = handshakes().length
          assert.equal((await client.db('admin').command({ ping: 1 }))['ok'], 1)
          assert.ok(handshakes().length > before)
          return told()
        }
      })
    })
  })
}

/** Without the socket for round-trip times, whose handshake could be the last one. */
const quiet: MongoClientOptions = { maxIdleTimeMS: 1, serverMonitoringMode: 'poll' }

/** What libraries have added: the driver's own parts, which stand in front, taken off. */
function added({ driver, platform }: Document): Required<DriverInfo> {
  const rest = (text: string): string => text.split('|').slice(1).join('|')
  const { name, version } = driver as { name: string; version: string }
  return { name: rest(name), version: rest(version), platform: rest(platform as string) }
}

function others(told: Document): Document {
  const { driver: _driver, platform: _platform, ...rest } = told
  return rest
}

suite('handshake, test 1: hello succeeds with the environment of', () => {
  const lambda = { AWS_EXECUTION_ENV: 'AWS_Lambda_java8' }
  const region = { AWS_REGION: 'us-east-2', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024' }
  const cloud = { K_SERVICE: 'servicename', FUNCTION_MEMORY_MB: '1024', FUNCTION_TIMEOUT_SEC: '60' }
  const environments: readonly (readonly [string, Readonly<Record<string, string>>, object | undefined])[] = [
    ['AWS', { ...lambda, ...region }, { name: 'aws.lambda', region: 'us-east-2', memory_mb: 1024 }],
    ['Azure', { FUNCTIONS_WORKER_RUNTIME: 'node' }, { name: 'azure.func' }],
    [
      'GCP',
      { ...cloud, FUNCTION_REGION: 'us-central1' },
      { name: 'gcp.func', region: 'us-central1', memory_mb: 1024, timeout_sec: 60 }
    ],
    ['Vercel', { VERCEL: '1', VERCEL_REGION: 'cdg1' }, { name: 'vercel', region: 'cdg1' }],
    ['two providers, which is none', { ...lambda, FUNCTIONS_WORKER_RUNTIME: 'node' }, undefined],
    [
      'a region of 512 characters, which is left out',
      { ...lambda, AWS_REGION: 'a'.repeat(512) },
      { name: 'aws.lambda' }
    ],
    [
      'memory that is no number, which is left out',
      { ...lambda, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: 'big' },
      { name: 'aws.lambda' }
    ],
    ['AWS that is no function, which is none', { AWS_EXECUTION_ENV: 'EC2' }, undefined],
    [
      'a function in a container: both are told',
      { ...lambda, ...region, KUBERNETES_SERVICE_HOST: '1' },
      { name: 'aws.lambda', region: 'us-east-2', memory_mb: 1024, container: { orchestrator: 'kubernetes' } }
    ]
  ]
  for (const [what, env, expected] of environments)
    test(what, () =>
      intercepting(async ({ middleman, pingAnew }) => {
        const { env: told } = await pingAnew(middleman.client(quiet))
        assert.deepEqual(told, expected)
      }, env)
    )
})

test('handshake, test 2: a mechanism that nobody knows in the reply to hello is no error', () =>
  intercepting(async ({ middleman }) => {
    const client = middleman.client({ ...quiet, auth: { username: 'ada', password: 'x' }, authSource: 'admin' })
    await client.warmUp()
    for (const command of ['isMaster', 'hello'])
      middleman.changeReplyTo(command, reply => {
        const view = new DataView(reply.buffer, reply.byteOffset)
        const hello = decodeDocument(reply, 21, view.getInt32(21, true))
        return messageBytes({ responseTo: view.getInt32(8, true) }, { ...hello, saslSupportedMechs: ['unknown'] })
      })
    // It goes on with the mechanism that every server has; that there is no such user is the server's to say.
    await assert.rejects(client.db().command({ ping: 1 }), { name: 'MongoServerError', code: 18 })
    assert.deepEqual(
      middleman.sent('saslStart').map(({ mechanism }) => mechanism as unknown),
      ['SCRAM-SHA-1']
    )
  }))

test('every handshake says what the client does under backpressure', () =>
  intercepting(async ({ middleman, pingAnew }) => {
    await pingAnew(middleman.client(quiet))
    for (const hello of [...middleman.sent('isMaster'), ...middleman.sent('hello')])
      if (hello['client'] !== undefined) assert.equal(hello['backpressure'], '2')
  }))

suite('client metadata update', () => {
  const frameworks: readonly DriverInfo[] = [
    { name: 'framework', version: '2.0', platform: 'Framework Platform' },
    { name: 'framework', version: '2.0' },
    { name: 'framework', platform: 'Framework Platform' },
    { name: 'framework' }
  ]
  const both = (own: string, more: string | undefined): string => (more === undefined ? own : `${own}|${more}`)

  for (const [number, place] of [
    [1, 'of the options'],
    [2, 'of an earlier update']
  ] as const)
    for (const framework of frameworks)
      test(`test ${number}: ${JSON.stringify(framework)} is appended to the library ${place}`, () =>
        intercepting(async ({ middleman, pingAnew }) => {
          const client = middleman.client(number === 1 ? { ...quiet, driverInfo: library } : quiet)
          if (number === 2) client.appendMetadata(library)
          const before = await pingAnew(client)
          assert.deepEqual(added(before), library)
          client.appendMetadata(framework)
          const after = await pingAnew(client)
          assert.deepEqual(added(after), {
            name: both('library', framework.name),
            version: both('1.2', framework.version),
            platform: both('Library Platform', framework.platform)
          })
          assert.deepEqual(others(after), others(before))
        }))

  for (const name of ['library', 'framework'])
    for (const version of ['1.2', '2.0'])
      for (const platform of ['Library Platform', 'Framework Platform'])
        test(`test 3: ${name} ${version} on ${platform} is appended unless all of it was told`, () =>
          intercepting(async ({ middleman, pingAnew }) => {
            const client = middleman.client(quiet)
            client.appendMetadata(library)
            const before = await pingAnew(client)
            client.appendMetadata({ name, version, platform })
            const after = await pingAnew(client)
            const same = name === library.name && version === library.version && platform === library.platform
            assert.deepEqual(
              added(after),
              same
                ? library
                : { name: `library|${name}`, version: `1.2|${version}`, platform: `Library Platform|${platform}` }
            )
            assert.deepEqual(others(after), others(before))
          }))

  test('test 4: what is identical to the metadata of the options is not appended', () =>
    intercepting(async ({ middleman, pingAnew }) => {
      const client = middleman.client({ ...quiet, driverInfo: library })
      const before = await pingAnew(client)
      client.appendMetadata({ ...library })
      assert.deepEqual(await pingAnew(client), before)
    }))

  test('what was told before is not told again, though another library came between; an empty text is none', () =>
    intercepting(async ({ middleman, pingAnew }) => {
      const client = middleman.client(quiet)
      client.appendMetadata({ name: 'library' })
      client.appendMetadata({ name: 'framework', version: '2.0' })
      client.appendMetadata({ name: 'library', version: '', platform: '' })
      assert.deepEqual(added(await pingAnew(client)), { name: 'library|framework', version: '2.0', platform: '' })
    }))

  test('what cannot be told is refused, and changes nothing', () =>
    intercepting(async ({ middleman, pingAnew }) => {
      const client = middleman.client({ ...quiet, driverInfo: library })
      for (const wrong of [{ name: 'a|b' }, { name: 'x'.repeat(500) }, { name: 1 }, { nonsense: 'x' }, null])
        assert.throws(() => client.appendMetadata(wrong as DriverInfo), MongoInvalidArgumentError)
      assert.deepEqual(added(await pingAnew(client)), library)
    }))
})
