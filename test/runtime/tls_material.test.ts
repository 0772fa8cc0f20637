import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { after, test } from 'node:test'
import { createSecureContext } from 'node:tls'
import { inspect } from 'node:util'
import { type ClientTLSSettings, TLSMaterialError } from '../../src/runtime/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { Authority, encryptedKey } from '../certificates/certificates.ts'
import { Files } from '../certificates/files.ts'

const tls = nodeRuntime().tls!
const authority = new Authority('tests')
const { certificate, key } = authority.issue({ name: [['CN', 'x']] })
const other = authority.issue({ name: [['CN', 'y']] })
const password = 'CANARY7'
const encrypted = encryptedKey(key, password)
const files = new Files()
after(() => files.remove())

function client(settings: Partial<ClientTLSSettings>) {
  return tls.client({ allowInvalidCertificates: false, allowInvalidHostnames: false, ...settings })
}

const cut = (text: string): string => text.replace(/\n[A-Za-z0-9+/=]{20,}\n/, '\n')

const unusable: readonly (readonly [what: string, Partial<ClientTLSSettings>, TLSMaterialError['part'], RegExp])[] = [
  ['a CA without a certificate', { ca: 'garbage' }, 'ca', /^no certificate is in it; it needs -----BEGIN CERT/],
  ['a CA that is empty', { ca: '' }, 'ca', /^no certificate is in it/],
  [
    'a CA of which one certificate is cut',
    { ca: authority.certificate + cut(certificate) },
    'ca',
    /^certificate 2 of 2 in it cannot be read$/
  ],
  ['a certificate that is none', { certificate: 'garbage', key }, 'certificate', /^no certificate is in it/],
  ['a certificate without a key', { certificate, key: certificate }, 'key', /^no private key is in it; it needs/],
  ['a key without a certificate', { key }, 'certificate', /without its certificate/],
  ['a key that is cut', { certificate, key: cut(key) }, 'key', /^the private key in it cannot be read$/],
  ['the key of another', { certificate, key: other.key }, 'key', /does not belong to the first certificate/],
  ['an encrypted key without a password', { certificate, key: encrypted }, 'keyPassword', /is encrypted, and no pass/],
  [
    'an encrypted key with a wrong password',
    { certificate, key: encrypted, keyPassword: `${password}x` },
    'keyPassword',
    /cannot be decrypted with the password given/
  ],
  ['a revocation list that is none', { crl: 'garbage' }, 'crl', /^no revocation list is in it; it needs/],
  [
    'a revocation list that is cut',
    { crl: authority.revocations([]) + cut(authority.revocations([])) },
    'crl',
    /^revocation list 2 of 2 in it cannot be read$/
  ],
  ['a context that is none', { secureContext: { context: {} } }, 'secureContext', /createSecureContext\(\)/]
]

for (const [what, settings, part, says] of unusable)
  test(`${what} is refused, by its part and without its text`, () => {
    assert.throws(
      () => client(settings),
      (error: unknown) => {
        assert.ok(error instanceof TLSMaterialError)
        assert.equal(error.part, part)
        assert.match(error.message, says)
        assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /CANARY7|garbage|PRIVATE KEY-----\n/)
        return true
      }
    )
  })

test('key and certificate may stand in any order, in one text, encrypted in the old form too', () => {
  client({ certificate: key + certificate, key: key + certificate })
  client({ certificate: certificate + encrypted, key: certificate + encrypted, keyPassword: password })
  const old = createPrivateKey(key)
    .export({ type: 'sec1', format: 'pem', cipher: 'aes-128-cbc', passphrase: password })
    .toString()
  assert.match(old, /Proc-Type: 4,ENCRYPTED/)
  client({ certificate, key: old, keyPassword: password })
})

test('whether a certificate is presented is known, but not of a context that the program made', () => {
  assert.equal(client({}).hasCertificate, false)
  assert.equal(client({ certificate, key }).hasCertificate, true)
})

test('the subject of the certificate that is presented, which is the first, is known in the form of RFC 2253', () => {
  const own = authority.issue({
    name: [
      ['O', 'a, b'],
      ['CN', 'client']
    ]
  })
  const { certificateSubject } = client({ certificate: own.certificate + authority.certificate, key: own.key })
  assert.equal(certificateSubject, 'CN=client,O=a\\, b')
  assert.equal(client({}).certificateSubject, undefined)
  const secureContext = createSecureContext({ cert: own.certificate, key: own.key })
  assert.equal(client({ secureContext }).certificateSubject, undefined)
})

test('what is no regular file, too large or not there is not read', () => {
  const path = files.write('ten', '0123456789')
  assert.equal(tls.readText(path, 10), '0123456789')
  assert.throws(() => tls.readText(path, 9), /^Error: it has 10 bytes; 9 are possible$/)
  assert.throws(() => tls.readText(files.folder, 10), /^Error: it is no regular file$/)
  assert.throws(() => tls.readText('/dev/null', 10), /^Error: it is no regular file$/)
  assert.throws(() => tls.readText(`${path}.not`, 10), /ENOENT/)
})
