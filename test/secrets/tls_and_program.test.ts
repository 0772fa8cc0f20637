/** What shows of passwords where there are real sockets: with TLS, by a proxy, and in the output of the program. */
import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { MongoClient, type MongoClientOptions } from '../../src/client/index.ts'
import { clientEventNames } from '../../src/client/events.ts'
import { startDeployment } from '../../src/embedded/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { Authority, encryptedKey } from '../certificates/certificates.ts'
import { Files } from '../certificates/files.ts'
import { Program } from '../cli/programs.ts'
import { SOCKS5Server } from '../runtime/socks5_server.ts'
import { password, Secrets } from './search.ts'

const files = new Files()
after(() => files.remove())
const authority = new Authority('cenote tests')
const server = authority.issue({ name: [['CN', 'server']], hosts: ['127.0.0.1'] })
const client = authority.issue({ name: [['CN', 'client']] })
const tlsCAFile = files.write('ca.pem', authority.certificate)
const tlsCertificateKeyFile = files.write('client.pem', encryptedKey(client.key, password) + client.certificate)
const stranger = files.write('stranger.pem', new Authority('others').certificate)
const secret = encodeURIComponent(password)

const secured = {
  tls: {
    key: server.key,
    cert: server.certificate,
    ca: authority.certificate,
    requestClientCertificate: 'optional'
  },
  users: [
    { name: 'CN=client', database: '$external', mechanisms: ['MONGODB-X509'] },
    { name: 'ada', password }
  ]
} as const

/** Everything that comes of a client with these options. */
async function whatComesOf(uri: string, options: MongoClientOptions): Promise<[string, unknown][]> {
  const out: [string, unknown][] = []
  const show = (where: string, value: unknown): void => void out.push([where, value])
  const runtime = {
    ...nodeRuntime(),
    warn: (message: string, code: string) => show('a process warning', `${code} ${message}`)
  }
  let made: MongoClient
  try {
    made = new MongoClient(uri, {
      runtime,
      serverSelectionTimeoutMS: 150,
      connectTimeoutMS: 500,
      mongodbLogComponentSeverities: { default: 'trace' },
      mongodbLogMaxDocumentLength: 0,
      mongodbLogPath: { write: record => show('a log record', record) },
      ...options
    })
  } catch (error) {
    return [['the error of the constructor', error]]
  }
  for (const name of clientEventNames) made.on(name, event => show(`the event ${name}`, event))
  try {
    show('the result', await made.db().command({ ping: 1 }))
  } catch (error) {
    show('the error', error)
  }
  show('the client', made)
  show('its options', made.options)
  await made.close()
  return out
}

suite('no password shows with TLS', () => {
  const right = { tlsCAFile, tlsCertificateKeyFile, tlsCertificateKeyFilePassword: password }
  const cases: readonly (readonly [string, string, MongoClientOptions, RegExp])[] = [
    ['an encrypted key', '', { ...right, authMechanism: 'MONGODB-X509' }, /^the result$/],
    [
      'a wrong password of the key',
      '',
      { ...right, tlsCertificateKeyFilePassword: `${password}.` },
      /of the constructor/
    ],
    ['a password and no TLS', '', { tls: false, tlsCertificateKeyFilePassword: password }, /of the constructor/],
    ['a user with a password', `ada:${secret}@`, { tlsCAFile }, /^the result$/],
    ['a user whom the server refuses', `eve:${secret}@`, { tlsCAFile }, /^the error$/],
    ['a server that is not trusted', `ada:${secret}@`, { tlsCAFile: stranger }, /^the error$/],
    ['a server that expects TLS and gets none', `ada:${secret}@`, { tls: false }, /^the error$/],
    [
      'a key for the user, and nobody there',
      `ada:${secret}@`,
      { ...right, connectTimeoutMS: 1 },
      /^the (error|result)$/
    ]
  ]
  for (const [what, user, options, comes] of cases)
    test(`of ${what}`, async () => {
      const deployment = await startDeployment({ kind: 'standalone', ...secured })
      try {
        const uri = deployment.uri.replace('//', `//${user}`)
        const out = await whatComesOf(uri, options)
        assert.ok(
          out.some(([where]) => comes.test(where)),
          out.map(([where, value]) => `${where}: ${String(value)}`).join('\n')
        )
        const secrets = new Secrets()
        for (const [where, value] of out) secrets.assertHidden(value, where)
      } finally {
        await deployment.stop()
      }
    })

  test('of a server that speaks no TLS', async () => {
    const deployment = await startDeployment({ kind: 'standalone' })
    try {
      const uri = deployment.uri.replace('//', `//ada:${secret}@`)
      const out = await whatComesOf(uri, { tls: true, tlsCAFile })
      assert.ok(out.some(([where]) => where === 'the error'))
      const secrets = new Secrets()
      for (const [where, value] of out) secrets.assertHidden(value, where)
    } finally {
      await deployment.stop()
    }
  })
})

suite('no password of a proxy shows', () => {
  const cases = [
    ['that lets the client through', password, /^the result$/],
    ['that refuses it', `${password}.`, /^the error$/]
  ] as const
  for (const [what, known, comes] of cases)
    test(what, async () => {
      const deployment = await startDeployment({ kind: 'standalone' })
      const proxy = await SOCKS5Server.listen({ user: { username: 'ada', password: known } })
      try {
        const shown = { proxyHost: '127.0.0.1', proxyPort: proxy.port, proxyUsername: 'ada', proxyPassword: password }
        const query = Object.entries(shown).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
        const secrets = new Secrets()
        for (const [uri, options] of [
          [deployment.uri, shown],
          [`${deployment.uri}${deployment.uri.includes('?') ? '&' : '?'}${query.join('&')}`, {}]
        ] as const) {
          const out = await whatComesOf(uri, options)
          assert.ok(out.some(([where]) => comes.test(where)))
          for (const [where, value] of out) secrets.assertHidden(value, where)
        }
      } finally {
        await proxy.close()
        await deployment.stop()
      }
    })
})

suite('no password shows in the output of the program', () => {
  const log = { MONGODB_LOG_ALL: 'trace', MONGODB_LOG_MAX_DOCUMENT_LENGTH: '0' }

  async function outputOf(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
    const { stdout, stderr } = await Program.cenote(args, env).ended
    return stdout + stderr
  }

  test('that works with a deployment of users', async () => {
    const deployment = await startDeployment({ kind: 'standalone', users: [{ name: 'ada', password }] })
    try {
      const uri = deployment.uri.replace('//', `//ada:${secret}@`)
      const output = await outputOf(['demo', '--once', '--seconds', '2'], { MONGODB_URI: uri, ...log })
      assert.match(output, /Command succeeded/)
      new Secrets().assertNotIn(output, 'the output')
    } finally {
      await deployment.stop()
    }
  })

  for (const [what, uri, says] of [
    [
      'whose deployment is not there',
      `mongodb://ada:${secret}@127.0.0.1:1/?serverSelectionTimeoutMS=50`,
      /Server selection/
    ],
    ['whose connection string is malformed', `mongodb://ada:${password.replaceAll('%', '')}@h`, /cannot be read/],
    [
      'whose connection string asks for what is not built',
      `mongodb://ada:${secret}@h/?authMechanism=GSSAPI`,
      /not built/
    ]
  ] as const)
    test(what, async () => {
      const output = await outputOf(['demo', '--once'], { MONGODB_URI: uri, ...log })
      assert.match(output, says)
      new Secrets().assertNotIn(output, 'the output')
    })
})
