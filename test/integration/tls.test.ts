/** The same file for both drivers, against an embedded deployment that takes TLS only. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createSecureContext } from 'node:tls'
import type { MongoClient, MongoClientOptions } from '../../src/client/index.ts'
import { type Deployment, type DeploymentOptions, startDeployment } from '../../src/embedded/index.ts'
import { Authority, encryptedKey, selfSigned } from '../certificates/certificates.ts'
import { Files } from '../certificates/files.ts'
import { type Driver, drivers } from './drivers.ts'

const files = new Files()
after(() => files.remove())

const authority = new Authority('cenote tests')
const server = authority.issue({ name: [['CN', 'server']], hosts: ['localhost', '127.0.0.1'] })
const client = authority.issue({ name: [['CN', 'client']] })
const stranger = new Authority('others')

const tlsCAFile = files.write('ca.pem', authority.certificate)
const othersCAFile = files.write('others.pem', stranger.certificate)
const password = 'opensesame'
const clientFile = files.write('client.pem', client.certificate + client.key)
const encryptedFile = files.write('encrypted.pem', encryptedKey(client.key, password) + client.certificate)
const noneRevoked = files.write('none.crl', authority.revocations([]))
const serverRevoked = files.write('revoked.crl', authority.revocations([client, server]))

const tls = { key: server.key, cert: server.certificate }
const mutual = { ...tls, ca: authority.certificate, requestClientCertificate: 'required' } as const

const unknownAuthority = /authority is not trusted|self-signed certificate in|unable to/

const plainText: MongoClientOptions = {}

for (const driver of drivers)
  describe(`${driver.name}, with TLS`, () => {
    aliveCases(driver)
    refusalCases(driver)
  })

function aliveCases(driver: Driver): void {
  describe('a set that demands certificates of its clients', () => {
    let deployment: Deployment
    before(async () => {
      deployment = await startDeployment({ kind: 'replicaSet', tls: mutual })
    })
    after(() => deployment.stop())

    const accepted: Readonly<Record<string, MongoClientOptions>> = {
      'tlsCAFile and tlsCertificateKeyFile': { tlsCAFile, tlsCertificateKeyFile: clientFile },
      'an encrypted key with its password': {
        tlsCAFile,
        tlsCertificateKeyFile: encryptedFile,
        tlsCertificateKeyFilePassword: password
      },
      'a tlsCRLFile that revokes nobody': { tlsCAFile, tlsCertificateKeyFile: clientFile, tlsCRLFile: noneRevoked },
      'a secureContext': {
        secureContext: createSecureContext({
          ca: authority.certificate,
          cert: client.certificate,
          key: client.key
        })
      },
      'tlsInsecure, without an authority': { tlsInsecure: true, tlsCertificateKeyFile: clientFile },
      'tlsAllowInvalidCertificates, without an authority': {
        tlsAllowInvalidCertificates: true,
        tlsCertificateKeyFile: clientFile
      }
    }
    for (const [what, options] of Object.entries(accepted))
      test(`${what}: writes reach every member and are read again`, () =>
        withClient(driver, deployment.uri, options, async connected => {
          const collection = connected.db('encrypted').collection(what.replaceAll(' ', '_'))
          await collection.insertMany([{ a: 1 }, { a: 'x'.repeat(300_000) }], { writeConcern: { w: 3 } })
          const [small, large] = await collection.find({}, { readPreference: 'secondary' }).toArray()
          assert.deepEqual([small?.['a'], large?.['a']], [1, 'x'.repeat(300_000)])
        }))

    test('a member that is killed and started again takes TLS again, and replicates', () =>
      withClient(driver, deployment.uri, { tlsCAFile, tlsCertificateKeyFile: clientFile }, async connected => {
        const [index] = deployment.members.flatMap(({ isPrimary }, each) => (isPrimary ? [] : [each]))
        await deployment.kill(index!)
        await deployment.restart(index!)
        const collection = connected.db('encrypted').collection('restarted')
        await collection.insertOne({ a: 1 }, { writeConcern: { w: 3 } })
        assert.equal(await collection.countDocuments({}), 1)
      }))

    test('a step-down is survived', () =>
      withClient(driver, deployment.uri, { tlsCAFile, tlsCertificateKeyFile: clientFile }, async connected => {
        const collection = connected.db('encrypted').collection('stepped')
        await collection.insertOne({ before: true })
        await deployment.stepDown()
        await collection.insertOne({ before: false })
        assert.equal(await collection.countDocuments({}), 2)
      }))
  })
}

function refusalCases(driver: Driver): void {
  const invalid: Readonly<Record<string, readonly [DeploymentOptions['tls'], MongoClientOptions, RegExp]>> = {
    'an authority that nobody named': [tls, {}, unknownAuthority],
    'another authority': [tls, { tlsCAFile: othersCAFile }, unknownAuthority],
    'a self-signed certificate': [
      identity(selfSigned({ name: [['CN', 'self']], hosts: ['127.0.0.1'] })),
      { tlsCAFile },
      /self-signed/
    ],
    'an expired certificate': [
      identity(authority.issue({ name: [['CN', 'old']], hosts: ['127.0.0.1'], validFromDays: -20, validToDays: -10 })),
      { tlsCAFile },
      /expired/
    ],
    'a wrong host name': [
      identity(authority.issue({ name: [['CN', '127.0.0.1']], hosts: ['db.example'] })),
      { tlsCAFile },
      /db\.example|is not in the cert's list/
    ],
    'a revoked certificate': [tls, { tlsCAFile, tlsCRLFile: serverRevoked }, /revoked/],
    'a client certificate that is missing where the server demands one': [mutual, { tlsCAFile }, /certificate/],
    'plain text to a server that takes TLS only': [tls, plainText, /closed|ECONNRESET/],
    'TLS to a server that speaks plain text': [undefined, { tls: true, tlsCAFile }, /disconnected|the server ended/]
  }
  for (const [what, [serverTLS, options, says]] of Object.entries(invalid))
    test(`${what} is refused`, async () => {
      const deployment = await startDeployment({
        kind: 'standalone',
        ...(serverTLS === undefined ? {} : { tls: serverTLS })
      })
      const uri = options === plainText ? deployment.uri.replace('?tls=true', '') : deployment.uri
      assert.match(await firstFailure(driver, uri, options), says)
      await deployment.stop()
    })

  test('tlsAllowInvalidHostnames takes a certificate for another host, and one of another authority still not', async () => {
    const wrongHost = identity(authority.issue({ name: [['CN', 'x']], hosts: ['db.example'] }))
    const deployment = await startDeployment({ kind: 'standalone', tls: wrongHost })
    const options = { tlsAllowInvalidHostnames: true }
    await withClient(driver, deployment.uri, { ...options, tlsCAFile }, async connected => {
      assert.equal((await connected.db('a').command({ ping: 1 }))['ok'], 1)
    })
    assert.match(await firstFailure(driver, deployment.uri, { ...options, tlsCAFile: othersCAFile }), unknownAuthority)
    await deployment.stop()
  })
}

function identity({ key, certificate }: { readonly key: string; readonly certificate: string }) {
  return { key, cert: certificate }
}

async function withClient(
  driver: Driver,
  uri: string,
  options: MongoClientOptions,
  run: (client: MongoClient) => Promise<unknown>
): Promise<void> {
  const connected = new driver.library.MongoClient(uri, options)
  try {
    await run(connected)
  } finally {
    await driver.end(connected)
  }
}

/** What the first check of the server failed with: the monitor's socket is as encrypted as the others. */
async function firstFailure(driver: Driver, uri: string, options: MongoClientOptions): Promise<string> {
  const refused = new driver.library.MongoClient(uri, options)
  const failed = new Promise<Error>((resolve, reject) => {
    refused.once('serverHeartbeatFailed', ({ failure }) => resolve(failure))
    refused.once('serverHeartbeatSucceeded', () => reject(new Error('the server was accepted')))
  })
  const connecting = assert.rejects(refused.connect())
  const { message } = await failed
  await refused.close()
  await connecting
  return message
}
