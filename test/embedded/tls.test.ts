import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import {
  type DeploymentOptions,
  type DeploymentTLS,
  startDeployment,
  virtualRuntime
} from '../../src/embedded/index.ts'
import { Authority, encryptedKey, selfSigned } from '../certificates/certificates.ts'

const authority = new Authority('tests')
const { certificate: cert, key } = authority.issue({ name: [['CN', 'server']], hosts: ['127.0.0.1'] })
const ca = authority.certificate

describe('the TLS options of a deployment', () => {
  for (const [what, tls, says] of [
    ['no object', true, /startDeployment: tls: it is an object with key and cert/],
    ['no key', { cert }, /tls: key is PEM text/],
    ['no certificate', { key }, /tls: cert is PEM text/],
    ['an unknown part', { key, cert, crl: '' }, /tls: "crl" is no part of it; there are key, cert, ca, requestClient/],
    [
      'a key of another',
      { key: authority.issue({ name: [] }).key, cert },
      /tls: key cannot be used: .*does not belong/
    ],
    ['a certificate that is none', { key, cert: 'x' }, /tls: cert cannot be used: no certificate is in it/],
    ['an encrypted key', { key: encryptedKey(key, 'x'), cert }, /tls: keyPassword cannot be used: .*is encrypted/],
    ['an authority that is none', { key, cert, ca: 'x' }, /tls: ca cannot be used/],
    ['clients asked for certificates of nobody', { key, cert, requestClientCertificate: 'optional' }, /needs ca/],
    ['an unknown request', { key, cert, ca, requestClientCertificate: true }, /is "optional" or "required", not true/]
  ] as const)
    test(`${what}: refused`, async () => {
      const options = { kind: 'standalone', tls } as unknown as DeploymentOptions
      await assert.rejects(startDeployment(options), says)
    })

  test('the virtual Runtime has no TLS, which is refused by name', async () => {
    const runtime = virtualRuntime({ seed: 1 })
    await assert.rejects(
      startDeployment({ kind: 'standalone', runtime, tls: { key, cert } }),
      /virtual Runtime has no TLS/
    )
  })
})

test('the connection string says that TLS is needed', async () => {
  for (const [kind, says] of [
    ['standalone', /^mongodb:\/\/127\.0\.0\.1:\d+\/\?tls=true$/],
    ['replicaSet', /\/\?replicaSet=rs0&tls=true$/],
    ['sharded', /:\d+,127\.0\.0\.1:\d+\/\?tls=true$/],
    ['loadBalanced', /:\d+\/\?loadBalanced=true&tls=true$/]
  ] as const) {
    const deployment = await startDeployment({ kind, tls: { key, cert } })
    assert.match(deployment.uri, says)
    await deployment.stop()
  }
})

test('a set whose certificate has expired still replicates: members do not prove themselves to each other', async () => {
  const old = authority.issue({ name: [['CN', 'x']], validFromDays: -9, validToDays: -1 })
  const deployment = await startDeployment({ kind: 'replicaSet', tls: { key: old.key, cert: old.certificate } })
  assert.ok(deployment.primary)
  await deployment.stop()
})

test('a set that would demand certificates which its members do not have is refused, instead of never coming into being', async () => {
  const own = selfSigned({ name: [['CN', 'x']] })
  const tls: DeploymentTLS = { key: own.key, cert: own.certificate, ca, requestClientCertificate: 'required' }
  await assert.rejects(
    startDeployment({ kind: 'replicaSet', tls }),
    /tls: members cannot connect to each other: .*cert must be one of ca, valid, and not for servers alone/
  )
})

test('stopping ends a TLS handshake that is under way', async () => {
  const deployment = await startDeployment({ kind: 'standalone', tls: { key, cert } })
  const [member] = deployment.members
  const port = Number(member?.address.split(':')[1])
  const socket = connect(port, '127.0.0.1')
  await new Promise(resolve => socket.once('connect', resolve))
  const ended = new Promise(resolve => socket.once('close', resolve))
  await deployment.stop()
  await ended
})
