import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import {
  ClientOptionsData,
  type OptionValues,
  parseOptions,
  refuseUnbuilt,
  refuseUselessTLS,
  resolveOptions
} from '../../src/options/index.ts'

const canary = 'CANARY7'

function assertHidden(value: unknown): void {
  const shown = [
    inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
    inspect(value, { depth: Number.POSITIVE_INFINITY, getters: true }),
    JSON.stringify(value),
    String(value)
  ]
  for (const text of shown) assert.ok(!text.includes(canary), text)
}

function errorOf(run: () => unknown): Error {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof Error)
    return error
  }
  throw new Error('nothing was thrown')
}

const secretive = [
  `mongodb://user:${canary}@h/`,
  `mongodb://${canary}:password@h/`,
  `mongodb://h/?tlsCertificateKeyFilePassword=${canary}`,
  `mongodb://user@h/?authMechanism=GSSAPI&authMechanismProperties=SERVICE_NAME:${canary}`,
  `mongodb://user:${canary}@h/?authMechanism=PLAIN`,
  `mongodb://h/?proxyHost=p&proxyUsername=${canary}&proxyPassword=${canary}`
]

test('no inspection and no JSON shows a credential: parsed, as fields, and resolved', () => {
  for (const uri of secretive) {
    assertHidden(parseOptions(uri))
    assertHidden(ClientOptionsData.parse(uri))
    assertHidden(resolveOptions(uri))
    assertHidden(resolveOptions(ClientOptionsData.parse(uri)))
    assertHidden(Object.assign({}, ClientOptionsData.parse(uri)))
  }
  assertHidden(resolveOptions('mongodb://h/', { auth: { username: canary, password: canary } }))
})

test('the refusal of what is not built, or would do nothing, names options and shows no credential', () => {
  for (const uri of secretive) {
    assertHidden(
      errorOf(() => {
        refuseUnbuilt(resolveOptions(uri, { pkFactory: {} }))
      })
    )
    assertHidden(
      errorOf(() => {
        refuseUselessTLS(resolveOptions(uri, { tlsCAFile: 'ca.pem' }), false)
      })
    )
  }
})

test('no error about a malformed connection string shows a piece of a password, even where it is taken for something else', () => {
  const malformed = [
    `mongodb://user:${canary}:x@h`,
    `mongodb://user:${canary}@x@h`,
    `mongodb://user:${canary}%@h`,
    `mongodb://user:${canary}%zz@h`,
    `mongodb://user:${canary}#x@h`,
    `mongodb://user:<${canary}>@h`,
    `mongodb://user:${canary}@h:99999`,
    `mongodb://user:${canary}@h:x`,
    `mongodb://user:${canary}@undefined`,
    `mongodb://user:${canary}@h/a/b`,
    `mongodb://user:${canary}@h/?w`,
    `mongodb://user:${canary}@`,
    `mongo://user:${canary}@h`,
    ` mongodb://user:${canary}@h`,
    `user:${canary}@h`,
    // A password with an unescaped slash, question mark, comma or @ in it.
    `mongodb://user:${canary}/x@h`,
    `mongodb://user:x/${canary}@h/db`,
    `mongodb://user:1/${canary}@h`,
    `mongodb://user:x,${canary}/y@h`,
    `mongodb://user:x@${canary}/y@h`,
    `mongodb://user:x@${canary}:0?y@h`,
    `mongodb://user:1?${canary}@h/`,
    `mongodb://user:${canary}?x@h/`,
    `mongodb://user:x?y=${canary}&z@h`,
    `mongodb://user:1?${canary}=1@h`,
    `mongodb://user:1?x=1&${canary}=x@h`,
    `mongodb://user:1/${canary}?x=1@h`,
    `mongodb://us/er:${canary}?x=1@h`,
    // No @ at all: forgotten, or encoded with the rest.
    `mongodb://user:${canary}`,
    `mongodb://user:${canary}%40h`,
    `mongodb://user:${canary}:27017`,
    `mongodb://user%3A${canary}%40h`,
    `mongodb://user%3A${canary}%2Fx%40h`,
    `mongodb://<user>:${canary}`,
    `mongodb://user:${canary}\n`
  ]
  for (const uri of malformed) assertHidden(errorOf(() => resolveOptions(uri)))
})

test('no warning shows a piece of a password', () => {
  const uris = [
    `mongodb://user:1?maxPoolSize=${canary}@h`,
    `mongodb://user:1?compressors=zlib,${canary}@h`,
    `mongodb://h/?secret=${canary}`,
    `mongodb://h/?proxyHost=p&authMechanismProperties=${canary}`,
    `mongodb://h/?tlsCertificateKeyFilePassword=${canary}%`,
    `mongodb://user:${canary}@h/?maxPoolSize=x&zzz=1`
  ]
  for (const uri of uris) {
    const { warnings } = parseOptions(uri)
    assert.ok(warnings.length > 0, uri)
    assertHidden(warnings)
  }
})

test('no error about an options object shows what was given for a secret option', () => {
  const wrong: OptionValues[] = [
    { proxyPassword: [canary] as unknown as string },
    { tlsCertificateKeyFilePassword: { canary } as unknown as string },
    { authMechanismProperties: canary as unknown as Record<string, unknown> },
    { auth: canary as unknown as { password: string } },
    { auth: { username: 'u', password: 'p', [canary]: canary } as unknown as { password: string } },
    { auth: { username: canary }, authMechanism: 'MONGODB-AWS' },
    { auth: { password: canary } },
    { auth: { username: 'u', password: canary }, authMechanism: 'MONGODB-X509' },
    { auth: { username: 'u', password: canary }, authMechanism: canary },
    { auth: { username: 'u', password: canary }, authMechanismProperties: { [canary]: canary } },
    { auth: { username: 'u', password: canary }, authSource: '' },
    { auth: { username: 'u' }, authMechanism: 'GSSAPI', authMechanismProperties: { CANONICALIZE_HOST_NAME: canary } },
    { authMechanism: 'MONGODB-OIDC', authMechanismProperties: { ENVIRONMENT: canary } },
    { proxyPassword: canary },
    { proxyUsername: canary, proxyPassword: canary }
  ]
  for (const overrides of wrong) assertHidden(errorOf(() => resolveOptions('mongodb://h/', overrides)))
})

test('a port that is too long is not shown: it may be a password of digits, whose @ was forgotten', () => {
  const { message } = errorOf(() => resolveOptions('mongodb://user:19840704'))
  assert.doesNotMatch(message, /19840704/)
  assert.match(message, /the port of host 1 has 8 digits, and must be 1 to 65535/)
})
