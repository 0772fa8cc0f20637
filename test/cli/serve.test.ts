import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { MongoClient as OfficialClient } from 'mongodb'
import { MongoClient } from '../../src/client/index.ts'
import { Authority } from '../certificates/certificates.ts'
import { Files } from '../certificates/files.ts'

const program = 'dist/src/cli/main.js'

/** What `--json` prints. */
interface Told {
  readonly uri: string
  readonly pid: number
  readonly members: readonly string[]
  readonly routers: readonly string[]
}

async function firstLine(child: ChildProcessWithoutNullStreams): Promise<string> {
  let text = ''
  for await (const chunk of child.stdout) {
    text += String(chunk)
    if (text.includes('\n')) return text.slice(0, text.indexOf('\n'))
  }
  throw new Error(`the program ended without a line: ${text}`)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  test(`serve prints the connection string alone, answers both drivers, and ends cleanly with ${signal}`, async () => {
    const child = spawn(process.execPath, [program, 'serve'])
    const exited = once(child, 'exit')
    const uri = await firstLine(child)
    assert.match(uri, /^mongodb:\/\/127\.0\.0\.1:\d+,127\.0\.0\.1:\d+,127\.0\.0\.1:\d+\/\?replicaSet=rs0$/)
    const client = await MongoClient.connect(uri)
    assert.equal((await client.db().admin().ping())['ok'], 1)
    await client.shutdown()
    const official = await OfficialClient.connect(uri)
    assert.equal((await official.db().admin().ping())['ok'], 1)
    await official.close()
    child.kill(signal)
    assert.deepEqual(await exited, [0, null])
  })

test('serve --json prints one line with the address of each member and the process', async () => {
  const child = spawn(process.execPath, [program, 'serve', '--json', '--standalone'])
  const exited = once(child, 'exit')
  const { uri, pid, members, routers } = JSON.parse(await firstLine(child)) as Told
  assert.equal(uri, `mongodb://${members.join(',')}/`)
  assert.deepEqual(routers, [])
  assert.equal(pid, child.pid)
  child.kill('SIGTERM')
  await exited
})

for (const [flags, membersStarted, query] of [
  [['--sharded', '--routers', '3'], 3, ''],
  [['--load-balanced', '--routers', '3', '--members', '1'], 1, '?loadBalanced=true']
] as const)
  test(`serve ${flags.join(' ')} is a cluster that both drivers work with`, async () => {
    const child = spawn(process.execPath, [program, 'serve', '--json', ...flags])
    const exited = once(child, 'exit')
    const { uri, members, routers } = JSON.parse(await firstLine(child)) as Told
    assert.deepEqual([members.length, routers.length], [membersStarted, 3])
    if (query === '') assert.equal(uri, `mongodb://${routers.join(',')}/`)
    else assert.ok(uri.endsWith(`/${query}`), uri)
    for (const Client of [MongoClient, OfficialClient]) {
      const client = new Client(uri)
      const things = client.db('shop').collection('things')
      await things.insertOne({ by: Client.name })
      assert.ok((await things.countDocuments()) > 0)
      assert.equal((await client.db('admin').command({ isdbgrid: 1 }))['isdbgrid'], 1)
      await client.close()
    }
    child.kill('SIGTERM')
    assert.deepEqual(await exited, [0, null])
  })

test('serve --user lets only this user in, with the password of the environment variable', async () => {
  const args = [program, 'serve', '--standalone', '--user', 'ada', '--password-env', 'ADAS_PASSWORD']
  const child = spawn(process.execPath, args, { env: { ...process.env, ADAS_PASSWORD: 'CANARY7' } })
  let said = ''
  child.stderr.on('data', chunk => {
    said += String(chunk)
  })
  const exited = once(child, 'exit')
  const uri = await firstLine(child)
  assert.ok(!uri.includes('ada'), uri)
  for (const [password, code] of [
    ['CANARY7', undefined],
    ['x', 18]
  ] as const) {
    const client = new MongoClient(uri, { auth: { username: 'ada', password } })
    const result = await client
      .db()
      .collection('c')
      .findOne()
      .catch((error: { code: number }) => error.code)
    assert.equal(result ?? undefined, code)
    await client.shutdown()
  }
  child.kill('SIGTERM')
  assert.deepEqual(await exited, [0, null])
  assert.ok(!said.includes('CANARY7'), said)
})

test('serve takes certificates from files, and then speaks TLS only, to clients with a certificate and without', async () => {
  const files = new Files()
  const authority = new Authority('tests')
  const server = authority.issue({ name: [['CN', 'server']], hosts: ['127.0.0.1'] })
  const tlsCAFile = files.write('ca.pem', authority.certificate)
  const certificateKeyFile = files.write('server.pem', server.key + server.certificate)
  const arguments_ = ['--standalone', '--tls-certificate-key-file', certificateKeyFile, '--tls-ca-file', tlsCAFile]
  const child = spawn(process.execPath, [program, 'serve', ...arguments_])
  const exited = once(child, 'exit')
  const uri = await firstLine(child)
  assert.match(uri, /^mongodb:\/\/127\.0\.0\.1:\d+\/\?tls=true$/)
  for (const options of [{}, { tlsCertificateKeyFile: certificateKeyFile }]) {
    const client = await MongoClient.connect(uri, { tlsCAFile, ...options })
    assert.equal((await client.db().admin().ping())['ok'], 1)
    await client.shutdown()
  }
  child.kill('SIGTERM')
  assert.deepEqual(await exited, [0, null])
  files.remove()
})

test('serve takes a user and certificates together: TLS alone, or the password in plain text, is not enough', async () => {
  const files = new Files()
  const authority = new Authority('tests')
  const server = authority.issue({ name: [['CN', 'server']], hosts: ['127.0.0.1'] })
  const tlsCAFile = files.write('ca.pem', authority.certificate)
  const certificateKeyFile = files.write('server.pem', server.key + server.certificate)
  const user = ['--user', 'ada', '--password-env', 'ADAS_PASSWORD']
  const child = spawn(
    process.execPath,
    [program, 'serve', ...user, '--tls-certificate-key-file', certificateKeyFile, '--tls-ca-file', tlsCAFile],
    { env: { ...process.env, ADAS_PASSWORD: 'CANARY7' } }
  )
  const exited = once(child, 'exit')
  const uri = await firstLine(child)
  assert.match(uri, /^mongodb:\/\/127\.0\.0\.1:\d+,.*\/\?replicaSet=rs0&tls=true$/)
  const auth = { username: 'ada', password: 'CANARY7' }
  for (const Client of [MongoClient, OfficialClient]) {
    const client = new Client(uri, { tlsCAFile, auth })
    assert.equal((await client.db('shop').command({ ping: 1 }))['ok'], 1)
    await client.close()
    const nobody = new Client(uri, { tlsCAFile })
    await assert.rejects(nobody.db('shop').collection('a').findOne(), { code: 13 })
    await nobody.close()
    const plainText = new Client(uri.replace('&tls=true', ''), { auth, serverSelectionTimeoutMS: 200 })
    await assert.rejects(plainText.db('shop').command({ ping: 1 }), { name: 'MongoServerSelectionError' })
    await plainText.close()
  }
  child.kill('SIGTERM')
  assert.deepEqual(await exited, [0, null])
  files.remove()
})

test('a command line that makes no sense ends with status 2 and says what would', () => {
  for (const [args, message] of [
    [[], /a command is missing[\s\S]*serve/],
    [['sevre'], /there is no command "sevre"/],
    [['serve', '--prot', '1'], /--prot[\s\S]*--port PORT/],
    [['serve', '--port', '70000'], /--port is a whole number from 0 to 65535, not "70000"/],
    [['serve', '--members', 'many'], /--members is a whole number from 1 to 7, not "many"/],
    [['serve', '--user', 'ada'], /--user NAME and --password-env VARIABLE go together/],
    [['serve', '--password-env', 'HOME'], /--user NAME and --password-env VARIABLE go together/],
    [
      ['serve', '--user', 'ada', '--password-env', 'NEVER_SET'],
      /the environment variable NEVER_SET is not set, or empty/
    ],
    [['serve', '--tls-ca-file', 'x'], /--tls-ca-file needs --tls-certificate-key-file/],
    [['serve', '--tls-certificate-key-file', '/not/there'], /--tls-certificate-key-file: ENOENT/],
    [['serve', '--members', '3', '--standalone'], /--standalone is one server: leave out --members/],
    [['serve', '--standalone', '--sharded'], /--standalone, --sharded and --load-balanced exclude each other/],
    [['serve', '--routers', '2'], /--routers goes with --sharded or --load-balanced/],
    [['serve', '--sharded', '--routers', '17'], /--routers is a whole number from 1 to 16, not "17"/]
  ] as const) {
    const { status, stderr, stdout } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' })
    assert.equal(status, 2)
    assert.match(stderr, message)
    assert.equal(stdout, '')
  }
})

test('help goes to standard output, with status 0', () => {
  for (const args of [['--help'], ['serve', '--help'], ['demo', '--help']]) {
    const { status, stdout } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' })
    assert.equal(status, 0)
    assert.ok(stdout.includes(args.length > 1 ? `cenote ${args[0]} [options]` : 'cenote COMMAND [options]'))
  }
})
