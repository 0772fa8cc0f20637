/** TLS of Node's Runtime: whom it trusts, and what it says where it does not. */
import assert from 'node:assert/strict'
import { createServer as createPlainServer } from 'node:net'
import { test } from 'node:test'
import { Authority, type Issued, selfSigned } from '../certificates/certificates.ts'
import { authority, clientTLS, dial, failureOf, identity, listening, port, strangeServer } from './tls_ends.ts'

const hosts = ['127.0.0.1']
const ofOthers = new Authority('others').issue({ name: [['CN', 'x']], hosts })
const expired = authority.issue({ name: [['CN', 'x']], hosts, validFromDays: -9, validToDays: -1 })
const future = authority.issue({ name: [['CN', 'x']], hosts, validFromDays: 3, validToDays: 9 })
const elsewhere = authority.issue({ name: [['CN', '127.0.0.1']], hosts: ['db.example', '10.0.0.1'] })

const refusals: readonly (readonly [what: string, server: Issued, reason: string])[] = [
  [
    'a self-signed certificate',
    selfSigned({ name: [['CN', 'x']], hosts }),
    'it is self-signed: if it is to be trusted, name it with tlsCAFile (DEPTH_ZERO_SELF_SIGNED_CERT)'
  ],
  [
    'a certificate of another authority',
    ofOthers,
    'its authority is not trusted: name it with tlsCAFile (UNABLE_TO_VERIFY_LEAF_SIGNATURE)'
  ],
  [
    'a certificate of an authority that only has the name of ours',
    new Authority('tests').issue({ name: [['CN', 'x']], hosts }),
    'its signature is not of the authority that it names: is tlsCAFile up to date? (CERT_SIGNATURE_FAILURE)'
  ],
  [
    'a certificate that is for clients only',
    authority.issue({ name: [['CN', 'x']], hosts, purpose: 'client' }),
    'it is not made for servers (extended key usage) (INVALID_PURPOSE)'
  ],
  [
    'an expired certificate',
    expired,
    'it has expired, or one that vouches for it has: the server needs a new one (CERT_HAS_EXPIRED)'
  ],
  [
    'a certificate of tomorrow',
    future,
    'its time has not begun: are the clocks of client and server right? (CERT_NOT_YET_VALID)'
  ],
  [
    'a certificate for another host',
    elsewhere,
    'it is for other hosts: DNS:db.example, IP Address:10.0.0.1. Connect by a name that it has, or give the server one for ' +
      'this name; tlsAllowInvalidHostnames turns this check off (ERR_TLS_CERT_ALTNAME_INVALID)'
  ]
]

for (const [what, { certificate, key }, reason] of refusals)
  test(`${what} is refused in the stage certificate: what, where and what to do`, async () => {
    const { target } = await strangeServer({ key, cert: certificate })
    const { stage, message } = await failureOf(target)
    assert.deepEqual(
      [stage, message],
      ['certificate', `The certificate of 127.0.0.1:${port(target)} was refused: ${reason}`]
    )
  })

test('a certificate on the revocation list is refused; without a list of its authority so is any', async () => {
  const { target } = await strangeServer()
  const revoked = clientTLS({ crl: authority.revocations([identity]) })
  assert.match(
    (await failureOf(target, revoked)).message,
    /was refused: the list in tlsCRLFile says that it was revoked/
  )
  const outdated = clientTLS({ crl: authority.revocations([], -1) })
  assert.match(
    (await failureOf(target, outdated)).message,
    /was refused: the list in tlsCRLFile has expired: get a new one/
  )
  const ofNobody = clientTLS({ crl: new Authority('others').revocations([]) })
  assert.match((await failureOf(target, ofNobody)).message, /was refused: tlsCRLFile has no list of its authority/)
  const { client, recorder } = dial(target, clientTLS({ crl: authority.revocations([expired]) }))
  await recorder.told('received')
  client.destroy()
})

test('an invalid certificate may be allowed, and one for another host is refused all the same', async () => {
  const allowed = await strangeServer({ key: expired.key, cert: expired.certificate })
  const settings = clientTLS({ allowInvalidCertificates: true })
  const { client, recorder } = dial(allowed.target, settings)
  await recorder.told('received')
  client.destroy()
  const other = selfSigned({ name: [['CN', 'x']], hosts: ['db.example'] })
  const refused = await strangeServer({ key: other.key, cert: other.certificate })
  const error = await failureOf(refused.target, settings)
  assert.deepEqual([error.stage, error.code], ['certificate', 'ERR_TLS_CERT_ALTNAME_INVALID'])
  const insecure = dial(refused.target, clientTLS({ allowInvalidCertificates: true, allowInvalidHostnames: true }))
  await insecure.recorder.told('received')
  insecure.client.destroy()
})

for (const [what, answer, says] of [
  [
    'ends the connection',
    undefined,
    /ended the connection. Does it speak TLS on this port\? If not, leave out the option tls$/
  ],
  [
    'answers in plain text',
    'HTTP/1.1 400 Bad Request\r\n\r\n',
    /in something else than TLS. If it speaks plain text, leave/
  ]
] as const)
  test(`a plain server that ${what} fails the dial in the stage tls-io, and says so`, async () => {
    const server = createPlainServer(socket => {
      socket.on('error', () => undefined)
      socket.once('data', () => (answer === undefined ? socket.destroy() : socket.end(answer)))
    })
    const target = await listening(server)
    const { stage, message } = await failureOf(target)
    assert.equal(stage, 'tls-io')
    assert.match(message, new RegExp(`^The TLS handshake with 127.0.0.1:${port(target)} failed: `))
    assert.match(message, says)
  })

/** A fatal alert of TLS, in plain text as before the keys are agreed. */
function alertBytes(kind: number): Buffer {
  return Buffer.from([0x15, 3, 3, 0, 2, 2, kind])
}

for (const [kind, what] of [
  [42, 'bad certificate'],
  [43, 'unsupported certificate'],
  [44, 'certificate revoked'],
  [45, 'certificate expired'],
  [46, 'certificate unknown'],
  [48, 'unknown ca'],
  [49, 'access denied']
] as const)
  test(`a server that says "${what}" of the client's certificate fails the dial in the stage certificate`, async () => {
    const server = createPlainServer(socket => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.end(alertBytes(kind)))
    })
    const target = await listening(server)
    const { stage, message } = await failureOf(target)
    assert.equal(stage, 'certificate')
    const said = new RegExp(
      `^127.0.0.1:${port(target)} does not accept the certificate of the client \\([a-z0-9 ]*${what}\\): is the one in ` +
        'tlsCertificateKeyFile of its authority, and valid\\?$'
    )
    assert.match(message, said)
  })

test('TLS 1.1 is too old, and the error says what is spoken', async () => {
  const { target } = await strangeServer({
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0'
  })
  const { stage, message } = await failureOf(target)
  assert.equal(stage, 'tls-io')
  assert.match(message, /there is no common version of TLS; cenote speaks 1\.2 and 1\.3$/)
})

for (const [version, opens] of [
  ['TLSv1.3', true],
  ['TLSv1.2', false]
] as const)
  test(`a server that demands a certificate and gets none fails the connection with what to do, ${version}`, async () => {
    const { target } = await strangeServer({
      requestCert: true,
      rejectUnauthorized: true,
      ca: authority.certificate,
      maxVersion: version
    })
    const { recorder } = dial(target)
    await recorder.told('closed')
    assert.equal(recorder.calls.includes('opened'), opens)
    // With 1.2 the alert is the one of any refusal.
    assert.equal(recorder.error?.stage, opens ? 'certificate' : 'tls-io')
    assert.match(recorder.error?.message ?? '', /demands? a certificate of the client.*tlsCertificateKeyFile/)
  })
