import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoInvalidArgumentError } from '../../src/errors/index.ts'
import {
  ClientOptionsData,
  credentialsOf,
  type OptionValues,
  refuseUnbuilt,
  resolveOptions,
  warningOfAuthentication
} from '../../src/options/index.ts'

const credentials = (uri: string, overrides: OptionValues = {}) => credentialsOf(resolveOptions(uri, overrides))

function refusal(uri: string, overrides: OptionValues = {}): string {
  try {
    refuseUnbuilt(resolveOptions(uri, overrides))
  } catch (error) {
    assert.ok(error instanceof MongoInvalidArgumentError, String(error))
    return error.message
  }
  return 'taken'
}

test('a user is known to authSource, else to the database of the connection string, else to admin', () => {
  const plain = { mechanism: undefined, username: 'u', password: 'p', properties: {} }
  assert.deepEqual(credentials('mongodb://u:p@h/'), { ...plain, source: 'admin' })
  assert.deepEqual(credentials('mongodb://u:p@h/shop'), { ...plain, source: 'shop' })
  assert.deepEqual(credentials('mongodb://u:p@h/shop?authSource=people'), { ...plain, source: 'people' })
  assert.equal(credentials('mongodb://u:p@h/?authMechanism=PLAIN')?.source, '$external')
})

test('the option auth takes the place of name and password in the connection string, both at once', () => {
  const auth = { username: 'v', password: 'q' }
  for (const found of [credentials('mongodb://u:p@h/', { auth }), credentials('mongodb://h/', { auth })])
    assert.deepEqual([found?.username, found?.password], ['v', 'q'])
  assert.equal(credentials('mongodb://u:p@h/', { auth: { username: 'v' } })?.password, undefined)
  const options = ClientOptionsData.parse('mongodb://u:p@h/')
  options.auth = auth
  assert.equal(credentialsOf(resolveOptions(options))?.username, 'v')
})

test('a database, or an authSource alone, asks for no authentication', () => {
  assert.equal(credentials('mongodb://h/shop?authSource=people'), undefined)
  assert.equal(credentials('mongodb://h/'), undefined)
})

test('what is missing or too much is refused, each with a sentence that says so', () => {
  const refused: readonly (readonly [string, OptionValues, RegExp])[] = [
    ['mongodb://h/', { auth: { username: '', password: 'p' } }, /the user name is empty/],
    ['mongodb://h/', { auth: {} }, /needs a user name, and there is none/],
    ['mongodb://h/?authMechanism=SCRAM-SHA-256', {}, /SCRAM-SHA-256 needs a user name/],
    ['mongodb://u@h/', {}, /user name: there is no password/],
    ['mongodb://u@h/?authMechanism=PLAIN', {}, /user name: there is no password/],
    ['mongodb://u:p@h/?authMechanism=SCRAM-SHA-265', {}, /no mechanism that MongoDB has; did you mean SCRAM-SHA-256\?/],
    ['mongodb://u:p@h/?authMechanism=scram-sha-256', {}, /no mechanism that MongoDB has; did you mean SCRAM-SHA-256\?/],
    ['mongodb://u:p@h/?authMechanismProperties=A:b', {}, /has 1 that authentication does not know; it takes none/],
    ['mongodb://h/?authMechanismProperties=A:b', {}, /given without authMechanism/],
    ['mongodb://u:p@h/', { authSource: '' }, /authSource must be a string with something in it/],
    ['mongodb://u:p@h/?authMechanism=MONGODB-CR', {}, /no longer have MONGODB-CR; leave authMechanism out/],
    ['mongodb://u:p@h/?authMechanism=MONGODB-X509', {}, /MONGODB-X509 takes no password; leave it out/],
    [
      'mongodb://h/?authMechanism=MONGODB-X509&authSource=admin',
      {},
      /has its users in \$external; leave authSource out/
    ],
    ['mongodb://h/?authMechanism=MONGODB-AWS', {}, /MONGODB-AWS is not built yet; use a user/]
  ]
  for (const [uri, overrides, says] of refused) assert.match(refusal(uri, overrides), says)
  for (const uri of ['mongodb://u:p@h/', 'mongodb://u:@h/', 'mongodb://u:p@h/?authMechanism=PLAIN'])
    assert.equal(refusal(uri), 'taken')
})

test('PLAIN without TLS is warned of, since anybody on the way can read the password', () => {
  const warning = (uri: string, overrides: OptionValues = {}) => warningOfAuthentication(resolveOptions(uri, overrides))
  assert.match(warning('mongodb://u:p@h/?authMechanism=PLAIN') ?? '', /PLAIN without tls/)
  assert.equal(warning('mongodb://u:p@h/?authMechanism=PLAIN', { tls: true }), undefined)
  assert.equal(warning('mongodb://u:p@h/'), undefined)
})
