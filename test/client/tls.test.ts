/** What a client says of its TLS options when it is made. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { after, test } from 'node:test'
import { setImmediate as immediate } from 'node:timers/promises'
import { createSecureContext } from 'node:tls'
import { inspect } from 'node:util'
import {
  ClientOptions,
  MongoClient,
  type MongoClientOptions,
  MongoInvalidArgumentError
} from '../../src/client/index.ts'
import { startDeployment, virtualRuntime } from '../../src/embedded/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { Authority, encryptedKey } from '../certificates/certificates.ts'
import { Files } from '../certificates/files.ts'
import { HandTime } from './hand_time.ts'

const files = new Files()
after(() => files.remove())
const authority = new Authority('tests')
const { certificate, key } = authority.issue({ name: [['CN', 'client']] })
const uri = 'mongodb://db1.example/?tls=true'
const password = 'CANARY7'

function refusal(options: MongoClientOptions): string {
  try {
    void new MongoClient(uri, options).close()
  } catch (error) {
    assert.ok(error instanceof MongoInvalidArgumentError, String(error))
    assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /CANARY7/)
    return error.message
  }
  throw new assert.AssertionError({ message: 'the client was made' })
}

const missing = `${files.folder}/missing.pem`
const garbage = files.write('garbage.pem', 'garbage')
const encrypted = files.write('encrypted.pem', certificate + encryptedKey(key, password))

const unusable: readonly (readonly [what: string, MongoClientOptions, says: string])[] = [
  [
    'a tlsCAFile that is not there',
    { tlsCAFile: missing },
    `tlsCAFile: the file "${missing}" cannot be read: ENOENT: no such file or directory, stat '${missing}'. Correct the path, or let this process read it`
  ],
  [
    'a tlsCAFile that has no certificate',
    { tlsCAFile: garbage },
    `tlsCAFile: the file "${garbage}" cannot be used: no certificate is in it; it needs -----BEGIN CERTIFICATE----- (PEM)`
  ],
  [
    'an unreadable key file',
    { tlsCertificateKeyFile: files.folder },
    `tlsCertificateKeyFile: the file "${files.folder}" cannot be read: it is no regular file. Correct the path, or let this process read it`
  ],
  [
    'a tlsCertificateKeyFile without a key',
    { tlsCertificateKeyFile: files.write('certificate.pem', certificate) },
    `tlsCertificateKeyFile: the file "${files.folder}/certificate.pem" cannot be used: no private key is in it; it needs -----BEGIN PRIVATE KEY----- (PEM). The file holds both the certificate and its private key`
  ],
  [
    'an encrypted tlsCertificateKeyFile without its password',
    { tlsCertificateKeyFile: encrypted },
    `tlsCertificateKeyFile: the file "${encrypted}" cannot be used: the private key in it is encrypted, and no password is given. Correct tlsCertificateKeyFilePassword`
  ],
  [
    'a wrong tlsCertificateKeyFilePassword, which is not shown',
    { tlsCertificateKeyFile: encrypted, tlsCertificateKeyFilePassword: `${password}x` },
    `tlsCertificateKeyFile: the file "${encrypted}" cannot be used: the private key in it cannot be decrypted with the password given. Correct tlsCertificateKeyFilePassword`
  ],
  [
    'a tlsCRLFile that is none',
    { tlsCRLFile: garbage },
    `tlsCRLFile: the file "${garbage}" cannot be used: no revocation list is in it; it needs -----BEGIN X509 CRL----- (PEM)`
  ],
  [
    'a secureContext that is none',
    { secureContext: { context: 1 } },
    'secureContext: it is not what createSecureContext() of node:tls makes'
  ],
  [
    'a virtual Runtime',
    { runtime: virtualRuntime({ seed: 1 }) },
    "tls: the virtual Runtime has no TLS; leave tls out there, or use Node's Runtime, which is the default"
  ]
]

for (const [what, options, says] of unusable)
  test(`${what} is refused when the client is made: option, file and what to do`, () => {
    assert.equal(refusal(options), says)
  })

test('the password of a key shows in nothing that can be seen of a client', async () => {
  const options = ClientOptions.parse(`${uri}&tlsCertificateKeyFilePassword=${password}`)
  options.tlsCertificateKeyFile = encrypted
  const client = new MongoClient(options)
  for (const shown of [client, client.options, options, client.pools(), client.connections()]) {
    assert.doesNotMatch(inspect(shown, { depth: Number.POSITIVE_INFINITY, showHidden: true }), /CANARY7|PRIVATE KEY/)
    assert.doesNotMatch(JSON.stringify(shown), /CANARY7|PRIVATE KEY/)
  }
  await client.close()
})

test('options that weaken TLS are a warning, once for a client', async () => {
  const warnings: string[] = []
  const runtime = { ...nodeRuntime(), warn: (message: string, code: string) => warnings.push(`${code} ${message}`) }
  for (const options of [{}, { tlsAllowInvalidHostnames: true }, { tlsInsecure: true }])
    await new MongoClient(uri, { ...options, runtime }).close()
  assert.deepEqual(warnings, [
    'CENOTE_TLS_WEAKENED tlsAllowInvalidHostnames: servers are not fully checked, and somebody in between may read and change everything; for tests only',
    'CENOTE_TLS_WEAKENED tlsInsecure: servers are not fully checked, and somebody in between may read and change everything; for tests only'
  ])
})

test('a secureContext is a field of ClientOptions too', async () => {
  const options = ClientOptions.parse(uri)
  options.secureContext = createSecureContext()
  await new MongoClient(options).close()
})

test('what checks of revocation over the network are to do is accepted, since there are none', async () => {
  for (const name of ['tlsDisableOCSPEndpointCheck', 'tlsDisableCertificateRevocationCheck'])
    await new MongoClient(`${uri}&${name}=true`).close()
})

test('a server that takes the connection and no TLS ends the dial at connectTimeoutMS, which covers all stages', async () => {
  const silent = createServer()
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`
  const time = new HandTime()
  const runtime = { ...nodeRuntime(), clock: time.clock, timers: time.timers }
  const client = new MongoClient(`mongodb://${address}/?tls=true`, { connectTimeoutMS: 50, runtime })
  const failed = new Promise<Error>(resolve => {
    client.once('serverHeartbeatFailed', ({ failure }) => resolve(failure))
  })
  const connecting = assert.rejects(client.connect())
  while (client.connections()[0]?.activity !== 'starting TLS') await immediate()
  time.advance(49)
  assert.equal(client.connections()[0]?.activity, 'starting TLS')
  time.advance(1)
  const { name, message } = await failed
  assert.equal(name, 'MongoNetworkTimeoutError')
  assert.equal(
    message,
    `The monitor connection 0 to ${address} was not established within connectTimeoutMS (50 ms): it was starting TLS, and ` +
      'the server did not complete the TLS handshake: does it speak TLS on this port?'
  )
  await client.close()
  await connecting
  silent.close()
})

test('close ends a TLS handshake that is under way', async () => {
  const silent = createServer()
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const client = new MongoClient(`mongodb://127.0.0.1:${(silent.address() as AddressInfo).port}/?tls=true`)
  const connecting = assert.rejects(client.connect())
  await once(silent, 'connection')
  assert.match(client.connections()[0]?.activity ?? '', /opening|starting TLS/)
  await client.close()
  await connecting
  assert.deepEqual(client.connections(), [])
  silent.close()
})

test('pool and monitors are encrypted, and the server knows the subject of each certificate', async () => {
  const server = authority.issue({ name: [['CN', 'server']], hosts: ['127.0.0.1'] })
  const deployment = await startDeployment({
    kind: 'standalone',
    tls: { key: server.key, cert: server.certificate, ca: authority.certificate, requestClientCertificate: 'required' }
  })
  const client = new MongoClient(deployment.uri, {
    tlsCAFile: files.write('ca.pem', authority.certificate),
    tlsCertificateKeyFile: files.write('client.pem', certificate + key)
  })
  await client.db('a').command({ ping: 1 })
  const [member] = deployment.members
  const open = member?.connections().open ?? []
  assert.ok(open.length >= 2)
  assert.deepEqual(new Set(open.map(({ certificateSubject }) => certificateSubject)), new Set(['CN=client']))
  await client.shutdown()
  await deployment.stop()
})
