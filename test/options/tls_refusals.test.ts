import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoInvalidArgumentError } from '../../src/errors/index.ts'
import { type OptionValues, refuseUselessTLS, resolveOptions } from '../../src/options/index.ts'

function refusal(query: string, overrides: OptionValues = {}, secureContext = false): string | undefined {
  const options = resolveOptions(`mongodb://h/?${query}`, overrides)
  try {
    refuseUselessTLS(options, secureContext)
    return undefined
  } catch (error) {
    assert.ok(error instanceof MongoInvalidArgumentError)
    return error.message
  }
}

test('what TLS would need is refused where TLS is off, so that nobody talks in plain text who named a certificate', () => {
  const off = (names: string): string => `${names}: TLS is off, so this would do nothing; add tls=true, or leave it out`
  assert.equal(refusal('tlsCAFile=ca.pem'), off('tlsCAFile'))
  assert.equal(refusal('tls=false&tlsCAFile=ca.pem'), off('tlsCAFile'))
  assert.equal(
    refusal('tlsCertificateKeyFile=c&tlsCertificateKeyFilePassword=x'),
    off('tlsCertificateKeyFile, tlsCertificateKeyFilePassword')
  )
  assert.equal(refusal('', { tlsCRLFile: 'x', tlsInsecure: true }), off('tlsCRLFile, tlsInsecure'))
  assert.equal(refusal('', {}, true), off('secureContext'))
  assert.equal(refusal('tls=true&tlsCAFile=ca.pem'), undefined)
})

test('a check that is not weakened needs no TLS, and none of these options is needed', () => {
  assert.equal(refusal('tls=false&tlsInsecure=false'), undefined)
  assert.equal(refusal('tls=true'), undefined)
  assert.equal(refusal(''), undefined)
})

test('a misspelt value is refused, so that it cannot end in plain text, or with another authority', () => {
  assert.match(
    refusal('tls=treu') ?? '',
    /^tls in the connection string cannot be used; .* correct it, or leave it out$/
  )
  assert.match(
    refusal('tls=true&tlsCAFile=&tlsInsecure=maybe') ?? '',
    /^tlsCAFile, tlsInsecure in the connection string/
  )
  assert.equal(refusal('tls=treu', { tls: false }), undefined)
})

test('a secureContext stands for files, and goes with none', () => {
  assert.equal(refusal('tls=true', {}, true), undefined)
  assert.equal(refusal('tls=true&tlsAllowInvalidHostnames=true', {}, true), undefined)
  assert.match(refusal('tls=true&tlsCAFile=a&tlsCRLFile=b', {}, true) ?? '', /leave out tlsCAFile, tlsCRLFile, or sec/)
})

test('a password without its file, and a list that is not to be looked at, are refused', () => {
  assert.match(refusal('tls=true&tlsCertificateKeyFilePassword=x') ?? '', /without tlsCertificateKeyFile; give both/)
  assert.match(
    refusal('tls=true&tlsCRLFile=x&tlsDisableCertificateRevocationCheck=true') ?? '',
    /^tlsCRLFile and tlsDisableCertificateRevocationCheck contradict each other/
  )
})

test('MONGODB-X509 is refused without TLS, and without a certificate, with what to give', () => {
  const needs = (what: string): string =>
    `authMechanism: MONGODB-X509 proves the user by a certificate in TLS, and there is none; give ${what}`
  const x509 = 'authMechanism=MONGODB-X509'
  assert.equal(refusal(x509), needs('tls=true and tlsCertificateKeyFile'))
  assert.equal(refusal(`${x509}&tls=true`), needs('tlsCertificateKeyFile'))
  assert.equal(refusal(`${x509}&tlsCertificateKeyFile=c.pem`), needs('tls=true'))
  assert.equal(refusal(x509, {}, true), needs('tls=true'))
  assert.equal(refusal(`${x509}&tls=true&tlsCertificateKeyFile=c.pem`), undefined)
  assert.equal(refusal(`${x509}&tls=true`, {}, true), undefined)
})
